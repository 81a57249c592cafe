"""Replay of tapes: by hand-made sequences whose time is known."""

import numpy as np
import pytest
from tests.flights import timeline, with_eclipse

from skyrack.core.errors import InputError, RunError
from skyrack.flight.course import Course, GroundCourse
from skyrack.flight.replay import WideFleet, check_alike, replay, replay_wide
from skyrack.flight.tape import ENTER, MEET, ROW, Tape, TapeWriter, read_tapes

FLOP = 1e14
"""Work of 100 s on the test's hardware."""


def tapes(tmp_path, n=2, steps=3, amount=1e9, work=lambda rank: FLOP, groups=None):
    (tmp_path / "ranks").mkdir(exist_ok=True)
    everybody = tuple(range(n))
    for rank in range(n):
        writer = TapeWriter(tmp_path / "ranks" / f"{rank}.0")
        for step in range(steps):
            writer.work(work(rank))
            writer.row(ENTER, "all_reduce", "1.0", groups or everybody, step, amount)
            writer.row(MEET, "all_reduce", "1.0", groups or everybody, step, 0.0)
            writer.step()
        writer.close()
    return read_tapes(tmp_path, n, 0)


def test_time_is_that_of_the_slowest_and_of_the_collectives(tmp_path):
    course = Course(timeline(2), algorithm="tree")
    each = course.transferred("all_reduce", 1e9, (0, 1), 0.0).end_s
    found = replay(tapes(tmp_path, work=lambda rank: FLOP * (1 + rank)), course)
    assert found.virtual_s == pytest.approx(3 * (200.0 + each))
    assert found.phases_s["waiting"] == pytest.approx(3 * 100.0 / 2)
    assert np.diff(found.step_time_s) == pytest.approx([200.0 + each] * 2)


def test_replay_in_shadow_and_on_the_ground(tmp_path):
    given = tapes(tmp_path)
    lit, dark = (replay(given, Course(one)) for one in (timeline(2), with_eclipse(timeline(2), 120.0, 720.0)))
    ground = replay(given, GroundCourse(timeline(2)))
    assert dark.virtual_s == pytest.approx(lit.virtual_s + 600.0, abs=0.1)
    assert ground.virtual_s < lit.virtual_s
    assert ground.phases_s["power"] == 0.0


def test_replay_stops_where_the_timeline_does(tmp_path):
    found = replay(tapes(tmp_path, steps=40), Course(timeline(2, hours=0.5)))
    assert not found.is_whole
    assert len(found.step_time_s) < 40


def test_tape_that_is_cut_off_is_replayed_up_to_there(tmp_path):
    first, second = tapes(tmp_path)
    short = Tape(1, second.rows[:4], second.groups)
    found = replay((first, short), Course(timeline(2)))
    assert len(found.step_time_s) == 1
    assert found.virtual_s < 303.0


def test_missing_tape_is_named(tmp_path):
    with pytest.raises(RunError, match=r"0\.0\.tape"):
        read_tapes(tmp_path, 1, 0)


def wide(n, given):
    return WideFleet(n, given.step_s, given.clock_frac, *_tree(), given.compute_power_frac)


def test_more_satellites_take_as_long_as_the_flight_under_the_same_tree(tmp_path):
    given = tapes(tmp_path, n=2)
    row = timeline(2)
    course = Course(row, algorithm="tree")
    flown, larger = replay(given, course), replay_wide(given, row, wide(2, row))
    assert larger.virtual_s == pytest.approx(flown.virtual_s, rel=1e-4)
    assert larger.phases_s["compute"] == pytest.approx(flown.phases_s["compute"])


def test_more_satellites_wait_for_the_slowest_sample(tmp_path):
    given = tapes(tmp_path, n=2)
    row = with_eclipse(timeline(3), 120.0, 720.0)
    one_dark = wide(1000, row)
    one_dark = WideFleet(
        1000, 60.0, np.where([[False, False, True]], row.clock_frac, 1.0), *_tree(), row.compute_power_frac
    )
    found = replay_wide(given, timeline(2), one_dark)
    assert found.nodes == 1000
    assert found.virtual_s == pytest.approx(900.0, rel=0.05)
    assert found.phases_s["waiting"] > 300.0


def _tree():
    return np.array([0.0]), np.array([1e-3]), np.array([1e9])


def test_jobs_of_subgroups_or_different_ranks_have_no_larger_copy(tmp_path):
    alike = tapes(tmp_path)
    assert check_alike(alike) is None
    other = Tape(1, np.concatenate([alike[1].rows[:3], alike[1].rows[:3], alike[1].rows]), alike[1].groups)
    assert "different sequences" in check_alike((alike[0], other))
    subgroups = tapes(tmp_path, groups=(0,))
    assert "groups of some ranks" in check_alike(subgroups)
    with pytest.raises(InputError, match="cannot be replayed on 64 satellites"):
        replay_wide(subgroups, timeline(2), wide(64, timeline(2)))


def test_rows_are_packed():
    assert ROW.itemsize == 32
