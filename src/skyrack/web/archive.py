"""A folder as a zip file, made while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

PART = 1 << 20


class _Pipe(io.RawIOBase):
    """Takes what a writer writes until it is fetched."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self._held += bytes(data)  # type: ignore[call-overload]
        return len(data)  # type: ignore[arg-type]

    def fetch(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held


def zipped(folder: Path) -> Iterator[bytes]:
    """The files of a folder, compressed lightly; nothing outside it is followed."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            info = zipfile.ZipInfo.from_file(path, f"{folder.name}/{path.relative_to(folder)}")
            with archive.open(info, "w") as entry, path.open("rb") as file:
                while part := file.read(PART):
                    entry.write(part)
                    yield pipe.fetch()
    yield pipe.fetch()
