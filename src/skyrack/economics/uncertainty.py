"""Many samples of a price at once: assumptions drawn from their ranges, cost ratios out.

Each assumption is drawn from a triangle over its range, highest at the value that the scenario gives it; where the range
spans more than a factor of ten, the triangle stands on its logarithm. The draws come as points of a unit cube (Latin
hypercube, Sobol sequence), so that a seed fixes them, whatever computes them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.economics.breakeven import cost_ratio
from skyrack.economics.cost_model import account_of
from skyrack.economics.uncertain_inputs import Pair, drivers

WIDE = 10.0
"""Ranges that span more than this factor are drawn on their logarithm."""
METHODS = ("latin-hypercube", "sobol")
BAND_POINTS = 512
BAND_SEED = 1


def unit_cube(
    method: str,
    n: int,
    dimensions: int,
    seed: int,
    correlations: NDArray[np.float64] | None = None,
    *,
    first: int = 0,
) -> NDArray[np.float64]:
    """`n` points of a unit cube, (point, dimension), beginning with point `first` of the seed's sequence.

    A Sobol sequence can be taken in parts; a Latin hypercube only whole. `correlations` couples the dimensions by a Gaussian
    copula. Raises InputError for an unknown method or a matrix that is no correlation.
    """
    from scipy.stats import norm, qmc

    if method == "latin-hypercube":
        points = qmc.LatinHypercube(dimensions, rng=np.random.default_rng(seed)).random(first + n)[first:]
    elif method == "sobol":
        engine = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        if first:
            engine.fast_forward(first)
        points = engine.random(n)
    else:
        raise InputError(f"method: {method!r} is not known; there are {' and '.join(METHODS)}")
    points = np.clip(points, 1e-12, 1.0 - 1e-12)
    if correlations is None:
        return np.asarray(points)
    try:
        factor = np.linalg.cholesky(correlations)
    except np.linalg.LinAlgError:
        raise InputError("correlated: these correlations contradict each other; weaken one of them") from None
    return np.asarray(norm.cdf(norm.ppf(points) @ factor.T))


def spread(unit: NDArray[np.float64], low: float, mode: float, high: float) -> NDArray[np.float64]:
    """Values of a triangle over a range, for shares of its probability from 0 to 1."""
    if high <= low:
        return np.full(unit.shape, mode)
    if low > 0.0 and high > WIDE * low:
        return np.asarray(np.exp(_triangle(unit, np.log(low), np.log(mode), np.log(high))))
    return _triangle(unit, low, mode, high)


def _triangle(unit: NDArray[np.float64], low: float, mode: float, high: float) -> NDArray[np.float64]:
    at_mode = (mode - low) / (high - low)
    rising = low + np.sqrt(unit * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - unit) * (high - low) * (high - mode))
    return np.where(unit < at_mode, rising, falling)


def drawn(pair: Pair, cube: NDArray[np.float64], chosen: dict[str, tuple[float, float, float]]) -> Pair:
    """The pair with arrays of draws in place of the chosen drivers (name: low, mode, high), a column of the cube each."""
    for column, (name, ends) in enumerate(chosen.items()):
        pair = drivers()[name].write(pair, spread(cube[:, column], *ends))
    return pair


def ranges_of(pair: Pair, names: tuple[str, ...] | None = None) -> dict[str, tuple[float, float, float]]:
    """Low, value and high of the drivers of a pair, all or some."""
    table = drivers()
    return {name: table[name].around(pair) for name in names or tuple(table)}


OUTPUTS = ("cost_ratio", "orbit_usd_per_kw_year", "ground_usd_per_kw_year")


def outputs_of(pair: Pair, n: int) -> dict[str, NDArray[np.float64]]:
    """What a study looks at, an array of `n` each."""
    orbit, ground = account_of(pair.orbit), account_of(pair.ground)
    values = (cost_ratio(pair.orbit, pair.ground), orbit.usd_per_kw_year, ground.usd_per_kw_year)
    return {
        name: np.ascontiguousarray(np.broadcast_to(np.asarray(value, np.float64), (n,)))
        for name, value in zip(OUTPUTS, values, strict=True)
    }


def band(pair: Pair, launch_usd_per_kg: NDArray[np.float64]) -> dict[str, list[float]]:
    """Quantiles of the cost ratio over launch price, all other assumptions drawn."""
    chosen = {name: ends for name, ends in ranges_of(pair).items() if name != "launch_price"}
    cube = unit_cube("sobol", BAND_POINTS, len(chosen), BAND_SEED)
    trial = drawn(pair, cube, chosen)
    quantiles = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
    rows: dict[str, list[float]] = {"launch_usd_per_kg": launch_usd_per_kg.tolist()} | {name: [] for name in quantiles}
    for price in launch_usd_per_kg:
        ratio = np.asarray(cost_ratio(replace(trial.orbit, launch_usd_per_kg=float(price)), trial.ground))
        for name, share in quantiles.items():
            rows[name].append(float(np.quantile(ratio, share)))
    return rows
