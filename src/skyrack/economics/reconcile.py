"""Reconciliation of published results: bridges (waterfalls) from one to the next, by groups of assumptions.

Every calculation is translated into the same accounting, so two neighbours differ only in the fields of a `CostInputs`.
These are changed group by group from the first to the second, once in this order and once in reverse; the mean of both
is the contribution of a group. The contributions add up to the gap between the translations exactly; the difference
between the translations and the published figures is shown beside it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from skyrack.core.errors import InputError
from skyrack.core.plugins import models_of
from skyrack.economics.accounts import CostInputs, numbers_of
from skyrack.economics.cost_model import account_of
from skyrack.economics.published import Published, Translation
from skyrack.economics.published.inputs import inputs_of, with_changes

GROUPS: dict[str, tuple[str, ...]] = {
    "computers": ("server_usd_per_w",),
    "power": ("power_usd_per_w", "generation_usd_per_w"),
    "cooling": ("cooling_usd_per_w",),
    "bus or building": ("building_usd_per_w", "one_off_usd_per_w"),
    "network and land": ("network_usd_per_w", "stations_usd_per_w", "land_usd_per_w"),
    "mass": ("kg_per_w",),
    "launch price": ("launch_usd_per_kg", "fill_frac"),
    "idle capacity": ("idle_usd_per_w",),
    "spares, insurance, disposal": ("spares_frac", "arrives_frac", "insurance_frac", "disposal_frac"),
    "operations and repairs": ("operations_frac", "operations_usd_per_w_year", "repairs_frac"),
    "energy and water": ("energy_usd_per_kwh", "pue", "water_l_per_kwh", "water_usd_per_l"),
    "load": ("load_frac",),
    "lives": ("it_life_years", "plant_life_years"),
    "cost of capital": ("cost_of_capital", "build_years", "it_build_years", "idle_years"),
    "sunlight, failures, availability": ("uptime_frac", "decay_per_year", "failures_per_year"),
    "cost model": ("cost_model",),
}
"""Groups of inputs that are changed together. `sold_frac` and `compute_per_w` are excluded, because the cost of a
kilowatt of computers at work depends on neither.
"""
OURS = "skyrack"


@dataclass(frozen=True)
class Walk:
    """Bridge (waterfall) from one result to the next."""

    before: str
    after: str
    usd_per_kw_year_before: float
    """Cost as published, or as Skyrack computes it."""
    usd_per_kw_year_after: float
    parts: dict[str, float]
    """Contribution of each group of assumptions in USD/kW/year."""
    unexplained: float
    """Part of the gap between the published figures that the contributions do not explain, in USD/kW/year."""

    @property
    def gap(self) -> float:
        """Cost of the second result minus that of the first, in USD/kW/year."""
        return self.usd_per_kw_year_after - self.usd_per_kw_year_before


def cost(inputs: CostInputs) -> float:
    """Return the cost of a kilowatt at work in USD/kW/year."""
    return float(account_of(inputs).usd_per_kw_year)


def walk(name_before: str, before: Translation, name_after: str, after: Translation) -> Walk:
    """Return the bridge between two results."""
    forward = _changes(before.inputs, after.inputs, list(GROUPS))
    backward = _changes(before.inputs, after.inputs, list(reversed(GROUPS)))
    parts = {name: 0.5 * (forward[name] + backward[name]) for name in GROUPS}
    gap = after.usd_per_kw_year - before.usd_per_kw_year
    return Walk(
        name_before, name_after, before.usd_per_kw_year, after.usd_per_kw_year, parts, gap - sum(parts.values())
    )


@dataclass(frozen=True)
class RatioWalk:
    """Bridge from the cost ratio (orbit / ground) of a published calculation straight to that of a scenario, by factors."""

    before: str
    after: str
    ratio_before: float
    """Ratio as published."""
    ratio_after: float
    factors: dict[str, dict[str, float]]
    """Factor on the ratio of each group of assumptions, by side ("orbit", "ground") and group."""
    unexplained_factor: float
    """Ratio of the published figures over that of their translations; 1 where the accounting reproduces both."""


def ratio_walk(
    name_before: str, before: Mapping[str, Translation], name_after: str, after: Mapping[str, Translation]
) -> RatioWalk:
    """Return the bridge of the cost ratio between two results that have both sides, "orbit" and "ground".

    The factors of all groups and the unexplained one multiply to the ratio of the two ratios: each group is changed once in
    this order and once in reverse, and the logarithm of its factor is the mean of both.
    """
    factors = {}
    for side, sign in (("orbit", 1.0), ("ground", -1.0)):
        inputs, goal = before[side].inputs, after[side].inputs
        forward = _changes(inputs, goal, list(GROUPS), log_cost)
        backward = _changes(inputs, goal, list(reversed(GROUPS)), log_cost)
        factors[side] = {name: math.exp(0.5 * sign * (forward[name] + backward[name])) for name in GROUPS}
    of_work = [_work(one["ground"].inputs) / _work(one["orbit"].inputs) for one in (before, after)]
    factors["orbit"]["computing per watt"] = of_work[1] / of_work[0]
    published, ours = (
        one["orbit"].usd_per_kw_year / one["ground"].usd_per_kw_year * work
        for one, work in zip((before, after), of_work, strict=True)
    )
    explained = math.prod(factor for side in factors.values() for factor in side.values())
    return RatioWalk(name_before, name_after, published, ours, factors, ours / published / explained)


def _work(inputs: CostInputs) -> float:
    """Return the useful computing sold for each watt; only its ratio between two sides has a meaning."""
    return float(inputs.sold_frac) * float(inputs.compute_per_w)


def log_cost(inputs: CostInputs) -> float:
    """Return the natural logarithm of the cost of a kilowatt at work."""
    return math.log(cost(inputs))


def counts_all(orbit: Translation | None, ground: Translation | None) -> bool:
    """Return true if a calculation prices both sides with their computers and a cost of capital."""
    return all(
        one is not None and float(one.inputs.server_usd_per_w) > 0.0 and float(one.inputs.cost_of_capital) > 0.0
        for one in (orbit, ground)
    )


def _changes(
    inputs: CostInputs, goal: CostInputs, order: list[str], measure: Callable[[CostInputs], float] = cost
) -> dict[str, float]:
    changes = {}
    for name in order:
        trial = replace(inputs, **{field: getattr(goal, field) for field in GROUPS[name]})
        changes[name] = measure(trial) - measure(inputs)
        inputs = trial
    return changes


def published_models(changes: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Published]:
    """Return all published calculations by name, with their published inputs except for `changes`.

    `changes` are values by calculation and input ({"mccalip": {"launch_price": "20 USD/kg"}}). Raises InputError where
    there is no such input or its value is not accepted.
    """
    return {
        name: with_changes(model(), (changes or {}).get(name, {})) for name, model in models_of("published").items()
    }


def split_changes(overrides: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Divide overrides into those of the scenario and those of published calculations ("mccalip.launch_price").

    Raises InputError for a key that belongs to neither.
    """
    models = models_of("published")
    ours: dict[str, Any] = {}
    theirs: dict[str, dict[str, Any]] = {}
    for path, value in overrides.items():
        model, dot, key = str(path).partition(".")
        if model in models and dot:
            theirs.setdefault(model, {})[key] = value
        elif _is_unknown(model):
            raise InputError(
                f"{path}: {model!r} is neither a key of a scenario nor a published calculation with one of its inputs; "
                f"write for example {_example(model if model in models else 'mccalip')!r}; published calculations are "
                f"{', '.join(models)}"
            )
        else:
            ours[path] = value
    return ours, theirs


