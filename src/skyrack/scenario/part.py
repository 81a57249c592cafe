"""Base of every part of a scenario: keys without units in their names, quantities with units beside their numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from skyrack.catalogue import default_value
from skyrack.catalogue.parts import Kind, part
from skyrack.core.errors import InputError
from skyrack.core.units import UNITS, limit_text, strip_unit, to_si, write_si


class Part(BaseModel):
    """Frozen set of keys; unknown keys are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        alias_generator=strip_unit,
        populate_by_name=False,
        arbitrary_types_allowed=True,
    )


class Source(Part):
    """Source of a number of the scenario: a fact of the catalogue, or a sentence by the author."""

    fact: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Source:
        if self.fact is None and self.note is None:
            raise ValueError("a source needs 'fact' (an id of the catalogue) or 'note' (a sentence)")
        return self


@dataclass(frozen=True)
class Unit:
    """Pydantic marker of a float field that a scenario writes with its unit and that is kept in SI.

    `Annotated[float, Unit("m", 0.0, 100e3)]` reads "650 m" as 650.0, refuses what lies outside 0 to 100 km, and is written
    back as "650.0 m". `low` and `high` are in SI; `low_excluded` refuses `low` itself.
    """

    suffix: str
    """Unit that the float is kept in: a suffix of `UNITS` that a scenario can write."""
    low: float = -math.inf
    high: float = math.inf
    low_excluded: bool = field(default=False, kw_only=True)

    def parse(self, value: Any) -> float:
        """Return `value` in SI; raise InputError, with an example, if it is no such quantity or out of range."""
        number = to_si(value, self.suffix)
        is_too_low = number < self.low or (number == self.low and self.low_excluded)
        if is_too_low or number > self.high or not math.isfinite(number):
            raise InputError(f"{value!r} is not possible; accepted is {self.accepted()}")
        return number

    def accepted(self) -> str:
        """Return the accepted range in words, with an example."""
        unit = UNITS[self.suffix]
        parts = []
        if math.isfinite(self.low):
            parts.append(("above " if self.low_excluded else "from ") + limit_text(self.low, self.suffix))
        if math.isfinite(self.high):
            parts.append("up to " + limit_text(self.high, self.suffix))
        return f"{unit.noun} {' '.join(parts)}".rstrip() + f", for example {unit.example!r}"

    def _validate(self, value: Any) -> float:
        try:
            return self.parse(value)
        except InputError as error:
            raise ValueError(str(error)) from None

    def _write(self, number: float) -> str | float:
        return write_si(number, self.suffix)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(self._write)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        unit = UNITS[self.suffix]
        return {
            "type": ["string", "number"] if unit.is_bare else "string",
            "unit": unit.pint,
            "description": self.accepted(),
            "examples": [unit.example.split(" or ", maxsplit=1)[0]],
        }


@dataclass(frozen=True)
class CatalogueDefault:
    """The default of a field that the catalogue gives, looked up when it is first needed."""

    path: str
    """Path in the catalogue's `defaults`: our own, or those that a package brings."""

    def __call__(self) -> Any:
        """Return the value, with its unit."""
        return default_value(self.path)

    def show(self, schema: dict[str, Any]) -> None:
        """Add the value to the field's JSON Schema."""
        schema["default"] = self()


def from_catalogue(path: str) -> Any:
    """A field whose default is the catalogue's, carried with its source into every report."""
    default = CatalogueDefault(path)
    return Field(default_factory=default, json_schema_extra=default.show)


def catalogue_path(field: FieldInfo) -> str | None:
    """Return the path of the catalogue's default that a field takes; None for a field that takes none."""
    factory = field.default_factory
    return factory.path if isinstance(factory, CatalogueDefault) else None


def known_part(kind: Kind) -> AfterValidator:
    """Return the validator of a name: ValueError, with the known names, unless the catalogue has such a part."""

    def check(name: str) -> str:
        try:
            part(kind, name)
        except InputError as error:
            raise ValueError(str(error)) from None
        return name

    return AfterValidator(check)


Area = Annotated[float, Unit("m2", 1e-4, 1e9)]
Power = Annotated[float, Unit("w", 0.0, 1e12)]
Energy = Annotated[float, Unit("j", 1e3, 1e16)]
HeatCapacity = Annotated[float, Unit("j_per_k", 1.0, 1e13)]
Conductance = Annotated[float, Unit("w_per_k", 1e-3, 1e12)]
TemperatureLimit = Annotated[float, Unit("k", 200.0, 450.0)]
Share = Annotated[float, Unit("frac", 0.0, 1.0)]
PositiveShare = Annotated[float, Unit("frac", 0.0, 1.0, low_excluded=True)]
Divisor = Annotated[float, Unit("frac", 0.001, 1.0)]
"""A fraction that something is divided by, so never nearly zero."""
Angle = Annotated[float, Unit("rad", -6.283185307179587, 6.283185307179587)]
