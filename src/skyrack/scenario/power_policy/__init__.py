"""Power policies: how much compute a satellite asks for in sunlight and in shadow.

A policy answers with two powers. In shadow the satellite asks for the floor. In sunlight it asks for what the array leaves
after the bus and the battery's refill, but for no less than the floor and no more than the ceiling. Add a policy: one file
with a model that keeps the promise below, one line among the entry points `skyrack.power_policy`, one test.
"""

from typing import ClassVar, Protocol


class PowerPolicy(Protocol):
    """The promise of a power policy."""

    name: ClassVar[str]

    def bounds_w(self, average_power_w: float, peak_power_w: float) -> tuple[float, float]:
        """Floor and ceiling of the compute power asked for."""
        ...

    @property
    def refill_s(self) -> float:
        """Time in which the battery's missing charge is to be refilled before compute gets more than the floor."""
        ...
