"""The figures of a fleet's price: names, units and labels, without the models that compute them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Figure


@dataclass(frozen=True)
class PriceFigures:
    """Figures of a fleet's price; None where nothing can be priced."""

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
