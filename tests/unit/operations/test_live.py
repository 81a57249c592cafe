"""Operations for real: what the control plane does with runs, machines, crashes and wrong requests."""

import errno
import os
import threading
from dataclasses import replace

import pytest
from tests.live_operations import FakeEngine, ManualClock, manifest, same, states, tick, world
from tests.operations import fleet

from skyrack.core.errors import DiskError, InputError
from skyrack.operations.engines import Observed
from skyrack.operations.live import views
from skyrack.operations.live.controller import Controller
from skyrack.operations.live.service import AskedControl, ControlPlane
from skyrack.operations.live.standing import Standing, happenings
from skyrack.operations.queues import Queue, QueueTree
from skyrack.operations.table import CANCELLED, DONE, FAILED, QUEUED, RUNNING, SUSPENDED


class Held:
    """A control plane in a folder, with its engine and clock."""

    def __init__(self, folder, **given):
        self.folder, self.given = folder, given
        self.engine, self.clock = FakeEngine(), ManualClock()
        self.open()

    def open(self):
        self.control = Controller(self.folder, world(self.engine, self.clock, **self.given))

    def crash(self):
        """Lose the process: nothing is closed, and another one takes over."""
        os.close(self.control.journal._file)
        self.open()

    def submit(self, *args, user="ada", key=None, most=None, **more):
        return self.control.submit(manifest(*args, **more), user, key, most)

    def tick(self, n=1):
        tick(self.control, self.clock, n, self.engine)

    def name(self, job, run=1):
        return self.control.name_of(job, run)

    @property
    def states(self):
        return states(self.control)

    def events(self, job):
        return [one["what"] for one in happenings(self.folder / "journal") if one["job"] == job]


@pytest.fixture
def held(tmp_path):
    return Held(tmp_path / "control")


def test_a_job_is_placed_run_and_done(held):
    assert held.submit() == 1
    held.tick(2)
    assert held.states == [RUNNING]
    assert held.engine.begun == [held.name(1)]
    held.engine.end(held.name(1))
    held.tick()
    assert held.states == [DONE]
    assert held.events(1) == ["submitted", "placed", "began", "finished"]
    row = views.job_row(held.control, 1)
    assert row["held_node_s"] == pytest.approx(
        row["useful_node_s"] + row["lost_node_s"] + row["overhead_node_s"] + row["dark_node_s"]
    )


def test_what_a_run_needs_stands_in_its_folder(held):
    held.submit("x", 3)
    held.tick()
    folder = held.folder / "jobs" / "1"
    text = (folder / "1" / "run.sh").read_text()
    assert f"export SKYRACK_SATELLITES={','.join(held.control.satellites_of(0))}" in text
    assert (folder / "current").read_text() == "1\n"
    assert (folder / "task.sh").read_text() == "#!/bin/bash\nexec true\n"


def test_a_failed_run_is_tried_again_and_given_up_after_its_retries(held):
    held.submit(retries=2)
    for run in (1, 2, 3):
        held.tick(2)
        held.engine.end(held.name(1, run), 3)
    held.tick()
    assert held.states == [FAILED]
    assert held.control.state.table.jobs.failures[0] == 3
    assert len(held.engine.begun) == 3


def test_a_job_is_checkpointed_before_its_light_ends_and_goes_on(tmp_path):
    """A ring that is dark for 36 % of each orbit of 100 minutes: nothing runs in the dark, and all work is done."""
    held = Held(tmp_path, given=fleet(dark_frac=(0.36,), slots=8, days=6.0))
    held.submit(work="2 h", satellites=2, checkpoint={"takes": "1 min"})
    dark = 0
    for _ in range(200):
        held.tick()
        light, now_s = held.control.world.fleet.light, held.control.state.now_s
        if held.engine.runs and not all(light.window(node, now_s).is_up for node in held.control.nodes_of(0)):
            dark += 1
    events = held.events(1)
    assert dark == 0
    assert events.count("checkpointed") >= 2
    assert "interrupted" not in events
    assert held.control.state.table.jobs.stops[0] == 0


def test_energy_of_a_job_in_the_shadow_comes_from_batteries(tmp_path):
    """Batteries last through the dark: of two whole orbits, 36 % are spent on them."""
    held = Held(tmp_path, given=fleet(dark_frac=(0.36,), slots=8, ride_s=1e6, days=6.0))
    held.submit(work="4 h", satellites=2)
    held.tick(201)
    held.engine.end(held.name(1))
    held.tick()
    row = views.job_row(held.control, 1)
    assert row["state"] == "done"
    assert row["job_battery_j"] == pytest.approx(0.36 * row["job_energy_j"], rel=0.02)


