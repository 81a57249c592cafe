"""The base of every part of a scenario: keys without units in their names, quantities with units beside their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo

from skyrack.catalogue import default_value
from skyrack.catalogue.parts import Kind, part
from skyrack.core.errors import InputError
from skyrack.core.units import EXAMPLES, PINT_UNITS, Quantity, strip_unit


class Part(BaseModel):
    """A frozen set of keys; unknown ones are refused."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        alias_generator=strip_unit,
        populate_by_name=False,
        arbitrary_types_allowed=True,
    )


class Source(Part):
    """Where a number of the scenario comes from: a fact of the catalogue, or a sentence of the author's own."""

    fact: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Source:
        if self.fact is None and self.note is None:
            raise ValueError("a source needs 'fact' (an id of the catalogue) or 'note' (a sentence)")
        return self


def quantity(suffix: str, low: float = -float("inf"), high: float = float("inf"), *, above: bool = False) -> Any:
    """Type of a field that is written with its unit and kept as a float in SI; `above` excludes `low` itself."""
    marker = Quantity(suffix, low, high, low_allowed=not above)

    def parse(value: Any) -> float:
        try:
            return marker.parse(value)
        except InputError as error:
            raise ValueError(str(error)) from None

    unit = PINT_UNITS[suffix]
    schema: dict[str, Any] = {
        "type": ["string", "number"] if suffix in ("frac", "per_cycle_frac") else "string",
        "unit": unit,
        "description": marker.accepted(),
        "examples": [EXAMPLES[suffix][1].split(" or ", maxsplit=1)[0]],
    }
    return Annotated[float, BeforeValidator(parse), PlainSerializer(written_as(suffix)), WithJsonSchema(schema)]


def written_as(suffix: str) -> Any:
    """How a float in SI is written back into a scenario: exact, with its unit."""
    unit = {
        "m2": "m**2",
        "m3": "m**3",
        "rad": "rad",
        "w_per_m2": "W/m**2",
        "j_per_k": "J/K",
        "w_per_k": "W/K",
        "per_k": "1/K",
        "per_year_frac": "1/year",
        "per_hour": "1/hour",
        "per_cycle_frac": "",
        "frac": "",
        "m": "m",
        "w": "W",
        "j": "J",
        "k": "K",
        "s": "s",
        "kg": "kg",
        "w_per_kg": "W/kg",
        "m_per_s": "m/s",
        "gy": "Gy",
        "usd": "USD",
        "usd_per_w": "USD/W",
        "usd_per_kg": "USD/kg",
        "usd_per_kwh": "USD/kWh",
        "usd_per_m2": "USD/m**2",
        "usd_per_m3": "USD/m**3",
        "usd_per_hour": "USD/hour",
        "l_per_kwh": "L/kWh",
        "g_per_kwh": "g/kWh",
        "bit_per_s": "bit/s",
        "bytes": "byte",
        "hz": "Hz",
        "rad_per_s": "rad/s",
    }[suffix]

    def write(number: float) -> str | float:
        return f"{number!r} {unit}" if unit else number

    return write


@dataclass(frozen=True)
class CatalogueDefault:
    """The default of a field that the catalogue gives, looked up when it is first needed."""

    path: str
    """Of the catalogue's `defaults`: our own, or those that a package brings."""

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
    """Check that a name is one of the catalogue's parts of this kind."""

    def check(name: str) -> str:
        try:
            part(kind, name)
        except InputError as error:
            raise ValueError(str(error)) from None
        return name

    return AfterValidator(check)


Length = quantity("m")
Area = quantity("m2", 1e-4, 1e9)
Power = quantity("w", 0.0, 1e12)
Energy = quantity("j", 1e3, 1e16)
HeatCapacity = quantity("j_per_k", 1.0, 1e13)
Conductance = quantity("w_per_k", 1e-3, 1e12)
TemperatureLimit = quantity("k", 200.0, 450.0)
Share = quantity("frac", 0.0, 1.0)
PositiveShare = quantity("frac", 0.0, 1.0, above=True)
Divisor = quantity("frac", 0.001, 1.0)
"""A share that something is divided by: never nearly nothing."""
Angle = quantity("rad", -6.283185307179587, 6.283185307179587)
