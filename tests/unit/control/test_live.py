"""The live twin: commands, clock, keeping, and going back in time."""

import threading
import time
from pathlib import Path

import pytest
import yaml

from skyrack import api
from skyrack.control.realtime import TELL_S
from skyrack.control.timeseries import Track
from skyrack.core.errors import InputError

TINY = yaml.safe_load((Path(__file__).parents[2] / "tiny.yaml").read_text())
MANY = {"shells.pair.planes": 3, "shells.pair.satellites_per_plane": 20}


@pytest.fixture
def live(tmp_path):
    views = []
    twin = api.twin(TINY, MANY, folder=tmp_path / "twin", is_playing=False, on_view=views.append)
    twin.views = views
    twin.start()
    yield twin
    twin.close()


def until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_flies_by_the_clock(live):
    live.run_at(6000.0)
    begun, first = time.monotonic(), live.time_s
    live.play()
    until(lambda: live.time_s > 18_000.0)
    wall_s, flown_s = time.monotonic() - begun, live.time_s - first
    assert 0.4 * 6000.0 * wall_s < flown_s < 6000.0 * (wall_s + 2.5)
    live.pause()
    stands = live.time_s
    time.sleep(1.3)
    assert live.time_s == stands
    assert live.views[-1].status["is_playing"] is False
    assert [view.sequence for view in live.views] == sorted(view.sequence for view in live.views)


def arrived(live, step):
    return live.view.status["seeks_s"] is None and live.twin.step == step


def test_steps_and_seeks_and_the_way_back(live):
    live.step(10)
    assert live.twin.step == 10
    live.seek(90_000.0)
    until(lambda: arrived(live, 1500))
    there = live.satellite(8)
    live.inject("lose-satellite", "7")
    live.step(1)
    assert not live.satellite(7)["is_alive"]
    assert live.satellite(7)["charge_j"] is None
    live.seek(89_940.0)
    until(lambda: arrived(live, 1499))
    assert live.satellite(7)["is_alive"]
    assert max(row["time_s"] for row in live.track.rows()) <= 89_940.0
    live.step(1)
    assert not live.satellite(7)["is_alive"]
    again = live.satellite(8)
    for name in ("charge_j", "electronics_temp_k", "radiator_temp_k", "compute_energy_j"):
        assert again[name] == pytest.approx(there[name], rel=2e-5)


def test_a_seek_is_told_of_now_and_then(live):
    heard, begun = len(live.views), time.monotonic()
    live.seek(90_000.0)
    until(lambda: arrived(live, 1500))
    assert len(live.views) - heard <= (time.monotonic() - begun) / TELL_S + 3
    assert live.views[-1].status["time_s"] == 90_000.0
    assert len(live.track.rows()) > 100  # what was flown through is there all the same


def test_an_event_that_is_taken_back_has_not_happened(live):
    live.step(60)
    live.inject("lose-satellite", "7")
    live.step(600)
    lost_j = live.satellite(7)["compute_energy_j"]
    live.forget(0)
    until(lambda: arrived(live, 660))
    assert live.satellite(7)["is_alive"]
    assert live.satellite(7)["compute_energy_j"] == pytest.approx(live.satellite(8)["compute_energy_j"], rel=0.05)
    assert live.satellite(7)["compute_energy_j"] > 5.0 * lost_j
    assert all(row["n_alive"] == 60.0 for row in live.track.rows())


def test_what_is_lost_cannot_be_lost_again(live):
    live.inject("lose-satellite", "7")
    with pytest.raises(InputError, match="lost already"):
        live.inject("lose-satellite", "7")


def test_it_comes_back_where_it_was(live, tmp_path):
    live.step(33)
    live.inject("solar-storm", "median")
    live.run_at(120.0)
    live.save()
    kept = live.satellite(11)
    other = api.twin(TINY, MANY, folder=tmp_path / "twin", is_playing=False)
    assert other.time_s == live.time_s
    assert other.speed == 120.0
    assert [event.kind for event in other.twin.events] == ["solar-storm"]
    unlike = {"sunlit_frac", "array_power_w", "compute_power_w"}  # sums since the last look
    assert {k: v for k, v in other.satellite(11).items() if k not in unlike} == {
        k: v for k, v in kept.items() if k not in unlike
    }
    assert [row["time_s"] for row in other.track.rows()] == [row["time_s"] for row in live.track.rows()]
    elsewhere = api.twin(TINY, MANY | {"satellite.bus_power": "301 W"}, folder=tmp_path / "twin")
    assert elsewhere.time_s == 0.0


def test_a_torn_state_is_not_taken_up(live, tmp_path):
    live.step(5)
    live.save()
    state = next((tmp_path / "twin").glob("state-*.npz"))
    state.write_bytes(state.read_bytes()[:-200])
    assert api.twin(TINY, MANY, folder=tmp_path / "twin").time_s == 0.0


def test_wrong_commands_are_refused_in_a_sentence(live):
    for command, says in (
        (lambda: live.run_at(0.5), "1 to 10,000"),
        (lambda: live.step(0), "1 to 1,440"),
        (lambda: live.seek(-1.0), "30 years"),
        (lambda: live.seek(float("nan")), "30 years"),
        (lambda: live.satellite(60), "0 to 59"),
        (lambda: live.bytes_of("colour"), "charge"),
        (lambda: live.forget(3), "there are 0"),
    ):
        with pytest.raises(InputError, match=says):
            command()


def test_a_disk_that_refuses_does_not_stop_the_twin(live, monkeypatch):
    def full(*_):
        raise InputError("the disk is full")

    monkeypatch.setattr(live.shelf, "keep", full)
    live._saved = -1e9
    live.run_at(600.0)
    live.play()
    until(lambda: live.view.status["trouble"] and "disk is full" in live.view.status["trouble"])
    before = live.time_s
    until(lambda: live.time_s > before)


def test_a_track_stays_small_and_in_order():
    track = Track(most=50)
    for k in range(2000):
        track.add({"time_s": 60.0 * k, "x": k})
    times = [row["time_s"] for row in track.rows()]
    assert len(times) <= 50
    assert times == sorted(set(times))
    assert times[-1] == 60.0 * 1999
    track.cut(6000.0)
    assert track.last["time_s"] <= 6000.0


@pytest.fixture
def large(tmp_path):
    """A fleet of which a look takes some milliseconds, as somebody watches all of its signals."""
    size = {"shells.pair.planes": 200, "shells.pair.satellites_per_plane": 500}
    twin = api.twin(TINY, size, folder=tmp_path / "large", is_playing=False)
    twin.watched = lambda: set(twin.twin.signals)
    twin.start()
    yield twin
    twin.close()


def test_many_commands_do_not_stop_the_clock(large):
    large.run_at(600.0)
    large.play()
    is_over = threading.Event()

    def ask():
        while not is_over.is_set():
            large.refresh()

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    before = large.time_s
    until(lambda: large.time_s > before, 3.0)
    is_over.set()
    for asker in askers:
        asker.join()


def test_a_command_that_was_taken_is_seen(large):
    for _ in range(20):
        for command, is_playing in ((large.play, True), (large.pause, False)):
            command()
            assert large.view.status["is_playing"] is is_playing


def test_a_twin_that_is_put_away_leaves_nobody_waiting(live):
    answers = []

    def ask():
        for _ in range(200):
            try:
                live.refresh()
            except TimeoutError as error:
                answers.append(str(error))

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    begun = time.monotonic()
    live.close()
    for asker in askers:
        asker.join()
    assert time.monotonic() - begun < 20.0
    assert all("try again" in answer for answer in answers)
