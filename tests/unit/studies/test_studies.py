"""Studies: plans, draws, methods, folders, engines."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skyrack import api
from skyrack.core.errors import InputError
from skyrack.economics.accounts import CostInputs
from skyrack.economics.breakeven import cost_ratio
from skyrack.economics.uncertain_inputs import Pair, drivers
from skyrack.economics.uncertainty import ranges_of, spread, unit_cube
from skyrack.studies import load_plan, open_study
from skyrack.studies.engines import Local
from skyrack.studies.methods import sobol_indices
from skyrack.studies.work import Work, evaluate

NAME = "suncatcher-81"


@pytest.fixture(scope="module")
def priced():
    return api.price(NAME, jobs=False)


@pytest.fixture(scope="module")
def pair(priced):
    return Pair(CostInputs(**priced["orbit"]["cost_inputs"]), CostInputs(**priced["ground"]["cost_inputs"]))


@given(st.floats(0.1, 10.0), st.floats(0.0, 10.0), st.floats(0.0, 10.0))
def test_a_triangle_has_its_ends_and_its_mode(low, more, further):
    mode, high = low + more, low + more + further
    shares = np.linspace(1e-9, 1.0 - 1e-9, 2001)
    values = spread(shares, low, mode, high)
    assert values.min() >= low * (1.0 - 1e-6)
    assert values.max() <= high * (1.0 + 1e-6)
    assert (np.diff(values) >= -1e-9).all()
    if more > 0.5 and further > 0.5 and high < 9.0 * low:
        heights, edges = np.histogram(values, 25)
        assert edges[heights.argmax()] <= mode + (high - low) / 12.0
        assert edges[heights.argmax() + 1] >= mode - (high - low) / 12.0


def test_triangle_against_its_closed_form():
    """Mean (low + mode + high) / 3; median above the mode: high - sqrt((high - low)(high - mode) / 2)."""
    values = spread((np.arange(200_000) + 0.5) / 200_000, 1.0, 2.0, 6.0)
    assert values.mean() == pytest.approx(3.0, rel=1e-6)
    assert np.median(values) == pytest.approx(6.0 - np.sqrt(10.0), rel=1e-5)


def test_every_driver_reads_what_it_writes(pair):
    for one in drivers().values():
        low, _, high = one.around(pair)
        middle = 0.5 * (low + high)
        assert float(np.asarray(one.read(one.write(pair, middle)))) == pytest.approx(middle, rel=1e-12), one.name


def test_samples_are_what_one_by_one_gives(pair):
    chosen = ranges_of(pair)
    cube = unit_cube("sobol", 8, len(chosen), 3)
    samples = evaluate(pair, chosen, cube)
    for k in range(8):
        alone = pair
        for name in chosen:
            alone = drivers()[name].write(alone, float(samples[name][k]))
        ratio = float(np.asarray(cost_ratio(alone.orbit, alone.ground)))
        assert samples["cost_ratio"][k] == pytest.approx(ratio, rel=1e-12)


def test_correlated_inputs_are_correlated():
    matrix = np.array([[1.0, 0.7], [0.7, 1.0]])
    cube = unit_cube("sobol", 4096, 2, 1, matrix)
    # Spearman's rank correlation of a Gaussian copula: 6 / pi asin(rho / 2)
    assert np.corrcoef(cube.T)[0, 1] == pytest.approx(6.0 / np.pi * np.arcsin(0.35), abs=0.02)
    with pytest.raises(InputError, match="contradict"):
        unit_cube("sobol", 16, 3, 1, np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]]))


def test_monte_carlo_with_both_designs_agrees(tmp_path):
    found = [
        api.study(NAME, {"method": method, "samples": 8192}, out=tmp_path / method).document["result"]
        for method in ("sobol", "latin-hypercube")
    ]
    for name in ("p05", "p50", "p95"):
        first, second = (one["quantiles"]["cost_ratio"][name] for one in found)
        assert first == pytest.approx(second, rel=0.02)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    changes = {"samples": 3000, "method": "latin-hypercube", "seed": 7}
    first, second, third = (
        api.study(NAME, changes | {"seed": seed}, out=tmp_path / str(number)).path / "samples.parquet"
        for number, seed in enumerate((7, 7, 8))
    )
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes() != third.read_bytes()


def test_sobol_indices_find_what_matters(priced, tmp_path):
    """Launch alone moves: its total index is 1 and all others are 0; the ratio grows with nothing else."""
    (tmp_path / "parts").mkdir()
    value = priced["orbit"]["cost_inputs"]["decay_per_year"]
    plan = load_plan(
        NAME,
        {
            "method": "sobol-indices",
            "samples": 512,
            "inputs": {"launch_price": None, "orbit_losses": {"low": value, "value": value, "high": value}},
        },
    )
    result, samples = sobol_indices(plan, priced, Work(tmp_path, Local(), lambda *_: None))
    rows = {row["name"]: row for row in result["indices"]}
    assert rows["launch_price"]["total"] == pytest.approx(1.0, abs=0.05)
    assert rows["launch_price"]["first"] == pytest.approx(1.0, abs=0.1)
    assert rows["orbit_losses"]["total"] == pytest.approx(0.0, abs=1e-9)
    assert len(samples["cost_ratio"]) == result["n_samples"] == 512 * 4


def test_tornado_uses_the_plans_ranges(tmp_path):
    plan = {"scenario": NAME, "method": "tornado", "inputs": {"launch_price": {"low": 0, "value": 100, "high": 5000}}}
    rows = api.study(plan, out=tmp_path / "t").document["result"]["sensitivity"]
    assert [row["name"] for row in rows] == ["launch_price"]
    assert rows[0]["low"] == 0.0
    assert rows[0]["ratio_at_high"] > rows[0]["ratio_at_low"]


def test_grid_over_keys_and_drivers(tmp_path):
    plan = {
        "scenario": NAME,
        "method": "grid",
        "inputs": {"design.life": {"values": ["3 years", "8 years"]}, "launch_price": {"values": [100, 1000]}},
    }
    done = api.study(plan, out=tmp_path / "g")
    samples = done.samples
    assert len(samples) == 4
    assert samples["design.life"].to_list() == ["3 years"] * 2 + ["8 years"] * 2
    by_price = samples.filter(samples["design.life"] == "8 years")["cost_ratio"].to_list()
    assert by_price[0] < by_price[1]
    direct = api.price(NAME, {"design.life": "8 years", "economics.launch_price": "100 USD/kg"}, jobs=False)
    assert by_price[0] == pytest.approx(direct["ratio"], rel=1e-9)


def test_pareto_front_is_beaten_by_none(tmp_path):
    pytest.importorskip("pymoo", reason="pymoo is not installed: pip install 'skyrack[pareto]'")
    done = api.study({"scenario": NAME, "method": "pareto", "designs": 30}, out=tmp_path / "p")
    samples = done.samples
    assert len(samples) == 30
    well = samples.filter(~samples["failed"])
    front = well.filter(well["on_front"])
    assert len(front) >= 1
    for mass, cost in front.select("kg_per_kw", "usd_per_kw_year").iter_rows():
        beats = well.filter((well["kg_per_kw"] < mass) & (well["usd_per_kw_year"] < cost))
        assert len(beats) == 0


def test_failed_samples_are_kept_counted_and_shown(tmp_path):
    """A satellite that no launcher lifts."""
    plan = {
        "scenario": NAME,
        "method": "grid",
        "inputs": {"buildout.satellite_mass": {"values": ["1 t", "200 t"]}, "launch_price": {"values": [100, 200]}},
    }
    done = api.study(plan, out=tmp_path / "f")
    result, samples = done.document["result"], done.samples
    assert result["n_failed"] == 2
    assert samples["failed"].to_list() == [False, False, True, True]
    assert "cannot lift" in result["reasons"][0]
    assert result["best"]["buildout.satellite_mass"] == "1 t"
    assert "2 samples failed" in (done.path / "report.html").read_text()
    assert "NaN" not in json.dumps(result)


def test_costs_that_cannot_be_count_as_failed(pair):
    dead = Pair(replace(pair.orbit, uptime_frac=0.0), pair.ground)
    with np.errstate(all="ignore"):
        samples = evaluate(dead, {"launch_price": (1.0, 2.0, 3.0)}, np.full((3, 1), 0.5))
    assert samples["failed"].all()


def test_a_damaged_piece_is_computed_again(priced, pair, tmp_path):
    (tmp_path / "parts").mkdir()
    chosen = ranges_of(pair)
    cube = unit_cube("sobol", 16_384, len(chosen), 1)
    work = Work(tmp_path, Local(), lambda *_: None)
    before = work.evaluate(pair, chosen, cube)
    file = sorted((tmp_path / "parts").iterdir())[0]
    file.write_bytes(file.read_bytes()[:1000])
    after = work.evaluate(pair, chosen, cube)
    np.testing.assert_array_equal(before["cost_ratio"], after["cost_ratio"])


def test_a_killed_study_goes_on_to_the_same_bytes(tmp_path):
    whole = api.study(NAME, {"samples": 65_536}, out=tmp_path / "whole")
    code = (
        "import sys\n"
        "from skyrack import api\n"
        "def wait_to_be_killed(done, total):\n"
        "    print(done, flush=True)\n"
        "    if done >= 0.25 * total:\n"
        "        sys.stdin.read()\n"
        f"api.study({NAME!r}, {{'samples': 65536}}, out=sys.argv[1], on_progress=wait_to_be_killed)\n"
    )
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        while int(process.stdout.readline()) < 0.25 * 65_536:
            pass
        os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(InputError, match="the study is incomplete"):
        open_study(folder)
    assert 0 < len(list((folder / "parts").glob("*.npz"))) < 8
    done = api.study(resume=folder)
    assert (done.path / "samples.parquet").read_bytes() == (whole.path / "samples.parquet").read_bytes()
    assert done.document["result"] == whole.document["result"]


def test_ray_gives_the_same_bytes(tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'skyrack[ray]'")
    code = (
        "import sys\n"
        "from skyrack import api\n"
        f"api.study({NAME!r}, {{'samples': 20000}}, out=sys.argv[1], engine='ray')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "ray")], check=True, capture_output=True, timeout=300)
    here = api.study(NAME, {"samples": 20_000}, out=tmp_path / "here")
    assert (tmp_path / "ray" / "samples.parquet").read_bytes() == (here.path / "samples.parquet").read_bytes()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"inputs": {"launch_pric": None}}, "did you mean 'launch_price'"),
        ({"inputs": {"launch_price": {"low": 10, "high": 5}}}, "upside down"),
        ({"inputs": {"launch_price": {"low": 1e6}}}, "upside down"),
        ({"inputs": {"design.life": None}}, "only a grid"),
        ({"method": "grid"}, "needs inputs"),
        ({"method": "grid", "inputs": {"launch_price": None}}, "needs 'values'"),
        ({"method": "grid", "inputs": {"launch_price": {"values": ["much"]}}}, "is not a number"),
        ({"method": "guess"}, "Input should be"),
        ({"samples": 1}, "greater than or equal to 2"),
        ({"correlated": [["launch_price", "mass", 1.5]]}, "above -1 and below 1"),
        ({"correlated": [["launch_price", "masses", 0.5]]}, "is not an input"),
        ({"sample": 5}, "unknown key"),
        ({"method": "sobol-indices", "correlated": [["launch_price", "mass", 0.5]]}, "does not draw"),
        ({"correlated": [["launch_price", "mass", 0.5], ["mass", "launch_price", -0.5]]}, "named twice"),
        ({"inputs": {"launch_price": {"low": -5}}}, "is not possible"),
        ({"inputs": {"orbit_losses": {"high": 1}}}, "is not possible"),
        ({"inputs": {"orbit_life": {"low": 0}}}, "is not possible"),
    ],
)
def test_bad_studies_get_one_sentence(changes, words, tmp_path):
    with pytest.raises(InputError, match=words) as caught:
        api.study({"scenario": NAME} | changes, out=tmp_path / "s")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"engine": "dask"}, "there are local and ray"),
        ({"address": "127.0.0.1:1"}, "belongs to --engine ray"),
        ({"engine": "ray", "address": "127.0.0.1:1"}, "nothing answers at 127.0.0.1:1"),
        ({"engine": "ray", "address": "nowhere"}, "is not an address"),
    ],
)
def test_bad_engines_get_one_sentence(asked, words, tmp_path):
    if asked.get("engine") == "ray":
        pytest.importorskip("ray", reason="Ray is not installed: pip install 'skyrack[ray]'")
    with pytest.raises(InputError, match=words):
        api.study(NAME, {"samples": 16}, out=tmp_path / "s", **asked)


def test_a_study_needs_one_thing_to_study(tmp_path):
    with pytest.raises(InputError, match="one of them"):
        api.study()
    with pytest.raises(InputError, match="none in orbit"):
        api.study("fairwater", out=tmp_path / "s")
    with pytest.raises(InputError, match="not the folder of a study"):
        api.study(resume=tmp_path)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    with pytest.raises(InputError, match="already in use"):
        api.study(NAME, {"samples": 16}, out=tmp_path / "used")
