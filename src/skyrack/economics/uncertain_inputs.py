"""Uncertain assumptions behind a price: the cost inputs that each one changes, its range, and its sources."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from skyrack.economics.accounts import CostInputs, Number

SATELLITE = ("power_usd_per_w", "cooling_usd_per_w", "building_usd_per_w", "network_usd_per_w")


@dataclass(frozen=True)
class Pair:
    """Cost inputs of the two sides that are compared."""

    orbit: CostInputs
    ground: CostInputs
    life_years: tuple[float, float] | None = None
    """Life in orbit at both ends of the range of the dose limit; None where another range applies."""


@dataclass(frozen=True)
class Driver:
    """Uncertain assumption: its range, its sources, and the functions that read it from and write it to a pair."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    facts: tuple[str, ...]
    says: dict[str, str]
    """Statement of a fact about this assumption, where the value of the fact is a different quantity."""
    reason: str
    read: Callable[[Pair], Any]
    write: Callable[[Pair, Number], Pair]

    def around(self, pair: Pair) -> tuple[float, float, float]:
        """Return low, value and high for a pair: the range, widened where the value of the pair lies outside.

        A data center with its own power plant buys no electricity: its cost per kilowatt-hour is halved and doubled.
        """
        value = float(self.read(pair))
        if self.name == "orbit_life" and pair.life_years is not None:
            return min(pair.life_years[0], value), value, max(pair.life_years[1], value)
        if self.name == "ground_energy" and float(pair.ground.generation_usd_per_w) > 0.0:
            return 0.5 * value, value, 2.0 * value
        return min(self.low, value), value, max(self.high, value)


def _field(side: str, *names: str, scale: float = 1.0) -> tuple[Callable[[Pair], Any], Callable[[Pair, Number], Pair]]:
    """Return reader and writer of a driver that sets one or several fields of one side to `scale` times its value."""

    def read(pair: Pair) -> Any:
        return getattr(getattr(pair, side), names[0]) / scale

    def write(pair: Pair, value: Number) -> Pair:
        changed = replace(getattr(pair, side), **dict.fromkeys(names, np.asarray(value) * scale))
        return replace(pair, **{side: changed})

    return read, write


def _sum(side: str, names: tuple[str, ...]) -> tuple[Callable[[Pair], Any], Callable[[Pair, Number], Pair]]:
    """Return reader and writer of a driver that is the sum of some fields, which keep their shares."""

    def read(pair: Pair) -> Any:
        return sum(getattr(getattr(pair, side), name) for name in names)

    def write(pair: Pair, value: Number) -> Pair:
        inputs, total = getattr(pair, side), read(pair)
        shares = {name: getattr(inputs, name) / total if total else 1.0 / len(names) for name in names}
        return replace(pair, **{side: replace(inputs, **{name: np.asarray(value) * shares[name] for name in names})})

    return read, write


def _computers(pair: Pair, value: Number) -> Pair:
    """Return the pair with another price of computers; the price on the ground keeps its ratio to that in orbit."""
    apart = pair.ground.server_usd_per_w / pair.orbit.server_usd_per_w if pair.orbit.server_usd_per_w else 1.0
    return replace(
        pair,
        orbit=replace(pair.orbit, server_usd_per_w=value),
        ground=replace(pair.ground, server_usd_per_w=np.asarray(value) * apart),
    )


_ACCESSORS: dict[str, tuple[Callable[[Pair], Any], Callable[[Pair, Number], Pair]]] = {
    "launch_price": _field("orbit", "launch_usd_per_kg"),
    "mass": _field("orbit", "kg_per_w", scale=1e-3),
    "satellite_price": _sum("orbit", SATELLITE),
    "computer_price": (lambda pair: pair.orbit.server_usd_per_w, _computers),
    "orbit_life": _field("orbit", "it_life_years", "plant_life_years"),
    "orbit_losses": _field("orbit", "decay_per_year"),
    "orbit_capital": _field("orbit", "cost_of_capital"),
    "orbit_operations": _field("orbit", "operations_frac"),
    "orbit_spares": _field("orbit", "spares_frac"),
    "ground_energy": _field("ground", "energy_usd_per_kwh"),
    "ground_pue": _field("ground", "pue"),
    "ground_facility": _sum("ground", SATELLITE),
    "ground_capital": _field("ground", "cost_of_capital"),
    "ground_life": _field("ground", "it_life_years"),
    "ground_repairs": _field("ground", "repairs_frac"),
    "ground_build": _field("ground", "build_years"),
}


@functools.cache
def drivers() -> dict[str, Driver]:
    """Return all drivers by name."""
    text = files("skyrack.catalogue").joinpath("drivers.yaml").read_text("utf-8")
    table = yaml.load(text, Loader=yaml.CSafeLoader)
    return {
        name: Driver(
            name=name,
            read=_ACCESSORS[name][0],
            write=_ACCESSORS[name][1],
            **{"says": {}} | entry | {"facts": tuple(entry["facts"])},
        )
        for name, entry in table.items()
    }
