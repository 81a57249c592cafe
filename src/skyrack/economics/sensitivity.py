"""Which assumptions decide whether orbit is cheaper, and who says what about them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from skyrack.catalogue import disputes, fact
from skyrack.economics.accounts import CostInputs
from skyrack.economics.breakeven import cost_ratio
from skyrack.economics.uncertain_inputs import Driver, Pair, drivers


@dataclass(frozen=True)
class Voice:
    """Somebody who says something about an assumption."""

    fact: str
    value: str
    source: str
    date: str | None
    confidence: str
    dispute: str | None
    """What Skyrack does where sources disagree."""


@dataclass(frozen=True)
class Sensitivity:
    """One assumption, and the cost ratio at both ends of its range while all others stay as they are."""

    name: str
    title: str
    unit: str
    low: float
    value: float
    high: float
    ratio_at_low: float
    ratio_at_high: float
    swing: float | None
    """How many times the larger of the two ratios is the smaller; None where one of them is no cost."""
    parity: float | None
    """Value within the range at which both cost the same, all else as given; None where there is none."""
    reason: str
    voices: tuple[Voice, ...]


def sensitivity(orbit: CostInputs, ground: CostInputs) -> list[Sensitivity]:
    """All assumptions, the one with the widest swing first: a one-at-a-time tornado."""
    pair, rows = Pair(orbit, ground), []
    for one in drivers().values():
        low, value, high = one.around(pair)
        at_low, at_high = (_ratio(one.write(pair, end)) for end in (low, high))
        voices = tuple(_voice(name, one.says.get(name)) for name in one.facts)
        rows.append(
            Sensitivity(
                one.name,
                one.title,
                one.unit,
                low,
                value,
                high,
                at_low,
                at_high,
                swing_of(at_low, at_high),
                parity_of(one, pair, low, high),
                one.reason,
                voices,
            )
        )
    return sorted(rows, key=lambda row: -(row.swing or 0.0))


@dataclass(frozen=True)
class RequiredCondition:
    """One more assumption at the end of its range that favours orbit."""

    name: str
    title: str
    unit: str
    value: float
    ratio: float
    """Cost ratio with this one and all before it there."""


def required_conditions_of(rows: list[Sensitivity], orbit: CostInputs, ground: CostInputs) -> list[RequiredCondition]:
    """Assumptions put to their favourable ends, the widest first, until orbit is cheaper or none is left.

    Price of launch comes first, as everyone asks for it.
    """
    pair, steps = Pair(orbit, ground), []
    for row in sorted(rows, key=lambda row: row.name != "launch_price"):
        if _ratio(pair) <= 1.0:
            break
        value = row.low if row.ratio_at_low < row.ratio_at_high else row.high
        if value == row.value:
            continue
        pair = drivers()[row.name].write(pair, value)
        steps.append(RequiredCondition(row.name, row.title, row.unit, value, _ratio(pair)))
    return steps


def swing_of(at_low: float, at_high: float) -> float | None:
    """How many times the larger is the smaller; None where one of them is no cost."""
    if not (0.0 < at_low < math.inf and 0.0 < at_high < math.inf):
        return None
    return max(at_low, at_high) / min(at_low, at_high)


def parity_of(one: Driver, pair: Pair, low: float, high: float) -> float | None:
    """Value within a range at which both cost the same, all else as given; None where there is none."""
    from scipy.optimize import brentq

    at_low, at_high = _ratio(one.write(pair, low)) - 1.0, _ratio(one.write(pair, high)) - 1.0
    if not (math.isfinite(at_low) and math.isfinite(at_high)):
        return None
    if at_low * at_high > 0.0 or at_low == at_high:
        return None
    return float(brentq(lambda value: _ratio(one.write(pair, value)) - 1.0, low, high, xtol=1e-12))


def _ratio(pair: Pair) -> float:
    return float(cost_ratio(pair.orbit, pair.ground))


def _voice(name: str, says: str | None) -> Voice:
    known = fact(name)
    span = f"{known.low} to {known.high}" if known.value is None else str(known.value)
    said = next((dispute.choice for dispute in disputes() if name in dispute.facts), None)
    return Voice(name, says or f"{span} {known.unit}", known.source, known.date, known.confidence, said)