def test_a_job_that_takes_longer_than_declared_is_still_checkpointed_in_time(tmp_path):
    held = Held(tmp_path, given=fleet(dark_frac=(0.36,), slots=8, days=6.0))
    held.submit(work="5 min", checkpoint={"takes": "1 min"})
    held.tick(150)
    assert held.states in ([RUNNING], [SUSPENDED])
    events = held.events(1)
    assert events.count("checkpointed") >= 1
    assert "interrupted" not in events


def test_the_journal_tells_the_same_as_the_process(held):
    for k in range(12):
        held.submit(f"j{k}", 1 + k % 3, key=f"key{k}", work="20 min")
    for k in range(30):
        held.tick()
        if k % 3 == 0 and held.engine.runs:
            held.engine.end(sorted(held.engine.runs)[0], k % 2)
        if k == 10:
            held.control.cancel(5, "ada")
        if k == 15:
            held.engine.lost = {"m1"}
        if k == 20:
            held.engine.lost = set()
        told = Standing.of_journal(held.folder / "journal")
        assert same(told.table, held.control.state.table)
        assert told.down == held.control.state.down
    assert CANCELLED in held.states


def test_a_snapshot_holds_what_the_journal_does(held):
    for k in range(5):
        held.submit(f"j{k}", key=f"key{k}")
    held.tick(3)
    held.control.journal.snapshot(held.control.standing.to_bytes())
    held.tick(2)
    held.control.cancel(3, "ada")
    told = Standing.of_journal(held.folder / "journal")
    assert same(told.table, held.control.state.table)
    assert told.keys == {("ada", f"key{k}"): k for k in range(5)}
    assert [order.manifest.name for order in told.orders] == [f"j{k}" for k in range(5)]


def test_after_a_crash_no_job_is_lost_and_none_runs_twice(held):
    """A crash after each few ticks: each run's name begins once, whatever the process knew."""
    for k in range(10):
        held.submit(f"j{k}", 1 + k % 4)
    for k in range(60):
        held.tick()
        if k % 4 == 1 and held.engine.runs:
            held.engine.end(sorted(held.engine.runs)[-1])
        if k % 3 == 0:
            held.crash()
            assert held.control.state.table.n == 10
        holders = held.control.state.nodes.holder
        for row in held.control.state.active:
            assert (holders == row).sum() == held.control.state.table.jobs.nodes[row]
    assert held.states == [DONE] * 10
    assert len(held.engine.begun) == len(set(held.engine.begun)) == 10


def test_a_repeated_submission_is_one_job(held):
    assert held.submit(key="a") == held.submit(key="a") == 1
    held.crash()
    assert held.submit(key="a") == 1
    with pytest.raises(InputError, match="the key 'a' belongs to job 1, job, which asks for something else"):
        held.submit("other", key="a")
    assert held.submit(key="b") == 2
    assert held.submit(key="a", user="eve") == 3  # a key belongs to its user


def test_an_engine_out_of_reach_stops_nothing(held):
    held.submit()
    held.tick(2)
    held.engine.is_down = True
    held.submit("second")
    held.tick(3)
    assert held.control.problem == "the engine is out of reach"
    assert held.states == [RUNNING, RUNNING]  # decided, and started once the engine answers
    held.engine.is_down = False
    held.tick()
    assert held.control.problem is None
    assert len(held.engine.runs) == 2


def test_a_run_that_the_engine_lost_before_it_began_is_started_again(held):
    held.submit()
    held.engine.start = lambda run: None  # acknowledged and forgotten, as by a controller that was killed
    held.tick(4)
    del held.engine.start
    held.tick()
    assert held.engine.begun == [held.name(1, 1)]


def test_a_run_that_the_engine_lost_at_work_is_a_failure_of_its_nodes(held):
    held.submit()
    held.tick(2)
    held.engine.runs.clear()
    held.tick(5)
    assert held.events(1).count("node failed") == 1
    assert held.engine.begun == [held.name(1, 1), held.name(1, 2)]
    assert (held.folder / "jobs" / "1" / "current").read_text() == "2\n"


def test_names_that_nobody_asked_for_are_stopped_and_those_of_others_left(held):
    held.engine.runs |= {f"{held.control.prefix}-7-1": held.folder, "sky123456-1-1": held.folder, "mine": held.folder}
    held.tick()
    assert sorted(held.engine.runs) == ["mine", "sky123456-1-1"]


def test_a_lost_machine_fails_its_jobs_and_gets_none_until_it_returns(held):
    for k in range(16):
        held.submit(f"j{k}", work="20 min")
    held.tick(2)
    victim = int(held.control.state.nodes.holder[3])
    held.engine.lost = {"m3"}
    held.tick(2)
    assert held.control.state.nodes.holder[3] == -2
    assert "node failed" in held.events(victim + 1)
    held.engine.lost = set()
    held.tick(3)
    assert held.control.state.nodes.holder[3] >= 0


