"""Events of a fleet: satellites are lost, solar storms come, ground sites fail.

An event has a time. The fleet at any time follows from the scenario and from the events up to then, so that going back in
time undoes an event and going forward lets it happen again.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.environment.exposure_summary import STORM_LEVELS

TargetKind = Literal["satellite", "launch batch", "shell", "storm level", "ground site"]


@dataclass(frozen=True)
class EventKind:
    """One kind of event."""

    name: str
    label: str
    """For people, in a list of what may happen."""
    target: TargetKind
    """What it happens to: a satellite or a launch batch by its number, all else by its name."""
    is_loss: bool
    """Whether what it takes away stays away."""


EVENT_KINDS = {
    kind.name: kind
    for kind in (
        EventKind("lose-satellite", "Lose a satellite", "satellite", is_loss=True),
        EventKind("lose-shell", "Lose a shell", "shell", is_loss=True),
        EventKind("lose-batch", "Lose a launch batch", "launch batch", is_loss=True),
        EventKind("solar-storm", "Solar storm", "storm level", is_loss=False),
        EventKind("site-down", "Ground site down", "ground site", is_loss=False),
    )
}
"""Every kind of event, by its name: doors, forms and documentation take the kinds from here."""
LOSSES = tuple(kind.name for kind in EVENT_KINDS.values() if kind.is_loss)
SITE_DOWN_S = DAY_S
"""Outage of a ground site where no duration is given: a choice."""
MAX_EVENTS = 1000
MIN_DURATION_S = 60.0


@dataclass(frozen=True)
class Event:
    """An event that begins at one time, and ends or lasts."""

    kind: str
    """One of `EVENT_KINDS`."""
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
        found = EVENT_KINDS.get(kind)
        if found is None:
            raise InputError(f"kind: {kind!r:.60} is not known; there are {', '.join(EVENT_KINDS)}")
        if lasts_s is not None and not (math.isfinite(lasts_s) and lasts_s >= MIN_DURATION_S):
            raise InputError(f"lasts: {lasts_s!r} s is not accepted; accepted are {MIN_DURATION_S:g} s or more")
        if found.is_loss and lasts_s is not None:
            raise InputError("lasts: a lost satellite stays lost; leave the duration out")
        ends_s = None if found.is_loss else begins_s + (lasts_s or self._length_s(found))
        return Event(kind, self._target(target, found.target), begins_s, ends_s)

    def _length_s(self, kind: EventKind) -> float:
        """Return how long an event lasts where nothing is said."""
        return self.storm_s if kind.target == "storm level" else SITE_DOWN_S

    def _target(self, text: str, what: TargetKind) -> str:
        """Return a target as events keep it; InputError where there is no such one."""
        counts = {"satellite": self.n_sats, "launch batch": self.n_batches}
        if what in counts:
            return str(_number(text, counts[what], what))
        names = {"shell": self.shells, "storm level": self.storm_levels, "ground site": self.sites}
        return _named(text, names[what], what)


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
