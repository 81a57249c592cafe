"""Folder that keeps compiled code between processes, and digests of the sources that it depends on."""

import functools
import hashlib
import os
import tempfile
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parents[1]


@functools.cache
def compiled_code_dir() -> Path | None:
    """Return the folder for compiled drivers of exactly these sources, or None if no such folder can be written.

    Below `SKYRACK_CACHE_DIR`, else `XDG_CACHE_HOME`/skyrack, else ~/.cache/skyrack. Folders of other versions stay
    until the user removes them; each takes a few megabytes.
    """
    root = os.environ.get("SKYRACK_CACHE_DIR")
    base = Path(root) if root else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skyrack"
    folder = base / "compiled" / source_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


@functools.cache
def source_digest() -> str:
    """Return a short digest of every law and driver: the sources of all rooms that contain any."""
    rooms = ("core", "physics", "scenario", "orbits", "environment", "design", "fleet", "network", "workload")
    return _digest([path for room in rooms for path in sorted((PACKAGE_DIR / room).rglob("*.py"))])


@functools.cache
def package_digest() -> str:
    """Return a short digest of all sources and of the catalogue, on which any figure may depend."""
    return _digest(sorted(path for suffix in ("py", "yaml") for path in PACKAGE_DIR.rglob(f"*.{suffix}")))


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(PACKAGE_DIR).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
