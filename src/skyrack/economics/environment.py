"""What both places take from the Earth, at the level that published figures allow; each with its range.

Launch and re-entry follow Ohs et al. (anchor A15); soot and alumina are published or recalled emission indices times mass;
manoeuvres scale with the number of satellites among each other. Climate effects of soot and alumina are not added to CO2e:
no agreed factor exists.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from skyrack.buildout.cohorts import History
from skyrack.economics.accounts import HOURS_PER_YEAR, MONTHS, Place, working_share
from skyrack.scenario.money import Campus

ACRE_M2 = 4046.8564224


@dataclass(frozen=True)
class Range:
    """A figure with what it may as well be."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Range:
        """All three, scaled."""
        return Range(self.value * factor, self.low * factor, self.high * factor)

    def plus(self, other: Range) -> Range:
        """The sum, with both at their worst or best."""
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)


NONE = Range(0.0, 0.0, 0.0)
METHANE_KG, OXYGEN_KG = 1_150e3, 4_100e3
"""Propellant of a Starship flight. Fact env.starship_prop."""
METHANE_KGCO2_PER_KG = 44.0 / 16.0
"""Burned whole; fossil. 3,160 t a flight (fact ln.ss.co2)."""
KEROSENE_KGCO2E_PER_KG = Range(20.8, 20.8, 28.0)
"""By mass to orbit, for other vehicles: Falcon 9 by Ohs et al. (env.f9_kgco2); high: 490 t over 17.5 t (ln.f9.co2)."""
KEROSENE_SOOT_KG_PER_KG = Range(0.26, 0.17, 0.34)
"""By mass to orbit: 3 to 6 t for 17.5 t (fact ln.f9.bc)."""
KEROSENE_PROPELLANT_KG_PER_KG = 29.0
"""By mass to orbit: about 510 t of kerosene and oxygen for 17.5 t; recalled."""
REENTRY_KGCO2E_PER_KG = Range(119.2, 0.0, 158.0)
"""By mass that comes down, as nitrogen oxides: Ohs et al. (Starship's, high: Falcon 9's); low: not counted as CO2e."""
SOOT_KG_PER_KG_METHANE = Range(1e-3, 1e-4, 1e-2)
"""Poorly known; the sensitivity range of fact ln.f9.bc."""
ALUMINA_FRAC = Range(0.12, 0.05, 0.3)
"""Of the mass that comes down. Ferreira et al. 2024: 30 kg of 250 kg; the range is an estimate."""
SATELLITE_KGCO2E_PER_KG = Range(50.0, 20.0, 150.0)
"""Making satellites without their computers; an estimate, recalled orders of magnitude."""
BUILDING_KGCO2E_PER_W = Range(1.0, 0.5, 2.0)
"""Making a campus without its computers; an estimate, recalled orders of magnitude."""
MANOEUVRES_PER_SAT_YEAR = Range(2 * 207_152 / 10_000, 2 * 144_404 / 10_000, 2 * 207_152 / 10_000)
"""Starlink, a collision risk of 3e-7 as threshold. Facts deb.maneuvers_1, deb.maneuvers_3."""
DIMMING_MAG, DIMMING_SATS, DIMMING_M2 = 6.4, 1e6, 800.0
"""By which so many satellites of so much area would have to be dimmed to shine no more than the stars that eyes see: Boley et
al., fact deb.brightness. Light grows with number and area.
"""


@dataclass(frozen=True)
class Row:
    """One line of the table: both places, for each megawatt-hour of the computers unless its name says otherwise."""

    name: str
    unit: str
    orbit: Range
    ground: Range
    source: str


