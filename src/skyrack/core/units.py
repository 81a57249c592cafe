"""The border between quantities with a unit, outside, and SI floats with the unit in the name, inside.

The only file that knows pint.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

from skyrack.core.errors import InputError

PINT_UNITS = {
    "m": "meter",
    "m2": "meter**2",
    "m3": "meter**3",
    "w": "watt",
    "j": "joule",
    "k": "kelvin",
    "s": "second",
    "kg": "kilogram",
    "w_per_kg": "watt/kilogram",
    "m_per_s": "meter/second",
    "gy": "gray",
    "rad": "radian",
    "j_per_k": "joule/kelvin",
    "w_per_k": "watt/kelvin",
    "w_per_m2": "watt/meter**2",
    "per_k": "1/kelvin",
    "per_year_frac": "1/year",
    "per_cycle_frac": "dimensionless",
    "frac": "dimensionless",
    "per_hour": "1/hour",
    "usd": "USD",
    "usd_per_w": "USD/watt",
    "usd_per_kg": "USD/kilogram",
    "usd_per_kwh": "USD/kilowatt_hour",
    "usd_per_m2": "USD/meter**2",
    "usd_per_m3": "USD/meter**3",
    "usd_per_hour": "USD/hour",
    "l_per_kwh": "liter/kilowatt_hour",
    "g_per_kwh": "gram/kilowatt_hour",
    "bit_per_s": "bit/second",
    "bytes": "byte",
    "hz": "hertz",
    "rad_per_s": "radian/second",
}
"""Suffix of a name inside, and the unit it stands for."""

EXAMPLES = {
    "m": ("a length", "650 km"),
    "m2": ("an area", "600 m2"),
    "m3": ("a volume", "11 m3"),
    "w": ("a power", "120 kW"),
    "j": ("an energy", "60 kWh"),
    "k": ("a temperature", "85 degC"),
    "s": ("a time", "24 h"),
    "kg": ("a mass", "60 kg"),
    "w_per_kg": ("a power by mass", "70 kW/t"),
    "m_per_s": ("a change of speed", "5 m/s"),
    "gy": ("a dose", "20 Gy"),
    "rad": ("an angle", "97.6 deg"),
    "j_per_k": ("a heat capacity", "900 kJ/K"),
    "w_per_k": ("a thermal conductance", "10 kW/K"),
    "w_per_m2": ("a flux", "237 W/m2"),
    "per_k": ("a change per kelvin", "-0.35 %/K"),
    "per_year_frac": ("a share per year", "2.5 %/year"),
    "per_cycle_frac": ("a share per full cycle", "0.002 %"),
    "frac": ("a share", "0.9 or 90 %"),
    "per_hour": ("a rate per hour", "1 /hour"),
    "usd": ("a sum of money", "400e6 USD"),
    "usd_per_w": ("a price by power", "12 USD/W"),
    "usd_per_kg": ("a price by mass", "500 USD/kg"),
    "usd_per_kwh": ("a price of energy", "60 USD/MWh"),
    "usd_per_m2": ("a price by area", "10000 USD/acre"),
    "usd_per_m3": ("a price by volume", "1.5 USD/m3"),
    "usd_per_hour": ("a price by time", "2.65 USD/hour"),
    "l_per_kwh": ("a volume by energy", "0.36 L/kWh"),
    "g_per_kwh": ("a mass by energy", "370 g/kWh"),
    "bit_per_s": ("a data rate", "100 Gbit/s"),
    "bytes": ("an amount of data", "15 TB"),
    "hz": ("a frequency", "20 GHz"),
    "rad_per_s": ("a turning speed", "1 deg/s"),
}
"""What a quantity with this suffix is called, and one way to write it."""

_WRITTEN = re.compile(
    r"(?P<number>[-+]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)"
    r"\s*(?P<unit>(?:1?/)?\s*(?:[A-Za-zµ°%²]+(?:\*\*[1-4]|\^[1-4]|[2-4])?(?:\s*[*/·]\s*|\s+)?){0,5})"
)
"""A number and a unit, and nothing that has to be computed."""

_BARE_ALLOWED = {"frac", "per_cycle_frac"}


@dataclass(frozen=True)
class Quantity:
    """Pydantic marker: a text with a unit outside, a float in SI inside."""

    suffix: str
    low: float = -math.inf
    high: float = math.inf
    low_allowed: bool = True

    def parse(self, value: Any) -> float:
        """`value` in the unit of the suffix; InputError with an example if it cannot be."""
        number = to_si(value, self.suffix)
        too_low = number < self.low or (number == self.low and not self.low_allowed)
        if too_low or number > self.high or not math.isfinite(number):
            raise InputError(f"{value!r} is not possible; accepted is {self.accepted()}")
        return number

    def accepted(self) -> str:
        """The accepted range in words."""
        noun, example = EXAMPLES[self.suffix]
        parts = []
        if math.isfinite(self.low):
            parts.append(("from " if self.low_allowed else "above ") + self._show(self.low))
        if math.isfinite(self.high):
            parts.append("up to " + self._show(self.high))
        return f"{noun} {' '.join(parts)}".rstrip() + f", for example {example!r}"

    def _show(self, number: float) -> str:
        if self.suffix == "rad":
            return f"{math.degrees(number):g} deg"
        if self.suffix == "m" and abs(number) >= 1e3:
            return f"{number / 1e3:g} km"
        unit = PINT_UNITS[self.suffix].replace("dimensionless", "").replace("**", "")
        short = {"meter": "m", "watt": "W", "joule": "J", "kelvin": "K", "second": "s", "meter2": "m2"}
        return f"{number:g} {short.get(unit, unit)}".strip()


@functools.cache
def registry() -> Any:
    """The one unit registry."""
    import pint

    known = pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)
    known.define("USD = [currency]")
    known.define("MMBTU = 1e6 * BTU")
    return known


def to_si(value: Any, suffix: str) -> float:
    """The number that `value` ("650 km") has in the unit of `suffix` ("m")."""
    noun, example = EXAMPLES[suffix]
    return _in_unit(value, PINT_UNITS[suffix], noun, example, bare_allowed=suffix in _BARE_ALLOWED)


def in_unit(value: Any, unit: str, example: str) -> float:
    """Return the number that `value` ("20 USD/kg") has in a unit of any kind ("USD/kg"), empty for shares and counts.

    `example` is a value that is accepted, for the sentence of the InputError.
    """
    return _in_unit(
        value, unit or "dimensionless", f"in {unit}" if unit else "a number", example, bare_allowed=not unit
    )


def _in_unit(value: Any, unit: str, noun: str, example: str, *, bare_allowed: bool) -> float:
    import pint

    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{value!r} is not {noun}; write for example {example!r}")
    if isinstance(value, int | float):
        if bare_allowed:
            return float(value)
        raise InputError(f"{value!r} has no unit; write the unit too, for example {example!r}")
    written = _WRITTEN.fullmatch(value.strip()) if len(value) <= 80 else None
    if written is None:
        raise InputError(f"{value[:40]!r} is not {noun}; write for example {example!r}")
    try:
        quantity = registry().Quantity(float(written["number"]), _tidy(written["unit"]))
    except (pint.errors.UndefinedUnitError, AttributeError):
        raise InputError(f"{value!r} has an unknown unit; write for example {example!r}") from None
    except (pint.errors.PintError, ValueError, TypeError, SyntaxError):
        raise InputError(f"{value!r} is not {noun}; write for example {example!r}") from None
    wanted = _one(unit)
    is_ratio = wanted.dimensionless and bool(written["unit"].strip())  # as BTU/kWh
    if quantity.dimensionless and quantity.unitless and not (bare_allowed or is_ratio):
        raise InputError(f"{value!r} has no unit; write the unit too, for example {example!r}")
    if _angles(quantity) != _angles(wanted):
        raise InputError(f"{value!r} is not {noun}; write for example {example!r}")
    try:
        return float(quantity.to(wanted.units).magnitude)
    except pint.errors.DimensionalityError:
        raise InputError(f"{value!r} is {_noun_of(quantity)}, but {noun} is needed, for example {example!r}") from None


@functools.cache
def _one(unit: str) -> Any:
    """One of a unit."""
    return registry().Quantity(1.0, _tidy(unit))


def _angles(quantity: Any) -> int:
    """How often an angle is multiplied in: pint takes degrees for numbers without a unit."""
    per_unit = registry().get_base_units
    return int(sum(power for unit, power in quantity._units.items() if str(per_unit(unit)[1]) == "radian"))


def _tidy(unit: str) -> str:
    """`m2`, `m²` and `/hour` as pint writes them: `m**2`, `1/hour`."""
    unit = "1" + unit if unit.startswith("/") else unit
    return re.sub(r"(?<=[A-Za-z])([2-4])", r"**\1", unit.replace("²", "2"))


def _noun_of(quantity: Any) -> str:
    for suffix, unit in PINT_UNITS.items():
        if suffix not in _BARE_ALLOWED and quantity.check(registry().Unit(unit).dimensionality):
            return EXAMPLES[suffix][0]
    return "a share or number" if quantity.dimensionless else f"in {quantity.units}"


def strip_unit(name: str) -> str:
    """The scenario key of a field: its name without the unit suffix (`capacity_j` becomes `capacity`)."""
    suffix = unit_suffix(name)
    if suffix is None:
        return name
    kept = suffix.removesuffix("_frac") if suffix in ("per_year_frac", "per_cycle_frac") else ""
    stem = name.removesuffix("_" + suffix)
    return f"{stem}_{kept}" if kept else stem


def unit_suffix(name: str) -> str | None:
    """Return the longest unit suffix that a name ends with (`capacity_j`: `j`), None where there is none."""
    return max((suffix for suffix in PINT_UNITS if name.endswith("_" + suffix)), key=len, default=None)


_DISPLAY = {
    "w": ((1e12, "TW"), (1e9, "GW"), (1e6, "MW"), (1e3, "kW"), (1.0, "W")),
    "j": ((3.6e15, "TWh"), (3.6e12, "GWh"), (3.6e9, "MWh"), (3.6e6, "kWh"), (1.0, "J")),
    "s": ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s")),
    "m": ((1e3, "km"), (1.0, "m")),
    "kg": ((1e9, "Mt"), (1e6, "kt"), (1e3, "t"), (1.0, "kg")),
    "usd": ((1e12, "tn USD"), (1e9, "bn USD"), (1e6, "M USD"), (1.0, "USD")),
    "bytes": ((2.0**30, "GiB"), (2.0**20, "MiB"), (1.0, "B")),
    "bit_per_s": ((1e15, "Pbit/s"), (1e12, "Tbit/s"), (1e9, "Gbit/s"), (1e6, "Mbit/s"), (1.0, "bit/s")),
    "hz": ((1e9, "GHz"), (1e6, "MHz"), (1.0, "Hz")),
    "tokens_per_s": ((1e12, "tn tokens/s"), (1e9, "bn tokens/s"), (1e6, "M tokens/s"), (1.0, "tokens/s")),
}

_NAMES = {
    "w_per_m2": "W/m²",
    "m2": "m²",
    "m3": "m³",
    "per_s": "/s",
    "j_per_k": "J/K",
    "w_per_k": "W/K",
    "gy": "Gy",
    "w_per_kg": "kW/t",
    "usd_per_w": "USD/W",
    "usd_per_kg": "USD/kg",
    "usd_per_kwh": "USD/kWh",
    "usd_per_mwh": "USD/MWh",
    "usd_per_hour": "USD/h",
    "usd_per_kw_year": "USD/kW-year",
    "usd_per_gpu_hour": "USD/GPU-h",
    "usd_per_pflop_day": "USD/PFLOP-day",
    "usd_per_mtoken": "USD/Mtoken",
    "l_per_kwh": "L/kWh",
    "g_per_kwh": "g/kWh",
    "rad_per_s": "rad/s",
    "m_per_s_per_year_km": "m/s a year and km",
    "ms": "ms",
    "tokens_per_j": "tokens/J",
    "per_m2_s": "/m²/s",
}


def display_difference(value: float, unit: str) -> str:
    """A difference of two values in SI for people, with its sign: kelvins, percentage points, else as the values are."""
    name = "k_difference" if unit == "k" else unit
    shown = f"{100.0 * value:.2f} percentage points" if unit == "frac" else display(value, name)
    return f"+{shown}" if value > 0.0 else shown


def display(value: float | None, unit: str) -> str:  # noqa: PLR0911 (one return for each kind of unit)
    """A value in SI for people: kilowatts, hours, degrees Celsius, percent."""
    if value is None or not math.isfinite(value):
        return "-"
    if unit == "k":
        return f"{value - 273.15:.1f} °C"
    if unit == "k_difference":
        return f"{value:.1f} K"
    if unit == "frac":
        return f"{100.0 * value:.2f} %"
    if unit == "rad":
        return f"{math.degrees(value):.2f}°"
    for size, name in _DISPLAY.get(unit, ()):
        if abs(value) >= size:
            return f"{value / size:.4g} {name}"
    if unit in _DISPLAY:
        return f"{value:.4g} {_DISPLAY[unit][-1][1]}"
    number = f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
    return f"{number} {_NAMES.get(unit, unit)}".strip()
