"""The published claims of a scenario beside the values that a run computed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from skyrack.catalogue import facts
from skyrack.core.errors import InputError
from skyrack.core.units import PINT_UNITS, to_si
from skyrack.run.outputs import CHANNELS, SHELLS, SUMMARY, TIMINGS
from skyrack.scenario.schema import Claim

ABOUT_FRAC, ABOUT_K = 0.05, 5.0
"""A claim of "about" holds when the computed value is this close: a share of it, but kelvins for a temperature."""
ROUNDING_FRAC = 1e-6


@dataclass(frozen=True)
class ClaimCheck:
    """A published claim beside the computed value."""

    statement: str
    quantity: str
    comparison: str
    claimed: float
    computed: float | None
    """None where the run computed no such value."""
    ratio: float | None
    """Computed over claimed; None where nothing was computed and for quantities without a true zero, as temperatures."""
    holds: bool | None
    source: str
    url: str | None
    date: str | None
    confidence: str | None


def check_claims(
    claims: Iterable[Claim], figures: dict[str, Any], shells: Sequence[dict[str, Any]]
) -> tuple[ClaimCheck, ...]:
    """Hold each claim against the figures of the fleet or of the shell that it names."""
    return tuple(_check(claim, figures, shells) for claim in claims)


def _check(claim: Claim, figures: dict[str, Any], shells: Sequence[dict[str, Any]]) -> ClaimCheck:
    claimed = _claimed_value(claim)
    computed = _lookup(figures, shells, claim.quantity)
    channel = CHANNELS[claim.quantity.rpartition(".")[2]]
    ratio = computed / claimed if claimed and computed is not None and channel.has_true_zero else None
    close = ABOUT_K if channel.unit in ("k", "k_difference") else ABOUT_FRAC * abs(claimed)
    rounding = ROUNDING_FRAC * abs(claimed)
    holds = None
    if computed is not None:
        holds = {
            "about": abs(computed - claimed) <= close,
            "at least": computed >= claimed - rounding,
            "at most": computed <= claimed + rounding,
        }[claim.comparison]
    known = facts().get(claim.source)
    return ClaimCheck(
        statement=claim.statement,
        quantity=claim.quantity,
        comparison=claim.comparison,
        claimed=claimed,
        computed=computed,
        ratio=ratio,
        holds=holds,
        source=known.source if known else claim.source,
        url=known.url if known else None,
        date=known.date if known else None,
        confidence=known.confidence if known else None,
    )


def check_claim_quantities(claims: Iterable[Claim], shell_names: list[str]) -> None:
    """Raise InputError for a claim about a quantity that no run computes, or whose value has another unit."""
    for number, claim in enumerate(claims):
        shell, _, quantity = claim.quantity.rpartition(".")
        place, channels = ("shells", SHELLS) if shell else ("summary", SUMMARY)
        known = {channel.name for channel in channels} - {"name", "kind", *TIMINGS}
        if quantity not in known:
            raise InputError(f"claims.{number}.quantity: {claim.quantity!r} is not a quantity of the {place}")
        if shell and shell.removeprefix("shells.") not in shell_names:
            raise InputError(f"claims.{number}.quantity: there is no shell {shell.removeprefix('shells.')!r}")
        _claimed_value(claim, f"claims.{number}.value: ")


def _claimed_value(claim: Claim, where: str = "") -> float:
    unit = CHANNELS[claim.quantity.rpartition(".")[2]].unit
    try:
        value = to_si(claim.value, unit) if unit in PINT_UNITS else float(claim.value)
    except InputError as error:
        raise InputError(f"{where}{error}") from None
    except ValueError:
        raise InputError(f"{where}{claim.value!r} is not a number") from None
    if not 1e-30 < abs(value) < 1e30:
        raise InputError(f"{where}{claim.value!r} is not a value to hold a figure against")
    return value


def _lookup(figures: dict[str, Any], shells: Sequence[dict[str, Any]], quantity: str) -> float | None:
    """Return a figure by its name or `shells.SHELL.NAME`; None where the run could not compute it."""
    shell, _, name = quantity.rpartition(".")
    if not shell:
        return None if figures[name] is None else float(figures[name])
    return float(next(entry[name] for entry in shells if entry["name"] == shell.removeprefix("shells.")))
