"""Simulation of operations: a trace of jobs on a fleet under a policy, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.forecast.forecast import Forecast
from skyrack.forecast.light import LightForecast
from skyrack.operations.core import ControlState, step
from skyrack.operations.engines.simulated import SimulatedEngine
from skyrack.operations.events import Submit, Tick
from skyrack.operations.nodes import FREE, Nodes
from skyrack.operations.policy import SchedulingPolicy
from skyrack.operations.queues import QueueTree
from skyrack.operations.table import DONE, OBSERVATION, QUEUED

Floats = NDArray[np.float64]
TICK_S = 60.0
OnTick = Callable[[float, float], None]
"""Called with the virtual time and the share of the span that is done."""


@dataclass(frozen=True)
class Fleet:
    """Fleet on which jobs are operated: nodes in rings, their light, and the numbers of each ring's satellites."""

    first: NDArray[np.int64]
    group: NDArray[np.int64]
    is_closed: NDArray[np.bool_]
    is_regular: NDArray[np.bool_]
    light: LightForecast
    dark_rate: Floats
    failures_per_s: Floats
    busy_w: Floats
    dose_gy_per_s: Floats
    link_bit_per_s: float
    """Median data rate of one satellite along its ring."""

    @classmethod
    def of(cls, forecast: Forecast) -> Fleet:
        """Return the fleet of a forecast."""
        rings, shell = forecast.rings, forecast.rings.shell
        bus_w = [one.satellite.bus_power_w for one in forecast.plan.layout.shells]
        busy_w = np.array([power.lit_w + more for power, more in zip(forecast.powers, bus_w, strict=True)])
        rates = forecast.links.rate_bit_per_s
        known = rates[rates > 0.0]
        return cls(
            rings.first,
            rings.group.astype(np.int64),
            rings.is_closed,
            regular_rings(rings.first, forecast.light),
            forecast.light,
            forecast.dark_rate_frac[shell],
            forecast.failures_per_s[shell],
            busy_w[shell],
            forecast.dose_gy_per_s[shell],
            float(np.median(known)) if len(known) else 1e9,
        )

    def part(self, arcs: Sequence[tuple[int, int, int]]) -> tuple[Fleet, NDArray[np.int64]]:
        """Return some arcs (ring, slot, length) as a fleet whose rings they are, and the node of each of its nodes, (node,).

        Raises ValueError for an arc that is longer than its ring.
        """
        nodes = []
        for ring, slot, length in arcs:
            size = int(self.first[ring + 1] - self.first[ring])
            if length > size:
                raise ValueError(f"ring {ring} has {size} nodes; an arc has {length}")
            nodes.append(self.first[ring] + (slot + np.arange(length)) % size)
        chosen = np.concatenate(nodes)
        first = np.concatenate([[0], np.cumsum([length for _, _, length in arcs])])
        rings = np.array([ring for ring, _, _ in arcs])
        whole = np.array([length for _, _, length in arcs]) == np.diff(self.first)[rings]
        sky = self.light.sky
        light = LightForecast(sky._replace(plane=sky.plane[chosen], phase=sky.phase[chosen]))
        part = Fleet(
            first,
            np.arange(len(arcs)),
            self.is_closed[rings] & whole,
            self.is_regular[rings] & whole,
            light,
            self.dark_rate[rings],
            self.failures_per_s[rings],
            self.busy_w[rings],
            self.dose_gy_per_s[rings],
            self.link_bit_per_s,
        )
        return part, chosen

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.first[-1])

    @property
    def n_rings(self) -> int:
        """Number of rings."""
        return len(self.group)

    @property
    def slowest_rate_frac(self) -> float:
        """Lowest arithmetic rate at which jobs work on batteries, over that in sunlight; 1 if batteries feed none."""
        ridden = np.unique(self.light.sky.plane[self.first[:-1]][self.dark_rate > 0.0])
        if not len(ridden) or not (self.light.sky.ride_s[ridden] > 0.0).any():
            return 1.0
        return float(np.clip(self.dark_rate[self.dark_rate > 0.0].min(), 0.05, 1.0))

    def fresh_nodes(self) -> Nodes:
        """Return the state of all nodes when all are free."""
        n = self.n_nodes
        return Nodes(
            holder=np.full(n, FREE, np.int32),
            free_s=np.zeros(n),
            reserved_s=np.full(n, np.inf),
            reserved_by=np.full(n, FREE, np.int32),
            longest=np.diff(self.first).astype(np.int32),
            hint=np.zeros(self.n_rings, np.int32),
            first=self.first.astype(np.int64),
            group=self.group,
            is_closed=self.is_closed,
            is_regular=self.is_regular,
            failures_per_s=self.failures_per_s.astype(np.float64),
            dose=self.dose_gy_per_s / max(float(self.dose_gy_per_s.mean()), 1e-30),
            order=np.argsort(self.failures_per_s, kind="stable"),
            books=np.zeros(2),
        )


