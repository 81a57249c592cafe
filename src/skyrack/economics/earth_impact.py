"""Environmental impact of orbit and ground, from published figures, each with its range.

Launch and re-entry follow Ohs et al. (anchor A15); soot and alumina are published or recalled emission indices times
mass; avoidance manoeuvres per satellite scale with the number of satellites. Climate effects of soot and alumina are
not added to CO2e: no agreed factor exists.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from skyrack.buildout.cohorts import History
from skyrack.economics.accounts import HOURS_PER_YEAR, MONTHS, CostInputs, working_share
from skyrack.scenario.economics import GroundDataCenter

ACRE_M2 = 4046.8564224


@dataclass(frozen=True)
class Range:
    """Figure with the lower and upper end of its range."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Range:
        """Return the range with all three values multiplied by a factor."""
        return Range(self.value * factor, self.low * factor, self.high * factor)

    def plus(self, other: Range) -> Range:
        """Return the sum of two ranges, with both at their low or both at their high ends."""
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)


NONE = Range(0.0, 0.0, 0.0)
METHANE_KG, OXYGEN_KG = 1_150e3, 4_100e3
"""Propellant of a Starship launch in kg. Fact env.starship_prop."""
METHANE_KGCO2_PER_KG = 44.0 / 16.0
"""Carbon dioxide per kilogram of fossil methane, burned completely: 3,160 t per launch (fact ln.ss.co2)."""
KEROSENE_KGCO2E_PER_KG = Range(20.8, 20.8, 28.0)
"""CO2e per mass to orbit, other vehicles: Falcon 9, Ohs et al. (env.f9_kgco2); high: 490 t over 17.5 t (ln.f9.co2)."""
KEROSENE_SOOT_KG_PER_KG = Range(0.26, 0.17, 0.34)
"""Soot per mass to orbit: 3 to 6 t for 17.5 t (fact ln.f9.bc)."""
KEROSENE_PROPELLANT_KG_PER_KG = 29.0
"""Propellant per mass to orbit: about 510 t of kerosene and oxygen for 17.5 t; recalled."""
REENTRY_KGCO2E_PER_KG = Range(119.2, 0.0, 158.0)
"""CO2e per re-entering mass, as nitrogen oxides: Ohs et al. (Starship; high: Falcon 9); low: not counted as CO2e."""
SOOT_KG_PER_KG_METHANE = Range(1e-3, 1e-4, 1e-2)
"""Soot per mass of methane; poorly known, the sensitivity range of fact ln.f9.bc."""
ALUMINA_FRAC = Range(0.12, 0.05, 0.3)
"""Alumina as a fraction of the re-entering mass. Ferreira et al. 2024: 30 kg of 250 kg; the range is an estimate."""
SATELLITE_KGCO2E_PER_KG = Range(50.0, 20.0, 150.0)
"""CO2e of manufacturing satellites without their computers; an estimate from recalled orders of magnitude."""
COMPUTERS_KGCO2E_PER_W = Range(0.6, 0.25, 1.5)
"""CO2e of manufacturing computers per watt of their peak power; an estimate. Low: about the carbon footprint of an
HGX H100 baseboard alone (fact env.hgx_h100: 0.23 kg/W); high: whole servers with their memory."""
BUILDING_KGCO2E_PER_W = Range(1.0, 0.5, 2.0)
"""CO2e of building a data center without its computers; an estimate from recalled orders of magnitude."""
MANOEUVRING_SATS = 10_000
MANOEUVRES_PER_SAT_YEAR = tuple(2 * moves / MANOEUVRING_SATS for moves in (144_404, 207_152))
"""Avoidance manoeuvres of Starlink at a risk threshold of 3e-7, in two half years. Facts deb.maneuvers_1, deb.maneuvers_3."""
DIMMING_MAG, DIMMING_SATS, DIMMING_M2 = 6.4, 1e6, 800.0
"""Dimming in magnitudes that keeps `DIMMING_SATS` satellites of `DIMMING_M2` each no brighter in total than the stars
visible to the eye: Boley et al., fact deb.brightness. Brightness scales with number and area.
"""


@dataclass(frozen=True)
class Row:
    """Row of the table: one impact on both sides, per megawatt-hour of the computers unless its name differs."""

    name: str
    unit: str
    orbit: Range
    ground: Range
    source: str


def environment(
    history: History, campus: GroundDataCenter, orbit: CostInputs, *, it_kg: float, array_m2: float
) -> list[Row]:
    """Return the impacts of one megawatt-hour of computing on both sides, and those at the end of the build-out.

    The mass of a satellite is launched once and re-enters once, for the mean lifetime work of a launched satellite,
    failures and losses included. Launches carry what they carry in the build-out and burn all of their propellant.
    `it_kg` is the mass of the computers of one satellite, `array_m2` the area of its solar array.
    """
    plan = history.plan
    lasting = replace(orbit, cost_of_capital=0.0)
    worked_frac = float(orbit.uptime_frac) * float(working_share(lasting)) * float(orbit.arrives_frac)
    mwh = plan.peak_w * float(orbit.load_frac) * worked_frac * plan.mean_life_months / MONTHS * HOURS_PER_YEAR / 1e6
    return [*_for_each_mwh(history, campus, 1.0 / mwh, it_kg), *_standing(history, campus, array_m2)]


