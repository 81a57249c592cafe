"""Computing time of a rank: FLOPs between its events, counted while they are new and then replayed.

Counting intercepts every operation, which costs time, so it ends as soon as the work between two events is known: events are
calls of the outermost module (with the shapes of its inputs), collectives and optimiser steps. Each chain of events from one
call or step to the next is counted until it has been met twice with the same FLOPs; then it is replayed by its events. A
job that leaves the chain that it took last is counted again from there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

SETTLED = 2
"""Number of times that a chain is counted before it is replayed."""
MAX_CHAIN = 20_000
"""Maximum number of events of a chain that is remembered."""


class Node:
    """Place in a chain of events, and the FLOPs that led to it."""

    __slots__ = ("children", "flops", "latest", "seen")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.latest: Node | None = None
        self.flops = 0.0
        self.seen = 0

    def counted(self, flops: float) -> None:
        """Take note of one more count of the FLOPs that led here; `seen` is how often the last ones were the same."""
        self.seen = self.seen + 1 if flops == self.flops else 1
        self.flops = flops

    @property
    def is_settled(self) -> bool:
        """True if the chain that was met last from here on is known: counted twice in a row with the same FLOPs."""
        node = self.latest
        while node is not None:
            if node.seen < SETTLED:
                return False
            node = node.latest
        return self.latest is not None

    def as_plain(self) -> list[Any]:
        """Return the node as plain values."""
        return [self.flops, self.seen, {key: child.as_plain() for key, child in self.children.items()}]

    @classmethod
    def of_plain(cls, plain: list[Any]) -> Node:
        """Return a node from plain values."""
        node = cls()
        node.flops, node.seen = plain[0], plain[1]
        node.children = {key: cls.of_plain(child) for key, child in plain[2].items()}
        return node


class Counter(Protocol):
    """Counter of FLOPs that can be switched on and off."""

    flops: float
    is_on: bool

    def switch(self, *, on: bool) -> None:
        """Switch counting on or off, as far as that is possible now."""


class Work(Protocol):
    """Source of the work between two events of a rank."""

    uncounted: int
    """Number of events before which work was not counted, since their chain was replayed and left."""

    def anchor(self, key: str) -> float:
        """Return the FLOPs (or seconds) since the last event, at one that begins a chain."""

    def event(self, key: str) -> float:
        """Return the FLOPs (or seconds) since the last event, at one within a chain."""


class CountedWork:
    """Work by counted FLOPs."""

    def __init__(self, counter: Counter, chains: dict[str, Node] | None = None, *, is_fixed: bool = False) -> None:
        """Begin with known `chains` of an earlier flight; with `is_fixed` nothing else is counted."""
        self._counter, self._is_fixed = counter, is_fixed
        self._chains = chains if chains is not None else {}
        self._node, self._depth = self._chains.setdefault("start", Node()), 0
        self.uncounted = 0
        counter.switch(on=not is_fixed)

    def anchor(self, key: str) -> float:
        """Return the FLOPs since the last event, and begin the chain of `key`: it is counted unless it is known."""
        flops = self.event(key)
        self._node, self._depth = self._chains.setdefault(key, Node()), 0
        if not self._is_fixed:
            self._counter.switch(on=not self._node.is_settled)
        return flops

    def event(self, key: str) -> float:
        """Return the FLOPs since the last event: counted, or those that led to this event before."""
        child = self._node.children.get(key)
        if self._counter.is_on:
            flops, self._counter.flops = self._counter.flops, 0.0
            if child is None:
                child = self._node.children[key] = Node()
            child.counted(flops)
        elif child is None:
            self.uncounted += 1
            child = self._node.children[key] = Node()
            flops = 0.0
            if not self._is_fixed:
                self._counter.switch(on=True)
        else:
            flops = child.flops
        self._node.latest = child
        self._node, self._depth = child, self._depth + 1
        if self._depth > MAX_CHAIN:
            self._node, self._depth = self._chains.setdefault("long", Node()), 0
        return flops

    def write(self, path: Path) -> None:
        """Write the known chains to a file."""
        path.write_text(json.dumps({key: node.as_plain() for key, node in self._chains.items()}), "utf-8")


def read_chains(path: Path) -> dict[str, Node]:
    """Return the chains that an earlier flight wrote."""
    return {key: Node.of_plain(plain) for key, plain in json.loads(path.read_text("utf-8")).items()}


class CpuWork:
    """Work by the CPU time of the process, which differs from flight to flight."""

    def __init__(self, now: Callable[[], float] = time.process_time) -> None:
        """Begin to measure."""
        self._now, self._last_s = now, now()
        self.uncounted = 0

    def anchor(self, key: str) -> float:
        """Return the CPU seconds since the last event."""
        return self.event(key)

    def event(self, key: str) -> float:
        """Return the CPU seconds since the last event."""
        del key
        now_s = self._now()
        took_s, self._last_s = now_s - self._last_s, now_s
        return took_s
