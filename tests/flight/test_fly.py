"""The verb: a flight from a scenario to its report, and one sentence for each wrong input."""

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.flights import needs_torch
from tests.models import network_of

import skyrack
from skyrack.core.errors import InputError
from skyrack.flight.listing import list_flights
from skyrack.network.satellite_routes import routes_between
from skyrack.run.flight_timeline import plan_flight
from skyrack.scenario import load

SCRIPT = Path(__file__).parent / "scripts" / "train.py"
COMMAND = [str(Path(sys.executable).parent / "torchrun"), "--nproc-per-node", "2", str(SCRIPT)]


def fly(*options, command=COMMAND, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "skyrack.cli", "fly", *map(str, options), "--", *map(str, command)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        timeout=300,
    )


@needs_torch
@pytest.mark.slow
def test_flight_from_scenario_to_report_and_comparison(tmp_path):
    options = ["suncatcher-81", "--satellites", "2", "--as", "llama-3.1-70b", "--replay", "9,81", "--json"]
    done = fly(*options, "--out", tmp_path / "a", command=[*COMMAND, tmp_path / "wa"])
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["is_complete"]
    assert found["figures"]["n_steps"] == 12
    assert [side["nodes"] for side in found["replays"]] == [2, 9, 81]
    assert sum(found["flown"]["phases_s"].values()) == pytest.approx(found["flown"]["virtual_s"], rel=1e-9)
    page = (tmp_path / "a" / "report.html").read_text()
    assert "81 satellites, replayed" in page
    assert "Llama 3.1 70B" in page
    again = fly("suncatcher-81", "--satellites", "2", "--out", tmp_path / "a", command=[*COMMAND, tmp_path / "wb"])
    assert again.returncode == 2
    assert "the folder is already in use; name another one with --out" in again.stderr
    ground = fly(*options[:5], "--on-ground", "--out", tmp_path / "b", command=[*COMMAND, tmp_path / "wb"])
    assert ground.returncode == 0, ground.stderr
    assert (tmp_path / "wa.0").read_text() == (tmp_path / "wb.0").read_text()
    compared = skyrack.compare(tmp_path / "a", tmp_path / "b").as_dict()
    assert compared["figures"][0]["name"] == "virtual_s"
    assert compared["figures"][0]["second"] == pytest.approx(found["replays"][0]["virtual_s"], rel=1e-9)
    rows = list_flights(tmp_path)
    assert {row.id: row.state for row in rows} == {"a": "complete", "b": "complete"}
    assert rows[0].satellites == (0, 1)
    assert len(rows[0].time_s) == 12
    with pytest.raises(InputError, match="a flight's"):
        skyrack.open_run(tmp_path / "a")


WRONG = [
    (["tiny", "--satellites", "2"], ["no-such-command"], "this command is not found"),
    (
        ["tiny", "--satellites", "2", "--mode", "guessed"],
        COMMAND,
        "--mode guessed: accepted are counted, cpu-time, recorded",
    ),
    (["tiny", "--satellites", "2", "--mode", "recorded"], COMMAND, "name the folder of an earlier flight"),
    (
        ["tiny", "--satellites", "2", "--collectives", "star"],
        COMMAND,
        "--collectives star: accepted are auto, ring, tree",
    ),
    (["tiny", "--satellites", "2", "--signal", "SIGNAL"], COMMAND, "--signal SIGNAL: accepted are names of signals"),
    (["tiny", "--satellites", "2", "--replay", "1"], COMMAND, "accepted are more satellites than the 2 that fly"),
    (["tiny", "--satellites", "2", "--replay", "many"], COMMAND, "accepted are whole numbers separated by commas"),
    (["tiny", "--satellites", "2", "--faults", "xx"], COMMAND, "--faults xx: accepted is x and a number above zero"),
    (
        ["tiny", "--satellites", "2", "--faults", "none.yaml"],
        COMMAND,
        "accepted are none, rates, a multiple such as x1000",
    ),
    (["tiny", "--satellites", "2", "--faults", "rates", "--on-ground"], COMMAND, "leave one of the two out"),
    (["tiny", "--satellites", "999"], COMMAND, "accepted are 1 to 512"),
    (["tiny", "--satellites", "99"], COMMAND, "--satellites: 99 are asked for"),
    (["tiny", "--satellites", "2", "--tokens", "1e6"], COMMAND, "name it with --as"),
    (["tiny", "--satellites", "2", "--notice", "banana"], COMMAND, "--notice: "),
    (["tiny", "--satellites", "2", "--span", "5 kg"], COMMAND, "--span: '5 kg' is a mass, but a time is needed"),
    (["tiny", "--satellites", "2", "--span", "1 s"], COMMAND, "accepted is from 60 s to 366 days"),
    (["tiny", "--satellites", "2", "--shell", "nowhere"], COMMAND, "'nowhere' is not one of the shells"),
    (["tiny", "--satellites", "2", "--as", "llama-9"], COMMAND, "llama-9"),
    (["tiny", "--satellites", "2", "--as", "llama-3.1-8b", "--mode", "cpu-time"], COMMAND, "leave --mode cpu-time out"),
    (["tiny", "--satellites", "2", "--as", "llama-3.1-8b", "--tokens", "0"], COMMAND, "--tokens 0"),
    (["abilene", "--satellites", "2"], COMMAND, "is a campus on the ground"),
]


