"""Latencies alone: the network of a scenario or of a file of orbital elements, looked at as often as asked."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.file_access import may_read
from skyrack.network.output import FIGURES, figures_of
from skyrack.network.summary import describe
from skyrack.network.survey import Survey, check_network, survey
from skyrack.network.tables import path_rows, write_route_tables
from skyrack.results.parquet import write_table
from skyrack.results.progress import Progress
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.simulate import manifest_of
from skyrack.scenario import Loaded, dump_yaml
from skyrack.scenario.cities import cities_of_option
from skyrack.scenario.tle import read_elements

ELEMENTS = (".tle", ".txt", ".3le", ".csv", ".xml", ".omm", ".json")
"""Endings of files of orbital elements."""
CARRIER = "starlink-v3-compute"
"""The built-in scenario whose satellite stands for those of a file of elements: latency does not depend on it."""
DEFAULT_SPAN = "1 h"
MOST_ROUTED = 5000


@dataclass(frozen=True)
class Routes:
    """Latencies that were kept."""

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
        changed.setdefault("network.routed_cities", MOST_ROUTED)
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
        "measured": [{"name": name, "elements": text if "\n" in text else text + "\n"}],
    }


def keep_routes(
    loaded: Loaded, out: Path, on_progress: Callable[[Progress], None] | None, *, paths: bool = False
) -> Routes:
    """Look at the network and leave the latencies in a folder, with `paths` also every satellite on every way."""
    check_network(loaded.scenario)
    folder = RunFolder.create(out, NEEDED_BYTES)
    begun = time.perf_counter()
    folder.write_text("scenario.yaml", dump_yaml(loaded.scenario))
    manifest = manifest_of(loaded, "cpu") | {"kind": "routes"}
    folder.write_json("manifest.json", manifest)

    def looked(done: int, of: int) -> None:
        if on_progress is not None:
            on_progress(Progress("network", done, of, time.perf_counter() - begun))

    try:
        seen: Survey = survey(loaded.scenario, looked, routes_only=True, paths=paths)
    except InputError:
        shutil.rmtree(folder.path, ignore_errors=True)  # nothing came of it, and it would be in the way of the next try
        raise
    document = describe(seen)
    write_route_tables(folder, seen)
    if paths:
        write_table(folder, "paths", path_rows(seen))
    folder.write_json("network.json", document)
    folder.write_json("manifest.json", manifest | {"outcome": COMPLETE})
    folder.remove_checkpoint()
    figures = figures_of(seen, document)
    return Routes(folder, document, {name: figures[name] for name in FIGURES if figures[name] is not None})


NEEDED_BYTES = 50_000_000
