"""Document of a build-out: vehicles, metrics, required conditions, and one row per month."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from skyrack.buildout.cohorts import History, build
from skyrack.buildout.figures import BuildoutFigures
from skyrack.buildout.metrics import RATE_TOLERANCE_FRAC, Metrics, RequiredRates, metrics_of, required_rates
from skyrack.buildout.pace import smooth
from skyrack.buildout.plan import Plan
from skyrack.buildout.sites import SitePlan, site_plan, without_sites
from skyrack.design.readings import Reading
from skyrack.physics.propagation_delay import light_time_s


@dataclass(frozen=True)
class VehicleRow:
    """Launcher of the build-out."""

    name: str
    sats_per_launch: float
    limited_by: str
    mass_per_launch_kg: float


@dataclass(frozen=True)
class MonthRow:
    """Month of a build-out.

    `n_built`, `n_launched`, `n_failed` and `n_deorbited` are cumulative, and `n_failed` includes satellites lost at
    launch; `launches` and `mass_to_orbit_kg` are those of the month. All other counts hold at the end of the month.
    """

    date: str
    n_built: float
    n_launched: float
    n_on_ground: float
    n_raising: float
    n_active: float
    n_failed: float
    n_dead_in_orbit: float
    n_disposing: float
    n_deorbited: float
    compute_installed_w: float
    compute_delivered_w: float
    launches: float
    mass_to_orbit_kg: float
    satellite_price_usd: float
    launch_price_usd_per_kg: float | None
    bottleneck: str


@dataclass(frozen=True)
class SiteRow:
    """Site beyond low Earth orbit and its build-out; speculative."""

    name: str
    speculative: bool
    place: str
    place_title: str
    supply: str
    target: float
    sunlit_frac: float
    solar_flux_w_per_m2: float
    light_frac: float
    transit_s: float
    light_time_s: float
    light_time_min_s: float
    light_time_max_s: float
    launches_per_cargo: float
    metrics: Metrics
    required: RequiredRates
    months: tuple[MonthRow, ...]


@dataclass(frozen=True)
class Buildout:
    """Document that `skyrack build --json` prints."""

    name: str
    basis: str
    """Reading of the satellite: "announced" or "sized"."""
    target: float
    satellite_mass_kg: float
    mass_from: str
    vehicles: tuple[VehicleRow, ...]
    metrics: Metrics
    required: RequiredRates
    """Rates that reach the target on the wanted day."""
    months: tuple[MonthRow, ...]
    sites: tuple[SiteRow, ...]


def history_of(whole: Plan, reading: Reading) -> History:
    """Return the history of a fleet in low orbit, at the pace of its scenario.

    Sites beyond low orbit take their share of `whole` first.
    """
    asked = reading.scenario.buildout
    plan = without_sites(whole, asked.sites)
    return build(smooth(plan, asked.wanted_by or asked.until) if asked.pace == "smooth" else plan)


def buildout_of(
    reading: Reading,
    whole: Plan,
    history: History,
    *,
    by: date | None = None,
    rate_tolerance_frac: float = RATE_TOLERANCE_FRAC,
) -> Buildout:
    """Return the document of a build-out from its plan and its history.

    `by` is the day for the required rates, by default that of the scenario; they are found to `rate_tolerance_frac`. Raises
    InputError where the day lies outside the build-out.
    """
    requested_w, asked = reading.inputs.compute_lit_w, reading.scenario.buildout
    wanted = by or asked.wanted_by or asked.until
    return Buildout(
        name=reading.scenario.name,
        basis=reading.basis,
        target=whole.target,
        satellite_mass_kg=whole.satellite_kg,
        mass_from="stated by the scenario" if reading.built.announced_kg else "sum of its parts",
        vehicles=tuple(
            VehicleRow(one.name, one.sats_per_flight, one.by, one.sats_per_flight * whole.satellite_kg)
            for one in whole.vehicles
        ),
        metrics=metrics_of(history),
        required=required_rates(whole, wanted, rate_tolerance_frac),
        months=months_of(history),
        sites=tuple(_site(site_plan(site, whole, requested_w), wanted) for site in asked.sites),
    )


def figures_of(reading: Reading, built: Buildout | None) -> BuildoutFigures:
    """Return the figures of the summary; without a build-out, those of the satellite alone."""
    satellite = {
        "satellite_mass_kg": reading.built.wet_kg,
        "power_per_mass_w_per_kg": reading.inputs.compute_peak_w / reading.built.wet_kg,
        "array_area_m2": reading.built.sizes.array_area_m2,
        "radiator_area_m2": reading.built.sizes.radiator_area_m2,
    }
    if built is None:
        return BuildoutFigures(**satellite)
    return BuildoutFigures(
        **satellite,
        mass_per_launch_kg=max(one.mass_per_launch_kg for one in built.vehicles),
        launches_per_year_max=built.metrics.launches_per_year_max,
        mass_to_orbit_kg=built.metrics.mass_to_orbit_kg,
        mass_launched_per_year_max_kg=built.metrics.max_kg_per_year,
        mass_in_orbit_at_end_kg=built.metrics.mass_in_orbit_at_end_kg,
        mass_reentered_per_year_max_kg=built.metrics.reentered_kg_per_year_max,
        kardashev_at_end=built.metrics.kardashev_at_end,
        satellites_per_week_required=built.required.satellites_per_week or 0.0,
        launches_per_year_required=built.required.launches_per_year or 0.0,
        compute_launched_per_year_max_w=built.metrics.max_w_per_year,
        compute_installed_at_end_w=built.metrics.installed_w_at_end,
        compute_delivered_at_end_w=built.metrics.delivered_w_at_end,
        compute_delivered_mean_w=built.metrics.delivered_w_mean,
        compute_delivered_max_w=built.metrics.delivered_w_max,
        n_active_at_end=built.metrics.active_at_end,
        n_active_at_sites_at_end=sum(site.metrics.active_at_end for site in built.sites),
        compute_delivered_at_sites_at_end_w=sum(site.metrics.delivered_w_at_end for site in built.sites),
    )


def _site(planned: SitePlan, by: date) -> SiteRow:
    site, place = planned.site, planned.place
    history = build(planned.plan)
    distance = place.figures["distance_m"]
    day = by if by > planned.plan.months[0] else planned.plan.end
    return SiteRow(
        name=site.name,
        speculative=True,
        place=place.name,
        place_title=place.title,
        supply="launchers" if site.mass_driver is None else "mass-driver",
        target=site.target,
        sunlit_frac=place["sunlit_frac"],
        solar_flux_w_per_m2=place["solar_flux_w_per_m2"],
        light_frac=planned.light_frac,
        transit_s=place["transit_s"],
        light_time_s=light_time_s(distance.value),
        light_time_min_s=light_time_s(distance.value if distance.low is None else float(distance.low)),
        light_time_max_s=light_time_s(distance.value if distance.high is None else float(distance.high)),
        launches_per_cargo=planned.flights_per_cargo,
        metrics=metrics_of(history),
        required=required_rates(planned.plan, day),
        months=months_of(history),
    )


def months_of(history: History) -> tuple[MonthRow, ...]:
    """Return one row for each month of a build-out."""
    plan, rows = history.plan, []
    reached = history["launched"] - history["launch_lost"]
    before = 0.0
    for k, day in enumerate(plan.months):
        price = float(history["launch_usd_per_kg"][k])
        rows.append(
            MonthRow(
                date=day.isoformat(),
                n_built=float(history["built"][k]),
                n_launched=float(history["launched"][k]),
                n_on_ground=float(history["ground"][k]),
                n_raising=float(history["raising"][k]),
                n_active=float(history["active"][k]),
                n_failed=float(history["failed"][k] + history["launch_lost"][k]),
                n_dead_in_orbit=float(history["dead_in_orbit"][k]),
                n_disposing=float(history["disposing"][k]),
                n_deorbited=float(history["deorbited"][k]),
                compute_installed_w=float(history["installed_w"][k]),
                compute_delivered_w=float(history["delivered_w"][k]),
                launches=float(history["flights"][k]),
                mass_to_orbit_kg=float(reached[k] - before) * plan.satellite_kg,
                satellite_price_usd=float(history["satellite_usd"][k]) + plan.computers_usd,
                launch_price_usd_per_kg=None if math.isnan(price) else price,
                bottleneck=history.bottlenecks[k],
            )
        )
        before = float(reached[k])
    return tuple(rows)
