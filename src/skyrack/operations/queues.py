"""Queues with quota and fair share: who is served next."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

HALF_LIFE_S = 7.0 * 86_400.0
"""Half-life of past use in fair share, as Slurm's default PriorityDecayHalfLife."""
TYPICAL_S = 600.0
"""Time for which a job that is given to the scheduler counts in fair share until it is known what it held."""


@dataclass(frozen=True)
class Queue:
    """Queue of jobs, a node of the tree of queues."""

    name: str
    parent: str | None = None
    share: float = 1.0
    """Weight among the queues of one parent."""
    max_nodes: float = math.inf
    """Number of nodes that the jobs of this queue and of those below it may hold together."""


@dataclass
class QueueTree:
    """All queues, with their use so far."""

    queues: tuple[Queue, ...] = (Queue("default"),)
    half_life_s: float = HALF_LIFE_S
    _use: list[float] = field(init=False, repr=False)
    _in_use: list[int] = field(init=False, repr=False)
    _used_at_s: float = field(default=0.0, init=False, repr=False)

    def __post_init__(self) -> None:
        names = [queue.name for queue in self.queues]
        self.index = {name: k for k, name in enumerate(names)}
        if len(self.index) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"queues: two are called {twice!r}; each needs a name of its own")
        for queue in self.queues:
            if queue.parent is not None and queue.parent not in self.index:
                raise InputError(f"queues.{queue.name}: there is no queue {queue.parent!r} for its parent")
            if not queue.share > 0.0 or not queue.max_nodes > 0.0:
                raise InputError(f"queues.{queue.name}: accepted are a share and a number of nodes above zero")
        self.paths = [self._path(k) for k in range(len(self.queues))]
        parents = {path[1] for path in self.paths if len(path) > 1}
        self.leaves = [k for k in range(len(self.queues)) if k not in parents]
        self._use, self._in_use = [0.0] * len(names), [0] * len(names)
        self._weight = [self._share(k) for k in range(len(names))]

    def _path(self, k: int) -> list[int]:
        """Return a queue and those above it; InputError where they form a cycle."""
        path = [k]
        while (parent := self.queues[path[-1]].parent) is not None:
            above = self.index[parent]
            if above in path:
                names = " -> ".join(self.queues[one].name for one in [*path, above])
                raise InputError(f"queues: {names} is a cycle; every queue needs a way up to one without a parent")
            path.append(above)
        return path

    def _share(self, k: int) -> float:
        weight = 1.0
        for one in self.paths[k]:
            beside = sum(queue.share for queue in self.queues if queue.parent == self.queues[one].parent)
            weight *= self.queues[one].share / beside
        return weight

    def leaf(self, name: str) -> int:
        """Return the number of a queue that takes jobs. Raises InputError where there is none of this name."""
        if name not in self.index or self.index[name] not in self.leaves:
            known = ", ".join(self.queues[k].name for k in self.leaves)
            raise InputError(f"queue {name!r}: accepted are the queues without others below them: {known}")
        return self.index[name]

    def has_room(self, k: int, nodes: int, planned: list[int] | None = None) -> bool:
        """Return True if the quota of a queue, and of those above it, leaves room for so many more nodes.

        `planned` are nodes of each queue that are about to be held, besides.
        """
        for one in self.paths[k]:
            more = nodes if planned is None else nodes + planned[one]
            if self._in_use[one] + more > self.queues[one].max_nodes:
                return False
        return True

    def fits(self, k: int, nodes: int) -> bool:
        """Return True if a job of so many nodes fits into the quota when nothing else runs."""
        return all(nodes <= self.queues[one].max_nodes for one in self.paths[k])

    def hold(self, k: int, nodes: int) -> None:
        """Count nodes (a negative number gives them back) as held by a queue and those above it."""
        for one in self.paths[k]:
            self._in_use[one] += nodes

    def charge(self, k: int, node_s: float, now_s: float) -> None:
        """Add node-seconds to the use of a queue and of those above it."""
        self._decay(now_s)
        for one in self.paths[k]:
            self._use[one] += node_s

    def uses(self) -> tuple[list[float], float]:
        """Return the past use of all queues (node-seconds), and the time at which it was counted."""
        return list(self._use), self._used_at_s

    def restore(self, use: list[float], used_at_s: float) -> None:
        """Take the past use of all queues as `uses` returned it."""
        if len(use) == len(self._use):
            self._use, self._used_at_s = list(use), used_at_s

    def _decay(self, now_s: float) -> None:
        past_s = now_s - self._used_at_s
        if past_s > 60.0:
            factor = 0.5 ** (past_s / self.half_life_s)
            self._use = [value * factor for value in self._use]
            self._used_at_s = now_s

    def weight(self, k: int) -> float:
        """Return the share of a queue in the whole fleet."""
        return self._weight[k]

    def standing(self, k: int) -> float:
        """Return the past use of a queue over its share: the queue of the lowest is served first."""
        return self._use[k] / self._weight[k]

    def rows(self) -> list[dict[str, object]]:
        """Return name, share, held nodes, quota and past use (node-seconds) of each queue."""
        return [
            {
                "name": queue.name,
                "parent": queue.parent,
                "share_frac": self._weight[k],
                "nodes_held": self._in_use[k],
                "max_nodes": None if math.isinf(queue.max_nodes) else queue.max_nodes,
                "use_node_s": self._use[k],
            }
            for k, queue in enumerate(self.queues)
        ]


