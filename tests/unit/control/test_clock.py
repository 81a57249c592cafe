"""Clocks: what waits by a virtual one waits exactly as long as it asked to, in no time of the wall."""

import threading
from functools import partial

import pytest

from skyrack.control.clock import ManualClock, VirtualClock, WallClock


def test_the_wall_clock_waits_and_never_goes_back():
    clock = WallClock()
    before = clock.monotonic_s()
    clock.sleep(0.001)
    assert clock.monotonic_s() >= before + 0.001
    event = clock.event()
    assert event.wait(0.0) is False
    clock.start_thread(event.set, "setter").join()
    assert event.wait(0.0) is True
    event.clear()
    assert event.is_set() is False


def every(clock, period_s, until_s, seen, name):
    while clock.monotonic_s() < until_s:
        clock.sleep(period_s)
        seen.append((clock.monotonic_s(), name))


def test_a_virtual_clock_jumps_from_deadline_to_deadline():
    clock, seen, threads = VirtualClock(horizon_s=100.0), [], []

    def begin():  # from a thread of the clock, which holds it until both are there
        for name, period_s in (("a", 3.0), ("b", 4.5)):
            threads.append(clock.start_thread(partial(every, clock, period_s, 9.0, seen, name), name))

    clock.start_thread(begin, "beginner").join()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [(3.0, "a"), (4.5, "b"), (6.0, "a"), (9.0, "a"), (9.0, "b")]


def test_a_virtual_clock_stops_at_its_horizon():
    clock, event = VirtualClock(horizon_s=10.0), threading.Event()
    sleeper = clock.start_thread(lambda: (clock.sleep(25.0), event.set()), "sleeper")
    assert not event.wait(0.01)
    assert clock.monotonic_s() == 10.0
    assert sleeper.is_alive()


def test_a_manual_clock_stands_still_until_it_is_advanced():
    clock, seen = ManualClock(), []
    clock.start_thread(lambda: every(clock, 1.0, 10.0, seen, "tick"), "ticker")
    clock.settle()
    assert (clock.monotonic_s(), seen) == (0.0, [])
    clock.advance(2.5)
    assert clock.monotonic_s() == 2.5
    assert [when for when, _ in seen] == [1.0, 2.0]
    clock.advance(20.0)
    assert [when for when, _ in seen] == [float(k) for k in range(1, 11)]
    assert clock.monotonic_s() == 22.5


def test_an_event_ends_a_wait_before_its_time():
    clock, seen = ManualClock(), []
    event = clock.event()

    def wait():
        seen.append(event.wait(60.0))
        event.clear()
        seen.append(event.wait(60.0))

    clock.start_thread(wait, "waiter")
    clock.advance(1.0)
    event.set()
    clock.settle()
    assert seen == [True]
    clock.advance(59.0)
    assert seen == [True]
    clock.advance(1.0)
    assert seen == [True, False]


def test_time_stands_still_while_a_thread_works():
    clock, may_go_on = ManualClock(), threading.Event()
    times = []

    def work():
        times.append(clock.monotonic_s())
        may_go_on.wait()
        times.append(clock.monotonic_s())

    clock.start_thread(work, "worker")
    clock.start_thread(lambda: clock.sleep(5.0), "sleeper")
    advancing = threading.Thread(target=clock.advance, args=(10.0,))
    advancing.start()
    may_go_on.set()
    advancing.join()
    assert times == [0.0, 0.0]
    assert clock.monotonic_s() == 10.0


def test_work_may_take_time():
    clock = ManualClock(reading_s=0.25)
    assert [clock.monotonic_s() for _ in range(3)] == [0.25, 0.5, 0.75]
    clock.elapse(2.0)
    assert clock.monotonic_s() == 3.0


@pytest.mark.parametrize("n_threads", [1, 7])
def test_a_thread_that_has_ended_does_not_hold_up_the_others(n_threads):
    clock, seen = ManualClock(), []
    for _ in range(n_threads):
        clock.start_thread(lambda: clock.sleep(0.5), "short")
    clock.start_thread(lambda: every(clock, 1.0, 3.0, seen, "tick"), "ticker")
    clock.advance(3.0)
    assert len(seen) == 3