@needs_torch
@pytest.mark.parametrize(("options", "command", "sentence"), WRONG, ids=lambda value: str(value)[:60])
def test_wrong_input_gets_one_sentence(tmp_path, options, command, sentence):
    tiny = Path(__file__).parents[1] / "tiny.yaml"
    given = [str(tiny) if option == "tiny" else option for option in options]
    done = fly(*given, "--out", tmp_path / "f", command=command)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert len([line for line in done.stderr.splitlines() if "computing the conditions" not in line]) == 1
    assert not (tmp_path / "f").exists()


@pytest.mark.skipif(shutil.which("torchrun") is not None, reason="torchrun is on the path")
def test_missing_torch_is_one_sentence(tmp_path, monkeypatch):
    from skyrack.flight import launch

    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="a flight needs PyTorch, which is not installed"):
        launch.check_torch()


@pytest.mark.parametrize(
    ("version", "is_accepted"), [("2.12.1", False), ("2.13.0+cpu", True), ("2.15.0", True), ("2.16.0", False)]
)
def test_releases_of_torch(monkeypatch, version, is_accepted):
    from skyrack.flight import launch

    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(launch.importlib.metadata, "version", lambda name: version)
    if is_accepted:
        assert launch.check_torch() == version
    else:
        with pytest.raises(InputError, match=r"needs PyTorch 2\.13 or later, below 2\.16"):
            launch.check_torch()


def test_timeline_is_that_of_the_scenario():
    """Conditions are those of the flown satellites, links those of the network, and --begin shifts both."""
    early = plan_flight("starlink-v3-compute", {}, satellites=3, span_s=7200.0).timeline
    late = plan_flight("starlink-v3-compute", {}, satellites=3, begin_s=3600.0, span_s=3600.0).timeline
    assert early.satellites == late.satellites
    assert late.clock_frac == pytest.approx(early.clock_frac[60:], abs=1e-6)
    assert early.span_s == 7200.0
    assert 0.0 < early.sunlit_frac.mean() < 1.0
    assert (early.clock_frac[early.sunlit_frac == 0.0] < early.clock_frac.max()).all()


def test_routes_between_satellites_are_the_shortest():
    """Delays and hops against networkx on the same links."""
    import networkx

    from skyrack.physics.propagation_delay import light_time_s

    model = network_of(load("starlink-v3-compute").scenario)
    snapshot = model.at(0.0)
    chosen = [5, 17, 40, 300]
    found = routes_between(snapshot, np.array(chosen))
    graph = networkx.Graph()
    links = snapshot.links
    for (a, b), length_m, rate in zip(links.pairs.tolist(), links.range_m, links.rate_bit_per_s, strict=True):
        if rate > 0.0:
            graph.add_edge(a, b, weight=float(length_m), rate=float(rate))
    for row, a in enumerate(chosen):
        for column, b in enumerate(chosen):
            if row != column and networkx.has_path(graph, a, b):
                path = networkx.shortest_path(graph, a, b, weight="weight")
                edges = list(itertools.pairwise(path))
                metres = sum(graph.edges[edge]["weight"] for edge in edges)
                assert found.delay_s[row, column] == pytest.approx(float(light_time_s(metres)), rel=1e-9)
                assert found.hops[row, column] == len(edges)
                assert found.rate_bit_per_s[row, column] == min(graph.edges[edge]["rate"] for edge in edges)
            elif row != column:
                assert found.hops[row, column] == -1
