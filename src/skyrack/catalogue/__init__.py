"""Parts and facts as data: every number has a source.

`facts.yaml` holds published figures, `disputes.yaml` those that disagree, `defaults.yaml` the value that a scenario takes
where it says nothing, `parts/` accelerators, cells, batteries, radiators, launchers, models, devices and places. Other
packages add theirs; see `contributions`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

from skyrack.catalogue.contributions import Owners, contributions, left_out
from skyrack.core.errors import InputError


@dataclass(frozen=True)
class Fact:
    """One published figure."""

    id: str
    value: Any
    unit: str
    low: float | None
    high: float | None
    source: str
    url: str | None
    date: str | None
    confidence: str
    """One of: primary (read at the source), secondary, derived, estimate, recalled (to be checked)."""


@dataclass(frozen=True)
class Dispute:
    """Published figures that disagree."""

    id: str
    about: str
    facts: tuple[str, ...]
    """Ids of the facts that disagree."""
    readings: tuple[str, ...]
    """Statement of each source, with its name."""
    choice: str
    """Choice that Skyrack makes between them."""


@dataclass(frozen=True)
class Default:
    """Value of a scenario key that is left out."""

    path: str
    value: Any
    low: Any
    high: Any
    source: str
    date: str | None
    confidence: str
    reason: str
    """Reason for this value."""
    url: str | None = None


def _read(name: str) -> Any:
    return yaml.load(files(__package__).joinpath(name).read_text("utf-8"), Loader=yaml.CSafeLoader)


@functools.cache
def facts() -> dict[str, Fact]:
    """All facts, by their id: our own and those that packages bring; InputError for an id that two of them have."""
    table = {entry["id"]: Fact(**entry) for entry in _read("facts.yaml")}
    owners = Owners("the fact", table.keys())
    added = {}
    for other in contributions():
        for entry in other.facts:
            owners.claim(entry["id"], other.supplier)
            added[entry["id"]] = Fact(**entry)
    return table | added


@functools.cache
def disputes() -> tuple[Dispute, ...]:
    """Return all disputes, in the order of the catalogue."""
    return tuple(
        Dispute(**entry | {"facts": tuple(entry["facts"]), "readings": tuple(entry["readings"])})
        for entry in _read("disputes.yaml")
    )


@functools.cache
def topics() -> dict[str, str]:
    """Return the title of each topic, by the first part of the ids of its facts."""
    return dict(_read("topics.yaml"))


def find_facts(words: str) -> tuple[Fact, ...]:
    """Return the facts whose id, topic, value, unit or source contains each of `words`, in the order of the catalogue."""
    wanted = words.lower().split()

    def text(entry: Fact) -> str:
        topic = topics().get(entry.id.partition(".")[0], "")
        return f"{entry.id} {topic} {entry.value} {entry.unit} {entry.source}".lower()

    return tuple(entry for entry in facts().values() if all(word in text(entry) for word in wanted))


@functools.cache
def defaults() -> dict[str, Default]:
    """All defaults, by the scenario key they stand in for, or by the path that a package gives its own.

    Raises InputError for a path that two packages have.
    """
    table = {path: _default(path, entry) for path, entry in _read("defaults.yaml").items()}
    owners = Owners("the default", table.keys())
    added = {}
    for other in contributions():
        for path, entry in other.defaults.items():
            owners.claim(path, other.supplier)
            added[path] = _default(path, entry)
    return table | added


def _default(path: str, entry: dict[str, Any]) -> Default:
    fact = facts()[entry["fact"]] if "fact" in entry else None
    return Default(
        path=path,
        value=entry["value"],
        low=entry.get("low", fact.low if fact else None),
        high=entry.get("high", fact.high if fact else None),
        source=entry.get("source") or (fact.source if fact else ""),
        date=entry.get("date", fact.date if fact else None),
        confidence=entry.get("confidence") or (fact.confidence if fact else ""),
        reason=entry["reason"],
        url=entry.get("url", fact.url if fact else None),
    )


def default_value(path: str) -> Any:
    """The default written for a scenario key, with its unit; InputError for a path that the catalogue does not have."""
    if path not in defaults():
        raise InputError(f"{path!r} is not a default of the catalogue{left_out()}")
    return defaults()[path].value


def fact(fact_id: str) -> Fact:
    """Return the fact with this id; raise InputError, with the most similar id, if there is none."""
    import difflib

    known = facts()
    if fact_id not in known:
        near = difflib.get_close_matches(fact_id, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{fact_id!r} is not a fact of the catalogue{hint}{left_out()}")
    return known[fact_id]
