"""Events of a fleet: satellites are lost, solar storms come, ground sites fail.

An event has a time. The fleet at any time follows from the scenario and from the events up to then, so that going back in
time undoes an event and going forward lets it happen again.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.environment.exposure_summary import STORM_LEVELS

Kind = Literal["lose-satellite", "lose-shell", "lose-batch", "solar-storm", "site-down"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LOSSES = ("lose-satellite", "lose-shell", "lose-batch")
SITE_DOWN_S = DAY_S
"""Outage of a ground site where no duration is given: a choice."""
MAX_EVENTS = 1000
MIN_DURATION_S = 60.0


@dataclass(frozen=True)
class Event:
    """An event that begins at one time, and ends or lasts."""

    kind: Kind
    target: str
    """Number of a satellite or of a launch batch, name of a shell or ground site, level of a storm."""
    begins_s: float
    """Since the scenario's epoch."""
    ends_s: float | None = None
    """None for a loss, which lasts."""

    def is_on(self, time_s: float) -> bool:
        """Return whether the event has begun and not ended at a time (s since the epoch)."""
        return self.begins_s <= time_s and (self.ends_s is None or time_s < self.ends_s)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as a mapping."""
        return asdict(self)


@dataclass(frozen=True)
class Targets:
    """The satellites, shells and sites of a fleet that events can happen to."""

    n_sats: int
    n_batches: int
    shells: Sequence[str]
    sites: Sequence[str]
    storm_s: float
    """Duration of a storm where none is given: the scenario's."""
    storm_levels: Sequence[str] = tuple(STORM_LEVELS)

    def event(self, kind: str, target: str, begins_s: float, lasts_s: float | None) -> Event:
        """Return a checked event; InputError says in one sentence what would be accepted."""
        if kind not in KINDS:
            raise InputError(f"kind: {kind!r:.60} is not known; there are {', '.join(KINDS)}")
        if lasts_s is not None and not (math.isfinite(lasts_s) and lasts_s >= MIN_DURATION_S):
            raise InputError(f"lasts: {lasts_s!r} s is not accepted; accepted are {MIN_DURATION_S:g} s or more")
        if kind in LOSSES and lasts_s is not None:
            raise InputError("lasts: a lost satellite stays lost; leave the duration out")
        found: Kind = KINDS[KINDS.index(kind)]
        if kind == "lose-satellite":
            return Event(found, str(_number(target, self.n_sats, "satellite")), begins_s)
        if kind == "lose-batch":
            return Event(found, str(_number(target, self.n_batches, "launch batch")), begins_s)
        if kind == "lose-shell":
            return Event(found, _named(target, self.shells, "shell"), begins_s)
        if kind == "solar-storm":
            return Event(
                found, _named(target, self.storm_levels, "storm level"), begins_s, begins_s + (lasts_s or self.storm_s)
            )
        return Event(found, _named(target, self.sites, "ground site"), begins_s, begins_s + (lasts_s or SITE_DOWN_S))


def _number(text: str, count: int, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) < count):
        raise InputError(f"target: {text!r:.60} is not the number of a {what}; accepted are 0 to {count - 1:,}")
    return int(text)


def _named(text: str, names: Sequence[str], what: str) -> str:
    if text in names:
        return text
    if not names:
        raise InputError(f"target: this scenario has no {what}")
    near = difflib.get_close_matches(text, names, n=1)
    shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
    hint = f"did you mean {near[0]!r}?" if near else f"there are {shown}"
    raise InputError(f"target: {text!r:.60} is no {what} of this scenario; {hint}")


def events_from(rows: Iterable[dict[str, Any]]) -> list[Event]:
    """Return the events of mappings that `Event.as_dict` made."""
    return [Event(**row) for row in rows]
