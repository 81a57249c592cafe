"""Ranges of the figures of a run over its uncertain inputs."""

import json

import pytest

from skyrack import api
from skyrack.buildout.document import history_of
from skyrack.buildout.plan import plan_of
from skyrack.run.figure_ranges import LAUNCH_PRICE, Uncertain, figure_ranges, uncertain_inputs
from skyrack.run.prepare import load_flown, prepare
from skyrack.run.service import sampled_service

PILOT = "spacex-pilot-2027"


def sampled(**overrides):
    plan = prepare(load_flown(PILOT, overrides))
    service = sampled_service(plan)
    whole = plan_of(plan.reading, service.power, service.lives, service.available_frac)
    return plan, service, history_of(whole, plan.reading)


@pytest.mark.parametrize("basis", ["announced", "sized"])
def test_ranges_are_those_of_the_same_samples_each_time(basis):
    plan, service, history = sampled(basis=basis)
    found = figure_ranges(plan, service, history)
    assert found == figure_ranges(plan, service, history)
    assert all(low < high for low, high in found.values())
    assert {"capex_to_target_usd", "npv_usd", "co2e_ratio", "cost_ratio_at_start"} <= found.keys()
    assert "cost_ratio" not in found  # its range is that of the price, from more samples
    assert ("satellite_mass_kg" in found) == (basis == "sized")  # an announced mass is taken at its word
    if basis == "sized":
        low, high = found["satellite_mass_kg"]
        assert low < plan.reading.built.wet_kg < high


def test_every_input_has_its_value_within_its_range():
    asked = uncertain_inputs(*sampled())
    assert len(asked) > 30
    assert all(one.low <= one.value <= one.high for one in asked.values())


def test_a_scenario_outside_a_range_widens_it():
    asked = uncertain_inputs(*sampled(**{"design.dose_limit": "400 Gy"}))
    assert asked["design.dose_limit"].high == 400.0


def test_what_cannot_be_priced_has_ranges_of_its_build_out_alone():
    found = figure_ranges(*sampled(**{"economics.precision": "fp2"}))
    assert "compute_delivered_mean_w" in found
    assert "npv_usd" not in found


def test_claims_carry_the_ranges_of_the_main_reading(tmp_path):
    claim = {"statement": "cheap", "quantity": "capex_to_target_usd", "value": "1e9 USD", "source": "nobody"}
    run = api.simulate(PILOT, overrides={"claims": [claim]}, out=tmp_path / "run", report=False)
    growth = json.loads((run.path / "growth.json").read_text())
    row = run.summary["claims"][0]
    assert [row["low"], row["high"]] == growth["ranges"]["capex_to_target_usd"]
    assert growth["other"]["ranges"] == {}


def test_a_stated_launch_price_is_as_uncertain_as_those_of_the_launchers(monkeypatch):
    """Without its range, the cost of a GPU-hour spreads less."""
    given = sampled(**{"economics.launch_price": "100 USD/kg"})
    whole = figure_ranges(*given)["orbit_usd_per_gpu_hour"]
    asked = uncertain_inputs(*given) | {LAUNCH_PRICE: Uncertain(1.0, 1.0, 1.0)}
    monkeypatch.setattr("skyrack.run.figure_ranges.uncertain_inputs", lambda *_: asked)
    fixed = figure_ranges(*given)["orbit_usd_per_gpu_hour"]
    assert whole[1] - whole[0] > fixed[1] - fixed[0]
