"""The laser network as a scenario writes it: links, ground, cities, demands, and what is out of order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError, WithJsonSchema, model_validator

from skyrack.catalogue.ground import city_names, station_names
from skyrack.scenario.orbits import Shell
from skyrack.scenario.part import Part, PositiveShare, Share, from_catalogue, quantity
from skyrack.scenario.plugin_field import slot

Rate = quantity("bit_per_s", 0.0, 1e18, above=True)
Amount = quantity("bytes", 0.0, 1e21, above=True)
Latitude = quantity("rad", -1.5707963267948966, 1.5707963267948966)
Longitude = quantity("rad", -6.283185307179587, 6.283185307179587)
Elevation = quantity("rad", 0.0, 1.5533430342749532)


class City(Part):
    """A place where people use the fleet."""

    name: str = Field(min_length=1, max_length=80)
    latitude_rad: Latitude  # type: ignore[valid-type]
    longitude_rad: Longitude  # type: ignore[valid-type]
    altitude_m: quantity("m", -500.0, 9000.0) = Field(default="0 m")  # type: ignore[valid-type]
    people: Annotated[float | None, Field(default=None, ge=0.0)]


class Radio(Part):
    """A radio link, to the ground or between satellites, by what is sent, heard and lost."""

    eirp_w: quantity("w", 0.0, 1e12, above=True)  # type: ignore[valid-type]
    gain_per_temperature_per_k: quantity("per_k", 0.0, 1e9, above=True)  # type: ignore[valid-type]
    frequency_hz: quantity("hz", 1e8, 1e12)  # type: ignore[valid-type]
    bandwidth_hz: quantity("hz", 1e3, 1e11)  # type: ignore[valid-type]
    rain_loss_frac: PositiveShare = Field(default=1.0)
    bits_per_hz: quantity("frac", 0.01, 20.0) = Field(default=6.0)  # type: ignore[valid-type]


class Station(Part):
    """A ground station that takes data from the fleet."""

    name: str = Field(min_length=1, max_length=80)
    kind: Literal["optical", "radio"]
    latitude_rad: Latitude  # type: ignore[valid-type]
    longitude_rad: Longitude  # type: ignore[valid-type]
    altitude_m: quantity("m", -500.0, 9000.0) = Field(default="0 m")  # type: ignore[valid-type]
    usable_frac: Share = from_catalogue("station.usable")
    """Share of time without cloud (optical) or without rain that stops it (radio)."""
    terminals: int = Field(default=1, ge=1, le=10_000)
    rate_bit_per_s: Rate = from_catalogue("station.rate")  # type: ignore[valid-type]
    """Of one terminal to one satellite."""
    elevation_limit_rad: Elevation = from_catalogue("station.elevation_limit")  # type: ignore[valid-type]
    radio: Radio | None = None
    """In place of `rate`: what the budget gives at the range of the moment."""


CITY = "'{name: Kiruna, latitude: 67.9 deg, longitude: 20.2 deg}'"
STATION = "'{name: mine, kind: optical, latitude: 30 deg, longitude: 20 deg}'"


def _named(known: Callable[[str], list[str]], part: type[Part], example: str) -> Any:
    """Type of a list of names that the catalogue knows and of parts of the scenario's own; one name may stand for many."""

    def check(value: Any) -> Any:
        entries = [value] if isinstance(value, str | dict) else value
        if not isinstance(entries, list | tuple):
            raise ValueError(f"{value!r:.60} is not a list of names or of places")  # noqa: TRY004 (pydantic)
        return tuple(entry if isinstance(entry, part) else one(entry) for entry in entries)

    def one(entry: Any) -> Any:
        if isinstance(entry, str):
            known(entry)
            return entry
        if not isinstance(entry, dict):
            raise ValueError(f"{entry!r:.60} is not a name or a place; write for example {example}")  # noqa: TRY004
        try:
            return part.model_validate(entry)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(str(step) for step in first["loc"])
            wrong = (
                "is not a key here"
                if first["type"] == "extra_forbidden"
                else first["msg"].removeprefix("Value error, ")
            )
            raise ValueError(f"{entry.get('name', 'a place')}: {key}: {wrong}; write for example {example}") from None

    def write(entries: Any) -> Any:
        return [
            e if isinstance(e, str) else e.model_dump(mode="json", by_alias=True, exclude_none=True) for e in entries
        ]

    schema = {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}, "examples": [[example]]}
    return Annotated[Any, BeforeValidator(check), PlainSerializer(write), WithJsonSchema(schema)]


