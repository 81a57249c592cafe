"""Parts of a satellite, launch vehicles and places beyond low orbit, as data: every number with its source."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import yaml

from skyrack.catalogue import fact
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
    """All parts of one kind, by name; peak arithmetic stands under `peak_flops.PRECISION`."""
    text = files("skyrack.catalogue").joinpath("parts", f"{kind}.yaml").read_text("utf-8")
    table = {}
    for name, entry in yaml.load(text, Loader=yaml.CSafeLoader).items():
        title = entry.pop("title")
        peaks = {f"peak_flops.{precision}": peak for precision, peak in entry.pop("peak_flops", {}).items()}
        table[name] = CataloguePart(kind, name, title, {key: _figure(value) for key, value in (entry | peaks).items()})
    return table


def part(kind: Kind, name: str) -> CataloguePart:
    """Return one part; raise InputError, with the most similar name, if there is none."""
    known = parts(kind)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{name!r} is not one of the {kind} ({', '.join(known)}){hint}")
    return known[name]
