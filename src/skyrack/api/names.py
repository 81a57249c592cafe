"""Names and limits that doors offer, each from the table of the engine that owns it. Importing it loads the engine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from skyrack.control.events import EVENT_KINDS
from skyrack.control.events import MIN_DURATION_S as MIN_EVENT_S
from skyrack.control.pacing import SPEEDS as SPEED_LIMITS
from skyrack.core.units import UNITS
from skyrack.results.run_folder import DOCUMENTS
from skyrack.run.outputs import TABLES
from skyrack.studies.plan import METHODS as STUDY_METHODS
from skyrack.studies.plan import Method as StudyMethod

if TYPE_CHECKING:
    EventKindName = str
    TableName = str
    DocumentName = str
else:
    EventKindName = Literal[tuple(EVENT_KINDS)]
    TableName = Literal[tuple(TABLES)]
    DocumentName = Literal[DOCUMENTS]

__all__ = ["MIN_EVENT_S", "SPEED_LIMITS", "DocumentName", "EventKindName", "StudyMethod", "TableName", "names"]


_OF_A_UNIT = ("symbol", "scales", "shown_zero", "difference")


def names() -> dict[str, Any]:
    """Return what a page needs to know when it is built: event kinds, tables, study methods, limits, units."""
    return {
        "event_kinds": [asdict(kind) for kind in EVENT_KINDS.values()],
        "tables": list(TABLES),
        "documents": list(DOCUMENTS),
        "study_methods": list(STUDY_METHODS),
        "speed_limits": list(SPEED_LIMITS),
        "units": {suffix: {name: getattr(unit, name) for name in _OF_A_UNIT} for suffix, unit in UNITS.items()},
    }
