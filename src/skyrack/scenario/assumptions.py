"""Which numbers a scenario rests on, and who says so.

For each key it is found first where its value comes from (`origin_of`), then what is told about it (`Assumption`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from skyrack import catalogue
from skyrack.core.errors import InputError
from skyrack.scenario.load import Loaded, LoadedGroundDataCenter
from skyrack.scenario.part import Source
from skyrack.scenario.written_keys import Key, Place, given_at, keys_of, shown

BY_USER, BY_DEFAULT = "--set", "default"
"""Places of values that no file holds."""


@dataclass(frozen=True)
class Override:
    """A value that the user set for this run."""

    text: str


@dataclass(frozen=True)
class Default:
    """A value that was left out, from the catalogue."""

    text: str
    entry: catalogue.Default


@dataclass(frozen=True)
class Sourced:
    """A value for which the scenario names a source."""

    text: str
    source: Source
    place: str
    """File and line, or `default` where a source stands for a key that was left out."""
    is_exact: bool
    """The source stands for this key alone, not for a part of the scenario around it."""


@dataclass(frozen=True)
class Unsourced:
    """A value for which nobody is named."""

    text: str
    place: str


Origin = Override | Default | Sourced | Unsourced


@dataclass(frozen=True)
class Assumption:
    """One number of a scenario, with its source."""

    path: str
    value: str
    low: str | None
    high: str | None
    source: str
    date: str | None
    confidence: str
    note: str
    origin: str
    """Place where it was written: a file and line, `--set`, or `default`."""
    url: str | None = None
    """Address of the source; None where there is none."""

    @classmethod
    def from_origin(cls, path: str, origin: Origin) -> Assumption:
        """Return what is told about a key whose value comes from there."""
        match origin:
            case Override(text):
                return cls._plain(path, text, "set by the user for this run", BY_USER)
            case Default(text, entry):
                return cls._from_catalogue(path, text, entry)
            case Sourced():
                return cls._from_source(path, origin)
            case Unsourced(text, place):
                neutral = "Skyrack's schema: the neutral value of a key left out"
                return cls._plain(path, text, neutral if place == BY_DEFAULT else "not stated", place)

    @classmethod
    def _plain(cls, path: str, text: str, source: str, place: str) -> Assumption:
        return cls(path, text, None, None, source, None, "given", "", place)

    @classmethod
    def _from_catalogue(cls, path: str, text: str, entry: catalogue.Default) -> Assumption:
        low, high = (None if limit is None else str(limit) for limit in (entry.low, entry.high))
        return cls(
            path, text, low, high, entry.source, entry.date, entry.confidence, entry.reason, BY_DEFAULT, entry.url
        )

    @classmethod
    def _from_source(cls, path: str, origin: Sourced) -> Assumption:
        note, place = origin.source.note or "", origin.place
        known = catalogue.fact(origin.source.fact) if origin.source.fact else None
        if known is None:
            return cls(path, origin.text, None, None, "scenario's author", None, "estimate", note, place)
        if not origin.is_exact:
            return cls(path, origin.text, None, None, known.source, known.date, "estimate", note, place, known.url)
        low, high = _limits(known, origin.text)
        return cls(path, origin.text, low, high, known.source, known.date, known.confidence, note, place, known.url)


def assumptions_of(loaded: Loaded | LoadedGroundDataCenter) -> list[Assumption]:
    """Every number of the scenario, given ones first in the order of the file, then the catalogue's defaults."""
    rows = [Assumption.from_origin(key.name, origin_of(loaded, key)) for key in keys_of(loaded)]
    return sorted(rows, key=lambda row: row.origin == BY_DEFAULT)


def origin_of(loaded: Loaded | LoadedGroundDataCenter, key: Key) -> Origin:
    """Return where the value of a key comes from."""
    behind = _behind(loaded, key)
    place = _written_at(loaded, behind.place)
    entry = _default_of(loaded, key)
    text = _as_written(loaded, behind, shown(key.value) if entry is None else _text(entry.value))
    if place == BY_USER:
        return Override(text)
    if place == BY_DEFAULT and entry is not None:
        return Default(text, entry)
    sources = _sources(loaded)
    named = next((name for name in _names_up(behind.path) if name in sources), None)
    if named is None:
        return Unsourced(text, place)
    return Sourced(text, sources[named], place, is_exact=named == behind.name)


