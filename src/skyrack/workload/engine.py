"""Discrete-event simulation of a serving engine: continuous batching with chunked prefill, on many replicas.

An iteration decodes one token for every request past its prefill and fills the rest of its token budget with chunks of
prompts, first come first served, while the key-value cache has room; when it is full, the request admitted last is
preempted and recomputed later. Between two events that change the batch (arrival, prefill, completion, full cache,
change of power) the time of an iteration grows by a constant amount, so that all these iterations are summed in closed
form, without approximation.

Reference: Kwon et al., SOSP 2023 (vLLM); Agrawal et al., OSDI 2024 (chunked prefills). The key-value cache is counted
by the token, not in blocks of sixteen; prefixes shared between requests are computed for each of them.
"""

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from skyrack.core.jit import driver, part, phase
from skyrack.workload.accelerator_power import IDLE_FRAC, bandwidth_frac, clock_frac, power_frac
from skyrack.workload.roofline import iteration

NEAREST, LEAST_LOADED, SUNLIT, SESSION_AFFINITY, SCORED = range(5)
"""Rules by which the engine chooses a replica."""
UNSERVED = -1
"""Replica number of a request that reaches no replica."""
READY_SHARE = 0.99
"""Share of the power of the best-powered replica from which a replica counts as sunlit."""
MIN_POWER_FRAC = IDLE_FRAC + 0.01
"""Power over peak power below which an accelerator does no work."""


class Limits(NamedTuple):
    """Limits of one replica."""

    kv_tokens: int
    """Capacity of the key-value cache in tokens."""
    requests: int
    """Maximum number of concurrent requests."""
    batch_tokens: int
    """Token budget of one iteration."""


REPLICA = np.dtype(
    [
        ("now_s", np.float64),  # time up to which it is simulated
        ("quiet_s", np.float64),  # time before which none of its requests ends
        ("busy_s", np.float64),
        ("arithmetic_s", np.float64),
        ("drawn_s", np.float64),  # busy time weighted by the drawn power over the accelerators' peak power
        ("steps", np.int64),  # iterations that decoded tokens
        ("n_writing", np.int64),
        ("n_reading", np.int64),
        ("kv_tokens", np.int64),  # in use or reserved
        ("kv_most", np.int64),  # maximum of kv_tokens so far
        ("context", np.int64),  # context tokens of all decoding requests, each with its next token
        ("first", np.int64),  # request at the head of the queue, -1 for none
        ("last", np.int64),
        ("in_flight", np.int64),  # requests received and not finished
        ("admitted", np.int64),  # requests admitted so far
        ("preempted", np.int64),
    ],
    align=True,
)
"""State of a replica."""

REQUEST = np.dtype(
    [
        ("arrival_s", np.float64),  # at the user
        ("reached_s", np.float64),  # arrival at its replica
        ("first_s", np.float64),  # time of its first token, at the replica; nan before
        ("last_s", np.float64),
        ("prompt", np.int64),
        ("output", np.int64),
        ("cached", np.int64),  # prompt tokens that the cache of the session's replica already holds
        ("place", np.int64),  # number of the city
        ("before", np.int64),  # number of the previous request of the session, -1 for none
        ("replica", np.int64),
        ("read", np.int64),  # tokens whose keys and values are computed
        ("written", np.int64),  # tokens decoded before its last admission
        ("number", np.int64),  # order of admission on its replica
        ("after", np.int64),  # next request in the queue
    ],
    align=True,
)
"""State of a request."""

Replicas: TypeAlias = "np.recarray[Any, np.dtype[np.record]]"
"""Record array of `REPLICA`."""
Requests: TypeAlias = "np.recarray[Any, np.dtype[np.record]]"
"""Record array of `REQUEST`."""

ENDS, WRITING, READING = range(3)
"""Rows of a replica's slots: a heap of the steps at which decoding requests end, the numbers of these requests in the
same order, and the numbers of the requests in prefill in their order of admission."""


def new_replicas(n: int, begin_s: float) -> Replicas:
    """Return `n` idle replicas whose time begins at `begin_s`."""
    replicas = np.zeros(n, REPLICA).view(np.recarray)
    replicas.now_s, replicas.quiet_s = begin_s, math.inf
    replicas.first = replicas.last = -1
    return replicas


