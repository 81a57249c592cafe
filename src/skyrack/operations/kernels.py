"""Compiled steps of the control plane: what follows from an engine's reports, and what is planned before the light ends."""

import math
from typing import NamedTuple

import numpy as np

from skyrack.core.jit import view, view_driver
from skyrack.forecast.windows import NEVER_S, gang_down_left_s, gang_up_left_s
from skyrack.operations.nodes import claim, fill_nodes, release
from skyrack.operations.placement import MOMENT_S, NOWHERE, Gang, expected_end_s, forget, search, see
from skyrack.operations.table import (
    CHECKPOINT,
    CHECKPOINTED,
    DONE,
    FAILED,
    FINISHED,
    INTERRUPTED,
    QUEUED,
    RESUME,
    RUNNING,
    START,
    STOP,
    SUSPENDED,
)


class Rules(NamedTuple):
    """Rules of a policy, as compiled code reads them."""

    plans: bool
    """True if checkpoints are planned before light or power ends."""
    moves: bool
    """True if a job may then move to other nodes."""
    needs_light: bool
    """True if a job only begins where its condition holds now."""
    requeues: bool
    """True if a job that an eclipse has stopped is queued again; otherwise it waits on its nodes for the light."""
    good_cost: float
    """Cost of a placement that is taken without comparing others."""
    max_rings: int
    """Number of rings with room that are compared."""
    margin_s: float
    """Time before the end of light or power by which a planned checkpoint is complete."""
    link_bit_per_s: float
    """Data rate at which checkpoints move along a ring, for each node."""
    dark_rate_frac: float
    """Lowest arithmetic rate on batteries over that in sunlight: jobs take longer by it."""


@view
def work_left_s(jobs, row):
    """Return the time of full power of the work that a job has still to do, with its periodic checkpoints."""
    left_s = max(jobs.work_s[row] - jobs.saved_s[row], 0.0)
    every_s = jobs.every_s[row]
    n_checkpoints = math.floor(left_s / every_s) if every_s < 1e30 else 0.0
    return left_s + n_checkpoints * jobs.checkpoint_s[row]


@view
def start_overhead_s(jobs, row, moved_bytes, rules):
    """Return the time from the start of an attempt to its first work: restart, and the transfer of a checkpoint."""
    if jobs.saved_s[row] <= 0.0:
        return 0.0
    transfer_s = 8.0 * moved_bytes / (rules.link_bit_per_s * jobs.nodes[row]) if moved_bytes > 0.0 else 0.0
    return jobs.restart_s[row] + transfer_s


@view
def remaining_s(jobs, row, rules):
    """Return the time that a job still needs from its next start on, at the slowest rate at which it may work."""
    moved_bytes = jobs.state_bytes[row] if jobs.attempt[row] > 0 else 0.0
    return work_left_s(jobs, row) / rules.dark_rate_frac + start_overhead_s(jobs, row, moved_bytes, rules)


@view
def least_s(jobs, row, rules):
    """Return the shortest light in which a job may begin: it must start, work as long again, and be checkpointed."""
    if not rules.plans:
        return MOMENT_S if rules.needs_light else -1.0
    overhead_s = start_overhead_s(jobs, row, jobs.state_bytes[row], rules) + jobs.checkpoint_s[row] + rules.margin_s
    return min(remaining_s(jobs, row, rules) + rules.margin_s, 2.0 * overhead_s)


@view
def failure_cost_s(jobs, row):
    """Return the time that a failure costs a job: the restart, and half the time between two checkpoints."""
    return jobs.restart_s[row] + 0.5 * min(jobs.every_s[row], work_left_s(jobs, row))


@view
def gang_of(jobs, row, rules):
    """Return what a job asks for."""
    return Gang(
        row,
        jobs.nodes[row],
        jobs.rows[row],
        jobs.columns[row],
        jobs.condition[row],
        remaining_s(jobs, row, rules),
        least_s(jobs, row, rules),
        failure_cost_s(jobs, row),
    )


@view
def plan_action(jobs, row, left_s, now_s, rules):
    """Set the time of the next planned checkpoint of a job that begins or resumes now, with so much light left."""
    jobs.action_s[row] = np.inf
    if rules.plans and left_s < NEVER_S:
        needed_s = remaining_s(jobs, row, rules)
        early_s = max(left_s - jobs.checkpoint_s[row] - rules.margin_s, 0.0)
        # one that should end before needs none, unless it takes longer than declared
        jobs.action_s[row] = now_s + (early_s if left_s < needed_s else max(early_s, needed_s + 1.0))


