"""Which numbers a scenario rests on, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from skyrack.catalogue import defaults, fact
from skyrack.core.errors import InputError
from skyrack.core.plugins import registration_of
from skyrack.scenario.load import Loaded, LoadedCampus
from skyrack.scenario.part import Part, Source, catalogue_path


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
    """Where it was written: a file and line, `--set`, or `default`."""


_NOT_ASSUMED = ("name", "title", "description", "sources", "claims", "span", "step", "output")
MOST_SHOWN = 24
"""Entries of a list that are shown one by one."""


@dataclass(frozen=True)
class _Leaf:
    """One key that a scenario rests on."""

    path: tuple[str, ...]
    value: Any
    """As a scenario writes it."""
    default: str | None = None
    """Path of the catalogue's default, where the key of a model names one."""
    is_model: bool = False
    """Whether this is the name of a slot's model; its own keys are leaves beside it."""


def assumptions_of(loaded: Loaded | LoadedCampus) -> list[Assumption]:
    """Every number of the scenario, given ones first in the order of the file, then the catalogue's defaults."""
    written = loaded.scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    rows = [_row(loaded, leaf) for leaf in _leaves(loaded.scenario, written, ())]
    return sorted(rows, key=lambda row: row.origin == "default")


def _leaves(part: Any, written: Any, path: tuple[str, ...]) -> list[_Leaf]:
    found: list[_Leaf] = []
    for name, field in type(part).model_fields.items():
        key = str(field.alias)
        if (path in ((), ("rival",)) and key in _NOT_ASSUMED) or key not in written:
            continue
        value, text = getattr(part, name), written[key]
        if registration_of(type(value)) is not None:
            found += _model_leaves(value, text, (*path, key))
        elif isinstance(value, Part):
            found += _leaves(value, text, (*path, key))
        elif isinstance(value, tuple) and value and isinstance(value[0], Part):
            for number, (entry, entry_text) in enumerate(zip(value, text, strict=True)):
                inner = (*path, key, _name_in_list(entry, number))
                is_model = registration_of(type(entry)) is not None
                found += (_model_leaves if is_model else _leaves)(entry, entry_text, inner)
        elif key == "elements":
            found.append(_Leaf((*path, key), f"{part.n_sats} satellites"))
        elif key != "name" and not (path == ("network",) and isinstance(value, tuple)):
            found.append(_Leaf((*path, key), text, catalogue_path(field)))
        elif path == ("network",) and key != "name":
            shown = ", ".join(str(getattr(entry, "name", entry)) for entry in value)
            found.append(_Leaf((*path, key), shown or "none"))
    return found


def _model_leaves(model: Any, written: dict[str, Any], path: tuple[str, ...]) -> list[_Leaf]:
    """A slot's model: its name, and its own keys."""
    own = {key: value for key, value in written.items() if key != "model"}
    if isinstance(model, Part):
        return [_Leaf(path, written["model"], is_model=True), *_leaves(model, own, path)]
    return [_Leaf(path, written["model"], is_model=True), *(_Leaf((*path, key), value) for key, value in own.items())]


def _name_in_list(entry: Any, number: int) -> str:
    """What an entry of a list is called in a path: by its name, or by its position where that is a model's."""
    return str(number) if registration_of(type(entry)) is not None else getattr(entry, "name", str(number))


def _row(loaded: Loaded | LoadedCampus, leaf: _Leaf) -> Assumption:
    path, place = leaf.path, _place(loaded, leaf.path)
    if leaf.is_model:
        path, place = _place_of_model(loaded, path, place)
    key = ".".join(path)
    common = key.partition("satellite.")[2] if path[0] == "shells" and "satellite" in path else ""
    if common and not _is_given(loaded, place):  # a shell's own satellite takes over what it does not name
        path, place = ("satellite", *path[3:]), ("satellite", *path[3:])
    origin = _origin(loaded, place)
    known_default = common or _default_key(path, is_campus=isinstance(loaded, LoadedCampus))
    default = defaults().get(known_default) or defaults().get(key) or defaults().get(leaf.default or "")
    shown = _as_written(loaded, place, str(default.value) if default else _show(leaf.value))
    if origin == "--set":
        return Assumption(key, shown, None, None, "set by the user for this run", None, "given", "", origin)
    if default is not None and origin == "default":
        low, high = (None if v is None else str(v) for v in (default.low, default.high))
        return Assumption(
            key, shown, low, high, default.source, default.date, default.confidence, default.reason, origin
        )
    return _sourced(loaded, path, key, shown, origin)


def _place_of_model(
    loaded: Loaded | LoadedCampus, path: tuple[str, ...], place: tuple[str | int, ...]
) -> tuple[tuple[str, ...], tuple[str | int, ...]]:
    """Path and place of a model's name: the key itself, or `model` below it where the model goes without saying."""
    given = _given(loaded, place)
    if not isinstance(given, dict):
        return ((*path, "model") if path[-1].isdecimal() else path), place
    return (path if "model" in given else (*path, "model")), (*place, "model")


