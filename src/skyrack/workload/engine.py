"""The loop of a serving engine: continuous batching with chunked prompts, on many replicas, request by request.

An iteration writes one token for every request that is past its prompt and fills what is left of its budget with pieces of
prompts, first come first served, as long as keys and values find room; when they do not, the request that came last gives up
its place and is read again later. Between two events that change who takes part (an arrival, a prompt, an end, a full memory,
new power) the time of an iteration grows by the same amount each time, so all of them pass in one sum. Nothing is rounded
by that.

Reference: Kwon et al., SOSP 2023 (vLLM); Agrawal et al., OSDI 2024 (chunked prefills). Blocks of keys and values are
counted by the token, not by sixteen; prefixes that requests share are counted as read for each of them.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.core.law import driver, phase
from skyrack.workload.pace import iteration
from skyrack.workload.power import IDLE_FRAC, bandwidth_frac, clock_frac, power_frac

NEAREST, LEAST_LOADED, SUNLIT, KEEP_SESSION = range(4)
UNSERVED = -1
"""Replica of a request that reaches none."""
READY_SHARE = 0.99
"""A replica with this share of the power of the best one now, or more, counts as one in sunlight."""
LEAST_SHARE = IDLE_FRAC + 0.01
"""Below it an accelerator does nothing."""


class Limits(NamedTuple):
    """What one replica may hold."""

    kv_tokens: int
    requests: int
    """At work at once."""
    batch_tokens: int
    """Of one iteration."""


class Replicas(NamedTuple):
    """State of all replicas, one row each."""

    now_s: NDArray[np.float64]
    """Time up to which it is simulated."""
    steps: NDArray[np.int64]
    """Iterations that wrote tokens."""
    n_writing: NDArray[np.int64]
    n_reading: NDArray[np.int64]
    kv_tokens: NDArray[np.int64]
    """In use or promised."""
    context: NDArray[np.int64]
    """Tokens of all requests that write, each with its next one."""
    first: NDArray[np.int64]
    """Request at the head of the queue, -1 for none."""
    last: NDArray[np.int64]
    in_flight: NDArray[np.int64]
    """Requests taken and not finished."""
    admitted: NDArray[np.int64]
    """How many were ever let in."""
    ends: NDArray[np.int64]
    """(replica, place): a heap of the steps at which writing requests end."""
    writing: NDArray[np.int64]
    """(replica, place): their numbers."""
    reading: NDArray[np.int64]
    """(replica, place): requests whose prompt is being read, in their order."""
    quiet_s: NDArray[np.float64]
    """Until when no request of it ends."""
    busy_s: NDArray[np.float64]
    arithmetic_s: NDArray[np.float64]
    drawn_s: NDArray[np.float64]
    """Time at work weighed by the share of the accelerators' highest power that was drawn."""
    preempted: NDArray[np.int64]
    kv_most: NDArray[np.int64]
    """Most tokens that were ever held."""


class Requests(NamedTuple):
    """What is asked, and what becomes of it."""

    arrival_s: NDArray[np.float64]
    """At the user."""
    prompt: NDArray[np.int64]
    output: NDArray[np.int64]
    cached: NDArray[np.int64]
    """Tokens of the prompt whose keys and values are there already, where the session is kept."""
    place: NDArray[np.int64]
    """Number of the city."""
    before: NDArray[np.int64]
    """Number of the session's last request, -1 for none."""
    replica: NDArray[np.int64]
    reached_s: NDArray[np.float64]
    """When it came to its replica."""
    first_s: NDArray[np.float64]
    """When its first token was written, at the replica; nan before."""
    last_s: NDArray[np.float64]
    read: NDArray[np.int64]
    """Tokens whose keys and values are there."""
    written: NDArray[np.int64]
    """Tokens written before it was last let in."""
    number: NDArray[np.int64]
    """When it was let in, counted on its replica."""
    after: NDArray[np.int64]
    """The next request in the queue."""


