"""Battery models: capacity, efficiencies, limits and fade of a satellite's battery.

The flight charges and discharges a battery in its innermost loop, by the laws in `skyrack.physics.battery`. A model gives
the numbers of these laws before the flight, from keys of its own: of a chemistry, a temperature, a rate. Add a battery: one
file with a class that keeps the promise below, one line among the entry points `skyrack.battery`, one test.

What the promise cannot express: numbers that change during a run with charge, rate or temperature, and fade that is not
linear in cycles and age.
"""

from __future__ import annotations

from typing import ClassVar, Protocol


class BatteryModel(Protocol):
    """The promise of a battery: each of these is a key of the scenario, or a property that follows from other keys."""

    name: ClassVar[str]

    @property
    def capacity_j(self) -> float:
        """Energy of the new battery. This one has to be a key, as sizing writes it."""
        ...

    @property
    def charge_efficiency_frac(self) -> float:
        """Energy stored over energy taken in."""
        ...

    @property
    def discharge_efficiency_frac(self) -> float:
        """Energy delivered over energy drawn from the cells."""
        ...

    @property
    def depth_limit_frac(self) -> float:
        """Depth of discharge down to which compute may draw; the bus may draw further."""
        ...

    @property
    def charge_rate_per_hour(self) -> float:
        """Highest charging power over the capacity."""
        ...

    @property
    def fade_per_cycle_frac(self) -> float:
        """Share of the first capacity that a full equivalent cycle takes."""
        ...

    @property
    def fade_per_year_frac(self) -> float:
        """Share of the first capacity that a year takes, whatever is drawn."""
        ...
