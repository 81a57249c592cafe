"""Serving a model from satellites to cities, top to bottom in `serve_fleet`, and from regions on the ground
beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.core.errors import InputError
from skyrack.core.time import tt_since_j2000_s
from skyrack.fleet.sky import SunTrack
from skyrack.network.constellation import Constellation, is_gone
from skyrack.network.ground import Places, nearest_region
from skyrack.network.links import LinkPlan, alive
from skyrack.network.routes import Router
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Serving
from skyrack.workload import engine
from skyrack.workload.demand import Demand, demand_of, requests_at
from skyrack.workload.engine import Limits, Replicas, Requests, new_replicas
from skyrack.workload.models import language_model
from skyrack.workload.pace import Efficiency, Group
from skyrack.workload.power import IDLE_FRAC
from skyrack.workload.tracks import Pick, chip_power_frac, follow, spread
from skyrack.workload.training import accelerators_per_satellite

Floats = NDArray[np.float64]
POLICIES = {
    "nearest": engine.NEAREST,
    "least-loaded": engine.LEAST_LOADED,
    "sunlit": engine.SUNLIT,
    "keep-session": engine.KEEP_SESSION,
}
SMALL_FLEET, LOOK_S, LOOK_OF_MANY_S = 5_000, 60.0, 300.0
"""Larger fleets are everywhere at any time and are looked at less often."""
MOST_CITIES = 150
TRIAL_REQUESTS = 3000
"""Of one copy, to find what it serves within the target."""
MOST_REQUESTS = 600_000
"""That are simulated: with more of them, fewer copies are."""
LEAST_COPIES = 12
QUANTILES = np.linspace(0.0, 1.0, 101)
PROMISED_FRAC = 0.5
"""Share of the memory that weights may take where the group is chosen."""


def serve_fleet(
    scenario: Scenario,
    available_frac: float,
    *,
    on_look: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The serving job of a scenario, from orbit and from the ground, as plain data.

    `available_frac` is the share of the fleet that is up. Prices are filled in when they are known.
    """
    serving = scenario.workload.serving
    if serving is None:
        raise InputError("workload.serving: the scenario has no serving job")
    per_satellite = accelerators_per_satellite(scenario)
    group = group_of(scenario, serving, per_satellite)
    limits = Limits(group.kv_tokens, serving.requests, serving.batch_tokens)
    demand = _largest(demand_of(scenario, serving))
    sky = look(scenario, serving, demand.places, on_look)
    chip = part("accelerators", group.accelerator)
    copies = scenario.n_sats * (per_satellite // group.size) * available_frac
    shed_below = serving.shed_below_frac if serving.eclipse == "keep decode" else 0.0
    most_per_s = fleet_capacity_per_s(serving, group, limits, sky.power, shed_below)
    asked = serving.requests_per_second
    each_per_s = serving.load_frac * most_per_s if asked is None else asked * demand.hour_factor / copies
    n = _affordable(sky.power.shape[1], each_per_s * serving.span_s)
    sky = sky.thinned(n)
    orbit = _run(serving, group, limits, demand, each_per_s * n, sky)
    ground_sky = _ground(scenario, demand.places, n)
    ground = _run(serving, group, limits, demand, each_per_s * n, ground_sky)
    scale = copies / n
    orbit_w = (
        float(sky.compute_frac.mean()) * scenario.satellite.compute.peak_power_w * scenario.n_sats * available_frac
    )
    ground_w = copies * group.size * chip["system_power_w"]
    return {
        "model": group.model.title,
        "precision": serving.precision,
        "group": group.size,
        "accelerator": chip.title,
        "copies_per_satellite": per_satellite // group.size,
        "copies": copies,
        "simulated_copies": n,
        "policy": serving.policy,
        "stream": serving.stream,
        "hour_factor": demand.hour_factor,
        "requests_per_s": each_per_s * copies,
        "requests_per_copy_s": each_per_s,
        "most_requests_per_copy_s": most_per_s,
        "is_saturated": bool(each_per_s > most_per_s),
        "mean_power_frac": float(sky.power.mean()),
        "available_frac": available_frac,
        "target": {
            "first_token_s": serving.target.first_token_s,
            "token_s": serving.target.token_s,
            "share_frac": serving.target.share_frac,
        },
        "orbit": _figures(serving, group, orbit, scale, orbit_w),
        "ground": _figures(serving, group, ground, scale, ground_w),
        "cities": _by_city(demand, orbit, ground, ground_sky),
        "remarks": _remarks(each_per_s, most_per_s, orbit, sky),
    }


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


@dataclass(frozen=True)
class Sky:
    """Ways and power of the simulated copies, period by period."""

    begins_s: Floats
    delay_s: NDArray[np.float64]
    """One way, (period, city, copy); infinite without a way."""
    power: Floats
    """Of the accelerators over their highest, (period, copy)."""
    compute_frac: Floats
    """Power that the flight serves to all computers over their highest, (period, copy)."""
    names: tuple[str, ...] = ()
    """Of the regions, on the ground, by city."""

    def thinned(self, n: int) -> Sky:
        """With some of the copies, spread evenly."""
        kept = np.unique(np.linspace(0, self.power.shape[1] - 1, n).round().astype(int))
        return Sky(
            self.begins_s,
            np.ascontiguousarray(self.delay_s[:, :, kept]),
            np.ascontiguousarray(self.power[:, kept]),
            self.compute_frac,
        )


def _affordable(copies: int, requests_each: float) -> int:
    return max(min(copies, LEAST_COPIES), min(copies, int(MOST_REQUESTS / max(requests_each, 1e-9))))


def look(
    scenario: Scenario, serving: Serving, places: Places, on_look: Callable[[int, int], None] | None = None
) -> Sky:
    """Fly some satellites and look at the ways from all cities to them, as long as the job is looked at.

    Where the fleet has more satellites than are simulated, each stands for those near it: the nearest of them counts as far
    as the nearest of all, and the others as much farther as they are.
    """
    constellation = Constellation(scenario)
    shells = constellation.shells[: constellation.n_compute_shells]
    picks = spread(shells, serving.replicas)
    numbers = np.array([_number(constellation, pick) for pick in picks])
    step_s = LOOK_S if constellation.n_sats <= SMALL_FLEET else LOOK_OF_MANY_S
    n_looks = max(1, math.ceil(serving.span_s / step_s))
    begins_s = serving.begin_s + step_s * np.arange(n_looks)
    fine = alive(constellation, scenario.network)
    constellation.longest_s = max(float(begins_s[-1]) + step_s, 1800.0)
    plan, router = LinkPlan(constellation, scenario.network, fine), Router(constellation, scenario.network.access, fine)
    sun = SunTrack.at(tt_since_j2000_s(scenario.epoch), begins_s)
    delay_s = np.full((n_looks, len(places.names), len(picks)), np.inf)
    for k, time_s in enumerate(begins_s):
        where, speeds = constellation.states(float(time_s))
        plan.alive = router.usable = fine & ~is_gone(where)
        links = plan.look(where, speeds, sun.direction[k], step_s if k else 0.0)
        ground = np.ascontiguousarray(places.at(constellation.sidereal_rad(float(time_s))))
        length, nearest = router.reach(where, links, ground, numbers)
        with np.errstate(invalid="ignore"):
            farther = length - length.min(axis=0)
        delay_s[k] = np.where(np.isfinite(length), farther + nearest, np.inf).T / SPEED_OF_LIGHT_M_PER_S
        if on_look is not None:
            on_look(k + 1, n_looks)
    tracks = follow(scenario, picks, serving.begin_s, n_looks * step_s)
    chip = part("accelerators", scenario.design.accelerator)
    per_look = max(1, round(step_s / tracks.step_s))
    fed = tracks.compute_frac[: n_looks * per_look].reshape(n_looks, -1, len(picks)).mean(axis=1)
    return Sky(begins_s, delay_s, chip_power_frac(chip, fed), fed)


def _number(constellation: Constellation, pick: Pick) -> int:
    shell = next(k for k, known in enumerate(constellation.shells) if known is pick.shell)
    before = 0
    for layer in pick.shell.layers:
        if layer is pick.layer:
            break
        before += layer.n_sats
    return constellation.shell_firsts[shell] + before + pick.position


def _ground(scenario: Scenario, places: Places, copies: int) -> Sky:
    """Copies at full power in the region that is nearest to each city by cable."""
    names, delay_s = [], np.empty((1, len(places.names), copies))
    for k in range(len(places.names)):
        name, rtt_s = nearest_region(
            scenario.network.fibre, float(places.latitude_rad[k]), float(places.longitude_rad[k])
        )
        names.append(name)
        delay_s[0, k] = 0.5 * rtt_s
    return Sky(np.zeros(1), delay_s, np.ones((1, copies)), np.ones((1, copies)), tuple(names))


POWER_LEVELS = (0.5, 0.75, 1.0)


def fleet_capacity_per_s(
    serving: Serving, group: Group, limits: Limits, power: NDArray[np.float64], shed_below: float
) -> float:
    """Most requests a second of a copy within the target, mean over copies and time, by the power that each has.

    Found at full power and at three levels, and taken as linear between them; below `shed_below` nothing begins.
    """
    levels = [level for level in POWER_LEVELS if level >= shed_below]
    found = []
    for level in levels:
        try:
            found.append(capacity_per_s(serving, group, limits, level))
        except InputError:
            if level == levels[-1]:
                raise
            found.append(0.0)
    each = np.interp(power, [0.15, *levels], [0.0, *found])
    return float(np.where(power >= max(shed_below, 0.16), each, 0.0).mean())


def capacity_per_s(serving: Serving, group: Group, limits: Limits, power_frac: float) -> float:
    """Most requests a second that one copy serves within the target, by halving; no network between.

    InputError where not even a single request meets it.
    """
    alone = Demand(Places(("",), np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1)), np.ones(1), 1.0)
    here = Sky(np.zeros(1), np.zeros((1, 1, 1)), np.full((1, 1), power_frac), np.ones((1, 1)))

    def holds(rate_per_s: float) -> bool:
        asked = requests_at(serving, alone, rate_per_s, 0.0, TRIAL_REQUESTS / rate_per_s, serving.seed)
        _check_fits(asked, limits)
        copies = new_replicas(1, limits, 0.0)
        _serve(serving, group, limits, asked, copies, here, engine.NEAREST)
        return float(_meets(serving, asked).mean()) >= serving.target.share_frac

    low, high = 1e-3, 1e-3
    if not holds(low):
        first = serving.target
        raise InputError(
            f"workload.serving.target: {group.model.name} on {group.size} x {group.accelerator} does not give "
            f"{100.0 * first.share_frac:g} % of the answers within {first.first_token_s:g} s and {first.token_s:g} s "
            "a token, "
            "even alone; take a larger group or a wider target"
        )
    while holds(high) and high < 1e6:
        low, high = high, 4.0 * high
    for _ in range(7):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _check_fits(asked: Requests, limits: Limits) -> None:
    """InputError for a request that finds no room even alone."""
    whole = asked.prompt + asked.output
    if int(whole.max()) > limits.kv_tokens:
        raise InputError(
            f"workload.serving: a request of {int(whole.max()):,} tokens finds no room for its keys and values in a group's "
            f"memory, which holds {limits.kv_tokens:,}; take a larger group"
        )


