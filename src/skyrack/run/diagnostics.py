"""Diagnostics of the machine and of the installation."""

from __future__ import annotations

import importlib.util
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from skyrack.core.compile_cache import compiled_code_dir
from skyrack.core.errors import InputError
from skyrack.core.machine import available_bytes, usable_cores
from skyrack.flight.launch import check_torch


def examine() -> list[dict[str, Any]]:
    """Return one row for each check: its name, true if it is well, and a description of what was detected."""
    cache = compiled_code_dir()
    memory = available_bytes()
    return [
        _row("python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.machine()}"),
        _row("cores", well=True, found=f"{usable_cores()} usable"),
        _row("memory", memory > 1.5e9, f"{memory / 1e9:.1f} GB free; a million satellites take 0.6 GB"),
        _row("compiled code", cache is not None, f"kept in {cache}" if cache else "cannot be kept; compiled each time"),
        *(_package(name) for name in ("numpy", "numba", "pyarrow", "polars", "pydantic", "matplotlib")),
        _cuda(),
        _service(),
        _flights(),
    ]


def _row(name: str, well: bool, found: str) -> dict[str, Any]:
    return {"name": name, "well": well, "found": found}


def _package(name: str) -> dict[str, Any]:
    try:
        return _row(name, well=True, found=version(name))
    except PackageNotFoundError:
        return _row(name, well=False, found="not installed")


def _cuda() -> dict[str, Any]:
    try:
        from numba import cuda

        if cuda.is_available():
            return _row("cuda", well=True, found=cuda.get_current_device().name.decode())
        return _row("cuda", well=True, found="no GPU found; --device cpu works")
    except Exception as error:  # noqa: BLE001 (a broken driver may raise anything, and must not hide the rest)
        return _row("cuda", well=True, found=f"no GPU usable ({type(error).__name__}); --device cpu works")


def _flights() -> dict[str, Any]:
    """Return the row of flights of users' own jobs; they are optional, so the absence of PyTorch counts as well."""
    try:
        return _row("flights", well=True, found=f"PyTorch {check_torch()}: 'skyrack fly' runs your own script")
    except InputError as error:
        return _row("flights", well=True, found=str(error))


def _service() -> dict[str, Any]:
    """Return the row of the console service; it is optional, so its absence counts as well."""
    needed = ("alembic", "fastapi", "prometheus_client", "sqlalchemy", "uvicorn", "websockets")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        return _row("console", well=True, found=f"not installed ({', '.join(missing)}): pip install 'skyrack[web]'")
    return _row("console", well=True, found="'skyrack up' opens it")