def test_a_job_that_ended_as_its_machine_was_lost_is_done(held):
    """Both are seen at one look: the job is not run again."""
    held.submit()
    held.tick(2)
    node = held.control.nodes_of(0)[0]
    held.engine.end(held.name(1))
    held.engine.lost = {f"m{node}"}
    held.tick(3)
    assert held.states == [DONE]
    assert held.control.state.nodes.holder[node] == -2
    assert len(held.engine.begun) == 1


def test_an_exit_status_of_its_own_tells_a_saved_job_from_one_that_is_done(held):
    """With it, a job that ended by itself as the signal came is done; without, it is run once more."""
    for status in (0, 75):
        held.submit(f"j{status}", checkpoint={"saved_status": status})
    held.submit("deaf", retries=2, checkpoint={"saved_status": 75})
    held.submit("restless", retries=2, checkpoint={"saved_status": 75})
    held.tick(2)
    for job, status in ((1, 0), (2, 0), (3, 138)):
        (held.folder / "jobs" / str(job) / "1" / "signalled").touch()
        held.engine.end(held.name(job), status)
    held.engine.end(held.name(4), 75)  # by itself: it was not asked
    held.tick()
    assert held.states[1] == DONE
    assert held.control.state.table.column("failures").tolist() == [0, 0, 1, 1]  # so that both are given up in the end
    assert held.states[0] in (QUEUED, RUNNING, SUSPENDED)


def test_an_operator_takes_a_satellite_out_of_service(held):
    held.control.set_service(["low/2"], in_service=False, user="ada")
    assert held.control.state.nodes.holder[2] == -2
    held.crash()
    held.tick(2)
    assert held.control.state.nodes.holder[2] == -2
    held.engine.lost = {"m2", "m5"}
    held.tick()
    held.engine.lost = {"m5"}
    held.tick()
    assert held.control.state.nodes.holder[2] == -2  # its machine returned; the operator has not returned it
    held.control.set_service(["low/5"], in_service=False, user="ada")
    held.control.set_service(["low/5"], in_service=True, user="ada")
    assert held.control.state.nodes.holder[5] == -2  # its machine is lost still
    held.control.set_service(["low/2"], in_service=True, user="ada")
    assert held.control.state.nodes.holder[2] == -1
    with pytest.raises(InputError, match="nowhere: no machine stands for such a satellite"):
        held.control.set_service(["nowhere"], in_service=False, user="ada")


def test_a_tick_that_fails_is_shown_and_tried_again(held):
    """The loop of the control plane outlives an error in it."""
    plane = ControlPlane.__new__(ControlPlane)
    plane.controller, plane.stopped, looks = held.control, threading.Event(), []
    plane._renew = lambda: None

    def observe():
        looks.append(held.control.problem)
        if len(looks) == 1:
            raise ValueError("unforeseen")
        plane.stop()
        return Observed(frozenset())

    held.engine.observe = observe
    held.control.world = replace(held.control.world, tick_wall_s=0.01)
    plane.run()
    assert looks == [None, "a tick failed (ValueError: unforeseen); its log says more"]


def test_a_full_disk_refuses_a_job_and_loses_none(held, monkeypatch):
    held.submit("first")
    real = os.write

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DiskError, match="the disk is full"):
        held.submit("second")
    held.tick(2)
    assert "the disk is full" in held.control.problem
    assert not held.engine.begun  # what is not in the journal is not done
    monkeypatch.setattr(os, "write", real)
    held.tick()
    assert held.control.problem is None
    held.tick()
    assert held.engine.begun == [held.name(1)]
    assert held.submit("second") == 2
    told = Standing.of_journal(held.folder / "journal")
    assert [order.manifest.name for order in told.orders] == ["first", "second"]
    assert same(told.table, held.control.state.table)


def test_a_clock_that_jumps_back_undoes_nothing(held):
    held.submit()
    held.tick(3)
    held.clock._now_s = 10.0
    held.tick()
    held.submit("later")
    held.tick(2)
    times = [one["time_s"] for one in happenings(held.folder / "journal")]
    assert times == sorted(times)
    assert held.states == [RUNNING, RUNNING]


def test_a_limit_of_a_user(held):
    held.submit("a", 3, most=4)
    with pytest.raises(
        InputError, match="the live jobs of ada ask for 3 satellites, this one for 2 more; accepted are 4"
    ):
        held.submit("b", 2, most=4)
    held.submit("b", 1, most=4)


def test_jobs_as_they_stood_at_a_time(held):
    held.submit("a")
    held.tick(2)
    then_s = held.control.state.now_s
    held.engine.end(held.name(1))
    held.tick(2)
    held.submit("b")
    assert [row["state"] for row in views.jobs_as_of(held.control, then_s)] == ["running"]
    assert [row["state"] for row in views.jobs_as_of(held.control, 1e9)] == ["done", "queued"]
    assert views.jobs_as_of(held.control, -1.0) == []


