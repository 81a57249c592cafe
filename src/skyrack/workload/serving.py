"""Serving job: a model served to cities from satellites, and from regions on the ground for comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.fleet.sample_flight import SampleHistory
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.ground import Places
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Serving
from skyrack.workload import engine
from skyrack.workload.accelerator_power import IDLE_FRAC
from skyrack.workload.capacity import check_fits, most_everywhere_per_s, replica_capacity_per_s, run_replicas
from skyrack.workload.demand import Demand, demand_of, requests_at
from skyrack.workload.engine import Limits, new_replicas
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.reachability import Reachability, on_the_ground, reachability
from skyrack.workload.roofline import Efficiency, TensorParallelGroup
from skyrack.workload.serving_metrics import Served, ServedCity, ServingFigures, by_city, serving_metrics
from skyrack.workload.serving_policy import Dispatch, ReplicaView, dispatch_of

MAX_CITIES = 150
"""Maximum number of simulated cities: those with the most requests."""
MAX_REQUESTS = 300_000
"""Maximum number of simulated requests: for more, fewer replicas are simulated."""
MIN_REPLICAS = 12
"""Minimum number of simulated replicas."""
MAX_OVERLOAD = 3.0
"""Maximum rate of requests over the rate within the SLO that is simulated."""
ALL_REACHED = 0.9995
"""Share of reached requests below which a remark is made."""
PROMISED_FRAC = 0.5
"""Maximum share of the memory for weights when the size of a group is chosen."""


@dataclass(frozen=True)
class ServingTarget:
    """Service level objective (SLO) of a serving job."""

    first_token_s: float
    """Maximum TTFT at the user."""
    token_s: float
    """Maximum TPOT."""
    share_frac: float
    """Share of the requests that must meet both."""


@dataclass(frozen=True)
class ServingResult:
    """Serving job from orbit and from the ground: the part `serving` of workload.json."""

    model: str
    precision: str
    group: int
    """Number of accelerators of one replica."""
    accelerator: str
    replicas_per_satellite: int
    replicas: float
    """Number of replicas of the fleet that are up, mean over time."""
    used_frac: float
    """Share of the replicas that these requests need; the others are free for other work."""
    simulated_replicas: int
    allocated_frac: float
    """Share of replicas and time that is allocated to these users, i.e. within the detour of a city."""
    policy: str
    trace: str
    hour_factor: float
    """Requests of the hour over those of an average hour."""
    demand_per_s: float
    """Requests per second that users make in this hour: those of the scenario, or of the world today."""
    capacity_per_s: float
    """Requests per second that the whole fleet serves at its usual load, among those that reach a satellite."""
    requests_per_s: float
    """Requests per second of this job, those included that reach no satellite."""
    requests_per_replica_s: float
    max_requests_per_replica_s: float
    """Maximum requests per second of a replica within the SLO."""
    is_saturated: bool
    mean_power_frac: float
    available_frac: float
    target: ServingTarget
    orbit: ServingFigures
    ground: ServingFigures
    cities: tuple[ServedCity, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class _Load:
    """Request rates of a serving job, and its replicas."""

    replicas: float
    """Number of replicas of the whole fleet that are up."""
    n: int
    """Number of simulated replicas."""
    allocated_frac: float
    """Share of replicas and time within the detour of a city."""
    reached_frac: float
    """Share of all requests that reach a replica."""
    each_per_s: float
    """Requests per second and allocated replica."""
    max_per_s: float
    """Maximum requests per second and allocated replica within the SLO."""
    demand_per_s: float
    """Requests per second of all users."""
    capacity_per_s: float
    """Requests per second that all replicas serve at their usual load."""
    used_frac: float
    """Share of the replicas that is used at this rate."""

    @property
    def scale(self) -> float:
        """Number of used replicas that each simulated one represents."""
        return self.replicas * self.used_frac / self.n

    @property
    def rate_per_s(self) -> float:
        """Requests per second that reach the simulated replicas."""
        return self.each_per_s * self.allocated_frac * self.n


def serve_fleet(
    scenario: Scenario,
    model: NetworkModel,
    samples: SampleHistory,
    accelerators: int,
    available_frac: float,
    *,
    on_snapshot: Callable[[int, int], None] | None = None,
) -> ServingResult:
    """Return the serving job of a scenario, from orbit and from the ground.

    `samples` holds the satellites of `served_satellites`, each with a number of `accelerators`; `available_frac` is the
    share of the fleet that is up. Prices are added later. Raises InputError for an impossible job: a model that does
    not fit, an SLO that cannot be met, cities that reach no satellite.
    """
    serving = scenario.workload.serving
    if serving is None:
        raise InputError("workload.serving: the scenario has no serving job")
    group = group_of(scenario, serving, accelerators)
    limits = Limits(group.kv_tokens, serving.requests, serving.batch_tokens)
    demand = _largest(demand_of(scenario, serving))
    reach = reachability(scenario, model, demand.places, samples, accelerators, on_snapshot)
    load = _load(scenario, serving, group, limits, demand, reach, accelerators, available_frac)
    reach = reach.thinned(load.n)
    orbit = _from_orbit(scenario, serving, group, limits, demand, reach, load)
    ground, regions = _from_the_ground(scenario, serving, group, limits, demand, load)
    each = accelerators // group.size
    there = serving_metrics(serving, group, orbit)
    return ServingResult(
        model=group.model.title,
        precision=serving.precision,
        group=group.size,
        accelerator=part("accelerators", group.accelerator).title,
        replicas_per_satellite=each,
        replicas=load.replicas,
        used_frac=load.used_frac,
        simulated_replicas=load.n,
        allocated_frac=load.allocated_frac,
        policy=serving.policy.name,
        trace=serving.trace,
        hour_factor=demand.hour_factor,
        demand_per_s=load.demand_per_s,
        capacity_per_s=load.capacity_per_s,
        requests_per_s=load.rate_per_s / load.reached_frac * load.scale,
        requests_per_replica_s=load.each_per_s,
        max_requests_per_replica_s=load.max_per_s,
        is_saturated=bool(load.each_per_s > 1.0001 * load.max_per_s),
        mean_power_frac=float(reach.power.mean()),
        available_frac=available_frac,
        target=ServingTarget(serving.target.first_token_s, serving.target.token_s, serving.target.share_frac),
        orbit=replace(there, tokens_per_satellite_s=there.tokens_per_accelerator_s * group.size * each),
        ground=serving_metrics(serving, group, ground),
        cities=by_city(demand, orbit, ground, regions),
        remarks=tuple(_remarks(serving, load, reach)),
    )


def _load(
    scenario: Scenario,
    serving: Serving,
    group: TensorParallelGroup,
    limits: Limits,
    demand: Demand,
    reach: Reachability,
    accelerators: int,
    available_frac: float,
) -> _Load:
    """Return the rates of a job from the capacity of its replicas; InputError if none is in reach or has power."""
    reached = reach.any_replica @ demand.weights
    within = reach.within(serving.detour_s)
    if not within.any():
        raise InputError(
            "workload.serving: no satellite is in reach of any of the cities in this time; take another 'begin', a longer "
            "'span' or other cities"
        )
    capacity = replica_capacity_per_s(serving, group, limits, reach.power)
    if not capacity[within].any():
        raise InputError(
            "workload.serving: the satellites in reach of the cities have no power to begin a prompt in this time; "
            "take another 'begin', a longer 'span' or another power policy"
        )
    allocated, reached_frac = float(within.mean()), float(reached.mean())
    n_replicas = reach.power.shape[1]
    # maximum rate of all cities for the simulated replicas, and that rate per allocated replica
    max_of_all = most_everywhere_per_s(reach, demand.weights, capacity, serving.detour_s)
    max_per_s = max_of_all * reached_frac / (n_replicas * allocated)
    replicas = scenario.n_sats * (accelerators // group.size) * available_frac
    usual_per_s = serving.load_frac * max_per_s
    capacity_per_s = usual_per_s * allocated * replicas
    stated = serving.requests_per_second
    demand_per_s = (serving.world_requests_per_second if stated is None else stated) * demand.hour_factor
    used_frac, each_per_s = min(1.0, demand_per_s * reached_frac / capacity_per_s), usual_per_s
    if stated is not None and used_frac == 1.0:
        each_per_s = usual_per_s * demand_per_s * reached_frac / capacity_per_s
        _check_rate(stated, each_per_s, max_per_s)
    n = _affordable(n_replicas, each_per_s * allocated * serving.span_s)
    return _Load(replicas, n, allocated, reached_frac, each_per_s, max_per_s, demand_per_s, capacity_per_s, used_frac)


def _from_orbit(
    scenario: Scenario,
    serving: Serving,
    group: TensorParallelGroup,
    limits: Limits,
    demand: Demand,
    reach: Reachability,
    load: _Load,
) -> Served:
    served_w = float(reach.compute_frac.mean()) * scenario.satellite.compute.peak_power_w * scenario.n_sats
    return Served(
        *_run(serving, group, limits, demand, load.rate_per_s / load.reached_frac, reach),
        serving.begin_s,
        serving.span_s,
        load.reached_frac,
        load.allocated_frac,
        load.scale,
        load.allocated_frac * load.used_frac * served_w,
        load.rate_per_s * serving.span_s,
    )


def _from_the_ground(
    scenario: Scenario, serving: Serving, group: TensorParallelGroup, limits: Limits, demand: Demand, load: _Load
) -> tuple[Served, tuple[str, ...]]:
    """Return the same requests served from the ground regions nearest to the cities, and the names of these regions.

    The ground has as many replicas as serve the requests at its own best load, the share `workload.serving.load` of what a
    replica at full power serves within the target.
    """
    best_per_s = float(replica_capacity_per_s(serving, group, limits, np.ones((1, 1)))[0, 0])
    n = max(1, round(load.rate_per_s / (serving.load_frac * best_per_s)))
    reach = on_the_ground(scenario, demand.places, n)
    chip = part("accelerators", group.accelerator)
    done = Served(
        *_run(serving, group, limits, demand, load.rate_per_s, reach),
        serving.begin_s,
        serving.span_s,
        1.0,
        1.0,
        load.scale,
        load.scale * n * group.size * chip["system_power_w"],
        load.rate_per_s * serving.span_s,
    )
    return done, reach.names


def _check_rate(asked_per_s: float, each_per_s: float, max_per_s: float) -> None:
    """Raise InputError for a request rate beyond MAX_OVERLOAD times the rate within the SLO."""
    if each_per_s > MAX_OVERLOAD * max_per_s:
        raise InputError(
            f"workload.serving.requests_per_second: {asked_per_s:,.3g} are asked for, and the satellites in reach serve "
            f"{asked_per_s * max_per_s / each_per_s:,.3g} within the target; queues would grow without bound. Ask for less "
            f"than {MAX_OVERLOAD:g} times as many as that to see them grow"
        )


def _affordable(replicas: int, requests_each: float) -> int:
    return max(min(replicas, MIN_REPLICAS), min(replicas, int(MAX_REQUESTS / max(requests_each, 1e-9))))


def _run(
    serving: Serving, group: TensorParallelGroup, limits: Limits, demand: Demand, rate_per_s: float, reach: Reachability
) -> tuple[engine.Requests, engine.Replicas]:
    """Return requests at a rate of all cities together, and the replicas, after the simulation.

    Requests of cities that reach no replica are left out.
    """
    asked = requests_at(
        serving, demand, rate_per_s, serving.begin_s, serving.span_s, serving.seed, (reach.begins_s, reach.any_replica)
    )
    check_fits(asked, limits)
    replicas = new_replicas(reach.power.shape[1], serving.begin_s)
    # all replicas of a ground region are equally near; sessions are kept on the ground if they are kept in orbit
    is_in_orbit = not reach.names
    if is_in_orbit or serving.policy.keeps_sessions:
        dispatch = dispatch_of(serving.policy, ReplicaView(reach.begins_s, reach.delay_s, reach.power))
    else:
        dispatch = Dispatch(engine.LEAST_LOADED)
    run_replicas(serving, group, limits, asked, replicas, reach, dispatch)
    return asked, replicas


def efficiency_of(scenario: Scenario) -> Efficiency:
    """Return the efficiency of kernels that the scenario states."""
    kernels = scenario.workload.kernels
    return Efficiency(
        kernels.arithmetic_frac,
        kernels.bandwidth_frac,
        kernels.hop_s,
        kernels.overhead_s,
        kernels.request_s,
        kernels.memory_frac,
    )


def group_of(scenario: Scenario, serving: Serving, per_satellite: int) -> TensorParallelGroup:
    """Return the group of accelerators of one replica; InputError if the model does not fit into a satellite.

    A size that the scenario leaves open is the smallest power of two whose weights take at most PROMISED_FRAC of the
    memory, or else the largest that fits.
    """
    model, real, accelerator = language_model(serving.model), efficiency_of(scenario), scenario.design.accelerator
    peak_flops(accelerator, serving.precision, "workload.serving.precision")
    if serving.group is not None:
        if serving.group > per_satellite:
            raise InputError(
                f"workload.serving.group: {serving.group} accelerators are asked for; a satellite has {per_satellite}"
            )
        return TensorParallelGroup(model, accelerator, serving.group, serving.precision, serving.kv_precision, real)
    most = min(per_satellite, int(part("accelerators", accelerator)["scale_up_accelerators"]))
    sizes = [2**k for k in range(9) if 2**k <= most and model.heads % 2**k == 0]
    found, why = None, None
    for size in sizes:
        try:
            found = TensorParallelGroup(model, accelerator, size, serving.precision, serving.kv_precision, real)
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
    """Return the demand of the MAX_CITIES cities with the most requests."""
    if len(demand.weights) <= MAX_CITIES:
        return demand
    kept = np.sort(np.argsort(-demand.weights, kind="stable")[:MAX_CITIES])
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


def _remarks(serving: Serving, load: _Load, reach: Reachability) -> list[str]:
    each_per_s, max_per_s, reached_frac = load.each_per_s, load.max_per_s, load.reached_frac
    remarks = []
    if serving.requests_per_second is None and load.used_frac == 1.0:
        remarks.append(
            f"The fleet serves {100.0 * load.capacity_per_s / load.demand_per_s:.2g} % of the demand of the world today "
            f"(world_requests_per_second), its capacity at {100.0 * serving.load_frac:g} % of what satisfies the target."
        )
    if reach.power.shape[1] < serving.replicas:
        remarks.append(
            f"{reach.power.shape[1]} replicas are simulated, with at most {MAX_REQUESTS:,} requests; another choice of "
            "replicas shifts TTFT by a few per cent."
        )
    if each_per_s > 1.0001 * max_per_s:
        remarks.append(
            f"More is asked for ({each_per_s:.3g} requests per second and replica) than a replica serves within the target "
            f"({max_per_s:.3g}): queues grow as long as this goes on."
        )
    if reached_frac < ALL_REACHED:
        remarks.append(
            f"{100.0 * (1.0 - reached_frac):.1f} % of the requests come from where no satellite is in reach at the time, and "
            "are not served."
        )
    if float(reach.power.min()) <= IDLE_FRAC:
        remarks.append("Some satellites have no power for their accelerators part of this time.")
    return remarks
