"""The twin under a clock: commands, time, saving, and going back. The clock is a manual one: all of it is exact."""

import math
import threading
from pathlib import Path

import pytest
import yaml

from skyrack import api
from skyrack.control.autosave import INTERVAL_S as SAVE_S
from skyrack.control.clock import GIVE_UP_S, ManualClock, VirtualClock
from skyrack.control.ground_observer import INTERVAL_S as GROUND_S
from skyrack.control.publication import SEEK_INTERVAL_S
from skyrack.core.errors import InputError

TINY = yaml.safe_load((Path(__file__).parents[2] / "tiny.yaml").read_text())
MANY = {"shells.pair.planes": 3, "shells.pair.satellites_per_plane": 20}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def fly(tmp_path):
    """Make a twin in a folder, and close it at the end."""
    made = []

    def make(clock, overrides=MANY, **options):
        views = []
        options = {"folder": tmp_path / "twin", "is_playing": False, "on_view": views.append, "clock": clock} | options
        runner = api.twin(TINY, overrides, **options)
        runner.views = views
        made.append(runner)
        return runner

    yield make
    for runner in made:
        runner.close()


@pytest.fixture
def live(fly, clock):
    runner = fly(clock)
    runner.start()
    clock.settle()
    return runner


def test_it_flies_by_the_clock_and_publishes_every_second(live, clock):
    live.set_speed(6000.0)
    live.play()
    n_views = len(live.views)
    clock.advance(4.0)
    assert [view.status.time_s for view in live.views[n_views:]] == [6000.0, 12_000.0, 18_000.0, 24_000.0]
    assert live.view.status.held_speed == 6000.0
    clock.advance(0.5)
    live.pause()
    assert live.view.status.time_s == 24_000.0
    clock.advance(10.0)
    assert live.view.status.time_s == live.view.fleet.time_s == 24_000.0
    assert live.view.status.is_playing is False
    assert [view.sequence for view in live.views] == list(range(2, len(live.views) + 2))


class Watch:
    """Ends a wait as soon as a view is such as the condition asks."""

    def __init__(self, condition):
        self.condition, self.has_come, self.found = condition, threading.Event(), None

    def __call__(self, view):
        if not self.has_come.is_set() and self.condition(view):
            self.found = view
            self.has_come.set()

    def wait(self):
        assert self.has_come.wait(GIVE_UP_S)
        return self.found


def test_a_virtual_clock_flies_it_without_waiting(fly):
    watch = Watch(lambda view: view.status.time_s >= 86_400.0)
    runner = fly(VirtualClock(horizon_s=36.0), speed=2400.0, is_playing=True, on_view=watch)
    runner.start()
    assert watch.wait().status.time_s == 86_400.0
    assert runner.view.sequence == 37


def test_a_machine_that_cannot_keep_up_shows_the_speed_that_it_reaches(fly):
    slow = VirtualClock(math.inf, reading_s=0.5)  # each chunk takes half a second
    watch = Watch(lambda view: view.sequence == 8)
    fly(slow, speed=10_000.0, is_playing=True, on_view=watch).start()
    status = watch.wait().status
    assert 0.0 < status.held_speed < 0.1 * status.speed
    assert status.time_s % 60.0 == 0.0  # the rest of what was due is dropped
    assert status.trouble is None


def arrived(live, step):
    return live.view.status.seeks_s is None and live.view.status.time_s == 60.0 * step


def test_steps_and_seeks_and_the_way_back(live, clock):
    live.step(10)
    assert arrived(live, 10)
    live.seek(90_000.0)
    clock.settle()
    assert arrived(live, 1500)
    there = live.satellite(8)
    live.inject("lose-satellite", "7")
    live.step(1)
    assert not live.satellite(7)["is_alive"]
    assert live.satellite(7)["charge_j"] is None
    live.seek(89_940.0)
    clock.settle()
    assert arrived(live, 1499)
    assert live.satellite(7)["is_alive"]
    assert max(row["time_s"] for row in live.fleet_history()) <= 89_940.0
    live.step(1)
    assert not live.satellite(7)["is_alive"]
    again = live.satellite(8)
    for name in ("charge_j", "electronics_temp_k", "radiator_temp_k", "compute_energy_j"):
        assert again[name] == pytest.approx(there[name], rel=2e-5)


