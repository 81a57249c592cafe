"""Network of a scenario: optical and radio links, ground stations, cities, demands and outages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, core_schema

from skyrack.catalogue.ground import city_names, station_names
from skyrack.scenario.orbits import Shell
from skyrack.scenario.part import Part, PositiveShare, Share, Unit, from_catalogue
from skyrack.scenario.plugin_field import SlotField

Rate = Annotated[float, Unit("bit_per_s", 0.0, 1e18, low_excluded=True)]
Amount = Annotated[float, Unit("bytes", 0.0, 1e21, low_excluded=True)]
Latitude = Annotated[float, Unit("rad", -1.5707963267948966, 1.5707963267948966)]
Longitude = Annotated[float, Unit("rad", -6.283185307179587, 6.283185307179587)]
Elevation = Annotated[float, Unit("rad", 0.0, 1.5533430342749532)]


class City(Part):
    """City whose users the fleet serves."""

    name: str = Field(min_length=1, max_length=80)
    latitude_rad: Latitude
    longitude_rad: Longitude
    altitude_m: Annotated[float, Unit("m", -500.0, 9000.0)] = Field(default="0 m", validate_default=True)
    people: Annotated[float | None, Field(default=None, ge=0.0)]
    """Population, which weights demands and requests."""


class Radio(Part):
    """Link budget of a radio link, to the ground or between satellites."""

    eirp_w: Annotated[float, Unit("w", 0.0, 1e12, low_excluded=True)]
    gain_per_temperature_per_k: Annotated[float, Unit("per_k", 0.0, 1e9, low_excluded=True)]
    frequency_hz: Annotated[float, Unit("hz", 1e8, 1e12)]
    bandwidth_hz: Annotated[float, Unit("hz", 1e3, 1e11)]
    rain_loss_frac: PositiveShare = Field(default=1.0)
    """Fraction of the power that rain transmits."""
    bits_per_hz: Annotated[float, Unit("frac", 0.01, 20.0)] = Field(default=6.0)


class Station(Part):
    """Ground station that receives data from the fleet."""

    name: str = Field(min_length=1, max_length=80)
    kind: Literal["optical", "radio"]
    latitude_rad: Latitude
    longitude_rad: Longitude
    altitude_m: Annotated[float, Unit("m", -500.0, 9000.0)] = Field(default="0 m", validate_default=True)
    usable_frac: Share = from_catalogue("station.usable")
    """Fraction of time without cloud (optical) or without rain that interrupts the link (radio)."""
    terminals: int = Field(default=1, ge=1, le=10_000)
    rate_bit_per_s: Rate = from_catalogue("station.rate")
    """Data rate of one terminal to one satellite."""
    elevation_limit_rad: Elevation = from_catalogue("station.elevation_limit")
    radio: Radio | None = None
    """Link budget that replaces `rate`: the data rate then depends on the range."""


CITY = "'{name: Kiruna, latitude: 67.9 deg, longitude: 20.2 deg}'"
STATION = "'{name: mine, kind: optical, latitude: 30 deg, longitude: 20 deg}'"


@dataclass(frozen=True)
class NamedPlaces:
    """Pydantic marker of a tuple of places: names that the catalogue knows, and parts of the scenario's own.

    One name may stand for many places, such as `largest-100`.
    """

    known: Callable[[str], list[str]]
    """Function that raises ValueError for a name that the catalogue does not know."""
    part: type[Part]
    """Type of a place that the scenario writes out."""
    example: str
    """Such a place as a scenario writes it, for errors."""

    def _check(self, value: Any) -> tuple[Any, ...]:
        entries = [value] if isinstance(value, str | dict) else value
        if not isinstance(entries, list | tuple):
            raise ValueError(f"{value!r:.60} is not a list of names or of places")  # noqa: TRY004 (pydantic)
        return tuple(entry if isinstance(entry, self.part) else self._check_one(entry) for entry in entries)

    def _check_one(self, entry: Any) -> str | Part:
        if isinstance(entry, str):
            self.known(entry)
            return entry
        hint = f"write for example {self.example}"
        if not isinstance(entry, dict):
            raise ValueError(f"{entry!r:.60} is not a name or a place; {hint}")  # noqa: TRY004 (pydantic)
        try:
            return self.part.model_validate(entry)
        except ValidationError as error:
            raise ValueError(f"{entry.get('name', 'a place')}: {_first_problem(error)}; {hint}") from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._check, serialization=core_schema.plain_serializer_function_ser_schema(_write_places)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        items = {"anyOf": [{"type": "string"}, {"type": "object"}]}
        return {"type": "array", "items": items, "examples": [[self.example]]}


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    is_unknown = first["type"] == "extra_forbidden"
    return f"{key}: {'is not a key here' if is_unknown else first['msg'].removeprefix('Value error, ')}"


def _write_places(places: tuple[str | Part, ...]) -> list[Any]:
    return [e if isinstance(e, str) else e.model_dump(mode="json", by_alias=True, exclude_none=True) for e in places]


class Laser(Part):
    """Optical terminals of one satellite."""

    terminals: int = Field(default=4, ge=1, le=1000)
    aperture_m: Annotated[float, Unit("m", 0.005, 5.0)] = from_catalogue("laser.aperture")
    efficiency_frac: PositiveShare = from_catalogue("laser.efficiency")
    wavelength_m: Annotated[float, Unit("m", 1e-7, 2e-5)] = from_catalogue("laser.wavelength")
    transmit_power_w: Annotated[float, Unit("w", 0.0, 1e5, low_excluded=True)] = from_catalogue("laser.transmit_power")
    pointing_error_rad: Annotated[float, Unit("rad", 0.0, 0.01)] = from_catalogue("laser.pointing_error")
    other_loss_frac: PositiveShare = from_catalogue("laser.other_loss")
    """Transmittance of the optics: fraction of the light that is not lost."""
    photons_per_bit: Annotated[float, Unit("frac", 1.0, 1e6)] = from_catalogue("laser.photons_per_bit")
    channels: int = Field(default=1, ge=1, le=1000)
    """Wavelength channels on one beam (DWDM)."""
    channel_rate_bit_per_s: Rate = from_catalogue("laser.channel_rate")
    beams_across: int = Field(default=1, ge=1, le=16)
    """Side of the square array of parallel beams through one aperture, used where the terminals are close enough."""
    least_rate_bit_per_s: Rate = from_catalogue("laser.least_rate")
    """Minimum data rate at which the link budget closes."""
    range_limit_m: Annotated[float, Unit("m", 0.0, 1e12, low_excluded=True)] | None = None
    clearance_m: Annotated[float, Unit("m", 0.0, 1e6)] = from_catalogue("laser.clearance")
    """Minimum height of a beam above the ground."""
    slew_limit_rad_per_s: Annotated[float, Unit("rad_per_s", 0.0, 10.0, low_excluded=True)] = from_catalogue(
        "laser.slew_limit"
    )
    acquisition_s: Annotated[float, Unit("s", 0.0, 3600.0)] = from_catalogue("laser.acquisition")
    sun_exclusion_rad: Annotated[float, Unit("rad", 0.0, 1.5)] = from_catalogue("laser.sun_exclusion")
    """Solar exclusion angle: a beam closer to the Sun blinds the receiver."""


class Access(Part):
    """Access links between cities and the fleet."""

    elevation_limit_rad: Elevation = from_catalogue("access.elevation_limit")
    range_limit_m: Annotated[float, Unit("m", 0.0, 1e9, low_excluded=True)] | None = None
    """Maximum range, which replaces the elevation limit where it is given."""
    rate_bit_per_s: Rate = from_catalogue("access.rate")
    """Data rate between one satellite and all its users, in each direction."""


class Demand(Part):
    """Traffic demand from one city to another."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    rate_bit_per_s: Rate