def _just(value: float) -> Range:
    return Range(value, value, value)


def _for_each_mwh(history: History, campus: GroundDataCenter, per_mwh: float, it_kg: float) -> list[Row]:
    """Return the impacts per megawatt-hour; `per_mwh` is the number of satellites launched for each megawatt-hour."""
    kg = history.plan.satellite_kg
    launch, soot, propellant_kg = _burned(history, per_mwh)
    reentry = REENTRY_KGCO2E_PER_KG.times(kg * per_mwh)
    making = SATELLITE_KGCO2E_PER_KG.times(max(kg - it_kg, 0.1 * kg) * per_mwh)
    grid = _just(campus.carbon_g_per_kwh * campus.pue)
    plant_years = campus.plant_life_s / (HOURS_PER_YEAR * 3600.0)
    campus_mwh = campus.load_frac * campus.availability_frac * plant_years * HOURS_PER_YEAR / 1e6
    building = BUILDING_KGCO2E_PER_W.times(1.0 / campus_mwh)
    chips = COMPUTERS_KGCO2E_PER_W.times(history.plan.peak_w * per_mwh)
    it_years = campus.it_life_s / (HOURS_PER_YEAR * 3600.0)
    chips_on_ground = COMPUTERS_KGCO2E_PER_W.times(plant_years / it_years / campus_mwh)
    in_orbit, on_ground = launch.plus(reentry).plus(making).plus(chips), grid.plus(building).plus(chips_on_ground)
    return [
        Row("CO2e of electricity", "kg/MWh", NONE, grid, "carbon of the campus's power"),
        Row("CO2e of launch", "kg/MWh", launch, NONE, "env.starship"),
        Row("CO2e of re-entry", "kg/MWh", reentry, NONE, "env.starship"),
        Row("CO2e of satellites or buildings, without computers", "kg/MWh", making, building, "estimate"),
        Row(
            "CO2e of computers",
            "kg/MWh",
            chips,
            chips_on_ground,
            "env.hgx_h100, and an estimate of whole servers; a short life replaces them more often",
        ),
        Row("CO2e together", "kg/MWh", in_orbit, on_ground, "sum of the lines above"),
        Row("soot into the upper air", "g/MWh", soot.times(1e3), NONE, "ln.f9.bc"),
        Row("alumina from re-entry", "kg/MWh", ALUMINA_FRAC.times(kg * per_mwh), NONE, "env.alumina_per_sat"),
        Row("propellant", "kg/MWh", _just(propellant_kg), NONE, "env.starship_prop"),
        Row("water", "L/MWh", NONE, _just(1e3 * campus.water_l_per_kwh), "gd.wue, and the campus's own"),
    ]


def _burned(history: History, satellites: float) -> tuple[Range, Range, float]:
    """Return CO2e, soot and propellant in kg of launching a number of satellites."""
    plan = history.plan
    if all(vehicle.name.startswith("starship") for vehicle in plan.vehicles):
        flights = satellites * float(history["flights"].sum() / history["launched"][-1])
        methane_kg = METHANE_KG * flights
        return (
            _just(methane_kg * METHANE_KGCO2_PER_KG),
            SOOT_KG_PER_KG_METHANE.times(methane_kg),
            methane_kg + OXYGEN_KG * flights,
        )
    kg = satellites * plan.satellite_kg
    return KEROSENE_KGCO2E_PER_KG.times(kg), KEROSENE_SOOT_KG_PER_KG.times(kg), KEROSENE_PROPELLANT_KG_PER_KG * kg


def _standing(history: History, campus: GroundDataCenter, array_m2: float) -> list[Row]:
    """Return the impacts at the end of the build-out in orbit, and on the ground for the same computing."""
    active = float(history["active"][-1])
    mass_t = float(history.in_orbit[-1]) * history.plan.satellite_kg / 1e3
    # manoeuvres per satellite: as today (low) or proportional to the number of satellites (high); their geometric mean
    crowding = max(active / MANOEUVRING_SATS, 1.0)
    few, many = MANOEUVRES_PER_SAT_YEAR[0], MANOEUVRES_PER_SAT_YEAR[1] * crowding
    moves = Range(math.sqrt(few * many), few, many)
    shining = max(active * array_m2 / (DIMMING_SATS * DIMMING_M2), 1e-12)
    dimming = max(DIMMING_MAG + 2.5 * math.log10(shining), 0.0)
    same_w = float(history["delivered_w"][-1]) / float(campus.load_frac * campus.availability_frac)
    land_acres = campus.land_m2 * same_w / max(campus.power_w, 1.0) / ACRE_M2
    return [
        Row("land at the end of the build-out", "acres", NONE, _just(land_acres), "the campus's own"),
        Row("solar arrays in orbit at its end", "km2", _just(active * array_m2 / 1e6), NONE, "the satellite's own"),
        Row(
            "mass in orbit at its end, dead and descending satellites included",
            "t",
            _just(mass_t),
            NONE,
            "the build-out",
        ),
        Row("dimming needed so that the fleet outshines no stars", "mag", _just(dimming), NONE, "deb.brightness"),
        Row("avoidance manoeuvres of one satellite in a year", "", moves, NONE, "deb.maneuvers_3"),
    ]
