"""Build-out and price of a fleet from the power of its satellites in flight and the throughput of its jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from skyrack.buildout.cohorts import History
from skyrack.buildout.document import Buildout, buildout_of, figures_of, history_of
from skyrack.buildout.figures import BuildoutFigures, ServiceFigures, ShellServiceFigures
from skyrack.buildout.lives import ShellLife, shell_lives
from skyrack.buildout.plan import plan_of
from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.design.budget import Budget, SatelliteBudget, budget_of, satellite_budget
from skyrack.economics.accounts import LINE_TITLES
from skyrack.economics.cost_inputs import machine_of
from skyrack.economics.document import price_fleet
from skyrack.economics.figures import PriceFigures
from skyrack.economics.fleet_price import fleet_price
from skyrack.economics.price import Price
from skyrack.economics.unit_prices import UNIT_PRICE_TITLES, Delivered
from skyrack.fleet.power import SatellitePower
from skyrack.results.run_folder import RunFolder
from skyrack.run.figure_ranges import figure_ranges
from skyrack.run.prepare import Plan, check_models, load_flown, prepare
from skyrack.run.service import Service, requested_w, sampled_service, service_with, uptime_frac
from skyrack.run.simulated_jobs import simulated_jobs
from skyrack.scenario import Scenario
from skyrack.scenario.schema import Basis
from skyrack.workload.failures import (
    ShellWear,
)
from skyrack.workload.layout_choice import SizePoint
from skyrack.workload.summary import Jobs

PFLOP_DAY = 1e15 * DAY_S


@dataclass(frozen=True)
class Growth:
    """Satellite, build-out and price of a fleet by one reading, and by the other: the content of growth.json."""

    basis: Basis
    design: Budget
    """Requirements of the sizing, the same in both readings."""
    satellite: SatelliteBudget
    lives: tuple[ShellLife, ...]
    available_frac: float
    impossible: str | None
    """Reason why there is no build-out (no launcher of the scenario can lift the satellite), else None."""
    buildout: Buildout | None
    price: Price | None
    figures: BuildoutFigures
    service: ServiceFigures
    shells: tuple[ShellServiceFigures, ...]
    power: SatellitePower
    ranges: dict[str, tuple[float, float]]
    """5th and 95th percentile over the uncertain inputs, by figure that depends on them; empty for the other reading."""
    other: Growth | None = None
    """Growth by the other reading; None where the scenario has no other one."""
    other_impossible: str | None = None
    """Reason why there is no other reading."""

    @property
    def price_figures(self) -> PriceFigures:
        """Figures of the price; each is None where nothing can be priced."""
        return (
            self.price or Price(self.design.name, self.impossible, UNIT_PRICE_TITLES, LINE_TITLES, None, None)
        ).figures

    def write(self, folder: RunFolder) -> None:
        """Write growth.json to a run folder."""
        folder.write_json("growth.json", self)


def build_out(plan: Plan, service: Service, jobs: Jobs, *, with_ranges: bool = True) -> Growth:
    """Return build-out and price of a fleet whose satellites give this service and run these jobs.

    The ranges take some seconds; without them `Growth.ranges` is empty.
    """
    reading = plan.reading
    built, price, impossible, ranges = None, None, None, {}
    try:
        whole = plan_of(reading, service.power, service.lives, service.available_frac)
        history = history_of(whole, reading)
        built = buildout_of(reading, whole, history)
        ranges = figure_ranges(plan, service, history) if with_ranges else {}
    except InputError as error:
        impossible = str(error)
    else:
        try:
            price = _price(
                plan, service, history, delivered(plan.scenario, jobs, service.available_frac, plan.accelerators)
            )
        except InputError as error:
            price = Price(plan.scenario.name, str(error), UNIT_PRICE_TITLES, LINE_TITLES, None, None)
    return Growth(
        basis=plan.basis,
        design=budget_of(plan.loaded.scenario, plan.sizing),
        satellite=satellite_budget(reading.built, reading.inputs),
        lives=service.lives,
        available_frac=service.available_frac,
        impossible=impossible,
        buildout=built,
        price=price,
        figures=figures_of(reading, built),
        service=service.figures(),
        shells=service.shell_figures(),
        power=service.power,
        ranges=ranges,
    )


def with_other(growth: Growth, plan: Plan, jobs: Jobs) -> Growth:
    """Return the build-out and price of the main reading with those of the other, whose satellites are sampled.

    The other reading runs the same jobs; `jobs` are those of the main one, and the training job stays in its shell.
    """
    try:
        jobs = simulated_jobs(plan.other, scenario=_in_same_shell(plan.other.scenario, jobs))
        other = build_out(plan.other, service_with(jobs, plan.other), jobs, with_ranges=False)
    except InputError as error:
        return replace(growth, other_impossible=str(error))
    return replace(growth, other=other)


def _in_same_shell(scenario: Scenario, jobs: Jobs) -> Scenario:
    """Return a scenario whose training job is in the shell of a job that was simulated before."""
    training = scenario.workload.training
    if training is None or jobs.training is None:
        return scenario
    there = training.model_copy(update={"shell": jobs.training.shell})
    return scenario.model_copy(update={"workload": scenario.workload.model_copy(update={"training": there})})


def _price(plan: Plan, service: Service, history: History, given: Mapping[str, Delivered] | None = None) -> Price:
    return price_fleet(
        plan.reading,
        history,
        requested_w=requested_w(plan.scenario),
        uptime_frac=uptime_frac(plan.scenario, service.power) * service.available_frac,
        delivered=given,
        life_range=service.life_range_years(plan.scenario.economics.cost_of_capital_per_year_frac),
    )


def price_of(plan: Plan, service: Service, given: Mapping[str, Delivered] | None = None) -> Price:
    """Return the price of a fleet whose satellites give this service.

    `given` is the throughput of an accelerator as simulated for jobs, by "orbit" and "ground". Raises InputError where
    no launcher can lift the satellite.
    """
    whole = plan_of(plan.reading, service.power, service.lives, service.available_frac)
    return _price(plan, service, history_of(whole, plan.reading), given)


def price_scenario(source: Any, overrides: Mapping[str, Any] | None = None, *, with_jobs: bool = False) -> Price:
    """Return the price of a scenario by name, file or mapping, from a flight of sampled satellites.

    `with_jobs` takes tokens and useful FLOPs of an accelerator from the jobs of the scenario, which are simulated for it;
    otherwise they are those of the catalogue. Raises InputError for anything that is wrong with the scenario, and where
    no launcher can lift the satellite.
    """
    plan = prepare(load_flown(source, overrides))
    if not with_jobs:
        return price_of(plan, sampled_service(plan))
    check_models(plan)
    jobs = simulated_jobs(plan)
    service = service_with(jobs, plan)
    return price_of(plan, service, delivered(plan.scenario, jobs, service.available_frac, plan.accelerators))


def price_of_sized(plan: Plan) -> tuple[float, float]:
    """Return mass in kg/kW and levelised cost in USD/kW-year of the satellite as sized, with the cell of the design.

    A sized satellite delivers all requested power in sunlight and eclipse; the eclipse fraction is that of the worst
    day of the year, so the cost of a satellite whose compute follows the sunlight is slightly overestimated. Its life is
    ended by dose alone. Raises InputError where no satellite can be launched.
    """
    sized = Plan(replace(plan.written, keep_cells=False), "sized")
    reading = sized.reading
    lit_w, dark_w = reading.inputs.compute_lit_w, reading.inputs.compute_dark_w
    unworn = [ShellWear(name, 0.0, 0.0, None) for name in sized.written.doses.names]
    lives = shell_lives(sized.scenario, sized.written.doses, sized.shielding_mm, unworn)
    history = history_of(plan_of(reading, SatellitePower.as_closed(lit_w), lives), reading)
    worst_dark_frac = sized.sizing.closure.worst_dark_frac
    uptime = 1.0 - worst_dark_frac * (1.0 - dark_w / lit_w) if lit_w > 0.0 else 0.0
    flown = fleet_price(reading, history, requested_w=lit_w, uptime_frac=uptime)
    if flown is None:
        raise InputError(f"{sized.scenario.name}: no satellite is ever launched")
    return 1e3 * float(flown.mean.kg_per_w), float(flown.account.usd_per_kw_year)


def delivered(scenario: Scenario, jobs: Jobs, available_frac: float, accelerators: int) -> dict[str, Delivered]:
    """Return the throughput of an accelerator in the jobs per billed accelerator-hour, by "orbit" and "ground".

    Accelerators in orbit that are down are not billed: the price already includes `available_frac`. A fleet bears the cost of
    all its hours, those included in which it sees none of the users. On the ground a job is billed by the accelerator-hours
    that it holds; their price already includes the mean load of the campus.

    It follows from the power served to the computers: tokens or useful FLOPs per joule, times the energy of such an
    hour. In orbit an hour is billed with the power of a satellite's computers over its number of `accelerators`.
    """
    economics, name = scenario.economics, scenario.design.accelerator
    each_in_orbit_w = scenario.satellite.compute.peak_power_w / max(1, accelerators)
    billed_w = {"orbit": machine_of(economics, name, each_in_orbit_w), "ground": machine_of(economics, name)}
    found = {}
    for side in ("orbit", "ground"):
        tokens, sustained = None, None
        hour_w = billed_w[side].accelerator_w * economics.hour_load_frac
        held_w = hour_w if side == "orbit" else hour_w / scenario.ground_baseline.load_frac
        if jobs.serving is not None:
            served = getattr(jobs.serving, side)
            if served.power_w > 0.0 and served.tokens_per_s > 0.0:
                seen_frac = jobs.serving.allocated_frac if side == "orbit" else 1.0
                tokens = served.tokens_per_s / served.power_w * seen_frac * held_w
        if jobs.training is not None:
            job = getattr(jobs.training, side)
            each_w = job.power_w / job.accelerators_allocated
            kernel = scenario.workload.training.kernel_frac if scenario.workload.training else 1.0
            up_frac = available_frac if side == "orbit" else 1.0
            # the price already includes permanent losses and the time in which computers are down
            sustained = kernel * job.goodput_frac / job.lasting_frac / up_frac / each_w * held_w
        found[side] = Delivered(tokens, sustained)
    return found


def with_prices(jobs: Jobs, price: Price | None) -> Jobs:
    """Return the jobs with their costs, where there is a price."""
    if price is None or price.orbit is None or price.ground is None:
        return jobs
    sides = {"orbit": price.orbit.prices, "ground": price.ground.prices}
    training, serving = jobs.training, jobs.serving
    if training is not None:
        pflop_days = training.flops / PFLOP_DAY
        costs = {side: pflop_days * float(prices.usd_per_pflop_day) for side, prices in sides.items()}
        training = replace(
            training,
            orbit=replace(training.orbit, cost_usd=costs["orbit"]),
            ground=replace(training.ground, cost_usd=costs["ground"]),
            by_size={
                side: _priced_sizes(points, getattr(training, side).accelerator_hours, costs[side])
                for side, points in training.by_size.items()
            },
        )
    if serving is not None:
        serving = replace(
            serving,
            orbit=replace(serving.orbit, usd_per_mtoken=float(sides["orbit"].usd_per_mtoken)),
            ground=replace(serving.ground, usd_per_mtoken=float(sides["ground"].usd_per_mtoken)),
        )
    return replace(jobs, training=training, serving=serving)


def _priced_sizes(points: tuple[SizePoint, ...], hours: float, cost_usd: float) -> tuple[SizePoint, ...]:
    """Return jobs of other sizes with their costs, in proportion to the accelerator-hours of one whose cost is known."""
    return tuple(replace(one, cost_usd=cost_usd * one.accelerator_hours / hours) for one in points)