def _example(model: str) -> str:
    """Return an input of a published calculation as a user would change it."""
    first = next(iter(inputs_of(models_of("published")[model]()).values()))
    return f'{model}.{first.key}="{first.example}"'


def _is_unknown(key: str) -> bool:
    """Return true if a scenario has no such top-level key."""
    from skyrack.scenario import Scenario

    return key not in {"extends", *(field.alias or name for name, field in Scenario.model_fields.items())}


def reconcile(
    name: str, orbit: CostInputs, ground: CostInputs, changes: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the document that `skyrack reconcile --json` prints.

    `orbit` and `ground` are Skyrack's own cost inputs of a scenario; `changes` are those of `published_models`.
    """
    models = published_models(changes)
    ours = {
        "orbit": Translation(orbit, cost(orbit), f"a kilowatt that computers take; {name}, flown, aged and failing"),
        "ground": Translation(ground, cost(ground), "a kilowatt that computers take; its ground baseline"),
    }
    document: dict[str, Any] = {"scenario": name, "models": [], "walks": {}, "straight": []}
    for model in models.values():
        sides = {"orbit": model.orbit(), "ground": model.ground()}
        document["models"].append(
            {
                "name": model.name,
                "title": model.title + _changes_in_words(model),
                "source": model.source,
                "notes": list(model.notes),
                "results": dict(model.results()),
                "inputs": _inputs(model),
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
            "inputs": [],
            "orbit": _side(ours["orbit"]),
            "ground": _side(ours["ground"]),
            "ratio": _ratio(ours["orbit"], ours["ground"]),
        }
    )
    document["straight"] = _straight(models, ours)
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


def _straight(models: Mapping[str, Published], ours: Mapping[str, Translation]) -> list[dict[str, Any]]:
    """Return the bridges straight from each calculation that counts what Skyrack counts, the nearest ratio first."""
    found = []
    for model in models.values():
        orbit, ground = model.orbit(), model.ground()
        if orbit is not None and ground is not None and counts_all(orbit, ground):
            found.append(ratio_walk(model.name, {"orbit": orbit, "ground": ground}, OURS, ours))
    found.sort(key=lambda one: abs(math.log(one.ratio_after / one.ratio_before)))
    return [asdict(one) for one in found]


def _inputs(model: Published) -> list[dict[str, Any]]:
    """Return the inputs of a calculation as rows: key, value and published value in one unit."""
    published = inputs_of(type(model)())
    return [
        {"key": key, "value": one.value, "published": published[key].value, "unit": one.unit}
        for key, one in inputs_of(model).items()
    ]


def _changes_in_words(model: Published) -> str:
    changed = [
        f"{row['key']} {row['value']:g} {row['unit']}".strip()
        for row in _inputs(model)
        if row["value"] != row["published"]
    ]
    return f", with {', '.join(changed)}" if changed else ""


def _side(found: Translation | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "usd_per_kw_year": found.usd_per_kw_year,
        "translated_usd_per_kw_year": cost(found.inputs),
        "counts": found.counts,
        "cost_inputs": numbers_of(found.inputs),
    }


def _ratio(orbit: Translation | None, ground: Translation | None) -> float | None:
    if orbit is None or ground is None:
        return None
    return orbit.usd_per_kw_year / ground.usd_per_kw_year * _work(ground.inputs) / _work(orbit.inputs)