def new_replicas(n: int, limits: Limits, begin_s: float) -> Replicas:
    """Idle replicas."""
    whole = [np.zeros(n, np.int64) for _ in range(11)]
    places = [np.zeros((n, limits.requests), np.int64) for _ in range(3)]
    whole[5][:] = whole[6][:] = -1
    return Replicas(
        now_s=np.full(n, begin_s),
        steps=whole[0],
        n_writing=whole[1],
        n_reading=whole[2],
        kv_tokens=whole[3],
        context=whole[4],
        first=whole[5],
        last=whole[6],
        in_flight=whole[7],
        admitted=whole[8],
        ends=places[0],
        writing=places[1],
        reading=places[2],
        quiet_s=np.full(n, math.inf),
        busy_s=np.zeros(n),
        arithmetic_s=np.zeros(n),
        drawn_s=np.zeros(n),
        preempted=whole[9],
        kv_most=whole[10],
    )


def new_requests(arrival_s, prompt, output, *, cached=None, place=None, before=None) -> Requests:
    """Requests in the order of their arrival, nothing done yet."""
    n = len(arrival_s)

    def given(values, otherwise):
        return np.full(n, otherwise, np.int64) if values is None else np.ascontiguousarray(values, np.int64)

    return Requests(
        arrival_s=np.ascontiguousarray(arrival_s, np.float64),
        prompt=given(prompt, 0),
        output=given(output, 0),
        cached=given(cached, 0),
        place=given(place, 0),
        before=given(before, -1),
        replica=np.full(n, UNSERVED, np.int64),
        reached_s=np.full(n, np.nan),
        first_s=np.full(n, np.nan),
        last_s=np.full(n, np.nan),
        read=np.zeros(n, np.int64),
        written=np.zeros(n, np.int64),
        number=np.zeros(n, np.int64),
        after=np.full(n, -1, np.int64),
    )


@driver
def serve(requests, replicas, limits, pace, begins_s, delay_s, power, policy, detour_s, shed_below):
    """Send every request to a replica by the policy and run all replicas to the end.

    `begins_s` (period) is when each row of `delay_s` (period, place, replica; infinite where there is no way) and of
    `power` (period, replica; share of the accelerators' highest) begins to hold. A replica below `shed_below` begins no
    prompts. Requests that reach no replica keep `replica` -1 and nan for times.
    """
    period = 0
    for k in range(requests.arrival_s.size):
        sent_s = requests.arrival_s[k]
        while period + 1 < begins_s.size and begins_s[period + 1] <= sent_s:
            period += 1
        ways = delay_s[period, requests.place[k]]
        chosen = _choose(
            k, requests, replicas, limits, pace, begins_s, ways, power, period, policy, detour_s, shed_below
        )
        if chosen < 0:
            continue
        reached_s = sent_s + ways[chosen]
        _advance(chosen, reached_s, requests, replicas, limits, pace, begins_s, power, shed_below)
        replicas.quiet_s[chosen] = -math.inf
        requests.replica[k] = chosen
        requests.reached_s[k] = reached_s
        before = requests.before[k]
        if before < 0 or requests.replica[before] != chosen:
            requests.cached[k] = 0
        if replicas.in_flight[chosen] == 0:
            replicas.now_s[chosen] = max(replicas.now_s[chosen], reached_s)
        replicas.in_flight[chosen] += 1
        if replicas.last[chosen] < 0:
            replicas.first[chosen] = k
        else:
            requests.after[replicas.last[chosen]] = k
        replicas.last[chosen] = k
    for replica in range(replicas.now_s.size):
        _advance(replica, math.inf, requests, replicas, limits, pace, begins_s, power, shed_below)


