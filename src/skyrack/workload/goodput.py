"""What interruptions leave of a job: first-order formulas, the exact one for chance failures, and a simulation for
the rest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import driver, law

FIRST_ORDER_WASTE = 0.3
"""Above this share of waste the first-order formulas no longer hold, and the events are simulated."""
FAILURES = 4000
"""Simulated, or as many as the horizon holds."""


@law
def young_interval_s(write_s, interval_between_failures_s):
    """Work between two checkpoints that wastes least, to first order: sqrt(2 C M).

    Reference: Young, Commun. ACM 17 (1974) 530.
    """
    return math.sqrt(2.0 * write_s * interval_between_failures_s)


@law
def waste_frac(work_s, write_s, restart_s, interval_between_failures_s):
    """Share of time lost to checkpoints, work done again and restarts: C / tau + (tau / 2 + R) / M.

    First order in all three over M. Valid: below 0.3. Reference: Daly, Future Gener. Comput. Syst. 22 (2006) 303, sec. 2.
    """
    return write_s / work_s + (0.5 * work_s + restart_s) / interval_between_failures_s


@law
def useful_frac(work_s, write_s, restart_s, interval_between_failures_s):
    """Share of time that work which lasts takes, exactly, where failures come by chance at a constant rate.

    tau exp(-R / M) / (M (exp((tau + C) / M) - 1)); failures may fall into checkpoints and restarts.
    Reference: Daly (2006), eq. 20.
    """
    mean_s = interval_between_failures_s
    return work_s * math.exp(-restart_s / mean_s) / (mean_s * math.expm1((work_s + write_s) / mean_s))


def best_interval_s(write_s: float, restart_s: float, mean_s: float) -> float:
    """Work between checkpoints that leaves most, by the exact formula."""
    from scipy.optimize import minimize_scalar

    if not math.isfinite(mean_s):
        return math.inf

    def lost(log_work: float) -> float:
        exponent = (math.exp(log_work) + write_s) / mean_s
        if exponent > 600.0:
            return 1.0
        return 1.0 - float(useful_frac(math.exp(log_work), write_s, restart_s, mean_s))

    first = math.log(max(float(young_interval_s(write_s, mean_s)), 1e-3))
    found = minimize_scalar(lost, bounds=(first - 4.0, first + 2.0), method="bounded", options={"xatol": 1e-4})
    return math.exp(float(found.x))


@dataclass(frozen=True)
class Interruptions:
    """What stops a job: failures whose rate repeats with a period, and storms that stop it for long."""

    per_s: NDArray[np.float64]
    """Rate of failures in each bin of the period."""
    bin_s: float
    storms_per_s: float = 0.0
    """Common to all members, as solar storms are."""
    storm_s: float = 0.0
    """How long work rests then."""

    @property
    def mean_s(self) -> float:
        """Mean time between failures."""
        rate = float(self.per_s.mean())
        return 1.0 / rate if rate > 0.0 else math.inf


@dataclass(frozen=True)
class RetainedTime:
    """The share of time that checkpoints, restarts and storms leave for useful work."""

    useful_frac: float
    work_s: float
    """Between checkpoints."""
    first_order: float
    """The same by the first-order formula."""
    is_simulated: bool


def retained_time(
    interruptions: Interruptions,
    write_s: float,
    restart_s: float,
    work_s: float | None,
    seed: int,
    *,
    least_s: float = 0.0,
) -> RetainedTime:
    """Return the share of useful time with checkpoints at an interval, or at the best one.

    The best one is no shorter than `least_s`. By the first-order formula where it holds and the rate is steady; simulated
    where the waste is above 0.3 or the rate is
    uneven. Shocks are too rare to be simulated with failures: they take their share of the time, and the work begun.
    """
    mean_s, storms = interruptions.mean_s, interruptions.storms_per_s
    rate = (1.0 / mean_s if math.isfinite(mean_s) else 0.0) + storms
    if rate <= 0.0:
        return RetainedTime(1.0, math.inf if work_s is None else work_s, 1.0, is_simulated=False)
    every = max(best_interval_s(write_s, restart_s, 1.0 / rate), least_s) if work_s is None else work_s
    calm = 1.0 / (1.0 + storms * (interruptions.storm_s + restart_s + 0.5 * every))
    wasted = float(waste_frac(every, write_s, restart_s, mean_s)) if math.isfinite(mean_s) else write_s / every
    first_order = calm * max(0.0, 1.0 - wasted)
    uneven = float(interruptions.per_s.max()) > 1.5 * float(interruptions.per_s.mean())
    if not math.isfinite(mean_s) or (wasted <= FIRST_ORDER_WASTE and not uneven):
        return RetainedTime(first_order, every, first_order, is_simulated=False)
    return RetainedTime(
        calm * simulate(interruptions, every, write_s, restart_s, seed), every, first_order, is_simulated=True
    )


def simulate(interruptions: Interruptions, work_s: float, write_s: float, restart_s: float, seed: int) -> float:
    """Share of useful time over some thousand failures, event by event; storms left out."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    rate = max(float(interruptions.per_s.mean()), 1e-15)
    horizon_s = max(FAILURES / rate, 20.0 * interruptions.bin_s * len(interruptions.per_s))
    n = int(1.2 * horizon_s * rate + 20.0 * math.sqrt(horizon_s * rate) + 100)
    gained = np.concatenate([[0.0], np.cumsum(interruptions.per_s * interruptions.bin_s)])
    draws = rng.standard_exponential(n)
    return float(_simulate(gained, interruptions.bin_s, work_s, write_s, restart_s, horizon_s, draws))


@driver
def _simulate(gained, bin_s, work_s, write_s, restart_s, horizon_s, draws):
    """Walk from failure to failure; `gained` is the summed rate over one period. A failure in a restart begins it anew."""
    time_s, saved_s, number = 0.0, 0.0, 1
    failure_s = _when(0.0, draws[0], gained, bin_s)
    while time_s < horizon_s and number < draws.size:
        stop_s = min(failure_s, horizon_s)
        if stop_s > time_s:
            saved_s += math.floor((stop_s - time_s) / (work_s + write_s)) * work_s
        if stop_s >= horizon_s:
            time_s = horizon_s
            break
        time_s = max(time_s, failure_s)
        failure_s = _when(time_s, draws[number], gained, bin_s)
        number += 1
        while failure_s < time_s + restart_s and number < draws.size:
            time_s = failure_s
            failure_s = _when(time_s, draws[number], gained, bin_s)
            number += 1
        time_s += restart_s
    return saved_s / max(time_s, 1e-30)


@driver
def _when(from_s, amount, gained, bin_s):
    """Time at which the summed rate has grown by `amount` since `from_s`."""
    n = gained.size - 1
    period_s, whole = n * bin_s, gained[n]
    if whole <= 0.0:
        return math.inf
    periods = math.floor(from_s / period_s)
    inside_s = from_s - periods * period_s
    at = min(int(inside_s / bin_s), n - 1)
    reached = gained[at] + (gained[at + 1] - gained[at]) * (inside_s / bin_s - at) + amount
    more = math.floor(reached / whole)
    left = reached - more * whole
    at = min(max(np.searchsorted(gained, left, side="right") - 1, 0), n - 1)
    step = gained[at + 1] - gained[at]
    share = (left - gained[at]) / step if step > 0.0 else 0.0
    return (periods + more) * period_s + (at + share) * bin_s
