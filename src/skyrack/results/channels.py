"""Channels: each quantity that a run puts out, declared once, where its room computes it, with unit and label.

A room declares its figures as a frozen dataclass whose fields carry a `Figure`, and its tables as `Table`. Column metadata,
documentation, axis labels and the API all read these declarations; `skyrack.run.outputs` collects them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from skyrack.core.units import UNITS


@dataclass(frozen=True)
class Figure:
    """Unit and label of a field: the annotation of one figure in a dataclass of figures."""

    unit: str
    """Suffix of SI names: w, j, k, s, frac, ..., or empty for a count or a text."""
    label: str
    """A noun phrase without the unit."""
    is_signed: bool = False
    """True of a quantity that may fall below zero, as a balance or a margin: its zero is no absence of it."""


@dataclass(frozen=True)
class Channel:
    """One quantity of a run: a figure of the summary, or a column of a table."""

    name: str
    unit: str
    """Suffix of SI names: w, j, k, s, frac, ..., or empty for a count or a text."""
    label: str
    """A noun phrase without the unit."""
    is_signed: bool = False
    """True of a quantity that may fall below zero, as a balance or a margin: its zero is no absence of it."""

    @property
    def has_true_zero(self) -> bool:
        """Return true if zero is the absence of the quantity, so that ratios of two values have a meaning."""
        return not self.is_signed and (self.unit not in UNITS or UNITS[self.unit].has_true_zero)


@dataclass(frozen=True)
class Table:
    """One Parquet table of a run folder: its name and its columns."""

    name: str
    title: str
    columns: tuple[Channel, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


def figures_of(kind: type[Any]) -> tuple[Channel, ...]:
    """Return the channels that the fields of a dataclass of figures declare; fields without a `Figure` are left out."""
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for one in fields(kind):
        hint = hints[one.name]
        if get_origin(hint) is Annotated:
            found += [
                Channel(one.name, mark.unit, mark.label, mark.is_signed)
                for mark in get_args(hint)
                if isinstance(mark, Figure)
            ]
    return tuple(found)


def figure_values(figures: Any) -> dict[str, Any]:
    """Return the figures of a dataclass of figures by name."""
    return {channel.name: getattr(figures, channel.name) for channel in figures_of(type(figures))}