@phase
def _choose(k, requests, replicas, limits, pace, begins_s, ways, power, period, policy, detour_s, shed_below):
    """Number of the replica for a request, -1 where none can be reached.

    Replicas without the power to begin a prompt are passed over as long as there are others within the detour.
    """
    nearest = _nearest(ways, power[period], 0.0, math.inf)
    if nearest < 0:
        return nearest
    farthest_s = ways[nearest] + detour_s
    able = _nearest(ways, power[period], max(shed_below, LEAST_SHARE), farthest_s)
    if able < 0 or policy == NEAREST:
        return able if able >= 0 else nearest
    if policy == KEEP_SESSION:
        before = requests.before[k]
        kept = requests.replica[before] if before >= 0 else -1
        if kept >= 0 and ways[kept] <= farthest_s and power[period, kept] >= max(shed_below, LEAST_SHARE):
            return kept
    if policy == SUNLIT:
        lit = _nearest(ways, power[period], READY_SHARE * power[period].max(), farthest_s)
        return lit if lit >= 0 else able
    chosen = able
    for replica in range(ways.size):
        if ways[replica] > farthest_s or power[period, replica] < max(shed_below, LEAST_SHARE):
            continue
        if replicas.quiet_s[replica] <= requests.arrival_s[k]:
            _advance(replica, requests.arrival_s[k], requests, replicas, limits, pace, begins_s, power, shed_below)
        fewer = replicas.in_flight[replica] - replicas.in_flight[chosen]
        if fewer < 0 or (fewer == 0 and ways[replica] < ways[chosen]):
            chosen = replica
    return chosen


@phase
def _nearest(ways, power, least_power, farthest_s):
    """The nearest replica with so much power and no farther, -1 for none."""
    nearest = -1
    for replica in range(ways.size):
        able = ways[replica] < math.inf and ways[replica] <= farthest_s and power[replica] >= least_power
        if able and (nearest < 0 or ways[replica] < ways[nearest]):
            nearest = replica
    return nearest


@phase
def _advance(r, until_s, requests, replicas, limits, pace, begins_s, power, shed_below):
    """Run one replica until `until_s`; an iteration that has begun by then ends."""
    _run(r, until_s, requests, replicas, limits, pace, begins_s, power, shed_below)
    if replicas.in_flight[r] == 0:
        replicas.quiet_s[r] = math.inf
    elif replicas.first[r] >= 0 or replicas.n_reading[r] > 0:
        replicas.quiet_s[r] = replicas.now_s[r]
    else:
        # nothing is read: the next end is as many iterations away as the next to end has tokens left, at full power
        n, steps = replicas.n_writing[r], replicas.ends[r, 0] - replicas.steps[r]
        fixed = iteration(pace, n, 0.0, 0.0, 0.0, n, 1.0, 1.0)
        growing = pace.context_s * (steps * replicas.context[r] + n * 0.5 * steps * (steps - 1))
        replicas.quiet_s[r] = replicas.now_s[r] + steps * fixed.time_s + growing


@phase
def _run(r, until_s, requests, replicas, limits, pace, begins_s, power, shed_below):
    while replicas.in_flight[r] > 0 and replicas.now_s[r] < until_s:
        now_s, arithmetic_s = replicas.now_s[r], replicas.arithmetic_s[r]
        period = np.searchsorted(begins_s, now_s, side="right") - 1
        period = max(period, 0)
        changes_s = begins_s[period + 1] if period + 1 < begins_s.size else math.inf
        share = power[period, r]
        clock, bandwidth = clock_frac(share), bandwidth_frac(share)
        if bandwidth <= 0.0 or clock <= 0.0:
            if changes_s == math.inf:
                return  # no power any more: what is there stays unfinished
            replicas.now_s[r] = changes_s
            continue
        may_read = share >= shed_below
        if may_read:
            _admit(r, requests, replicas, limits)
        elif replicas.n_writing[r] == 0:
            if changes_s == math.inf:
                return
            replicas.now_s[r] = changes_s
            continue
        is_reading = may_read and replicas.n_reading[r] > 0
        if replicas.n_writing[r] > 0:
            _make_room(r, requests, replicas, limits)
        if is_reading:
            _mixed(r, requests, replicas, limits, pace, clock, bandwidth)
        else:
            _write(r, min(until_s, changes_s), requests, replicas, limits, pace, clock, bandwidth)
        time_s = replicas.now_s[r] - now_s
        replicas.busy_s[r] += time_s
        drawn = power_frac((replicas.arithmetic_s[r] - arithmetic_s) / time_s, share)
        replicas.drawn_s[r] += time_s * drawn


