"""What users got, as figures: tokens, times, energy, by side and by city."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import part
from skyrack.scenario.workload import Serving
from skyrack.workload.accelerator_power import IDLE_FRAC
from skyrack.workload.capacity import first_s, meets_target, token_s
from skyrack.workload.demand import Demand
from skyrack.workload.engine import Replicas, Requests
from skyrack.workload.roofline import Group

Floats = NDArray[np.float64]
QUANTILES = np.linspace(0.0, 1.0, 101)
FEW = 100
LEVELS = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


@dataclass(frozen=True)
class Served:
    """Requests of one side, done."""

    asked: Requests
    copies: Replicas
    begin_s: float
    span_s: float
    reached_frac: float
    """Share of all requests that reach anybody; only those are among `asked`."""
    held_frac: float
    """Share of the copies that is held for these users, at work or idle."""
    scale: float
    """Copies that each simulated one stands for."""
    power_w: float
    """Of the computers that are held."""
    expected: float
    """Requests that the rate stands for; as many come on average."""


def figures_of(serving: Serving, group: Group, done: Served) -> dict[str, Any]:
    """Figures of one side. Shares are of all requests, times of those that were answered."""
    asked, copies = done.asked, done.copies
    chip = part("accelerators", group.accelerator)
    answered = np.isfinite(asked.last_s)
    lasts_s = max(done.span_s, float(np.nanmax(asked.last_s) - done.begin_s) if answered.any() else done.span_s)
    # few requests, or none but one that stands for them, count as often as they come on average
    weight = min(1.0, done.expected / max(len(asked.prompt), 1)) if len(asked.prompt) < FEW else 1.0
    tokens = weight * float(asked.output[answered].sum())
    held_s = done.held_frac * len(copies.busy_s) * lasts_s
    busy_s = weight * float(copies.busy_s.sum())
    idle_s = max(held_s - busy_s, 0.0)
    chips_j = chip["chip_power_w"] * group.size * (weight * float(copies.drawn_s.sum()) + IDLE_FRAC * idle_s)
    host_j = (chip["system_power_w"] - chip["chip_power_w"]) * group.size * max(held_s, busy_s)
    meets = meets_target(serving, asked)
    first, later, whole = first_s(asked)[answered], token_s(asked)[answered], (asked.last_s - asked.arrival_s)[answered]

    def share(which: NDArray[np.bool_]) -> float:
        return done.reached_frac * float(which.mean()) if which.size else 0.0

    return {
        "simulated_requests": len(asked.prompt),
        "reached_frac": done.reached_frac,
        "answered_frac": share(answered),
        "goodput_frac": share(meets),
        "tokens_per_s": tokens / lasts_s * done.scale,
        "good_tokens_per_s": weight * float(asked.output[meets].sum()) / lasts_s * done.scale,
        "tokens_per_accelerator_s": tokens / held_s / group.size,
        "tokens_per_j": tokens / (chips_j + host_j),
        "power_w": done.power_w,
        "usd_per_mtoken": None,
        "busy_frac": min(1.0, busy_s / held_s),
        "preempted": int(copies.preempted.sum()),
        "kv_most_frac": float(copies.kv_most.max() / max(group.kv_tokens, 1)),
        **{f"ttft_{name}_s": _quantile(first, level) for name, level in LEVELS},
        **{f"tpot_{name}_s": _quantile(later, level) for name, level in LEVELS},
        **{f"e2e_{name}_s": _quantile(whole, level) for name, level in LEVELS},
        "ttft_quantiles_s": np.quantile(first, QUANTILES).tolist() if first.size else [],
        "tpot_quantiles_s": np.quantile(later, QUANTILES).tolist() if later.size else [],
    }


def _quantile(values: Floats, level: float) -> float | None:
    return float(np.quantile(values, level)) if values.size else None


def by_city(demand: Demand, sides: dict[str, Served], regions: tuple[str, ...]) -> list[dict[str, Any]]:
    """Times to the first token in each city, and the one-way time there, on every side."""
    columns = {
        side: (np.array(done.asked.place), first_s(done.asked), done.asked.reached_s - done.asked.arrival_s)
        for side, done in sides.items()
    }
    rows = []
    for k, name in enumerate(demand.places.names):
        row: dict[str, Any] = {
            "name": name,
            "latitude_deg": math.degrees(float(demand.places.latitude_rad[k])),
            "longitude_deg": math.degrees(float(demand.places.longitude_rad[k])),
            "weight": float(demand.weights[k]),
            "region": regions[k],
        }
        for side, (place, firsts, ways) in columns.items():
            mine = place == k
            first, way = firsts[mine], ways[mine]
            answered = np.isfinite(first)
            row[side] = {
                "simulated_requests": int(mine.sum()),
                "ttft_p50_s": _quantile(first[answered], 0.5),
                "ttft_p99_s": _quantile(first[answered], 0.99),
                "way_ms": float(np.median(way[answered]) * 1e3) if answered.any() else None,
            }
        rows.append(row)
    return rows