def _sourced(loaded: Loaded | LoadedCampus, path: tuple[str, ...], key: str, shown: str, origin: str) -> Assumption:
    """A row by the source that the scenario names for the key, or for one above it."""
    sources = _sources(loaded)
    named = next((s for s in _paths_up(path) if s in sources), None)
    if named is None:
        standing = "Skyrack's schema: the neutral value of a key left out" if origin == "default" else "not stated"
        return Assumption(key, shown, None, None, standing, None, "given", "", origin)
    source = sources[named]
    known = fact(source.fact) if source.fact else None
    exact = known is not None and named == ".".join(path)
    ranged = exact and known is not None and (known.unit in shown or known.unit in ("fraction", "-"))
    return Assumption(
        key,
        shown,
        f"{known.low} {known.unit}" if known and ranged and known.low is not None else None,
        f"{known.high} {known.unit}" if known and ranged and known.high is not None else None,
        known.source if known else "scenario's author",
        known.date if known else None,
        known.confidence if known and exact else "estimate",
        source.note or "",
        origin,
    )


def _sources(loaded: Loaded | LoadedCampus) -> dict[str, Source]:
    """The sources that the scenario names, those of its rival among them."""
    rival = getattr(loaded.scenario, "rival", None)
    ours = {} if rival is None else {f"rival.{key}": source for key, source in rival.sources.items()}
    return ours | loaded.scenario.sources


_ENTRIES = {"buildout.launchers": "launcher", "buildout.sites": "site"}
"""Lists of parts, and the word that stands for one of their entries in the catalogue's defaults."""


def _default_key(path: tuple[str, ...], *, is_campus: bool) -> str:
    """The catalogue's name for a key: without the satellite before it or the name of an entry within it."""
    if path[0] == "rival" or is_campus:
        path = ("campus", *path[path[0] == "rival" :])
    if path[0] == "measured" and len(path) == 3:
        return f"measured.{path[2]}"
    if path[0] == "network" and len(path) == 3:
        return ".".join(path[1:])
    entry = _ENTRIES.get(".".join(path[:2]))
    if entry is None or len(path) < 4:
        return ".".join(path).removeprefix("satellite.")
    return ".".join((path[0], *path[3:])) if len(path) > 4 else f"{path[0]}.{entry}.{path[3]}"


def check_sources(loaded: Loaded | LoadedCampus) -> None:
    """InputError for a source that names no fact of the catalogue, or stands for a key that the scenario has not."""
    keys = [row.path for row in assumptions_of(loaded)]
    for path, source in _sources(loaded).items():
        where = f"{_origin(loaded, ('sources', path))}: sources.{path}"
        if source.fact is not None:
            try:
                fact(source.fact)
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
        # a source of a shell may be inherited by `extends` after the shell itself was replaced
        # and a key may be taken back (`key:` and nothing), here or in the scenario that this one was written from
        is_emptied = _is_given(loaded, tuple(path.split("."))) or _is_left_out(loaded.scenario, path)
        if not any(key == path or key.startswith(path + ".") for key in keys) and not (
            path.startswith("shells.") or is_emptied
        ):
            raise InputError(f"{where}: the scenario has no such key; it has for example {keys[0]!r}")


def _is_left_out(scenario: Any, path: str) -> bool:
    """Whether a path leads to a part that may be there and is not."""
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


_MISSING = object()


def _given(loaded: Loaded | LoadedCampus, place: tuple[str | int, ...]) -> Any:
    """What was written at a place; `_MISSING` where nothing was."""
    found: Any = loaded.given
    for step in place:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return found


def _is_given(loaded: Loaded | LoadedCampus, place: tuple[str | int, ...]) -> bool:
    return _given(loaded, place) is not _MISSING


def _origin(loaded: Loaded | LoadedCampus, place: tuple[str | int, ...]) -> str:
    """Where a key was written: its own line, or that of the nearest key around it."""
    if not _is_given(loaded, place):
        return "default"
    return next((loaded.origins[place[:n]] for n in range(len(place), 0, -1) if place[:n] in loaded.origins), "given")


def _place(loaded: Loaded | LoadedCampus, path: tuple[str, ...]) -> tuple[str | int, ...]:
    """The path with positions for the names of a list's entries, as the file has it."""
    place: list[str | int] = []
    part: Any = loaded.scenario
    for step in path:
        if isinstance(part, tuple):
            names = [_name_in_list(entry, number) for number, entry in enumerate(part)]
            place.append(names.index(step))
            part = part[names.index(step)]
            continue
        place.append(step)
        field = next((name for name, field in type(part).model_fields.items() if field.alias == step), None)
        part = getattr(part, field) if isinstance(part, Part) and field else None
    return tuple(place)


def _as_written(loaded: Loaded | LoadedCampus, place: tuple[str | int, ...], otherwise: str) -> str:
    found = _given(loaded, place)
    if found is _MISSING:
        return otherwise
    if isinstance(found, list) and len(found) > MOST_SHOWN:
        return f"{len(found):,} entries"
    return _show(found) if isinstance(found, dict) else str(found)


def _paths_up(path: tuple[str, ...]) -> list[str]:
    return [".".join(path[:n]) for n in range(len(path), 0, -1)]


def _show(value: Any) -> str:
    """A written value with fewer digits, for people."""
    if isinstance(value, dict):
        return ", ".join(f"{k} {_show(v)}" if k != "model" else str(v) for k, v in value.items())
    if isinstance(value, float):
        return f"{value:.6g}"
    number, _, unit = str(value).partition(" ")
    try:
        return f"{float(number):.6g} {unit}".strip()
    except ValueError:
        return str(value)
