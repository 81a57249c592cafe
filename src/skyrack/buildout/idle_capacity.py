"""Cost of capacity that stands idle: a factory that builds less than before, and launchers that fly less than before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skyrack.buildout.cohorts import History

Floats = NDArray[np.float64]


def idle_usd(history: History) -> Floats:
    """Return the cost of idle capacity of each month (USD), shape (month,).

    Capacity is the largest number of satellites built, or of launches, in one month of the last `capacity_months`: what
    was built up to be used, not what could have been. Each unused unit costs the share `idle_cost_frac` of its price,
    the part that does not fall with production: plant, staff, pads. Prices of satellites are without their computers,
    which are bought.
    """
    plan = history.plan
    made = np.diff(history["built"], prepend=0.0)
    flights = history["flights"]
    idle = (_idle(made, plan.capacity_months) * history["satellite_usd"]) + (
        _idle(flights, plan.capacity_months) * _usd_per_launch(history)
    )
    return np.asarray(plan.idle_cost_frac * idle)


def _idle(used: Floats, months: int) -> Floats:
    """Return capacity less use of each month, where capacity is the largest use of the last `months`."""
    return np.array([used[max(0, k + 1 - months) : k + 1].max() - used[k] for k in range(len(used))])


def _usd_per_launch(history: History) -> Floats:
    """Return the price of a launch in each month; a month without launches has that of the month before, or 0."""
    launched = np.diff(history["launched"], prepend=0.0)
    flights = np.maximum(history["flights"], 1e-12)
    payload_kg = launched * history.plan.satellite_kg / history["fill_frac"] / flights
    price = history["launch_usd_per_kg"] * payload_kg
    known = np.isfinite(price)
    latest = np.maximum.accumulate(np.where(known, np.arange(len(price)), -1))
    return np.where(latest >= 0, price[np.maximum(latest, 0)], 0.0)