def new_requests(arrival_s, prompt, output, *, cached=None, place=None, before=None) -> Requests:
    """Return unprocessed requests in the order of their arrival; prompts and outputs in tokens."""
    requests = np.zeros(len(arrival_s), REQUEST).view(np.recarray)
    requests.arrival_s, requests.prompt, requests.output = arrival_s, prompt, output
    for name, values in (("cached", cached), ("place", place), ("before", before)):
        if values is not None:
            requests[name] = values
    if before is None:
        requests.before = -1
    requests.replica = UNSERVED
    requests.reached_s = requests.first_s = requests.last_s = np.nan
    requests.after = -1
    return requests


@driver
def serve(
    requests,
    replicas,
    limits,
    pace,
    begins_s,
    delay_s,
    power,
    policy,
    detour_s,
    prefill_min_power,
    scores_s,
    in_flight_s,
):
    """Dispatch every request to a replica by the policy and simulate all replicas to the end.

    `begins_s` (period,) is the begin of validity of each row of `delay_s` (period, place, replica; one-way delay,
    infinite without a path) and of `power` (period, replica; power over the accelerators' peak power). A replica below
    `prefill_min_power` begins no prompts. Requests that reach no replica keep `replica` -1 and nan for times.
    `scores_s` (period, place, replica) and `in_flight_s` are the costs of `SCORED`; other policies read neither.
    `requests` and `replicas` are updated in place.
    """
    slots = np.zeros((replicas.size, 3, limits.requests), np.int64)
    period = 0
    for k in range(requests.size):
        sent_s = requests[k].arrival_s
        while period + 1 < begins_s.size and begins_s[period + 1] <= sent_s:
            period += 1
        delays_s = delay_s[period, requests[k].place]
        if policy == SCORED:
            chosen = _cheapest(
                k,
                requests,
                replicas,
                slots,
                limits,
                pace,
                begins_s,
                delays_s,
                power,
                period,
                scores_s[period, requests[k].place],
                in_flight_s,
                detour_s,
                prefill_min_power,
            )
        else:
            chosen = _choose(
                k,
                requests,
                replicas,
                slots,
                limits,
                pace,
                begins_s,
                delays_s,
                power,
                period,
                policy,
                detour_s,
                prefill_min_power,
            )
        if chosen < 0:
            continue
        reached_s = sent_s + delays_s[chosen]
        _advance(chosen, reached_s, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power)
        replicas[chosen].quiet_s = -math.inf
        requests[k].replica = chosen
        requests[k].reached_s = reached_s
        before = requests[k].before
        if before < 0 or requests[before].replica != chosen:
            requests[k].cached = 0
        if replicas[chosen].in_flight == 0:
            replicas[chosen].now_s = max(replicas[chosen].now_s, reached_s)
        replicas[chosen].in_flight += 1
        if replicas[chosen].last < 0:
            replicas[chosen].first = k
        else:
            requests[replicas[chosen].last].after = k
        replicas[chosen].last = k
    for replica in range(replicas.size):
        _advance(replica, math.inf, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power)


@phase
def _choose(
    k, requests, replicas, slots, limits, pace, begins_s, delays_s, power, period, policy, detour_s, prefill_min_power
):
    """Return the number of the replica for a request, -1 if none can be reached.

    Replicas without the power to begin a prompt are skipped as long as there are others within the detour.
    """
    nearest = _nearest(delays_s, power[period], 0.0, math.inf)
    if nearest < 0:
        return nearest
    farthest_s = delays_s[nearest] + detour_s
    able = _nearest(delays_s, power[period], max(prefill_min_power, MIN_POWER_FRAC), farthest_s)
    if able < 0 or policy == NEAREST:
        return able if able >= 0 else nearest
    if policy == SESSION_AFFINITY:
        before = requests[k].before
        kept = requests[before].replica if before >= 0 else -1
        if kept >= 0 and delays_s[kept] <= farthest_s and power[period, kept] >= max(prefill_min_power, MIN_POWER_FRAC):
            return kept
    if policy == SUNLIT:
        lit = _nearest(delays_s, power[period], READY_SHARE * _highest(power[period]), farthest_s)
        return lit if lit >= 0 else able
    chosen = able
    for replica in range(delays_s.size):
        if delays_s[replica] > farthest_s or power[period, replica] < max(prefill_min_power, MIN_POWER_FRAC):
            continue
        if replicas[replica].quiet_s <= requests[k].arrival_s:
            _advance(
                replica,
                requests[k].arrival_s,
                requests,
                replicas,
                slots,
                limits,
                pace,
                begins_s,
                power,
                prefill_min_power,
            )
        fewer = replicas[replica].in_flight - replicas[chosen].in_flight
        if fewer < 0 or (fewer == 0 and delays_s[replica] < delays_s[chosen]):
            chosen = replica
    return chosen


