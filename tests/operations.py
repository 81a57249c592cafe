"""Small fleets with known light for tests of operations."""

import numpy as np

from skyrack.forecast.light import LightForecast
from skyrack.operations.simulation import Fleet, regular_rings

PERIOD_S = 6000.0


def fleet(
    dark_frac=(0.0, 0.36), slots=10, ride_s=0.0, days=4.0, groups=None, failures_per_s=0.0, dark_rate=1.0, midnight=0.0
):
    """A fleet of one ring for each dark fraction; the first slot is at phase zero at time zero.

    `midnight` are the phases of midnight, by ring.
    """
    n, knots = len(dark_frac), int(24 * days) + 3
    half = np.repeat(0.5 * np.asarray(dark_frac, float)[:, None], knots, axis=1)
    light = LightForecast.of_planes(
        np.repeat(np.arange(n), slots),
        np.tile(np.arange(slots) / slots, n),
        np.full(n, 1.0 / PERIOD_S),
        np.repeat(np.broadcast_to(midnight, (n,))[:, None], knots, axis=1).astype(float),
        np.where(half > 0.0, half**2, -1e-3),
        np.full((n, knots), ride_s),
        0.0,
        3600.0,
    )
    first = np.arange(n + 1) * slots
    return Fleet(
        first,
        np.zeros(n, np.int64) if groups is None else np.asarray(groups),
        np.ones(n, bool),
        regular_rings(first, light),
        light,
        np.full(n, dark_rate),
        np.broadcast_to(np.asarray(failures_per_s, float), (n,)).copy(),
        np.full(n, 100.0),
        np.ones(n),
        1e12,
    )


def columns(jobs):
    """Columns of the job table from a list of dictionaries; a gang is one arc of a ring unless rows are given."""
    names = sorted({name for job in jobs for name in job} | {"arrival_s", "work_s", "nodes", "rows", "columns"})
    usual = {"arrival_s": 0.0, "rows": 1, "every_s": 900.0, "checkpoint_s": 20.0, "restart_s": 60.0}
    usual |= {"eligible_s": 0.0, "condition": 0, "priority": 0, "queue": 0, "state_bytes": 0.0, "deadline_s": np.inf}
    rows = [usual | {"columns": -(-job.get("nodes", 1) // job.get("rows", 1)), "nodes": 1} | job for job in jobs]
    return {name: np.array([row[name] for row in rows]) for name in sorted({*names, *usual})}


def mixed(n, seed, span_s, largest=6):
    """Columns of a random mix of jobs that arrive within a span."""
    random = np.random.default_rng(seed)
    nodes = random.choice([1, 1, 1, 2, 4, largest], n)
    return {
        "arrival_s": np.sort(random.random(n) * span_s),
        "work_s": np.exp(random.normal(np.log(900.0), 1.2, n)).clip(30.0, 40_000.0),
        "nodes": nodes,
        "columns": nodes,
        "every_s": np.full(n, 900.0),
        "checkpoint_s": np.full(n, 20.0),
        "restart_s": np.full(n, 60.0),
        "state_bytes": nodes * 1e10,
    }
