"""Views: no reader, however it races with the thread that flies, sees a lost satellite alive, up or linked."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import yaml

from skyrack import api
from skyrack.control.clock import ManualClock
from skyrack.control.frame_channels import LOST
from skyrack.control.twin import Twin
from skyrack.scenario import load

TINY = yaml.safe_load((Path(__file__).parents[2] / "tiny.yaml").read_text())
MANY = {"shells.pair.planes": 4, "shells.pair.satellites_per_plane": 20}
N_LOSSES = 20


@pytest.fixture
def live(tmp_path):
    clock = ManualClock()
    runner = api.twin(TINY, MANY, folder=tmp_path / "twin", is_playing=False, clock=clock)
    runner.start()
    yield runner
    runner.close()


@pytest.fixture
def impatient_threads():
    """Threads take turns ten times as often as they usually do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(before / 10.0)
    yield
    sys.setswitchinterval(before)


def lost_in(fleet):
    """Numbers of the satellites that a view's own events say are lost."""
    return [int(e.target) for e in fleet.events if e.kind == "lose-satellite" and e.begins_s <= fleet.time_s]


def check_view(live):
    fleet = live.view.fleet
    lost = lost_in(fleet)
    assert not fleet.is_alive[lost].any()
    assert not fleet.is_up[lost].any()
    assert (fleet.frame("load")[lost] == LOST).all()
    assert fleet.figures["n_alive"] == fleet.is_alive.sum() == fleet.n_sats - len(lost)
    for number in lost[-3:]:
        row = fleet.satellite(number)
        assert (row["is_alive"], row["charge_j"], row["compute_power_w"]) == (False, None, None)
        assert live.satellite(number)["is_alive"] is False
    return len(lost)


def check_links(live):
    lost = lost_in(live.view.fleet)  # whoever is lost before the question is lost in the answer
    n_up = 0
    for number in (0, 41, N_LOSSES + 1):
        for link in live.links(number):
            assert not link["is_up"] or not {number, link["number"]} & set(lost)
            n_up += link["is_up"]
    return n_up


def test_no_reader_sees_a_lost_satellite_alive_or_linked(live, impatient_threads):
    live.step(5)
    assert check_links(live) > 0
    wrongs, counts, is_over = [], [], threading.Event()

    def read(check):
        try:
            while not is_over.is_set():
                counts.append(check(live))
        except Exception as error:  # noqa: BLE001 - it is the test's result
            wrongs.append(error)

    readers = [threading.Thread(target=read, args=(check,)) for check in (check_view, check_links)]
    for reader in readers:
        reader.start()
    live.inject("solar-storm", "one in a hundred", 86_400.0)
    for number in range(N_LOSSES):
        live.inject("lose-satellite", str(number))
        live.step(1)
    is_over.set()
    for reader in readers:
        reader.join()
    assert wrongs == []
    assert len(counts) > len(readers)
    assert check_view(live) == N_LOSSES


def test_a_view_never_changes_and_cannot_be_written():
    twin = Twin(load(TINY, MANY))
    twin.advance(3)
    twin.inject("lose-satellite", "7")
    view = twin.view()
    arrays = {"alive": view.is_alive, "down": view.availability.is_down, **vars(view.states)}
    before = {name: values.copy() for name, values in arrays.items()}
    figures = dict(view.figures)
    twin.inject("lose-satellite", "8")
    twin.advance(30)
    twin.forget(0)
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]
    assert (dict(view.figures), [event.target for event in view.events]) == (figures, ["7"])
    with pytest.raises(TypeError):
        view.figures["n_alive"] = 0.0
    assert twin.view().is_alive[7]
    assert not twin.view().is_alive[8]


def test_a_twin_knows_who_is_lost_and_down_before_it_flies():
    twin = Twin(load(TINY, MANY))
    twin.inject("lose-satellite", "7")
    twin.inject("solar-storm", "one in a hundred", 86_400.0)
    assert not twin.is_alive[7]
    for values in (twin.is_alive, twin.is_down):
        assert (values.shape, values.dtype, values.flags.writeable) == ((80,), np.bool_, False)
