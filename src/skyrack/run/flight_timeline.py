"""Timeline of a flight: the conditions of chosen satellites and the routes between them, for a user's own job."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S, JULIAN_YEAR_S
from skyrack.core.errors import InputError
from skyrack.fleet.sample_flight import fly_samples, mean_power, sampled_layout
from skyrack.flight.replay import WideFleet
from skyrack.flight.settings import LargeModel
from skyrack.flight.tables import CONTACTS_TABLE
from skyrack.flight.timeline import Hardware, Timeline
from skyrack.network.contacts import contacts
from skyrack.network.satellite_routes import SatelliteRoutes, routes_between
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.layout import SatelliteRef
from skyrack.physics.propagation_delay import light_time_s
from skyrack.results.parquet import write_table
from skyrack.results.run_folder import RunFolder
from skyrack.run.prepare import Plan, load_flown, prepare
from skyrack.run.pricing import price_of
from skyrack.run.service import service_of
from skyrack.scenario import load
from skyrack.scenario.workload import Training
from skyrack.workload.accelerator_power import IDLE_FRAC
from skyrack.workload.conditions import Conditions, conditions_of
from skyrack.workload.models import language_model, peak_flops
from skyrack.workload.placement import MANY, SNAPSHOTS, SNAPSHOTS_OF_MANY, candidates, check_place, place, watched_of
from skyrack.workload.training import GROUND_HOP_S, ground_of, ranked_shells

MAX_RANKS = 512
"""Maximum number of satellites of a flight: each is a process of its own, and the routes of all pairs are kept."""
MAX_SPAN_S = 366.0 * DAY_S
SNAPSHOT_S, SNAPSHOT_OF_MANY_S = 600.0, 43_200.0
"""Time between two snapshots of the routes, for fleets of up to MANY satellites and for larger ones."""
CONTACT_STEP_S = 30.0
OnSnapshot = Callable[[int, int], None]


@dataclass(frozen=True)
class FlightPlan:
    """Timeline of a flight, and the tables that are written beside it."""

    plan: Plan
    timeline: Timeline
    conditions: Conditions
    contacts: dict[str, Any]
    large: LargeModel | None

    def write(self, folder: RunFolder) -> None:
        """Write timeline.json, conditions.parquet, routes.parquet and contacts.parquet to a folder."""
        self.conditions.write(folder, self.plan.layout)
        self.timeline.write(folder)
        write_table(folder, CONTACTS_TABLE, iter([self.contacts]))


def plan_flight(
    source: Any,
    overrides: dict[str, Any],
    *,
    satellites: int,
    shell: str | None = None,
    on: tuple[str, ...] = (),
    begin_s: float = 0.0,
    span_s: float = DAY_S,
    as_model: str | None = None,
    tokens_per_step: float | None = None,
    on_snapshot: OnSnapshot | None = None,
) -> FlightPlan:
    """Return the timeline of a flight of neighbouring satellites of one shell from `begin_s` after the epoch on.

    `on` names the satellites themselves, one for each rank, of one shell. Else the shell is the one named, or that with the
    highest computing after power limits and radiation losses. `as_model` names the large model for which the script's own
    stands; its tokens per step are by default those of the scenario's training job. Raises InputError for anything that is
    wrong with the scenario or the choice of satellites.
    """
    if not 1 <= satellites <= MAX_RANKS:
        raise InputError(f"--satellites {satellites}: accepted are 1 to {MAX_RANKS}; each is a process of its own")
    if not 60.0 <= span_s <= MAX_SPAN_S:
        raise InputError(f"--span {span_s:g} s: accepted is from 60 s to 366 days")
    plan = _plan(source, overrides, satellites, shell)
    training = plan.scenario.workload.training or Training()
    members, name = _named(plan, on) if on else _members(plan, training)
    history = fly_samples(plan.scenario, plan.layout, members, begin_s + span_s)
    flown = history.select(members, begin_s, span_s)
    conditions = conditions_of(plan.scenario, plan.layout, flown, plan.exposure, plan.accelerators)
    times_s, routes = _routes(plan, members, begin_s, span_s, on_snapshot)
    orbit, ground, link_bytes_per_s = _hardware(plan, training)
    failures = plan.scenario.workload.failures
    timeline = Timeline(
        scenario=plan.scenario.name,
        shell=name,
        satellites=tuple(ref.number for ref in members),
        begin_s=begin_s,
        orbit=orbit,
        ground=ground,
        ground_link_bytes_per_s=link_bytes_per_s,
        ground_hop_s=GROUND_HOP_S,
        storms_per_s=failures.storms_per_year / JULIAN_YEAR_S,
        storm_s=failures.storm_s,
        time_s=conditions.time_s - begin_s,
        sunlit_frac=conditions.sunlit_frac,
        compute_power_frac=conditions.compute_power_frac,
        clock_frac=conditions.clock_frac,
        node_failures_per_s=conditions.node_failures_per_s,
        sdc_per_s=conditions.sdc_per_s,
        proton_flux_per_m2_s=conditions.proton_flux_per_m2_s,
        electronics_temp_k=conditions.electronics_temp_k,
        route_time_s=times_s - begin_s,
        delay_s=np.stack([one.delay_s for one in routes]),
        rate_bit_per_s=np.stack([one.rate_bit_per_s for one in routes]),
        hops=np.stack([one.hops for one in routes]),
    )
    large = None if as_model is None else large_model(as_model, training, satellites, tokens_per_step)
    return FlightPlan(plan, timeline, conditions, _contacts(plan, members, begin_s, span_s), large)


def _plan(source: Any, overrides: dict[str, Any], satellites: int, shell: str | None) -> Plan:
    bare = load_flown(source, {path: value for path, value in overrides.items() if not path.startswith("workload.")})
    begun: dict[str, Any] = {} if bare.scenario.workload.training is not None else {"workload.training": {}}
    asked: dict[str, Any] = {"workload.training.satellites": satellites}
    if shell is not None:
        asked["workload.training.shell"] = shell
    plan = prepare(load(source, begun | overrides | asked))
    training = plan.scenario.workload.training
    if training is None:
        raise InputError("workload.training: the scenario has no training job")
    try:
        check_place(plan.scenario, training, plan.layout.shells)
    except InputError as error:
        asked_by_option = str(error).replace("workload.training.satellites", "--satellites")
        raise InputError(asked_by_option.replace("workload.training.shell", "--shell")) from None
    idle_w = IDLE_FRAC * plan.accelerators * part("accelerators", plan.scenario.design.accelerator)["system_power_w"]
    if plan.accelerators < 1 or plan.scenario.satellite.compute.peak_power_w <= idle_w:
        raise InputError(
            "satellite.compute.peak_power: it does not feed the accelerators of a satellite above their idle power of "
            f"{idle_w:,.0f} W; accepted is more"
        )
    return plan


def _members(plan: Plan, training: Training) -> tuple[list[SatelliteRef], str]:
    """Return the flown satellites in an order in which neighbours are adjacent, and the name of their shell."""
    found = candidates(training, plan.network.constellation)
    watched = watched_of(found)
    if watched:
        samples = fly_samples(plan.scenario, plan.layout, watched, DAY_S)
        found = ranked_shells(plan.scenario, training, found, plan.exposure, samples, plan.accelerators)
    return [plan.layout.locate(int(number)) for number in found[0].members], found[0].shell


def _named(plan: Plan, names: tuple[str, ...]) -> tuple[list[SatelliteRef], str]:
    """Return the satellites of some names, and the name of their shell. Raises InputError for names of several shells."""
    numbers = [plan.layout.number_of(name) for name in names]
    if len(set(numbers)) < len(numbers):
        raise InputError(f"--on {','.join(names)}: each satellite flies one rank; name each once")
    shells = {plan.layout.shell_of(number) for number in numbers}
    if len(shells) > 1:
        raise InputError(f"--on {','.join(names)}: accepted are satellites of one shell")
    return [plan.layout.locate(number) for number in numbers], plan.layout.all_shells[shells.pop()].name


def _routes(
    plan: Plan, members: list[SatelliteRef], begin_s: float, span_s: float, on_snapshot: OnSnapshot | None
) -> tuple[NDArray[np.float64], list[SatelliteRoutes]]:
    each_s = SNAPSHOT_OF_MANY_S if plan.layout.n_all > MANY else SNAPSHOT_S
    times_s = begin_s + np.arange(max(1, math.ceil(span_s / each_s)), dtype=np.float64) * each_s
    numbers = np.array([ref.number for ref in members])
    routes = []
    for k, time_s in enumerate(times_s):
        routes.append(routes_between(plan.network.at(float(time_s)), numbers))
        if on_snapshot is not None:
            on_snapshot(k + 1, len(times_s))
    return times_s, routes


def _hardware(plan: Plan, training: Training) -> tuple[Hardware, Hardware, float]:
    """Return the computers of a satellite and of a ground machine with as many accelerators, and the latter's data rate."""
    scenario, n = plan.scenario, plan.accelerators
    chip = part("accelerators", scenario.design.accelerator)
    flops_per_s = n * peak_flops(scenario.design.accelerator, training.precision) * training.kernel_frac
    usd_per_j: dict[str, float | None] = {"orbit": None, "ground": None}
    try:
        price = price_of(plan, service_of(plan, mean_power(scenario, plan.layout)))
    except InputError:
        price = None
    if price is not None and price.orbit is not None and price.ground is not None:
        usd_per_j = {
            "orbit": float(price.orbit.prices.usd_per_mwh) / J_PER_MWH,
            "ground": float(price.ground.prices.usd_per_mwh) / J_PER_MWH,
        }
    failures = scenario.workload.failures
    orbit = Hardware(
        title=chip.title,
        accelerators=n,
        flops_per_s=flops_per_s,
        scale_up_bytes_per_s=chip["scale_up_bytes_per_s"],
        power_w=scenario.satellite.compute.peak_power_w,
        usd_per_j=usd_per_j["orbit"],
        reboot_s=failures.reboot_s,
        restart_s=training.checkpoint.restart_s,
    )
    # on the ground a spare machine takes over, so that nobody waits for a reboot
    ground = Hardware(
        title=chip.title,
        accelerators=n,
        flops_per_s=flops_per_s,
        scale_up_bytes_per_s=chip["scale_up_bytes_per_s"],
        power_w=n * chip["system_power_w"],
        usd_per_j=usd_per_j["ground"],
        reboot_s=0.0,
        restart_s=training.checkpoint.restart_s,
    )
    return orbit, ground, ground_of(scenario.design.accelerator, n).link_bit_per_s / 8.0


