"""Serving a model from satellites to cities, and from regions on the ground beside it, top to bottom in `serve_fleet`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.orbits.ground import Places
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Serving
from skyrack.workload import engine
from skyrack.workload.accelerator_power import IDLE_FRAC
from skyrack.workload.capacity import check_fits, copy_capacity_per_s, most_everywhere_per_s, run_copies
from skyrack.workload.demand import Demand, demand_of, requests_at
from skyrack.workload.engine import Limits, new_replicas
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.reachability import Reach, look, on_the_ground
from skyrack.workload.roofline import Efficiency, Group
from skyrack.workload.serving_metrics import Served, by_city, figures_of
from skyrack.workload.serving_policy import Dispatch, ReplicaView, dispatch_of
from skyrack.workload.training import accelerators_per_satellite

MOST_CITIES = 150
MOST_REQUESTS = 300_000
"""That are simulated: with more of them, fewer copies are."""
LEAST_COPIES = 12
FAR_TOO_MANY = 3.0
ALL_REACHED = 0.9995
PROMISED_FRAC = 0.5
"""Share of the memory that weights may take where the group is chosen."""


def serve_fleet(
    scenario: Scenario,
    available_frac: float,
    *,
    on_look: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The serving job of a scenario, from orbit and from the ground, as plain data.

    `available_frac` is the share of the fleet that is up. Prices are filled in when they are known. InputError for a job that
    cannot be: a model without room, a target that nothing meets, cities that nobody reaches.
    """
    serving = scenario.workload.serving
    if serving is None:
        raise InputError("workload.serving: the scenario has no serving job")
    per_satellite = accelerators_per_satellite(scenario)
    group = group_of(scenario, serving, per_satellite)
    limits = Limits(group.kv_tokens, serving.requests, serving.batch_tokens)
    demand = _largest(demand_of(scenario, serving))
    reach = look(scenario, serving, demand.places, per_satellite, on_look)
    reached = reach.any_copy @ demand.weights
    within = reach.within(serving.detour_s)
    if not within.any():
        raise InputError(
            "workload.serving: no satellite is in reach of any of the cities in this time; take another 'begin', a longer "
            "'span' or other cities"
        )
    capacity = copy_capacity_per_s(serving, group, limits, reach.power)
    if not capacity[within].any():
        raise InputError(
            "workload.serving: the satellites in reach of the cities have no power to begin a prompt in this time; "
            "take another 'begin', a longer 'span' or another power policy"
        )
    held, reached_frac = float(within.mean()), float(reached.mean())
    n_copies = reach.power.shape[1]
    # of all cities together, for the copies that are simulated; and what comes of it for one copy
    most = most_everywhere_per_s(reach, demand.weights, capacity, serving.detour_s)
    most_per_s = most * reached_frac / (n_copies * held)
    copies = scenario.n_sats * (per_satellite // group.size) * available_frac
    if serving.requests_per_second is None:
        each_per_s = serving.load_frac * most_per_s
    else:
        each_per_s = serving.requests_per_second * demand.hour_factor * reached_frac / (copies * held)
        _check_rate(serving.requests_per_second, each_per_s, most_per_s)
    n = _affordable(n_copies, each_per_s * held * serving.span_s)
    reach = reach.thinned(n)
    scale = copies / n
    rate_per_s = each_per_s * held * n
    n_ground = max(1, round(n * held))
    ground_reach = on_the_ground(scenario, demand.places, n_ground)
    chip = part("accelerators", group.accelerator)
    fed_w = float(reach.compute_frac.mean()) * scenario.satellite.compute.peak_power_w * scenario.n_sats
    orbit = Served(
        *_run(serving, group, limits, demand, rate_per_s / reached_frac, reach),
        serving.begin_s,
        serving.span_s,
        reached_frac,
        held,
        scale,
        held * fed_w,
        rate_per_s * serving.span_s,
    )
    ground = Served(
        *_run(serving, group, limits, demand, rate_per_s, ground_reach),
        serving.begin_s,
        serving.span_s,
        1.0,
        held * n / n_ground,
        scale,
        scale * held * n * group.size * chip["system_power_w"],
        rate_per_s * serving.span_s,
    )
    there, each = figures_of(serving, group, orbit), per_satellite // group.size
    return {
        "model": group.model.title,
        "precision": serving.precision,
        "group": group.size,
        "accelerator": chip.title,
        "copies_per_satellite": each,
        "copies": copies,
        "simulated_copies": n,
        "held_frac": held,
        "policy": serving.policy.name,
        "stream": serving.stream,
        "hour_factor": demand.hour_factor,
        "requests_per_s": rate_per_s / reached_frac * scale,
        "requests_per_copy_s": each_per_s,
        "most_requests_per_copy_s": most_per_s,
        "is_saturated": bool(each_per_s > 1.0001 * most_per_s),
        "mean_power_frac": float(reach.power.mean()),
        "available_frac": available_frac,
        "target": {
            "first_token_s": serving.target.first_token_s,
            "token_s": serving.target.token_s,
            "share_frac": serving.target.share_frac,
        },
        "orbit": there | {"tokens_per_satellite_s": there["tokens_per_accelerator_s"] * group.size * each},
        "ground": figures_of(serving, group, ground),
        "cities": by_city(demand, {"orbit": orbit, "ground": ground}, ground_reach.names),
        "remarks": _remarks(serving, each_per_s, most_per_s, reached_frac, reach),
    }


def _check_rate(asked_per_s: float, each_per_s: float, most_per_s: float) -> None:
    """InputError for so many requests that nothing would come of looking at them."""
    if each_per_s > FAR_TOO_MANY * most_per_s:
        raise InputError(
            f"workload.serving.requests_per_second: {asked_per_s:,.3g} are asked for, and the satellites in reach serve "
            f"{asked_per_s * most_per_s / each_per_s:,.3g} within the target; queues would grow without bound. Ask for less "
            f"than {FAR_TOO_MANY:g} times as many as that to see them grow"
        )


def _affordable(copies: int, requests_each: float) -> int:
    return max(min(copies, LEAST_COPIES), min(copies, int(MOST_REQUESTS / max(requests_each, 1e-9))))


def _run(
    serving: Serving, group: Group, limits: Limits, demand: Demand, rate_per_s: float, reach: Reach
) -> tuple[engine.Requests, engine.Replicas]:
    """Requests at a rate of all cities together, those that reach nobody left out, through all copies."""
    asked = requests_at(
        serving, demand, rate_per_s, serving.begin_s, serving.span_s, serving.seed, (reach.begins_s, reach.any_copy)
    )
    check_fits(asked, limits)
    copies = new_replicas(reach.power.shape[1], serving.begin_s)
    # on the ground all copies of a region are as near; sessions are kept there too where they are kept in orbit
    is_in_orbit = not reach.names
    if is_in_orbit or serving.policy.keeps_sessions:
        dispatch = dispatch_of(serving.policy, ReplicaView(reach.begins_s, reach.delay_s, reach.power))
    else:
        dispatch = Dispatch(engine.LEAST_LOADED)
    run_copies(serving, group, limits, asked, copies, reach, dispatch)
    return asked, copies


def efficiency_of(scenario: Scenario) -> Efficiency:
    """What kernels reach, as the scenario says."""
    kernels = scenario.workload.kernels
    return Efficiency(
        kernels.arithmetic_frac,
        kernels.bandwidth_frac,
        kernels.hop_s,
        kernels.overhead_s,
        kernels.request_s,
        kernels.memory_frac,
    )


def group_of(scenario: Scenario, serving: Serving, per_satellite: int) -> Group:
    """The accelerators that serve one copy; InputError where the model finds no room in a satellite."""
    model, real, accelerator = language_model(serving.model), efficiency_of(scenario), scenario.design.accelerator
    peak_flops(accelerator, serving.precision, "workload.serving.precision")
    if serving.group is not None:
        if serving.group > per_satellite:
            raise InputError(
                f"workload.serving.group: {serving.group} accelerators are asked for; a satellite has {per_satellite}"
            )
        return Group(model, accelerator, serving.group, serving.precision, serving.kv_precision, real)
    most = min(per_satellite, int(part("accelerators", accelerator)["scale_up_accelerators"]))
    sizes = [2**k for k in range(9) if 2**k <= most and model.heads % 2**k == 0]
    found, why = None, None
    for size in sizes:
        try:
            found = Group(model, accelerator, size, serving.precision, serving.kv_precision, real)
        except InputError as error:
            why = error
            continue
        room = size * part("accelerators", accelerator)["memory_bytes"]
        if found.weight_bytes <= PROMISED_FRAC * room:
            break
    if found is None:
        raise InputError(f"workload.serving.model: {model.name} finds no room in a satellite; {why}")
    return found


def _largest(demand: Demand) -> Demand:
    """The cities that send most."""
    if len(demand.weights) <= MOST_CITIES:
        return demand
    kept = np.sort(np.argsort(-demand.weights, kind="stable")[:MOST_CITIES])
    places = demand.places
    chosen = Places(
        tuple(places.names[k] for k in kept),
        places.latitude_rad[kept],
        places.longitude_rad[kept],
        places.altitude_m[kept],
        places.people[kept],
    )
    weights = demand.weights[kept]
    return Demand(chosen, weights / weights.sum(), demand.hour_factor)


def _remarks(serving: Serving, each_per_s: float, most_per_s: float, reached_frac: float, reach: Reach) -> list[str]:
    said = []
    if serving.requests_per_second is None:
        said.append(
            f"The number of requests is not given (requests_per_second); it is {serving.load_frac:g} of what the "
            "satellites in reach could serve everywhere at once within the target."
        )
    if reach.power.shape[1] < serving.replicas:
        said.append(
            f"{reach.power.shape[1]} copies are simulated, so that there are no more than {MOST_REQUESTS:,} requests; "
            "with others, times to the first token differ by several per cent."
        )
    if each_per_s > 1.0001 * most_per_s:
        said.append(
            f"More is asked for ({each_per_s:.3g} requests a second of each copy) than a copy serves within the target "
            f"({most_per_s:.3g}): queues grow as long as this goes on."
        )
    if reached_frac < ALL_REACHED:
        said.append(
            f"{100.0 * (1.0 - reached_frac):.1f} % of the requests come from where no satellite is in reach at the time, and "
            "are not served: nothing here carries on for them."
        )
    if float(reach.power.min()) <= IDLE_FRAC:
        said.append("Some satellites have no power for their accelerators part of this time.")
    return said