def test_why_a_job_waits(tmp_path):
    tree = QueueTree((Queue("default"), Queue("small", max_nodes=2)))
    held = Held(tmp_path, queues=tree)
    for k in range(2):
        held.submit(f"large{k}", 8, work="5 h")
    held.submit("waiting", 4)
    held.submit("later", time={"work": "10 min", "start_after": "3 h"})
    for k in range(2):
        held.submit(f"small{k}", 2, queue="small")
    held.tick(2)
    why = views.why(held.control, 3)
    assert "satellites; 0 of 16 are free" in why["reason"] or "free neighbours have power" in why["reason"]
    assert why["earliest_start_s"] > held.control.state.now_s
    assert "it may start in" in views.why(held.control, 4)["reason"]
    assert held.states[2] == QUEUED


def test_data_of_jobs_passes_the_stations_in_turn(held):
    """At a megabyte a second: the second job's data follows the first one's, and its results those of the first."""
    for name in ("first", "second"):
        held.submit(name, data={"in": "1.2 GB", "out": "600 MB"})
    held.submit("none")
    why = views.why(held.control, 2)
    assert "its data is still on its way up" in why["reason"]
    assert why["earliest_start_s"] == pytest.approx(2400.0)
    held.tick(18)
    assert held.states == [QUEUED, QUEUED, RUNNING]
    held.tick(4)
    assert held.states == [RUNNING, QUEUED, RUNNING]
    held.tick(20)
    assert held.states == [RUNNING, RUNNING, RUNNING]
    for job in (1, 2):
        held.engine.end(held.name(job))
    held.tick()
    rows = views.job_rows(held.control)
    ends = [row["end_s"] for row in rows]
    assert [row["delivered_s"] for row in rows] == [
        pytest.approx(ends[0] + 600.0),
        pytest.approx(ends[0] + 1200.0),
        None,
    ]
    assert held.events(2)[-2:] == ["finished", "results come down"]
    held.crash()
    assert views.job_rows(held.control) == rows


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"data": {"in": "1 TB"}}, "will not be up within the forecast"),
        (
            {"data": {"in": "3.6 GB"}, "time": {"work": "10 min", "deadline": "1 h"}},
            "before the earliest end of the job",
        ),
        (
            {"data": {"out": "3.6 GB"}, "time": {"work": "10 min", "deadline": "1 h"}},
            "by which its results can be down",
        ),
        ({"time": {"work": "10 min", "start_after": "30 d"}}, "lies beyond the forecast"),
    ],
)
def test_times_that_cannot_be_kept_are_refused(held, asked, expected):
    with pytest.raises(InputError, match=expected):
        held.submit(**asked)
    assert held.states == []


def test_accounts_add_up_to_the_fleet(held):
    for k in range(6):
        held.submit(f"j{k}", 1 + k % 3, user="ada" if k % 2 else "eve", work="20 min")
    for k in range(40):
        held.tick()
        if k % 5 == 4 and held.engine.runs:
            held.engine.end(sorted(held.engine.runs)[0], 0)
        if k == 12:
            held.engine.lost = {"m0"}
        if k in (7, 21):
            held.crash()
    rows = views.bill(held.control)
    total = sum(row["node_s"] for row in rows)
    assert total == pytest.approx(16 * held.control.time.now_s(), rel=1e-9)


def test_elements_are_updated_under_running_jobs(tmp_path):
    """Eclipses where none were forecast: a job that is in one at that moment is stopped, and then none any more."""
    from tests.live_operations import forecast_of

    held = Held(tmp_path, given=fleet(dark_frac=(0.0,), slots=8, days=6.0))
    held.submit(work="5 h", satellites=2, checkpoint={"takes": "1 min"})
    held.tick(3)
    new = fleet(dark_frac=(0.36,), slots=8, days=6.0)
    held.control.new_forecast(forecast_of(new), new, "new elements")
    held.tick(120)
    events = [what for what in held.events(1) if what in ("checkpointed", "interrupted")]
    assert events.count("checkpointed") >= 1
    assert "interrupted" not in events[1:]


def test_a_wrong_engine_leaves_the_folder_to_the_right_one(tmp_path):
    folder = tmp_path / "control"
    for _ in range(2):
        with pytest.raises(InputError, match="--engine cloud: accepted are slurm, ray:ADDRESS"):
            ControlPlane("suncatcher-81", {}, AskedControl(engine="cloud"), folder)
    (folder / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="already in use, by no control plane"):
        ControlPlane("suncatcher-81", {}, AskedControl(engine="cloud"), folder)
