"""What must hold for the price of every fleet and campus."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.models import buildout_plan_of, reading_of

from skyrack import api
from skyrack.buildout.cohorts import build
from skyrack.catalogue.parts import parts
from skyrack.core.errors import InputError
from skyrack.economics.accounts import levelised_cost
from skyrack.economics.cash import finance, ground_cash, orbit_cash, revenue_usd
from skyrack.economics.cost_inputs import ground_cost_inputs, machine_of
from skyrack.economics.fleet_price import fleet_price
from skyrack.economics.unit_prices import unit_prices_of
from skyrack.fleet.sample_flight import mean_power
from skyrack.run.prepare import prepare
from skyrack.run.service import requested_w
from skyrack.scenario import GROUND_DATA_CENTERS, library_names, load

FLEETS = [name for name in library_names() if name != "spacex-million"]


@pytest.mark.parametrize("name", FLEETS)
def test_every_fleet_has_a_price(name):
    found = api.price(name, jobs=False)
    text = json.dumps(found)
    assert "NaN" not in text
    assert "Infinity" not in text
    if found["impossible"]:
        return
    for side in ("orbit", "ground"):
        lines = found[side]["lines_usd_per_kw_year"]
        assert sum(lines.values()) == pytest.approx(found[side]["prices"]["usd_per_kw_year"], rel=1e-9)
    orbit, ground = found["orbit"]["prices"], found["ground"]["prices"]
    assert found["ratio"] == pytest.approx(orbit["usd_per_pflop_day"] / ground["usd_per_pflop_day"], rel=1e-9)


def test_a_campus_of_any_accelerator_has_a_price():
    for name in parts("accelerators"):
        assert api.price("hyperscale", {"accelerator": name})["prices"]["usd_per_gpu_hour"] > 0.0


@pytest.mark.parametrize("name", library_names(GROUND_DATA_CENTERS))
def test_every_campus_has_a_price_and_sources(name):
    found = api.price(name, jobs=False)
    assert 1.0 < found["prices"]["usd_per_gpu_hour"] < 10.0
    assert all(row["source"] for row in api.show(name)["assumptions"])


def test_the_probe_delivers_what_the_fleet_delivers(tmp_path):
    """A thinned fleet stands for the whole one."""
    for name in ("sunrise-51600", "starlink-v3-compute"):
        whole = api.simulate(name, out=tmp_path / name, report=False).summary
        plan = prepare(load(name))
        thinned = mean_power(plan.scenario, plan.layout)
        assert thinned.delivered_w == pytest.approx(whole["compute_power_per_sat_mean_w"], rel=5e-4)
        assert thinned.array_w * whole["n_sats"] == pytest.approx(whole["array_power_mean_w"], rel=5e-4)
        priced = json.loads((tmp_path / name / "growth.json").read_text())["price"]
        assert api.price(name)["ratio"] == pytest.approx(priced["ratio"], rel=1e-3)


@pytest.fixture(scope="module")
def built():
    loaded = load("openai-orbital")
    reading, plan = reading_of(loaded), buildout_plan_of(loaded)
    history = build(plan)
    price = fleet_price(reading, history, requested_w=requested_w(loaded.scenario), uptime_frac=1.0)
    return loaded.scenario, history, price


def cash_of(scenario, history, price):
    wish = scenario.economics
    return orbit_cash(history, price, one_off_usd=wish.one_off_usd, stations_usd=wish.ground_segment_usd)


def test_the_fleets_dollars_are_those_of_its_launches(built):
    """Capital by year is the build-out's satellites times their prices, month by month, and nothing twice."""
    scenario, history, price = built
    cash = cash_of(scenario, history, price)
    launched_w = np.diff(history["launched"], prepend=0.0) * history.plan.peak_w
    it_usd = price.by_month.server_usd_per_w * launched_w.sum()
    assert cash.lines["it"].sum() == pytest.approx(it_usd, rel=1e-9)
    flown = launched_w[price.months]
    paid_kg = price.by_month.kg_per_w / price.by_month.fill_frac
    launch_usd = (paid_kg * price.by_month.launch_usd_per_kg * flown).sum()
    flights_usd = (history["flights"] * 100e3 * np.nan_to_num(history["launch_usd_per_kg"])).sum()
    assert launch_usd == pytest.approx(flights_usd, rel=1e-9)  # every flight is paid whole
    assert cash.lines["launch"].sum() == pytest.approx(launch_usd, rel=1e-9)
    assert cash.cost_usd.sum() == pytest.approx(sum(line.sum() for line in cash.lines.values()), rel=1e-12)
    assert cash.years[0] == history.plan.months[0].year
    assert scenario.n_sats == history.plan.target