@phase
def _admit(r, requests, replicas, limits):
    """Let requests in from the queue while there is room for all of their prompt."""
    while replicas.first[r] >= 0 and replicas.n_writing[r] + replicas.n_reading[r] < limits.requests:
        k = replicas.first[r]
        needed = requests.prompt[k] + requests.written[k]
        others = replicas.n_writing[r]
        if replicas.kv_tokens[r] + needed + others > limits.kv_tokens:
            return
        if replicas.n_reading[r] > 0 and _unread(r, requests, replicas) + others >= limits.batch_tokens:
            return
        replicas.first[r] = requests.after[k]
        if replicas.first[r] < 0:
            replicas.last[r] = -1
        requests.after[k] = -1
        replicas.kv_tokens[r] += needed
        replicas.kv_most[r] = max(replicas.kv_most[r], replicas.kv_tokens[r])
        requests.read[k] = min(requests.cached[k], needed - 1)
        requests.number[k] = replicas.admitted[r]
        replicas.admitted[r] += 1
        replicas.reading[r, replicas.n_reading[r]] = k
        replicas.n_reading[r] += 1


@phase
def _unread(r, requests, replicas):
    left = 0
    for place in range(replicas.n_reading[r]):
        k = replicas.reading[r, place]
        left += requests.prompt[k] + requests.written[k] - requests.read[k]
    return left


@phase
def _make_room(r, requests, replicas, limits):
    """Send back the requests that came last until the next token of all others finds room."""
    while replicas.n_writing[r] > 0 and replicas.kv_tokens[r] + replicas.n_writing[r] > limits.kv_tokens:
        if replicas.n_reading[r] > 0:
            k = replicas.reading[r, replicas.n_reading[r] - 1]
            replicas.n_reading[r] -= 1
        elif replicas.n_writing[r] == 1:
            return  # alone: a request is refused before the start if it does not fit
        else:
            last = 0
            for place in range(1, replicas.n_writing[r]):
                if requests.number[replicas.writing[r, place]] > requests.number[replicas.writing[r, last]]:
                    last = place
            k = replicas.writing[r, last]
            left = replicas.ends[r, last] - replicas.steps[r]
            requests.written[k] = requests.output[k] - left
            replicas.context[r] -= requests.prompt[k] + requests.written[k]
            _remove(r, last, replicas)
            replicas.kv_tokens[r] += 1  # its last token's keys and values were not there yet
        replicas.kv_tokens[r] -= requests.prompt[k] + requests.written[k]
        requests.after[k] = replicas.first[r]
        replicas.first[r] = k
        if replicas.last[r] < 0:
            replicas.last[r] = k
        replicas.preempted[r] += 1


