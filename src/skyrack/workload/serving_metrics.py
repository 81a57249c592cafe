"""Serving metrics: tokens, latencies and energy, from orbit and from the ground, in total and by city."""

from __future__ import annotations

import itertools
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
from skyrack.workload.roofline import TensorParallelGroup

Floats = NDArray[np.float64]
QUANTILES = np.linspace(0.0, 1.0, 101)
"""Levels of the quantiles that are kept."""
FEW = 100
"""Number of requests below which the simulated requests are weighted by their expected number."""
LEVELS = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


@dataclass(frozen=True)
class Served:
    """Requests and replicas in orbit or on the ground after the simulation."""

    asked: Requests
    """Simulated requests."""
    replicas: Replicas
    """Simulated replicas."""
    begin_s: float
    """Begin of the simulated time since the epoch."""
    span_s: float
    """Length of the time in which requests arrive."""
    reached_frac: float
    """Share of all requests that reach a replica; only those are among `asked`."""
    allocated_frac: float
    """Share of the replicas that is allocated to these users, busy or idle."""
    scale: float
    """Number of replicas that each simulated one represents."""
    power_w: float
    """Power of the allocated computers."""
    expected: float
    """Expected number of requests at the request rate."""


@dataclass(frozen=True)
class ServingFigures:
    """Figures of a serving job in orbit or on the ground: shares of all requests, latencies of responses."""

    simulated_requests: int
    reached_frac: float
    answered_frac: float
    slo_attainment_frac: float
    tokens_per_s: float
    good_tokens_per_s: float
    tokens_per_accelerator_s: float
    tokens_per_j: float
    power_w: float
    busy_frac: float
    preempted: int
    kv_max_frac: float
    ttft_p50_s: float | None
    ttft_p90_s: float | None
    ttft_p99_s: float | None
    tpot_p50_s: float | None
    tpot_p90_s: float | None
    tpot_p99_s: float | None
    e2e_p50_s: float | None
    e2e_p90_s: float | None
    e2e_p99_s: float | None
    ttft_quantiles_s: Any
    tpot_quantiles_s: Any
    tokens_per_satellite_s: float | None = None
    usd_per_mtoken: float | None = None
    """Levelised cost of a million output tokens; None until prices are known."""


def serving_metrics(serving: Serving, group: TensorParallelGroup, done: Served) -> ServingFigures:
    """Return the figures of a serving job in orbit or on the ground."""
    asked, replicas = done.asked, done.replicas
    chip = part("accelerators", group.accelerator)
    answered = np.isfinite(asked.last_s)
    lasts_s = max(done.span_s, float(np.nanmax(asked.last_s) - done.begin_s) if answered.any() else done.span_s)
    # few simulated requests, or the one that stands for none, are weighted by their expected number
    weight = min(1.0, done.expected / max(len(asked.prompt), 1)) if len(asked.prompt) < FEW else 1.0
    tokens = weight * float(asked.output[answered].sum())
    allocated_s = done.allocated_frac * len(replicas.busy_s) * lasts_s
    busy_s = weight * float(replicas.busy_s.sum())
    idle_s = max(allocated_s - busy_s, 0.0)
    chips_j = chip["chip_power_w"] * group.size * (weight * float(replicas.drawn_s.sum()) + IDLE_FRAC * idle_s)
    host_j = (chip["system_power_w"] - chip["chip_power_w"]) * group.size * max(allocated_s, busy_s)
    meets = meets_target(serving, asked)
    first, later, whole = first_s(asked)[answered], token_s(asked)[answered], (asked.last_s - asked.arrival_s)[answered]

    def share(which: NDArray[np.bool_]) -> float:
        return done.reached_frac * float(which.mean()) if which.size else 0.0

    return ServingFigures(
        simulated_requests=len(asked.prompt),
        reached_frac=done.reached_frac,
        answered_frac=share(answered),
        slo_attainment_frac=share(meets),
        tokens_per_s=tokens / lasts_s * done.scale,
        good_tokens_per_s=weight * float(asked.output[meets].sum()) / lasts_s * done.scale,
        tokens_per_accelerator_s=tokens / allocated_s / group.size,
        tokens_per_j=tokens / (chips_j + host_j),
        power_w=done.power_w,
        busy_frac=min(1.0, busy_s / allocated_s),
        preempted=int(replicas.preempted.sum()),
        kv_max_frac=float(replicas.kv_most.max() / max(group.kv_tokens, 1)),
        **{f"ttft_{name}_s": _quantile(first, level) for name, level in LEVELS},
        **{f"tpot_{name}_s": _quantile(later, level) for name, level in LEVELS},
        **{f"e2e_{name}_s": _quantile(whole, level) for name, level in LEVELS},
        ttft_quantiles_s=np.quantile(first, QUANTILES) if first.size else [],
        tpot_quantiles_s=np.quantile(later, QUANTILES) if later.size else [],
    )


def _quantile(values: Floats, level: float) -> float | None:
    return float(np.quantile(values, level)) if values.size else None


@dataclass(frozen=True)
class CityTimes:
    """Latencies of the users of one city, from orbit or from the ground."""

    simulated_requests: int
    ttft_p50_s: float | None
    ttft_p99_s: float | None
    path_ms: float | None
    """Median one-way delay of the network path."""


@dataclass(frozen=True)
class ServedCity:
    """Served city and its latencies from orbit and from the ground."""

    name: str
    latitude_deg: float
    longitude_deg: float
    weight: float
    """Share of the city in the requests."""
    region: str
    """Nearest region of ground data centers."""
    orbit: CityTimes
    ground: CityTimes


def by_city(demand: Demand, orbit: Served, ground: Served, regions: tuple[str, ...]) -> tuple[ServedCity, ...]:
    """Return TTFT and one-way path delay of each city, from orbit and from the ground."""
    n = len(demand.places.names)
    here, there = _city_times(orbit, n), _city_times(ground, n)
    return tuple(
        ServedCity(
            name=name,
            latitude_deg=math.degrees(float(demand.places.latitude_rad[k])),
            longitude_deg=math.degrees(float(demand.places.longitude_rad[k])),
            weight=float(demand.weights[k]),
            region=regions[k],
            orbit=here[k],
            ground=there[k],
        )
        for k, name in enumerate(demand.places.names)
    )


def _city_times(done: Served, n_cities: int) -> list[CityTimes]:
    """Return the latencies of each city."""
    first, path = first_s(done.asked), done.asked.reached_s - done.asked.arrival_s
    by_city = np.argsort(done.asked.place, kind="stable")
    ends = np.searchsorted(done.asked.place, np.arange(n_cities + 1), sorter=by_city)
    found = []
    for begin, end in itertools.pairwise(ends):
        mine = by_city[begin:end]
        answered = mine[np.isfinite(first[mine])]
        found.append(
            CityTimes(
                len(mine),
                _quantile(first[answered], 0.5),
                _quantile(first[answered], 0.99),
                float(np.median(path[answered]) * 1e3) if len(answered) else None,
            )
        )
    return found
