"""A folder as a zip file, made while it is sent."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from skyrack.web.pipe import Pipe

PART = 1 << 20


def zipped(folder: Path) -> Iterator[bytes]:
    """The files of a folder, compressed lightly; nothing outside it is followed."""
    pipe = Pipe()
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
