"""The assumptions that a price follows from: what each one means for the two places, its range, and who says so."""

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
    """The two places that are compared."""

    orbit: CostInputs
    ground: CostInputs


@dataclass(frozen=True)
class Driver:
    """One assumption: how it is read off a pair, how it is put into one, and what is said of it."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    facts: tuple[str, ...]
    says: dict[str, str]
    """What a fact says of just this assumption, where its own value is of something else."""
    reason: str
    read: Callable[[Pair], Any]
    write: Callable[[Pair, Number], Pair]

    def around(self, pair: Pair) -> tuple[float, float, float]:
        """Low, value and high for a pair: the range, widened where the pair's own value lies outside.

        A campus with a power plant of its own buys no electricity: what it pays for each kilowatt-hour is halved and doubled.
        """
        value = float(self.read(pair))
        if self.name == "ground_energy" and float(pair.ground.generation_usd_per_w) > 0.0:
            return 0.5 * value, value, 2.0 * value
        return min(self.low, value), value, max(self.high, value)


def _field(side: str, *names: str, scale: float = 1.0) -> tuple[Callable[[Pair], Any], Callable[[Pair, Number], Pair]]:
    """A driver that is one field of one place, or several fields alike; `scale` times the driver's number."""

    def read(pair: Pair) -> Any:
        return getattr(getattr(pair, side), names[0]) / scale

    def write(pair: Pair, value: Number) -> Pair:
        changed = replace(getattr(pair, side), **dict.fromkeys(names, np.asarray(value) * scale))
        return replace(pair, **{side: changed})

    return read, write


def _sum(side: str, names: tuple[str, ...]) -> tuple[Callable[[Pair], Any], Callable[[Pair, Number], Pair]]:
    """A driver that is the sum of some fields, which keep their shares."""

    def read(pair: Pair) -> Any:
        return sum(getattr(getattr(pair, side), name) for name in names)

    def write(pair: Pair, value: Number) -> Pair:
        inputs, total = getattr(pair, side), read(pair)
        shares = {name: getattr(inputs, name) / total if total else 1.0 / len(names) for name in names}
        return replace(pair, **{side: replace(inputs, **{name: np.asarray(value) * shares[name] for name in names})})

    return read, write


def _computers(pair: Pair, value: Number) -> Pair:
    """The price of both sides' computers, that on the ground in proportion where it is another machine."""
    apart = pair.ground.server_usd_per_w / pair.orbit.server_usd_per_w if pair.orbit.server_usd_per_w else 1.0
    return Pair(
        replace(pair.orbit, server_usd_per_w=value), replace(pair.ground, server_usd_per_w=np.asarray(value) * apart)
    )


_WAYS: dict[str, tuple[Callable[[Pair], Any], Callable[[Pair, Number], Pair]]] = {
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
    """All drivers, by name."""
    text = files("skyrack.catalogue").joinpath("drivers.yaml").read_text("utf-8")
    table = yaml.load(text, Loader=yaml.CSafeLoader)
    return {
        name: Driver(
            name=name,
            read=_WAYS[name][0],
            write=_WAYS[name][1],
            **{"says": {}} | entry | {"facts": tuple(entry["facts"])},
        )
        for name, entry in table.items()
    }
