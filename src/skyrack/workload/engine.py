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
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from skyrack.core.jit import driver, part, phase
from skyrack.workload.accelerator_power import IDLE_FRAC, bandwidth_frac, clock_frac, power_frac
from skyrack.workload.roofline import iteration

NEAREST, LEAST_LOADED, SUNLIT, SESSION_AFFINITY, SCORED = range(5)
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


REPLICA = np.dtype(
    [
        ("now_s", np.float64),  # time up to which it is simulated
        ("quiet_s", np.float64),  # until when no request of it ends
        ("busy_s", np.float64),
        ("arithmetic_s", np.float64),
        ("drawn_s", np.float64),  # time at work weighed by the share of the accelerators' highest power that was drawn
        ("steps", np.int64),  # iterations that wrote tokens
        ("n_writing", np.int64),
        ("n_reading", np.int64),
        ("kv_tokens", np.int64),  # in use or promised
        ("kv_most", np.int64),  # most tokens that were ever held
        ("context", np.int64),  # tokens of all requests that write, each with its next one
        ("first", np.int64),  # request at the head of the queue, -1 for none
        ("last", np.int64),
        ("in_flight", np.int64),  # requests taken and not finished
        ("admitted", np.int64),  # how many were ever let in
        ("preempted", np.int64),
    ],
    align=True,
)
"""State of a replica."""

REQUEST = np.dtype(
    [
        ("arrival_s", np.float64),  # at the user
        ("reached_s", np.float64),  # when it came to its replica
        ("first_s", np.float64),  # when its first token was written, at the replica; nan before
        ("last_s", np.float64),
        ("prompt", np.int64),
        ("output", np.int64),
        ("cached", np.int64),  # tokens of the prompt whose keys and values are there already, where the session is kept
        ("place", np.int64),  # number of the city
        ("before", np.int64),  # number of the session's last request, -1 for none
        ("replica", np.int64),
        ("read", np.int64),  # tokens whose keys and values are there
        ("written", np.int64),  # tokens written before it was last let in
        ("number", np.int64),  # when it was let in, counted on its replica
        ("after", np.int64),  # the next request in the queue
    ],
    align=True,
)
"""What is asked, and what becomes of it."""

Replicas: TypeAlias = "np.recarray[Any, np.dtype[np.record]]"
"""Rows of `REPLICA`."""
Requests: TypeAlias = "np.recarray[Any, np.dtype[np.record]]"
"""Rows of `REQUEST`."""

ENDS, WRITING, READING = range(3)
"""What a replica's slots hold: a heap of the steps at which writing requests end, these requests' numbers in the same
order, and the requests whose prompt is being read, in theirs."""


def new_replicas(n: int, begin_s: float) -> Replicas:
    """Idle replicas."""
    replicas = np.zeros(n, REPLICA).view(np.recarray)
    replicas.now_s, replicas.quiet_s = begin_s, math.inf
    replicas.first = replicas.last = -1
    return replicas


