"""Runs: their folder, their figures, what happens to them when they are killed."""

import importlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from skyrack import api
from skyrack.core.errors import InputError
from skyrack.run.claims import Figures, check_claims
from skyrack.run.outputs import TIMINGS
from skyrack.scenario.schema import Claim


def steady(summary):
    """The summary without what differs from run to run."""
    return {key: value for key, value in summary.items() if key not in TIMINGS}


def test_a_run_leaves_a_whole_folder(tiny, tmp_path):
    run = api.simulate(tiny, out=tmp_path / "r")
    names = {path.name for path in run.path.iterdir()}
    assert names == {
        "scenario.yaml",
        "assumptions.json",
        "growth.json",
        "manifest.json",
        "summary.json",
        "fleet.parquet",
        "shells.parquet",
        "satellites.parquet",
        "sampled.parquet",
        "network.json",
        "radiation.json",
        "workload.json",
        "city_latency.parquet",
        "routes.parquet",
        "link_use.parquet",
        "downlink.parquet",
        "report.html",
    }
    assert run.folder.manifest["outcome"] == "complete"
    assert len(run.table("fleet")) == 4
    assert len(run.table("satellites")) == 2
    assert len(run.table("sampled")) == 2 * 20
    assert "Number of satellites" in run._repr_html_()


def test_the_tables_agree_with_the_summary(tiny, tmp_path):
    run = api.simulate(tiny, out=tmp_path / "r", report=False)
    fleet, satellites, summary = run.table("fleet"), run.table("satellites"), run.summary
    mean = (fleet["compute_power_w"] * fleet["interval_s"]).sum() / fleet["interval_s"].sum()
    assert mean == pytest.approx(summary["compute_power_mean_w"], rel=1e-6)
    assert satellites["compute_power_per_sat_mean_w"].sum() == pytest.approx(summary["compute_power_mean_w"], rel=1e-6)
    assert fleet["compute_power_w"].min() == pytest.approx(summary["compute_power_min_w"], rel=1e-9)
    assert abs(summary["energy_closure_frac"]) < 1e-4
    parts = ("compute_energy_j", "bus_energy_j", "curtailed_energy_j", "lost_energy_j", "stored_energy_j")
    assert sum(summary[part] for part in parts) == pytest.approx(summary["array_energy_j"], rel=1e-4)


def test_the_same_scenario_gives_the_same_summary(tiny, tmp_path):
    first = api.simulate(tiny, out=tmp_path / "a", report=False, threads=1).summary
    second = api.simulate(tiny, out=tmp_path / "b", report=False, threads=2).summary
    assert steady(first) == steady(second)


def test_claims_are_checked(tiny, tmp_path):
    claims = [
        {"statement": "two", "quantity": "n_sats", "value": 2, "source": "x"},
        {
            "statement": "warm",
            "quantity": "radiator_temp_max_k",
            "value": "500 K",
            "comparison": "at least",
            "source": "y",
        },
        {
            "statement": "shell",
            "quantity": "shells.pair.n_sats",
            "value": 2,
            "comparison": "at most",
            "source": "gs.cluster.n",
        },
        {"statement": "no job", "quantity": "training_days", "value": 4, "source": "z"},
    ]
    rows = api.simulate(tiny, overrides={"claims": claims}, out=tmp_path / "r", report=False).summary["claims"]
    assert [row["verdict"] for row in rows] == ["holds", "fails", "holds", "cannot be tested"]
    assert rows[1]["claimed"] == 500.0
    assert rows[2]["source"].startswith("Agüera y Arcas")


@pytest.mark.parametrize(("away_k", "holds"), [(4.9, True), (-4.9, True), (5.1, False), (-5.1, False)])
def test_a_temperature_is_about_so_within_five_kelvin(away_k, holds):
    claim = Claim(statement="warm", quantity="radiator_temp_mean_k", value=f"{293.15 + away_k} K", source="x")
    (row,) = check_claims([claim], "announced", {"announced": Figures({"radiator_temp_mean_k": 293.15}, [])})
    assert row.holds is holds
    assert row.ratio is None


def test_folders_that_cannot_be_used(tiny, tmp_path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "x").write_text("x")
    (tmp_path / "file").write_text("x")
    for place, words in (
        ("used", "already in use"),
        ("file", "already in use"),
        ("file/below", "is a file, not a folder"),
    ):
        with pytest.raises(InputError, match=words):
            api.simulate(tiny, out=tmp_path / place)
    with pytest.raises(InputError, match="not a run folder"):
        api.open_run(tmp_path)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a read-only file system such as Linux's /proc")
def test_a_read_only_place(tiny):
    with pytest.raises(InputError, match=r"read-only|not allowed|no folder can be made"):
        api.simulate(tiny, out="/proc/skyrack-run")


def test_a_full_disk_is_said_before_the_start(tiny, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 1000))
    with pytest.raises(InputError, match=r"needs about .* MB there"):
        api.simulate(tiny, out=tmp_path / "r")