class Waiting:
    """Waiting jobs of each queue, in order of priority and arrival."""

    def __init__(self, n_queues: int) -> None:
        self._heaps: list[list[tuple[int, float, int]]] = [[] for _ in range(n_queues)]
        self._later: list[tuple[float, int, int, float, int]] = []

    def __len__(self) -> int:
        return sum(len(heap) for heap in self._heaps) + len(self._later)

    def add(self, queue: int, priority: int, arrival_s: float, row: int, eligible_s: float, now_s: float) -> None:
        """Add a job, which may start from `eligible_s` on."""
        if eligible_s > now_s:
            heapq.heappush(self._later, (eligible_s, queue, -priority, arrival_s, row))
        else:
            heapq.heappush(self._heaps[queue], (-priority, arrival_s, row))

    def ripen(self, now_s: float) -> None:
        """Move the jobs whose time has come to their queues."""
        while self._later and self._later[0][0] <= now_s:
            _, queue, priority, arrival_s, row = heapq.heappop(self._later)
            heapq.heappush(self._heaps[queue], (priority, arrival_s, row))

    def take(
        self,
        tree: QueueTree,
        n_most: int,
        *,
        is_fair: bool,
        alive: NDArray[np.bool_],
        nodes: NDArray[np.int32],
    ) -> Iterator[tuple[int, int, float, int]]:
        """Yield (queue, priority, arrival, row) of waiting jobs in order and remove them, at most `n_most`.

        `alive` is false for rows that are no longer queued, `nodes` the gang of each row. Queues whose quota is full are left
        out. With `is_fair`, what a queue is given here counts at once.
        """
        extra = [0.0] * len(self._heaps)
        blocked: set[int] = set()
        planned = [0] * len(self._heaps)

        def key(k: int) -> tuple[float, float, float]:
            priority, arrival_s, _ = self._heaps[k][0]
            fair = tree.standing(k) + extra[k] if is_fair else 0.0
            return (priority, fair, arrival_s)

        order = [(key(k), k) for k in range(len(self._heaps)) if self._heaps[k]]
        heapq.heapify(order)
        given = 0
        while order and given < n_most:
            _, k = heapq.heappop(order)
            if k in blocked or not self._heaps[k]:
                continue
            priority, arrival_s, row = heapq.heappop(self._heaps[k])
            if alive[row]:
                if not tree.has_room(k, int(nodes[row]), planned):
                    heapq.heappush(self._heaps[k], (priority, arrival_s, row))
                    blocked.add(k)
                    continue
                given += 1
                for one in tree.paths[k]:
                    planned[one] += int(nodes[row])
                extra[k] += float(nodes[row]) * TYPICAL_S / tree.weight(k)
                yield k, -priority, arrival_s, row
            if self._heaps[k]:
                heapq.heappush(order, (key(k), k))
