"""The search for designs: parts, life and temperature of a satellite, against its mass and its price."""

from __future__ import annotations

from typing import Any

import numpy as np

from skyrack.catalogue.parts import parts
from skyrack.core.errors import InputError
from skyrack.core.json_text import plain
from skyrack.run.prepare import load_flown, prepare
from skyrack.run.pricing import price_of_sized
from skyrack.studies.plan import StudyPlan
from skyrack.studies.work import Work

POPULATION = 24
LIFE_YEARS = (3.0, 12.0)
LIMIT_C = (60.0, 95.0)
"""Of the electronics."""


def search(plan: StudyPlan, priced: dict[str, Any], work: Work) -> tuple[dict[str, Any], dict[str, Any]]:
    """All designs that were tried, and which of them are on the front.

    Designs are closed, not flown: a closed satellite holds its limits in flight (its compute is what its policy asks for).
    A design that does not close, or that no launcher lifts, counts as failed.
    """
    del priced
    try:
        from pymoo.core.mixed import MixedVariableGA
        from pymoo.core.problem import ElementwiseProblem
        from pymoo.core.variable import Choice, Real
        from pymoo.operators.survival.rank_and_crowding import RankAndCrowding
        from pymoo.optimize import minimize
    except ImportError:
        raise InputError("method: 'pareto' needs pymoo; install it with: pip install 'skyrack[pareto]'") from None

    rows: list[dict[str, Any]] = []
    choices = {
        "design.cell": Choice(options=sorted(parts("cells"))),
        "design.battery": Choice(options=sorted(parts("batteries"))),
        "design.radiator": Choice(options=sorted(parts("radiators"))),
        "life_years": Real(bounds=LIFE_YEARS),
        "limit_c": Real(bounds=LIMIT_C),
    }

    class Designs(ElementwiseProblem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(vars=choices, n_obj=2)

        def _evaluate(self, values: dict[str, Any], out: dict[str, Any], *_args: Any, **_kwargs: Any) -> None:
            row = _design(plan, values)
            rows.append(row)
            work.progress(len(rows), plan.designs)
            out["F"] = [row["kg_per_kw"], row["usd_per_kw_year"]] if not row["failed"] else [1e9, 1e9]

    minimize(
        Designs(),
        MixedVariableGA(pop_size=min(POPULATION, plan.designs), survival=RankAndCrowding()),
        ("n_evals", plan.designs),
        seed=plan.seed,
        verbose=False,
    )
    rows = rows[: plan.designs]
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    front = _front(columns)
    columns["on_front"] = front
    return {
        "n_samples": len(rows),
        "n_failed": int(columns["failed"].sum()),
        "front": sorted(
            ({name: plain(column[k]) for name, column in columns.items()} for k in np.flatnonzero(front)),
            key=lambda row: row["kg_per_kw"],
        ),
    }, columns


def _design(plan: StudyPlan, values: dict[str, Any]) -> dict[str, Any]:
    values = {key: str(value) if key.startswith("design.") else float(value) for key, value in values.items()}
    changes = {key: value for key, value in values.items() if key.startswith("design.")} | {
        "design.life": f"{values['life_years']} years",
        "satellite.electronics.temperature_limit": f"{values['limit_c']} degC",
    }
    kept = {key.removeprefix("design."): value for key, value in values.items()}
    try:
        kg_per_kw, usd_per_kw_year = price_of_sized(prepare(load_flown(plan.scenario, plan.set | changes)))
    except InputError:
        return kept | {"kg_per_kw": np.nan, "usd_per_kw_year": np.nan, "failed": True}
    return kept | {"kg_per_kw": kg_per_kw, "usd_per_kw_year": usd_per_kw_year, "failed": False}


def _front(columns: dict[str, Any]) -> Any:
    """Designs that no other one beats in both."""
    mass, price = columns["kg_per_kw"], columns["usd_per_kw_year"]
    front = np.zeros(len(mass), np.bool_)
    for k in np.flatnonzero(~columns["failed"]):
        beaten = (mass <= mass[k]) & (price <= price[k]) & ((mass < mass[k]) | (price < price[k]))
        front[k] = not beaten.any()
    return front
