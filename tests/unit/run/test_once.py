"""One run determines each fact once: layout, constellation, sizing, accelerators, flight of samples."""

import functools
import json
import sys
from collections import Counter

import pytest

from skyrack import api
from skyrack.design import accelerators, sizing
from skyrack.fleet import sample_flight
from skyrack.orbits import constellation, layout

SCENARIO = {
    "extends": "suncatcher-81",
    "span": "3 h",
    "claims": [],
    "network": {"cities": ["London", "Tokyo"], "span": "10 min", "step": "10 min"},
    "workload": {"serving": {"cities": ["London"], "span": "60 s"}},
}


@pytest.fixture
def calls(monkeypatch):
    """Count the calls of some functions, under whatever module they are looked up."""
    counted: Counter[str] = Counter()
    watched = {
        "lay_out": layout.lay_out,
        "Constellation": constellation.Constellation.__init__,
        "size": sizing.size,
        "accelerators_per_satellite": accelerators.accelerators_per_satellite,
        "fly_samples": sample_flight.fly_samples,
    }

    def counting(name, function):
        @functools.wraps(function)
        def counted_call(*arguments, **options):
            counted[name] += 1
            return function(*arguments, **options)

        return counted_call

    monkeypatch.setattr(
        constellation.Constellation, "__init__", counting("Constellation", watched.pop("Constellation"))
    )
    for name, function in watched.items():
        wrapped = counting(name, function)
        for module in [module for key, module in sys.modules.items() if key.startswith("skyrack.")]:
            if getattr(module, name, None) is function:
                monkeypatch.setattr(module, name, wrapped)
    return counted


def test_a_run_determines_each_fact_once(calls, tmp_path):
    import skyrack.run.simulate  # noqa: F401 (so that its modules are watched)

    run = api.simulate(SCENARIO, out=tmp_path / "run", threads=1)
    assert dict(calls) == {
        "lay_out": 1,
        "Constellation": 1,
        "size": 1,
        "accelerators_per_satellite": 1,
        "fly_samples": 4,  # watched satellites and members of the training job, for each of the two readings
    }
    documents = {
        name: json.loads((run.path / f"{name}.json").read_text()) for name in ("radiation", "workload", "growth")
    }
    found = {
        documents["radiation"]["accelerators"],
        documents["workload"]["training"]["accelerators_per_satellite"],
        documents["growth"]["satellite"]["accelerators"],
        documents["growth"]["other"]["satellite"]["accelerators"],
    }
    assert len(found) == 1
    assert f"with {found.pop()} accelerators each" in (run.path / "report.html").read_text()
