"""Facts, defaults and parts that other packages bring, through the entry-point group `skyrack.catalogue`.

An entry names a package folder with any of `facts.yaml`, `defaults.yaml` and `parts/KIND.yaml`, written as in Skyrack's own
catalogue. One that cannot be read, or leaves a number without its source, is left out as a whole with one warning.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.abc import Traversable
from importlib.resources import files
from typing import Any

import yaml

from skyrack.core.errors import InputError
from skyrack.core.plugins import Supplier, clash, found_in, ours, why_left_out

GROUP = "skyrack.catalogue"
CONFIDENCES = ("primary", "secondary", "derived", "estimate", "recalled")
_MORE = {"low", "high", "fact", "source", "date", "confidence"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contribution:
    """Additions of one package to the catalogue, checked, as its files have them."""

    supplier: Supplier
    facts: tuple[dict[str, Any], ...]
    defaults: dict[str, dict[str, Any]]
    parts: dict[str, dict[str, dict[str, Any]]]
    """Parts by kind and name."""


@dataclass(frozen=True)
class _Known:
    """Facts and figures of Skyrack's own catalogue that the rules for contributions refer to."""

    facts: frozenset[str]
    figures: dict[str, frozenset[str]]
    """Figures that all of our own parts of a kind have, by kind."""


def _own() -> _Known:
    folder = files("skyrack.catalogue")
    parts = {path.name.removesuffix(".yaml"): _yaml(path) for path in _files_in(folder.joinpath("parts"))}
    figures = {kind: frozenset.intersection(*map(frozenset, table.values())) for kind, table in parts.items()}
    return _Known(frozenset(entry["id"] for entry in _yaml(folder.joinpath("facts.yaml"))), figures)


@functools.cache
def _read_all() -> tuple[tuple[Contribution, ...], tuple[str, ...]]:
    """The contributions that can be used, and sentences on those that cannot."""
    found, failures = [], []
    points = found_in(GROUP)
    known = _own() if points else None
    for point, supplier in points:
        try:
            found.append(read(supplier, files(point.load()), known))
        except (Exception, SystemExit) as error:  # noqa: BLE001 (an outside package may fail in any way)
            failures.append(why_left_out(f"the catalogue {point.name!r} ({point.value})", supplier, error))
            _log.warning("%s; it is left out", failures[-1])
    return tuple(found), tuple(failures)


def contributions() -> tuple[Contribution, ...]:
    """Return what packages add to the catalogue."""
    return _read_all()[0]


def left_out() -> str:
    """Return a remark on the catalogues that could not be used, to end the sentence of an error; empty without any."""
    return "".join(f"; note that {failure}" for failure in _read_all()[1])


def forget() -> None:
    """Look for packages anew at the next use."""
    _read_all.cache_clear()


class Owners:
    """Suppliers of the names of one table, kept so that no package replaces another one's entry."""

    def __init__(self, what: str, names: Collection[str]) -> None:
        self._what = what
        self._others: dict[str, Supplier] = {}
        self._ours = names

    def claim(self, name: str, supplier: Supplier) -> None:
        """Note the supplier of a name; InputError where another package has it already."""
        if name in self._others or name in self._ours:
            raise clash(self._what, name, self._others.get(name) or ours(), supplier)
        self._others[name] = supplier


def read(supplier: Supplier, folder: Traversable, ours: _Known | None = None) -> Contribution:
    """Return the contribution in a folder; InputError for what is not written as the catalogue is, with its place."""
    ours = ours or _own()
    facts = _yaml(folder.joinpath("facts.yaml")) or []
    defaults = _yaml(folder.joinpath("defaults.yaml")) or {}
    parts = {path.name.removesuffix(".yaml"): _yaml(path) or {} for path in _files_in(folder.joinpath("parts"))}
    if not (facts or defaults or parts):
        raise InputError("it holds neither facts.yaml nor defaults.yaml nor parts/KIND.yaml")
    _check_facts(facts)
    known = ours.facts | {str(entry["id"]) for entry in facts}
    _mapping("defaults.yaml", defaults)
    for path, entry in defaults.items():
        _check(f"defaults.yaml: {path}", entry, {"value", "reason"}, _MORE)
        _check_source(f"defaults.yaml: {path}", entry, known)
    for kind, table in parts.items():
        _check_parts(kind, table, ours, known)
    blank = dict.fromkeys(("low", "high", "url", "date"))
    return Contribution(supplier, tuple(blank | entry for entry in facts), defaults, parts)


def _files_in(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return sorted((path for path in folder.iterdir() if path.name.endswith(".yaml")), key=lambda path: path.name)


def _yaml(path: Traversable) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) if path.is_file() else None


def _mapping(where: str, found: Any) -> None:
    if not isinstance(found, Mapping):
        raise InputError(f"{where}: a mapping of names is needed, not {found!r:.40}")


def _check(where: str, entry: Any, needed: set[str], more: set[str]) -> None:
    _mapping(where, entry)
    missing, unknown = needed - set(entry), set(entry) - needed - more
    if missing:
        raise InputError(f"{where}: the key {min(missing)!r} is missing")
    if unknown:
        raise InputError(f"{where}: {min(unknown)!r} is not a key; known are {', '.join(sorted(needed | more))}")


def _check_source(where: str, entry: Mapping[str, Any], known_facts: Collection[str]) -> None:
    if "fact" in entry:
        if entry["fact"] not in known_facts:
            raise InputError(f"{where}: {entry['fact']!r} is not a fact of the catalogue")
    elif not entry.get("source"):
        raise InputError(f"{where}: a number needs its source: 'fact' (an id), or 'source' and 'confidence'")
    elif entry.get("confidence") not in CONFIDENCES:
        raise InputError(f"{where}: confidence {entry.get('confidence')!r}; accepted are {', '.join(CONFIDENCES)}")


def _check_facts(facts: Any) -> None:
    if not isinstance(facts, list):
        raise InputError(f"facts.yaml: a list of facts is needed, not {facts!r:.40}")
    for number, entry in enumerate(facts):
        where = f"facts.yaml: {entry.get('id', number) if isinstance(entry, dict) else number}"
        _check(where, entry, {"id", "value", "unit", "source", "confidence"}, {"low", "high", "url", "date"})
        _check_source(where, entry, ())


def _check_parts(kind: str, table: Any, ours: _Known, known_facts: Collection[str]) -> None:
    if kind not in ours.figures:
        raise InputError(f"parts/{kind}.yaml: there is no such kind of part; known are {', '.join(ours.figures)}")
    _mapping(f"parts/{kind}.yaml", table)
    for name, entry in table.items():
        where = f"parts/{kind}.yaml: {name}"
        _mapping(where, entry)
        missing = ours.figures[kind] - set(entry)
        if missing:
            raise InputError(f"{where}: the key {min(missing)!r} is missing; all of our own {kind} have it")
        peaks = {f"peak_flops.{precision}": peak for precision, peak in (entry.get("peak_flops") or {}).items()}
        figures = {key: value for key, value in entry.items() if key not in ("title", "peak_flops")} | peaks
        for key, figure in figures.items():
            _check(f"{where}.{key}", figure, {"value"}, {*_MORE, "how"})
            _check_source(f"{where}.{key}", figure, known_facts)
            if isinstance(figure["value"], bool) or not isinstance(figure["value"], int | float):
                raise InputError(f"{where}.{key}: {figure['value']!r} is not a number")
