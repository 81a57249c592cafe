"""Pacing: the steps that fall due, exactly."""

import pytest

from skyrack.control.pacing import COARSE_STEPS, FINE_STEPS, Pacer


def pacer(n_sats=60, speed=100.0):
    return Pacer(60.0, n_sats, speed=speed, is_playing=True)


def test_steps_fall_due_and_nothing_is_lost_between_them():
    clock = pacer()
    steps = [clock.due_steps(1.0) for _ in range(6)]
    assert steps == [1, 2, 2, 1, 2, 2]
    assert clock.remainder_s == pytest.approx(0.0)
    assert clock.due_steps(0.3) == 0
    assert clock.remainder_s == pytest.approx(30.0)


def test_a_seek_ends_where_it_aims_and_a_pause_ends_it():
    clock = pacer()
    clock.due_steps(0.9)
    clock.seek(30, 10)
    assert (clock.is_seeking, clock.target_s, clock.remainder_s) == (True, 1800.0, 0.0)
    clock.seek(10, 10)
    assert not clock.is_seeking
    clock.seek(30, 10)
    clock.pause()
    assert (clock.is_seeking, clock.is_playing, clock.target_s) == (False, False, None)
    clock.play()
    assert clock.is_playing


@pytest.mark.parametrize(("n_sats", "most"), [(60, FINE_STEPS), (100_000, COARSE_STEPS)])
def test_a_chunk_is_short_so_that_commands_are_heard(n_sats, most):
    clock = pacer(n_sats)
    assert clock.chunk_steps(1000) == most
    assert clock.chunk_steps(2) == 2
    clock.time_chunk(10, 2.0)  # 0.2 s a step: 0.4 s hold two
    assert clock.chunk_steps(1000) == 2
    clock.time_chunk(1, 60.0)
    assert clock.chunk_steps(1000) == 1


def test_the_speed_that_was_reached_is_measured():
    clock = pacer()
    clock.measure(150.0, 2.0)
    assert clock.held_speed == 75.0
    clock.measure(60.0, 0.0)
    assert clock.held_speed == 75.0