def _serve(
    serving: Serving, group: Group, limits: Limits, asked: Requests, copies: Replicas, sky: Sky, policy: int
) -> None:
    engine.serve(
        asked,
        copies,
        limits,
        group.pace,
        sky.begins_s,
        sky.delay_s,
        sky.power,
        policy,
        serving.detour_s,
        serving.shed_below_frac if serving.eclipse == "keep decode" else 0.0,
    )


def _meets(serving: Serving, asked: Requests) -> NDArray[np.bool_]:
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


@dataclass(frozen=True)
class _Done:
    asked: Requests
    copies: Replicas
    begin_s: float
    span_s: float
    rate_per_s: float


def _run(serving: Serving, group: Group, limits: Limits, demand: Demand, rate_per_s: float, sky: Sky) -> _Done:
    asked = requests_at(serving, demand, rate_per_s, serving.begin_s, serving.span_s, serving.seed)
    _check_fits(asked, limits)
    copies = new_replicas(sky.power.shape[1], limits, serving.begin_s)
    is_ground = bool(sky.names)
    policy = engine.LEAST_LOADED if is_ground else POLICIES[serving.policy]
    _serve(serving, group, limits, asked, copies, sky, policy)
    return _Done(asked, copies, serving.begin_s, serving.span_s, rate_per_s)


