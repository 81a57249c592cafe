"""Manifest of a run folder: versions, machine and provenance at the beginning of a run."""

from __future__ import annotations

import hashlib
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from skyrack.results.run_folder import RUNNING, RunFolder
from skyrack.scenario import Loaded, assumptions_of, dump_yaml
from skyrack.scenario.provenance import provenance_of

PACKAGES = ("skyrack", "numpy", "numba", "pyarrow", "pydantic", "pint", "pyerfa")


def manifest_of(loaded: Loaded, device: str, **more: Any) -> dict[str, Any]:
    """Return the manifest of a new folder, with `more` entries of its kind."""
    return {
        "outcome": RUNNING,
        "scenario": loaded.scenario.name,
        "title": loaded.scenario.title,
        "scenario_sha256": scenario_sha256(loaded),
        "device": device,
        "begun": now_text(),
        "versions": {name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        "machine": {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count()},
        **provenance_of(loaded.scenario),
        **more,
    }


def write_inputs(folder: RunFolder, loaded: Loaded, manifest: dict[str, Any]) -> None:
    """Write the scenario with all defaults, its assumptions, and the manifest to a new folder."""
    folder.write_text("scenario.yaml", dump_yaml(loaded.scenario))
    folder.write_json("assumptions.json", assumptions_of(loaded))
    folder.write_json("manifest.json", manifest)


def scenario_sha256(loaded: Loaded) -> str:
    """Return the SHA-256 digest of the scenario with all defaults written out."""
    return hashlib.sha256(dump_yaml(loaded.scenario).encode()).hexdigest()


def now_text() -> str:
    """Return the current time in UTC as ISO 8601 text, to a second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