@phase
def _cheapest(
    k,
    requests,
    replicas,
    slots,
    limits,
    pace,
    begins_s,
    delays_s,
    power,
    period,
    scores_s,
    in_flight_s,
    detour_s,
    prefill_min_power,
):
    """Return the replica of least cost for a request, -1 if none can be reached; ties go to the nearer one.

    The cost is the replica's score plus `in_flight_s` for each of its requests in flight. Replicas without the power to
    begin a prompt are skipped as long as there are others within the detour.
    """
    nearest = _nearest(delays_s, power[period], 0.0, math.inf)
    if nearest < 0:
        return nearest
    farthest_s, min_power = delays_s[nearest] + detour_s, max(prefill_min_power, MIN_POWER_FRAC)
    chosen, min_s = -1, math.inf
    for replica in range(delays_s.size):
        if delays_s[replica] > farthest_s or power[period, replica] < min_power:
            continue
        if in_flight_s > 0.0 and replicas[replica].quiet_s <= requests[k].arrival_s:
            _advance(
                replica,
                requests[k].arrival_s,
                requests,
                replicas,
                slots,
                limits,
                pace,
                begins_s,
                power,
                prefill_min_power,
            )
        cost_s = scores_s[replica] + in_flight_s * replicas[replica].in_flight
        if chosen < 0 or cost_s < min_s or (cost_s == min_s and delays_s[replica] < delays_s[chosen]):
            chosen, min_s = replica, cost_s
    return chosen if chosen >= 0 else nearest


@phase
def _nearest(delays_s, power, min_power, farthest_s):
    """Return the nearest replica with at least a power and at most a delay, -1 for none."""
    nearest = -1
    for replica in range(delays_s.size):
        able = delays_s[replica] < math.inf and delays_s[replica] <= farthest_s and power[replica] >= min_power
        if able and (nearest < 0 or delays_s[replica] < delays_s[nearest]):
            nearest = replica
    return nearest


@phase
def _highest(power):
    highest = 0.0
    for replica in range(power.size):
        highest = max(highest, power[replica])
    return highest


@part
def _advance(r, until_s, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power):
    """Simulate one replica until `until_s`; an iteration that has begun by then is completed."""
    _run(r, until_s, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power)
    if replicas[r].in_flight == 0:
        replicas[r].quiet_s = math.inf
    elif replicas[r].first >= 0 or replicas[r].n_reading > 0:
        replicas[r].quiet_s = replicas[r].now_s
    else:
        # no prefill: the next completion is as many iterations away as that request has tokens left, at full power
        n, steps = replicas[r].n_writing, slots[r, ENDS, 0] - replicas[r].steps
        fixed = iteration(pace, n, 0.0, 0.0, 0.0, n, 1.0, 1.0)
        growing = pace.context_s * (steps * replicas[r].context + n * 0.5 * steps * (steps - 1))
        replicas[r].quiet_s = replicas[r].now_s + steps * fixed.time_s + growing


