"""Checks of a scenario before anything flies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.machine import available_bytes
from skyrack.fleet.flight import needed_bytes
from skyrack.orbits.layout import ShellDesign, lay_out
from skyrack.run.claims import check_claim_quantities
from skyrack.scenario import Loaded, check_sources, is_campus, load

PYTHON_BYTES = 400e6
"""Memory of Python, numba and their libraries before the fleet is laid out."""


def load_checked(source: Any, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read a scenario that flies and check it; raises InputError for a ground campus and for anything that is wrong."""
    if is_campus(source):
        raise InputError(
            f"{source if not isinstance(source, dict) else 'the mapping'} is a campus on the ground: nothing flies; price "
            f"it with 'skyrack price', or set it against a fleet with --set rival=NAME"
        )
    loaded = load(source, dict(overrides or {}))
    check(loaded)
    return loaded


def check(loaded: Loaded) -> tuple[ShellDesign, ...]:
    """Return the shells of a scenario after everything that can be checked before the flight; raises InputError."""
    _check_memory(loaded)
    shells = lay_out(loaded.scenario)
    names = [shell.name for shell in shells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"shells: two shells of a stack come out as {twice!r}; space them by a kilometre or more")
    check_claim_quantities(loaded.scenario.claims, names)
    check_sources(loaded)
    return shells


def _check_memory(loaded: Loaded) -> None:
    """Refuse a run that cannot fit into memory before it starts."""
    needed = needed_bytes(loaded.scenario) + PYTHON_BYTES
    available = available_bytes()
    if needed > available:
        raise InputError(
            f"shells: {loaded.scenario.n_sats:,} satellites need about {needed / 1e9:.1f} GB of memory, "
            f"{available / 1e9:.1f} GB are free; take fewer satellites or a larger machine"
        )
