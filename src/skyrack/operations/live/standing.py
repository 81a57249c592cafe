"""Standing of operations: what the journal says of jobs, runs, machines and queues at a time.

Each record of the journal holds what was asked or observed, and the values that changed by it. A replay takes these values as
they stand: no decision is made again, so that a journal is read alike by later versions and under other policies.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from skyrack.operations.journal import entries, latest_snapshot
from skyrack.operations.manifest import Manifest
from skyrack.operations.table import Jobs, JobTable

_SAYABLE = {math.inf: "inf", -math.inf: "-inf"}


@dataclass(frozen=True)
class Order:
    """Job as it was submitted."""

    manifest: Manifest
    user: str
    key: str | None
    """Key by which a submission that is repeated is known; None without one."""


@dataclass
class LiveRun:
    """Run of a job on the engine."""

    number: int
    attempt: int
    """Attempt in the job table to which it belongs."""
    started_s: float
    begun_s: float | None = None
    """Time at which it was first seen to have begun; None before."""
    has_ended: bool = False


@dataclass
class Standing:
    """Everything that the journal holds, up to a record."""

    table: JobTable = field(default_factory=JobTable)
    orders: list[Order] = field(default_factory=list)
    """Orders by row of the table."""
    keys: dict[tuple[str, str], int] = field(default_factory=dict)
    """Row of each key of a user."""
    runs: dict[int, LiveRun] = field(default_factory=dict)
    """Latest run of each row."""
    down: dict[int, float] = field(default_factory=dict)
    """Nodes out of service, and until when; infinity for those whose machine is lost."""
    drained: set[int] = field(default_factory=set)
    """Nodes that an operator took out of service; they stay so until an operator returns them."""
    reservations: dict[int, tuple[float, int, int]] = field(default_factory=dict)
    """Begin, ring and slot of each reservation, by row."""
    use: list[float] = field(default_factory=list)
    """Past use of each queue, node-seconds."""
    used_at_s: float = 0.0
    books: tuple[float, float] = (0.0, 0.0)
    """Node-seconds idle and out of service up to `now_s`."""
    broken_promises: int = 0
    now_s: float = 0.0
    number: int = -1
    """Number of the last record; -1 before the first."""

    def apply(self, record: dict[str, Any]) -> None:
        """Take one record."""
        self.number += 1
        self.now_s = max(self.now_s, float(record["at"]))
        if record["kind"] == "submit":
            self._submit(record)
        for row, changed in record.get("rows", {}).items():
            for name, value in changed.items():
                getattr(self.table.jobs, name)[int(row)] = _number(value)
        for row, run in record.get("runs", {}).items():
            self.runs[int(row)] = LiveRun(**run)
        parts = record.get("state")
        if parts is not None:
            self.down = {int(node): _number(until) for node, until in parts["down"]}
            self.drained = set(parts["drained"])
            self.reservations = {int(row): (begin, ring, slot) for row, begin, ring, slot in parts["reservations"]}
            self.use, self.used_at_s = parts["use"], parts["used_at_s"]
            self.books = (parts["books"][0], parts["books"][1])
            self.broken_promises = parts["broken_promises"]

    def _submit(self, record: dict[str, Any]) -> None:
        columns = {name: _number(value) for name, value in record["columns"].items()}
        row = int(self.table.append(**columns)[0])
        order = Order(Manifest.model_validate(record["manifest"]), record["user"], record["key"])
        self.orders.append(order)
        if order.key is not None:
            self.keys[order.user, order.key] = row

    def changed_rows(self, table: JobTable) -> dict[str, dict[str, Any]]:
        """Return the values of a table that differ from those of this one, by row and column."""
        found: dict[str, dict[str, Any]] = {}
        for name in Jobs._fields:
            ours, theirs = self.table.column(name), table.column(name)[: self.table.n]
            same = ours == theirs
            if ours.dtype.kind == "f":
                same |= np.isnan(ours) & np.isnan(theirs)
            for row in np.flatnonzero(~same).tolist():
                found.setdefault(str(row), {})[name] = sayable(theirs[row].item())
        return found

    def to_bytes(self) -> bytes:
        """Return all of it for a snapshot."""
        orders = [
            {"manifest": order.manifest.to_document(), "user": order.user, "key": order.key} for order in self.orders
        ]
        rest = {
            "orders": orders,
            "runs": {str(row): asdict(run) for row, run in self.runs.items()},
            "down": [[node, sayable(until)] for node, until in self.down.items()],
            "drained": sorted(self.drained),
            "reservations": [[row, *one] for row, one in self.reservations.items()],
            "use": self.use,
            "used_at_s": self.used_at_s,
            "books": self.books,
            "broken_promises": self.broken_promises,
            "now_s": self.now_s,
            "number": self.number,
        }
        arrays = {name: self.table.column(name) for name in Jobs._fields}
        target = io.BytesIO()
        np.savez(target, rest=np.frombuffer(orjson.dumps(rest), np.uint8), **arrays)  # type: ignore[arg-type]
        return target.getvalue()

    @classmethod
    def of_bytes(cls, data: bytes) -> Standing:
        """Return the standing of a snapshot."""
        with np.load(io.BytesIO(data)) as arrays:
            rest = orjson.loads(arrays["rest"].tobytes())
            table = JobTable()
            if len(arrays["state"]):
                table.append(**{name: arrays[name] for name in Jobs._fields if name in arrays})
        orders = [Order(Manifest.model_validate(one["manifest"]), one["user"], one["key"]) for one in rest["orders"]]
        return cls(
            table,
            orders,
            {(order.user, order.key): row for row, order in enumerate(orders) if order.key is not None},
            {int(row): LiveRun(**run) for row, run in rest["runs"].items()},
            {int(node): _number(until) for node, until in rest["down"]},
            set(rest["drained"]),
            {int(row): (begin, ring, slot) for row, begin, ring, slot in rest["reservations"]},
            rest["use"],
            rest["used_at_s"],
            (rest["books"][0], rest["books"][1]),
            rest["broken_promises"],
            rest["now_s"],
            rest["number"],
        )

    @classmethod
    def of_journal(cls, folder: Path, until_s: float = math.inf) -> Standing:
        """Return the standing after the last record of a journal, or after the last one up to a time (s since the epoch).

        Raises RunError where the journal is damaged.
        """
        found = cls()
        kept = latest_snapshot(folder) if until_s == math.inf else None
        if kept is not None:
            found = cls.of_bytes(kept[1])
        for entry in entries(folder, found.number + 1):
            if float(entry.record["at"]) > until_s:
                break
            found.apply(entry.record)
        return found


def sayable(value: Any) -> Any:
    """Return a number as JSON has it: infinities as text, and not-a-number as null."""
    if isinstance(value, float):
        return None if math.isnan(value) else _SAYABLE.get(value, value)
    return value


def _number(value: Any) -> Any:
    return math.nan if value is None else float(value) if isinstance(value, str) else value


_EVENT: dict[str, Any] = dict.fromkeys(("job", "run", "satellite", "user", "detail"))


def happenings(folder: Path, first: int = 0) -> Iterator[dict[str, Any]]:
    """Yield what happened, in order: one dictionary for each event, with the time, and user or job where there is one."""
    for entry in entries(folder, first):
        for event in entry.record.get("events", ()):
            yield _EVENT | {"number": entry.number, "time_s": entry.record["at"], "wall": entry.record["wall"]} | event
