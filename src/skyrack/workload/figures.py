"""Figures and tables of the jobs of a fleet: names, units and labels, without the engine that computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Channel, Figure, Table


@dataclass(frozen=True)
class JobFigures:
    """Figures of a fleet's jobs; None if the scenario has no such job, or if it is impossible."""

    training_goodput_frac: Annotated[
        float | None, Figure("frac", "Goodput of the training job (useful FLOPs / FLOPs at full power without losses)")
    ]
    training_days: Annotated[float | None, Figure("", "Duration of the training job in days")]
    tokens_per_s: Annotated[float | None, Figure("tokens_per_s", "Output tokens per second of the serving job")]
    ttft_p50_s: Annotated[float | None, Figure("s", "TTFT at the user, p50 (network RTT included)")]
    ttft_p99_s: Annotated[float | None, Figure("s", "TTFT at the user, p99 (network RTT included)")]
    tokens_per_j: Annotated[float | None, Figure("tokens_per_j", "Output tokens per joule of accelerators and hosts")]
    usd_per_mtoken: Annotated[
        float | None, Figure("usd_per_mtoken", "Levelised cost of a million output tokens from the fleet")
    ]
    ground_usd_per_mtoken: Annotated[
        float | None, Figure("usd_per_mtoken", "Levelised cost of a million output tokens from the ground baseline")
    ]
    slo_attainment_frac: Annotated[float | None, Figure("frac", "SLO attainment (share of all requests)")]
    node_failures_per_day: Annotated[float | None, Figure("", "Node failures per day of the training job")]
    available_frac: Annotated[
        float | None, Figure("frac", "Share of the fleet that is up: not rebooting, in a storm or out by a batch fault")
    ]


CONDITIONS_TABLE = Table(
    "conditions",
    "Conditions of the satellites that the jobs follow",
    (
        Channel("satellite", "", "Number of the satellite"),
        Channel("shell", "", "Name of the shell"),
        Channel("time_s", "s", "Time since the epoch (end of the step)"),
        Channel("compute_power_frac", "frac", "Compute power served (of the satellite's highest)"),
        Channel("accelerator_power_frac", "frac", "Power of the accelerators (of their highest)"),
        Channel("clock_frac", "frac", "Arithmetic rate of the accelerators (of that at full power)"),
        Channel("node_failures_per_s", "per_s", "Rate of detected failures that interrupt the satellite's computers"),
        Channel("sdc_per_s", "per_s", "Rate of silent data corruptions (SDC) on the satellite"),
        Channel("link_rate_bit_per_s", "bit_per_s", "Median data rate of the satellite's laser links that are up"),
        Channel("link_delay_s", "s", "Light time over the median of the satellite's laser links that are up"),
        Channel("electronics_temp_k", "k", "Electronics temperature"),
        Channel("sunlit_frac", "frac", "Fraction of full sunlight"),
        Channel("proton_flux_per_m2_s", "per_m2_s", "Flux of trapped protons above 30 MeV"),
    ),
)
TABLES = (CONDITIONS_TABLE,)
