"""Units at the border of Skyrack: quantities with a unit outside, SI floats with the unit in their name inside.

`UNITS` is the one table of units; everything else here, the fields of a scenario and the console read it. This is the only
module that imports pint.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from typing import Any

from skyrack.core.errors import InputError

Scales = tuple[tuple[float, str], ...]
"""Display scales of a unit, largest first: SI value of one display unit, and its symbol."""


def _prefixed(symbol: str, prefixes: str, size: float = 1.0) -> Scales:
    """Return the display scales of a unit of `size` with these SI prefixes, largest first."""
    factors = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
    return tuple((factors[prefix] * size, prefix + symbol) for prefix in prefixes)


@dataclass(frozen=True)
class SiUnit:
    """A unit that a number inside Skyrack is kept in: how it is read, written and shown."""

    suffix: str
    """Ending of the name of a field, column or variable in this unit, such as `w_per_m2`."""
    name: str
    """Full name: "watt per square metre"."""
    symbol: str
    """Symbol beside a number for people: "W/m²"; empty for a count."""
    pint: str = ""
    """Unit as pint writes it: "watt/meter**2"; empty for a unit that no scenario writes."""
    written: str = ""
    """Unit that a scenario's dump writes after the number: "W/m**2"; empty for a bare number."""
    noun: str = ""
    """Physical quantity, with its article, for errors: "a flux"."""
    example: str = ""
    """One way to write such a quantity, or two joined by " or ": "237 W/m2"."""
    scales: Scales = ()
    """Display scales, largest first; empty where numbers are shown in the unit itself."""
    decimals: int | None = None
    """Decimals shown; None for four significant digits."""
    shown_zero: float = 0.0
    """SI value that is shown as zero: 273.15 for temperatures, which are shown in degrees Celsius."""
    difference: str = ""
    """Suffix of the unit of a difference of two values, where it is another one: `k_difference` for temperatures."""
    kept_in_key: str = ""
    """Part of the suffix that the key of a scenario keeps: `wear_per_year_frac` is written `wear_per_year`."""

    @property
    def has_true_zero(self) -> bool:
        """Return true if zero as shown is the absence of the quantity, so that ratios and percentages have a meaning.

        A temperature shown in degrees Celsius has none, nor has an angle: compare these by their difference, in `difference`.
        """
        return self.shown_zero == 0.0 and self.suffix != "rad"

    @property
    def is_bare(self) -> bool:
        """Return true if a scenario may write a number without a unit."""
        return self.pint == "dimensionless"


_MONEY: Scales = ((1e12, "tn USD"), (1e9, "bn USD"), (1e6, "M USD"), (1.0, "USD"))
_TOKEN_RATES: Scales = ((1e12, "tn tokens/s"), (1e9, "bn tokens/s"), (1e6, "M tokens/s"), (1.0, "tokens/s"))
_TIMES: Scales = ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"))
_MASSES: Scales = ((1e9, "Mt"), (1e6, "kt"), (1e3, "t"), (1.0, "kg"))
_DEGREES: Scales = ((math.pi / 180.0, "°"),)
_ENERGIES: Scales = (*_prefixed("Wh", "TGMk", 3600.0), (1.0, "J"))
_BYTES: Scales = ((2.0**30, "GiB"), (2.0**20, "MiB"), (1.0, "B"))
_BIT_RATES: Scales = (*_prefixed("bit/s", "PTGM"), (1.0, "bit/s"))
_PERCENT: Scales = ((0.01, "%"),)