class Laser(Part):
    """The optical terminals of one satellite."""

    terminals: int = Field(default=4, ge=1, le=1000)
    aperture_m: quantity("m", 0.005, 5.0) = from_catalogue("laser.aperture")  # type: ignore[valid-type]
    efficiency_frac: PositiveShare = from_catalogue("laser.efficiency")
    wavelength_m: quantity("m", 1e-7, 2e-5) = from_catalogue("laser.wavelength")  # type: ignore[valid-type]
    transmit_power_w: quantity("w", 0.0, 1e5, above=True) = from_catalogue("laser.transmit_power")  # type: ignore[valid-type]
    pointing_error_rad: quantity("rad", 0.0, 0.01) = from_catalogue("laser.pointing_error")  # type: ignore[valid-type]
    other_loss_frac: PositiveShare = from_catalogue("laser.other_loss")
    """Share of the light that the optics leave."""
    photons_per_bit: quantity("frac", 1.0, 1e6) = from_catalogue("laser.photons_per_bit")  # type: ignore[valid-type]
    channels: int = Field(default=1, ge=1, le=1000)
    """Wavelengths on one beam (DWDM)."""
    channel_rate_bit_per_s: Rate = from_catalogue("laser.channel_rate")  # type: ignore[valid-type]
    beams_across: int = Field(default=1, ge=1, le=16)
    """Parallel beams through one aperture, this many by this many, where the terminals are near enough."""
    least_rate_bit_per_s: Rate = from_catalogue("laser.least_rate")  # type: ignore[valid-type]
    """A budget that gives less does not close."""
    range_limit_m: Annotated[quantity("m", 0.0, 1e12, above=True) | None, Field(default=None)]  # type: ignore[valid-type]
    clearance_m: quantity("m", 0.0, 1e6) = from_catalogue("laser.clearance")  # type: ignore[valid-type]
    """Height above the ground below which no beam passes."""
    slew_limit_rad_per_s: quantity("rad_per_s", 0.0, 10.0, above=True) = from_catalogue("laser.slew_limit")  # type: ignore[valid-type]
    acquisition_s: quantity("s", 0.0, 3600.0) = from_catalogue("laser.acquisition")  # type: ignore[valid-type]
    sun_exclusion_rad: quantity("rad", 0.0, 1.5) = from_catalogue("laser.sun_exclusion")  # type: ignore[valid-type]
    """Angle between a beam and the Sun within which the receiver is blinded."""


class Access(Part):
    """How cities reach the fleet."""

    elevation_limit_rad: Elevation = from_catalogue("access.elevation_limit")  # type: ignore[valid-type]
    range_limit_m: Annotated[quantity("m", 0.0, 1e9, above=True) | None, Field(default=None)]  # type: ignore[valid-type]
    """In place of the elevation limit, where it is given."""
    rate_bit_per_s: Rate = from_catalogue("access.rate")  # type: ignore[valid-type]
    """Between one satellite and all its users, each way."""


class Demand(Part):
    """Bits that one city wants to send to another one."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    rate_bit_per_s: Rate  # type: ignore[valid-type]


class Weather(Part):
    """Clouds over the optical stations."""

    correlation_m: quantity("m", 0.0, 1e8, above=True) = from_catalogue("weather.correlation")  # type: ignore[valid-type]
    """Distance over which the correlation of two sites' clouds falls to 1/e."""
    persistence_s: quantity("s", 0.0, 1e8, above=True) = from_catalogue("weather.persistence")  # type: ignore[valid-type]
    """Time over which a sky's correlation with itself falls to 1/e."""
    draws: int = Field(default=400, ge=1, le=100_000)
    seed: int = Field(default=1, ge=0, lt=2**63)


class Outages(Part):
    """What is out of order."""

    satellites_frac: Share = Field(default=0.0)
    """Share of all satellites, drawn by the seed."""
    links_frac: Share = Field(default=0.0)
    shells: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()
    """Numbers of single satellites."""
    seed: int = Field(default=1, ge=0, lt=2**63)


class Transfers(Part):
    """Amounts of data whose travel is timed."""

    gradient_bytes: Amount = from_catalogue("transfers.gradient")  # type: ignore[valid-type]
    """Summed over all satellites of a group in one training step."""
    checkpoint_bytes: Amount = from_catalogue("transfers.checkpoint")  # type: ignore[valid-type]
    data_set_bytes: Amount = from_catalogue("transfers.data_set")  # type: ignore[valid-type]


class Fibre(Part):
    """Cables on the ground, to set against."""

    refractive_index: quantity("frac", 1.0, 2.0) = from_catalogue("fibre.refractive_index")  # type: ignore[valid-type]
    detour: quantity("frac", 1.0, 5.0) = from_catalogue("fibre.detour")  # type: ignore[valid-type]
    """Length of a cable over the distance."""


class Network(Part):
    """Links between satellites and with the ground, and what travels over them."""

    topology: slot("topology") = from_catalogue("network.topology")  # type: ignore[valid-type]
    router: slot("router") = from_catalogue("network.router")  # type: ignore[valid-type]
    laser: Laser = Field(default_factory=Laser)
    radio: Radio | None = None
    """Radio links between satellites in place of the laser's budget; its terminals, ranges and turning stay."""
    access: Access = Field(default_factory=Access)
    backbone: tuple[Shell, ...] = Field(default=(), max_length=100)
    """Shells that carry data and do not compute; each holds a +Grid of its own."""
    backbone_links: int = Field(default=1, ge=0, le=16)
    """Links from each compute satellite to the nearest satellites of the backbone."""
    cities: _named(city_names, City, CITY) = from_catalogue("network.cities")  # type: ignore[valid-type]
    routed_cities: int = Field(default=30, ge=0, le=5000)
    """The first so many cities are also joined to each other."""
    stations: _named(station_names, Station, STATION) = from_catalogue("network.stations")  # type: ignore[valid-type]
    weather: Weather = Field(default_factory=Weather)
    demands: tuple[Demand, ...] = Field(default=(), max_length=10_000)
    """Left out: between the first cities, by the product of their people."""
    demand_cities: int = Field(default=10, ge=0, le=500)
    outages: Outages = Field(default_factory=Outages)
    transfers: Transfers = Field(default_factory=Transfers)
    fibre: Fibre = Field(default_factory=Fibre)
    step_s: quantity("s", 0.01, 86_400.0) = from_catalogue("network.step")  # type: ignore[valid-type]
    """Time between two looks at the network."""
    span_s: quantity("s", 0.01, 100 * 366 * 86_400.0) = from_catalogue("network.span")  # type: ignore[valid-type]
    """The network is looked at from the epoch to here, or to the end of the run."""
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
