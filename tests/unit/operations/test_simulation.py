"""Simulated operations on small fleets whose light is known."""

import numpy as np
import pytest
from tests.operations import PERIOD_S, columns, fleet, mixed

from skyrack.core.errors import InputError
from skyrack.operations.policy import policy_named
from skyrack.operations.queues import Queue, QueueTree
from skyrack.operations.simulation import operate
from skyrack.operations.table import DONE, QUEUED

POLICIES = ["fifo", "sunlit-now", "sunlit-requeue", "forecast", "carbon"]


def run(jobs, policy="forecast", given=None, span_s=86_400.0, **more):
    return operate(given or fleet(), columns(jobs), policy_named(policy), span_s, **more)


def test_a_job_in_light_takes_its_work_and_its_checkpoints():
    """2,000 s of work: two checkpoints of 20 s on the way."""
    found = run([{"work_s": 2000.0, "nodes": 3}])
    assert found.column("state").tolist() == [DONE]
    assert found.column("end_s")[0] - found.column("begin_s")[0] == pytest.approx(2040.0)
    assert found.column("held")[0] == pytest.approx(3 * 2040.0)
    assert found.column("useful")[0] == pytest.approx(3 * 2000.0)
    assert found.column("overhead")[0] == pytest.approx(3 * 40.0)
    assert found.column("energy_j")[0] == pytest.approx(3 * 2040.0 * 100.0)


