"""Two runs side by side: a relative change only where one value can be a share of another."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from skyrack import api
from skyrack.report.compare import Difference
from skyrack.run.claims import Figures, check_claims
from skyrack.run.outputs import CHANNELS, where
from skyrack.scenario.schema import Claim

SUMMARY = [
    channel.name
    for channel in CHANNELS.values()
    if "summary" in where(channel.name) and channel.name not in ("shells",)
]


def between(name, first, second):
    return Difference(name, CHANNELS[name].label, first, second)


@pytest.mark.parametrize(
    ("name", "first", "second", "change", "text"),
    [
        ("compute_power_mean_w", 2000.0, 2500.0, 0.25, "+25.00 %"),
        ("compute_power_mean_w", 2000.0, 1999.9, -5e-5, "-0.0050 %"),
        ("compute_power_mean_w", 10.0, 50_000.0, 4999.0, "5000 times"),
        ("compute_power_mean_w", 0.0, 2500.0, None, "+2.5 kW"),
        ("throttled_frac", 0.0, 0.032, None, "+3.20 percentage points"),
        ("n_sats", 0.0, 12.0, None, "+12"),
        # both negative, and far apart: no percentage of a break-even
        ("breakeven_launch_usd_per_kg", -868.0, -5531.0, None, "-4663 USD/kg"),
        ("breakeven_launch_usd_per_kg", -100.0, 300.0, None, "+400 USD/kg"),
        ("npv_usd", -2e9, 1e9, None, "+3 bn USD"),
        ("radiator_temp_max_k", 293.15, 323.15, None, "+30.0 K"),
        ("radiator_limit_margin_k", 0.1, 20.1, None, "+20.0 K"),
        ("stored_energy_j", -3.6e6, 3.6e6, None, "+2 kWh"),
        ("inclination_max_rad", 0.0174532925, 0.0349065850, None, "+1.00°"),
    ],
)
def test_a_change_is_relative_or_a_difference_with_its_unit(name, first, second, change, text):
    found = between(name, first, second)
    assert found.change == (None if change is None else pytest.approx(change))
    assert found.change_text == text


@given(st.sampled_from(SUMMARY), *[st.floats(-1e12, 1e12).filter(lambda value: abs(value) > 1e-6)] * 2)
def test_no_figure_has_a_percentage_of_a_signed_value(name, first, second):
    found = between(name, first, second)
    assert found.difference == second - first
    if not CHANNELS[name].has_true_zero or first * second < 0.0:
        assert found.change is None
        assert not found.change_text.endswith((" %", " times"))
    assert 0.0 <= found.weight <= 2.0


def test_quantities_that_may_be_negative_are_known():
    """Whoever writes "negative" or "less" into a figure's sentence says that it is signed."""
    for name in SUMMARY:
        if "negative" in CHANNELS[name].label or "present value" in CHANNELS[name].label:
            assert CHANNELS[name].is_signed, name


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    from tests.conftest import TESTS

    shelf = tmp_path_factory.mktemp("shelf")
    tiny = yaml.safe_load((TESTS / "tiny.yaml").read_text())
    for name, area in (("a", "20 m2"), ("b", "10 m2")):
        overrides = {"satellite.solar_array.area": area}
        api.simulate(tiny, out=shelf / name, overrides=overrides, report=False, threads=1)
    return shelf


def test_every_door_says_the_same(two):
    """API, HTML, command line and HTTP."""
    from fastapi.testclient import TestClient

    from skyrack.operations.requests.settings import Settings
    from skyrack.web.app import create_app

    found = api.compare(two / "a", two / "b")
    figures = found.as_dict()["figures"]
    by_name = {row["name"]: row for row in figures}
    assert by_name["radiator_temp_max_k"]["change"] is None
    assert by_name["radiator_temp_max_k"]["change_text"].endswith(" K")
    assert by_name["array_energy_j"]["change"] == pytest.approx(-0.5, abs=0.01)
    page = found._repr_html_()
    assert all(f"<td>{row['change_text']}</td>" in page for row in figures)

    command = [sys.executable, "-m", "skyrack.cli", "compare", str(two / "a"), str(two / "b")]
    told = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    assert json.loads(told)["figures"] == figures
    printed = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "300"}
    ).stdout
    assert all(row["change_text"] in printed for row in figures)

    with TestClient(
        create_app(Settings(runs=two, studies=two / "studies")), base_url="http://127.0.0.1:8000"
    ) as client:
        served = client.get("/api/compare", params={"first": "a", "second": "b"})
    assert served.json()["figures"] == json.loads(json.dumps(figures))


@pytest.mark.parametrize(
    ("quantity", "value", "computed", "ratio", "holds"),
    [
        ("breakeven_launch_usd_per_kg", "-500 USD/kg", -500.0, None, True),
        ("breakeven_launch_usd_per_kg", "-500 USD/kg", 200.0, None, True),
        ("breakeven_launch_usd_per_kg", "-500 USD/kg", -500.1, None, False),
        ("cost_ratio", 2.0, 3.0, 1.5, True),
    ],
)
def test_a_claim_about_a_signed_figure_has_no_ratio(quantity, value, computed, ratio, holds):
    claim = Claim(statement="a claim", quantity=quantity, value=value, comparison="at least", source="this test")
    (row,) = check_claims([claim], "announced", {"announced": Figures({quantity: computed}, [])})
    assert (row.ratio, row.holds) == (ratio, holds)
