"""Tape of a rank: the sequence of its work and its operations, to be replayed under other conditions."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import RunError
from skyrack.flight.collectives import OPERATIONS

WORK, ENTER, MEET, SEND, RECEIVE, STEP = range(6)
"""Kinds of rows: work alone, begin of a collective, its end, a message sent, one received, an optimiser step."""
ROW = np.dtype(
    [
        ("kind", "<i2"),
        ("operation", "<i2"),
        ("group", "<i2"),
        ("root", "<i2"),
        ("number", "<i8"),
        ("bytes", "<f8"),
        ("flop", "<f8"),
    ]
)
_ROW = struct.Struct("<hhhhqdd")
MAX_ROWS = 400_000
"""Maximum number of rows of a rank; a longer flight is replayed up to there."""


class TapeWriter:
    """Writer of a rank's tape: rows to one file, the groups to another."""

    def __init__(self, path: Path) -> None:
        """Begin a new tape."""
        self._file = path.with_name(f"{path.name}.tape").open("wb", buffering=1 << 16)
        self._groups_path = path.with_name(f"{path.name}.groups.json")
        self._groups: list[tuple[str, tuple[int, ...]]] = []
        self._numbers: dict[str, int] = {}
        self._left = MAX_ROWS
        self._flop = 0.0

    def work(self, flop: float) -> None:
        """Add work, which goes with the next row."""
        self._flop += flop

    def row(
        self,
        kind: int,
        operation: str,
        group: str,
        ranks: tuple[int, ...],
        number: int,
        amount_bytes: float,
        root: int = -1,
    ) -> None:
        """Write a row; `number` is that of the collective in its group, or the rank at the other end of a message."""
        if self._left <= 0:
            return
        self._left -= 1
        if group not in self._numbers:
            self._numbers[group] = len(self._groups)
            self._groups.append((group, ranks))
            self._groups_path.write_text(json.dumps(self._groups), "utf-8")
        row = (kind, OPERATIONS.index(operation), self._numbers[group], root, number, amount_bytes, self._flop)
        self._flop = 0.0
        self._file.write(_ROW.pack(*row))

    def step(self) -> None:
        """Write the end of a step, and everything before it to the disk's care."""
        self.row(STEP, "barrier", "", (), 0, 0.0)
        self._file.flush()

    def close(self) -> None:
        """Write the work that is left, and close the file."""
        self.row(WORK, "barrier", "", (), 0, 0.0)
        self._file.close()


@dataclass(frozen=True)
class Tape:
    """Tape of one rank."""

    rank: int
    rows: NDArray[np.void]
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    """Name and ranks of each group, by number."""

    @property
    def n_steps(self) -> int:
        """Number of complete steps on the tape."""
        return int((self.rows["kind"] == STEP).sum())


def read_tapes(folder: Path, n_ranks: int, attempt: int) -> tuple[Tape, ...]:
    """Return the tapes of an attempt, by rank; raises RunError where one is missing."""
    found = []
    for rank in range(n_ranks):
        path = folder / "ranks" / f"{rank}.{attempt}"
        try:
            raw = path.with_name(f"{path.name}.tape").read_bytes()
            groups = json.loads(path.with_name(f"{path.name}.groups.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise RunError(f"{path}.tape: the tape of the flight cannot be read ({error})") from None
        rows = np.frombuffer(raw[: len(raw) // ROW.itemsize * ROW.itemsize], ROW)
        found.append(Tape(rank, rows, tuple((name, tuple(ranks)) for name, ranks in groups)))
    return tuple(found)
