"""Figures of a build-out and of its satellite: names, units and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Figure


@dataclass(frozen=True)
class BuildoutFigures:
    """Figures of the satellite and of the fleet that is built; zero where no launcher can lift the satellite."""

    satellite_mass_kg: Annotated[float, Figure("kg", "Wet mass of a satellite")]
    power_per_mass_w_per_kg: Annotated[float, Figure("w_per_kg", "Specific power (peak compute power / wet mass)")]
    array_area_m2: Annotated[float, Figure("m2", "Solar array area of a satellite")]
    radiator_area_m2: Annotated[float, Figure("m2", "Radiator panel area of a satellite (one face)")]
    mass_per_launch_kg: Annotated[float, Figure("kg", "Largest satellite mass on one launch")] = 0.0
    launches_per_year_max: Annotated[float, Figure("", "Most launches in twelve months")] = 0.0
    satellites_per_week_required: Annotated[
        float, Figure("", "Satellites per week, from the first month, that reach the target on the wanted day")
    ] = 0.0
    launches_per_year_required: Annotated[float, Figure("", "Launches per year that reach the target in time")] = 0.0
    compute_launched_per_year_max_w: Annotated[float, Figure("w", "Most compute power launched in twelve months")] = 0.0
    compute_installed_at_end_w: Annotated[float, Figure("w", "Compute power installed at the end of the build-out")] = (
        0.0
    )
    compute_delivered_at_end_w: Annotated[
        float, Figure("w", "Mean compute power delivered at the end of the build-out, failures and worn cells deducted")
    ] = 0.0
    compute_delivered_mean_w: Annotated[
        float, Figure("w", "Compute power delivered by the fleet once it is built, mean to the end of the build-out")
    ] = 0.0
    compute_delivered_max_w: Annotated[float, Figure("w", "Most compute power that the fleet delivers in a month")] = (
        0.0
    )
    mass_to_orbit_kg: Annotated[float, Figure("kg", "Mass launched to orbit over the build-out")] = 0.0
    mass_launched_per_year_max_kg: Annotated[float, Figure("kg", "Most mass launched in twelve months")] = 0.0
    mass_in_orbit_at_end_kg: Annotated[
        float, Figure("kg", "Mass of the fleet in orbit at the end of the build-out")
    ] = 0.0
    mass_reentered_per_year_max_kg: Annotated[float, Figure("kg", "Most mass that re-enters in twelve months")] = 0.0
    kardashev_at_end: Annotated[
        float, Figure("", "Collected power on the Kardashev scale at the end of the build-out")
    ] = 0.0
    n_active_at_end: Annotated[float, Figure("", "Active satellites at the end of the build-out")] = 0.0
    n_active_at_sites_at_end: Annotated[
        float, Figure("", "Active satellites beyond low Earth orbit at the end (speculative)")
    ] = 0.0
    compute_delivered_at_sites_at_end_w: Annotated[
        float, Figure("w", "Mean compute power delivered beyond low Earth orbit at the end (speculative)")
    ] = 0.0


@dataclass(frozen=True)
class ServiceFigures:
    """Figures of the service life of the satellites."""

    life_mean_s: Annotated[
        float, Figure("s", "Mean life of a launched satellite, by dose, thermal cycles and design life")
    ]
    life_min_s: Annotated[float, Figure("s", "Shortest life of a shell's satellites")]
    n_shells_full_life: Annotated[int, Figure("", "Shells whose satellites reach their design life")]
    sunlit_year_frac: Annotated[float, Figure("frac", "Sunlit fraction over a year, fleet average")]
    solar_yield_ratio: Annotated[
        float, Figure("", "Energy of a solar array in orbit over one of the same rating on the ground, fleet average")
    ]
    full_life_frac: Annotated[float, Figure("frac", "Share of the satellites that reach their design life")]


@dataclass(frozen=True)
class ShellServiceFigures:
    """Figures of the service life of one shell's satellites."""

    sunlit_year_frac: Annotated[float, Figure("frac", "Sunlit fraction over a year")]
    sunlit_year_best_frac: Annotated[
        float, Figure("frac", "Sunlit fraction over a year of the plane with the most sunlight")
    ]
    solar_yield_ratio: Annotated[
        float, Figure("", "Energy of a solar array in orbit over one of the same rating on the ground")
    ]
    dose_per_year_max_gy: Annotated[
        float, Figure("gy", "Dose of trapped radiation per year behind the shielding, most exposed layer")
    ]
    life_s: Annotated[float, Figure("s", "Life of the satellites, by dose, thermal cycles and design life")]