class Weather(Part):
    """Cloud cover over the optical ground stations."""

    correlation_m: Annotated[float, Unit("m", 0.0, 1e8, low_excluded=True)] = from_catalogue("weather.correlation")
    """Distance over which the correlation of cloud cover at two sites falls to 1/e."""
    persistence_s: Annotated[float, Unit("s", 0.0, 1e8, low_excluded=True)] = from_catalogue("weather.persistence")
    """Time over which the autocorrelation of cloud cover falls to 1/e."""
    draws: int = Field(default=400, ge=1, le=100_000)
    """Number of Monte Carlo samples."""
    seed: int = Field(default=1, ge=0, lt=2**63)


class Outages(Part):
    """Outages of satellites, links, shells and ground stations."""

    satellites_frac: Share = Field(default=0.0)
    """Fraction of all satellites, sampled at random from the seed."""
    links_frac: Share = Field(default=0.0)
    shells: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()
    """Numbers of individual satellites."""
    seed: int = Field(default=1, ge=0, lt=2**63)


class Transfers(Part):
    """Amounts of data whose transfer times are computed."""

    gradient_bytes: Amount = from_catalogue("transfers.gradient")
    """Gradient that an all-reduce sums over a group of satellites in one training step."""
    checkpoint_bytes: Amount = from_catalogue("transfers.checkpoint")
    data_set_bytes: Amount = from_catalogue("transfers.data_set")


