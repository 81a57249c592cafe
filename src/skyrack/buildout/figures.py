"""The figures of a build-out and of the sized satellite behind it: names, units and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Figure


@dataclass(frozen=True)
class BuildoutFigures:
    """Figures of the sized satellite and of the fleet that is built; zero where no launcher can lift the satellite."""

    sized_mass_kg: Annotated[float, Figure("kg", "Wet mass of the sized satellite")]
    sized_power_per_mass_w_per_kg: Annotated[
        float, Figure("w_per_kg", "Specific power of the sized satellite (compute power / wet mass)")
    ]
    sized_array_area_m2: Annotated[float, Figure("m2", "Array area of the sized satellite")]
    sized_radiator_area_m2: Annotated[float, Figure("m2", "Radiator panel area of the sized satellite (one face)")]
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
    n_active_at_end: Annotated[float, Figure("", "Active satellites at the end of the build-out")] = 0.0
    n_active_at_sites_at_end: Annotated[
        float, Figure("", "Active satellites beyond low Earth orbit at the end (speculative)")
    ] = 0.0
    compute_delivered_at_sites_at_end_w: Annotated[
        float, Figure("w", "Mean compute power delivered beyond low Earth orbit at the end (speculative)")
    ] = 0.0
