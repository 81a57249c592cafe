"""Calculations that others published, each by its own method and with its own inputs, beside its translation.

A published model is a frozen dataclass whose fields are its inputs. It gives its own results (`results`), and says what it
means in Skyrack's accounting (`orbit`, `ground`): the same cost for each kilowatt at work, from the same lines. Its defects
are kept and named. `position: ClassVar[int]`, where a model has it, is its place in the walk from one calculation to the
next; all others come last, by name. Add one: one file, one line among the entry points `skyrack.published`, one test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from skyrack.economics.accounts import CostInputs


@dataclass(frozen=True)
class Translation:
    """A published calculation in Skyrack's accounting."""

    inputs: CostInputs
    usd_per_kw_year: float
    """By its own method, for each kilowatt that it counts as at work; the account of `place` must come to the same."""
    counts: str
    """What its kilowatt is, and what it leaves out."""


class Published(Protocol):
    """The promise of a published calculation."""

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    notes: ClassVar[tuple[str, ...]]
    """Defects and choices that are reproduced, not repeated."""

    def results(self) -> Mapping[str, float]:
        """Its results, under its own names."""
        ...

    def orbit(self) -> Translation | None:
        """Its orbital side; None where it has none."""
        ...

    def ground(self) -> Translation | None:
        """Its ground side; None where it has none."""
        ...