@phase
def _mixed(r, requests, replicas, limits, pace, clock, bandwidth):
    """One iteration with pieces of prompts."""
    writing = replicas.n_writing[r]
    budget = limits.batch_tokens - writing
    tokens, pairs, finished = 0, 0.0, 0
    for place in range(replicas.n_reading[r]):
        k = replicas.reading[r, place]
        left = requests.prompt[k] + requests.written[k] - requests.read[k]
        piece = min(left, budget)
        if piece <= 0:
            break
        pairs += piece * (requests.read[k] + 0.5 * piece)
        requests.read[k] += piece
        budget -= piece
        tokens += piece
        if piece < left:
            break
        finished += 1
    took = iteration(pace, writing, replicas.context[r], tokens, pairs, writing + finished, clock, bandwidth)
    replicas.now_s[r] += took.time_s
    replicas.arithmetic_s[r] += took.arithmetic_s
    _wrote(r, 1, requests, replicas)
    for place in range(finished):
        k = replicas.reading[r, place]
        if requests.written[k] == 0:
            requests.first_s[k] = replicas.now_s[r]
        done = requests.written[k] + 1
        if done >= requests.output[k]:
            requests.last_s[k] = replicas.now_s[r]
            replicas.kv_tokens[r] -= requests.prompt[k] + requests.written[k]
            replicas.in_flight[r] -= 1
        else:
            replicas.context[r] += requests.prompt[k] + done
            _add(r, replicas.steps[r] + requests.output[k] - done, k, replicas)
    left_over = replicas.n_reading[r] - finished
    for place in range(left_over):
        replicas.reading[r, place] = replicas.reading[r, place + finished]
    replicas.n_reading[r] = left_over


@phase
def _write(r, until_s, requests, replicas, limits, pace, clock, bandwidth):
    """As many iterations that only write as pass before anything changes.

    Whoever still waits finds no room before one of those at work ends.
    """
    n = replicas.n_writing[r]
    steps = replicas.ends[r, 0] - replicas.steps[r]
    steps = max(1, min(steps, (limits.kv_tokens - replicas.kv_tokens[r]) // n))
    fixed = iteration(pace, n, 0.0, 0.0, 0.0, n, clock, bandwidth)
    each_s = pace.context_s / bandwidth
    first_s = fixed.time_s + each_s * replicas.context[r]
    if until_s < math.inf and steps > 1:
        # smallest number of iterations that reach `until_s`: first_s j + n each_s j (j - 1) / 2 = what is left
        left_s = until_s - replicas.now_s[r]
        curve, slope = 0.5 * n * each_s, first_s - 0.5 * n * each_s
        root = (
            (-slope + math.sqrt(slope * slope + 4.0 * curve * left_s)) / (2.0 * curve)
            if curve > 0.0
            else left_s / slope
        )
        steps = max(1, min(steps, np.int64(math.ceil(min(root, 1e15)))))
    replicas.now_s[r] += steps * first_s + n * each_s * (0.5 * steps * (steps - 1))
    replicas.arithmetic_s[r] += steps * fixed.arithmetic_s
    _wrote(r, steps, requests, replicas)


@phase
def _wrote(r, steps, requests, replicas):
    """Count tokens of all writing requests and end those that are done."""
    n = replicas.n_writing[r]
    if n == 0:
        return
    replicas.steps[r] += steps
    replicas.kv_tokens[r] += n * steps
    replicas.kv_most[r] = max(replicas.kv_most[r], replicas.kv_tokens[r])
    replicas.context[r] += n * steps
    while replicas.n_writing[r] > 0 and replicas.ends[r, 0] <= replicas.steps[r]:
        k = replicas.writing[r, 0]
        requests.last_s[k] = replicas.now_s[r]
        whole = requests.prompt[k] + requests.output[k]
        replicas.context[r] -= whole
        replicas.kv_tokens[r] -= whole - 1
        replicas.in_flight[r] -= 1
        _remove(r, 0, replicas)


@phase
def _add(r, end, k, replicas):
    """Put a request into the heap of those that write."""
    ends, writing = replicas.ends[r], replicas.writing[r]
    place = replicas.n_writing[r]
    replicas.n_writing[r] += 1
    while place > 0 and ends[(place - 1) // 2] > end:
        ends[place], writing[place] = ends[(place - 1) // 2], writing[(place - 1) // 2]
        place = (place - 1) // 2
    ends[place], writing[place] = end, k


@phase
def _remove(r, place, replicas):
    """Take one out of the heap."""
    ends, writing = replicas.ends[r], replicas.writing[r]
    replicas.n_writing[r] -= 1
    size = replicas.n_writing[r]
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
