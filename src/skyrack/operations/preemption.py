"""Preemption: which jobs of lower priority would have to leave so that a job can start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from skyrack.operations import kernels
from skyrack.operations.nodes import FREE
from skyrack.operations.placement import DECISION, GANG, fresh_memory

if TYPE_CHECKING:
    from skyrack.operations.core import ControlState

MOST_S_TO_YIELD = 600.0
"""A job that has a reservation within this time has no others preempted."""


@dataclass(frozen=True)
class Room:
    """Place for a job, and the jobs that hold nodes there."""

    ring: int
    slot: int
    victims: NDArray[np.integer]
    """Rows of the jobs that would have to leave."""


def room_for(state: ControlState, row: int) -> Room | None:
    """Return where a job would start if preemptible jobs of lower priority left; None if that does not help, or not soon."""
    less = _active_of_less(state, row)
    if not len(less):
        return None
    if row in state.reservations and state.reservations[row].begin_s <= state.now_s + MOST_S_TO_YIELD:
        return None
    nodes = state.nodes
    holder = nodes.holder.copy()
    holder[np.isin(holder, less)] = FREE
    trial = nodes._replace(
        holder=holder,
        free_s=nodes.free_s.copy(),
        longest=np.diff(nodes.first).astype(np.int32),
        hint=nodes.hint.copy(),
        books=nodes.books.copy(),
    )
    asked, found = np.zeros(1, GANG), np.zeros(1, DECISION)
    kernels.fill_gangs(state.table.jobs, np.array([row]), state.rules, asked)
    state.place(trial, asked, fresh_memory(len(nodes.group)), found)
    ring, slot = int(found["ring"][0]), int(found["slot"][0])
    if ring < 0:
        return None
    victims = np.unique(nodes.holder[trial.holder == row])
    victims = victims[victims > FREE]
    return Room(ring, slot, victims) if len(victims) else None


def _active_of_less(state: ControlState, row: int) -> NDArray[np.int64]:
    """Return the rows of the jobs that hold nodes and may be preempted by a job."""
    jobs, active = state.table.jobs, state.active
    may = jobs.is_preemptible[active] & (jobs.priority[active] < jobs.priority[row]) & ~jobs.yields[active]
    return np.asarray(active[may], np.int64)
