"""Inputs of published calculations: the key, unit and range of each, and calculations with some of them changed."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.units import PINT_UNITS, in_unit, strip_unit, unit_suffix


@dataclass(frozen=True)
class Input:
    """One input of a published calculation."""

    model: str
    """Name of the calculation."""
    key: str
    """Name under which it is changed: `launch_price`, or `factors.network` for an entry of a mapping."""
    unit: str
    """Unit of its number; empty for shares and counts."""
    value: float
    """In this unit."""
    low: float
    high: float
    low_allowed: bool
    """Whether `low` itself is accepted."""
    field: str
    """Field of the calculation's class."""
    entry: str | None
    """Key within the field, where that is a mapping."""

    @property
    def example(self) -> str:
        """The value as a user would write it."""
        return f"{self.value:g} {self.unit}".strip()

    def parse(self, value: Any) -> float:
        """Return `value` ("20 USD/kg") in the input's unit; InputError where it is none or out of range."""
        try:
            number = in_unit(value, self.unit, self.example)
        except InputError as error:
            raise InputError(f"{self.model}.{self.key}: {error}") from None
        too_low = number < self.low or (number == self.low and not self.low_allowed)
        if too_low or number > self.high or not math.isfinite(number):
            raise InputError(
                f"{self.model}.{self.key}: {value!r} is not possible; accepted is a number {self._range()}"
            )
        return number

    def _range(self) -> str:
        begin = f"{'from' if self.low_allowed else 'above'} {self.low:g}"
        end = f" up to {self.high:g}" if math.isfinite(self.high) else ""
        return f"{begin}{end} {self.unit}".strip() + f", for example {self.example!r}"


def given(
    value: float | dict[str, float],
    unit: str = "",
    key: str | None = None,
    *,
    low: float = 0.0,
    high: float = math.inf,
    above: bool = False,
) -> Any:
    """Declare an input of a published calculation.

    `value` is the published one, or a mapping of such, in `unit` (empty for shares and counts); `key` is the name under which
    it is changed, by default the field's; `above` excludes `low` itself.
    """
    metadata = {"key": key, "unit": unit, "low": low, "high": high, "low_allowed": not above}
    if isinstance(value, dict):
        return field(default_factory=lambda: dict(value), metadata=metadata)
    return field(default=value, metadata=metadata)


def share(value: float | dict[str, float], key: str | None = None) -> Any:
    """Declare an input that is a share from 0 to 1."""
    return given(value, key=key, high=1.0)


def positive_share(value: float | dict[str, float], key: str | None = None) -> Any:
    """Declare an input that is a share above 0 and up to 1, as something is divided by it."""
    return given(value, key=key, high=1.0, above=True)


def positive(value: float, unit: str = "", key: str | None = None) -> Any:
    """Declare an input that is above zero."""
    return given(value, unit, key, above=True)


def inputs_of(model: Any) -> dict[str, Input]:
    """Return the inputs of a published calculation by the keys under which they are changed."""
    return {one.key: one for declared in fields(model) for one in _inputs(model, declared)}


def with_changes(model: Any, changes: Mapping[str, Any]) -> Any:
    """Return a published calculation with some inputs changed ({"launch_price": "20 USD/kg"}).

    InputError for unknown keys, for numbers without their unit, and where the calculation has no result.
    """
    known = inputs_of(model)
    new: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in known:
            raise InputError(f"{model.name}.{key}: {_unknown(key, known)}")
        one = known[key]
        number = one.parse(value)
        if one.entry is None:
            new[one.field] = number
        else:
            new[one.field] = new.get(one.field, getattr(model, one.field)) | {one.entry: number}
    changed = replace(model, **new)
    _check(changed, changes)
    return changed


def _check(model: Any, changes: Mapping[str, Any]) -> None:
    """InputError where a calculation breaks down with inputs that are possible one by one."""
    if not _has_result(model):
        told = ", ".join(f"{key} {value}" for key, value in changes.items())
        raise InputError(
            f"{model.name}: the calculation has no result with {told}; take values nearer to the published ones"
        )


def _has_result(model: Any) -> bool:
    try:
        sides = (model.orbit(), model.ground())
        figures = [*model.results().values(), *(side.usd_per_kw_year for side in sides if side is not None)]
    except (ArithmeticError, ValueError):
        return False
    return all(not isinstance(figure, complex) and math.isfinite(figure) for figure in figures) and all(
        side is None or side.usd_per_kw_year > 0.0 for side in sides
    )


def _inputs(model: Any, declared: Field[Any]) -> Iterator[Input]:
    told = _declaration(type(model), declared)
    value = getattr(model, declared.name)
    limits = (told["low"], told["high"], told["low_allowed"])
    key = told["key"] or declared.name
    if isinstance(value, Mapping):
        for entry, number in value.items():
            yield Input(model.name, f"{key}.{entry}", told["unit"], number, *limits, declared.name, entry)
    elif isinstance(value, float | int):
        yield Input(model.name, key, told["unit"], value, *limits, declared.name, None)


def _declaration(model: type[Any], declared: Field[Any]) -> Mapping[str, Any]:
    """Metadata of an input, by a base class where a subclass only has another value; by its name's suffix without any."""
    for base in model.__mro__:
        found = getattr(base, "__dataclass_fields__", {}).get(declared.name)
        if found is not None and "unit" in found.metadata:
            known: Mapping[str, Any] = found.metadata
            return known
    unit = PINT_UNITS.get(unit_suffix(declared.name) or "", "").replace("dimensionless", "")
    return {"key": strip_unit(declared.name), "unit": unit, "low": -math.inf, "high": math.inf, "low_allowed": True}


def _unknown(key: str, known: Mapping[str, Input]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    listed = ", ".join(f"{one.key} ({one.example})" for one in known.values())
    return f"there is no such input{guess}; accepted are {listed}"