def regular_rings(first: NDArray[np.int64], light: LightForecast) -> NDArray[np.bool_]:
    """Return which rings have their nodes in one plane, one after the other at one distance, once around at most."""
    plane, phase = light.sky.plane, light.sky.phase
    size = np.diff(first)
    same = plane[first[:-1]] == plane[first[1:] - 1]
    gap = np.diff(phase, append=phase[0])
    gap -= np.floor(gap)
    starts = first[:-1]
    last = np.zeros(len(phase), np.bool_)
    last[first[1:] - 1] = True
    usual = gap[starts]
    off = np.abs(gap - np.repeat(usual, size)) > 1e-6
    off[last] = False
    any_off = np.logical_or.reduceat(off, starts)
    return np.asarray(same & ~any_off & (usual * size < 1.0 + 1e-6) & (size > 2), np.bool_)


@dataclass(frozen=True)
class Operated:
    """A simulated span of operations under one policy."""

    policy: SchedulingPolicy
    fleet: Fleet
    state: ControlState
    begin_s: float
    end_s: float
    idle_node_s: float
    down_node_s: float
    busy_frac: Floats
    """Share of the nodes that jobs held, at some times, (time,)."""
    waiting: NDArray[np.int64]
    """Number of jobs that waited at these times, (time,)."""
    time_s: Floats
    """These times since the epoch, (time,)."""

    @property
    def total_node_s(self) -> float:
        """Node-seconds of the fleet."""
        return self.fleet.n_nodes * (self.end_s - self.begin_s)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column of the job table."""
        return self.state.table.column(name)

    @property
    def useful_over_held(self) -> float:
        """Node-seconds of work that was kept over node-seconds held; nan if no job held any."""
        held = float(self.column("held").sum())
        return float(self.column("useful").sum()) / held if held > 0.0 else float("nan")

    def figures(self) -> dict[str, Any]:
        """Return the figures by which policies are compared."""
        state = self.column("state")
        begun = np.isfinite(self.column("first_begin_s"))
        done = state == DONE
        arrival = self.column("arrival_s")
        wait = (self.column("first_begin_s") - arrival)[begun]
        completion = (self.column("end_s") - arrival)[done]
        ideal = np.maximum(self.column("work_s")[done], 1.0)
        held = float(self.column("held").sum())
        energy, battery = float(self.column("energy_j").sum()), float(self.column("battery_j").sum())
        served = self.served_by_queue()
        return {
            "policy": self.policy.name,
            "title": self.policy.title,
            "jobs": self.state.table.n,
            "done": int(done.sum()),
            "waiting": int((state == QUEUED).sum()),
            "useful_over_held": self.useful_over_held,
            "held_frac": held / self.total_node_s,
            "useful_frac": float(self.column("useful").sum()) / self.total_node_s,
            "lost_frac": _share(float(self.column("lost").sum()), held),
            "overhead_frac": _share(float(self.column("overhead").sum()), held),
            "dark_frac": _share(float(self.column("dark").sum()), held),
            "wait_mean_s": float(wait.mean()) if len(wait) else float("nan"),
            "wait_p99_s": float(np.quantile(wait, 0.99)) if len(wait) else float("nan"),
            "completion_mean_s": float(completion.mean()) if len(completion) else float("nan"),
            "slowdown_mean": float((completion / ideal).mean()) if len(completion) else float("nan"),
            "stops": int(self.column("stops").sum()),
            "moves": int(self.column("moves").sum()),
            "failures": int(self.column("failures").sum()),
            "energy_j": energy,
            "battery_j": battery,
            "jain_fairness": float(served.sum() ** 2 / (len(served) * (served**2).sum())) if served.any() else 1.0,
            "broken_promises": self.state.broken_promises,
            **self._staging(),
        }

    def _staging(self) -> dict[str, Any]:
        """Return how long jobs waited for their data and users for results; None where there is no data, or none came."""
        arrival, end = self.column("arrival_s"), self.column("end_s")
        up, down = self.column("in_bytes") > 0.0, (self.column("out_bytes") > 0.0) & np.isfinite(end)
        staged = (self.column("staged_s") - arrival)[up]
        delivered = (self.column("delivered_s") - end)[down]
        return {
            "data_in_mean_s": _mean_of_finite(staged),
            "data_in_missing": int(np.isinf(staged).sum()),
            "data_out_mean_s": _mean_of_finite(delivered),
            "data_out_missing": int(np.isinf(delivered).sum()),
        }

    def served_by_queue(self) -> Floats:
        """Return the useful node-seconds of each queue over its share, (queue,); queues without jobs are left out."""
        queue = self.column("queue")
        names = np.unique(queue)
        rows = self.state.queues.rows()
        return np.array([float(self.column("useful")[queue == k].sum()) / float(rows[k]["share_frac"]) for k in names])

    def check_books(self) -> float:
        """Return the difference between held, idle and lost node-seconds and those of the fleet, relative to the latter."""
        held = float(self.column("held").sum())
        return (held + self.idle_node_s + self.down_node_s - self.total_node_s) / self.total_node_s

    def check_jobs(self) -> float:
        """Return the largest difference between what a job held and its parts, relative to all node-seconds held."""
        parts = sum(self.column(name) for name in ("useful", "lost", "overhead", "dark"))
        return float(np.abs(self.column("held") - parts).max(initial=0.0)) / max(float(self.column("held").sum()), 1.0)


def _mean_of_finite(values: Floats) -> float | None:
    kept = values[np.isfinite(values)]
    return float(kept.mean()) if len(kept) else None


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else float("nan")


def operate(
    fleet: Fleet,
    jobs: dict[str, NDArray[Any]],
    policy: SchedulingPolicy,
    span_s: float,
    *,
    begin_s: float = 0.0,
    queues: QueueTree | None = None,
    tick_s: float = TICK_S,
    seed: int = 1,
    with_failures: bool = True,
    on_tick: OnTick | None = None,
) -> Operated:
    """Operate a fleet for a span under a policy.

    `jobs` are columns of the job table, (job,), in order of arrival; arrivals count from the epoch, as do all times. Raises
    InputError for jobs that do not arrive in order.
    """
    arrival = np.asarray(jobs["arrival_s"], np.float64)
    if len(arrival) and (np.diff(arrival) < 0.0).any():
        raise InputError("jobs: they must be in order of arrival")
    if not with_failures:
        fleet = replace(fleet, failures_per_s=np.zeros_like(fleet.failures_per_s))
    nodes = fleet.fresh_nodes()
    nodes.free_s[:] = begin_s
    state = ControlState(
        nodes,
        fleet.light.sky,
        policy,
        queues or QueueTree(),
        link_bit_per_s=fleet.link_bit_per_s,
        dark_rate_frac=fleet.slowest_rate_frac,
        tick_s=tick_s,
        now_s=begin_s,
    )
    engine = SimulatedEngine(state, fleet.dark_rate, fleet.failures_per_s, fleet.busy_w, seed)
    n_ticks = max(1, round(span_s / tick_s))
    first = 0
    kept: list[tuple[float, float, int]] = []
    reports = np.zeros(0, OBSERVATION)
    for k in range(n_ticks):
        now_s, until_s = begin_s + k * tick_s, begin_s + (k + 1) * tick_s
        last = int(np.searchsorted(arrival, now_s, side="right"))
        if last > first:
            state, _ = step(state, Submit({name: values[first:last] for name, values in jobs.items()}))
            first = last
        state, actions = step(state, Tick(now_s, until_s, reports))
        engine.carry_out(actions)
        reports = engine.observe(until_s)
        if k % max(1, n_ticks // 500) == 0:
            busy = int((nodes.holder >= 0).sum())
            kept.append((now_s, busy / fleet.n_nodes, len(state.waiting)))
            if on_tick is not None:
                on_tick(until_s, (k + 1) / n_ticks)
    end_s = begin_s + n_ticks * tick_s
    state.fold_last(reports, end_s)
    engine.close(end_s)
    idle, down = state.idle_and_down(end_s)
    times, busy_frac, waiting = (np.array(values) for values in zip(*kept, strict=True))
    return Operated(
        policy,
        fleet,
        state,
        begin_s,
        end_s,
        idle,
        down,
        busy_frac,
        waiting.astype(np.int64),
        times,
    )
