"""Admission of jobs: what can be known at submission to be impossible is refused then, with the figure that decides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from skyrack.core.errors import InputError
from skyrack.core.units import display
from skyrack.forecast.forecast import Forecast
from skyrack.forecast.windows import NEVER_S, POWERED, SUNLIT
from skyrack.operations.accounting import Rates
from skyrack.operations.core import MARGIN_S, ControlState
from skyrack.operations.manifest import Manifest
from skyrack.operations.simulation import Fleet
from skyrack.operations.staging import uploads_done_s
from skyrack.operations.workload import shape_of
from skyrack.orbits.ground import cities_of

WATCHED = 256
"""Number of nodes by which the longest light of a fleet is found."""


def admit(
    manifest: Manifest, forecast: Forecast, fleet: Fleet, state: ControlState, rates: Rates, now_s: float
) -> dict[str, Any]:
    """Return the columns of the job table for a manifest that is submitted at a time (s since the epoch).

    `fleet` are the satellites that jobs are placed on: those of the forecast, or a part of them.

    Raises InputError for a gang that fits nowhere, a checkpoint longer than the light, a deadline before the earliest end, a
    city that never sees the fleet, data that cannot be up in time, an unknown queue or one whose quota is too small, and a
    budget that the work exceeds.
    """
    name = manifest.name
    queue = state.queues.leaf(manifest.queue)
    rows, columns = _shape(manifest, fleet)
    nodes = manifest.gang.satellites
    if not state.queues.fits(queue, nodes):
        most = min(state.queues.queues[one].max_nodes for one in state.queues.paths[queue])
        raise InputError(f"{name}: gang.satellites: queue {manifest.queue!r} may hold {most:,.0f} satellites at most")
    condition = SUNLIT if manifest.needs.light == "required" else POWERED
    _check_light(manifest, fleet, condition, now_s)
    _check_cities(manifest, forecast)
    start_s = now_s + manifest.time.start_after_s
    if start_s > forecast.end_s:
        raise InputError(
            f"{name}: time.start_after: {display(manifest.time.start_after_s, 's')} after submission lies beyond the "
            f"forecast, which ends in {display(forecast.end_s - now_s, 's')}; submit the job later"
        )
    staged_s = now_s
    if manifest.data.in_bytes > 0.0:
        staged_s = forecast.ground.done_at_s(manifest.data.in_bytes, max(now_s, uploads_done_s(state.table)))
    if math.isinf(staged_s):
        end = display(forecast.end_s - now_s, "s")
        raise InputError(
            f"{name}: data.in: {display(manifest.data.in_bytes, 'bytes')} will not be up within the forecast ({end}) with a "
            f"probability of 90 %, after the data of earlier jobs; send less, or add ground stations"
        )
    ready_s = max(start_s, staged_s)
    deadline_s = math.inf if manifest.time.deadline_s is None else now_s + manifest.time.deadline_s
    earliest_s = ready_s + manifest.time.work_s
    if earliest_s <= deadline_s < math.inf and manifest.data.out_bytes > 0.0:
        earliest_s = forecast.ground.done_at_s(manifest.data.out_bytes, earliest_s)
    if earliest_s > deadline_s:
        what = "earliest end of the job" if manifest.data.out_bytes <= 0.0 else "time by which its results can be down"
        when = f"{display(earliest_s - now_s, 's')} after it" if earliest_s < math.inf else "beyond the forecast"
        raise InputError(
            f"{name}: time.deadline: {display(deadline_s - now_s, 's')} after submission is before the {what}, {when}"
        )
    _check_budget(manifest, forecast, rates)
    return {
        "nodes": nodes,
        "rows": rows,
        "columns": columns,
        "condition": condition,
        "is_preemptible": manifest.preemptible,
        "priority": manifest.priority,
        "queue": queue,
        "arrival_s": now_s,
        "eligible_s": ready_s,
        "deadline_s": deadline_s,
        "in_bytes": manifest.data.in_bytes,
        "out_bytes": manifest.data.out_bytes,
        "staged_s": staged_s,
        "work_s": manifest.time.work_s,
        "every_s": manifest.checkpoint.every_s,
        "checkpoint_s": manifest.checkpoint.takes_s,
        "restart_s": manifest.checkpoint.restart_s,
        "state_bytes": manifest.checkpoint.size_bytes,
        "retries": manifest.retries,
    }


def _shape(manifest: Manifest, fleet: Fleet) -> tuple[int, int]:
    gang, largest = manifest.gang, int(np.diff(fleet.first).max())
    if gang.shape == "ring":
        if gang.satellites > largest:
            raise InputError(
                f"{manifest.name}: gang.satellites: {gang.satellites:,} do not fit into one ring; the largest has "
                f"{largest:,}; take shape block, or fewer"
            )
        return 1, gang.satellites
    if gang.rings is not None:
        columns = -(-gang.satellites // gang.rings)
        most = int(np.bincount(fleet.group).max())
        if gang.rings > most or columns > largest:
            raise InputError(
                f"{manifest.name}: gang: {gang.rings:,} rings of {columns:,} satellites do not exist; there are up to "
                f"{most:,} neighbouring rings of up to {largest:,}"
            )
        return gang.rings, columns
    rows, columns = shape_of(np.array([gang.satellites]), fleet.first, fleet.group)
    return int(rows[0]), int(columns[0])


def _check_light(manifest: Manifest, fleet: Fleet, condition: int, now_s: float) -> None:
    """Raise InputError where no light is long enough for restart, checkpoint, and as much work."""
    nodes = np.unique(np.linspace(0, fleet.n_nodes - 1, min(WATCHED, fleet.n_nodes)).astype(np.int64))
    is_up, left_s = fleet.light.windows(nodes, np.full(len(nodes), now_s), condition)
    begins = np.where(is_up, now_s, now_s + np.minimum(left_s, fleet.light.end_s - now_s))
    _, first_s = fleet.light.windows(nodes, begins, condition)
    changes = np.minimum(begins + first_s, fleet.light.end_s)
    _, dark_s = fleet.light.windows(nodes, changes, condition)
    _, second_s = fleet.light.windows(nodes, np.minimum(changes + dark_s, fleet.light.end_s), condition)
    longest_s = float(np.maximum(first_s, second_s).max())
    if longest_s >= NEVER_S:
        return
    takes_s = manifest.checkpoint.takes_s + manifest.checkpoint.restart_s + MARGIN_S
    if min(2.0 * takes_s, manifest.time.work_s + MARGIN_S) > longest_s:
        what = "sunlight" if condition == SUNLIT else "power"
        raise InputError(
            f"{manifest.name}: checkpoint: {display(manifest.checkpoint.takes_s, 's')} with a restart of "
            f"{display(manifest.checkpoint.restart_s, 's')} leaves no time for work: the longest {what} of this fleet lasts "
            f"{display(longest_s, 's')}"
        )


def _check_cities(manifest: Manifest, forecast: Forecast) -> None:
    if not manifest.near:
        return
    network = forecast.plan.scenario.network.model_copy(update={"cities": manifest.near})
    try:
        places = cities_of(network)
    except (KeyError, ValueError):
        raise InputError(
            f"{manifest.name}: near: {', '.join(manifest.near)} are not all cities of the catalogue"
        ) from None
    unseen = forecast.unseen(places)
    if unseen:
        raise InputError(f"{manifest.name}: near: no satellite of this fleet is ever in view of {', '.join(unseen)}")


def _check_budget(manifest: Manifest, forecast: Forecast, rates: Rates) -> None:
    node_s = manifest.time.work_s * manifest.gang.satellites
    budget = manifest.budget
    if budget.money_usd is not None and rates.usd_per_node_s is not None:
        cost = node_s * rates.usd_per_node_s
        if cost > budget.money_usd:
            raise InputError(
                f"{manifest.name}: budget.money: the work alone costs {cost:,.4g} USD; {budget.money_usd:,.4g} USD are given"
            )
    if budget.energy_j is not None:
        energy_j = node_s * float(np.mean([power.lit_w for power in forecast.powers]))
        if energy_j > budget.energy_j:
            raise InputError(
                f"{manifest.name}: budget.energy: the work alone takes {display(energy_j, 'j')}; "
                f"{display(budget.energy_j, 'j')} are given"
            )
