"""Build-out and price of a fleet from what its satellites give in flight and what its jobs get out of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from skyrack.buildout.document import Buildout, buildout_of, figures_of, history_of
from skyrack.buildout.figures import BuildoutFigures
from skyrack.catalogue.parts import part
from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.design.budget import Budget, budget_of
from skyrack.design.sizing import size
from skyrack.economics.document import Price, price_fleet
from skyrack.economics.figures import PriceFigures
from skyrack.economics.fleet_price import fleet_price
from skyrack.economics.unit_prices import UNIT_PRICE_TITLES, Delivered
from skyrack.fleet.power import SatellitePower
from skyrack.results.run_folder import RunFolder
from skyrack.run.prepare import Plan, load_flown, prepare
from skyrack.scenario import Scenario
from skyrack.workload.summary import Jobs

PFLOP_DAY = 1e15 * DAY_S


@dataclass(frozen=True)
class Growth:
    """The sized satellite, the build-out of the fleet and its price: the content of growth.json."""

    design: Budget
    impossible: str | None
    """Why there is no build-out: no launcher of the scenario can lift the satellite."""
    buildout: Buildout | None
    price: Price | None
    figures: BuildoutFigures

    @property
    def price_figures(self) -> PriceFigures:
        """Figures of the price; None for each where nothing can be priced."""
        return (self.price or Price(self.design.name, self.impossible, UNIT_PRICE_TITLES, None, None)).figures

    def write(self, folder: RunFolder) -> None:
        """Leave growth.json in a run folder."""
        folder.write_json("growth.json", self)


def build_out(plan: Plan, power: SatellitePower, jobs: Jobs) -> Growth:
    """Return build-out and price of a fleet whose satellites give `power` in flight and do these jobs."""
    scenario, sizing = plan.scenario, plan.sizing
    design = budget_of(scenario, sizing)
    try:
        months, history = history_of(scenario, sizing, power)
        built = buildout_of(scenario, sizing, months, history)
    except InputError as error:
        return Growth(design, str(error), None, None, figures_of(sizing, None))
    try:
        price = price_fleet(
            scenario,
            sizing,
            history,
            requested_w=requested_w(scenario),
            uptime_frac=uptime_frac(scenario, power),
            delivered=delivered(scenario, jobs),
        )
    except InputError as error:
        price = Price(scenario.name, str(error), UNIT_PRICE_TITLES, None, None)
    return Growth(design, None, built, price, figures_of(sizing, built))


def requested_w(scenario: Scenario) -> float:
    """Return the compute power that the policy requests of one satellite while nothing lacks."""
    compute = scenario.satellite.compute
    return float(scenario.power_policy.bounds_w(compute.average_power_w, compute.peak_power_w)[1])


def uptime_frac(scenario: Scenario, power: SatellitePower) -> float:
    """Return the share of the requested compute power that a satellite gets in flight."""
    return power.delivered_w / max(requested_w(scenario), 1e-9)


def price_of(plan: Plan, power: SatellitePower, given: Mapping[str, Delivered] | None = None) -> Price:
    """Return the price of a fleet from what one satellite gives in flight; InputError where no launcher can lift it.

    `given` is what jobs get out of an accelerator, by "orbit" and "ground".
    """
    scenario = plan.scenario
    _, history = history_of(scenario, plan.sizing, power)
    return price_fleet(
        scenario,
        plan.sizing,
        history,
        requested_w=requested_w(scenario),
        uptime_frac=uptime_frac(scenario, power),
        delivered=given,
    )


def price_scenario(source: Any, overrides: Mapping[str, Any] | None = None) -> Price:
    """Return the price of a scenario by name, file or mapping, flown with a thinned fleet."""
    from skyrack.fleet.sample_flight import mean_power

    plan = prepare(load_flown(source, overrides))
    return price_of(plan, mean_power(plan.scenario, plan.layout))


def price_of_sized(plan: Plan) -> tuple[float, float]:
    """Return mass in kg/kW and levelised cost in USD/kW-year of the sized satellite with the design's own cell.

    A sized satellite delivers all it is asked for in light and in the dark; the dark is taken as long as on the worst day of
    the year, so a satellite that follows the Sun comes out a little dear.
    """
    scenario = plan.scenario
    sizing = size(scenario, plan.layout, plan.shielding, plan.accelerators, keep_cells=False)
    own = scenario.model_copy(
        update={
            "buildout": scenario.buildout.model_copy(update={"satellite_mass_kg": None, "satellite_stowed_m3": None})
        }
    )
    _, history = history_of(own, sizing)
    lit_w, dark_w = sizing.inputs.compute_lit_w, sizing.inputs.compute_dark_w
    uptime = 1.0 - sizing.closure.worst_dark_frac * (1.0 - dark_w / lit_w) if lit_w > 0.0 else 0.0
    flown = fleet_price(own, sizing.closure, history, requested_w=lit_w, uptime_frac=uptime)
    if flown is None:
        raise InputError(f"{scenario.name}: no satellite ever flies")
    return 1e3 * float(flown.mean.kg_per_w), float(flown.account.usd_per_kw_year)


def delivered(scenario: Scenario, jobs: Jobs) -> dict[str, Delivered]:
    """Return what the jobs get out of an hour of an accelerator that counts as one, in orbit and on the ground.

    By the power that computers are served: tokens or useful FLOPs for each joule, times the joules of such an hour.
    """
    chip, economics = part("accelerators", scenario.design.accelerator), scenario.economics
    hour_w = chip["system_power_w"] * economics.hour_load_frac
    found = {}
    for side in ("orbit", "ground"):
        tokens, sustained = None, None
        if jobs.serving is not None:
            served = getattr(jobs.serving, side)
            if served.power_w > 0.0 and served.tokens_per_s > 0.0:
                tokens = served.tokens_per_s / served.power_w * hour_w
        if jobs.training is not None:
            job = getattr(jobs.training, side)
            each_w = job.power_w / job.accelerators_allocated
            kernel = scenario.workload.training.kernel_frac if scenario.workload.training else 1.0
            # what is lost for good is in the price already
            sustained = kernel * job.goodput_frac / job.lasting_frac / each_w * hour_w
        found[side] = Delivered(tokens, sustained)
    return found


def with_prices(jobs: Jobs, price: Price | None) -> Jobs:
    """Return the jobs with what they cost, where there is a price."""
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
        )
    if serving is not None:
        serving = replace(
            serving,
            orbit=replace(serving.orbit, usd_per_mtoken=float(sides["orbit"].usd_per_mtoken)),
            ground=replace(serving.ground, usd_per_mtoken=float(sides["ground"].usd_per_mtoken)),
        )
    return replace(jobs, training=training, serving=serving)