def check_sources(loaded: Loaded | LoadedGroundDataCenter) -> None:
    """InputError for a source that names no fact of the catalogue, or stands for a key that the scenario has not."""
    keys = [row.path for row in assumptions_of(loaded)]
    for path, source in _sources(loaded).items():
        where = f"{_written_at(loaded, ('sources', path))}: sources.{path}"
        if source.fact is not None:
            try:
                catalogue.fact(source.fact)
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
        # a source of a shell may be inherited by `extends` after the shell itself was replaced
        # and a key may be taken back (`key:` and nothing), here or in the scenario that this one was written from
        is_emptied = given_at(loaded, tuple(path.split(".")))[0] or _is_left_out(loaded.scenario, path)
        if not any(key == path or key.startswith(path + ".") for key in keys) and not (
            path.startswith("shells.") or is_emptied
        ):
            raise InputError(f"{where}: the scenario has no such key; it has for example {keys[0]!r}")


def _behind(loaded: Loaded | LoadedGroundDataCenter, key: Key) -> Key:
    """Return the key that a value was really written under.

    A shell's own satellite takes over what it does not name from the satellite of all, and a model that was given with its
    keys stands under `model`.
    """
    is_given, found = given_at(loaded, key.place)
    if _of_shell(key) and not is_given:
        key = replace(key, path=key.path[2:], place=key.place[2:])
        _, found = given_at(loaded, key.place)
    if isinstance(found, Mapping) and "model" in found and not isinstance(key.value, Mapping):
        key = replace(key, place=(*key.place, "model"))
    return key


def _of_shell(key: Key) -> bool:
    return key.path[0] == "shells" and key.path[2:3] == ("satellite",)


def _sources(loaded: Loaded | LoadedGroundDataCenter) -> dict[str, Source]:
    """The sources that the scenario names, those of its ground baseline among them."""
    rival = getattr(loaded.scenario, "ground_baseline", None)
    ours = {} if rival is None else {f"ground_baseline.{key}": source for key, source in rival.sources.items()}
    return ours | loaded.scenario.sources


_ENTRIES = {"buildout.launchers": "launcher", "buildout.sites": "site"}
"""Lists of parts, and the word that stands for one of their entries in the catalogue's defaults."""


def _default_of(loaded: Loaded | LoadedGroundDataCenter, key: Key) -> catalogue.Default | None:
    """Return the catalogue's entry for a key that is left out."""
    known = catalogue.defaults()
    name = _default_name(
        key.path[3:] if _of_shell(key) else key.path, is_ground_data_center=isinstance(loaded, LoadedGroundDataCenter)
    )
    return known.get(name) or known.get(key.name) or known.get(key.default or "")


def _default_name(path: tuple[str, ...], *, is_ground_data_center: bool) -> str:
    """The catalogue's name for a key: without the satellite before it or the name of an entry within it."""
    if path[0] == "ground_baseline" or is_ground_data_center:
        path = ("campus", *path[path[0] == "ground_baseline" :])
    if path[0] == "catalogued" and len(path) == 3:
        return f"catalogued.{path[2]}"
    if path[0] == "network" and len(path) == 3:
        return ".".join(path[1:])
    entry = _ENTRIES.get(".".join(path[:2]))
    if entry is None or len(path) < 4:
        return ".".join(path).removeprefix("satellite.")
    return ".".join((path[0], *path[3:])) if len(path) > 4 else f"{path[0]}.{entry}.{path[3]}"


def _is_left_out(scenario: Any, path: str) -> bool:
    """Return whether a path leads to a part that may be there and is not."""
    part: Any = scenario
    for step in path.split("."):
        fields = getattr(type(part), "model_fields", {})
        name = next((name for name, field in fields.items() if step in (name, field.alias)), None)
        if name is None:
            return False
        part = getattr(part, name)
        if part is None:
            return True
    return False


def _written_at(loaded: Loaded | LoadedGroundDataCenter, place: Place) -> str:
    """Return where a value was written: its own line, or that of the nearest key around it; `default` where it was not."""
    if not given_at(loaded, place)[0]:
        return BY_DEFAULT
    return next((loaded.origins[place[:n]] for n in range(len(place), 0, -1) if place[:n] in loaded.origins), "given")


def _as_written(loaded: Loaded | LoadedGroundDataCenter, key: Key, otherwise: str) -> str:
    is_given, found = given_at(loaded, key.place)
    return _text(found) if is_given else otherwise


def _text(value: Any) -> str:
    """A value as it was written; lists and mappings for people."""
    return shown(value) if isinstance(value, Mapping | list | tuple) else str(value)


def _limits(known: catalogue.Fact, text: str) -> tuple[str | None, str | None]:
    """Range of a fact, where the value is written in its unit."""
    if known.unit not in text and known.unit not in ("fraction", "-"):
        return None, None
    low, high = (None if limit is None else f"{limit} {known.unit}" for limit in (known.low, known.high))
    return low, high


def _names_up(path: tuple[str, ...]) -> list[str]:
    return [".".join(path[:n]) for n in range(len(path), 0, -1)]
