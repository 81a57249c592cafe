"""Why published results disagree: from one to the next, one assumption at a time.

Every calculation is translated into the same accounting, so two neighbours differ only in the fields of a `Place`. These are
changed group by group from the first to the second, once in this order and once backwards; the mean of both is what a group
explains. The parts add up to the gap exactly; what the translations miss of the published figures is shown beside it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from skyrack.core.plugins import models_of
from skyrack.economics.accounts import Place, numbers_of
from skyrack.economics.cost_model import account_of
from skyrack.economics.published import Published, Translation

GROUPS: dict[str, tuple[str, ...]] = {
    "computers": ("it_usd_per_w",),
    "power": ("power_usd_per_w", "generation_usd_per_w"),
    "cooling": ("cooling_usd_per_w",),
    "bus or building": ("building_usd_per_w", "one_off_usd_per_w"),
    "network and land": ("network_usd_per_w", "stations_usd_per_w", "land_usd_per_w"),
    "mass": ("kg_per_w",),
    "launch price": ("launch_usd_per_kg", "fill_frac"),
    "spares, insurance, disposal": ("spares_frac", "arrives_frac", "insurance_frac", "disposal_frac"),
    "operations and repairs": ("operations_frac", "operations_usd_per_w_year", "repairs_frac"),
    "energy and water": ("energy_usd_per_kwh", "pue", "water_l_per_kwh", "water_usd_per_l"),
    "load": ("load_frac",),
    "lives": ("it_life_years", "plant_life_years"),
    "cost of capital": ("cost_of_capital", "build_years", "it_build_years", "idle_years"),
    "sunlight, failures, availability": ("uptime_frac", "decay_per_year", "failures_per_year"),
    "cost model": ("cost_model",),
}
"""What is changed together. `sold_frac` and `work_per_w` are not among them: a kilowatt at work does not ask who pays for it
or what it computes.
"""
OURS = "skyrack"


@dataclass(frozen=True)
class Walk:
    """From one result to the next."""

    before: str
    after: str
    usd_per_kw_year_before: float
    """As published, or as Skyrack has it."""
    usd_per_kw_year_after: float
    parts: dict[str, float]
    """What each group of assumptions changes."""
    unexplained: float
    """Of the gap between the published figures, what the parts do not explain."""

    @property
    def gap(self) -> float:
        """After less before."""
        return self.usd_per_kw_year_after - self.usd_per_kw_year_before


def cost(place: Place) -> float:
    """Cost of a kilowatt at work for a year."""
    return float(account_of(place).usd_per_kw_year)


def walk(name_before: str, before: Translation, name_after: str, after: Translation) -> Walk:
    """Explain the gap between two results."""
    forward = _changes(before.place, after.place, list(GROUPS))
    backward = _changes(before.place, after.place, list(reversed(GROUPS)))
    parts = {name: 0.5 * (forward[name] + backward[name]) for name in GROUPS}
    gap = after.usd_per_kw_year - before.usd_per_kw_year
    return Walk(
        name_before, name_after, before.usd_per_kw_year, after.usd_per_kw_year, parts, gap - sum(parts.values())
    )


def _changes(place: Place, goal: Place, order: list[str]) -> dict[str, float]:
    changes = {}
    for name in order:
        trial = replace(place, **{field: getattr(goal, field) for field in GROUPS[name]})
        changes[name] = cost(trial) - cost(place)
        place = trial
    return changes


def published_models() -> dict[str, Published]:
    """All published calculations, with the inputs they were published with."""
    return {name: model() for name, model in models_of("published").items()}


def reconcile(name: str, orbit: Place, ground: Place) -> dict[str, Any]:
    """The document that `skyrack reconcile --json` prints; `orbit` and `ground` are Skyrack's own places of a scenario."""
    models = published_models()
    ours = {
        "orbit": Translation(orbit, cost(orbit), f"a kilowatt that computers take; {name}, flown, aged and failing"),
        "ground": Translation(ground, cost(ground), "a kilowatt that computers take; its rival"),
    }
    document: dict[str, Any] = {"scenario": name, "models": [], "walks": {}}
    for model in models.values():
        sides = {"orbit": model.orbit(), "ground": model.ground()}
        document["models"].append(
            {
                "name": model.name,
                "title": model.title,
                "source": model.source,
                "notes": list(model.notes),
                "results": dict(model.results()),
            }
            | {side: _side(found) for side, found in sides.items()}
            | {"ratio": _ratio(sides["orbit"], sides["ground"])}
        )
    document["models"].append(
        {
            "name": OURS,
            "title": f"Skyrack, {name}",
            "source": "this scenario",
            "notes": [],
            "results": {},
            "orbit": _side(ours["orbit"]),
            "ground": _side(ours["ground"]),
            "ratio": _ratio(ours["orbit"], ours["ground"]),
        }
    )
    in_order = sorted(models.values(), key=lambda model: (getattr(model, "position", math.inf), model.name))
    for side in ("orbit", "ground"):
        stations = [
            (one.name, found)
            for one in in_order
            if (found := one.orbit() if side == "orbit" else one.ground()) is not None
        ]
        stations.append((OURS, ours[side]))
        document["walks"][side] = [
            asdict(found) | {"gap": found.gap}
            for (first, start), (second, goal) in itertools.pairwise(stations)
            for found in [walk(first, start, second, goal)]
        ]
    return document


def _side(found: Translation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "usd_per_kw_year": found.usd_per_kw_year,
        "translated_usd_per_kw_year": cost(found.place),
        "counts": found.counts,
        "place": numbers_of(found.place),
    }


def _ratio(orbit: Translation | None, ground: Translation | None) -> float | None:
    if orbit is None or ground is None:
        return None
    return orbit.usd_per_kw_year / ground.usd_per_kw_year
