"""At which price of launch does orbit cost what the ground costs?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skyrack.economics.accounts import CostInputs, Number
from skyrack.economics.cost_model import account_of

FRONTIER_LAUNCH = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
FRONTIER_KG_PER_KW = (5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 75.0)
FRONTIER_LIFE_YEARS = (3.0, 5.0, 8.0, 10.0)


def cost_ratio(orbit: CostInputs, ground: CostInputs) -> Number:
    """Cost of the same sold computing in orbit over that on the ground."""
    return account_of(orbit).usd_per_work / account_of(ground).usd_per_work


def breakeven_launch_usd_per_kg(orbit: CostInputs, ground: CostInputs) -> Number:
    """Launch price at which both cost the same; negative where not even free launches would do.

    Cost is linear in the launch price, so two prices tell it.
    """
    free = cost_ratio(replace(orbit, launch_usd_per_kg=0.0), ground)
    at_1000 = cost_ratio(replace(orbit, launch_usd_per_kg=1000.0), ground)
    return (1.0 - free) * 1000.0 / (at_1000 - free)


def frontier(orbit: CostInputs, ground: CostInputs) -> dict[str, Any]:
    """Cost ratio over launch price, mass for each kilowatt, and life of satellite and computers."""
    launch, mass, life = np.meshgrid(FRONTIER_LAUNCH, FRONTIER_KG_PER_KW, FRONTIER_LIFE_YEARS, indexing="ij")
    trial = replace(orbit, launch_usd_per_kg=launch, kg_per_w=mass / 1e3, it_life_years=life, plant_life_years=life)
    return {
        "launch_usd_per_kg": list(FRONTIER_LAUNCH),
        "kg_per_kw": list(FRONTIER_KG_PER_KW),
        "life_years": list(FRONTIER_LIFE_YEARS),
        "ratio": np.asarray(cost_ratio(trial, ground)).tolist(),
    }
