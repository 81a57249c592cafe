"""Methods of a study, each a function of the plan, the price of the scenario and the means to compute samples.

Each returns the result, plain data for study.json, and the samples as columns of equal length, or None where there are
none.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from skyrack.core.atomic_file import write_json
from skyrack.core.errors import InputError
from skyrack.core.json_text import plain
from skyrack.economics.breakeven import cost_ratio
from skyrack.economics.sensitivity import parity_of, sensitivity, swing_of
from skyrack.economics.uncertain_inputs import drivers
from skyrack.economics.uncertainty import OUTPUTS
from skyrack.studies.plan import StudyPlan
from skyrack.studies.work import Work, pair_of, ranges

Columns = dict[str, NDArray[Any]]
Outcome = tuple[dict[str, Any], Columns | None]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BINS, WINS_PER_BIN = (5, 24), 8
"""Range of the number of launch price bins, and minimum mean number of samples per bin in which orbit is cheaper."""


def monte_carlo(plan: StudyPlan, priced: dict[str, Any], work: Work) -> Outcome:
    """Return quantiles of the outputs, the fraction of samples in which orbit is cheaper, and the inputs of these.

    Raises InputError where every sample failed.
    """
    pair = pair_of(priced)
    chosen = ranges(plan, pair)
    samples = work.evaluate(pair, chosen, work.cube(plan, tuple(chosen)))
    well = ~samples["failed"]
    if not well.any():
        raise InputError(f"{plan.name}: every one of the {len(well):,} samples failed; check the ranges")
    ratio = samples["cost_ratio"][well]
    wins = ratio < 1.0
    return {
        "n_samples": len(well),
        "n_failed": int((~well).sum()),
        "orbit_wins_frac": float(wins.mean()),
        "ratio_as_given": float(np.asarray(cost_ratio(pair.orbit, pair.ground))),
        "quantiles": {
            name: {f"p{100 * share:02.0f}": float(np.quantile(samples[name][well], share)) for share in QUANTILES}
            for name in OUTPUTS
        },
        "inputs": [_input_row(name, chosen[name], samples[name][well], ratio, wins) for name in chosen],
        "wins_by_launch_price": _wins_by(samples["launch_price"][well], wins) if "launch_price" in chosen else None,
    }, samples


def _input_row(
    name: str,
    ends: tuple[float, float, float],
    drawn: NDArray[np.float64],
    ratio: NDArray[np.float64],
    wins: NDArray[np.bool_],
) -> dict[str, Any]:
    from scipy.stats import spearmanr

    known = drivers()[name]
    varies = all(float(column.min()) < float(column.max()) for column in (drawn, ratio))
    won = drawn[wins]
    return {
        "name": name,
        "title": known.title,
        "unit": known.unit,
        "low": ends[0],
        "mode": ends[1],
        "high": ends[2],
        "rank_correlation": float(spearmanr(drawn, ratio).statistic) if varies else 0.0,
        "median": float(np.median(drawn)),
        "median_where_orbit_wins": float(np.median(won)) if len(won) else None,
        "middle_half_where_orbit_wins": [float(np.quantile(won, share)) for share in (0.25, 0.75)]
        if len(won)
        else None,
    }


def _wins_by(price: NDArray[np.float64], wins: NDArray[np.bool_]) -> dict[str, list[float]]:
    """Return the fraction of samples in which orbit is cheaper, by launch price in bins of equal count."""
    order = np.argsort(price, kind="stable")
    bins = int(np.clip(wins.sum() // WINS_PER_BIN, *BINS))
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return {
        "launch_usd_per_kg": [float(np.median(price[part])) for part in parts],
        "orbit_wins_frac": [float(wins[part].mean()) for part in parts],
    }


def tornado(plan: StudyPlan, priced: dict[str, Any], work: Work) -> Outcome:
    """Return the one-at-a-time sensitivity of the cost ratio (tornado chart) over the ranges of the plan.

    Raises InputError where a range gives costs that are not positive and finite.
    """
    del work
    pair = pair_of(priced)
    rows = []
    known = {row.name: row for row in sensitivity(pair)}
    for name, (low, value, high) in ranges(plan, pair).items():
        at_low, at_high = (
            float(np.asarray(cost_ratio(trial.orbit, trial.ground)))
            for trial in (drivers()[name].write(pair, end) for end in (low, high))
        )
        row = asdict(known[name]) | {"low": low, "value": value, "high": high}
        row |= {
            "ratio_at_low": at_low,
            "ratio_at_high": at_high,
            "swing": swing_of(at_low, at_high),
            "parity": parity_of(drivers()[name], pair, low, high),
        }
        if row["swing"] is None:
            raise InputError(f"inputs.{name}: {low:g} to {high:g} gives costs that are not possible; narrow the range")
        rows.append(row)
    ratio = float(np.asarray(cost_ratio(pair.orbit, pair.ground)))
    return {"ratio_as_given": ratio, "sensitivity": sorted(rows, key=lambda row: -row["swing"])}, None


def sobol_indices(plan: StudyPlan, priced: dict[str, Any], work: Work) -> Outcome:
    """Return first-order and total Sobol indices of the logarithm of the cost ratio (SALib, Saltelli's design).

    Raises InputError where a sample failed.
    """
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    pair = pair_of(priced)
    chosen = ranges(plan, pair)
    problem = {"num_vars": len(chosen), "names": list(chosen), "bounds": [[0.0, 1.0]] * len(chosen)}
    cube = sample.sample(problem, plan.points, calc_second_order=False, seed=plan.seed)
    samples = work.evaluate(pair, chosen, np.clip(cube, 1e-12, 1.0 - 1e-12))
    n_failed = int(samples["failed"].sum())
    if n_failed:
        raise InputError(
            f"{plan.name}: {n_failed:,} of {len(cube):,} samples failed; Sobol indices need all of them, narrow the ranges"
        )
    found = analyse.analyze(
        problem, np.log(samples["cost_ratio"]), calc_second_order=False, seed=plan.seed, print_to_console=False
    )
    rows = [
        {
            "name": name,
            "title": drivers()[name].title,
            "first": float(found["S1"][k]),
            "first_error": float(found["S1_conf"][k]),
            "total": float(found["ST"][k]),
            "total_error": float(found["ST_conf"][k]),
        }
        for k, name in enumerate(chosen)
    ]
    return {"n_samples": len(cube), "indices": sorted(rows, key=lambda row: -row["total"])}, samples


def grid(plan: StudyPlan, priced: dict[str, Any], work: Work) -> Outcome:
    """Return the cost ratio for every combination of values of drivers and of scenario keys.

    Each combination of scenario keys is flown once. Raises InputError for a driver value that is not a number.
    """
    keys = {name: given.values for name, given in plan.inputs.items() if "." in name and given is not None}
    axes = {name: given.values for name, given in plan.inputs.items() if "." not in name and given is not None}
    for name, values in axes.items():
        for one in values:
            if isinstance(one, bool) or not isinstance(one, int | float):
                raise InputError(f"inputs.{name}: {one!r} is not a number in {drivers()[name].unit or 'its unit'}")
    combinations = list(itertools.product(*keys.values()))
    meshes = np.meshgrid(*(np.asarray(values, np.float64) for values in axes.values()), indexing="ij") if axes else []
    n = meshes[0].size if axes else 1
    parts: list[Columns] = []
    reasons: list[str] = []
    for number, combination in enumerate(combinations):
        changes = dict(zip(keys, combination, strict=True))
        try:
            pair = pair_of(_priced(plan, changes, work) if changes else priced)
            for name, mesh in zip(axes, meshes, strict=True):
                pair = drivers()[name].write(pair, mesh.ravel())
            ratio = np.broadcast_to(np.asarray(cost_ratio(pair.orbit, pair.ground), np.float64), (n,))
        except InputError as error:
            reasons.append(str(error))
            ratio = np.full(n, np.nan)
        column = {key: np.array([str(value)] * n) for key, value in changes.items()}
        column |= {name: mesh.ravel() for name, mesh in zip(axes, meshes, strict=True)}
        parts.append(column | {"cost_ratio": np.array(ratio), "failed": ~(np.isfinite(ratio) & (ratio > 0.0))})
        work.progress(number + 1, len(combinations))
    samples = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    well = np.flatnonzero(~samples["failed"])
    best = int(well[samples["cost_ratio"][well].argmin()]) if len(well) else None
    return {
        "n_samples": len(samples["failed"]),
        "n_failed": int(samples["failed"].sum()),
        "reasons": reasons,
        "axes": {name: [str(value) for value in values] for name, values in (keys | axes).items()},
        "best": None if best is None else {name: plain(column[best]) for name, column in samples.items()},
    }, samples


def _priced(plan: StudyPlan, changes: dict[str, Any], work: Work) -> dict[str, Any]:
    """Return the price of the scenario with some keys changed: flown once, then stored in the folder of the study."""
    import hashlib
    import json

    from skyrack.run.pricing import price_scenario

    text = json.dumps(changes, sort_keys=True, default=str)
    file = work.out / "parts" / f"price-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"
    if file.exists():
        kept: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return kept
    found = plain(price_scenario(plan.scenario, plan.set | changes))
    slim = {name: found[name] for name in ("name", "orbit", "ground")}
    write_json(file, slim)
    return slim


def pareto(plan: StudyPlan, priced: dict[str, Any], work: Work) -> Outcome:
    """Return the Pareto front of designs by mass and cost (pymoo, NSGA-II with mixed variables)."""
    from skyrack.studies.designs import search

    return search(plan, priced, work)


def carry_out(plan: StudyPlan, priced: dict[str, Any], work: Work) -> Outcome:
    """Return the result and the samples of a plan by its method; mypy verifies that every method is handled."""
    match plan.method:
        case "sobol" | "latin-hypercube":
            return monte_carlo(plan, priced, work)
        case "tornado":
            return tornado(plan, priced, work)
        case "sobol-indices":
            return sobol_indices(plan, priced, work)
        case "grid":
            return grid(plan, priced, work)
        case "pareto":
            return pareto(plan, priced, work)
        case unknown:
            assert_never(unknown)
