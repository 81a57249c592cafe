"""Parts of a satellite, launch vehicles and places beyond low orbit, as data: every number with its source."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import yaml

from skyrack.catalogue import fact
from skyrack.catalogue.contributions import Owners, contributions, left_out
from skyrack.core.errors import InputError

Kind = Literal["accelerators", "cells", "batteries", "radiators", "launchers", "places", "upsets", "models", "devices"]
KINDS: tuple[Kind, ...] = (
    "accelerators",
    "cells",
    "batteries",
    "radiators",
    "launchers",
    "places",
    "upsets",
    "models",
    "devices",
)


@dataclass(frozen=True)
class Figure:
    """One number of a part."""

    value: float
    low: float | None
    high: float | None
    source: str
    fact: str | None
    """Id of the fact that the value is based on; None if its source is given directly."""
    confidence: str
    how: str
    """Derivation of the value from its source; empty if the source states it."""


@dataclass(frozen=True)
class CataloguePart:
    """One part: a name, a title, and figures by their name, which ends in the SI unit."""

    kind: Kind
    name: str
    title: str
    figures: dict[str, Figure]

    def __getitem__(self, name: str) -> float:
        """Return the value of one figure, in the SI unit that its name ends in."""
        return self.figures[name].value

    def get(self, name: str) -> float | None:
        """Return the value of one figure, or None if the part does not have it."""
        figure = self.figures.get(name)
        return None if figure is None else figure.value


def _figure(entry: dict[str, Any]) -> Figure:
    known = fact(entry["fact"]) if "fact" in entry else None
    source = entry.get("source") or (known.source if known else "")
    confidence = entry.get("confidence") or (("derived" if "how" in entry else known.confidence) if known else "")
    return Figure(
        value=float(entry["value"]),
        low=entry.get("low"),
        high=entry.get("high"),
        source=source,
        fact=entry.get("fact"),
        confidence=confidence,
        how=entry.get("how", ""),
    )


@functools.cache
def parts(kind: Kind) -> dict[str, CataloguePart]:
    """All parts of one kind, by name: our own and those that packages bring; InputError for a name that two of them have.

    Peak arithmetic stands under `peak_flops.PRECISION`.
    """
    text = files("skyrack.catalogue").joinpath("parts", f"{kind}.yaml").read_text("utf-8")
    table = {name: _part(kind, name, entry) for name, entry in yaml.load(text, Loader=yaml.CSafeLoader).items()}
    owners = Owners(f"the part {kind}:", table.keys())
    added = {}
    for other in contributions():
        for name, entry in other.parts.get(kind, {}).items():
            owners.claim(name, other.supplier)
            added[name] = _part(kind, name, entry)
    return table | added


def _part(kind: Kind, name: str, entry: dict[str, Any]) -> CataloguePart:
    peaks = {f"peak_flops.{precision}": peak for precision, peak in entry.get("peak_flops", {}).items()}
    figures = {key: value for key, value in entry.items() if key not in ("title", "peak_flops")} | peaks
    return CataloguePart(kind, name, entry["title"], {key: _figure(value) for key, value in figures.items()})


def part(kind: Kind, name: str) -> CataloguePart:
    """Return one part; raise InputError, with the most similar name, if there is none."""
    known = parts(kind)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{name!r} is not one of the {kind} ({', '.join(known)}){hint}{left_out()}")
    return known[name]
