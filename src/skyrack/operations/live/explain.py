"""Explanation of waiting jobs: the first reason, the earliest start as far as known, and what would help."""

from __future__ import annotations

import math
from typing import Any

from skyrack.core.units import display
from skyrack.forecast.windows import POWERED, SUNLIT
from skyrack.operations.core import ControlState
from skyrack.operations.nodes import DOWN, FREE
from skyrack.operations.placement import Gang, makes_headway_anywhere
from skyrack.operations.table import LIVE, QUEUED, STATE_NAMES, SUSPENDED


def explain(state: ControlState, row: int, now_s: float) -> dict[str, Any]:
    """Return reason, earliest start (s since the epoch; None if the forecast has none), and what would help."""
    jobs = state.table.jobs
    if jobs.state[row] == SUSPENDED:
        wait = display(max(float(jobs.resume_s[row]) - now_s, 0.0), "s")
        return _answer(f"its satellites are without power; it goes on in {wait}", float(jobs.resume_s[row]), [])
    if jobs.state[row] not in LIVE or jobs.state[row] != QUEUED:
        return _answer(f"it does not wait: it is {STATE_NAMES[jobs.state[row]]}", None, [])
    start_s = float(max(jobs.eligible_s[row], jobs.arrival_s[row]))
    if start_s > now_s + 1.0:
        is_up = bool(jobs.staged_s[row] <= now_s or jobs.in_bytes[row] <= 0.0)
        reason, help_ = (
            ("its start time has not come", "an earlier start_after")
            if is_up
            else ("its data is still on its way up", "less data to bring up, or more ground stations")
        )
        return _answer(f"it may start in {display(start_s - now_s, 's')} at the earliest: {reason}", start_s, [help_])
    gang = state.gang(row)
    queue = int(jobs.queue[row])
    if not state.queues.has_room(queue, gang.nodes):
        name = state.queues.queues[queue].name
        return _answer(
            f"queue {name!r} holds as many satellites as its quota allows", None, ["another queue, or a larger quota"]
        )
    free = int((state.nodes.holder == FREE).sum())
    out = int((state.nodes.holder == DOWN).sum())
    begin_s, _, _ = state.earliest(row)
    if state.policy.weights.failures > 0.0 and not makes_headway_anywhere(state.nodes, gang):
        return _answer(
            f"nowhere would {gang.nodes:,} satellites get on: one of them fails so often that restarts and lost work take "
            f"all of the time",
            None,
            ["fewer satellites", "checkpoints at shorter intervals", "a faster restart"],
        )
    if free < gang.nodes:
        down = f", {out:,} are out of service" if out else ""
        reason = f"it asks for {gang.nodes:,} satellites; {free:,} of {state.n_nodes:,} are free{down}"
    elif math.isfinite(begin_s) and begin_s <= now_s + state.tick_s:
        kept = sum(one != row for one in state.reservations)
        reason = "it starts at one of the next ticks" if not kept else "satellites are kept for a job that waits longer"
    else:
        light = "sunlight" if gang.condition == SUNLIT else "power"
        reason = f"no {gang.columns:,} free neighbours have {light} for as long as it needs to get anywhere"
    return _answer(reason, begin_s if math.isfinite(begin_s) else None, _helps(state, gang, begin_s, now_s))


def _helps(state: ControlState, gang: Gang, begin_s: float, now_s: float) -> list[str]:
    """Return changes of a job by which it would start earlier."""
    found = []
    if gang.condition == SUNLIT:
        earlier = state.earliest_of(gang._replace(condition=POWERED))[0]
        if earlier < begin_s - state.tick_s:
            found.append(f"light: preferred ({_when(earlier, now_s)})")
    for share in (2, 4):
        nodes = max(1, gang.nodes // share)
        if nodes == gang.nodes:
            continue
        columns = max(1, min(gang.columns, -(-nodes // gang.rows)))
        earlier = state.earliest_of(gang._replace(nodes=nodes, columns=columns))[0]
        if earlier < begin_s - state.tick_s:
            found.append(f"{nodes:,} satellites instead of {gang.nodes:,} ({_when(earlier, now_s)})")
            break
    return found


def _when(time_s: float, now_s: float) -> str:
    return "starts at once" if time_s <= now_s + 1.0 else f"starts in {display(time_s - now_s, 's')}"


def _answer(reason: str, start_s: float | None, helps: list[str]) -> dict[str, Any]:
    return {"reason": reason, "earliest_start_s": start_s, "what_would_help": helps}
