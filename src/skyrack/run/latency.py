"""Latencies alone: the network of a scenario or of a file of orbital elements, without a flight of the fleet."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.file_access import may_read
from skyrack.core.json_text import plain
from skyrack.network.history import check_network, simulate_network
from skyrack.network.output import NetworkResult
from skyrack.network.tables import write_path_table, write_route_tables
from skyrack.results.channels import figure_values
from skyrack.results.progress import OnProgress, Stage
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.manifest import manifest_of, write_inputs
from skyrack.run.prepare import prepare
from skyrack.scenario import Loaded
from skyrack.scenario.cities import cities_of_option
from skyrack.scenario.tle import read_elements

ELEMENTS = (".tle", ".txt", ".3le", ".csv", ".xml", ".omm", ".json")
"""Endings of files of orbital elements."""
CARRIER = "starlink-v3-compute"
"""The built-in scenario whose satellite stands for those of a file of elements: latency does not depend on it."""
DEFAULT_SPAN = "1 h"
MAX_ROUTED = 5000


@dataclass(frozen=True)
class Routes:
    """Latencies between cities over a fleet, in their folder."""

    folder: RunFolder
    document: dict[str, Any]
    figures: dict[str, Any]

    @property
    def path(self) -> Path:
        """Where the tables are."""
        return self.folder.path

    def table(self, name: str = "routes") -> Any:
        """`routes`, `city_latency` or `paths` as a polars DataFrame."""
        return self.folder.table(name)


def scenario_of(
    source: Any, overrides: dict[str, Any], cities: str | Path | None, span: str | None, step: str | None
) -> tuple[Any, dict[str, Any]]:
    """The scenario that a file of elements stands for, and the overrides that the options stand for."""
    changed = dict(overrides)
    if isinstance(source, str | Path) and Path(source).suffix.lower() in ELEMENTS:
        source = _of_elements(Path(source))
        span = span or DEFAULT_SPAN
    if cities is not None:
        changed["network.cities"] = cities_of_option(cities)
        changed.setdefault("network.routed_cities", MAX_ROUTED)
    if span is not None:
        changed["network.span"] = span
        changed["span"], changed["step"], changed["output"] = span, span, None
        changed = _whole_steps(changed, span)
    if step is not None:
        changed["network.step"] = step
    return source, changed


def _whole_steps(changed: dict[str, Any], span: str) -> dict[str, Any]:
    """Steps of a flight that nobody flies: short enough for any orbit, and whole in the span."""
    from skyrack.core.units import to_si

    span_s = to_si(span, "s")
    n = max(1, round(span_s / 60.0))
    return changed | {"span": f"{span_s!r} s", "step": f"{span_s / n!r} s"}


def _of_elements(path: Path) -> dict[str, Any]:
    may_read(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the file cannot be read as text ({error})") from None
    try:
        found = read_elements(text)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    name = "".join(c if c.isalnum() else "-" for c in path.stem.lower()).strip("-")[:40] or "elements"
    return {
        "extends": CARRIER,
        "name": name,
        "title": f"{found.n_sats:,} satellites of {path.name}",
        "description": "Real satellites by their elements; power, heat and price are those of a stand-in.",
        "epoch": found.newest_epoch.isoformat(),
        "shells": [],
        "claims": [],
        "sources": {},
        "catalogued": [{"name": name, "elements": text if "\n" in text else text + "\n"}],
    }


def simulate_routes(loaded: Loaded, out: Path, on_progress: OnProgress | None, *, paths: bool = False) -> Routes:
    """Simulate the network of a scenario and write its latencies to a folder; with `paths`, also each path's satellites."""
    plan = prepare(loaded)
    check_network(plan.scenario, plan.network, plan.sites)
    folder = RunFolder.create(out, NEEDED_BYTES)
    manifest = manifest_of(loaded, "cpu", kind="routes")
    write_inputs(folder, loaded, manifest)
    stage = Stage("network", 1.0, on_progress)
    try:
        history = simulate_network(plan.scenario, plan.network, plan.sites, stage.update, routes_only=True, paths=paths)
    except InputError:
        shutil.rmtree(folder.path, ignore_errors=True)  # nothing came of it, and it would be in the way of the next try
        raise
    result = NetworkResult.of(history)
    write_route_tables(folder, history)
    if paths:
        write_path_table(folder, history)
    folder.write_json("network.json", result.document)
    folder.write_json("manifest.json", manifest | {"outcome": COMPLETE})
    folder.remove_checkpoint()
    figures = {name: value for name, value in figure_values(result.figures).items() if value is not None}
    return Routes(folder, plain(result.document), figures)


NEEDED_BYTES = 50_000_000
