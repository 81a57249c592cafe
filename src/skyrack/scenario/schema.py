"""Schema of a scenario: orbits, satellite, power policy, time span, and published claims to check."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.scenario.buildout import Buildout
from skyrack.scenario.design import Design
from skyrack.scenario.economics import Economics, GroundDataCenter
from skyrack.scenario.network import Network
from skyrack.scenario.orbits import Catalogued, Shell
from skyrack.scenario.part import Part, Share, Source, Unit, from_catalogue
from skyrack.scenario.plugin_field import SlotField
from skyrack.scenario.satellite import Satellite
from skyrack.scenario.workload import Workload

MAX_SATELLITES = 20_000_000
MAX_STEPS = 60_000_000
"""Maximum number of steps: a century of minutes, rounded up."""


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


class Environment(Part):
    """Space environment of the fleet."""

    shadow: Annotated[Any, SlotField("shadow")] = from_catalogue("environment.shadow")
    radiation: Annotated[Any, SlotField("radiation_environment")] = from_catalogue("environment.radiation")
    earth_infrared_w_per_m2: Annotated[float, Unit("w_per_m2", 0.0, 1000.0)] = from_catalogue(
        "environment.earth_infrared"
    )
    albedo_frac: Share = from_catalogue("environment.albedo")


class Claim(Part):
    """Published statement about the fleet, and the quantity of the summary that it is checked against."""

    statement: str = Field(min_length=3, max_length=400)
    quantity: str | None = None
    """Figure of the summary, or `shells.SHELL.NAME`, or `kinds.KIND.NAME`; None for a claim that cannot be tested."""
    value: str | float | int | None = None
    comparison: Literal["about", "at least", "at most"] = "about"
    source: str
    assumed: Annotated[str | None, Field(max_length=300)] = None
    """Reason why the claim is an input of the scenario, so that the run does not test it."""
    untestable: Annotated[str | None, Field(max_length=300)] = None
    """Reason why the claim cannot be tested by a run."""

    @model_validator(mode="after")
    def _can_be_compared(self) -> Claim:
        if (self.quantity is None) != (self.value is None):
            raise ValueError("'quantity' and 'value' belong together")
        if self.quantity is None and self.untestable is None:
            raise ValueError("write 'quantity' and 'value', or say in 'untestable' why the claim cannot be tested")
        if self.assumed is not None and self.untestable is not None:
            raise ValueError("a claim is either 'assumed' or 'untestable'")
        return self


Basis = Literal["announced", "sized"]
"""Readings of a satellite: the written one taken at its word, or the one that the sizing closes."""


class Scenario(Part):
    """Complete input of a run."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")
    title: str = Field(max_length=120)
    description: str = Field(default="", max_length=4000)
    epoch: Epoch
    span_s: Annotated[float, Unit("s", 0.0, 100 * 366 * 86_400.0, low_excluded=True)] = Field(
        default="24 h", validate_default=True
    )
    step_s: Annotated[float, Unit("s", 0.1, 3600.0)] = Field(default="60 s", validate_default=True)
    output_s: Annotated[float, Unit("s", 0.1, 366 * 86_400.0)] | None = None
    environment: Environment = Field(default_factory=Environment)
    shells: tuple[Shell, ...] = Field(default=(), max_length=1000)
    catalogued: tuple[Catalogued, ...] = Field(default=(), max_length=100)
    satellite: Satellite
    basis: Basis = "announced"
    """Main reading of the satellite: "announced" takes the written satellite at its word, "sized" the one that meets its
    requirements to the end of its life. A report shows both."""
    network: Network = Field(default_factory=Network)
    workload: Workload = Field(default_factory=Workload)
    design: Design = Field(default_factory=Design)
    buildout: Buildout = Field(default_factory=Buildout)
    economics: Economics = Field(default_factory=Economics)
    ground_baseline: GroundDataCenter
    """Ground baseline: data center on the ground, given by name, file or keys; by default `hyperscale`."""
    power_policy: Annotated[Any, SlotField("power_policy")] = from_catalogue("power_policy")
    claims: tuple[Claim, ...] = ()
    sources: dict[str, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fleet_and_steps_fit(self) -> Scenario:
        names = [shell.name for shell in (*self.shells, *self.network.backbone)] + [one.name for one in self.catalogued]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two shells are called {twice!r}; each needs a name of its own")
        if not self.shells and not self.catalogued:
            raise ValueError("nothing flies; write 'shells' or 'catalogued'")
        if self.n_sats > MAX_SATELLITES:
            raise ValueError(f"'shells' hold {self.n_sats:,} satellites; accepted are up to {MAX_SATELLITES:,}")
        if self.step_s > self.span_s:
            raise ValueError(f"'step' ({self.step_s:g} s) is longer than 'span' ({self.span_s:g} s)")
        if self.epoch.year + self.span_s / JULIAN_YEAR_S > 2100.5:
            raise ValueError(
                f"'span' ({self.span_s / JULIAN_YEAR_S:.1f} years) ends beyond 2100, up to which the Sun's position is valid"
            )
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
        """Return the number of satellites of the whole fleet."""
        return sum(shell.n_sats for shell in self.shells) + sum(one.n_sats for one in self.catalogued)