def _figures(serving: Serving, group: Group, done: _Done, scale: float, power_w: float) -> dict[str, Any]:
    asked, copies = done.asked, done.copies
    chip = part("accelerators", group.accelerator)
    answered = np.isfinite(asked.last_s)
    lasts_s = max(done.span_s, float(np.nanmax(asked.last_s) - done.begin_s) if answered.any() else done.span_s)
    tokens = float(asked.output[answered].sum())
    idle_s = np.maximum(lasts_s - copies.busy_s, 0.0)
    n = len(copies.busy_s)
    chips_j = chip["chip_power_w"] * group.size * float((copies.drawn_s + IDLE_FRAC * idle_s).sum())
    host_j = (chip["system_power_w"] - chip["chip_power_w"]) * group.size * n * lasts_s
    per_copy = tokens / lasts_s / n
    meets = _meets(serving, asked)
    first, later, whole = first_s(asked)[answered], token_s(asked)[answered], (asked.last_s - asked.arrival_s)[answered]
    return {
        "requests": len(asked.prompt),
        "reached_frac": float((asked.replica >= 0).mean()),
        "answered_frac": float(answered.mean()),
        "goodput_frac": float(meets.mean()),
        "tokens_per_s": per_copy * n * scale,
        "good_tokens_per_s": float(asked.output[meets].sum()) / lasts_s * scale,
        "tokens_per_accelerator_s": per_copy / group.size,
        "tokens_per_j": tokens / (chips_j + host_j),
        "power_w": power_w,
        "usd_per_mtoken": None,
        "busy_frac": float(copies.busy_s.sum() / (n * lasts_s)),
        "preempted": int(copies.preempted.sum()),
        "kv_most_frac": float(copies.kv_most.max() / max(group.kv_tokens, 1)),
        **{f"ttft_{name}_s": _quantile(first, level) for name, level in LEVELS},
        **{f"tpot_{name}_s": _quantile(later, level) for name, level in LEVELS},
        **{f"e2e_{name}_s": _quantile(whole, level) for name, level in LEVELS},
        "ttft_quantiles_s": np.quantile(first, QUANTILES).tolist() if first.size else [],
        "tpot_quantiles_s": np.quantile(later, QUANTILES).tolist() if later.size else [],
    }