def test_a_blind_job_is_stopped_by_its_eclipse_and_loses_what_no_checkpoint_holds():
    """On the ring with eclipses alone: dark for 0.36 of an orbit, from 0.82 on; the first slot is dark at the begin."""
    found = run([{"work_s": 5000.0, "nodes": 1, "arrival_s": 1200.0}], "fifo", fleet((0.36,)))
    job = {name: found.column(name)[0] for name in ("stops", "lost", "dark", "useful", "end_s", "begin_s")}
    # light from 0.18 to 0.82 of 6,000 s
    lit_s = 0.82 * PERIOD_S - job["begin_s"]
    saved = 900.0 * (lit_s // 920.0)
    assert job["stops"] == 1
    assert job["lost"] == pytest.approx(min(lit_s % 920.0, 900.0), abs=0.1)
    assert job["dark"] == pytest.approx(0.36 * PERIOD_S, abs=0.1)
    rest = 5000.0 - saved
    assert job["end_s"] == pytest.approx(1.18 * PERIOD_S + 60.0 + rest + 20.0 * np.floor((rest - 1.0) / 900.0), abs=0.5)


def test_the_forecast_moves_a_job_before_its_eclipse_and_loses_nothing():
    """The ring in endless light is taken by a job of ten; the other waits in its own light, and moves when there is room."""
    jobs = [{"work_s": 3000.0, "nodes": 10}, {"work_s": 9000.0, "nodes": 1, "arrival_s": 60.0, "state_bytes": 1e9}]
    found = run(jobs)
    assert found.column("state").tolist() == [DONE, DONE]
    assert found.column("stops").tolist() == [0, 0]
    assert found.column("moves")[1] >= 1
    assert found.column("lost").sum() == 0.0


def test_a_battery_carries_a_job_through_the_dark_unless_it_must_have_light():
    jobs = [{"work_s": 20_000.0, "nodes": 1}, {"work_s": 20_000.0, "nodes": 1, "condition": 1}]
    found = run(jobs, given=fleet((0.36,), ride_s=1e6))
    assert found.column("moves")[0] == 0
    assert found.column("battery_j")[0] == pytest.approx(0.36 * found.column("energy_j")[0], rel=1e-3)
    assert found.column("moves")[1] >= 3
    assert found.column("battery_j")[1] == 0.0


@pytest.mark.parametrize("policy", POLICIES)
def test_books_balance_under_every_policy(policy):
    given = fleet((0.0, 0.2, 0.36, 0.36), failures_per_s=1e-5)
    found = operate(given, mixed(400, 1, 50_000.0), policy_named(policy), 86_400.0)
    assert abs(found.check_books()) < 1e-9
    assert found.check_jobs() < 1e-9
    assert found.column("failures").sum() > 0
    if policy in ("forecast", "carbon"):
        assert found.column("stops").sum() == 0
    again = operate(given, mixed(400, 1, 50_000.0), policy_named(policy), 86_400.0)
    assert again.column("end_s").tolist() == pytest.approx(found.column("end_s").tolist(), nan_ok=True)


def test_the_first_of_the_queue_gets_nodes_although_smaller_jobs_keep_coming():
    """A gang of ten on one ring of ten: single jobs arrive all the time; the reservation lets it start."""
    small = [{"work_s": 1500.0, "nodes": 1, "arrival_s": 100.0 * k} for k in range(300)]
    jobs = sorted([*small, {"work_s": 2000.0, "nodes": 10, "arrival_s": 1000.0}], key=lambda job: job["arrival_s"])
    found = run(jobs, given=fleet((0.0,)))
    big = int(np.flatnonzero(found.column("nodes") == 10)[0])
    promised = found.column("promised_s")[big]
    assert np.isfinite(promised)
    assert found.column("first_begin_s")[big] <= promised + 60.0
    assert found.state.broken_promises == 0


def test_jobs_that_find_no_place_do_not_keep_new_ones_from_being_tried(monkeypatch):
    """Ten jobs are tried in a tick; two hundred large ones wait for a ring that a long job holds half of."""
    monkeypatch.setattr("skyrack.operations.core.DEPTH", 10)
    monkeypatch.setattr("skyrack.operations.core.RETRY_S", 120.0)
    jobs = [{"work_s": 80_000.0, "nodes": 5}, *({"work_s": 3000.0, "nodes": 8} for _ in range(200))]
    jobs += [{"work_s": 50.0, "nodes": 1, "arrival_s": 600.0 + 60.0 * k} for k in range(100)]
    found = run(jobs, given=fleet((0.0,)), span_s=8000.0)
    small = found.column("nodes") == 1
    wait = (found.column("first_begin_s") - found.column("arrival_s"))[small]
    assert np.median(wait) <= 60.0
    assert np.quantile(wait, 0.9) <= 600.0


def test_quota_and_fair_share():
    tree = QueueTree((Queue("lab", max_nodes=12), Queue("a", "lab", share=3.0), Queue("b", "lab", max_nodes=4)))
    jobs = [{"work_s": 1000.0, "queue": 1 + k % 2, "arrival_s": float(k)} for k in range(200)]
    found = run(jobs, given=fleet((0.0, 0.0)), queues=tree, span_s=3000.0)
    begun = np.isfinite(found.column("first_begin_s"))
    assert found.busy_frac.max() <= 12 / 20
    b = found.column("queue") == 2
    first = found.column("first_begin_s")[b & begun]
    assert max(np.sum((first >= t) & (first < t + 900.0)) for t in first) <= 4


def test_a_cycle_of_queues_is_refused():
    with pytest.raises(InputError, match="a -> b -> a is a cycle"):
        QueueTree((Queue("a", "b"), Queue("b", "a")))


def test_jobs_wait_for_their_data_and_higher_priority_goes_first():
    jobs = [
        {"work_s": 600.0, "nodes": 10, "priority": 0},
        {"work_s": 600.0, "nodes": 10, "priority": 5, "arrival_s": 30.0},
        {"work_s": 600.0, "nodes": 10, "priority": 9, "arrival_s": 31.0, "eligible_s": 5000.0},
        {"work_s": 600.0, "nodes": 10, "priority": 0, "arrival_s": 32.0},
    ]
    found = run(jobs, given=fleet((0.0,)))
    begins = found.column("first_begin_s")
    assert begins[0] < begins[1] < begins[3] < begins[2]
    assert begins[2] >= 5000.0


def test_jobs_out_of_order_are_refused():
    with pytest.raises(InputError, match="in order of arrival"):
        run([{"work_s": 60.0, "arrival_s": 60.0}, {"work_s": 60.0, "arrival_s": 0.0}])


def test_a_policy_of_ones_own_in_one_file(tmp_path):
    """It brings the cost of a placement as a law: only the second ring pleases it."""
    path = tmp_path / "mine.py"
    path.write_text(
        "from typing import ClassVar\n"
        "from skyrack.core.jit import law\n"
        "from skyrack.operations.policy.forecast_aware import ForecastAware\n\n"
        "@law\n"
        "def short_light(seen, weights):\n"
        '    """Prefer the light that ends soonest."""\n'
        "    return min(seen.left_s, 1e9)\n\n"
        "class Mine(ForecastAware):\n"
        '    name: ClassVar[str] = "mine"\n'
        "    cost = short_light\n"
        "    good_cost = 0.0\n"
    )
    job = [{"work_s": 600.0, "nodes": 1}]
    own = run(job, f"{path}:Mine", span_s=60.0)
    assert own.column("ring")[0] == 1
    assert run(job, "forecast", fleet((0.0, 0.5)), span_s=60.0).column("state")[0] != QUEUED
    with pytest.raises(InputError, match="no class 'Other'; it has Mine"):
        policy_named(f"{path}:Other")
    with pytest.raises(InputError, match="there is no file"):
        policy_named("nowhere.py:Mine")


def test_a_job_of_higher_priority_takes_nodes_from_others_after_they_have_saved():
    """Both nodes of a ring are busy with long jobs; an urgent one of two nodes comes after an hour."""
    jobs = [{"work_s": 20_000.0, "nodes": 1}, {"work_s": 20_000.0, "nodes": 1}]
    urgent = {"work_s": 1000.0, "nodes": 2, "arrival_s": 3600.0, "priority": 5}
    found = run([*jobs, urgent], given=fleet((0.0,), slots=2))
    begin, end = found.column("first_begin_s"), found.column("end_s")
    assert found.column("state").tolist() == [DONE] * 3
    assert 3600.0 < begin[2] <= 3600.0 + 20.0 + 3 * 60.0
    assert found.column("lost").sum() == 0.0  # they saved their state before they left
    assert (end[:2] > end[2]).all()
    assert found.column("stops").sum() == 0
    assert found.check_books() == pytest.approx(0.0, abs=1e-12)
    assert found.check_jobs() == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "change", [{"priority": 0}, {"priority": 5, "is_preemptible": False}], ids=["equal priority", "not preemptible"]
)
def test_jobs_of_equal_priority_and_those_that_are_not_preemptible_are_left_alone(change):
    jobs = [{"work_s": 20_000.0, "nodes": 1, "is_preemptible": change.get("is_preemptible", True)} for _ in range(2)]
    urgent = {"work_s": 1000.0, "nodes": 2, "arrival_s": 3600.0, "priority": change["priority"], "is_preemptible": True}
    found = run([*jobs, urgent], given=fleet((0.0,), slots=2))
    assert found.column("first_begin_s")[2] >= 20_000.0
    assert found.column("attempt").tolist() == [1, 1, 1]


def test_only_as_many_jobs_are_preempted_as_make_room():
    """Eight single-node jobs on one ring; an urgent one of three nodes takes three of them."""
    jobs = [{"work_s": 30_000.0, "nodes": 1} for _ in range(8)]
    urgent = {"work_s": 1000.0, "nodes": 3, "arrival_s": 3600.0, "priority": 5}
    found = run([*jobs, urgent], given=fleet((0.0,), slots=8))
    assert (found.column("attempt")[:8] > 1).sum() == 3
    assert found.column("state").tolist() == [DONE] * 9