def test_the_ground_gives_the_same_computing(built):
    """Energy bought on the ground is that of the fleet's delivered computing, by what each side computes for a watt.

    Whole accelerators do not take all of a satellite's peak power; campuses hold as many as their power feeds.
    """
    scenario, history, price = built
    ground = ground_cost_inputs(scenario.ground_baseline, scenario.economics, scenario.design.accelerator)
    cash = ground_cash(history, price.mean, ground)
    same_work = price.mean.compute_per_w / ground.compute_per_w
    assert 0.97 < same_work <= 1.0
    delivered_mwh = same_work * history["delivered_w"].sum() * 8766.0 / 12.0 / 1e6
    bought_usd = delivered_mwh * ground.pue * 1e3 * ground.energy_usd_per_kwh
    assert cash.lines["energy"].sum() == pytest.approx(bought_usd, rel=1e-9)


def test_levelised_price_is_the_weighted_mean_of_the_months(built):
    _, _, price = built
    assert float((price.weights * price.usd_per_kw_year_by_month).sum()) == pytest.approx(
        float(price.account.usd_per_kw_year), rel=1e-9
    )


def test_selling_at_the_levelised_price_earns_the_cost_of_capital(built):
    """Net present value of a fleet and of its ground baseline is nearly nothing at the price that their accounts ask for.

    Without the lead times, which cash by the year leaves out. Not quite: satellites are replaced before and after their
    time. The ground baseline is held against a fleet that never sags between two generations: campuses that stand idle then
    (6 % of their time here) are paid and sell nothing.
    """
    scenario, history, price = built
    machine = machine_of(scenario.economics, scenario.design.accelerator)
    ground = ground_cost_inputs(scenario.ground_baseline, scenario.economics, scenario.design.accelerator)
    steady = replace(history, columns=history.columns | {"delivered_w": np.maximum.accumulate(history["delivered_w"])})
    for inputs, served, cash, share in (
        (price.mean, history, cash_of(scenario, history, price), 0.03),
        (ground, steady, ground_cash(steady, price.mean, ground), 0.01),
    ):
        at_once = replace(inputs, build_years=0.0, it_build_years=0.0, idle_years=0.0)
        asked = unit_prices_of(levelised_cost(at_once), machine).usd_per_gpu_hour
        revenue = revenue_usd(served, price.mean, machine, float(asked))
        found = finance(cash, revenue, float(inputs.cost_of_capital))
        rate = (1.0 + float(inputs.cost_of_capital) / 12.0) ** 12 - 1.0
        worth = (revenue * (1.0 + rate) ** -(np.arange(len(revenue)) + 0.5)).sum()
        assert abs(found.npv_usd) < share * worth


def test_an_idle_satellite_is_no_bargain():
    """Less power asked of the same computers never makes their work cheaper."""
    ratios = [
        api.price("openai-orbital", {"satellite.compute.average_power": power})["ratio"]
        for power in ("150 kW", "120 kW", "60 kW", "30 kW")
    ]
    assert ratios == sorted(ratios)


def test_the_ratio_is_the_same_in_every_denominator_of_work():
    """Of power too, but for the power that whole accelerators leave unused in a satellite."""
    for name, changes in (
        ("starlink-v3-compute", {}),
        ("openai-orbital", {"design.accelerator": "h100"}),
        ("openai-orbital", {"design.accelerator": "h100", "ground_baseline.accelerator": "gb300-nvl72"}),
    ):
        found = api.price(name, changes, jobs=False)
        orbit, ground = found["orbit"]["prices"], found["ground"]["prices"]
        assert found["ratio"] == pytest.approx(orbit["usd_per_pflop_day"] / ground["usd_per_pflop_day"], rel=1e-9)
        if "ground_baseline.accelerator" not in changes:
            for key in ("usd_per_gpu_hour", "usd_per_mtoken"):
                assert found["ratio"] == pytest.approx(orbit[key] / ground[key], rel=1e-9)
            used = found["orbit"]["cost_inputs"]["compute_per_w"] / found["ground"]["cost_inputs"]["compute_per_w"]
            assert 0.9 < used <= 1.0
            for key in ("usd_per_kw_year", "usd_per_mwh"):
                assert found["ratio"] * used == pytest.approx(orbit[key] / ground[key], rel=1e-9)