@view
def begin(jobs, row, ring, slot, now_s, left_s, overhead_s, rules, actions, n):
    """Start an attempt of a job whose nodes are claimed; return the number of actions."""
    jobs.state[row] = RUNNING
    jobs.attempt[row] += 1
    jobs.ring[row], jobs.slot[row] = ring, slot
    jobs.begin_s[row] = now_s
    if math.isnan(jobs.first_begin_s[row]):
        jobs.first_begin_s[row] = now_s
    jobs.held_since_s[row] = now_s
    plan_action(jobs, row, left_s, now_s, rules)
    actions[n].kind, actions[n].row, actions[n].attempt = START, row, jobs.attempt[row]
    actions[n].ring, actions[n].slot, actions[n].time_s = ring, slot, now_s
    actions[n].overhead_s, actions[n].saved_s = overhead_s, jobs.saved_s[row]
    return n + 1


@view
def leave(jobs, nodes, row, time_s):
    """Take the nodes from a job that holds some, and count the node-seconds that it held."""
    if jobs.ring[row] < 0:
        return
    release(nodes, row, jobs.ring[row], jobs.slot[row], jobs.rows[row], jobs.columns[row], jobs.nodes[row], time_s)
    jobs.held[row] += (time_s - jobs.held_since_s[row]) * jobs.nodes[row]
    jobs.held_since_s[row] = np.nan
    jobs.ring[row] = NOWHERE
    jobs.action_s[row] = np.inf
    jobs.yields[row] = False


@view_driver
def start_placed(jobs, rows, found, now_s, rules, actions):
    """Start the jobs for which `place_many` found a place; return the number of actions."""
    n = 0
    for k in range(len(rows)):
        if found[k].ring >= 0:
            row = rows[k]
            moved_bytes = jobs.state_bytes[row] if jobs.attempt[row] > 0 else 0.0
            overhead_s = start_overhead_s(jobs, row, moved_bytes, rules)
            n = begin(jobs, row, found[k].ring, found[k].slot, now_s, found[k].left_s, overhead_s, rules, actions, n)
    return n


@view_driver
def plan_checkpoints(jobs, active, n_active, until_s, actions):
    """Ask for the checkpoints that are due before a time; return the number of actions."""
    n = 0
    for k in range(n_active):
        row = active[k]
        if jobs.state[row] == RUNNING and jobs.action_s[row] < until_s:
            actions[n].kind, actions[n].row, actions[n].attempt = CHECKPOINT, row, jobs.attempt[row]
            actions[n].time_s = jobs.action_s[row]
            jobs.action_s[row] = np.inf
            n += 1
    return n


@view
def _after_checkpoint(jobs, nodes, sky, row, time_s, now_s, weights, rules, memory, scratch, actions, n):
    """Decide what a job does that was checkpointed before its light ends: wait on its nodes, move, or stop.

    All are compared by the node-seconds that they cost. Return the number of actions.
    """
    jobs.moves[row] += 1
    if jobs.yields[row]:
        leave(jobs, nodes, row, time_s)
        jobs.state[row] = QUEUED
        return n
    gang = gang_of(jobs, row, rules)
    ring, slot = jobs.ring[row], jobs.slot[row]
    count = fill_nodes(nodes, ring, slot, gang.columns, gang.nodes, scratch)
    dark_at_s = time_s + gang_up_left_s(scratch[:count], sky, time_s, gang.condition)
    down_s = gang_down_left_s(scratch[:count], sky, dark_at_s, gang.condition)
    wait_s = dark_at_s + down_s - time_s
    if rules.moves:
        move_s = start_overhead_s(jobs, row, jobs.state_bytes[row], rules)
        if move_s < wait_s:
            forget(memory)
            found, at, _ = search(weights, rules.good_cost, rules.max_rings, nodes, sky, gang, now_s, memory, scratch)
            if found >= 0:
                seen = see(nodes, sky, gang, found, at, now_s, scratch)
                # worth it if the new place offers more work than the move costs
                if seen.left_s > 2.0 * move_s + jobs.checkpoint_s[row] + rules.margin_s:
                    leave(jobs, nodes, row, time_s)
                    until_s = expected_end_s(sky, gang, scratch, seen.left_s, now_s, nodes, found, at)
                    claim(nodes, row, found, at, gang.rows, gang.columns, gang.nodes, now_s, until_s)
                    return begin(jobs, row, found, at, now_s, seen.left_s, move_s, rules, actions, n)
    next_s = 0.0
    if down_s < NEVER_S:
        next_s = gang_up_left_s(scratch[:count], sky, time_s + wait_s, gang.condition)
    if next_s < gang.least_s:
        leave(jobs, nodes, row, time_s)
        jobs.state[row] = QUEUED
        return n
    jobs.state[row] = SUSPENDED
    until_s = expected_end_s(sky, gang, scratch, 0.0, time_s, nodes, ring, slot)
    claim(nodes, row, ring, slot, gang.rows, gang.columns, gang.nodes, time_s, until_s)
    jobs.resume_s[row] = time_s + wait_s
    actions[n].kind, actions[n].row, actions[n].attempt = RESUME, row, jobs.attempt[row]
    actions[n].time_s, actions[n].overhead_s, actions[n].saved_s = (
        jobs.resume_s[row],
        jobs.restart_s[row],
        jobs.saved_s[row],
    )
    return n + 1


