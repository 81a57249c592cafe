"""Price of a fleet against its ground baseline, as plain data: the types of what `skyrack price --json` prints."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from skyrack.economics.cash import Finance
from skyrack.economics.earth_impact import Row
from skyrack.economics.figures import PriceFigures
from skyrack.economics.sensitivity import RequiredCondition, Sensitivity
from skyrack.economics.unit_prices import UnitPrices


@dataclass(frozen=True)
class PricedSide:
    """One side of a comparison: a fleet in orbit, or a campus on the ground."""

    name: str
    title: str
    prices: UnitPrices
    lines_usd_per_kw_year: dict[str, float]
    capital_usd_per_w: dict[str, float]
    working_frac: float
    cost_inputs: dict[str, float]
    cost_model: Any = None
    """Cost model as a scenario writes it; None: the built-in one."""


@dataclass(frozen=True)
class PricedMachine:
    """Power, speed and rental price of one accelerator of the fleet."""

    accelerator: str
    accelerator_w: float
    load_frac: float
    peak_flops: float
    sustained_frac: float
    tokens_per_s: float
    usd_per_hour: float


@dataclass(frozen=True)
class PriceOfYear:
    """Prices of the satellites that are launched in one year."""

    year: int
    orbit_usd_per_kw_year: float
    ground_usd_per_kw_year: float
    ratio: float
    launch_usd_per_kg: float
    satellite_usd_per_w: float
    breakeven_launch_usd_per_kg: float


@dataclass(frozen=True)
class CashFlow:
    """Costs of one side by year and line."""

    lines_usd: dict[str, Any]
    left_usd: float


@dataclass(frozen=True)
class CashFlows:
    """Costs of both sides and revenue by year."""

    years: Any
    orbit: CashFlow
    ground: CashFlow
    revenue_usd: Any


@dataclass(frozen=True)
class Financing:
    """Financial figures of the build-out on both sides."""

    orbit: Finance
    ground: Finance
    gpu_hour_price_usd: float
    target_reached_year: int | None
    capex_to_target_usd: float
    capital_raised_usd: float | None


@dataclass(frozen=True)
class Uncertainty:
    """Percentiles of a price over all uncertain inputs, each sampled from its range."""

    n_samples: int
    cost_ratio_p05: float
    cost_ratio_p50: float
    cost_ratio_p95: float
    orbit_usd_per_kw_year_p05: float
    orbit_usd_per_kw_year_p95: float
    orbit_cheaper_frac: float
    """Share of the samples in which orbit is cheaper."""


@dataclass(frozen=True)
class Price:
    """Price of a fleet against its ground baseline; fields are None where no satellite is ever launched."""

    name: str
    impossible: str | None
    """Reason why there is no price in orbit; None where there is one."""
    unit_price_titles: dict[str, str]
    line_titles: dict[str, str]
    """Titles of the cost lines whose name does not say what they are."""
    orbit: PricedSide | None
    ground: PricedSide | None
    with_jobs: bool = False
    """True if tokens or FLOPs of an accelerator are those of simulated jobs, False if they are the catalogue's."""
    machine: PricedMachine | None = None
    ratio: float | None = None
    """Cost of the same work in orbit over that on the ground."""
    ratio_at_design_life: float | None = None
    """Cost ratio of the satellites that reach their design life, at the fleet's mean power; None where all or none do."""
    basis: str | None = None
    """Reading of the satellite: "announced" or "sized"."""
    satellite_kg: float | None = None
    """Mass at launch."""
    parts_kg: float | None = None
    """Mass at launch of the parts that the price consists of; another one than `satellite_kg` where a mass is announced."""
    life_range_years: tuple[float, float] | None = None
    """Life at both ends of the range of the dose limit; None where the dose limit ends no life."""
    life_years: float | None = None
    """Life with the same yearly payment for capital as the lives of all shells together."""
    sites_not_priced: tuple[str, ...] = ()
    breakeven_launch_usd_per_kg: float | None = None
    breakeven_year: int | None = None
    ratio_at_start: float | None = None
    ratio_min: float | None = None
    ratio_min_year: int | None = None
    by_year: tuple[PriceOfYear, ...] = ()
    years_to_work: dict[str, float] | None = None
    crossover: dict[str, Any] | None = None
    band: Any = None
    uncertainty: Uncertainty | None = None
    frontier: Any = None
    sensitivity: tuple[Sensitivity, ...] = ()
    required_conditions: tuple[RequiredCondition, ...] = ()
    cash: CashFlows | None = None
    finance: Financing | None = None
    environment: tuple[Row, ...] = ()

    def impact(self, name: str) -> Row:
        """Return a row of the impacts on the Earth by its name; StopIteration for an unknown one."""
        return next(row for row in self.environment if row.name == name)

    @property
    def figures(self) -> PriceFigures:
        """Figures of the run summary; each is None where nothing can be priced."""
        if self.orbit is None or self.ground is None or self.finance is None:
            return PriceFigures(*(None for _ in fields(PriceFigures)))
        orbit, ground, money = self.orbit.prices, self.ground.prices, self.finance
        return PriceFigures(
            orbit_usd_per_gpu_hour=float(orbit.usd_per_gpu_hour),
            ground_usd_per_gpu_hour=float(ground.usd_per_gpu_hour),
            orbit_usd_per_kw_year=float(orbit.usd_per_kw_year),
            ground_usd_per_kw_year=float(ground.usd_per_kw_year),
            cost_ratio=self.ratio,
            cost_ratio_at_start=self.ratio_at_start,
            cost_ratio_min=self.ratio_min,
            breakeven_launch_usd_per_kg=self.breakeven_launch_usd_per_kg,
            capex_to_target_usd=money.capex_to_target_usd,
            funding_need_usd=money.orbit.funding_need_usd,
            npv_usd=money.orbit.npv_usd,
            cost_ratio_p05=None if self.uncertainty is None else self.uncertainty.cost_ratio_p05,
            cost_ratio_p95=None if self.uncertainty is None else self.uncertainty.cost_ratio_p95,
            orbit_cheaper_frac=None if self.uncertainty is None else self.uncertainty.orbit_cheaper_frac,
            orbit_co2e_kg_per_mwh=self.impact("CO2e together").orbit.value,
            ground_co2e_kg_per_mwh=self.impact("CO2e together").ground.value,
            co2e_ratio=self.impact("CO2e together").orbit.value / max(self.impact("CO2e together").ground.value, 1e-9),
            ground_land_acres=self.impact("land at the end of the build-out").ground.value,
            ground_water_l_per_mwh=self.impact("water").ground.value,
        )


def is_price(document: Any) -> bool:
    """Return true if a document is the price of a fleet in the format of this version."""
    return (
        isinstance(document, dict)
        and {one.name for one in fields(Price)} <= document.keys()
        and bool(document["orbit"])
    )
