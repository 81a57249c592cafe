"""Where compiled code is kept between processes."""

import functools
import hashlib
import os
import tempfile
from pathlib import Path

import platformdirs

PACKAGE_DIR = Path(__file__).resolve().parents[1]


@functools.cache
def compiled_code_dir() -> Path | None:
    """The folder for compiled drivers of just these sources, or None where none can be written.

    Below `SKYRACK_CACHE_DIR`, else the user's cache folder of this system: on Linux `XDG_CACHE_HOME`/skyrack or
    ~/.cache/skyrack, on macOS ~/Library/Caches/skyrack. Folders of other versions stay until the user removes them; each
    holds a few megabytes.
    """
    root = os.environ.get("SKYRACK_CACHE_DIR")
    base = Path(root) if root else platformdirs.user_cache_path("skyrack", appauthor=False)
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
    """Short digest of every law and driver: the sources of all rooms that have some."""
    rooms = ("core", "physics", "scenario", "orbits", "environment", "design", "fleet", "network", "workload")
    return _digest([path for room in rooms for path in sorted((PACKAGE_DIR / room).rglob("*.py"))])


@functools.cache
def package_digest() -> str:
    """Short digest of all sources and of the catalogue: what any figure may follow from."""
    return _digest(sorted(path for suffix in ("py", "yaml") for path in PACKAGE_DIR.rglob(f"*.{suffix}")))


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(PACKAGE_DIR).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
