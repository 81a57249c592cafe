"""The figures of a fleet's radiation exposure: names, units and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Figure


@dataclass(frozen=True)
class ExposureFigures:
    """Radiation exposure of a fleet, averaged over its satellites."""

    dose_per_year_gy: Annotated[
        float, Figure("gy", "Dose of trapped radiation per year behind each shell's shielding (fleet average)")
    ]
    mission_dose_max_gy: Annotated[float, Figure("gy", "Mission dose (TID) in the most exposed shell")]
    sdc_per_sat_year: Annotated[
        float, Figure("", "Silent data corruptions (SDC) by radiation per satellite and year (fleet average)")
    ]
    due_per_sat_year: Annotated[
        float,
        Figure(
            "",
            "Detected unrecoverable errors (DUE), resets and crashes by radiation per satellite and year (fleet average)",
        ),
    ]
