"""Compiled steps of the simulated engine: gangs work, checkpoint, go dark and fail as the twin's laws say."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import view, view_driver
from skyrack.forecast.windows import POWERED, battery_share, gang_up_left_s
from skyrack.operations.nodes import Nodes, fill_nodes
from skyrack.operations.table import (
    CHECKPOINT,
    CHECKPOINTED,
    FINISHED,
    INTERRUPTED,
    NODE_FAILED,
    RESUME,
    START,
    STOP,
)

Floats = NDArray[np.float64]
IDLE, STARTING, WORKING, STOPPED = range(4)
"""States of an attempt: none; restart or transfer; work; paused by a checkpoint or by the dark."""


class Attempts(NamedTuple):
    """State of the engine's attempts, by row of the table, each (row,)."""

    state: NDArray[np.int8]
    attempt: NDArray[np.int32]
    ring: NDArray[np.int32]
    slot: NDArray[np.int32]
    time_s: Floats
    """Time up to which the attempt has been followed."""
    base_s: Floats
    """Work saved at the begin of the present spell of work."""
    run_s: Floats
    """Time of full power since that begin."""
    rate: Floats
    """Time of full power for each second: below one where batteries feed less than the Sun."""
    dark_s: Floats
    """Time at which power ends; infinity if not within the forecast."""
    failure_s: Floats
    """Time at which a node of the gang fails."""
    checkpoint_at_s: Floats
    """Time at which a checkpoint was asked for; infinity without one."""
    resume_s: Floats
    """Time at which a stopped attempt starts again, and the overhead that it then has."""
    resume_overhead_s: Floats


class World(NamedTuple):
    """Numbers of the fleet that the engine works with, by ring."""

    dark_rate: Floats
    """Arithmetic rate in the dark over that in sunlight, (ring,)."""
    failures_per_s: Floats
    """Rate of node failures of one satellite, (ring,)."""
    busy_w: Floats
    """Power of computers and bus of one working satellite, (ring,)."""
    nodes: Nodes
    """Nodes of the fleet, for their arrangement in rings."""
    seed: int


