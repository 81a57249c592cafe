"""Latencies alone: the network of a scenario or of a file of orbital elements, looked at as often as asked."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyrack.catalogue.ground import city_names
from skyrack.core.errors import InputError
from skyrack.core.files import may_read
from skyrack.network.survey import Survey, check_network, survey
from skyrack.run.folder import COMPLETE, RunFolder
from skyrack.run.network import FIGURES, figures_of
from skyrack.run.network_document import describe
from skyrack.run.network_tables import path_rows, write_route_tables
from skyrack.run.progress import Progress
from skyrack.run.simulate import manifest_of
from skyrack.run.tables import write_table
from skyrack.scenario import Loaded, dump_yaml
from skyrack.scenario.elements import read_elements

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
        changed["network.cities"] = _cities(cities)
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


def _cities(given: str | Path) -> list[Any]:
    """Names with commas, or the places of a CSV file."""
    path = Path(given)
    if path.suffix.lower() == ".csv":
        return _cities_of_file(path)
    names = [name.strip() for name in str(given).split(",") if name.strip()]
    if not names:
        raise InputError(f"cities: {str(given)!r} names no city; write for example 'Tokyo, London' or 'largest-100'")
    for name in names:
        try:
            city_names(name)
        except ValueError as error:
            raise InputError(f"cities: {error}") from None
    return names


def _cities_of_file(path: Path) -> list[dict[str, str]]:
    may_read(path)
    try:
        text = path.read_text("utf-8-sig")
        lines = text.splitlines()
        delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: the file of cities cannot be read ({error})") from None
    head = [name.lower() for name in rows[0]] if rows else []
    if not {"name", "latitude", "longitude"} <= set(head):
        raise InputError(
            f"{path}: a file of cities has the columns name, latitude and longitude (in degrees), not {', '.join(head)!r:.80}"
        )
    cities = []
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        cells = dict(zip(head, row, strict=False))
        if not cells.get("name"):
            raise InputError(f"{path}: line {number}: the place has no name")
        place = {axis: _degrees(path, number, axis, cells.get(axis, ""), most) for axis, most in _MOST_DEGREES.items()}
        cities.append({"name": cells["name"], **place})
    if not cities:
        raise InputError(f"{path}: there is no city in it; write lines such as 'Kiruna,67.9,20.2'")
    return cities


_MOST_DEGREES = {"latitude": 90.0, "longitude": 360.0}


def _degrees(path: Path, number: int, axis: str, cell: str, most: float) -> str:
    """An angle of a file of cities, checked and with its unit."""
    try:
        degrees = float(cell.removesuffix("deg").removesuffix("\u00b0"))
    except ValueError:
        degrees = float("nan")
    if not abs(degrees) <= most:
        raise InputError(
            f"{path}: line {number}: {axis} {cell!r} is not possible; accepted are degrees from {-most:g} to {most:g}"
        )
    return f"{degrees!r} deg"


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
