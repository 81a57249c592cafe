"""Names of new files and folders."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from skyrack.core.errors import InputError


def write_new(path: Path, text: str) -> None:
    """Write a new text file. Raises InputError if it exists already or cannot be written."""
    try:
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} exists already; name another file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def next_folder(name: str, parent: str = "runs") -> Path:
    """Return the path PARENT/NAME-DATE-TIME of a new folder, with a number if one of that name exists."""
    stem = f"{parent}/{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number = 1
    while Path(stem if number == 1 else f"{stem}-{number}").exists():
        number += 1
    return Path(stem if number == 1 else f"{stem}-{number}")