def test_a_disk_that_fills_on_the_way(tiny, tmp_path, monkeypatch):
    import errno

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numpy.savez", full)
    with pytest.raises(InputError, match="the disk is full"):
        api.simulate(tiny, out=tmp_path / "r")
    assert json.loads((tmp_path / "r" / "manifest.json").read_text())["outcome"] == "running"


def test_too_little_memory_is_refused_with_the_number(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.import_module("skyrack.run.prepare"), "available_bytes", lambda: 1e6)
    with pytest.raises(InputError, match=r"need about 0\.4 GB of memory, 0\.0 GB are free"):
        api.simulate(tiny, out=tmp_path / "r")


YEAR = """
import sys
from skyrack.run.simulate import simulate
from skyrack.scenario import load
from pathlib import Path
simulate(load(sys.argv[1]), Path(sys.argv[2]), threads=1, checkpoint_s=0.0)
"""


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10))])
def test_a_killed_year_goes_on_to_the_same_bit(tiny, tmp_path, seed, undisturbed_year):
    import yaml

    scenario, expected = undisturbed_year
    file, folder = tmp_path / "year.yaml", tmp_path / "run"
    file.write_text(yaml.safe_dump(scenario))
    process = subprocess.Popen([sys.executable, "-c", YEAR, str(file), str(folder)], stderr=subprocess.DEVNULL)
    while not (folder / "manifest.json").exists():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(random.Random(seed).uniform(0.0, 1.2))
    process.send_signal(signal.SIGKILL)
    process.wait()
    if json.loads((folder / "manifest.json").read_text())["outcome"] != "complete":
        with pytest.raises(InputError, match="the run is incomplete; go on with"):
            api.open_run(folder)
    assert steady(api.resume(folder, report=False, threads=2).summary) == expected


@pytest.fixture(scope="module")
def undisturbed_year(tmp_path_factory):
    import yaml
    from tests.conftest import TESTS

    scenario = yaml.safe_load((TESTS / "tiny.yaml").read_text()) | {"span": "365 d", "output": "5 d"}
    run = api.simulate(scenario, out=tmp_path_factory.mktemp("year") / "run", report=False)
    return scenario, steady(run.summary)


def test_two_runs_compared(tiny, tmp_path):
    first = api.simulate(tiny, out=tmp_path / "a", report=False)
    second = api.simulate(tiny, out=tmp_path / "b", overrides={"satellite.solar_array.area": "10 m2"}, report=False)
    found = api.compare(first.path, second.path)
    assert found.keys == [("satellite.solar_array.area", "20.0 m**2", "10.0 m**2")]
    assert {"array_power_mean_w", "array_energy_j"} <= {row.name for row in found.rows}
    assert api.compare(first.path, first.path).rows == []
    assert "first" in found.as_dict()
    page = found._repr_html_()
    assert "<table>" in page
    assert " W</td>" in page or "kW</td>" in page  # with units, not bare numbers


def test_means_do_not_depend_on_the_length_of_a_record(tiny, tmp_path):
    found = [
        api.simulate(tiny, span="4 h", output=output, out=tmp_path / output[:2], report=False).summary
        for output in ("1 min", "96 min")
    ]
    for name in ("radiator_temp_mean_k", "electronics_temp_mean_k", "compute_power_mean_w", "sunlit_frac_mean"):
        assert found[0][name] == pytest.approx(found[1][name], rel=1e-5), name


def test_a_changed_scenario_is_not_resumed(tiny, tmp_path):
    run = api.simulate(tiny, out=tmp_path / "r", report=False)
    manifest = run.folder.manifest | {"outcome": "running"}
    run.folder.write_json("manifest.json", manifest)
    text = (run.path / "scenario.yaml").read_text()
    (run.path / "scenario.yaml").write_text(text.replace("satellites_per_plane: 2", "satellites_per_plane: 1"))
    with pytest.raises(InputError, match="was changed since the run began"):
        api.resume(run.path)


@pytest.mark.parametrize(("name", "content"), [("manifest.json", "[]"), ("manifest.json", "{"), ("fleet.parquet", "x")])
def test_damaged_folders_are_said_to_be_damaged(tiny, tmp_path, name, content):
    from skyrack.core.errors import RunError

    run = api.simulate(tiny, out=tmp_path / "r", report=False)
    (run.path / name).write_text(content)
    with pytest.raises(RunError, match=r"damaged|cannot be read"):
        api.write_report(run.path)


def test_a_damaged_checkpoint_is_said_to_be_damaged(tiny, tmp_path):
    from skyrack.core.errors import RunError

    run = api.simulate(tiny, out=tmp_path / "r", report=False)
    run.folder.write_json("manifest.json", run.folder.manifest | {"outcome": "running"})
    (run.path / "checkpoint").mkdir()
    (run.path / "checkpoint" / "state.npz").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(RunError, match="missing or damaged"):
        api.resume(run.path)


def test_an_unusable_device_leaves_no_folder(tiny, tmp_path):
    with pytest.raises(InputError, match="there are cpu and cuda"):
        api.simulate(tiny, out=tmp_path / "r", device="tpu")
    assert not (tmp_path / "r").exists()
