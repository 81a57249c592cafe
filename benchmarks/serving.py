"""Requests a second of the serving engine, beside a plain engine that walks every iteration.

Vidur 0.0.26 (pip) starts here but downloads its profiles from Hugging Face before the first request, so it cannot be timed
without a network; its authors publish no rate. The plain engine is what such simulators do: one event an iteration, every
request of it touched. Both give the same answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from skyrack.web.routes.twin import stream
from skyrack.workload import engine
from skyrack.workload.engine import Limits, new_replicas, new_requests
from skyrack.workload.models import language_model
from skyrack.workload.requests import draw_requests
from skyrack.workload.roofline import Efficiency, Pace, TensorParallelGroup, iteration
from skyrack.workload.serving_policy import NO_SCORES

KERNELS = Efficiency(0.7, 0.8, 20e-6, 0.5e-3, 15e-6, 0.9)
RATE_PER_S = 12.0
"""Llama 3.1 8B on one H100: some 25 requests at work."""
FAST, PLAIN = 200_000, 400
"""Requests of one round."""


def plain(
    arrival_s: Any, prompt: Any, output: Any, limits: Limits, pace: Pace
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """First and last tokens of requests on one replica at full power, iteration by iteration, in Python.

    Written apart from the engine: the same rules (first come first served, whole prompts admitted, pieces of prompts in what
    the budget leaves, who came last gives way), and nothing of its sums or heaps.
    """
    n = len(arrival_s)
    first_s, last_s = np.full(n, np.nan), np.full(n, np.nan)
    waiting: deque[int] = deque()
    reading: list[int] = []
    writing: list[int] = []
    done, read, needed = [0] * n, [0] * n, [0] * n
    now, come = 0.0, 0
    while come < n or waiting or reading or writing:
        if not (waiting or reading or writing):
            now = max(now, float(arrival_s[come]))
        while come < n and arrival_s[come] <= now:
            waiting.append(come)
            come += 1
        held = sum(needed[k] for k in reading) + sum(prompt[k] + done[k] - 1 for k in writing)
        while waiting and len(reading) + len(writing) < limits.requests:
            k = waiting[0]
            unread = sum(needed[j] - read[j] for j in reading)
            if held + prompt[k] + done[k] + len(writing) > limits.kv_tokens:
                break
            if reading and unread + len(writing) >= limits.batch_tokens:
                break
            waiting.popleft()
            needed[k], read[k] = prompt[k] + done[k], 0
            held += needed[k]
            reading.append(k)
        while writing and held + len(writing) > limits.kv_tokens:
            if reading:
                k = reading.pop()
                held -= needed[k]
            elif len(writing) == 1:
                break
            else:
                k = writing.pop()
                held -= prompt[k] + done[k] - 1
            waiting.appendleft(k)
        budget, tokens, pairs, finished = limits.batch_tokens - len(writing), 0, 0.0, 0
        for k in reading:
            piece = min(needed[k] - read[k], budget)
            if piece <= 0:
                break
            pairs += piece * (read[k] + 0.5 * piece)
            read[k] += piece
            budget -= piece
            tokens += piece
            if read[k] < needed[k]:
                break
            finished += 1
        context = sum(prompt[k] + done[k] for k in writing)
        took = iteration(pace, len(writing), context, tokens, pairs, len(writing) + finished, 1.0, 1.0)
        now += took.time_s
        for k in writing:
            done[k] += 1
            if done[k] == output[k]:
                last_s[k] = now
        writing = [k for k in writing if done[k] < output[k]]
        for k in reading[:finished]:
            if done[k] == 0:
                first_s[k] = now
            done[k] += 1
            if done[k] >= output[k]:
                last_s[k] = now
            else:
                writing.append(k)
        reading = reading[finished:]
    return first_s, last_s


def fast(arrival_s: Any, prompt: Any, output: Any, limits: Limits, pace: Pace) -> Any:
    """The same by Skyrack's engine."""
    asked, copies = new_requests(arrival_s, prompt, output), new_replicas(1, 0.0)
    engine.serve(
        asked,
        copies,
        limits,
        pace,
        np.zeros(1),
        np.zeros((1, 1, 1)),
        np.ones((1, 1)),
        engine.NEAREST,
        0.0,
        0.0,
        NO_SCORES,
        0.0,
    )
    return asked


def case(n: int) -> tuple[Any, ...]:
    """Conversations on one H100."""
    group = TensorParallelGroup(language_model("llama-3.1-8b"), "h100", 1, "bf16", "bf16", KERNELS)
    arrival_s = np.cumsum(np.random.default_rng(1).exponential(1.0 / RATE_PER_S, n))
    return (
        arrival_s,
        *draw_requests(stream("conversation"), arrival_s, 1),
        Limits(group.kv_tokens, 256, 2048),
        group.pace,
    )


def ways() -> dict[str, Callable[[], int]]:
    """Each way serves some requests and says how many."""
    many, few = case(FAST), case(PLAIN)
    fast(*few)
    return {
        "Skyrack, one core": lambda: len(fast(*many).prompt),
        "every iteration, plain Python, one core": lambda: len(plain(*few)[0]),
    }
