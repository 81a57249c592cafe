"""Power policies: how much compute power a satellite requests, in sunlight and in shadow.

Every policy gives two static powers. In shadow the satellite requests the floor. In sunlight it requests what the array
leaves after the bus and the battery's recharge, but no less than the floor and no more than the ceiling. A policy may also
command: for each chunk of a run it then gives the compute power that every satellite requests, from the time, the state of
charge, a forecast of the light, prices and an order from outside. Add a policy: one file with a class that keeps the promise
below, one line among the entry points `skyrack.power_policy`, one test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PolicyContext:
    """Inputs of a policy that commands a fleet for one chunk of a run.

    Arrays have one entry for each satellite, in the numbering of the whole fleet.
    """

    time_s: float
    """Begin of the chunk, since the epoch."""
    span_s: float
    """Length of the chunk: the command holds all through it."""
    state_of_charge_frac: Floats
    """Charge of each battery at the begin of the chunk, over its present capacity."""
    average_power_w: Floats
    """Average and peak compute power of each satellite, as its scenario has them."""
    peak_power_w: Floats
    sunlit_frac: Floats | None = None
    """Forecast of the share of the chunk that each satellite spends in sunlight; None where there is no forecast."""
    price_usd_per_kwh: float | None = None
    """Price of electricity or of compute on a market, for each kilowatt-hour of compute; None without a market."""
    command_w: Floats | None = None
    """Compute power that an operator or a scheduler asks of each satellite; None without an order."""

    @property
    def n_sats(self) -> int:
        """Satellites of the fleet."""
        return len(self.state_of_charge_frac)


class PowerPolicy(Protocol):
    """The promise of every power policy: static bounds."""

    name: ClassVar[str]

    def bounds_w(self, average_power_w: float, peak_power_w: float) -> tuple[float, float]:
        """Return the floor and the ceiling of the requested compute power."""
        ...

    @property
    def refill_s(self) -> float:
        """Time in which the battery's missing charge is to be recharged before compute gets more than the floor."""
        ...


@runtime_checkable
class CommandingPolicy(PowerPolicy, Protocol):
    """The promise of a policy that also commands. Its static bounds size the satellite, and hold without a command."""

    def requested_w(self, context: PolicyContext) -> Floats | None:
        """Return the compute power that each satellite requests during the chunk; None to leave the static bounds."""
        ...


def requested_w(policy: PowerPolicy, context: PolicyContext) -> Floats | None:
    """Return what a policy commands for a chunk of a run, one power for each satellite, none above its peak.

    None where the policy is static, or gives no command for this chunk. Raises InputError for a command of another shape,
    or with powers below zero or without a value.
    """
    if not isinstance(policy, CommandingPolicy):
        return None
    found = policy.requested_w(context)
    if found is None:
        return None
    power_w = np.asarray(found, np.float64)
    if power_w.shape != (context.n_sats,) or not (power_w >= 0.0).all():
        raise InputError(
            f"power_policy: {policy.name} commands an array of shape {power_w.shape} at {context.time_s:g} s; accepted is "
            f"one power from 0 W up for each of the {context.n_sats:,} satellites"
        )
    return np.minimum(power_w, context.peak_power_w)