J_PER_MWH = 3.6e9


def large_model(name: str, training: Training, satellites: int, tokens_per_step: float | None) -> LargeModel:
    """Return the job of a large model of the catalogue for which a script's small one stands, by data parallelism."""
    model = language_model(name)
    tokens = training.batch_tokens if tokens_per_step is None else tokens_per_step
    if not 1.0 <= tokens <= 1e12:
        raise InputError(f"--tokens {tokens:g}: accepted are 1 to 1e12 tokens in a step of all satellites together")
    return LargeModel(
        name=name,
        title=model.title,
        parameters=model.parameters,
        tokens_per_step=tokens,
        flops_per_step=model.training_flops(tokens / satellites, training.sequence),
        gradient_bytes=2.0 * model.parameters,
    )


def _contacts(plan: Plan, members: list[SatelliteRef], begin_s: float, span_s: float) -> dict[str, Any]:
    """Return the contacts of the members with the scenario's ground stations, as columns, to `CONTACT_STEP_S`."""
    order = sorted(range(len(members)), key=lambda k: (members[k].layer, members[k].position))
    few, _ = sampled_layout(plan.layout, [members[k] for k in order])
    times_s = begin_s + np.arange(math.ceil(span_s / CONTACT_STEP_S) + 1, dtype=np.float64) * CONTACT_STEP_S
    found = contacts(Constellation(few, begin_s + span_s), plan.sites.stations, plan.sites.station_places, times_s)
    rows = sorted((order[one.satellite], k) for k, one in enumerate(found))
    return {
        "rank": np.array([rank for rank, _ in rows], np.int32),
        "station": np.array([found[k].station for _, k in rows], str),
        "begin_s": np.array([found[k].begin_s for _, k in rows]),
        "end_s": np.array([found[k].end_s for _, k in rows]),
        "rate_bit_per_s": np.array([found[k].rate_bit_per_s for _, k in rows]),
    }


