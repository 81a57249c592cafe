"""Accounts of operations: what a second of a satellite costs, and what each job, queue and the idle fleet owe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.operations.simulation import Operated
from skyrack.operations.table import STATE_NAMES
from skyrack.run.prepare import Plan
from skyrack.run.pricing import price_of
from skyrack.run.service import sampled_service

Floats = NDArray[np.float64]
J_PER_MWH = 3.6e9
CARBON = "CO2e together"
"""Row of `economics.earth_impact`: launch, manufacture and re-entry of a satellite."""


@dataclass(frozen=True)
class Rates:
    """Cost and carbon of a node-second."""

    usd_per_node_s: float | None
    """Levelised cost of one satellite for each second; None where the scenario has no price."""
    carbon_kg_per_node_s: float | None
    """CO2e of launch, manufacture and re-entry of one satellite, over its life, for each second; None without a price."""
    battery_j: float
    """Capacity of a battery, mean over the shells."""

    @classmethod
    def of(cls, plan: Plan) -> Rates:
        """Return the rates of a plan's fleet, by the price model of its scenario."""
        service = sampled_service(plan)
        shells = plan.layout.shells
        weights = np.array([shell.n_sats for shell in shells])
        battery_j = float(np.average([shell.satellite.battery.capacity_j for shell in shells], weights=weights))
        price = price_of(plan, service)
        if price.impossible is not None or price.orbit is None:
            return cls(None, None, battery_j)
        power_kw = float(service.power.delivered_w) / 1e3
        usd_per_s = float(price.orbit.prices.usd_per_kw_year) * power_kw / JULIAN_YEAR_S
        kg_per_mwh = price.impact(CARBON).orbit.value
        return cls(usd_per_s, kg_per_mwh * power_kw / 1e3 / 3600.0, battery_j)


def job_columns(operated: Operated, rates: Rates) -> dict[str, Any]:
    """Return the columns of JOBS_TABLE for one policy."""
    column = operated.column
    held = column("held")
    dose = operated.fleet.dose_gy_per_s.mean()
    nan = np.full(len(held), np.nan)
    queues = np.array([queue.name for queue in operated.state.queues.queues])
    return {
        "policy": np.repeat(operated.policy.name, len(held)),
        "job": np.arange(len(held)),
        "queue": queues[column("queue")],
        "state": np.array(STATE_NAMES)[column("state")],
        "nodes": column("nodes"),
        "arrival_s": column("arrival_s"),
        "staged_s": column("staged_s"),
        "begin_s": column("first_begin_s"),
        "end_s": column("end_s"),
        "delivered_s": column("delivered_s"),
        "work_s": column("work_s"),
        "held_node_s": held,
        "useful_node_s": column("useful"),
        "lost_node_s": column("lost"),
        "overhead_node_s": column("overhead"),
        "dark_node_s": column("dark"),
        "job_energy_j": column("energy_j"),
        "job_battery_j": column("battery_j"),
        "battery_cycles": column("battery_j") / max(rates.battery_j, 1.0),
        "dose_gy": held * dose,
        "carbon_kg": nan if rates.carbon_kg_per_node_s is None else held * rates.carbon_kg_per_node_s,
        "job_cost_usd": nan if rates.usd_per_node_s is None else held * rates.usd_per_node_s,
        "stops": column("stops"),
        "moves": column("moves"),
        "node_failures": column("failures"),
    }


def invoice(operated: Operated, rates: Rates) -> list[dict[str, Any]]:
    """Return what each queue, the idle satellites and those out of service cost; the rows add up to the whole fleet."""
    held, queue = operated.column("held"), operated.column("queue")
    rows = [
        {
            "account": one.name,
            "jobs": int((queue == k).sum()),
            "node_s": float(held[queue == k].sum()),
            "energy_j": float(operated.column("energy_j")[queue == k].sum()),
        }
        for k, one in enumerate(operated.state.queues.queues)
        if (queue == k).any()
    ]
    rows.append({"account": "(idle satellites)", "jobs": 0, "node_s": operated.idle_node_s, "energy_j": 0.0})
    rows.append({"account": "(out of service)", "jobs": 0, "node_s": operated.down_node_s, "energy_j": 0.0})
    for row in rows:
        node_s = float(row["node_s"])  # type: ignore[arg-type]
        row["cost_usd"] = None if rates.usd_per_node_s is None else node_s * rates.usd_per_node_s
        row["carbon_kg"] = None if rates.carbon_kg_per_node_s is None else node_s * rates.carbon_kg_per_node_s
    return rows
