"""Transfers of jobs through the ground stations, against a queue followed interval by interval."""

import numpy as np
import pytest
from tests.operations import columns, fleet

from skyrack.forecast.ground import GroundForecast
from skyrack.operations.policy import policy_named
from skyrack.operations.simulation import operate
from skyrack.operations.staging import stage_in, stage_out


def followed(moved, step_s, begins, amounts, fine=2000):
    """End of each transfer, from a queue that is followed in small steps."""
    left, ends, at = list(amounts), [np.inf if a > 0.0 else b for a, b in zip(amounts, begins, strict=True)], 0.0
    dt = step_s / fine
    for k in range(len(moved) * fine):
        room = moved[k // fine] / fine
        for job in range(len(begins)):
            if begins[job] <= at + 1e-9 and left[job] > 0.0 and room > 0.0:
                sent = min(room, left[job])
                left[job] -= sent
                room -= sent
                if left[job] <= 1e-9 * amounts[job]:
                    left[job], ends[job] = 0.0, at + dt
        at += dt
    return np.array(ends)


def test_transfers_in_turn_are_those_of_a_queue():
    random = np.random.default_rng(4)
    for _ in range(5):
        moved = random.choice([0.0, 1e9, 3e9], 12)
        ground = GroundForecast(np.arange(12) * 600.0, 600.0, moved[None])
        begins = np.sort(random.uniform(0.0, 5000.0, 8))
        amounts = random.choice([0.0, 1e8, 2e9], 8)
        expected = followed(moved, 600.0, begins, amounts)
        assert ground.in_turn_s(begins, amounts, 0) == pytest.approx(expected, abs=2.0)


def test_jobs_of_a_trace_begin_after_their_data():
    """A megabyte a second; each job brings 1.2 GB, and the stations see nothing for the first hour."""
    moved = np.full((1, 200), 6e8)
    moved[0, :6] = 0.0
    ground = GroundForecast(np.arange(200) * 600.0, 600.0, moved)
    jobs = columns([{"work_s": 300.0, "arrival_s": 60.0 * k} for k in range(3)])
    stage_in(ground, jobs, 1.2e9, 0)
    found = operate(fleet((0.0,)), jobs, policy_named("forecast"), 20_000.0)
    assert found.column("staged_s").tolist() == pytest.approx([4800.0, 6000.0, 7200.0])
    assert (found.column("first_begin_s") - found.column("staged_s")).tolist() == pytest.approx([0.0] * 3, abs=60.0)
    down = stage_out(ground, found.column("end_s"), np.full(3, 6e8), 0)
    assert down.tolist() == pytest.approx((found.column("end_s") + 600.0).tolist())
    figures = found.figures()
    assert figures["data_in_mean_s"] == pytest.approx(np.mean([4800.0, 5940.0, 7080.0]))
    assert figures["data_out_mean_s"] is None
    assert figures["data_in_missing"] == 0