@view_driver
def react(jobs, nodes, sky, reports, n_reports, now_s, weights, rules, memory, scratch, actions):
    """Fold the reports of an engine into the table, in their order; return the number of actions.

    A report on another attempt than the present one is ignored: it comes from a process that was given up.
    """
    n = 0
    for k in range(n_reports):
        row, kind, time_s = reports[k].row, reports[k].kind, reports[k].time_s
        if reports[k].attempt != jobs.attempt[row] or (jobs.state[row] != RUNNING and jobs.state[row] != SUSPENDED):
            continue
        if kind == FINISHED:
            leave(jobs, nodes, row, time_s)
            jobs.state[row], jobs.end_s[row] = DONE, time_s
            jobs.saved_s[row] = jobs.work_s[row]
        elif kind == CHECKPOINTED:
            jobs.saved_s[row] = max(reports[k].saved_s, jobs.saved_s[row])
            n = _after_checkpoint(jobs, nodes, sky, row, time_s, now_s, weights, rules, memory, scratch, actions, n)
        elif kind == INTERRUPTED:
            jobs.stops[row] += 1
            jobs.saved_s[row] = max(reports[k].saved_s, jobs.saved_s[row])
            gang = gang_of(jobs, row, rules)
            count = fill_nodes(nodes, jobs.ring[row], jobs.slot[row], gang.columns, gang.nodes, scratch)
            down_s = gang_down_left_s(scratch[:count], sky, time_s, 0)
            if rules.requeues or down_s >= NEVER_S:
                leave(jobs, nodes, row, time_s)
                jobs.state[row] = QUEUED
                actions[n].kind, actions[n].row, actions[n].attempt = STOP, row, jobs.attempt[row]
                actions[n].time_s = time_s
            else:
                jobs.state[row] = SUSPENDED
                jobs.resume_s[row] = time_s + down_s
                actions[n].kind, actions[n].row, actions[n].attempt = RESUME, row, jobs.attempt[row]
                actions[n].time_s, actions[n].overhead_s, actions[n].saved_s = (
                    jobs.resume_s[row],
                    jobs.restart_s[row],
                    jobs.saved_s[row],
                )
            n += 1
        else:
            jobs.failures[row] += 1
            jobs.saved_s[row] = max(reports[k].saved_s, jobs.saved_s[row])
            leave(jobs, nodes, row, time_s)
            jobs.state[row] = QUEUED
            if jobs.failures[row] > jobs.retries[row]:
                jobs.state[row], jobs.end_s[row] = FAILED, time_s
    return n


@view_driver
def resume_due(jobs, nodes, sky, active, n_active, until_s, rules, scratch):
    """Mark the suspended jobs as running that an engine resumes before a time, and plan their next checkpoint."""
    for k in range(n_active):
        row = active[k]
        if jobs.state[row] == SUSPENDED and jobs.resume_s[row] < until_s:
            at_s = jobs.resume_s[row]
            jobs.state[row], jobs.resume_s[row] = RUNNING, np.inf
            gang = gang_of(jobs, row, rules)
            count = fill_nodes(nodes, jobs.ring[row], jobs.slot[row], gang.columns, gang.nodes, scratch)
            left_s = gang_up_left_s(scratch[:count], sky, at_s, gang.condition)
            plan_action(jobs, row, left_s, at_s, rules)


@view_driver
def live_rows(jobs, active, n_active):
    """Keep, in order, the rows that hold nodes; return their number."""
    n = 0
    for k in range(n_active):
        row = active[k]
        if jobs.state[row] == RUNNING or jobs.state[row] == SUSPENDED:
            active[n] = row
            n += 1
    return n


@view_driver
def fill_gangs(jobs, rows, rules, gangs):
    """Write what jobs ask for to an array of GANG, (job,)."""
    for k in range(len(rows)):
        row = rows[k]
        gangs[k].row, gangs[k].nodes = row, jobs.nodes[row]
        gangs[k].rows, gangs[k].columns = jobs.rows[row], jobs.columns[row]
        gangs[k].condition = jobs.condition[row]
        gangs[k].needed_s = remaining_s(jobs, row, rules)
        gangs[k].least_s = least_s(jobs, row, rules)
        gangs[k].failure_s = failure_cost_s(jobs, row)


@view_driver
def leave_row(jobs, nodes, row, time_s):
    """Take the nodes from one job, as when it is cancelled."""
    leave(jobs, nodes, row, time_s)


@view_driver
def gang_asked(jobs, row, rules):
    """Return what a job asks for."""
    return gang_of(jobs, row, rules)