def test_a_seek_publishes_now_and_then(fly):
    slow = ManualClock(reading_s=0.01)
    live = fly(slow)
    live.start()
    slow.settle()
    n_views, begun_s = len(live.views), slow.monotonic_s()
    live.seek(90_000.0)
    slow.settle()
    assert arrived(live, 1500)
    took_s = slow.monotonic_s() - begun_s
    assert took_s > 5.0 * SEEK_INTERVAL_S
    seen = live.views[n_views:]
    assert 0.5 * took_s / SEEK_INTERVAL_S < len(seen) <= took_s / SEEK_INTERVAL_S + 3
    assert seen[-1].status.time_s == 90_000.0
    assert len(live.fleet_history()) > 100  # everything on the way is there all the same


def test_a_pause_ends_a_seek_and_other_commands_do_not(fly):
    slow = ManualClock(reading_s=0.01)
    live = fly(slow)
    live.start()
    live.seek(86_400.0 * 365.0)
    live.inject("lose-satellite", "3")
    assert live.view.status.seeks_s == 86_400.0 * 365.0
    live.pause()
    assert live.view.status.seeks_s is None
    assert live.view.status.time_s < 86_400.0 * 365.0


def test_an_event_that_is_removed_has_not_happened(live, clock):
    live.step(60)
    live.inject("lose-satellite", "7")
    live.step(600)
    lost_j = live.satellite(7)["compute_energy_j"]
    live.forget(0)
    clock.settle()
    assert arrived(live, 660)
    assert live.satellite(7)["is_alive"]
    assert live.satellite(7)["compute_energy_j"] == pytest.approx(live.satellite(8)["compute_energy_j"], rel=0.05)
    assert live.satellite(7)["compute_energy_j"] > 5.0 * lost_j
    assert all(row["n_alive"] == 60.0 for row in live.fleet_history())


def test_a_lost_satellite_cannot_be_lost_again(live):
    live.inject("lose-satellite", "7")
    with pytest.raises(InputError, match="lost already"):
        live.inject("lose-satellite", "7")


# --- saving


UNLIKE = {"sunlit_frac", "array_power_w", "compute_power_w"}
"""Sums since the last update."""


def test_it_is_resumed_where_it_was(live, fly, clock, tmp_path):
    live.step(33)
    live.inject("solar-storm", "median")
    live.set_speed(120.0)
    live.step(1)
    clock.advance(SAVE_S)
    saved = live.satellite(11)
    other = fly(clock)
    assert other.view.status.time_s == live.view.status.time_s == 34 * 60.0
    assert other.view.status.speed == 120.0
    assert [event.kind for event in other.view.fleet.events] == ["solar-storm"]
    found = other.satellite(11)
    assert {k: v for k, v in found.items() if k not in UNLIKE} == {k: v for k, v in saved.items() if k not in UNLIKE}
    assert other.fleet_history() == live.fleet_history()
    assert other.ground_history() == live.ground_history()
    elsewhere = fly(clock, MANY | {"satellite.bus_power": "301 W"}, folder=tmp_path / "elsewhere")
    assert elsewhere.view.status.time_s == 0.0


def test_a_state_is_not_that_of_another_scenario(live, fly, clock):
    live.step(5)
    live.close()
    assert fly(clock, MANY | {"satellite.bus_power": "301 W"}).view.status.time_s == 0.0


