"""What a scenario may say: orbits, satellite, power policy, span, and the published claims it is held against."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from skyrack.core.slots import models_of
from skyrack.scenario.growth import Buildout
from skyrack.scenario.money import Campus, Economics
from skyrack.scenario.part import (
    Angle,
    Area,
    Conductance,
    Energy,
    HeatCapacity,
    Part,
    PositiveShare,
    Power,
    Share,
    Source,
    TemperatureLimit,
    from_catalogue,
    quantity,
)
from skyrack.scenario.wish import Design

MAX_SATELLITES = 20_000_000
MAX_STEPS = 60_000_000
"""A century of minutes."""


def _utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not 1950 <= aware.year < 2100:
        raise ValueError(f"{moment.isoformat()} lies outside 1950-2100, for which the Sun's position is valid")
    return aware.astimezone(UTC)


def _not_a_number(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        raise ValueError(f"{value!r} is not a date; write for example '2027-03-20T00:00:00Z'")  # noqa: TRY004 (pydantic)
    return value


Epoch = Annotated[datetime, BeforeValidator(_not_a_number), AfterValidator(_utc)]


def _slot_complaint(error: ValidationError, chosen: type[Any], name: str) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = [str(field.alias) for field in getattr(chosen, "model_fields", {}).values()]
        return f"{key!r} is not a key of {name}; known are {', '.join(['model', *known])}"
    return f"{key}: {first['msg'].removeprefix('Value error, ')}"


def slot(name: str) -> Any:
    """Type of a field that names one of a slot's models: `conical`, or `{model: conical, key: value}`."""

    def choose(value: Any) -> Any:
        known = models_of(name)
        keys = {"model": value} if isinstance(value, str) else value
        if not isinstance(keys, dict):
            if type(value) in known.values():
                return value
            raise ValueError(f"{value!r} is not a model; known are {', '.join(known)}")
        chosen = known.get(str(keys.get("model")))
        if chosen is None:
            raise ValueError(f"{keys.get('model')!r} is not a known model; known are {', '.join(known)}")
        own = {key: value for key, value in keys.items() if key != "model"}
        try:
            return TypeAdapter(chosen).validate_python(own)
        except ValidationError as error:
            raise ValueError(_slot_complaint(error, chosen, keys["model"])) from None

    def write(model: Any) -> Any:
        keys = TypeAdapter(type(model)).dump_python(model, mode="json", by_alias=True)
        return {"model": model.name, **keys}

    schema = {"description": f"a model of the slot {name}", "examples": sorted(models_of(name))}
    return Annotated[Any, BeforeValidator(choose), PlainSerializer(write), WithJsonSchema(schema)]


class Environment(Part):
    """The surroundings in which the fleet flies."""

    shadow: slot("shadow") = from_catalogue("environment.shadow")  # type: ignore[valid-type]
    earth_infrared_w_per_m2: quantity("w_per_m2", 0.0, 1000.0) = from_catalogue("environment.earth_infrared")  # type: ignore[valid-type]
    albedo_frac: Share = from_catalogue("environment.albedo")


class Stack(Part):
    """The same shell again and again, each one higher."""

    shells: int = Field(ge=1, le=1000)
    spacing_m: quantity("m", 0.0, 100e3, above=True)  # type: ignore[valid-type]