@phase
def _run(r, until_s, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power):
    period = 0
    while replicas[r].in_flight > 0 and replicas[r].now_s < until_s:
        now_s, arithmetic_s = replicas[r].now_s, replicas[r].arithmetic_s
        while period + 1 < begins_s.size and begins_s[period + 1] <= now_s:
            period += 1
        changes_s = begins_s[period + 1] if period + 1 < begins_s.size else math.inf
        share = power[period, r]
        clock, bandwidth = clock_frac(share), bandwidth_frac(share)
        if bandwidth <= 0.0 or clock <= 0.0:
            if changes_s == math.inf:
                return  # no power until the end: the requests stay unfinished
            replicas[r].now_s = changes_s
            continue
        may_read = share >= prefill_min_power
        if may_read:
            _admit(r, requests, replicas, slots, limits)
        elif replicas[r].n_writing == 0:
            if changes_s == math.inf:
                return
            replicas[r].now_s = changes_s
            continue
        is_reading = may_read and replicas[r].n_reading > 0
        if replicas[r].n_writing > 0:
            _make_room(r, requests, replicas, slots, limits)
        if is_reading:
            _mixed(r, requests, replicas, slots, limits, pace, clock, bandwidth)
        else:
            _write(r, min(until_s, changes_s), requests, replicas, slots, limits, pace, clock, bandwidth)
        time_s = replicas[r].now_s - now_s
        replicas[r].busy_s += time_s
        drawn = power_frac((replicas[r].arithmetic_s - arithmetic_s) / time_s, share)
        replicas[r].drawn_s += time_s * drawn


@phase
def _admit(r, requests, replicas, slots, limits):
    """Admit requests from the queue while the key-value cache has room for the whole prompt."""
    while replicas[r].first >= 0 and replicas[r].n_writing + replicas[r].n_reading < limits.requests:
        k = replicas[r].first
        needed = requests[k].prompt + requests[k].written
        others = replicas[r].n_writing
        if replicas[r].kv_tokens + needed + others > limits.kv_tokens:
            return
        if replicas[r].n_reading > 0 and _unread(r, requests, replicas, slots) + others >= limits.batch_tokens:
            return
        replicas[r].first = requests[k].after
        if replicas[r].first < 0:
            replicas[r].last = -1
        requests[k].after = -1
        replicas[r].kv_tokens += needed
        replicas[r].kv_most = max(replicas[r].kv_most, replicas[r].kv_tokens)
        requests[k].read = min(requests[k].cached, needed - 1)
        requests[k].number = replicas[r].admitted
        replicas[r].admitted += 1
        slots[r, READING, replicas[r].n_reading] = k
        replicas[r].n_reading += 1


@phase
def _unread(r, requests, replicas, slots):
    left = 0
    for place in range(replicas[r].n_reading):
        k = slots[r, READING, place]
        left += requests[k].prompt + requests[k].written - requests[k].read
    return left


@phase
def _make_room(r, requests, replicas, slots, limits):
    """Preempt the requests admitted last until the key-value cache has room for the next token of all others."""
    while replicas[r].n_writing > 0 and replicas[r].kv_tokens + replicas[r].n_writing > limits.kv_tokens:
        if replicas[r].n_reading > 0:
            k = slots[r, READING, replicas[r].n_reading - 1]
            replicas[r].n_reading -= 1
        elif replicas[r].n_writing == 1:
            return  # a single request always fits: others are refused before the start
        else:
            last = 0
            for place in range(1, replicas[r].n_writing):
                if requests[slots[r, WRITING, place]].number > requests[slots[r, WRITING, last]].number:
                    last = place
            k = slots[r, WRITING, last]
            left = slots[r, ENDS, last] - replicas[r].steps
            requests[k].written = requests[k].output - left
            replicas[r].context -= requests[k].prompt + requests[k].written
            _remove(r, last, replicas, slots)
            replicas[r].kv_tokens += 1  # keys and values of its last token were not computed yet
        replicas[r].kv_tokens -= requests[k].prompt + requests[k].written
        requests[k].after = replicas[r].first
        replicas[r].first = k
        if replicas[r].last < 0:
            replicas[r].last = k
        replicas[r].preempted += 1


@phase
def _mixed(r, requests, replicas, slots, limits, pace, clock, bandwidth):
    """Simulate one iteration that mixes decode with chunks of prompts."""
    writing = replicas[r].n_writing
    budget = limits.batch_tokens - writing
    tokens, pairs, finished = 0, 0.0, 0
    for place in range(replicas[r].n_reading):
        k = slots[r, READING, place]
        left = requests[k].prompt + requests[k].written - requests[k].read
        piece = min(left, budget)
        if piece <= 0:
            break
        pairs += piece * (requests[k].read + 0.5 * piece)
        requests[k].read += piece
        budget -= piece
        tokens += piece
        if piece < left:
            break
        finished += 1
    took = iteration(pace, writing, replicas[r].context, tokens, pairs, writing + finished, clock, bandwidth)
    replicas[r].now_s += took.time_s
    replicas[r].arithmetic_s += took.arithmetic_s
    _wrote(r, 1, requests, replicas, slots)
    for place in range(finished):
        k = slots[r, READING, place]
        if requests[k].written == 0:
            requests[k].first_s = replicas[r].now_s
        done = requests[k].written + 1
        if done >= requests[k].output:
            requests[k].last_s = replicas[r].now_s
            replicas[r].kv_tokens -= requests[k].prompt + requests[k].written
            replicas[r].in_flight -= 1
        else:
            replicas[r].context += requests[k].prompt + done
            _add(r, replicas[r].steps + requests[k].output - done, k, replicas, slots)
    left_over = replicas[r].n_reading - finished
    for place in range(left_over):
        slots[r, READING, place] = slots[r, READING, place + finished]
    replicas[r].n_reading = left_over