def test_it_is_saved_every_twenty_seconds_at_events_and_when_it_is_closed(live, clock, tmp_path):
    def saved_steps():
        return [int(path.stem.partition("-")[2]) for path in (tmp_path / "twin").glob("state-*.npz")]

    live.play()
    clock.advance(SAVE_S - 1.0)
    assert saved_steps() == [0]
    clock.advance(2.0)
    assert saved_steps() == [int(SAVE_S)]
    assert [path.name for path in (tmp_path / "twin" / "checkpoints").iterdir()] == [f"{int(SAVE_S)}.npz"]
    clock.advance(4.0)
    live.inject("lose-satellite", "7")
    assert saved_steps() == [int(SAVE_S) + 5]
    clock.advance(3.0)
    live.close()
    assert saved_steps() == [int(SAVE_S) + 8]


def test_a_torn_state_is_not_resumed(live, fly, clock, tmp_path):
    live.step(5)
    live.close()
    state = next((tmp_path / "twin").glob("state-*.npz"))
    state.write_bytes(state.read_bytes()[:-200])
    assert fly(clock).view.status.time_s == 0.0


def test_a_disk_that_refuses_does_not_stop_the_twin(live, clock, tmp_path):
    live.play()
    clock.advance(1.0)
    (tmp_path / "twin").rename(tmp_path / "gone")
    (tmp_path / "twin").write_text("a file where the folder should be")
    clock.advance(SAVE_S)
    assert "cannot be saved" in live.view.status.trouble
    clock.advance(5.0)
    assert live.view.status.time_s == 60.0 * (SAVE_S + 6.0)
    (tmp_path / "twin").unlink()


# --- the network


def test_the_network_is_observed_every_ten_seconds(live, clock):
    live.play()
    clock.advance(1.0)
    clock.advance(2.0 * GROUND_S)
    assert [row["time_s"] for row in live.ground_history()] == [60.0, 60.0 + 60.0 * GROUND_S, 60.0 + 120.0 * GROUND_S]
    live.inject("site-down", live.description.sites[0])
    clock.advance(GROUND_S)
    assert live.ground_history()[-1]["sites_up"] == len(live.description.sites) - 1
    live.seek(60.0)
    clock.settle()
    assert [row["time_s"] for row in live.ground_history()] == [60.0]


def test_a_fleet_that_stands_still_is_observed_once(live, clock):
    clock.advance(5.0 * GROUND_S)
    assert [row["time_s"] for row in live.ground_history()] == [0.0]


# --- commands


def test_wrong_commands_are_refused_in_a_sentence(live):
    for command, says in (
        (lambda: live.set_speed(0.5), "1 to 10,000"),
        (lambda: live.step(0), "1 to 1,440"),
        (lambda: live.seek(-1.0), "30 years"),
        (lambda: live.seek(float("nan")), "30 years"),
        (lambda: live.satellite(60), "0 to 59"),
        (lambda: live.links(60), "0 to 59"),
        (lambda: live.neighbours(-1), "0 to 59"),
        (lambda: live.view.fleet.frame("colour"), "charge"),
        (lambda: live.forget(3), "there are 0"),
    ):
        with pytest.raises(InputError, match=says):
            command()


def test_many_commands_do_not_stop_the_clock(live, clock):
    live.set_speed(600.0)
    live.play()
    is_over = threading.Event()

    def ask():
        while not is_over.is_set():
            live.play()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    before = live.view.status.time_s
    clock.advance(5.0)
    assert live.view.status.time_s == before + 5.0 * 600.0
    is_over.set()
    for asker in askers:
        asker.join()


def test_a_command_that_was_carried_out_is_seen(live):
    for _ in range(20):
        for command, is_playing in ((live.play, True), (live.pause, False)):
            command()
            assert live.view.status.is_playing is is_playing


def test_a_twin_that_is_closed_leaves_nobody_waiting(live):
    refused = []

    def ask():
        for _ in range(200):
            try:
                live.play()
            except TimeoutError as error:
                refused.append(str(error))

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    live.close()
    for asker in askers:
        asker.join()
    assert not live.is_running
    assert all("try again" in sentence for sentence in refused)
    with pytest.raises(TimeoutError, match="try again"):
        live.play()