_TABLE = (
    # suffix, name, symbol, pint, written, noun, example
    SiUnit("m", "metre", "m", "meter", "m", "a length", "650 km", scales=((1e3, "km"), (1.0, "m"))),
    SiUnit("m2", "square metre", "m²", "meter**2", "m**2", "an area", "600 m2"),
    SiUnit("m3", "cubic metre", "m³", "meter**3", "m**3", "a volume", "11 m3"),
    SiUnit("w", "watt", "W", "watt", "W", "a power", "120 kW", scales=(*_prefixed("W", "TGMk"), (1.0, "W"))),
    SiUnit("j", "joule", "J", "joule", "J", "an energy", "60 kWh", scales=_ENERGIES),
    SiUnit(
        "k", "kelvin", "°C", "kelvin", "K", "a temperature", "85 degC",
        decimals=1, shown_zero=273.15, difference="k_difference",
    ),
    SiUnit("s", "second", "s", "second", "s", "a time", "24 h", scales=_TIMES),
    SiUnit("kg", "kilogram", "kg", "kilogram", "kg", "a mass", "60 kg", scales=_MASSES),
    SiUnit("w_per_kg", "watt per kilogram", "kW/t", "watt/kilogram", "W/kg", "a power by mass", "70 kW/t"),
    SiUnit("m_per_s", "metre per second", "m/s", "meter/second", "m/s", "a change of speed", "5 m/s"),
    SiUnit("gy", "gray", "Gy", "gray", "Gy", "a dose", "20 Gy"),
    SiUnit("rad", "radian", "°", "radian", "rad", "an angle", "97.6 deg", scales=_DEGREES, decimals=2),
    SiUnit("j_per_k", "joule per kelvin", "J/K", "joule/kelvin", "J/K", "a heat capacity", "900 kJ/K"),
    SiUnit("w_per_k", "watt per kelvin", "W/K", "watt/kelvin", "W/K", "a thermal conductance", "10 kW/K"),
    SiUnit("w_per_m2", "watt per square metre", "W/m²", "watt/meter**2", "W/m**2", "a flux", "237 W/m2"),
    SiUnit("per_k", "per kelvin", "/K", "1/kelvin", "1/K", "a change per kelvin", "-0.35 %/K"),
    SiUnit(
        "per_year_frac", "fraction per year", "%/year", "1/year", "1/year", "a share per year", "2.5 %/year",
        scales=((0.01, "%/year"),), kept_in_key="per_year",
    ),
    SiUnit(
        "per_cycle_frac", "fraction per full cycle", "%/cycle", "dimensionless", "", "a share per full cycle", "0.002 %",
        scales=((0.01, "%/cycle"),), kept_in_key="per_cycle",
    ),
    SiUnit("frac", "fraction", "%", "dimensionless", "", "a share", "0.9 or 90 %", scales=_PERCENT, decimals=2),
    SiUnit("per_hour", "per hour", "/h", "1/hour", "1/hour", "a rate per hour", "1 /hour"),
    SiUnit("usd", "US dollar", "USD", "USD", "USD", "a sum of money", "400e6 USD", scales=_MONEY),
    SiUnit("usd_per_w", "US dollar per watt", "USD/W", "USD/watt", "USD/W", "a price by power", "12 USD/W"),
    SiUnit("usd_per_kg", "US dollar per kilogram", "USD/kg", "USD/kilogram", "USD/kg", "a price by mass", "500 USD/kg"),
    SiUnit(
        "usd_per_kwh", "US dollar per kilowatt-hour", "USD/kWh", "USD/kilowatt_hour", "USD/kWh",
        "a price of energy", "60 USD/MWh",
    ),
    SiUnit(
        "usd_per_m2", "US dollar per square metre", "USD/m²", "USD/meter**2", "USD/m**2",
        "a price by area", "10000 USD/acre",
    ),
    SiUnit(
        "usd_per_m3", "US dollar per cubic metre", "USD/m³", "USD/meter**3", "USD/m**3",
        "a price by volume", "1.5 USD/m3",
    ),
    SiUnit("usd_per_hour", "US dollar per hour", "USD/h", "USD/hour", "USD/hour", "a price by time", "2.65 USD/hour"),
    SiUnit(
        "l_per_kwh", "litre per kilowatt-hour", "L/kWh", "liter/kilowatt_hour", "L/kWh",
        "a volume by energy", "0.36 L/kWh",
    ),
    SiUnit(
        "g_per_kwh", "gram per kilowatt-hour", "g/kWh", "gram/kilowatt_hour", "g/kWh",
        "a mass by energy", "370 g/kWh",
    ),
    SiUnit(
        "bit_per_s", "bit per second", "bit/s", "bit/second", "bit/s", "a data rate", "100 Gbit/s", scales=_BIT_RATES
    ),
    SiUnit("bytes", "byte", "B", "byte", "byte", "an amount of data", "15 TB", scales=_BYTES),
    SiUnit(
        "hz", "hertz", "Hz", "hertz", "Hz", "a frequency", "20 GHz", scales=(*_prefixed("Hz", "GM"), (1.0, "Hz"))
    ),
    SiUnit("rad_per_s", "radian per second", "rad/s", "radian/second", "rad/s", "a turning speed", "1 deg/s"),
    # units of results alone
    SiUnit("", "count", ""),
    SiUnit("k_difference", "kelvin", "K", decimals=1),
    SiUnit("ms", "millisecond", "ms"),
    SiUnit("per_s", "per second", "/s"),
    SiUnit("per_m2_s", "per square metre and second", "/m²/s"),
    SiUnit("tokens_per_s", "tokens per second", "tokens/s", scales=_TOKEN_RATES),
    SiUnit("tokens_per_j", "tokens per joule", "tokens/J"),
    SiUnit("m_per_s_per_year_km", "metre per second, year and kilometre", "m/s a year and km"),
    SiUnit("usd_per_mwh", "US dollar per megawatt-hour", "USD/MWh"),
    SiUnit("usd_per_kw_year", "US dollar per kilowatt-year", "USD/kW-year"),
    SiUnit("usd_per_gpu_hour", "US dollar per GPU-hour", "USD/GPU-h"),
    SiUnit("usd_per_pflop_day", "US dollar per PFLOP/s-day", "USD/PFLOP-day"),
    SiUnit("usd_per_mtoken", "US dollar per million tokens", "USD/Mtoken"),
)  # fmt: skip

