"""Monte Carlo samples of a price: assumptions sampled from their ranges, and the resulting cost ratios.

Each assumption follows a triangular distribution over its range with the mode at the value of the scenario; where the
range spans more than a factor of ten, the distribution is triangular in the logarithm. The samples are points of a unit
cube (Latin hypercube, Sobol sequence), so that they depend on the seed alone and not on the engine that evaluates them.
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
"""Ratio of high to low above which a range is sampled in its logarithm."""
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
    """Return `n` points of a unit cube, shape (n, dimensions), from point `first` of the sequence of the seed on.

    A Sobol sequence can be computed in parts; a Latin hypercube only as a whole. `correlations`, shape (dimensions,
    dimensions), couples the dimensions by a Gaussian copula. Raises InputError for an unknown method or a matrix that
    is not positive definite.
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
    """Return the quantiles of a triangular distribution over a range at the probabilities `unit` from 0 to 1."""
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
    """Return the pair with arrays of samples in place of the chosen drivers (name: low, mode, high).

    Each driver takes one column of `cube`, shape (sample, driver).
    """
    for column, (name, ends) in enumerate(chosen.items()):
        pair = drivers()[name].write(pair, spread(cube[:, column], *ends))
    return pair


def ranges_of(pair: Pair, names: tuple[str, ...] | None = None) -> dict[str, tuple[float, float, float]]:
    """Return low, value and high of the drivers of a pair: all, or those in `names`."""
    table = drivers()
    return {name: table[name].around(pair) for name in names or tuple(table)}


OUTPUTS = ("cost_ratio", "orbit_usd_per_kw_year", "ground_usd_per_kw_year")


def outputs_of(pair: Pair, n: int) -> dict[str, NDArray[np.float64]]:
    """Return the outputs of a study by the names of `OUTPUTS`, an array of shape (n,) each."""
    orbit, ground = account_of(pair.orbit), account_of(pair.ground)
    values = (cost_ratio(pair.orbit, pair.ground), orbit.usd_per_kw_year, ground.usd_per_kw_year)
    return {
        name: np.ascontiguousarray(np.broadcast_to(np.asarray(value, np.float64), (n,)))
        for name, value in zip(OUTPUTS, values, strict=True)
    }


def band(pair: Pair, launch_usd_per_kg: NDArray[np.float64]) -> dict[str, list[float]]:
    """Return quantiles of the cost ratio over launch price, with all other assumptions sampled."""
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
