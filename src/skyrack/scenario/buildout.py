"""Build-out of a fleet: factory, launch vehicles, failures, replacement."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from skyrack.scenario.launcher import LauncherModel
from skyrack.scenario.part import Part, PositiveShare, Share, Unit, from_catalogue, known_part
from skyrack.scenario.plugin_field import SlotField

YEAR_S = 365.25 * 86_400.0


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ValueError(f"{value!r} is not a date; write for example '2028-01-01'") from None


Day = Annotated[date, BeforeValidator(_day)]
Rate = Annotated[float, Field(ge=0.0, le=1e9, allow_inf_nan=False)]
Doubling = Annotated[float, Unit("s", 7 * 86_400.0, 100 * YEAR_S)]
Place = Annotated[str, known_part("places")]


class Factory(Part):
    """Satellite factory, whose production rate doubles at fixed intervals up to a maximum."""

    begins: Day = from_catalogue("buildout.factory.begins")
    per_week_at_start: Rate = from_catalogue("buildout.factory.per_week_at_start")
    per_week_at_most: Rate = from_catalogue("buildout.factory.per_week_at_most")
    doubling_s: Doubling = from_catalogue("buildout.factory.doubling")
    learning_frac: Annotated[float, Unit("frac", 0.0, 0.5)] = from_catalogue("buildout.factory.learning")

    @model_validator(mode="after")
    def _grows(self) -> Factory:
        if self.per_week_at_start > self.per_week_at_most:
            raise ValueError(
                f"'per_week_at_start' ({self.per_week_at_start:g}) must not exceed 'per_week_at_most' "
                f"({self.per_week_at_most:g})"
            )
        if self.per_week_at_start <= 0.0:
            raise ValueError("'per_week_at_start' must be above 0: a rate of nothing never doubles")
        return self


class MassDriver(Part):
    """Electromagnetic mass driver on the Moon that launches one satellite per shot, with the factory beside it."""

    per_week_at_start: Rate = from_catalogue("buildout.mass_driver.per_week_at_start")
    per_week_at_most: Rate = from_catalogue("buildout.mass_driver.per_week_at_most")
    doubling_s: Doubling = from_catalogue("buildout.mass_driver.doubling")

    @model_validator(mode="after")
    def _grows(self) -> MassDriver:
        if not 0.0 < self.per_week_at_start <= self.per_week_at_most:
            raise ValueError(
                f"'per_week_at_start' ({self.per_week_at_start:g}) must be above 0 and not exceed 'per_week_at_most' "
                f"({self.per_week_at_most:g})"
            )
        return self


class Site(Part):
    """Site beyond low Earth orbit where satellites, or their payloads, are installed. Always speculative."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    place: Place
    target: int = Field(ge=1, le=100_000_000, strict=True)
    begins: Day
    share_frac: PositiveShare = from_catalogue("buildout.site.share")
    """Fraction of factory output and of every vehicle's launches, from the month in which the site begins; unused with a mass
    driver."""
    mass_driver: Annotated[MassDriver | None, Field(default=None)]
    """None: launch vehicles deliver the satellites."""
    specific_impulse_s: Annotated[float, Unit("s", 200.0, 10_000.0)] = from_catalogue("buildout.site.specific_impulse")
    """Specific impulse of the ship that continues from low orbit, where tanker launches refuel it."""
    dry_frac: Share = from_catalogue("buildout.site.dry")
    """Dry mass of the ship over its propellant capacity."""
    arrival_success_frac: PositiveShare = from_catalogue("buildout.site.arrival_success")


class Buildout(Part):
    """Build-out from the first satellite to the end of the last year simulated."""

    until: Day = from_catalogue("buildout.until")
    target: Annotated[int | None, Field(default=None, ge=1, le=100_000_000, strict=True)]
    """Operational satellites wanted; by default all satellites of the scenario's shells."""
    wanted_by: Annotated[Day | None, Field(default=None)]
    """Date for which the required conditions are computed; by default `until`."""
    factory: Factory = Field(default_factory=Factory)
    launchers: tuple[Annotated[LauncherModel, SlotField("launcher", "buildout.launcher.model")], ...] = Field(
        default=({"vehicle": "starship-100t"},), min_length=1, max_length=20, validate_default=True
    )
    satellite_mass_kg: Annotated[float, Unit("kg", 1.0, 1e10)] | None = None
    """Wet mass at launch; by default that of the sized satellite."""
    satellite_stowed_m3: Annotated[float, Unit("m3", 1e-3, 1e9)] | None = None
    """Stowed volume; by default that of the sized satellite."""
    assembled: StrictBool = False
    """True if a satellite too heavy or too large for one launch is assembled in orbit from several."""
    raising_s: Annotated[float, Unit("s", 0.0, 3 * YEAR_S)] = from_catalogue("buildout.raising")
    infant_failures_frac: Annotated[float, Unit("frac", 0.0, 0.99)] = from_catalogue("buildout.infant_failures")
    failures_per_year_frac: Annotated[float, Unit("per_year_frac", 0.0, 0.99)] = from_catalogue(
        "buildout.failures_per_year"
    )
    accelerator_losses_per_year_frac: Annotated[float, Unit("per_year_frac", 0.0, 0.99)] = from_catalogue(
        "buildout.accelerator_losses_per_year"
    )
    wear_out_shape: Annotated[float, Field(ge=1.0, le=20.0)] = from_catalogue("buildout.wear_out_shape")
    wear_out_lives: Annotated[float, Field(gt=0.1, le=20.0)] = from_catalogue("buildout.wear_out_lives")
    spares_frac: Annotated[float, Unit("frac", 0.0, 1.0)] = from_catalogue("buildout.spares")
    disposal_s: Annotated[float, Unit("s", 0.0, 25 * YEAR_S)] = from_catalogue("buildout.disposal")
    pace: Literal["as fast as possible", "smooth"] = "as fast as possible"
    """Pace of production: as fast as factory and launchers allow, or the lowest constant rate that completes the fleet by
    `wanted_by`."""
    idle_cost_frac: Share = from_catalogue("buildout.idle_cost")
    """Cost of an idle unit of factory or launch capacity over the price of the satellite or launch."""
    capacity_life_s: Annotated[float, Unit("s", 30 * 86_400.0, 100 * YEAR_S)] = from_catalogue("buildout.capacity_life")
    """Time for which idle capacity is kept, and costs money."""
    sites: tuple[Site, ...] = Field(default=(), max_length=20)
    granted: Annotated[Day | None, Field(default=None)]
    """Date of the licence; half of the satellites must be launched within six years of it and all within nine."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Buildout:
        if self.until <= self.factory.begins:
            raise ValueError(f"'until' ({self.until}) must lie after the factory begins ({self.factory.begins})")
        if self.granted is not None and not 1950 <= self.granted.year <= 2150:
            raise ValueError(f"'granted' ({self.granted}) must lie from 1950 to 2150")
        if self.until.year > 2150:
            raise ValueError(f"'until' ({self.until}) must lie before 2151")
        names = [site.name for site in self.sites]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two sites are called {twice!r}; each needs a name of its own")
        late = next((site for site in self.sites if site.begins >= self.until), None)
        if late:
            raise ValueError(f"site {late.name!r} begins on {late.begins}, not before 'until' ({self.until})")
        shares = sum(site.share_frac for site in self.sites if site.mass_driver is None)
        if shares > 1.0:
            raise ValueError(f"the shares of all sites add up to {shares:g}; accepted is at most 1")
        return self
