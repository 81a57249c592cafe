"""The manifest of a run folder: how it is made, before it is complete."""

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
    """Return what a folder says about how it is made, with `more` entries of its kind."""
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
    """Leave the scenario with all defaults, the numbers that it rests on, and the manifest in a new folder."""
    folder.write_text("scenario.yaml", dump_yaml(loaded.scenario))
    folder.write_json("assumptions.json", assumptions_of(loaded))
    folder.write_json("manifest.json", manifest)


def scenario_sha256(loaded: Loaded) -> str:
    """Return a digest of the scenario with all defaults written out."""
    return hashlib.sha256(dump_yaml(loaded.scenario).encode()).hexdigest()


def now_text() -> str:
    """Return the present time in UTC as ISO 8601 text, to a second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
