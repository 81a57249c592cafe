"""Generator of job traces whose moments are those of a published cluster: median and mean of run time and GPUs, GPU time.

Run times are log-normal, cut off at the longest. GPUs are powers of two. Large jobs run longer: the correlation of both,
through a Gaussian copula, is fitted to the GPU time of all jobs. Arrivals are a Poisson process.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.operations.traces import JobTrace

Floats = NDArray[np.float64]
ALIASES = {"acme": "kalos"}
ONE_GPU_FRAC = 0.52
"""Share of the jobs on one GPU: just above half, so that the median is 1 as in all published clusters."""


@dataclass(frozen=True)
class ClusterStatistics:
    """Statistics of the GPU jobs of a cluster."""

    title: str
    jobs: int
    run_mean_s: float
    run_median_s: float
    run_max_s: float
    gpus_mean: float
    gpus_median: float
    gpus_max: int
    gpu_time: float
    wait_mean_s: float
    wait_median_s: float
    failed: float

    @property
    def gpu_s_mean(self) -> float:
        """GPU-seconds of one job, mean."""
        return self.gpu_time / self.jobs


@functools.cache
def clusters() -> dict[str, ClusterStatistics]:
    """Return the statistics of the clusters of the catalogue, by name."""
    text = files("skyrack.catalogue").joinpath("job_traces.yaml").read_text("utf-8")
    return {name: ClusterStatistics(**values) for name, values in yaml.safe_load(text).items()}


def cluster(name: str) -> ClusterStatistics:
    """Return the statistics of a cluster, "acme-like" or "seren-like". Raises InputError for an unknown name."""
    stem = name.removesuffix("-like")
    stem = ALIASES.get(stem, stem)
    if stem not in clusters() or not name.endswith("-like"):
        known = ", ".join(f"{one}-like" for one in (*ALIASES, *clusters()))
        raise InputError(f"--trace {name}: accepted are {known}, and a file")
    return clusters()[stem]


def generate(name: str, n_jobs: int, span_s: float, seed: int = 1) -> JobTrace:
    """Return a trace of a number of jobs that arrive within a span, with the moments of a cluster."""
    statistics = cluster(name)
    generator = np.random.Generator(np.random.Philox(seed))
    run, gpus = _draw(generator, n_jobs, statistics, _correlation(statistics))
    arrival = np.sort(generator.random(n_jobs)) * span_s
    return JobTrace(name, arrival, run, gpus, np.zeros(n_jobs, np.int64))


def _draw(
    generator: np.random.Generator, n: int, statistics: ClusterStatistics, correlation: float
) -> tuple[Floats, NDArray[np.int64]]:
    from scipy.stats import norm

    first = generator.standard_normal(n)
    second = correlation * first + math.sqrt(1.0 - correlation**2) * generator.standard_normal(n)
    run = statistics.run_median_s * np.exp(_sigma(statistics) * first)
    run = np.clip(run, 1.0, statistics.run_max_s)
    steps = np.searchsorted(np.cumsum(_sizes(statistics)), norm.cdf(second))
    return run, np.asarray(1 << np.minimum(steps, len(_sizes(statistics)) - 1), np.int64)


@functools.cache
def _sigma(statistics: ClusterStatistics) -> float:
    """Return the width of the log-normal run times whose mean, cut off at the longest, is that of the cluster."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    ratio, top = (
        statistics.run_mean_s / statistics.run_median_s,
        math.log(statistics.run_max_s / statistics.run_median_s),
    )

    def excess(sigma: float) -> float:
        below = math.exp(0.5 * sigma * sigma) * norm.cdf(top / sigma - sigma)
        return float(below + math.exp(top) * norm.sf(top / sigma)) - ratio

    return float(brentq(excess, 1e-3, 10.0))


@functools.cache
def _sizes(statistics: ClusterStatistics) -> tuple[float, ...]:
    """Return the shares of 1, 2, 4, ... GPUs: that of one is fixed, the others fall or rise geometrically."""
    from scipy.optimize import brentq

    steps = np.arange(1, round(math.log2(statistics.gpus_max)) + 1)

    def shares(ratio: float) -> Floats:
        weights = ratio**steps
        return np.concatenate([[ONE_GPU_FRAC], (1.0 - ONE_GPU_FRAC) * weights / weights.sum()])

    sizes = 2.0 ** np.arange(len(steps) + 1)
    low, high = 0.01, 8.0
    if (shares(low) * sizes).sum() > statistics.gpus_mean:
        two = statistics.gpus_mean - 1.0
        return (1.0 - two, two)
    ratio = float(brentq(lambda value: float((shares(value) * sizes).sum()) - statistics.gpus_mean, low, high))
    return tuple(shares(ratio).tolist())


@functools.cache
def _correlation(statistics: ClusterStatistics) -> float:
    """Return the correlation of run time and GPUs at which a job's mean GPU time is that of the cluster, 0.95 at most."""
    from scipy.stats import norm

    z = np.linspace(-8.0, 8.0, 4001)
    density = norm.pdf(z) * (z[1] - z[0])
    run = np.clip(statistics.run_median_s * np.exp(_sigma(statistics) * z), 1.0, statistics.run_max_s)
    edges = norm.ppf(np.concatenate([[0.0], np.cumsum(_sizes(statistics))[:-1], [1.0]]))
    sizes = 2.0 ** np.arange(len(edges) - 1)

    def mean(correlation: float) -> float:
        below = norm.cdf((edges[None, :] - correlation * z[:, None]) / math.sqrt(1.0 - correlation**2))
        return float((density * run * (np.diff(below, axis=1) @ sizes)).sum())

    low, high = -0.5, 0.95
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if mean(middle) < statistics.gpu_s_mean else (low, middle)
    return 0.5 * (low + high)
