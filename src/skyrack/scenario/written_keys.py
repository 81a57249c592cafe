"""The keys of a checked scenario: each with its path, its place in the file, and its value as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skyrack.core.plugins import registration_of
from skyrack.scenario.load import Loaded, LoadedGroundDataCenter
from skyrack.scenario.part import Part, catalogue_path

Place = tuple[str | int, ...]
"""Keys and positions from the top of a scenario file down to a value."""

NOT_NUMBERS = ("name", "title", "description", "sources", "claims", "span", "step", "output")
"""Keys at the top of a scenario, or of its ground baseline, that nothing rests on."""
MAX_LISTED = 12
"""Entries of a list that are shown one by one."""


@dataclass(frozen=True)
class Key:
    """One key of a scenario."""

    path: tuple[str, ...]
    """Names down to the key; an entry of a list goes by its name."""
    place: Place
    """Path with positions for the entries of lists, as in the file."""
    value: Any
    """Value as the scenario would be written out."""
    default: str | None = None
    """Path of the catalogue's default, where the field names one."""
    is_model: bool = False
    """True if the value is the name of a plug-in field's model, whose own keys follow."""

    @property
    def name(self) -> str:
        """The path in one word: `shells.sso.altitude`."""
        return ".".join(self.path)

    def inner(self, name: str, value: Any, position: int | None = None, default: str | None = None) -> Key:
        """Return a key within this one; `position` for an entry of a list."""
        return Key((*self.path, name), (*self.place, name if position is None else position), value, default)


def keys_of(loaded: Loaded | LoadedGroundDataCenter) -> list[Key]:
    """Return every key of a scenario that holds a value, in the order of the schema.

    The model that fills a plug-in field is a key of its own, before the keys of that model.
    """
    written = loaded.scenario.model_dump(mode="json", by_alias=True)
    return [_with_model_named(loaded, key) for key in _keys(loaded.scenario, Key((), (), written))]


def _with_model_named(loaded: Loaded | LoadedGroundDataCenter, key: Key) -> Key:
    """Return the key of a model that goes without saying under the name by which it would be said: `battery.model`."""
    found, is_entry = given_at(loaded, key.place)[1], isinstance(key.place[-1], int)
    if (
        not key.is_model
        or (isinstance(found, Mapping) and "model" in found)
        or not (is_entry or isinstance(found, Mapping))
    ):
        return key
    return key.inner("model", key.value, default=key.default)


def given_at(loaded: Loaded | LoadedGroundDataCenter, place: Place) -> tuple[bool, Any]:
    """Return whether a place was given by the file, its ancestors or the user, and the value there."""
    found: Any = loaded.given
    for step in place:
        if isinstance(found, str):  # a model's name, say, in place of its keys
            return False, None
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return False, None
    return True, found


def shown(value: Any) -> str:
    """A written value for people, with six digits at most and long lists counted."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return _listed(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    number, _, unit = str(value).partition(" ")
    try:
        return f"{float(number):.6g} {unit}".strip()
    except ValueError:
        return str(value)


def _keys(part: Any, key: Key) -> Iterator[Key]:
    """Keys within a part of the scenario."""
    for name, field in type(part).model_fields.items():
        alias = str(field.alias)
        if key.value.get(alias) is None or (key.path in ((), ("ground_baseline",)) and alias in NOT_NUMBERS):
            continue
        inner = key.inner(alias, key.value[alias], default=catalogue_path(field))
        yield from _keys_of_field(part, getattr(part, name), inner)


def _keys_of_field(part: Any, value: Any, key: Key) -> Iterator[Key]:
    if _is_plugin_model(value, key.value):
        yield from _keys_of_model(value, key)
    elif isinstance(value, Part):
        yield from _keys(value, key)
    elif isinstance(value, tuple) and value and isinstance(value[0], Part):
        for number, (entry, written) in enumerate(zip(value, key.value, strict=True)):
            inner = key.inner(entry_name(entry, number), written, number)
            yield from _keys_of_model(entry, inner) if _is_plugin_model(entry, written) else _keys(entry, inner)
    elif key.path[-1] == "elements":
        yield Key(key.path, key.place, f"{part.n_sats} satellites")
    elif key.path[-1] != "name":
        yield key


def _is_plugin_model(value: Any, written: Any) -> bool:
    """Return whether a value is a model of a plug-in field: it is written with `model`, which is no key of its own."""
    own = {field.alias for field in getattr(type(value), "model_fields", {}).values()}
    return isinstance(written, Mapping) and "model" in written and "model" not in own


def _keys_of_model(model: Any, key: Key) -> Iterator[Key]:
    yield Key(key.path, key.place, key.value["model"], key.default, is_model=True)
    if isinstance(model, Part):
        yield from _keys(model, key)
    else:
        yield from (key.inner(name, value) for name, value in key.value.items() if name != "model")


def entry_name(entry: Any, number: int) -> str:
    """Name by which an entry of a list is entered: its own, or its number; a model's name is not an entry's."""
    return str(number if registration_of(type(entry)) is not None else getattr(entry, "name", number))


def _entry_text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"({_listed(value)})"
    return shown(value.get("name", value) if isinstance(value, Mapping) else value)


def _listed(values: list[Any] | tuple[Any, ...]) -> str:
    names = [_entry_text(value) for value in values[:MAX_LISTED]]
    more = [f"and {len(values) - MAX_LISTED:,} more"] if len(values) > MAX_LISTED else []
    return ", ".join([*names, *more]) or "none"
