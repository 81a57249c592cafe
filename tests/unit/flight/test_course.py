"""Virtual time of computing and communication under eclipses, outages and slow satellites."""

from dataclasses import replace

import numpy as np
import pytest
from tests.flights import timeline, with_eclipse

from skyrack.flight.clock import Clock
from skyrack.flight.course import Course, GroundCourse, TimelineEndError, Transfer
from skyrack.flight.faults import Fault


def test_work_at_full_power_takes_its_time():
    assert Course(timeline()).computed_s(0, 10.0, 100.0) == pytest.approx(110.0)


def test_work_waits_for_the_light():
    dark = Course(with_eclipse(timeline(), 600.0, 1200.0))
    assert dark.computed_s(0, 550.0, 100.0) == pytest.approx(1250.0)
    assert dark.computed_s(0, 700.0, 10.0) == pytest.approx(1210.0)


def test_work_slows_with_the_power():
    dim = Course(with_eclipse(timeline(), 600.0, 1200.0, clock=0.5))
    assert dim.computed_s(0, 600.0, 100.0) == pytest.approx(800.0)


def test_slow_stuck_and_stormy_satellites():
    faults = [
        Fault("slow", 100.0, 1, lasts_s=100.0, factor=0.5),
        Fault("stuck", 100.0, 2, lasts_s=100.0),
        Fault("storm", 300.0, lasts_s=60.0),
    ]
    course = Course(timeline(), faults)
    assert course.computed_s(0, 90.0, 20.0) == pytest.approx(110.0)
    assert course.computed_s(1, 90.0, 20.0) == pytest.approx(120.0)
    assert course.computed_s(2, 90.0, 20.0) == pytest.approx(210.0)
    assert course.computed_s(0, 290.0, 20.0) == pytest.approx(370.0)


def test_work_past_the_end_of_the_timeline_is_an_error():
    course = Course(timeline(hours=1.0))
    assert course.computed_s(0, 0.0, 3600.0) == pytest.approx(3600.0)
    with pytest.raises(TimelineEndError, match="lengthen it with --span"):
        course.computed_s(0, 0.0, 3601.0)


def test_transfer_follows_the_rate_as_it_changes():
    """Half of a transfer at the first rate, the other half at a tenth of it."""
    flat = timeline(2)
    two = replace(
        flat,
        route_time_s=np.array([0.0, 10.0]),
        delay_s=np.zeros((2, 2, 2)),
        rate_bit_per_s=np.concatenate([flat.rate_bit_per_s, 0.1 * flat.rate_bit_per_s]),
        hops=np.repeat(flat.hops, 2, axis=0),
    )
    course = Course(two, algorithm="tree")
    whole = course.transferred("broadcast", 1e9, (0, 1), 0.0).end_s
    assert whole == pytest.approx(1.0)
    assert course.transferred("broadcast", 1e9, (0, 1), 9.5).end_s == pytest.approx(10.0 + 5.0)


def test_outage_of_a_satellite_pauses_its_groups_alone():
    course = Course(timeline(4), [Fault("outage", 100.0, 3, lasts_s=50.0)])
    free = course.transferred("all_reduce", 1e6, (0, 1, 2), 100.0)
    hit = course.transferred("all_reduce", 1e6, (0, 1, 2, 3), 100.0)
    assert free.outage_s == 0.0
    assert hit.outage_s == pytest.approx(50.0)
    assert hit.end_s == pytest.approx(150.0 + (free.end_s - 100.0), rel=0.01)


def test_outage_between_two_leaves_the_others_and_a_way_around():
    course = Course(timeline(4), [Fault("outage", 100.0, 0, lasts_s=50.0, other=3)])
    assert course.transferred("send", 1e6, (0, 3), 100.0).outage_s == pytest.approx(50.0)
    assert course.transferred("all_reduce", 1e6, (0, 1, 2, 3), 100.0).outage_s == 0.0


def test_group_that_is_never_connected_again_ends_the_flight():
    course = Course(timeline(2), [Fault("outage", 0.0, 0, lasts_s=1e9)])
    with pytest.raises(TimelineEndError, match="not connected"):
        course.transferred("all_reduce", 1e6, (0, 1), 0.0)


def test_ground_has_power_and_links_at_any_time():
    ground = GroundCourse(with_eclipse(timeline(), 0.0, 7200.0))
    assert ground.computed_s(0, 1e9, 100.0) == pytest.approx(1e9 + 100.0)
    assert ground.transferred("all_reduce", 50e9, (0, 1), 0.0).end_s == pytest.approx(1.0, rel=0.01)


def test_clock_divides_its_time_into_phases():
    clock = Clock(Course(with_eclipse(timeline(), 600.0, 1200.0)), 0)
    clock.work(660.0)
    clock.communicate(1300.0, Transfer(1320.0, 5.0))
    assert clock.now_s == pytest.approx(1320.0)
    assert clock.phases == pytest.approx(
        {"compute": 660.0, "power": 600.0, "waiting": 40.0, "outage": 5.0, "communication": 15.0, "restart": 0.0}
    )


def test_communication_that_computing_hides_takes_no_time():
    clock = Clock(Course(timeline()), 0)
    clock.work(100.0)
    clock.communicate(50.0, Transfer(90.0, 0.0))
    assert clock.now_s == 100.0
    assert clock.phases["communication"] == 0.0


def test_restart_counts_what_was_lost():
    clock = Clock(Course(timeline()), 0)
    before = {"time_s": 100.0, "flop": 5.0, "bytes": 7.0, **{f"{name}_s": 1.0 for name in clock.phases}}
    clock.restart(450.0, before)
    assert clock.now_s == 450.0
    assert clock.phases["restart"] == 351.0
    assert (clock.flop, clock.bytes) == (5.0, 7.0)


def test_eclipses_are_the_changes_of_sunlight():
    changes = Course(with_eclipse(timeline(), 600.0, 1200.0)).sunlit_changes(2)
    assert changes == [(600.0, False), (1200.0, True)]
