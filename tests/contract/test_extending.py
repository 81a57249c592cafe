"""The guide on extending: every package that it shows is built, found and does what the guide says."""

import re
import textwrap
from pathlib import Path

import pytest
from tests.packages import install, run_python, run_skyrack

from skyrack.core.plugins import SLOTS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "extending.md"
BLOCK = re.compile(r"```(?:toml|python|yaml)\n# (?P<name>\S+)\n(?P<text>.*?)```", re.S)


def packages():
    """Files of every package of the guide, by the package's name; its scenario among them."""
    found = {}
    for section in GUIDE.read_text().split("\n## "):
        files = {block["name"]: block["text"] for block in BLOCK.finditer(section)}
        if "pyproject.toml" in files:
            found[re.search(r'^name = "(.+)"$', files["pyproject.toml"], re.M)[1]] = files
    return found


PACKAGES = packages()
START = """
import json, sys
from pathlib import Path
from skyrack import api
scenario, out = sys.argv[1], Path(sys.argv[2])
QUICK = {"workload": {"training": None, "serving": None}, "network.span": "1 s"}


def fly(name, **changes):
    run = api.simulate(scenario, overrides=QUICK | changes, out=out / name, report=False)
    return run


def supplied(run, slot):
    return [row["package"] for row in run.folder.manifest["models"] if row["slot"] == slot]


def network_of(overrides):
    from skyrack.network.history import simulate_network
    from skyrack.run.prepare import prepare

    plan = prepare(api.load(scenario, overrides))
    return simulate_network(plan.scenario, plan.network, plan.sites, routes_only=True)
"""
CHECKS = {
    "skyrack-oblate": """
        round_earth, oblate = fly("cone", span="2 h", **{"environment.shadow": "conical"}), fly("oblate", span="2 h")
        assert supplied(oblate, "shadow") == ["skyrack-oblate"], oblate.folder.manifest["models"]
        gained = oblate.summary["sunlit_frac_mean"] - round_earth.summary["sunlit_frac_mean"]
        assert 1e-5 < gained < 5e-3, gained
    """,
    "skyrack-refracting": """
        cone, air = fly("cone", span="2 h", **{"environment.shadow": "conical"}), fly("air", span="2 h")
        bare = {"environment.shadow.dark_air": "0 m", "environment.shadow.surface_bending": "0 deg"}
        none = fly("none", span="2 h", **bare)
        assert none.summary["sunlit_frac_mean"] == cone.summary["sunlit_frac_mean"]
        assert 1e-5 < cone.summary["sunlit_frac_mean"] - air.summary["sunlit_frac_mean"] < 0.02
    """,
    "skyrack-margin-belts": """
        plain, more = fly("plain", span="1 h", **{"environment.radiation": "ae8-ap8"}), fly("more", span="1 h")
        found = [json.loads((run.path / "radiation.json").read_text())["shells"][0] for run in (plain, more)]
        flux = [shell["proton_flux_per_m2_s"] for shell in found]
        assert flux[1] == 2.0 * flux[0] > 0.0
        assert supplied(more, "radiation_environment") == ["skyrack-margin-belts"]
    """,
    "skyrack-market": """
        import numpy as np
        from skyrack.core.errors import InputError
        from skyrack.scenario.power_policy import PolicyContext, requested_w
        policy = api.load(scenario).scenario.power_policy
        assert policy.bounds_w(100.0, 150.0) == (40.0, 150.0)
        seen = dict(time_s=0.0, span_s=600.0, state_of_charge_frac=np.array([0.9, 0.5]), average_power_w=np.full(2, 100.0),
                    peak_power_w=np.full(2, 150.0))
        assert requested_w(policy, PolicyContext(**seen)) is None
        assert requested_w(policy, PolicyContext(**seen, price_usd_per_kwh=2.0)).tolist() == [150.0, 40.0]
        assert requested_w(policy, PolicyContext(**seen, price_usd_per_kwh=0.5)).tolist() == [40.0, 40.0]
        run = fly("market", span="2 h")
        assert supplied(run, "power_policy") == ["skyrack-market"]
    """,
    "skyrack-warm-cells": """
        warm, cool = api.size(scenario), api.size(scenario, {"satellite.battery.temperature": "20 degC"})
        needed = [next(one["needed"] for one in found["requirements"] if one["name"] == "battery") for found in (warm, cool)]
        assert needed[0] > 1.05 * needed[1] > 0.0, needed
        out.mkdir()
        api.size(scenario, to=out / "sized.yaml")
        assert api.load(out / "sized.yaml").scenario.satellite.battery.temperature_k == 313.15
    """,
    "skyrack-white-paint": """
        old, new = fly("old", span="2 h"), fly("new", span="2 h", **{"satellite.radiator.age": "0 s"})
        assert old.summary["radiator_temp_max_k"] > new.summary["radiator_temp_max_k"] + 0.5
    """,
    "skyrack-rings": """
        rings = fly("rings", span="10 min")
        assert json.loads((rings.path / "network.json").read_text())["links"]["n"] == 2800
    """,
    "skyrack-few-hops": """
        cities = dict(cities="London, Tokyo, Lima, Sydney, Lagos, Mumbai", span="1 s", step="1 s")
        few = api.route(scenario, **cities, out=out / "few").table("routes")
        short = api.route(scenario, {"network.router": "shortest-delay"}, **cities, out=out / "short").table("routes")
        both = (few["hops"] > 0) & (short["hops"] > 0)
        few, short = few.filter(both), short.filter(both)
        assert len(few) > 10
        assert (few["rtt_ms"] >= short["rtt_ms"] - 1e-6).all()
        assert (few["hops"] <= short["hops"]).all()
        assert few["hops"].sum() < short["hops"].sum()
    """,
    "skyrack-gossip": """
        found = api.train(scenario, out=out / "job").result
        assert "gossip" in json.dumps(found)
    """,
    "skyrack-bright-side": """
        bright = api.serve(scenario, out=out / "bright").result
        near = api.serve(scenario, {"workload.serving.policy": "nearest"}, out=out / "near").result
        assert bright["policy"] == "bright-side"
        assert bright["orbit"]["ttft_p50_s"] != near["orbit"]["ttft_p50_s"]
    """,
    "skyrack-block-buy": """
        found = api.build(scenario)
        assert found["vehicles"][0]["name"] == "medium rocket"
        prices = {row["launch_price_usd_per_kg"] for row in found["months"]} - {None}
        assert prices == {70e6 / 17e3}
        assert sum(row["launches"] for row in found["months"]) <= 60.0 + 1e-9
    """,
    "skyrack-no-interest": """
        own, plain = api.price(scenario), api.price(scenario, {"economics.cost_model": "levelised"})
        for side in ("orbit", "ground"):
            assert own[side]["lines_usd_per_kw_year"]["interest"] == 0.0 < plain[side]["lines_usd_per_kw_year"]["interest"]
            assert own[side]["prices"]["usd_per_kw_year"] < plain[side]["prices"]["usd_per_kw_year"]
            assert own[side]["cost_model"] == {"model": "no-interest", "grant": 0.1}
        drawn = [
            api.study(scenario, {"samples": 64} | changes, out=out / name).document["result"]["quantiles"]["cost_ratio"]
            for name, changes in (("own", {}), ("plain", {"set": {"economics.cost_model": "levelised"}}))
        ]
        assert drawn[0] != drawn[1], "samples are priced by the scenario's own model"
    """,
    "skyrack-shortest-light": """
        found = api.operate(scenario, span="3 h", policies=["shortest-light", "fifo"], jobs=20, seed=3,
                            gpus_per_satellite=16.0, out=out / "operated")
        mine, fifo = found.summary["policies"]
        assert mine["policy"] == "shortest-light" and mine["stops"] == 0 and fifo["jobs"] == mine["jobs"] == 20
        assert mine["useful_over_held"] >= fifo["useful_over_held"], (mine, fifo)
    """,
    "skyrack-my-memo": """
        found = api.reconcile(scenario)
        (mine,) = (model for model in found["models"] if model["name"] == "my-memo")
        assert mine["results"]["usd_per_kw_year"] == 2600.0
        step = next(step for step in found["walks"]["orbit"] if step["after"] == "my-memo")
        assert step["before"] == "spacedc-mdao" and abs(step["unexplained"]) < 1e-6 * abs(step["gap"])
    """,
    "skyrack-acme": """
        rows = {row["path"]: row for row in api.show(scenario)["assumptions"]}
        share = rows["power_policy.night_share"]
        assert (share["value"], share["source"], share["low"]) == ("35 %", "ACME, test report 12 (2027)", "0.3")
        assert rows["power_policy"]["value"] == "night-share"
        assert api.facts("acme.night")[0]["value"] == 0.35
        found = api.build(scenario)
        assert found["vehicles"][0]["name"] == "acme-1"
        run = fly("acme", span="1 h")
        assert set(run.folder.manifest["digests"]["catalogues"]) == {"skyrack-acme"}
    """,
}
"""What each package changes."""


def test_the_guide_fills_every_slot():
    shown = "".join(files["pyproject.toml"] for files in PACKAGES.values())
    for slot in (*SLOTS, "catalogue"):
        assert f'[project.entry-points."skyrack.{slot}"]' in shown, slot
    assert set(CHECKS) == set(PACKAGES)
    for files in PACKAGES.values():
        assert "scenario.yaml" in files


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_the_package_does_what_the_guide_says(name, tmp_path):
    files = dict(PACKAGES[name])
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(files.pop("scenario.yaml"))
    site = install(tmp_path / "site", files.pop("pyproject.toml"), files)
    code = START + textwrap.dedent(CHECKS[name])
    done = run_python(code, site, args=(str(scenario), str(tmp_path / "out")))
    assert done.returncode == 0, done.stderr
    shown = run_skyrack("show", str(scenario), sites=(site,))
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
