"""Pace of a build-out: as fast as the capacities allow, or at the lowest constant rate that reaches the same target."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from skyrack.buildout.cohorts import build
from skyrack.buildout.metrics import enough
from skyrack.buildout.plan import Plan

REACHED_FRAC = 0.99
"""Share of the largest number of operational satellites that counts as it, where the target is never reached."""
TOLERANCE_FRAC = 1e-3


def smooth(plan: Plan, by: date) -> Plan:
    """Return the plan whose factory builds at most the lowest constant rate with which the fleet is complete by a day.

    A fleet that is not complete by that day even at full capacity is complete when full capacity completes it, by the end
    of the build-out. Where full capacity never completes it, nearly as many satellites are operational at the end.
    """
    months = plan.months

    def at_most(per_month: float) -> Plan:
        return replace(plan, per_month=np.minimum(plan.per_month, per_month))

    full = build(plan)["active"]
    is_complete = full >= enough(plan.target)
    goal, last = enough(plan.target), len(months) - 1
    if is_complete.any():
        due = sum(1 for month in months if month < by) - 1
        last = max(due, int(is_complete.argmax()))
    else:
        goal = REACHED_FRAC * float(full.max())
    low, high = 0.0, float(plan.per_month.max())
    while high - low > TOLERANCE_FRAC * high:
        middle = 0.5 * (low + high)
        if float(build(at_most(middle))["active"][: last + 1].max()) >= goal:
            high = middle
        else:
            low = middle
    return at_most(high)