LEVELS = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


def _quantile(values: Floats, level: float) -> float | None:
    return float(np.quantile(values, level)) if values.size else None


def _by_city(demand: Demand, orbit: _Done, ground: _Done, regions: Sky) -> list[dict[str, Any]]:
    rows = []
    for k, name in enumerate(demand.places.names):
        row: dict[str, Any] = {
            "name": name,
            "latitude_deg": math.degrees(float(demand.places.latitude_rad[k])),
            "longitude_deg": math.degrees(float(demand.places.longitude_rad[k])),
            "weight": float(demand.weights[k]),
            "region": regions.names[k],
        }
        for side, done in (("orbit", orbit), ("ground", ground)):
            mine = done.asked.place == k
            first = first_s(done.asked)[mine]
            answered = np.isfinite(first)
            row[side] = {
                "requests": int(mine.sum()),
                "answered_frac": float(answered.mean()) if mine.any() else None,
                "ttft_p50_s": _quantile(first[answered], 0.5),
                "ttft_p99_s": _quantile(first[answered], 0.99),
                "way_ms": float(np.nanmedian((done.asked.reached_s - done.asked.arrival_s)[mine]) * 1e3)
                if answered.any()
                else None,
            }
        rows.append(row)
    return rows


def _remarks(each_per_s: float, most_per_s: float, orbit: _Done, sky: Sky) -> list[str]:
    said = []
    if each_per_s > 1.0001 * most_per_s:
        said.append(
            f"More is asked for ({each_per_s:.3g} requests a second of each copy) than a copy serves within the target "
            f"({most_per_s:.3g}): queues grow as long as this goes on."
        )
    reached = float((orbit.asked.replica >= 0).mean())
    if reached < 0.999:
        said.append(
            f"{100.0 * (1.0 - reached):.1f} % of the requests find no satellite in reach and are not served; a "
            "satellite passes "
            "in minutes, and nothing here carries on for it."
        )
    if float(sky.power.min()) <= IDLE_FRAC:
        said.append("Some satellites have no power for their accelerators part of this time.")
    return said
