"""Folders that keep compiled code between processes, and digests that show whether code or data have changed."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import platformdirs

PACKAGE = "skyrack"
PACKAGE_DIR = Path(__file__).resolve().parents[1]
LAW_ROOMS = (
    "core",
    "physics",
    "catalogue",
    "scenario",
    "orbits",
    "environment",
    "design",
    "fleet",
    "network",
    "workload",
)
"""Rooms whose sources decide what a run flies."""
COMPILED_ROOMS = (*LAW_ROOMS, "forecast", "operations")
"""Rooms that hold compiled code, or laws that it calls."""


@functools.cache
def compiled_code_dir(package: str = PACKAGE) -> Path | None:
    """The folder for compiled drivers of just these sources, or None where none can be written.

    `package` is the top-level package that a driver stands in: one outside Skyrack has a folder of its own, by its sources
    and ours, as its drivers inline laws of both. All lie below `SKYRACK_CACHE_DIR`, else the user's cache folder of this
    system: on Linux `XDG_CACHE_HOME`/skyrack or ~/.cache/skyrack, on macOS ~/Library/Caches/skyrack. Folders of other
    versions stay until the user removes them; each holds a few megabytes.
    """
    root = os.environ.get("SKYRACK_CACHE_DIR")
    base = Path(root) if root else platformdirs.user_cache_path("skyrack", appauthor=False)
    ours = compiled_digest()
    folder = base / "compiled" / (ours if package == PACKAGE else _together(ours, package))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    return folder


def _together(ours: str, package: str) -> str:
    return hashlib.sha256(f"{ours} {package} {outside_digest(package)}".encode()).hexdigest()[:16]


@functools.cache
def source_digest() -> str:
    """Short digest of the laws of a run: the sources of all rooms that decide what it flies."""
    return _digest(PACKAGE_DIR, (path for room in LAW_ROOMS for path in _files(PACKAGE_DIR / room, (".py",))))


@functools.cache
def compiled_digest() -> str:
    """Short digest of everything that is compiled: the sources of all rooms that hold some of it."""
    return _digest(PACKAGE_DIR, (path for room in COMPILED_ROOMS for path in _files(PACKAGE_DIR / room, (".py",))))


@functools.cache
def catalogue_digest() -> str:
    """Short digest of Skyrack's own catalogue: facts, defaults, parts and tables."""
    return _digest(PACKAGE_DIR, _files(PACKAGE_DIR / "catalogue"))


@functools.cache
def package_digest() -> str:
    """Short digest of all sources and of the catalogue: what any figure may follow from."""
    return _digest(PACKAGE_DIR, _files(PACKAGE_DIR, (".py", ".yaml")))


@functools.cache
def outside_digest(package: str) -> str:
    """Short digest of an imported top-level package or module: of all its files, data among them; empty without files."""
    module = sys.modules.get(package)
    folders = [Path(folder) for folder in getattr(module, "__path__", ())]
    if folders:
        parts = [_digest(folder, _files(folder)) for folder in folders if folder.is_dir()]
        return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()[:16]
    file = Path(getattr(module, "__file__", None) or "")
    return _digest(file.parent, [file]) if file.is_file() else ""


def _files(folder: Path, suffixes: tuple[str, ...] = ()) -> list[Path]:
    """Files below a folder, in order, without those that Python and numba leave."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def _digest(root: Path, paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
