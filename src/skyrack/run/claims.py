"""Published claims of a scenario beside the values that a run computed, by both readings of its satellite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skyrack.catalogue import facts
from skyrack.core.errors import InputError
from skyrack.core.units import PINT_UNITS, to_si
from skyrack.run.outputs import CHANNELS, SHELLS, SUMMARY, TIMINGS
from skyrack.scenario.schema import Basis, Claim

ABOUT_FRAC, ABOUT_K = 0.05, 5.0
"""Tolerance of a claim of "about": a fraction of the claimed value, or kelvins for a temperature."""
ROUNDING_FRAC = 1e-6
HOLDS, FAILS, ASSUMED, UNTESTABLE = "holds", "fails", "assumed", "cannot be tested"
VERDICTS = (HOLDS, FAILS, ASSUMED, UNTESTABLE)
NOT_COMPUTED = "this run computed no such value"


@dataclass(frozen=True)
class Figures:
    """Figures of a run by one reading of its satellite."""

    summary: Mapping[str, Any]
    shells: Sequence[Mapping[str, Any]]
    """Figures of each shell, with its name, kind and number of satellites."""

    def value(self, quantity: str) -> float | None:
        """Return a figure by `NAME`, `shells.SHELL.NAME` or `kinds.KIND.NAME`; None where it was not computed.

        The figure of a kind of orbit is the mean over its satellites.
        """
        group, name = _group_of(quantity)
        if group is None:
            found = self.summary.get(name)
            return None if found is None else float(found)
        section, _, called = group.partition(".")
        key = "name" if section == "shells" else "kind"
        rows = [row for row in self.shells if row[key] == called]
        if not rows or any(row.get(name) is None for row in rows):
            return None
        n_sats = sum(row["n_sats"] for row in rows)
        return float(sum(row["n_sats"] * row[name] for row in rows) / n_sats)


@dataclass(frozen=True)
class ClaimCheck:
    """Published claim beside the computed values."""

    statement: str
    quantity: str | None
    comparison: str
    claimed: float | None
    announced: float | None
    """Value computed for the satellite as announced; None where there is none."""
    sized: float | None
    """Value computed for the satellite as sized; None where there is none."""
    low: float | None
    """5th and (below) 95th percentile over the uncertain inputs, in the main reading; None where not sampled."""
    high: float | None
    ratio: float | None
    """Computed over claimed value in the main reading; None without one, and for quantities without a true zero."""
    verdict: str
    """One of `VERDICTS`, in the main reading."""
    other_verdict: str
    """Verdict in the other reading."""
    why: str | None
    """Reason why a claim is assumed or cannot be tested."""
    source: str
    url: str | None
    date: str | None
    confidence: str | None

    @property
    def holds(self) -> bool | None:
        """True or False for a tested claim; None for one that is assumed or cannot be tested."""
        return {HOLDS: True, FAILS: False}.get(self.verdict)


def check_claims(
    claims: Iterable[Claim],
    basis: Basis,
    readings: Mapping[Basis, Figures],
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[ClaimCheck, ...]:
    """Return each claim beside the figures of each reading; `basis` is the main one.

    `ranges` holds the 5th and 95th percentile of some figures of the main reading.
    """
    return tuple(_check(claim, basis, readings, ranges or {}) for claim in claims)


def _check(
    claim: Claim, basis: Basis, readings: Mapping[Basis, Figures], ranges: Mapping[str, tuple[float, float]]
) -> ClaimCheck:
    known = facts().get(claim.source)
    quantity = claim.quantity
    claimed = None if quantity is None else _claimed_value(claim)
    found: dict[str, float | None] = dict.fromkeys(("announced", "sized"))
    ratio = None
    if quantity is not None and claimed is not None:
        found |= {name: figures.value(quantity) for name, figures in readings.items()}
        main = found[basis]
        ratio = main / claimed if main is not None and _channel(quantity).has_true_zero else None
    other = "sized" if basis == "announced" else "announced"
    verdict, why = _verdict(claim, claimed, found[basis])
    # what is an input of the announced satellite is a result of the sizing
    is_result = claim.assumed is not None and found[other] is not None and found[other] != found[basis]
    elsewhere = claim.model_copy(update={"assumed": None}) if is_result else claim
    low, high = ranges.get(quantity or "", (None, None))
    return ClaimCheck(
        statement=claim.statement,
        quantity=quantity,
        comparison=claim.comparison,
        claimed=claimed,
        announced=found["announced"],
        sized=found["sized"],
        low=low,
        high=high,
        ratio=ratio,
        verdict=verdict,
        other_verdict=_verdict(elsewhere, claimed, found[other])[0],
        why=why,
        source=known.source if known else claim.source,
        url=known.url if known else None,
        date=known.date if known else None,
        confidence=known.confidence if known else None,
    )


def _verdict(claim: Claim, claimed: float | None, computed: float | None) -> tuple[str, str | None]:
    """Return the verdict on a claim, and the reason where it was not tested."""
    if claim.untestable is not None:
        return UNTESTABLE, claim.untestable
    if claim.assumed is not None:
        return ASSUMED, claim.assumed
    if claimed is None or computed is None or claim.quantity is None:
        return UNTESTABLE, NOT_COMPUTED
    close = ABOUT_K if _channel(claim.quantity).unit in ("k", "k_difference") else ABOUT_FRAC * abs(claimed)
    rounding = ROUNDING_FRAC * abs(claimed)
    is_met = {
        "about": abs(computed - claimed) <= close,
        "at least": computed >= claimed - rounding,
        "at most": computed <= claimed + rounding,
    }[claim.comparison]
    return (HOLDS if is_met else FAILS), None


def _group_of(quantity: str) -> tuple[str | None, str]:
    """Return the shell or kind that a quantity names ("shells.SHELL", "kinds.KIND"; None: the fleet), and the figure."""
    group, _, name = quantity.rpartition(".")
    return group or None, name


def _channel(quantity: str) -> Any:
    return CHANNELS[quantity.rpartition(".")[2]]


def check_claim_quantities(claims: Iterable[Claim], shells: Mapping[str, str]) -> None:
    """Raise InputError for a claim about a quantity that no run computes, or with a value in another unit.

    `shells` holds the kind of each shell by its name.
    """
    for number, claim in enumerate(claims):
        where = f"claims.{number}"
        if claim.quantity is None:
            continue
        group, quantity = _group_of(claim.quantity)
        section, channels = ("shells", SHELLS) if group else ("summary", SUMMARY)
        known = {channel.name for channel in channels} - {"name", "kind", *TIMINGS}
        if quantity not in known:
            raise InputError(f"{where}.quantity: {claim.quantity!r} is not a quantity of the {section}")
        kind, _, called = (group or "").partition(".")
        accepted = {"shells": set(shells), "kinds": set(shells.values()), "": {""}}.get(kind)
        if accepted is None:
            raise InputError(
                f"{where}.quantity: write NAME, shells.SHELL.NAME or kinds.KIND.NAME, not {claim.quantity!r}"
            )
        if called not in accepted:
            there = f"shell {called!r}" if kind == "shells" else f"kind of orbit {called!r}"
            raise InputError(f"{where}.quantity: there is no {there}")
        _claimed_value(claim, f"{where}.value: ")


def _claimed_value(claim: Claim, where: str = "") -> float:
    unit = _channel(str(claim.quantity)).unit
    try:
        value = to_si(claim.value, unit) if unit in PINT_UNITS else float(str(claim.value))
    except InputError as error:
        raise InputError(f"{where}{error}") from None
    except ValueError:
        raise InputError(f"{where}{claim.value!r} is not a number") from None
    if not 1e-30 < abs(value) < 1e30:
        raise InputError(f"{where}{claim.value!r} is not a value that a figure can be compared with")
    return value
