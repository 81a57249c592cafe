"""How a fleet is built: factory, launchers, failures, replacement."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

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
    """Where satellites are built; the rate doubles and doubles until it is at most so high."""

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
    """A catapult on the Moon that throws one satellite a shot, and the factory beside it."""

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
    """A place beyond low orbit where the same satellites, or what is in them, are put to work. Speculative, always."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    place: Place
    target: int = Field(ge=1, le=100_000_000, strict=True)
    begins: Day
    share_frac: PositiveShare = from_catalogue("buildout.site.share")
    """Of the factory and of every launcher's flights, from the month in which the site begins; not for a mass driver."""
    mass_driver: Annotated[MassDriver | None, Field(default=None)]
    """None: launchers bring what is put to work."""
    specific_impulse_s: Annotated[float, Unit("s", 200.0, 10_000.0)] = from_catalogue("buildout.site.specific_impulse")
    """Of the ship that goes on from low orbit, filled there by further flights."""
    dry_frac: Share = from_catalogue("buildout.site.dry")
    """Ship without propellant and cargo over the propellant that it holds."""
    arrival_success_frac: PositiveShare = from_catalogue("buildout.site.arrival_success")


class Buildout(Part):
    """From the first satellite to the last year looked at."""

    until: Day = from_catalogue("buildout.until")
    target: Annotated[int | None, Field(default=None, ge=1, le=100_000_000, strict=True)]
    """Satellites wanted at work; by default all of the scenario's shells."""
    wanted_by: Annotated[Day | None, Field(default=None)]
    """Day for which "what must be true" is asked; by default `until`."""
    factory: Factory = Field(default_factory=Factory)
    launchers: tuple[Annotated[LauncherModel, SlotField("launcher", "buildout.launcher.model")], ...] = Field(
        default=({"vehicle": "starship-100t"},), min_length=1, max_length=20, validate_default=True
    )
    satellite_mass_kg: Annotated[float, Unit("kg", 1.0, 1e10)] | None = None
    """At launch; by default that of the closed satellite."""
    satellite_stowed_m3: Annotated[float, Unit("m3", 1e-3, 1e9)] | None = None
    """Folded for launch; by default that of the closed satellite."""
    assembled: StrictBool = False
    """Put together in orbit from the loads of many flights, where one flight cannot lift it whole."""
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
    sites: tuple[Site, ...] = Field(default=(), max_length=20)
    granted: Annotated[Day | None, Field(default=None)]
    """Day of the licence, from which half must fly within six years and all within nine."""

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
