"""The figures and tables of a flown fleet: names, units and labels, without the engine that computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Channel, Figure, Table

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
"""Quantiles over the satellites that are kept of each output interval."""
QUANTILE_CHANNELS = {
    "compute_w": ("compute_power_per_sat_w", "w", "Compute power per satellite (interval average)"),
    "charge_frac": ("charge_frac", "frac", "Battery state of charge (end of interval, of present capacity)"),
    "electronics_k": ("electronics_temp_k", "k", "Electronics temperature (end of interval)"),
    "radiator_k": ("radiator_temp_k", "k", "Radiator temperature (end of interval)"),
}
"""Name, unit and label of each quantity whose quantiles are kept, by its histogram."""


def quantile_column(histogram: str, quantile: str) -> str:
    """Return the name of the column that holds one quantile, for example `charge_p05_frac`."""
    name, unit, _ = QUANTILE_CHANNELS[histogram]
    return f"{name.removesuffix('_' + unit)}_{quantile}_{unit}"


@dataclass(frozen=True)
class GroupFigures:
    """Figures of a group of satellites (the fleet, or one shell) over the run."""

    n_sats: Annotated[int, Figure("", "Number of satellites")]
    sunlit_frac_mean: Annotated[float, Figure("frac", "Sunlit fraction, average over satellites and time")]
    longest_eclipse_s: Annotated[
        float, Figure("s", "Longest eclipse, edge to edge, penumbra by the hidden share of the Sun")
    ]
    eclipses_per_sat_day: Annotated[float, Figure("", "Eclipse entries per satellite and day")]
    array_power_mean_w: Annotated[float, Figure("w", "Array power (time average)")]
    array_power_per_sat_lit_w: Annotated[float, Figure("w", "Array power per satellite, average over sunlit time")]
    array_yield_w_per_m2: Annotated[float, Figure("w_per_m2", "Array power per area, average over sunlit time")]
    compute_power_mean_w: Annotated[float, Figure("w", "Compute power served (time average)")]
    compute_power_min_w: Annotated[float, Figure("w", "Compute power served in the weakest output interval")]
    compute_power_per_sat_mean_w: Annotated[float, Figure("w", "Compute power served per satellite (time average)")]
    compute_nameplate_w: Annotated[float, Figure("w", "Nameplate compute power of all satellites")]
    capacity_factor: Annotated[float, Figure("", "Capacity factor (compute power served / nameplate)")]
    bus_power_mean_w: Annotated[float, Figure("w", "Bus power served (time average)")]
    battery_depth_max_frac: Annotated[
        float, Figure("frac", "Maximum depth of discharge (of beginning-of-life capacity)")
    ]
    radiator_temp_max_k: Annotated[float, Figure("k", "Maximum radiator temperature")]
    radiator_temp_mean_k: Annotated[float, Figure("k", "Radiator temperature, average over satellites and time")]
    electronics_temp_max_k: Annotated[float, Figure("k", "Maximum electronics temperature")]
    electronics_temp_mean_k: Annotated[float, Figure("k", "Electronics temperature, average over satellites and time")]
    throttled_frac: Annotated[
        float, Figure("frac", "Share of satellite time in which less than the requested power was served")
    ]
    proton_flux_mean_per_m2_s: Annotated[
        float, Figure("per_m2_s", "Trapped proton flux above 30 MeV outside, average over satellites and time")
    ]
    unserved_energy_j: Annotated[float, Figure("j", "Unserved compute and bus energy")]
    curtailed_energy_j: Annotated[float, Figure("j", "Curtailed array energy")]


@dataclass(frozen=True)
class ShellFigures(GroupFigures):
    """Figures of one shell over the run."""

    name: Annotated[str, Figure("", "Name of the shell")]
    kind: Annotated[str, Figure("", "Kind of orbit")]
    altitude_m: Annotated[float, Figure("m", "Mean altitude of the layers above the equatorial radius")]
    inclination_rad: Annotated[float, Figure("rad", "Inclination")]


@dataclass(frozen=True)
class FleetFigures(GroupFigures):
    """Figures of the whole fleet over the run."""

    span_s: Annotated[float, Figure("s", "Simulated time")]
    step_s: Annotated[float, Figure("s", "Time step")]
    radiator_flux_mean_w_per_m2: Annotated[
        float, Figure("w_per_m2", "Rejected heat per panel area (both faces, time average)")
    ]
    radiator_capacity_w_per_m2: Annotated[
        float, Figure("w_per_m2", "Net heat rejection per panel area at the temperature limit, sampled satellites")
    ]
    radiator_net_20c_w_per_m2: Annotated[
        float, Figure("w_per_m2", "Net heat rejection per panel area at 20 degC, sampled satellites")
    ]
    radiator_limit_margin_k: Annotated[
        float, Figure("k_difference", "Margin of the hottest radiator to its temperature limit", is_signed=True)
    ]
    inclination_max_rad: Annotated[float, Figure("rad", "Largest inclination")]
    sunlight_energy_j: Annotated[float, Figure("j", "Sunlight on the arrays without eclipses")]
    array_energy_j: Annotated[float, Figure("j", "Array energy")]
    compute_energy_j: Annotated[float, Figure("j", "Energy served to compute")]
    bus_energy_j: Annotated[float, Figure("j", "Energy served to the buses")]
    stored_energy_j: Annotated[float, Figure("j", "Battery energy at the end less at the start", is_signed=True)]
    lost_energy_j: Annotated[float, Figure("j", "Energy lost as heat in batteries or with faded capacity")]
    energy_closure_frac: Annotated[float, Figure("frac", "Energy residual (share of array energy)", is_signed=True)]


_SUNLIT = Channel("sunlit_frac", "frac", "Sunlit fraction")
_TIME = Channel("time_s", "s", "Time since the epoch (end of the interval or step)")
_SHELL = Channel("shell", "", "Name of the shell")
_INTERVAL_COLUMNS = (
    _TIME,
    Channel("interval_s", "s", "Length of the output interval"),
    _SUNLIT,
    Channel("array_power_w", "w", "Array power (interval average)"),
    Channel("compute_power_w", "w", "Compute power served (interval average)"),
    Channel("bus_power_w", "w", "Bus power served (interval average)"),
    Channel("curtailed_power_w", "w", "Curtailed array power (interval average)"),
    Channel("lost_power_w", "w", "Power lost as heat in batteries (interval average)"),
    Channel("unserved_power_w", "w", "Unserved compute and bus demand (interval average)"),
    Channel("discharged_power_w", "w", "Battery discharge power (interval average)"),
    Channel("throttled_frac", "frac", "Share of satellite time in which less than the requested power was served"),
    Channel("charge_frac_mean", "frac", "State of charge, fleet average (end of interval, of initial capacity)"),
    Channel("electronics_temp_mean_k", "k", "Electronics temperature, average over satellites and interval"),
    Channel("radiator_temp_mean_k", "k", "Radiator temperature, average over satellites and interval"),
    Channel("proton_flux_mean_per_m2_s", "per_m2_s", "Trapped proton flux above 30 MeV outside (interval average)"),
    *(
        Channel(quantile_column(histogram, quantile), unit, f"{label}, {100 * level:.0f}th percentile of satellites")
        for histogram, (_, unit, label) in QUANTILE_CHANNELS.items()
        for quantile, level in QUANTILES.items()
    ),
)
FLEET_TABLE = Table("fleet", "Fleet by time", _INTERVAL_COLUMNS)
SHELL_TABLE = Table("shells", "Shells by time", (_SHELL, *_INTERVAL_COLUMNS))
SATELLITE_TABLE = Table(
    "satellites",
    "Satellites over the whole run, in the order of their numbers",
    (
        _SHELL,
        Channel("eclipses", "", "Eclipse entries"),
        Channel("altitude_m", "m", "Altitude above the equatorial radius"),
        Channel("inclination_rad", "rad", "Inclination"),
        Channel("raan_rad", "rad", "Right ascension of the ascending node at the epoch"),
        Channel("phase_rad", "rad", "Argument of latitude at the epoch"),
        _SUNLIT,
        Channel("longest_eclipse_s", "s", "Longest eclipse, edge to edge"),
        Channel("compute_power_per_sat_mean_w", "w", "Compute power served (time average)"),
        Channel("battery_depth_max_frac", "frac", "Maximum depth of discharge (of beginning-of-life capacity)"),
        Channel("radiator_temp_max_k", "k", "Maximum radiator temperature"),
        Channel("electronics_temp_max_k", "k", "Maximum electronics temperature"),
        Channel("throttled_frac", "frac", "Share of time in which less than the requested power was served"),
        Channel("proton_flux_mean_per_m2_s", "per_m2_s", "Trapped proton flux above 30 MeV outside (time average)"),
    ),
)
SAMPLED_TABLE = Table(
    "sampled",
    "Sampled satellites at every step",
    (
        Channel("sample", "", "Position among the sampled satellites"),
        Channel("satellite", "", "Number of the satellite"),
        _SHELL,
        _TIME,
        _SUNLIT,
        Channel("cos_sun", "", "Cosine of the angle between satellite and Sun at the Earth's centre"),
        Channel("array_w", "w", "Array power while sunlit"),
        Channel("surroundings_w", "w", "Heat absorbed by the radiator from Earth and Sun"),
        Channel("load_w", "w", "Compute and bus power served"),
        Channel("charge_j", "j", "Battery energy (end of step)"),
        Channel("electronics_k", "k", "Electronics temperature (end of step)"),
        Channel("radiator_k", "k", "Radiator temperature (end of step)"),
    ),
)
TABLES = (FLEET_TABLE, SHELL_TABLE, SATELLITE_TABLE, SAMPLED_TABLE)