@view
def uniform(seed, row, attempt):
    """Return a random number in (0, 1) that depends on its arguments alone."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    x += np.uint64(row) * np.uint64(0xD1B54A32D192ED03) + np.uint64(attempt) * np.uint64(0x8CB92BA72F3D8DD7)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return (float(x >> np.uint64(11)) + 0.5) / 9007199254740992.0


@view
def work_in_s(run_s, every_s, checkpoint_s):
    """Return the work done in a time of full power that begins with work and is interrupted by periodic checkpoints."""
    if every_s > 1e30:
        return run_s
    cycle_s = every_s + checkpoint_s
    whole = math.floor(run_s / cycle_s)
    return whole * every_s + min(run_s - whole * cycle_s, every_s)


@view
def time_for_s(work_s, every_s, checkpoint_s):
    """Return the time of full power in which an amount of work is done; the last checkpoint is left out."""
    if every_s > 1e30:
        return work_s
    return work_s + max(math.ceil(work_s / every_s - 1e-9) - 1.0, 0.0) * checkpoint_s


@view
def saved_in_s(run_s, every_s, checkpoint_s):
    """Return the work that the periodic checkpoints hold after a time of full power."""
    if every_s > 1e30:
        return 0.0
    return math.floor(run_s / (every_s + checkpoint_s)) * every_s


@view
def _enter_work(jobs, attempts, world, sky, row, time_s, scratch):
    """Begin a spell of work: find when power ends, and at which rate the gang works."""
    count = fill_nodes_of(jobs, attempts, row, world, scratch)
    left_s = gang_up_left_s(scratch[:count], sky, time_s, POWERED)
    attempts.state[row] = WORKING
    attempts.time_s[row] = time_s
    attempts.base_s[row] = jobs.saved_s[row]
    attempts.run_s[row] = 0.0
    attempts.dark_s[row] = time_s + left_s
    share = battery_share(sky.plane[scratch[0]], sky, time_s)
    attempts.rate[row] = 1.0 - share * (1.0 - world.dark_rate[attempts.ring[row]])


@view
def fill_nodes_of(jobs, attempts, row, world, scratch):
    """Write the nodes of an attempt; return their number."""
    return fill_nodes(world.nodes, attempts.ring[row], attempts.slot[row], jobs.columns[row], jobs.nodes[row], scratch)


@view
def _account_work(jobs, attempts, world, sky, row, until_s):
    """Follow a spell of work to a time, with its energy."""
    past_s = until_s - attempts.time_s[row]
    ring, k = attempts.ring[row], jobs.nodes[row]
    attempts.run_s[row] += past_s * attempts.rate[row]
    jobs.dark[row] += past_s * (1.0 - attempts.rate[row]) * k
    energy_j = past_s * world.busy_w[ring] * k
    jobs.energy_j[row] += energy_j
    if jobs.condition[row] == POWERED:
        node = world.nodes.first[ring] + attempts.slot[row]
        jobs.battery_j[row] += energy_j * battery_share(sky.plane[node], sky, attempts.time_s[row])
    attempts.time_s[row] = until_s


@view
def _close_spell(jobs, attempts, row, saved_s):
    """Count the time of a spell of work as useful, lost or overhead; return the work that is saved."""
    every_s, checkpoint_s = jobs.every_s[row], jobs.checkpoint_s[row]
    run_s, k = attempts.run_s[row], jobs.nodes[row]
    done_s = work_in_s(run_s, every_s, checkpoint_s)
    kept_s = max(saved_s, 0.0)
    jobs.useful[row] += kept_s * k
    jobs.lost[row] += (done_s - kept_s) * k
    jobs.overhead[row] += (run_s - done_s) * k
    attempts.base_s[row] += kept_s
    attempts.run_s[row] = 0.0
    return attempts.base_s[row]


@view
def _report(reports, n, kind, row, attempt, time_s, saved_s):
    reports[n].kind, reports[n].row, reports[n].attempt = kind, row, attempt
    reports[n].time_s, reports[n].saved_s = time_s, saved_s
    return n + 1


@view_driver
def carry_out(jobs, attempts, world, actions, n_actions):
    """Take the actions of the control plane."""
    for k in range(n_actions):
        row, kind = actions[k].row, actions[k].kind
        if kind == START:
            attempts.state[row] = STARTING
            attempts.attempt[row] = actions[k].attempt
            attempts.ring[row], attempts.slot[row] = actions[k].ring, actions[k].slot
            attempts.time_s[row] = actions[k].time_s
            attempts.resume_s[row] = actions[k].time_s
            attempts.resume_overhead_s[row] = actions[k].overhead_s
            attempts.checkpoint_at_s[row] = np.inf
            rate_per_s = world.failures_per_s[actions[k].ring] * jobs.nodes[row]
            attempts.failure_s[row] = np.inf
            if rate_per_s > 0.0:
                draw = uniform(world.seed, row, actions[k].attempt)
                attempts.failure_s[row] = actions[k].time_s - math.log(draw) / rate_per_s
        elif attempts.attempt[row] != actions[k].attempt or attempts.state[row] == IDLE:
            continue
        elif kind == CHECKPOINT:
            attempts.checkpoint_at_s[row] = actions[k].time_s
        elif kind == RESUME:
            attempts.resume_s[row] = actions[k].time_s
            attempts.resume_overhead_s[row] = actions[k].overhead_s
        elif kind == STOP:
            attempts.state[row] = IDLE


@view_driver
def advance(jobs, attempts, world, sky, active, n_active, until_s, scratch, reports):
    """Follow the attempts of the active rows to a time; return the number of reports, at most four for each row."""
    n = 0
    for position in range(n_active):
        row = active[position]
        k = jobs.nodes[row]
        for _ in range(64):
            state, attempt = attempts.state[row], attempts.attempt[row]
            if state == IDLE:
                break
            if state == STOPPED:
                if attempts.resume_s[row] > until_s:
                    break
                jobs.dark[row] += (attempts.resume_s[row] - attempts.time_s[row]) * k
                attempts.time_s[row] = attempts.resume_s[row]
                attempts.state[row] = STARTING
                continue
            if state == STARTING:
                ready_s = attempts.resume_s[row] + attempts.resume_overhead_s[row]
                if ready_s > until_s and attempts.failure_s[row] > until_s:
                    break
                end_s = max(min(ready_s, attempts.failure_s[row]), attempts.time_s[row])
                jobs.overhead[row] += (end_s - attempts.time_s[row]) * k
                attempts.time_s[row] = end_s
                if attempts.failure_s[row] < ready_s:
                    attempts.state[row] = IDLE
                    n = _report(reports, n, NODE_FAILED, row, attempt, end_s, jobs.saved_s[row])
                    break
                _enter_work(jobs, attempts, world, sky, row, ready_s, scratch)
                continue
            # at work: what comes first
            every_s, checkpoint_s = jobs.every_s[row], jobs.checkpoint_s[row]
            left_s = jobs.work_s[row] - attempts.base_s[row]
            full_s = time_for_s(left_s, every_s, checkpoint_s)
            end_s = attempts.time_s[row] + max(full_s - attempts.run_s[row], 0.0) / attempts.rate[row]
            asked_s = max(attempts.checkpoint_at_s[row], attempts.time_s[row])
            first_s = min(end_s, asked_s, attempts.dark_s[row], attempts.failure_s[row])
            if first_s > until_s or (first_s == asked_s and asked_s + checkpoint_s > until_s):
                break
            _account_work(jobs, attempts, world, sky, row, first_s)
            if first_s == end_s:
                saved = _close_spell(jobs, attempts, row, left_s)
                attempts.state[row] = IDLE
                n = _report(reports, n, FINISHED, row, attempt, first_s, saved)
                break
            if first_s == asked_s and asked_s < attempts.dark_s[row]:
                # the checkpoint takes its time; a failure meanwhile finds the one before it
                attempts.checkpoint_at_s[row] = np.inf
                done_s = work_in_s(attempts.run_s[row], every_s, checkpoint_s)
                saved = _close_spell(jobs, attempts, row, done_s)
                jobs.overhead[row] += checkpoint_s * k
                attempts.time_s[row] = first_s + checkpoint_s
                attempts.state[row], attempts.resume_s[row] = STOPPED, np.inf
                n = _report(reports, n, CHECKPOINTED, row, attempt, attempts.time_s[row], saved)
                break
            held_s = saved_in_s(attempts.run_s[row], every_s, checkpoint_s)
            saved = _close_spell(jobs, attempts, row, held_s)
            if first_s == attempts.failure_s[row]:
                attempts.state[row] = IDLE
                n = _report(reports, n, NODE_FAILED, row, attempt, first_s, saved)
                break
            attempts.state[row], attempts.resume_s[row] = STOPPED, np.inf
            n = _report(reports, n, INTERRUPTED, row, attempt, first_s, saved)
            break
    return n


@view_driver
def close_books(jobs, attempts, world, sky, active, n_active, until_s):
    """Count what is under way at the end of a simulation: work so far is useful, waiting is waiting."""
    for position in range(n_active):
        row = active[position]
        k = jobs.nodes[row]
        if attempts.state[row] == WORKING:
            _account_work(jobs, attempts, world, sky, row, until_s)
            done_s = work_in_s(attempts.run_s[row], jobs.every_s[row], jobs.checkpoint_s[row])
            _close_spell(jobs, attempts, row, done_s)
        elif attempts.state[row] == STARTING:
            jobs.overhead[row] += (until_s - attempts.time_s[row]) * k
        elif attempts.state[row] == STOPPED:
            jobs.dark[row] += (until_s - attempts.time_s[row]) * k
        jobs.held[row] += (until_s - jobs.held_since_s[row]) * k
        jobs.held_since_s[row] = until_s