@phase
def _write(r, until_s, requests, replicas, slots, limits, pace, clock, bandwidth):
    """Simulate all decode-only iterations until the batch changes.

    Queued requests have no room before one of the running requests ends.
    """
    n = replicas[r].n_writing
    steps = slots[r, ENDS, 0] - replicas[r].steps
    steps = max(1, min(steps, (limits.kv_tokens - replicas[r].kv_tokens) // n))
    fixed = iteration(pace, n, 0.0, 0.0, 0.0, n, clock, bandwidth)
    each_s = pace.context_s / bandwidth
    first_s = fixed.time_s + each_s * replicas[r].context
    if until_s < math.inf and steps > 1:
        # smallest number j of iterations that reach `until_s`: first_s j + n each_s j (j - 1) / 2 = left_s
        left_s = until_s - replicas[r].now_s
        curve, slope = 0.5 * n * each_s, first_s - 0.5 * n * each_s
        root = (
            (-slope + math.sqrt(slope * slope + 4.0 * curve * left_s)) / (2.0 * curve)
            if curve > 0.0
            else left_s / slope
        )
        steps = max(1, min(steps, np.int64(math.ceil(min(root, 1e15)))))
    replicas[r].now_s += steps * first_s + n * each_s * (0.5 * steps * (steps - 1))
    replicas[r].arithmetic_s += steps * fixed.arithmetic_s
    _wrote(r, steps, requests, replicas, slots)


@part
def _wrote(r, steps, requests, replicas, slots):
    """Count the tokens of all decoding requests and end those that are complete."""
    n = replicas[r].n_writing
    if n == 0:
        return
    replicas[r].steps += steps
    replicas[r].kv_tokens += n * steps
    replicas[r].kv_most = max(replicas[r].kv_most, replicas[r].kv_tokens)
    replicas[r].context += n * steps
    while replicas[r].n_writing > 0 and slots[r, ENDS, 0] <= replicas[r].steps:
        k = slots[r, WRITING, 0]
        requests[k].last_s = replicas[r].now_s
        whole = requests[k].prompt + requests[k].output
        replicas[r].context -= whole
        replicas[r].kv_tokens -= whole - 1
        replicas[r].in_flight -= 1
        _remove(r, 0, replicas, slots)


@phase
def _add(r, end, k, replicas, slots):
    """Insert a request into the heap of decoding requests."""
    ends, writing = slots[r, ENDS], slots[r, WRITING]
    place = replicas[r].n_writing
    replicas[r].n_writing += 1
    while place > 0 and ends[(place - 1) // 2] > end:
        ends[place], writing[place] = ends[(place - 1) // 2], writing[(place - 1) // 2]
        place = (place - 1) // 2
    ends[place], writing[place] = end, k


@part
def _remove(r, place, replicas, slots):
    """Remove the request at a position of the heap."""
    ends, writing = slots[r, ENDS], slots[r, WRITING]
    replicas[r].n_writing -= 1
    size = replicas[r].n_writing
    end, k = ends[size], writing[size]
    while place > 0 and ends[(place - 1) // 2] > end:
        ends[place], writing[place] = ends[(place - 1) // 2], writing[(place - 1) // 2]
        place = (place - 1) // 2
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and ends[child + 1] < ends[child]:
            child += 1
        if ends[child] >= end:
            break
        ends[place], writing[place] = ends[child], writing[child]
        place = child
    if place < size or size == 0:
        ends[place], writing[place] = end, k
