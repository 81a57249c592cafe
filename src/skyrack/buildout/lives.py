"""Life of the satellites of each shell: the design life, unless dose or failed computers end it earlier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.design.shielding import MIN_LIFE_S, DoseTable
from skyrack.physics.failure import worn_by_cycles_frac
from skyrack.scenario import Scenario
from skyrack.scenario.launcher import MONTH_S
from skyrack.workload.failures import CYCLE_SHAPE, ShellWear

MIN_WORKING_FRAC = 0.5
"""Fraction of working accelerators below which a satellite is retired: Skyrack's choice."""
ENDS = ("design life", "dose", "thermal cycles")
"""Reasons for the end of a life."""


@dataclass(frozen=True)
class ShellLife:
    """Life of the satellites of one shell."""

    shell: str
    n_sats: int
    dose_gy_per_year: float
    dose_life_s: float | None
    """Time until the dose limit of the computers; None where no dose is received."""
    thermal_life_s: float | None
    """Time until too few accelerators work, by thermal cycles and other losses; None beyond the design life."""
    thermal_lasts_s: float | None
    """Time after which 63 % of the boards have failed by thermal cycles; None where these wear nothing out."""
    life_s: float
    ended_by: str
    """One of `ENDS`."""


def shell_lives(
    scenario: Scenario,
    doses: DoseTable,
    shielding_mm: float,
    wear: Sequence[ShellWear],
    *,
    dose_limit_gy: float | None = None,
) -> tuple[ShellLife, ...]:
    """Return the life of the satellites of each shell behind a shielding, with the thermal wear of each shell.

    `dose_limit_gy` replaces the dose limit of the scenario.
    """
    design, rates = scenario.design, doses.at(shielding_mm)
    limit_gy = design.dose_limit_gy if dose_limit_gy is None else dose_limit_gy
    found = []
    for name, n_sats, rate, worn in zip(doses.names, doses.n_sats, rates, wear, strict=True):
        by_dose_s = limit_gy / rate * JULIAN_YEAR_S if rate > 1e-9 else None
        by_cycles_s = _until_too_few(scenario, worn, design.life_s)
        ends = {
            ENDS[0]: design.life_s,
            ENDS[1]: math.inf if by_dose_s is None else by_dose_s,
            ENDS[2]: math.inf if by_cycles_s is None else by_cycles_s,
        }
        ended_by = min(ends, key=lambda one: ends[one])
        life_s = min(max(ends[ended_by], MIN_LIFE_S), design.life_s)
        found.append(ShellLife(name, int(n_sats), float(rate), by_dose_s, by_cycles_s, worn.lasts_s, life_s, ended_by))
    return tuple(found)


def _until_too_few(scenario: Scenario, worn: ShellWear, life_s: float) -> float | None:
    """Return the age (s) at which fewer than `MIN_WORKING_FRAC` of the accelerators work; None beyond the design life."""
    ages_s = np.arange(1.0, life_s / MONTH_S + 1.0) * MONTH_S
    yearly = 1.0 - scenario.buildout.accelerator_losses_per_year_frac
    works = yearly ** (ages_s / JULIAN_YEAR_S) * (1.0 - worn.failed_frac(ages_s))
    few = np.flatnonzero(works < MIN_WORKING_FRAC)
    return float(ages_s[few[0]]) if len(few) and ages_s[few[0]] < life_s else None


@dataclass(frozen=True)
class LifeGroup:
    """Satellites of equal life and equal wear, as the build-out counts them."""

    share_frac: float
    """Fraction of the satellites at work."""
    months: int
    """Months of service."""
    thermal_months: float
    """Months after which 63 % of the boards have failed by thermal cycles; infinite where none do."""


def boards_left_frac(groups: Sequence[LifeGroup], months: NDArray[Any]) -> NDArray[np.float64]:
    """Return the fraction of the boards that thermal cycles have left after months of service, shape (month, group)."""
    thermal_months = np.array([group.thermal_months for group in groups])
    return np.asarray(1.0 - worn_by_cycles_frac(months[:, None], thermal_months, CYCLE_SHAPE), np.float64)


def life_groups(lives: Sequence[ShellLife]) -> tuple[LifeGroup, ...]:
    """Return the groups of satellites of equal life in months; thermal wear is the mean of a group."""
    total = sum(one.n_sats for one in lives)
    by_months: dict[int, list[ShellLife]] = {}
    for one in lives:
        by_months.setdefault(max(1, round(one.life_s / MONTH_S)), []).append(one)
    groups = []
    for months, members in sorted(by_months.items()):
        n_sats = sum(one.n_sats for one in members)
        # rates of wear are averaged: one over the time that boards last
        rate = sum(
            one.n_sats * (0.0 if one.thermal_lasts_s is None else MONTH_S / one.thermal_lasts_s) for one in members
        )
        groups.append(LifeGroup(n_sats / total, months, n_sats / rate if rate > 0.0 else math.inf))
    return tuple(groups)