def test_prices_follow_their_inputs():
    base = api.price("suncatcher-81")
    assert api.price("suncatcher-81", {"economics.launch_price": "0 USD/kg"})["ratio"] < base["ratio"]
    assert api.price("suncatcher-81", {"ground_baseline.energy_price": "0.25 USD/kWh"})["ratio"] < base["ratio"]
    assert api.price("suncatcher-81", {"economics.cost_of_capital_per_year": "10 %/year"})["ratio"] < base["ratio"]
    cheap = api.price("suncatcher-81", {"economics.satellite_price": "0 USD/W"})
    assert cheap["orbit"]["capital_usd_per_w"]["power"] == 0.0
    free = api.price("suncatcher-81", {"economics.cost_of_capital_per_year": "0 %/year"})
    assert free["orbit"]["lines_usd_per_kw_year"]["interest"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("economics.cost_of_capital_per_year", "100 %/year", "accepted is a share per year"),
        ("economics.cost_of_capital_per_year", 0.1, "has no unit"),
        ("economics.sold", 0, "from 0.001"),
        ("economics.precision", "fp2", "known are"),
        ("economics.launch_price", "500 USD", "price by mass"),
        ("ground_baseline", "hyperion2", "did you mean 'hyperion'"),
        ("ground_baseline.pue", 0.5, "greater than or equal"),
        ("ground_baseline.energy_price", "-1 USD/kWh", "accepted is a price of energy"),
        ("satellite.compute", {"peak_power": "0 W", "average_power": "0 W"}, "computes nothing has no price"),
    ],
)
def test_bad_money_gets_one_sentence(key, value, words):
    with pytest.raises(InputError, match=words) as caught:
        api.price("spacex-pilot-2027", {key: value})
    assert "\n" not in str(caught.value)


def test_a_run_that_cannot_be_priced_says_so(tmp_path):
    """No zero stands for a price, and no claim holds by one."""
    claim = {"statement": "cheap", "quantity": "cost_ratio", "value": 1, "comparison": "at most", "source": "nobody"}
    changes = {"economics.precision": "fp2", "claims": [claim]}
    run = api.simulate("spacex-pilot-2027", overrides=changes, out=tmp_path / "run")
    assert run.summary["cost_ratio"] is None
    assert run.summary["claims"][0]["verdict"] == "cannot be tested"
    assert run.growth["buildout"] is not None
    assert "Nothing can be priced" in (run.path / "report.html").read_text()
    with pytest.raises(InputError, match=r"has no price; economics\.precision"):
        api.price(run.path)
    other = api.simulate("spacex-pilot-2027", out=tmp_path / "other", report=False)
    assert "cost_ratio" not in [row.name for row in api.compare(run.path, other.path).rows]


def test_campuses_do_not_fly():
    with pytest.raises(InputError, match="nothing flies"):
        api.simulate("fairwater")
    with pytest.raises(InputError, match="nothing flies"):
        api.load({"extends": "gas-campus", "power": "2 GW"})
    assert api.price({"extends": "gas-campus", "power": "2 GW"})["prices"]["usd_per_w"] > 30.0


def test_an_accelerator_with_too_little_power_counts_by_its_power():
    """Half the power for the same accelerator never makes its work cheaper: a whole server is bought for half the work."""
    full = {"satellite.compute.peak_power": "1944 W", "satellite.compute.average_power": "900 W"}
    half = full | {"satellite.compute.peak_power": "972 W"}
    whole, weak = (api.price("three-body-2800", changes)["orbit"]["cost_inputs"] for changes in (full, half))
    assert weak["compute_per_w"] == pytest.approx(whole["compute_per_w"])
    assert weak["server_usd_per_w"] == pytest.approx(2.0 * whole["server_usd_per_w"])
