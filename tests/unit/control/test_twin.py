"""The twin: it agrees with a run, events show, and a snapshot is its whole state."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from skyrack.control.events import events_from
from skyrack.control.frame_channels import DOWN, LOST, STEPS
from skyrack.control.outages import Availability
from skyrack.control.twin import Twin
from skyrack.core.errors import InputError
from skyrack.run.simulate import simulate
from skyrack.scenario import load

TINY = yaml.safe_load((Path(__file__).parents[2] / "tiny.yaml").read_text())
MANY = {
    "shells.pair.planes": 4,
    "shells.pair.satellites_per_plane": 30,
    "span": "2 h",
    "buildout.satellite_mass": "10 t",
}


def make(**changes):
    return Twin(load(TINY, MANY | changes))


def test_a_twin_finds_what_a_run_finds(tmp_path):
    run = simulate(load(TINY, MANY), tmp_path / "run", checkpoint_s=1e9)
    twin = make()
    energy_j = 0.0
    for n_steps in (1, 7, 30, 2, 60, 20):
        figures = twin.advance(n_steps)
        energy_j += figures["compute_power_w"] * n_steps * 60.0
    assert twin.time_s == run.summary["span_s"]
    assert energy_j == pytest.approx(run.summary["compute_energy_j"], rel=1e-5)
    assert twin.delivered_energy_j.sum() == pytest.approx(energy_j, rel=1e-9)
    last = run.table("fleet").tail(1)
    assert figures["radiator_temp_p50_k"] == pytest.approx(last["radiator_temp_p50_k"][0], abs=1.5)
    view = twin.view()
    hottest = max(view.satellite(number)["radiator_temp_k"] for number in range(twin.n_sats))
    assert hottest <= run.summary["radiator_temp_max_k"] + 0.05


def test_bytes_are_the_values():
    twin = make()
    twin.advance(40)
    view = twin.view()
    for name, channel in view.channels.items():
        coded = view.frame(name)
        assert coded.dtype == np.uint8
        assert coded.shape == (120,)
        values = view.values(name)
        decoded = channel.low + coded.astype(float) * (channel.high - channel.low) / STEPS
        inside = (values >= channel.low) & (values <= channel.high)
        assert np.abs(decoded - values)[inside].max() <= 0.51 * (channel.high - channel.low) / STEPS
    exact = view.satellite(17)
    assert exact["charge_frac"] == pytest.approx(float(view.values("charge")[17]))
    assert exact["shell"] == "pair"
    assert exact["plane"] == 0


def test_what_is_lost_counts_no_more_and_comes_back_with_the_time_before():
    twin = make()
    before = twin.advance(3)
    kept = twin.snapshot()
    twin.inject("lose-satellite", "5")
    twin.inject("lose-batch", "1")
    gone = int((~twin.is_alive).sum())
    assert gone >= 2
    after = twin.advance(1)
    assert after["n_alive"] == 120 - gone
    assert (twin.view().frame("charge") == LOST).sum() == gone
    assert after["bus_power_w"] == pytest.approx(before["bus_power_w"] * (120 - gone) / 120, rel=1e-6)
    energy_j = twin.delivered_energy_j[5]
    twin.advance(1)
    assert twin.delivered_energy_j[5] == energy_j
    twin.events[:] = [event for event in twin.events if event.target != "1"]
    twin.restore(kept | {"step": np.array(2)})
    assert twin.is_alive.all()
    twin.advance(1)
    assert not twin.is_alive[5]
    twin.forget(0)
    assert twin.is_alive.all()


def test_a_whole_shell_can_be_lost():
    twin = make()
    twin.inject("lose-shell", "pair")
    figures = twin.advance(1)
    assert figures["n_alive"] == 0
    assert figures["compute_power_w"] == 0.0
    assert twin.sunlit_by_shell == (None,)


def test_computers_that_are_down_get_no_power_and_cool():
    """The same satellites with and without an hour's storm that stops all computers: 0 W, cooler, and fuller batteries."""
    plain, stormy = make(), make()
    for twin in (plain, stormy):
        twin.advance(60)
    stormy.availability = Availability.of(np.ones(stormy.n_sats, np.bool_), np.ones(stormy.n_sats, np.bool_))
    before_j = stormy.delivered_energy_j.copy()
    for twin in (plain, stormy):
        twin.advance(30)
    working, stopped = plain.view().states, stormy.view().states
    assert (stopped.compute_energy_j == 0.0).all()
    assert (working.compute_energy_j > 0.0).all()
    assert (stormy.delivered_energy_j == before_j).all()
    assert (stopped.electronics_temp_k < working.electronics_temp_k - 1.0).all()
    assert (stopped.charge_j >= working.charge_j).all()


def test_a_storm_stops_computers_for_a_reboot_at_a_time_and_ends():
    twin = make(**{"shells.pair.inclination": "97 deg", "shells.pair.altitude": "1200 km"})
    twin.inject("solar-storm", "one in a hundred", 3600.0)
    shares = []
    for _ in range(60):
        was_down = twin.is_down
        figures = twin.advance(1)
        assert (twin.view().states.compute_energy_j[was_down] == 0.0).all()
        shares.append(figures["n_down"] / 120)
        assert (twin.view().frame("load") == DOWN).sum() == figures["n_down"]
    assert 0.0 < np.mean(shares) < 1.0 or min(shares) == 1.0
    again = make(**{"shells.pair.inclination": "97 deg", "shells.pair.altitude": "1200 km"})
    again.inject("solar-storm", "one in a hundred", 3600.0)
    again.advance(30)
    assert again.figures["n_down"] / 120 == shares[29]
    assert twin.advance(2)["n_down"] == 0


def test_a_snapshot_is_the_whole_state():
    twin = make()
    twin.advance(20)
    kept, events = twin.snapshot(), [event.as_dict() for event in twin.events]
    expected = dict(twin.advance(5))
    other = make()
    other.events = events_from(events)
    other.restore(kept)
    assert other.advance(5) == expected
    assert np.array_equal(other.delivered_energy_j, twin.delivered_energy_j)
    assert other.view().satellite(3) == twin.view().satellite(3)


@pytest.mark.parametrize(
    ("kind", "target", "says"),
    [
        ("explode", "1", "there are lose-satellite"),
        ("lose-satellite", "120", "accepted are 0 to 119"),
        ("lose-satellite", "-1", "accepted are 0 to 119"),
        ("lose-shell", "pairs", "did you mean 'pair'"),
        ("solar-storm", "big", "median"),
        ("site-down", "nowhere", "ground site"),
    ],
)
def test_what_cannot_happen_is_refused(kind, target, says):
    with pytest.raises(InputError, match=says):
        make().inject(kind, target)


def test_times_must_be_times():
    twin = make()
    for lasts_s in (0.0, 59.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="lasts"):
            twin.inject("solar-storm", "median", lasts_s)
    with pytest.raises(InputError, match="stays lost"):
        twin.inject("lose-shell", "pair", 100.0)