class Fibre(Part):
    """Terrestrial fibre, for comparison."""

    refractive_index: Annotated[float, Unit("frac", 1.0, 2.0)] = from_catalogue("fibre.refractive_index")
    detour: Annotated[float, Unit("frac", 1.0, 5.0)] = from_catalogue("fibre.detour")
    """Length of the cable over the great-circle distance."""


class Network(Part):
    """Links between satellites and with the ground, and the traffic that they carry."""

    topology: Annotated[Any, SlotField("topology")] = from_catalogue("network.topology")
    router: Annotated[Any, SlotField("router")] = from_catalogue("network.router")
    laser: Laser = Field(default_factory=Laser)
    radio: Radio | None = None
    """Radio link budget between satellites, which replaces the laser's; its terminals, range and slew limits still apply."""
    access: Access = Field(default_factory=Access)
    backbone: tuple[Shell, ...] = Field(default=(), max_length=100)
    """Shells that carry data and do not compute; each has its own +Grid."""
    backbone_links: int = Field(default=1, ge=0, le=16)
    """Links from each compute satellite to the nearest satellites of the backbone."""
    cities: Annotated[tuple[str | City, ...], NamedPlaces(city_names, City, CITY)] = from_catalogue("network.cities")
    routed_cities: int = Field(default=30, ge=0, le=5000)
    """Number of cities, in the order of `cities`, between which paths are also computed."""
    stations: Annotated[tuple[str | Station, ...], NamedPlaces(station_names, Station, STATION)] = from_catalogue(
        "network.stations"
    )
    weather: Weather = Field(default_factory=Weather)
    demands: tuple[Demand, ...] = Field(default=(), max_length=10_000)
    """Empty: demands between the first `demand_cities` cities, in proportion to the product of their populations."""
    demand_cities: int = Field(default=10, ge=0, le=500)
    outages: Outages = Field(default_factory=Outages)
    transfers: Transfers = Field(default_factory=Transfers)
    fibre: Fibre = Field(default_factory=Fibre)
    step_s: Annotated[float, Unit("s", 0.01, 86_400.0)] = from_catalogue("network.step")
    """Time between two snapshots of the network."""
    span_s: Annotated[float, Unit("s", 0.01, 100 * 366 * 86_400.0)] = from_catalogue("network.span")
    """Time from the epoch over which snapshots are taken, at most to the end of the run."""
    seed: int = Field(default=1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _known_names(self) -> Network:
        if any(shell.formation or shell.satellite for shell in self.backbone):
            raise ValueError("a shell of the backbone has neither 'formation' nor 'satellite'")
        known = [entry.name for entry in self.stations if isinstance(entry, Station)]
        for entry in self.stations:
            known += station_names(entry) if isinstance(entry, str) else []
        missing = next((name for name in self.outages.stations if name not in known), None)
        if missing is not None:
            raise ValueError(f"outages.stations: {missing!r} is not one of the stations ({', '.join(known)})")
        return self
