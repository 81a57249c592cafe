"""Figures of a fleet under a clock: sums and quantiles over the satellites that are not lost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skyrack.control.outages import Availability, Bools
from skyrack.control.twin_layout import TwinLayout
from skyrack.fleet.flight import LayerFleet
from skyrack.fleet.intervals import POWERS
from skyrack.fleet.tables import TOTALS

ROW = {name: row for row, name in enumerate(TOTALS)}
_POWERS = {power: energy for power, energy in POWERS.items() if energy != "discharged_j"}
"""Discharged energy ages the battery and is never reset, so that it gives no power of the last update."""
QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
_CHARGE, _ELECTRONICS, _RADIATOR = range(3)
"""Rows of a fleet's states."""


def fleet_figures(
    layers: Sequence[LayerFleet], layout: TwinLayout, availability: Availability, time_s: float, flown_s: float
) -> dict[str, float]:
    """Return the fleet's figures with the names of fleet.parquet; NaN for means before the first step (`flown_s` of 0)."""
    alive, down = availability.is_alive, availability.is_down
    sums = _sums(layers, layout, ("sunlit_s", "throttled_s", *_POWERS.values()), alive)
    n_alive, flown_s = float(alive.sum()), flown_s or math.nan
    sat_s = n_alive * flown_s or math.nan
    figures = {
        "time_s": time_s,
        "n_alive": n_alive,
        "n_down": float((alive & down).sum()),
        "sunlit_frac": sums["sunlit_s"] / sat_s,
        "throttled_frac": sums["throttled_s"] / sat_s,
        **{power: sums[energy] / flown_s for power, energy in _POWERS.items()},
    }
    return figures | _quantiles(layers, alive)


def sunlit_by_shell(
    layers: Sequence[LayerFleet], layout: TwinLayout, is_alive: Bools, flown_s: float
) -> tuple[float | None, ...]:
    """Return the sunlit fraction of each shell; None for a shell that is lost, and before the first step."""
    lit_s, n_alive = np.zeros(len(layout.shells)), np.zeros(len(layout.shells))
    for fleet, mine in zip(layers, layout.slices(), strict=True):
        lit_s[fleet.layer.shell] += _real(fleet, "sunlit_s") @ is_alive[mine].astype(np.float64)
        n_alive[fleet.layer.shell] += is_alive[mine].sum()
    return tuple(float(lit / (n * flown_s)) if n and flown_s else None for lit, n in zip(lit_s, n_alive, strict=True))


def _sums(layers: Sequence[LayerFleet], layout: TwinLayout, names: Sequence[str], chosen: Bools) -> dict[str, float]:
    """Return sums of rows of the totals over the chosen satellites."""
    sums = dict.fromkeys(names, 0.0)
    for fleet, mine in zip(layers, layout.slices(), strict=True):
        weights = chosen[mine].astype(np.float64)
        for name in sums:
            sums[name] += float(_real(fleet, name) @ weights)
    return sums


def _real(fleet: LayerFleet, name: str) -> NDArray[np.float64]:
    """A row of the totals without the padding of the last tile."""
    return fleet.totals[ROW[name], : fleet.layer.n_sats]


def _quantiles(layers: Sequence[LayerFleet], is_alive: Bools) -> dict[str, float]:
    n = [fleet.layer.n_sats for fleet in layers]
    charge = [fleet.states[_CHARGE, :k] / fleet.capacity_j[:k] for fleet, k in zip(layers, n, strict=True)]
    electronics = [fleet.states[_ELECTRONICS, :k] for fleet, k in zip(layers, n, strict=True)]
    radiator = [fleet.states[_RADIATOR, :k] for fleet, k in zip(layers, n, strict=True)]
    found: dict[str, float] = {}
    for name, unit, parts in (
        ("charge", "frac", charge),
        ("electronics_temp", "k", electronics),
        ("radiator_temp", "k", radiator),
    ):
        values = np.concatenate(parts)
        living = values if is_alive.all() else values[is_alive]
        levels = np.quantile(living, list(QUANTILES.values())) if len(living) else np.full(len(QUANTILES), np.nan)
        found |= {f"{name}_{level}_{unit}": float(value) for level, value in zip(QUANTILES, levels, strict=True)}
    return found