def wide_fleet(plan: FlightPlan, satellites: int) -> WideFleet:
    """Return the conditions of `satellites` neighbours of the flown shell, on which a flight is replayed.

    Raises InputError where the shell has fewer.
    """
    training = plan.plan.scenario.workload.training or Training()
    wider = training.model_copy(update={"satellites": satellites, "shell": plan.timeline.shell})
    try:
        check_place(plan.plan.scenario, wider, plan.plan.layout.shells)
    except InputError as error:
        raise InputError(f"--replay {satellites}: {error}") from None
    candidate = candidates(wider, plan.plan.network.constellation)[0]
    refs = list(candidate.sampled)
    begin_s, span_s = plan.timeline.begin_s, plan.timeline.span_s
    history = fly_samples(plan.plan.scenario, plan.plan.layout, refs, begin_s + span_s).select(refs, begin_s, span_s)
    conditions = conditions_of(
        plan.plan.scenario, plan.plan.layout, history, plan.plan.exposure, plan.plan.accelerators
    )
    n = SNAPSHOTS_OF_MANY if plan.plan.layout.n_all > MANY else SNAPSHOTS
    times_s = begin_s + np.arange(n) * span_s / n
    snapshots = tuple(plan.plan.network.at(float(time_s)) for time_s in times_s)
    trees = place(candidate, plan.plan.network, snapshots).trees(satellites)
    return WideFleet(
        nodes=satellites,
        step_s=plan.timeline.step_s,
        clock_frac=conditions.clock_frac,
        tree_time_s=times_s - begin_s,
        tree_depth_s=np.array(
            [math.inf if tree is None else tree.depth * float(light_time_s(tree.hop_m)) for tree in trees]
        ),
        tree_bytes_per_s=np.array([0.0 if tree is None else tree.rate_bit_per_s / 8.0 for tree in trees]),
        compute_power_frac=conditions.compute_power_frac,
    )