def environment(history: History, campus: Campus, orbit: Place, *, it_kg: float, array_m2: float) -> list[Row]:
    """What one megawatt-hour of computing takes in both places, and what stands there at the end of the build-out.

    A satellite's mass goes up once and comes down once, for the work that a launched satellite gives on average over its
    life, failures and losses counted. Flights carry what they carry in the build-out, and are burned whole.
    """
    plan = history.plan
    lasting = replace(orbit, cost_of_capital=0.0)
    worked_frac = float(orbit.uptime_frac) * float(working_share(lasting)) * float(orbit.arrives_frac)
    mwh = plan.peak_w * float(orbit.load_frac) * worked_frac * plan.life_months / MONTHS * HOURS_PER_YEAR / 1e6
    per_mwh = 1.0 / mwh
    kg = plan.satellite_kg
    flights = float(history["flights"].sum() / history["launched"][-1]) * per_mwh
    is_starship = all(vehicle.name.startswith("starship") for vehicle in plan.vehicles)
    if is_starship:
        launch = Range(*(3 * (METHANE_KG * METHANE_KGCO2_PER_KG * flights,)))
        soot = SOOT_KG_PER_KG_METHANE.times(METHANE_KG * flights)
        propellant_kg = (METHANE_KG + OXYGEN_KG) * flights
    else:
        launch, soot = (rate.times(kg * per_mwh) for rate in (KEROSENE_KGCO2E_PER_KG, KEROSENE_SOOT_KG_PER_KG))
        propellant_kg = KEROSENE_PROPELLANT_KG_PER_KG * kg * per_mwh
    reentry = REENTRY_KGCO2E_PER_KG.times(kg * per_mwh)
    making = SATELLITE_KGCO2E_PER_KG.times(max(kg - it_kg, 0.1 * kg) * per_mwh)
    electricity = campus.carbon_g_per_kwh * campus.pue
    campus_years = campus.plant_life_s / (HOURS_PER_YEAR * 3600.0)
    campus_mwh = campus.load_frac * campus.availability_frac * campus_years * HOURS_PER_YEAR / 1e6
    building = BUILDING_KGCO2E_PER_W.times(1.0 / campus_mwh)
    grid = Range(electricity, electricity, electricity)
    active = float(history["active"][-1])
    crowding = active / 10_000.0
    # with the square of the number among each other, or in proportion: both are only scalings of one fleet
    moves = Range(
        MANOEUVRES_PER_SAT_YEAR.value * max(crowding, 1.0),
        MANOEUVRES_PER_SAT_YEAR.low,
        MANOEUVRES_PER_SAT_YEAR.high * max(crowding, 1.0),
    )
    shining = max(active * array_m2 / (DIMMING_SATS * DIMMING_M2), 1e-12)
    dimming = max(DIMMING_MAG + 2.5 * math.log10(shining), 0.0)
    same_w = float(history["delivered_w"][-1]) / float(campus.load_frac * campus.availability_frac)
    land_m2 = campus.land_m2 * same_w / max(campus.power_w, 1.0)
    return [
        Row("CO2e of electricity", "kg/MWh", NONE, grid, "carbon of the campus's power"),
        Row("CO2e of launch", "kg/MWh", launch, NONE, "env.starship"),
        Row("CO2e of re-entry", "kg/MWh", reentry, NONE, "env.starship"),
        Row("CO2e of satellites or buildings, without computers", "kg/MWh", making, building, "estimate"),
        Row(
            "CO2e together",
            "kg/MWh",
            launch.plus(reentry).plus(making),
            grid.plus(building),
            "sum of the lines above; computers are the same in both",
        ),
        Row(
            "soot into the upper air",
            "g/MWh",
            soot.times(1e3),
            NONE,
            "ln.f9.bc",
        ),
        Row("alumina from re-entry", "kg/MWh", ALUMINA_FRAC.times(kg * per_mwh), NONE, "env.alumina_per_sat"),
        Row(
            "propellant",
            "kg/MWh",
            Range(*(3 * (propellant_kg,))),
            NONE,
            "env.starship_prop",
        ),
        Row(
            "water",
            "L/MWh",
            NONE,
            Range(*(3 * (1e3 * campus.water_l_per_kwh,))),
            "gd.wue, and the campus's own",
        ),
        Row("land at the end of the build-out", "acres", NONE, Range(*(3 * (land_m2 / ACRE_M2,))), "the campus's own"),
        Row(
            "solar arrays in orbit at its end",
            "km2",
            Range(*(3 * (active * array_m2 / 1e6,))),
            NONE,
            "the satellite's own",
        ),
        Row(
            "mass in orbit at its end",
            "t",
            Range(*(3 * (float(history.in_orbit[-1]) * kg / 1e3,))),
            NONE,
            "the build-out",
        ),
        Row(
            "dimming needed so that the fleet outshines no stars",
            "mag",
            Range(dimming, dimming, dimming),
            NONE,
            "deb.brightness",
        ),
        Row("avoidance manoeuvres of one satellite in a year", "", moves, NONE, "deb.maneuvers_3"),
    ]


def launch_and_reentry_kgco2e_per_kg(launch: float, reentry: float) -> float:
    """CO2e of a kilogram that goes up and comes down (anchor A15)."""
    return launch + reentry


def sustainment_usd_per_kw_year(t_per_mw_year: float, launch_usd_per_kg: float) -> float:
    """Launch cost of the mass that keeps a megawatt going (anchor A22)."""
    return t_per_mw_year * launch_usd_per_kg
