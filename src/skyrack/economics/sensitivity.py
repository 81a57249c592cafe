"""Sensitivity of the cost ratio to its assumptions, with the published values of each assumption."""

from __future__ import annotations

import math
from dataclasses import dataclass

from skyrack.catalogue import disputes, fact
from skyrack.economics.breakeven import cost_ratio
from skyrack.economics.uncertain_inputs import Driver, Pair, drivers

DOSE_REASON = (
    "The dose limit of the computers at both ends of its range, with the lives of all shells together. Published plans "
    "assume 3 to 8 years."
)


@dataclass(frozen=True)
class Voice:
    """Published value of an assumption, with its source."""

    fact: str
    value: str
    source: str
    date: str | None
    confidence: str
    dispute: str | None
    """Choice of Skyrack where sources disagree; None where they do not."""


@dataclass(frozen=True)
class Sensitivity:
    """Cost ratio at both ends of the range of one assumption, with all others unchanged."""

    name: str
    title: str
    unit: str
    low: float
    value: float
    high: float
    ratio_at_low: float
    ratio_at_high: float
    swing: float | None
    """Larger of the two ratios over the smaller; None where one of them is not a positive finite number."""
    parity: float | None
    """Value within the range at which both sides cost the same, all else unchanged; None where there is none."""
    reason: str
    voices: tuple[Voice, ...]


def sensitivity(pair: Pair) -> list[Sensitivity]:
    """Return the one-at-a-time sensitivity of all assumptions (tornado chart), widest swing first."""
    rows = []
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
                DOSE_REASON if one.name == "orbit_life" and pair.life_years is not None else one.reason,
                voices,
            )
        )
    return sorted(rows, key=lambda row: -(row.swing or 0.0))


@dataclass(frozen=True)
class RequiredCondition:
    """Assumption set to the end of its range that favours orbit, with the resulting cost ratio."""

    name: str
    title: str
    unit: str
    value: float
    ratio: float
    """Cost ratio with this assumption and all before it at their favourable ends."""


def required_conditions_of(rows: list[Sensitivity], pair: Pair) -> list[RequiredCondition]:
    """Return the assumptions that are set to their favourable ends, one by one, until orbit is cheaper or none is left.

    The launch price comes first; all others follow in the order of `rows`.
    """
    steps = []
    for row in sorted(rows, key=lambda row: row.name != "launch_price"):
        if _ratio(pair) <= 1.0:
            break
        ends = {value: drivers()[row.name].write(pair, value) for value in (row.low, row.high)}
        value = min(ends, key=lambda end: _ratio(ends[end]))
        if value == row.value or _ratio(ends[value]) >= _ratio(pair):
            continue
        pair = ends[value]
        steps.append(RequiredCondition(row.name, row.title, row.unit, value, _ratio(pair)))
    return steps


def swing_of(at_low: float, at_high: float) -> float | None:
    """Return the larger ratio over the smaller; None where one of them is not a positive finite number."""
    if not (0.0 < at_low < math.inf and 0.0 < at_high < math.inf):
        return None
    return max(at_low, at_high) / min(at_low, at_high)


def parity_of(one: Driver, pair: Pair, low: float, high: float) -> float | None:
    """Return the value within a range at which both sides cost the same, all else unchanged; None if there is none."""
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
