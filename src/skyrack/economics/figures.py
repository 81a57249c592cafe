"""Figures of the price of a fleet: names, units and labels, without the models that compute them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Figure


@dataclass(frozen=True)
class PriceFigures:
    """Figures of the price of a fleet; each is None where nothing can be priced."""

    orbit_usd_per_gpu_hour: Annotated[
        float | None, Figure("usd_per_gpu_hour", "Levelised cost per accelerator hour sold, fleet")
    ]
    ground_usd_per_gpu_hour: Annotated[
        float | None, Figure("usd_per_gpu_hour", "Levelised cost per accelerator hour sold, ground baseline")
    ]
    orbit_usd_per_kw_year: Annotated[
        float | None, Figure("usd_per_kw_year", "Levelised cost per kilowatt of computers at work, fleet")
    ]
    ground_usd_per_kw_year: Annotated[
        float | None, Figure("usd_per_kw_year", "Levelised cost per kilowatt of computers at work, ground baseline")
    ]
    cost_ratio: Annotated[float | None, Figure("", "Cost ratio (orbit / ground) for the same work")]
    cost_ratio_at_start: Annotated[float | None, Figure("", "Cost ratio of the satellites of the first launch year")]
    cost_ratio_min: Annotated[float | None, Figure("", "Cost ratio of the satellites of the cheapest launch year")]
    breakeven_launch_usd_per_kg: Annotated[
        float | None,
        Figure(
            "usd_per_kg", "Break-even launch price (negative: orbit is dearer even with free launch)", is_signed=True
        ),
    ]
    capex_to_target_usd: Annotated[
        float | None, Figure("usd", "Cumulative capex until the target fleet is operational")
    ]
    funding_need_usd: Annotated[float | None, Figure("usd", "Funding need (deepest cumulative cash flow, no interest)")]
    npv_usd: Annotated[
        float | None, Figure("usd", "Net present value of the build-out at its cost of capital", is_signed=True)
    ]
    cost_ratio_p05: Annotated[
        float | None, Figure("", "Cost ratio (orbit / ground), 5th percentile over uncertain inputs")
    ]
    cost_ratio_p95: Annotated[
        float | None, Figure("", "Cost ratio (orbit / ground), 95th percentile over uncertain inputs")
    ]
    orbit_cheaper_frac: Annotated[
        float | None, Figure("frac", "Share of samples of the uncertain inputs in which orbit is cheaper")
    ]
    orbit_co2e_kg_per_mwh: Annotated[
        float | None, Figure("", "CO2e of a megawatt-hour of computing in orbit (kg/MWh), computers left out")
    ]
    ground_co2e_kg_per_mwh: Annotated[
        float | None, Figure("", "CO2e of a megawatt-hour of computing on the ground (kg/MWh), computers left out")
    ]
    co2e_ratio: Annotated[float | None, Figure("", "CO2e ratio (orbit / ground) for the same energy of the computers")]
    ground_land_acres: Annotated[
        float | None, Figure("", "Land of ground data centers that would deliver the same (acres)")
    ]
    ground_water_l_per_mwh: Annotated[
        float | None, Figure("", "Water of a megawatt-hour of computing on the ground (L/MWh); none in orbit")
    ]
