"""Jobs, queues, satellites, events and accounts of a control plane, as rows for tables and services."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from skyrack.forecast.windows import POWERED
from skyrack.operations.engines.runs import JobFolder
from skyrack.operations.live.controller import Controller
from skyrack.operations.live.explain import explain
from skyrack.operations.live.standing import Order, Standing, happenings
from skyrack.operations.nodes import DOWN, FREE
from skyrack.operations.table import QUEUED, STATE_NAMES, JobTable


def overview(control: Controller) -> dict[str, Any]:
    """Return time, policy, numbers of jobs by state and of satellites, and a problem if there is one."""
    with control.lock:
        states = control.state.table.column("state")
        holder = control.state.nodes.holder
        return {
            "title": control.world.forecast.plan.scenario.title,
            "time_s": control.time.now_s(),
            "epoch": control.world.forecast.epoch.isoformat(),
            "speed": control.world.speed,
            "policy": control.world.policy.name,
            "looks": control.looks,
            "problem": control.problem,
            "jobs": {name: int((states == k).sum()) for k, name in enumerate(STATE_NAMES)},
            "satellites": {
                "all": len(holder),
                "busy": int((holder > FREE).sum()),
                "free": int((holder == FREE).sum()),
                "out_of_service": int((holder == DOWN).sum()),
            },
            "broken_promises": control.state.broken_promises,
            "records": control.journal.next_number,
        }


def job_rows(control: Controller, *, live_only: bool = False) -> list[dict[str, Any]]:
    """Return all jobs, in order of submission."""
    with control.lock:
        table = control.state.table
        rows = range(table.n)
        now_s = control.time.now_s()
        found = [_job(control, table, control.standing.orders[row], row, now_s) for row in rows]
        for row, one in zip(rows, found, strict=True):
            one["satellites"] = control.satellites_of(row)
    return [one for one in found if not live_only or one["end_s"] is None]


def job_row(control: Controller, job: int) -> dict[str, Any]:
    """Return one job with its manifest, and why it waits. Raises InputError where there is none."""
    with control.lock:
        row = control.row_of(job)
        order = control.standing.orders[row]
        found = _job(control, control.state.table, order, row, control.time.now_s())
        run = control.standing.runs.get(row)
        found |= {
            "satellites": control.satellites_of(row),
            "manifest": order.manifest.to_document(),
            "run": None if run is None else run.number,
        }
        if control.state.table.jobs.state[row] == QUEUED:
            found["why"] = explain(control.state, row, control.time.now_s())
    return found


def why(control: Controller, job: int) -> dict[str, Any]:
    """Return why a job waits. Raises InputError where there is none."""
    with control.lock:
        return {"job": job, **explain(control.state, control.row_of(job), control.time.now_s())}


def jobs_as_of(control: Controller, time_s: float) -> list[dict[str, Any]]:
    """Return all jobs as they stood at a time (s since the epoch), from the journal."""
    at_s = min(time_s, control.time.now_s())
    past = Standing.of_journal(control.folder / "journal", at_s)
    return [_job(control, past.table, order, row, at_s) for row, order in enumerate(past.orders)]


def _job(control: Controller, table: JobTable, order: Order, row: int, now_s: float) -> dict[str, Any]:
    jobs, rates = table.jobs, control.world.rates
    held = float(jobs.held[row])
    if not math.isnan(jobs.held_since_s[row]):
        held += max(now_s - float(jobs.held_since_s[row]), 0.0) * int(jobs.nodes[row])
    return {
        "job": row + 1,
        "name": order.manifest.name,
        "user": order.user,
        "queue": order.manifest.queue,
        "state": STATE_NAMES[int(jobs.state[row])],
        "n_satellites": int(jobs.nodes[row]),
        "priority": int(jobs.priority[row]),
        "arrival_s": float(jobs.arrival_s[row]),
        "staged_s": _time(jobs.staged_s[row]) if jobs.in_bytes[row] > 0.0 else None,
        "begin_s": _time(jobs.first_begin_s[row]),
        "end_s": _time(jobs.end_s[row]),
        "delivered_s": _time(jobs.delivered_s[row]),
        "promised_s": _time(jobs.promised_s[row]),
        "attempts": int(jobs.attempt[row]),
        "failures": int(jobs.failures[row]),
        "stops": int(jobs.stops[row]),
        "moves": int(jobs.moves[row]),
        "saved_frac": min(float(jobs.saved_s[row]) / float(jobs.work_s[row]), 1.0),
        "held_node_s": held,
        "useful_node_s": float(jobs.useful[row]),
        "lost_node_s": float(jobs.lost[row]),
        "overhead_node_s": float(jobs.overhead[row]),
        "dark_node_s": float(jobs.dark[row]),
        "job_energy_j": float(jobs.energy_j[row]),
        "job_battery_j": float(jobs.battery_j[row]),
        "job_cost_usd": None if rates.usd_per_node_s is None else held * rates.usd_per_node_s,
        "carbon_kg": None if rates.carbon_kg_per_node_s is None else held * rates.carbon_kg_per_node_s,
    }


def _time(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def queue_rows(control: Controller) -> list[dict[str, Any]]:
    """Return the queues with share, quota, use, and the jobs in them."""
    with control.lock:
        queue, states = control.state.table.column("queue"), control.state.table.column("state")
        return [
            row | {"waiting": int(((queue == k) & (states == QUEUED)).sum()), "jobs": int((queue == k).sum())}
            for k, row in enumerate(control.state.queues.rows())
        ]


def node_rows(control: Controller) -> list[dict[str, Any]]:
    """Return the satellites: machine, job, light now and until when."""
    with control.lock:
        now_s, holder = control.time.now_s(), control.state.nodes.holder.copy()
        machines = control.world.machines
        nodes = np.arange(len(holder))
        light = control.world.fleet.light
        is_up, left_s = light.windows(nodes, np.full(len(nodes), now_s), POWERED)
    return [
        {
            "satellite": machines.satellites[node],
            "machine": machines.names[node],
            "state": "out of service" if holder[node] == DOWN else "free" if holder[node] == FREE else "busy",
            "job": int(holder[node]) + 1 if holder[node] > FREE else None,
            "has_power": bool(is_up[node]),
            "changes_in_s": float(left_s[node]) if left_s[node] < 1e9 else None,
        }
        for node in nodes
    ]


def event_rows(control: Controller, first: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
    """Return the latest events, from a record of the journal on."""
    return list(happenings(control.folder / "journal", first))[-limit:]


def timeline(control: Controller, begin_s: float, end_s: float) -> dict[str, Any]:
    """Return, for a chart over time, when satellites have power and contact, and which jobs held them (s since the epoch)."""
    with control.lock:
        machines, light = control.world.machines, control.world.fleet.light
        spans: list[dict[str, Any]] = []
        opened: dict[int, tuple[float, list[str]]] = {}
        now_s = control.time.now_s()
    lit = [light.intervals(node, begin_s, end_s, POWERED) for node in range(len(machines.satellites))]
    for event in event_rows(control, limit=1_000_000):
        job = event["job"]
        if job is None:
            continue
        if event["what"] == "placed":
            opened[job] = (event["time_s"], event["satellites"])
        elif event["what"] in _ENDS and job in opened:
            started_s, satellites = opened.pop(job)
            spans.append(_span(job, started_s, event["time_s"], satellites))
    for job, (started_s, satellites) in opened.items():
        spans.append(_span(job, started_s, now_s, satellites) | {"is_open": True})
    sight = control.world.sight
    contacts: list[list[tuple[float, float]]] = [] if sight is None else sight.contacts(begin_s, end_s)
    return {
        "satellites": list(machines.satellites),
        "power": [[[a, b] for a, b in one] for one in lit],
        "contacts": [[[a, b] for a, b in one] for one in contacts],
        "spans": [one for one in spans if one["end_s"] >= begin_s and one["begin_s"] <= end_s],
        "time_s": now_s,
        "begin_s": begin_s,
        "end_s": end_s,
    }


def _span(job: int, begin_s: float, end_s: float, satellites: list[str]) -> dict[str, Any]:
    return {"job": job, "begin_s": begin_s, "end_s": end_s, "satellites": satellites, "is_open": False}


def places(control: Controller, time_s: float) -> dict[str, Any] | None:
    """Return where the satellites are at a time (s since the epoch), the Sun and the stations; None where nobody looks.

    Positions are in metres in the inertial frame, the Sun is a unit vector there, the sidereal angle is that of Greenwich.
    """
    sight = control.world.sight
    if sight is None:
        return None
    nodes = np.arange(len(control.world.machines.satellites))
    is_up, _ = control.world.fleet.light.windows(nodes, np.full(len(nodes), time_s), POWERED)
    stations = sight.station_places
    return {
        "time_s": time_s,
        "satellites": list(control.world.machines.satellites),
        "position_m": sight.positions_m(time_s).tolist(),
        "has_power": is_up.tolist(),
        "sun": sight.sun(time_s).tolist(),
        "sidereal_rad": sight.sidereal_rad(time_s),
        "stations": [
            {"name": name, "latitude_rad": float(a), "longitude_rad": float(b)}
            for name, a, b in zip(stations.names, stations.latitude_rad, stations.longitude_rad, strict=True)
        ],
    }


_ENDS = ("finished", "checkpointed", "node failed", "crashed", "interrupted", "cancelled")


def bill(control: Controller) -> list[dict[str, Any]]:
    """Return the account of each user and queue; idle and lost satellites besides, so that all add up to the fleet."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for job in job_rows(control):
        key = job["user"], job["queue"]
        row = found.setdefault(
            key, {"user": key[0], "queue": key[1], "jobs": 0, "node_s": 0.0, "energy_j": 0.0, "cost_usd": None}
        )
        row["jobs"] += 1
        row["node_s"] += job["held_node_s"]
        row["energy_j"] += job["job_energy_j"]
        if job["job_cost_usd"] is not None:
            row["cost_usd"] = (row["cost_usd"] or 0.0) + job["job_cost_usd"]
    with control.lock:
        idle, down = control.state.idle_and_down(control.time.now_s())
    rate = control.world.rates.usd_per_node_s
    for name, node_s in (("(idle satellites)", idle), ("(out of service)", down)):
        cost = None if rate is None else rate * node_s
        found[name, ""] = {"user": name, "queue": "", "jobs": 0, "node_s": node_s, "energy_j": 0.0, "cost_usd": cost}
    return list(found.values())


def log_text(control: Controller, job: int, most_bytes: int = 1_000_000) -> str:
    """Return the end of the output of a job's latest run; empty before it has any. Raises InputError where there is none."""
    with control.lock:
        row = control.row_of(job)
        run = control.standing.runs.get(row)
    if run is None:
        return ""
    path = JobFolder(control.jobs_folder, job).log(run.number)
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - most_bytes, 0))
        return file.read().decode(errors="replace")