class Shell(Part):
    """Orbits of one kind around one altitude."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    kind: Literal["sun-synchronous", "walker-delta", "walker-star"]
    altitude_m: quantity("m", 150e3, 2500e3)  # type: ignore[valid-type]
    band_m: quantity("m", 0.0, 500e3) = Field(default="0 km")  # type: ignore[valid-type]
    layers: int = Field(default=1, ge=1, le=1000, strict=True)
    planes: int = Field(ge=1, strict=True)
    satellites_per_plane: int = Field(ge=1, strict=True)
    phasing: int = Field(default=0, ge=0)
    inclination_rad: Annotated[Angle | None, Field(default=None)]
    local_time_s: Annotated[quantity("s", 0.0, 86_400.0) | None, Field(default=None)]  # type: ignore[valid-type]
    local_time_spread_s: quantity("s", 0.0, 86_400.0) = Field(default="0 h")  # type: ignore[valid-type]
    first_node_rad: Angle = Field(default="0 deg")
    arc_rad: quantity("rad", 0.0, 6.283185307179587) = Field(default="360 deg")  # type: ignore[valid-type]
    stack: Stack | None = None
    satellite: Satellite | None = None

    @model_validator(mode="after")
    def _keys_fit_the_kind(self) -> Shell:
        if self.kind == "sun-synchronous":
            if self.local_time_s is None:
                raise ValueError(
                    "a sun-synchronous shell needs 'local_time' (of its ascending node), for example '18 h'"
                )
            if self.inclination_rad is not None:
                raise ValueError("a sun-synchronous shell finds its own inclination; leave 'inclination' out")
        else:
            if self.inclination_rad is None:
                raise ValueError(f"a {self.kind} shell needs 'inclination', for example '53 deg'")
            if not 0.0 <= self.inclination_rad <= math.pi:
                raise ValueError("'inclination' must lie from 0 deg to 180 deg")
            if self.local_time_s is not None:
                raise ValueError(f"'local_time' belongs to sun-synchronous shells, this one is {self.kind}")
        if self.phasing >= max(self.planes, 1):
            raise ValueError(f"'phasing' must be below the number of planes, {self.planes}")
        top_m = self.altitude_m + self.band_m + (self.stack.spacing_m * (self.stack.shells - 1) if self.stack else 0.0)
        if top_m > 2500e3:
            raise ValueError(f"the shell reaches {top_m / 1e3:g} km; accepted is up to 2500 km")
        return self

    @property
    def n_sats(self) -> int:
        """Satellites of the shell and of all shells stacked on it."""
        return self.planes * self.satellites_per_plane * self.layers * (self.stack.shells if self.stack else 1)


class SolarArray(Part):
    """A flat array that faces the Sun."""

    area_m2: Area
    cell_efficiency_frac: quantity("frac", 0.01, 0.6) = from_catalogue("solar_array.cell_efficiency")  # type: ignore[valid-type]
    temperature_coefficient_per_k: quantity("per_k", -0.01, 0.0) = from_catalogue("solar_array.temperature_coefficient")  # type: ignore[valid-type]
    wear_per_year_frac: quantity("per_year_frac", 0.0, 0.5) = from_catalogue("solar_array.wear_per_year")  # type: ignore[valid-type]
    packing_frac: PositiveShare = from_catalogue("solar_array.packing")
    pointing_error_rad: quantity("rad", 0.0, 1.0) = from_catalogue("solar_array.pointing_error")  # type: ignore[valid-type]
    absorptivity_frac: PositiveShare = from_catalogue("solar_array.absorptivity")
    emissivity_frac: PositiveShare = from_catalogue("solar_array.emissivity")


class Battery(Part):
    """The battery between array and load."""

    capacity_j: Energy
    charge_efficiency_frac: quantity("frac", 0.3, 1.0) = from_catalogue("battery.charge_efficiency")  # type: ignore[valid-type]
    discharge_efficiency_frac: quantity("frac", 0.3, 1.0) = from_catalogue("battery.discharge_efficiency")  # type: ignore[valid-type]
    depth_limit_frac: PositiveShare = from_catalogue("battery.depth_limit")
    charge_rate_per_hour: quantity("per_hour", 0.0, 20.0, above=True) = from_catalogue("battery.charge_rate")  # type: ignore[valid-type]
    fade_per_cycle_frac: quantity("per_cycle_frac", 0.0, 0.01) = from_catalogue("battery.fade_per_cycle")  # type: ignore[valid-type]
    fade_per_year_frac: quantity("per_year_frac", 0.0, 0.5) = from_catalogue("battery.fade_per_year")  # type: ignore[valid-type]


class Compute(Part):
    """The computers, as an electric load."""

    peak_power_w: Power
    average_power_w: Power

    @model_validator(mode="after")
    def _average_below_peak(self) -> Compute:
        if self.average_power_w > self.peak_power_w:
            raise ValueError(
                f"'average_power' ({self.average_power_w:g} W) must not exceed 'peak_power' ({self.peak_power_w:g} W)"
            )
        return self


class Electronics(Part):
    """The computers, as a mass that gets hot."""

    heat_capacity_j_per_k: HeatCapacity
    temperature_limit_k: TemperatureLimit = from_catalogue("electronics.temperature_limit")


class Radiator(Part):
    """A two-sided radiator, joined to the electronics by a coolant loop."""

    area_per_face_m2: Area
    heat_capacity_j_per_k: HeatCapacity
    coupling_w_per_k: Conductance
    emissivity_frac: PositiveShare = from_catalogue("radiator.emissivity")
    absorptivity_frac: Share = from_catalogue("radiator.absorptivity")
    edge_on_to_sun: bool = from_catalogue("radiator.edge_on_to_sun")
    earth_tilt_rad: quantity("rad", 0.0, math.pi) = from_catalogue("radiator.earth_tilt")  # type: ignore[valid-type]
    temperature_limit_k: TemperatureLimit = from_catalogue("radiator.temperature_limit")


class Satellite(Part):
    """One compute satellite."""

    solar_array: SolarArray
    battery: Battery
    compute: Compute
    bus_power_w: Power
    electronics: Electronics
    radiator: Radiator


class Claim(Part):
    """A published statement about the fleet, and the quantity of the summary that checks it."""

    statement: str = Field(min_length=3, max_length=400)
    quantity: str
    value: str | float | int
    comparison: Literal["about", "at least", "at most"] = "about"
    source: str


class Scenario(Part):
    """All that a run needs to know."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")
    title: str = Field(max_length=120)
    description: str = Field(default="", max_length=4000)
    epoch: Epoch
    span_s: quantity("s", 0.0, 100 * 366 * 86_400.0, above=True) = Field(default="24 h")  # type: ignore[valid-type]
    step_s: quantity("s", 0.1, 3600.0) = Field(default="60 s")  # type: ignore[valid-type]
    output_s: Annotated[quantity("s", 0.1, 366 * 86_400.0) | None, Field(default=None)]  # type: ignore[valid-type]
    environment: Environment = Field(default_factory=Environment)
    shells: tuple[Shell, ...] = Field(min_length=1, max_length=1000)
    satellite: Satellite
    design: Design = Field(default_factory=Design)
    buildout: Buildout = Field(default_factory=Buildout)
    economics: Economics = Field(default_factory=Economics)
    rival: Campus
    """On the ground; a name or a file stands for a campus, and `hyperscale` where nothing is said."""
    power_policy: slot("power_policy") = from_catalogue("power_policy")  # type: ignore[valid-type]
    claims: tuple[Claim, ...] = ()
    sources: dict[str, Source] = Field(default_factory=dict)

    @field_validator("shells")
    @classmethod
    def _names_differ(cls, shells: tuple[Shell, ...]) -> tuple[Shell, ...]:
        names = [shell.name for shell in shells]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two shells are called {twice!r}; each needs a name of its own")
        return shells

    @model_validator(mode="after")
    def _fleet_and_steps_fit(self) -> Scenario:
        if self.n_sats > MAX_SATELLITES:
            raise ValueError(f"'shells' hold {self.n_sats:,} satellites; accepted are up to {MAX_SATELLITES:,}")
        if self.step_s > self.span_s:
            raise ValueError(f"'step' ({self.step_s:g} s) is longer than 'span' ({self.span_s:g} s)")
        n_steps = self.span_s / self.step_s
        if n_steps > MAX_STEPS:
            raise ValueError(
                f"'span' holds {n_steps:.3g} steps of {self.step_s:g} s; accepted are up to {MAX_STEPS:.3g}"
            )
        if abs(n_steps - round(n_steps)) > 1e-6:
            raise ValueError(f"'span' ({self.span_s:g} s) must be a whole number of steps of {self.step_s:g} s")
        if self.output_s is not None:
            ratio = self.output_s / self.step_s
            if ratio < 1 - 1e-9 or abs(ratio - round(ratio)) > 1e-6:
                raise ValueError(f"'output' ({self.output_s:g} s) must be a whole number of steps of {self.step_s:g} s")
        return self

    @property
    def n_sats(self) -> int:
        """Satellites of the whole fleet."""
        return sum(shell.n_sats for shell in self.shells)


Shell.model_rebuild()