def new_requests(arrival_s, prompt, output, *, cached=None, place=None, before=None) -> Requests:
    """Requests in the order of their arrival, nothing done yet."""
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
    """Send every request to a replica by the policy and run all replicas to the end.

    `begins_s` (period) is when each row of `delay_s` (period, place, replica; infinite where there is no path) and of
    `power` (period, replica; share of the accelerators' peak power) begins to hold. A replica below `prefill_min_power`
    begins no prompts. Requests that reach no replica keep `replica` -1 and nan for times. `scores_s`
    (period, place, replica) and `in_flight_s` are the costs by which `SCORED` chooses; other policies read neither.
    """
    slots = np.zeros((replicas.size, 3, limits.requests), np.int64)
    period = 0
    for k in range(requests.size):
        sent_s = requests[k].arrival_s
        while period + 1 < begins_s.size and begins_s[period + 1] <= sent_s:
            period += 1
        ways = delay_s[period, requests[k].place]
        if policy == SCORED:
            chosen = _cheapest(
                k,
                requests,
                replicas,
                slots,
                limits,
                pace,
                begins_s,
                ways,
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
                ways,
                power,
                period,
                policy,
                detour_s,
                prefill_min_power,
            )
        if chosen < 0:
            continue
        reached_s = sent_s + ways[chosen]
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
    k, requests, replicas, slots, limits, pace, begins_s, ways, power, period, policy, detour_s, prefill_min_power
):
    """Number of the replica for a request, -1 where none can be reached.

    Replicas without the power to begin a prompt are passed over as long as there are others within the detour.
    """
    nearest = _nearest(ways, power[period], 0.0, math.inf)
    if nearest < 0:
        return nearest
    farthest_s = ways[nearest] + detour_s
    able = _nearest(ways, power[period], max(prefill_min_power, LEAST_SHARE), farthest_s)
    if able < 0 or policy == NEAREST:
        return able if able >= 0 else nearest
    if policy == SESSION_AFFINITY:
        before = requests[k].before
        kept = requests[before].replica if before >= 0 else -1
        if kept >= 0 and ways[kept] <= farthest_s and power[period, kept] >= max(prefill_min_power, LEAST_SHARE):
            return kept
    if policy == SUNLIT:
        lit = _nearest(ways, power[period], READY_SHARE * _most(power[period]), farthest_s)
        return lit if lit >= 0 else able
    chosen = able
    for replica in range(ways.size):
        if ways[replica] > farthest_s or power[period, replica] < max(prefill_min_power, LEAST_SHARE):
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
        if fewer < 0 or (fewer == 0 and ways[replica] < ways[chosen]):
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
    ways,
    power,
    period,
    scores_s,
    in_flight_s,
    detour_s,
    prefill_min_power,
):
    """Number of the replica of least cost for a request, -1 where none can be reached; the nearer one of two alike.

    The cost is the replica's score, and so many seconds for each of its requests in flight. Replicas without the power to
    begin a prompt are passed over as long as there are others within the detour.
    """
    nearest = _nearest(ways, power[period], 0.0, math.inf)
    if nearest < 0:
        return nearest
    farthest_s, least_power = ways[nearest] + detour_s, max(prefill_min_power, LEAST_SHARE)
    chosen, least_s = -1, math.inf
    for replica in range(ways.size):
        if ways[replica] > farthest_s or power[period, replica] < least_power:
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
        if chosen < 0 or cost_s < least_s or (cost_s == least_s and ways[replica] < ways[chosen]):
            chosen, least_s = replica, cost_s
    return chosen if chosen >= 0 else nearest


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
def _most(power):
    most = 0.0
    for replica in range(power.size):
        most = max(most, power[replica])
    return most


@part
def _advance(r, until_s, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power):
    """Run one replica until `until_s`; an iteration that has begun by then ends."""
    _run(r, until_s, requests, replicas, slots, limits, pace, begins_s, power, prefill_min_power)
    if replicas[r].in_flight == 0:
        replicas[r].quiet_s = math.inf
    elif replicas[r].first >= 0 or replicas[r].n_reading > 0:
        replicas[r].quiet_s = replicas[r].now_s
    else:
        # nothing is read: the next end is as many iterations away as the next to end has tokens left, at full power
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
                return  # no power any more: what is there stays unfinished
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
    """Let requests in from the queue while there is room for all of their prompt."""
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
    """Send back the requests that came last until the next token of all others finds room."""
    while replicas[r].n_writing > 0 and replicas[r].kv_tokens + replicas[r].n_writing > limits.kv_tokens:
        if replicas[r].n_reading > 0:
            k = slots[r, READING, replicas[r].n_reading - 1]
            replicas[r].n_reading -= 1
        elif replicas[r].n_writing == 1:
            return  # alone: a request is refused before the start if it does not fit
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
            replicas[r].kv_tokens += 1  # its last token's keys and values were not there yet
        replicas[r].kv_tokens -= requests[k].prompt + requests[k].written
        requests[k].after = replicas[r].first
        replicas[r].first = k
        if replicas[r].last < 0:
            replicas[r].last = k
        replicas[r].preempted += 1


@phase
def _mixed(r, requests, replicas, slots, limits, pace, clock, bandwidth):
    """One iteration with pieces of prompts."""
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
    """As many iterations that only write as pass before anything changes.

    Whoever still waits finds no room before one of those at work ends.
    """
    n = replicas[r].n_writing
    steps = slots[r, ENDS, 0] - replicas[r].steps
    steps = max(1, min(steps, (limits.kv_tokens - replicas[r].kv_tokens) // n))
    fixed = iteration(pace, n, 0.0, 0.0, 0.0, n, clock, bandwidth)
    each_s = pace.context_s / bandwidth
    first_s = fixed.time_s + each_s * replicas[r].context
    if until_s < math.inf and steps > 1:
        # smallest number of iterations that reach `until_s`: first_s j + n each_s j (j - 1) / 2 = what is left
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
    """Count tokens of all writing requests and end those that are done."""
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
    """Put a request into the heap of those that write."""
    ends, writing = slots[r, ENDS], slots[r, WRITING]
    place = replicas[r].n_writing
    replicas[r].n_writing += 1
    while place > 0 and ends[(place - 1) // 2] > end:
        ends[place], writing[place] = ends[(place - 1) // 2], writing[(place - 1) // 2]
        place = (place - 1) // 2
    ends[place], writing[place] = end, k


@part
def _remove(r, place, replicas, slots):
    """Take one out of the heap."""
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
