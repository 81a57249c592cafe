"""The report of a run."""

import pytest

from skyrack import api
from skyrack.report import figures


def test_texts_of_the_scenario_are_escaped(tiny, tmp_path):
    wicked = "<script>alert(1)</script>"
    claims = [{"statement": wicked, "quantity": "n_sats", "value": 2, "source": wicked}]
    run = api.simulate(tiny, overrides={"title": wicked, "description": wicked, "claims": claims}, out=tmp_path / "r")
    page = (run.path / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_is_the_same_each_time(tiny, tmp_path):
    run = api.simulate(tiny, out=tmp_path / "r")
    first = (run.path / "report.html").read_text()
    assert api.write_report(run.path).read_text() == first


def test_a_shell_in_eternal_light_and_one_without_compute(tiny, tmp_path):
    changes = {"satellite.compute": {"peak_power": "0 W", "average_power": "0 W"}, "satellite.bus_power": "0 W"}
    run = api.simulate(tiny, overrides=changes, out=tmp_path / "r")
    assert run.summary["capacity_factor"] == 0.0
    assert (run.path / "report.html").stat().st_size > 50_000


def test_what_cannot_be_drawn_is_told_when_the_run_is_safe(tiny, tmp_path, monkeypatch):
    def fail(*_):
        raise ValueError("no ink")

    monkeypatch.setattr(figures, "mass_budget", fail)
    with pytest.raises(ValueError, match="no ink"):
        api.simulate(tiny, out=tmp_path / "run")
    assert api.open_run(tmp_path / "run").summary["n_sats"] > 0
