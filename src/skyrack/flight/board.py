"""Board on which the ranks of a flight read each other's virtual clocks, by group and sequence number.

A rank writes its clock before it enters a collective. When the real collective is over, every rank whose data it needed has
entered it, so that its clock stands on the board: no message is added to the job. On one machine the board is a file of the
flight's folder, mapped into memory; on several machines it is the store of torch.distributed.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

SLOTS = 4096
"""Collectives of a group that may be under way at one time: entries of older ones are overwritten."""
_ENTRY = struct.Struct("<dqq")
_TAG = struct.Struct("<q")
_SLOT_BYTES = 32
_STATUS = struct.Struct("<qqdqqqq64s64s32s")
STATUS_BYTES = 256
WAIT_S = 60.0
"""Wall time after which a clock that should stand on the board is given up."""


class BoardError(RuntimeError):
    """A clock that should stand on the board does not."""


@dataclass(frozen=True)
class Entry:
    """Entry of a rank in a collective: its clock, the operation and its size."""

    time_s: float
    """Its virtual clock."""
    operation: int
    """Number of the operation, see `skyrack.flight.collectives.OPERATIONS`."""
    amount_bytes: int


RUNNING, WAITING, DYING, LEFT = 1, 2, 3, 4
"""States of a rank: at work, inside a collective, killed by a fault, ended."""


@dataclass(frozen=True)
class Status:
    """State of a rank."""

    state: int
    """RUNNING, WAITING, DYING, LEFT, or zero before its start."""
    changes: int
    """Number of changes of its state."""
    time_s: float
    step: int
    pid: int
    group_size: int
    sequence: int
    needs: bytes
    """Bit mask of the ranks of the group whose entries a waiting rank needs."""
    group: str
    """Name of the group of the collective."""
    operation: str

    def needed(self) -> list[int]:
        """Return the ranks of the group whose entries a waiting rank needs."""
        return [rank for rank in range(self.group_size) if self.needs[rank // 8] >> rank % 8 & 1]


class Board(Protocol):
    """Board of one attempt of a flight."""

    def write(self, group: str, size: int, sequence: int, rank: int, entry: Entry) -> None:
        """Write the entry of a rank of a group."""

    def peek(self, group: str, size: int, sequence: int, rank: int) -> Entry | None:
        """Return the entry of a rank; None if it has not entered the collective, or is far beyond it."""

    def set_status(self, rank: int, status: Status) -> None:
        """Write the state of a rank of the job."""

    def status(self, rank: int) -> Status | None:
        """Return the state of a rank of the job; None before its start."""


def read(board: Board, group: str, size: int, sequence: int, rank: int) -> Entry:
    """Return the entry of a rank of a group, waiting for it; raises BoardError where it does not come."""
    found = board.peek(group, size, sequence, rank)
    if found is not None:
        return found
    begun_s = time.monotonic()
    while time.monotonic() - begun_s < WAIT_S:
        time.sleep(0.0002)
        found = board.peek(group, size, sequence, rank)
        if found is not None:
            return found
    raise BoardError(
        f"rank {rank} of group {group} has no clock for collective {sequence}: more than {SLOTS:,} are under way, "
        "or the processes do not share the flight's folder"
    )


class MemoryBoard:
    """Board in files that the processes of one machine map into memory."""

    def __init__(self, folder: Path, n_ranks: int) -> None:
        """Open the board in a folder, which is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._maps: dict[str, mmap.mmap] = {}
        self._statuses = self._map("status", n_ranks * STATUS_BYTES)

    def _map(self, name: str, length: int) -> mmap.mmap:
        if name not in self._maps:
            descriptor = os.open(self.folder / f"{name}.board", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if os.fstat(descriptor).st_size < length:
                    _reserve(descriptor, length)
                self._maps[name] = mmap.mmap(descriptor, length)
            finally:
                os.close(descriptor)
        return self._maps[name]

    def write(self, group: str, size: int, sequence: int, rank: int, entry: Entry) -> None:
        """Write the entry of a rank; the tag comes last, so that a reader never takes half of it."""
        memory, at = self._slot(group, size, sequence, rank)
        _TAG.pack_into(memory, at, 0)
        _ENTRY.pack_into(memory, at + 8, entry.time_s, entry.operation, entry.amount_bytes)
        _TAG.pack_into(memory, at, sequence + 1)

    def peek(self, group: str, size: int, sequence: int, rank: int) -> Entry | None:
        """Return the entry of a rank; None if it has not entered the collective, or is far beyond it."""
        memory, at = self._slot(group, size, sequence, rank)
        if _TAG.unpack_from(memory, at)[0] != sequence + 1:
            return None
        found = Entry(*_ENTRY.unpack_from(memory, at + 8))
        return found if _TAG.unpack_from(memory, at)[0] == sequence + 1 else None

    def _slot(self, group: str, size: int, sequence: int, rank: int) -> tuple[mmap.mmap, int]:
        memory = self._map(group.replace("/", "_"), SLOTS * size * _SLOT_BYTES)
        return memory, (sequence % SLOTS * size + rank) * _SLOT_BYTES

    def set_status(self, rank: int, status: Status) -> None:
        """Write the state of a rank of the job."""
        _pack_status(self._statuses, rank * STATUS_BYTES, status)

    def status(self, rank: int) -> Status | None:
        """Return the state of a rank of the job; None before its start."""
        return _unpack_status(self._statuses, rank * STATUS_BYTES)


def _reserve(descriptor: int, length: int) -> None:
    """Extend a file to a length that the disk really has: on a full one a later write to the map would kill the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, length)
    else:
        os.ftruncate(descriptor, length)


class StoreBoard:
    """Board in the key-value store of torch.distributed, for ranks on several machines."""

    def __init__(self, store: Any, attempt: int) -> None:
        """Open the board of an attempt in a store."""
        self._store, self._prefix = store, f"skyrack-flight/{attempt}"

    def write(self, group: str, size: int, sequence: int, rank: int, entry: Entry) -> None:
        """Write the entry of a rank, and delete that of the collective `SLOTS` before it."""
        del size
        self._store.set(
            self._key(group, sequence, rank), _ENTRY.pack(entry.time_s, entry.operation, entry.amount_bytes)
        )
        if sequence >= SLOTS:
            self._store.delete_key(self._key(group, sequence - SLOTS, rank))

    def peek(self, group: str, size: int, sequence: int, rank: int) -> Entry | None:
        """Return the entry of a rank; None if it has not entered the collective, or is far beyond it."""
        del size
        found = self._get(self._key(group, sequence, rank))
        return None if found is None else Entry(*_ENTRY.unpack(found))

    def set_status(self, rank: int, status: Status) -> None:
        """Write the state of a rank of the job."""
        memory = bytearray(STATUS_BYTES)
        _pack_status(memory, 0, status)
        self._store.set(f"{self._prefix}/status/{rank}", bytes(memory))

    def status(self, rank: int) -> Status | None:
        """Return the state of a rank of the job; None before its start."""
        found = self._get(f"{self._prefix}/status/{rank}")
        return None if found is None else _unpack_status(found, 0)

    def _key(self, group: str, sequence: int, rank: int) -> str:
        return f"{self._prefix}/{group}/{sequence}/{rank}"

    def _get(self, key: str) -> bytes | None:
        return bytes(self._store.get(key)) if self._store.check([key]) else None


def _pack_status(memory: Any, at: int, status: Status) -> None:
    _STATUS.pack_into(
        memory,
        at,
        status.state,
        status.changes,
        status.time_s,
        status.step,
        status.pid,
        status.group_size,
        status.sequence,
        status.needs[:64],
        status.group.encode()[:64],
        status.operation.encode()[:32],
    )


def _unpack_status(memory: Any, at: int) -> Status | None:
    state, changes, time_s, step, pid, size, sequence, needs, group, operation = _STATUS.unpack_from(memory, at)
    if state == 0:
        return None
    return Status(
        state,
        changes,
        time_s,
        step,
        pid,
        size,
        sequence,
        needs,
        group.rstrip(b"\0").decode(errors="replace"),
        operation.rstrip(b"\0").decode(errors="replace"),
    )


def blocked_forever(board: Board, others: list[int], is_dead: Callable[[int], bool]) -> bool:
    """Return True if no rank of `others` can go on: each has ended, is dead, or waits for one that has not entered.

    Exact on one machine: a collective whose ranks have all entered will end by itself, so that its rank is not blocked yet.
    """
    for rank in others:
        status = board.status(rank)
        if is_dead(rank) or (status is not None and status.state in (LEFT, DYING)):
            continue
        if status is None or status.state != WAITING:
            return False
        entries = (board.peek(status.group, status.group_size, status.sequence, one) for one in status.needed())
        if all(entry is not None for entry in entries):
            return False
        after = board.status(rank)
        if after is None or after.changes != status.changes:
            return False
    return True