UNITS: dict[str, SiUnit] = {unit.suffix: unit for unit in _TABLE}
"""Every unit, by its suffix. Units with `pint` are those that a scenario can write."""

PINT_UNITS: dict[str, str] = {unit.suffix: unit.pint for unit in _TABLE if unit.pint}
"""Units that a scenario can write, by their suffix, as pint names them."""

_WRITTEN = re.compile(
    r"(?P<number>[-+]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?)"
    r"\s*(?P<unit>(?:1?/)?\s*(?:[A-Za-zµ°%²]+(?:\*\*[1-4]|\^[1-4]|[2-4])?(?:\s*[*/·]\s*|\s+)?){0,5})"
)
"""A number and a unit, and nothing that has to be computed."""


@functools.cache
def registry() -> Any:
    """Return pint's unit registry, with US dollars; made once in a process."""
    import pint

    known = pint.UnitRegistry(autoconvert_offset_to_baseunit=True, cache_folder=None)
    known.define("USD = [currency]")
    known.define("MMBTU = 1e6 * BTU")
    return known


def to_si(value: Any, suffix: str) -> float:
    """Return the number that a quantity such as "650 km" has in the unit of `suffix` ("m").

    A bare number is accepted for fractions alone. Raises InputError, with an example, for anything that is not a quantity
    of this kind.
    """
    unit = UNITS[suffix]
    return _parse(value, unit.pint, unit.noun, unit.example, bare_allowed=unit.is_bare)


def in_unit(value: Any, unit: str, example: str) -> float:
    """Return the number that a quantity such as "20 USD/kg" has in a unit of any kind ("USD/kg"), empty for bare numbers.

    `example` is a value that is accepted, for the sentence of the InputError.
    """
    noun = f"in {unit}" if unit else "a number"
    return _parse(value, unit or "dimensionless", noun, example, bare_allowed=not unit)


def _parse(value: Any, unit: str, noun: str, example: str, *, bare_allowed: bool) -> float:
    import pint

    hint = f"{noun}; write for example {example!r}"
    unitless = InputError(f"{value!r} has no unit; write the unit too, for example {example!r}")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{value!r} is not {hint}")
    if isinstance(value, int | float):
        if bare_allowed:
            return float(value)
        raise unitless
    written = _WRITTEN.fullmatch(value.strip()) if len(value) <= 80 else None
    if written is None:
        raise InputError(f"{value[:40]!r} is not {hint}")
    try:
        quantity = registry().Quantity(float(written["number"]), _to_pint(written["unit"]))
    except (pint.errors.UndefinedUnitError, AttributeError):
        raise InputError(f"{value!r} has an unknown unit; write for example {example!r}") from None
    except (pint.errors.PintError, ValueError, TypeError, SyntaxError):
        raise InputError(f"{value!r} is not {hint}") from None
    wanted = _quantity_of_one(unit)
    is_ratio = wanted.dimensionless and bool(written["unit"].strip())  # as BTU/kWh
    if quantity.dimensionless and quantity.unitless and not (bare_allowed or is_ratio):
        raise unitless
    if _angle_power(quantity) != _angle_power(wanted):
        raise InputError(f"{value!r} is not {hint}")
    try:
        return float(quantity.to(wanted.units).magnitude)
    except pint.errors.DimensionalityError:
        needed = f"{noun} is needed, for example {example!r}"
        raise InputError(f"{value!r} is {_noun_of(quantity)}, but {needed}") from None


