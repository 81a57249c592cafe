"""What one replica of a model serves within the target, and what its users see."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.orbits.ground import Places
from skyrack.scenario.workload import Serving
from skyrack.workload import engine
from skyrack.workload.accelerator_power import IDLE_FRAC
from skyrack.workload.demand import Demand, requests_at
from skyrack.workload.engine import Limits, Replicas, Requests, new_replicas
from skyrack.workload.reachability import Reachability
from skyrack.workload.roofline import TensorParallelGroup
from skyrack.workload.serving_policy import Dispatch

Floats = NDArray[np.float64]
TRIAL_REQUESTS = 3000
"""Of one replica, to find what it serves within the target."""


def prefill_min_power_frac(serving: Serving) -> float:
    """Share of its power below which a replica begins no prompts."""
    return serving.prefill_min_power_frac if serving.eclipse == "keep decode" else 0.0


POWER_LEVELS = (0.5, 0.75, 1.0)


def replica_capacity_per_s(
    serving: Serving, group: TensorParallelGroup, limits: Limits, power: NDArray[np.float64]
) -> Floats:
    """Most requests a second of each replica within the target, (period, replica), by the power that it has.

    Found at three levels of power, and taken as linear between them; below the share at which prompts are unserved nothing
    begins.
    """
    prefill_min_power = prefill_min_power_frac(serving)
    levels = [level for level in POWER_LEVELS if level >= prefill_min_power]
    found = []
    for level in levels:
        try:
            found.append(capacity_per_s(serving, group, limits, level))
        except InputError:
            if level == levels[-1]:
                raise
            found.append(0.0)
    each = np.interp(power, [IDLE_FRAC, *levels], [0.0, *found])
    return np.where(power >= max(prefill_min_power, engine.LEAST_SHARE), each, 0.0)


def capacity_per_s(serving: Serving, group: TensorParallelGroup, limits: Limits, power_frac: float) -> float:
    """Most requests a second that one replica serves within the target, by halving; no network between.

    InputError where not even a single request meets it.
    """
    alone = Demand(Places(("",), np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1)), np.ones(1), 1.0)
    here = Reachability(np.zeros(1), np.zeros((1, 1, 1)), np.full((1, 1), power_frac), np.ones((1, 1)))

    # elsewhere a session's requests hardly ever meet the copy that knows them
    is_kept = serving.policy.keeps_sessions

    def holds(rate_per_s: float) -> bool:
        asked = requests_at(
            serving,
            alone,
            rate_per_s,
            0.0,
            TRIAL_REQUESTS / rate_per_s,
            serving.seed,
            sessions=is_kept,
            is_trial=True,
        )
        check_fits(asked, limits)
        replicas = new_replicas(1, 0.0)
        run_replicas(serving, group, limits, asked, replicas, here, Dispatch(engine.NEAREST))
        return float(meets_target(serving, asked).mean()) >= serving.target.share_frac

    low, high = 1e-3, 1e-3
    if not holds(low):
        first = serving.target
        raise InputError(
            f"workload.serving.target: {group.model.name} on {group.size} x {group.accelerator} does not give "
            f"{100.0 * first.share_frac:g} % of the answers within {first.first_token_s:g} s and {first.token_s:g} s "
            "a token, even alone; take a larger group or a wider target"
        )
    while holds(high) and high < 1e6:
        low, high = high, 4.0 * high
    for _ in range(7):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def check_fits(asked: Requests, limits: Limits) -> None:
    """InputError for a request that finds no room even alone."""
    whole = asked.prompt + asked.output
    if int(whole.max()) > limits.kv_tokens:
        raise InputError(
            f"workload.serving: a request of {int(whole.max()):,} tokens finds no room for its keys and values in a group's "
            f"memory, which holds {limits.kv_tokens:,}; take a larger group"
        )


def run_replicas(
    serving: Serving,
    group: TensorParallelGroup,
    limits: Limits,
    asked: Requests,
    replicas: Replicas,
    reach: Reachability,
    dispatch: Dispatch,
) -> None:
    """Send all requests to replicas and run these to the end."""
    engine.serve(
        asked,
        replicas,
        limits,
        group.pace,
        reach.begins_s,
        reach.delay_s,
        reach.power,
        dispatch.rule,
        serving.detour_s,
        prefill_min_power_frac(serving),
        dispatch.scores_s,
        dispatch.in_flight_s,
    )


def meets_target(serving: Serving, asked: Requests) -> NDArray[np.bool_]:
    """Whether a request was answered within the target, as its user sees it."""
    target = serving.target
    with np.errstate(invalid="ignore"):
        return np.asarray((first_s(asked) <= target.first_token_s) & (token_s(asked) <= target.token_s))


def first_s(asked: Requests) -> Floats:
    """Time to the first token at the user: there and back, queue and prompt; nan without an answer."""
    return np.asarray(asked.first_s - asked.arrival_s + (asked.reached_s - asked.arrival_s))


def token_s(asked: Requests) -> Floats:
    """Mean time of each later token; zero for answers of one."""
    later = np.maximum(asked.output - 1, 1)
    return np.asarray((asked.last_s - asked.first_s) / later)


LOOKED_AT = 8
"""Periods in which the largest demand is sought."""
PARTS = 1e6
"""Into which capacities are cut: flows are whole numbers."""


def most_everywhere_per_s(reach: Reachability, weights: Floats, capacity: Floats, detour_s: float) -> float:
    """Most requests a second of all cities together that all that are reached can have at once, in the worst period.

    A flow from cities to the replicas that each may be sent to, the cities by their weights, found by halving. With it, the
    number of requests is one that some routing could serve; whether a policy does is another matter.
    """
    farthest = reach.delay_s.min(axis=2, keepdims=True) + detour_s
    may = np.isfinite(reach.delay_s) & (reach.delay_s <= farthest)
    found = []
    for period in np.unique(np.linspace(0, len(may) - 1, LOOKED_AT).astype(int)):
        mine = may[period] & (capacity[period] > 0.0)[None, :]
        asking = mine.any(axis=1) & (weights > 0.0)
        if asking.any():
            found.append(_largest(mine[asking], weights[asking], capacity[period]))
    return min(found, default=0.0)


def _largest(may: NDArray[np.bool_], weights: Floats, capacity: Floats) -> float:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import maximum_flow

    n_cities, n_replicas = may.shape
    city, copy = np.nonzero(may)
    source, sink = n_cities + n_replicas, n_cities + n_replicas + 1
    unit = PARTS / capacity.sum()
    room = np.floor(capacity * unit).astype(np.int64)
    tail = np.concatenate([np.full(n_cities, source), city, n_cities + np.arange(n_replicas)])
    head = np.concatenate([np.arange(n_cities), n_cities + copy, np.full(n_replicas, sink)])

    def is_carried(rate_per_s: float) -> bool:
        wants = np.floor(rate_per_s * weights * unit).astype(np.int64)
        amounts = np.concatenate([wants, room[copy], room]).astype(np.int32)
        graph = coo_matrix((amounts, (tail, head)), shape=(sink + 1, sink + 1)).tocsr()
        return bool(maximum_flow(graph, source, sink).flow_value >= 0.999 * wants.sum())

    low, high = 0.0, float(capacity.sum() / weights.sum())
    for _ in range(14):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if is_carried(middle) else (low, middle)
    return low
