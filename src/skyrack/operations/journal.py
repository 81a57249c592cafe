"""Journal of the control plane: an append-only file of records, on disk before anything is acknowledged.

Records are written in groups, each with one flush to the disk. A group is framed by a mark, its length and a checksum
(CRC-32), so that one that a crash cut off is found and left out as a whole; nothing that was acknowledged is ever cut off.

segment-000000000000.log   records from number 0 on
snapshot-000000000042.bin  state after record 42, from which a replay may begin
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from skyrack.core.atomic_file import atomic_path, disk_errors
from skyrack.core.errors import RunError

MARK = b"\xffSKY"
"""First bytes of a frame; 0xff does not occur in UTF-8, and so in no record."""
HEADER_BYTES = len(MARK) + 8
MAX_GROUP_BYTES = 64_000_000
SEGMENT_BYTES = 64_000_000
_sync = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True)
class Entry:
    """Record of the journal with its number, which counts from 0."""

    number: int
    record: dict[str, Any]


class Journal:
    """Journal in a folder, open for appending by one process."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the journal of a folder, which is made where it is missing; a group that was cut off is removed.

        Raises RunError where the file is damaged before its last group.
        """
        self.folder, self._segment_bytes = folder, segment_bytes
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        segments = _segments(folder)
        self._path = segments[-1] if segments else folder / _segment_name(0)
        self.next_number = _first_number(self._path)
        length = 0
        if self._path.exists():
            count, length = _measure(self._path)
            self.next_number += count
        with disk_errors(self._path):
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
            os.ftruncate(self._file, length)
            os.lseek(self._file, length, os.SEEK_SET)
            os.fsync(self._file)
            _sync_folder(folder)
        self._length = length

    def append(self, records: Iterable[dict[str, Any]]) -> int:
        """Write records in one group, and return the number of the last one once all are on the disk.

        If they cannot be written, for a full disk for example, none of them is in the journal. Raises DiskError then.
        """
        group = list(records)
        if not group:
            return self.next_number - 1
        data = _frame(group)
        if self._length >= self._segment_bytes:
            self._next_segment()
        with disk_errors(self._path):
            try:
                written = 0
                while written < len(data):
                    written += os.write(self._file, data[written:])
                _sync(self._file)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._length)
                    os.lseek(self._file, self._length, os.SEEK_SET)
                raise
        self._length += len(data)
        self.next_number += len(group)
        return self.next_number - 1

    def _next_segment(self) -> None:
        path = self.folder / _segment_name(self.next_number)
        with disk_errors(path):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            _sync_folder(self.folder)
        os.close(self._file)
        self._path, self._file, self._length = path, file, 0

    def snapshot(self, state: bytes) -> None:
        """Keep the state after the last record, so that a replay may begin there; older snapshots are kept."""
        target = self.folder / f"snapshot-{self.next_number - 1:012d}.bin"
        with atomic_path(target, is_durable=True) as partial:
            partial.write_bytes(zlib.crc32(state).to_bytes(4, "little") + state)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def entries(folder: Path, first: int = 0) -> Iterator[Entry]:
    """Yield the records of a journal from a number on; it may be open in another process.

    Raises RunError where a group is damaged that others follow.
    """
    segments = _segments(folder)
    for k, path in enumerate(segments):
        following = _first_number(segments[k + 1]) if k + 1 < len(segments) else None
        if following is not None and following <= first:
            continue
        number = _first_number(path)
        for record in _records(path, is_last=following is None):
            if number >= first:
                yield Entry(number, record)
            number += 1
        if following is not None and number != following:
            raise RunError(f"{path}: it ends at record {number - 1:,}; the next file begins at {following:,}")


def latest_snapshot(folder: Path, before: int | None = None) -> tuple[int, bytes] | None:
    """Return the newest intact snapshot, and the number of the record after which it was made; None without one.

    `before` limits the search to snapshots made at or before a record.
    """
    for path in sorted(folder.glob("snapshot-*.bin"), reverse=True):
        number = int(path.stem.partition("-")[2])
        if before is not None and number > before:
            continue
        data = path.read_bytes()
        if len(data) >= 4 and zlib.crc32(data[4:]).to_bytes(4, "little") == data[:4]:
            return number, data[4:]
    return None


def _frame(group: list[dict[str, Any]]) -> bytes:
    body = orjson.dumps(group, option=orjson.OPT_SERIALIZE_NUMPY)
    if len(body) > MAX_GROUP_BYTES:
        raise ValueError(f"a group of {len(body):,} bytes is larger than {MAX_GROUP_BYTES:,}")
    return MARK + len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("segment-*.log"))


def _segment_name(number: int) -> str:
    return f"segment-{number:012d}.log"


def _first_number(path: Path) -> int:
    return int(path.stem.partition("-")[2])


def _frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the end and the body of each intact frame; stop at the first that is not."""
    at = 0
    while at + HEADER_BYTES <= len(data):
        begin = at + HEADER_BYTES
        length = int.from_bytes(data[begin - 8 : begin - 4], "little")
        body = data[begin : begin + length]
        checksum = zlib.crc32(body).to_bytes(4, "little")
        if not data.startswith(MARK, at) or len(body) < length or checksum != data[begin - 4 : begin]:
            return
        at += HEADER_BYTES + length
        yield at, body


def _measure(path: Path) -> tuple[int, int]:
    """Return the number of records in the intact groups of a file, and their length in bytes.

    Raises RunError where others follow a damaged group.
    """
    data = path.read_bytes()
    count, end = 0, 0
    for at, body in _frames(data):
        count, end = count + len(orjson.loads(body)), at
    _check_rest(path, data, end)
    return count, end


def _check_rest(path: Path, data: bytes, end: int) -> None:
    """Raise RunError if an intact group follows a damaged one: then the damage is not the end of a crash."""
    at = data.find(MARK, end + 1)
    while at >= 0:
        if next(_frames(data[at:]), None) is not None:
            raise RunError(
                f"{path}: the group at byte {end:,} is damaged, and others follow it; restore the file from a copy"
            )
        at = data.find(MARK, at + 1)


def _records(path: Path, *, is_last: bool) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    end = 0
    for at, body in _frames(data):
        end = at
        yield from orjson.loads(body)
    if end < len(data) and not is_last:
        raise RunError(f"{path}: the group at byte {end:,} is damaged; restore the file from a copy")
    _check_rest(path, data, end)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