@functools.cache
def _quantity_of_one(unit: str) -> Any:
    return registry().Quantity(1.0, _to_pint(unit))


def write_si(number: float, suffix: str) -> str | float:
    """Return a float in SI as a scenario writes it: exact, with its unit; a bare number where there is no unit."""
    unit = UNITS[suffix].written
    return f"{number!r} {unit}" if unit else number


def limit_text(number: float, suffix: str) -> str:
    """Return a limit of an accepted range, given in SI, as errors and the JSON Schema write it: "100 km", "0.5 m2"."""
    if suffix == "rad":
        return f"{math.degrees(number):g} deg"
    if suffix == "m" and abs(number) >= 1e3:
        return f"{number / 1e3:g} km"
    return f"{number:g} {UNITS[suffix].written.replace('**', '')}".strip()


def _angle_power(quantity: Any) -> int:
    """Return the power of angle in a quantity's unit; pint takes degrees for numbers without a unit."""
    per_unit = registry().get_base_units
    return int(sum(power for unit, power in quantity._units.items() if str(per_unit(unit)[1]) == "radian"))


def _to_pint(unit: str) -> str:
    """Return `m2`, `m²` and `/hour` as pint writes them: `m**2`, `1/hour`."""
    unit = "1" + unit if unit.startswith("/") else unit
    return re.sub(r"(?<=[A-Za-z])([2-4])", r"**\1", unit.replace("²", "2"))


def _noun_of(quantity: Any) -> str:
    for unit in UNITS.values():
        if unit.pint and not unit.is_bare and quantity.check(registry().Unit(unit.pint).dimensionality):
            return unit.noun
    return "a share or number" if quantity.dimensionless else f"in {quantity.units}"


_BY_LENGTH = sorted(PINT_UNITS, key=len, reverse=True)


def strip_unit(name: str) -> str:
    """Return the scenario key of a field: its name without the unit suffix (`capacity_j` becomes `capacity`)."""
    suffix = unit_suffix(name)
    if suffix is None:
        return name
    stem, kept = name.removesuffix("_" + suffix), UNITS[suffix].kept_in_key
    return f"{stem}_{kept}" if kept else stem


def unit_suffix(name: str) -> str | None:
    """Return the longest unit suffix that a name ends with (`capacity_j`: `j`), None where there is none."""
    return next((suffix for suffix in _BY_LENGTH if name.endswith("_" + suffix)), None)


def si_symbol(suffix: str) -> str:
    """Return the symbol of the unit that values with a suffix are kept in ("w_per_m2" is "W/m²"); empty for plain numbers."""
    unit = PINT_UNITS.get(suffix, "")
    return f"{registry().Unit(unit):~P}" if unit else ("" if suffix in UNITS else suffix)


def display(value: float | None, unit: str, digits: int = 4) -> str:
    """Return a value in SI for people: kilowatts, hours, degrees Celsius, percent; "-" where there is no finite value.

    `unit` is a suffix of `UNITS`; another text stands beside the number as it is. `digits` is the number of significant
    figures.
    """
    if value is None or not math.isfinite(value):
        return "-"
    known = UNITS.get(unit) or SiUnit(unit, unit, unit)
    shown = value - known.shown_zero
    scales = known.scales or ((1.0, known.symbol),)
    size, symbol = next((scale for scale in scales if abs(shown) >= scale[0]), scales[-1])
    gap = "" if symbol == "°" else " "
    return f"{_digits(shown / size, known, digits)}{gap}{symbol}".strip()


WHOLE_FROM = 1e4
"""Number without an SI prefix from which all figures before the decimal point are written."""


def _digits(number: float, unit: SiUnit, digits: int) -> str:
    if unit.decimals is not None:
        return f"{number:.{unit.decimals}f}"
    if unit.scales or abs(number) < WHOLE_FROM:
        return f"{number:.{digits}g}" if abs(number) < 10.0**digits else f"{float(f'{number:.{digits}g}'):.0f}"
    return f"{number:,.0f}"


def display_difference(value: float, unit: str) -> str:
    """Return a difference of two values in SI for people, signed: kelvins, percentage points, else as the values are."""
    name = (UNITS[unit].difference if unit in UNITS else "") or unit
    shown = f"{100.0 * value:.2f} percentage points" if unit == "frac" else display(value, name)
    return f"+{shown}" if value > 0.0 else shown
