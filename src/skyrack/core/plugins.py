"""Slots: the places where the field knows several models, filled through entry points.

The built-in models are registered in the same entry-point groups (`skyrack.shadow`, `skyrack.power_policy`) that an
outside package uses, so a user's model and ours are found in the same way.
"""

import functools
from importlib.metadata import entry_points
from typing import Any


@functools.cache
def names_of(slot: str) -> list[str]:
    """Return the names of the models registered for `slot`, in order; none of them is imported."""
    return sorted({point.name for point in entry_points(group=f"skyrack.{slot}")})


@functools.cache
def models_of(slot: str) -> dict[str, type[Any]]:
    """The models known for `slot`, by the name that a scenario writes."""
    return {point.name: point.load() for point in sorted(entry_points(group=f"skyrack.{slot}"), key=lambda p: p.name)}
