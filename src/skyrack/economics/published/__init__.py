"""Published calculations by others, each by its own method and with its own inputs, and their translations.

A published model is a frozen dataclass whose fields are its inputs. It computes its own results (`results`) and its
translation into Skyrack's accounting (`orbit`, `ground`): the same cost per kilowatt at work, from the same cost lines.
Its defects are reproduced and documented. `position: ClassVar[int]`, where a model has it, is its order in the bridge
from one calculation to the next; all others come last, by name. To add a model: one file, one line among the entry
points `skyrack.published`, one test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from skyrack.economics.accounts import CostInputs


@dataclass(frozen=True)
class Translation:
    """Published calculation in Skyrack's accounting."""

    inputs: CostInputs
    usd_per_kw_year: float
    """Cost per kilowatt at work by its own method and definition; the account of `inputs` must give the same value."""
    counts: str
    """Definition of its kilowatt, and what it leaves out."""


class Published(Protocol):
    """Protocol of a published calculation."""

    name: ClassVar[str]
    title: ClassVar[str]
    source: ClassVar[str]
    notes: ClassVar[tuple[str, ...]]
    """Defects and choices that are reproduced here but not endorsed."""

    def results(self) -> Mapping[str, float]:
        """Return the results of the calculation under its own names."""
        ...

    def orbit(self) -> Translation | None:
        """Return the translation of the orbital side; None where there is none."""
        ...

    def ground(self) -> Translation | None:
        """Return the translation of the ground side; None where there is none."""
        ...
