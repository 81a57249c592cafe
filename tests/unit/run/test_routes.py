"""Latencies alone, from the door to the tables."""

import json

import polars as pl
import pytest
from tests.reference.test_network import kuiper_text

from skyrack import api
from skyrack.cli.main import app

FEW = {"cities": "Tokyo, London", "span": "10 min", "step": "5 min"}


@pytest.fixture(scope="module")
def tle(tmp_path_factory):
    """Hypatia's constellation without the line that counts its planes."""
    file = tmp_path_factory.mktemp("tle") / "My Kuiper.tle"
    file.write_text(kuiper_text().split("\n", 1)[1])
    return file


def test_a_file_of_elements_in_one_call(tle, tmp_path):
    found = api.route(tle, **FEW, paths=True, out=tmp_path / "r")
    routes = found.table()
    assert routes["time_s"].to_list() == [0.0, 300.0, 600.0]
    assert routes["rtt_ms"].is_between(60.0, 110.0).all()
    assert found.document["links"]["n"] == 2 * 1156  # planes found from the nodes make the same +Grid
    assert set(found.table("city_latency")["city"]) == {"Tokyo", "London"}
    path = found.table("paths").filter(pl.col("time_s") == 0.0)
    assert path["step"].to_list() == list(range(1, len(path) + 1))
    assert len(path) + 1 == routes["hops"][0]
    with pytest.raises(api.InputError, match="latencies alone"):
        api.open_run(found.path)
    with pytest.raises(api.InputError, match="already in use"):
        api.route(tle, **FEW, out=tmp_path / "r")


def test_planes_found_make_a_grid_as_good_as_planes_counted(tle, tmp_path):
    """Staggered planes leave a choice of side, so single ways may differ by a hop."""
    counted = tmp_path / "counted.tle"
    counted.write_text(kuiper_text())
    found, given = (api.route(file, **FEW, out=tmp_path / file.stem).table() for file in (tle, counted))
    assert (found["hops"] - given["hops"]).abs().max() <= 1
    assert (found["rtt_ms"] / given["rtt_ms"] - 1.0).abs().max() < 0.03


def test_a_scenario_with_a_file_of_cities(tmp_path):
    cities = tmp_path / "mine.csv"
    cities.write_text("name,latitude,longitude\nNorth,89.9,0\nHere,48.1,11.6\nThere,-33.9,151.2\n")
    found = api.route("starlink-v3-compute", cities=cities, span="5 min", step="5 min", out=tmp_path / "r")
    rows = found.table().filter(pl.col("from_city") == "North")
    assert rows["rtt_ms"].null_count() == len(rows) == 4
    assert set(rows["why_not"]) == {"no satellite in sight"}
    assert "North" in found.document["remarks"][-1]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("name,latitude\nx,1\n", "has the columns name, latitude and longitude .*, not 'name, latitude'"),
        ("name,latitude,longitude\n", "there is no city in it"),
        ("name,latitude,longitude\n,1,2\n", "line 2: the place has no name"),
        ("", "has the columns"),
        (
            "name,latitude,longitude\nx,95,1\n",
            "line 2: latitude '95' is not possible; accepted are degrees from -90 to 90",
        ),
        ("name,latitude,longitude\nx,north,1\n", "line 2: latitude 'north'"),
    ],
)
def test_wrong_files_of_cities(text, what, tmp_path):
    cities = tmp_path / "wrong.csv"
    cities.write_text(text)
    with pytest.raises(api.InputError, match=what):
        api.route("starlink-v3-compute", cities=cities, out=tmp_path / "r")


def test_wrong_files_of_elements(tmp_path):
    broken = tmp_path / "broken.tle"
    broken.write_text(kuiper_text().replace("51.9000", "51.9001", 1))
    with pytest.raises(api.InputError, match=r"broken\.tle: line 4: the checksum is"):
        api.route(broken, **FEW, out=tmp_path / "r")
    with pytest.raises(api.InputError, match="no such file"):
        api.route(tmp_path / "none.tle", **FEW, out=tmp_path / "r")


def test_the_command_line_says_the_same(tle, tmp_path, capsys):
    out = tmp_path / "r"
    app(
        [
            "route",
            str(tle),
            "--cities",
            "Tokyo, London",
            "--span",
            "10 min",
            "--step",
            "5 min",
            "--out",
            str(out),
            "--json",
        ],
        standalone_mode=False,
    )
    document = json.loads(capsys.readouterr().out)
    assert document["network"]["pairs"][0]["from_city"] == "Tokyo"
    assert document["figures"]["rtt_median_ms"] == pytest.approx(document["network"]["pairs"][0]["rtt_median_ms"])
    app(
        ["route", str(tle), "--cities", "Tokyo", "--span", "5 min", "--step", "5 min", "--out", str(tmp_path / "s")],
        standalone_mode=False,
    )
    assert "city_latency.parquet" in capsys.readouterr().out


def test_a_measured_constellation_flies_whole(tle, tmp_path):
    """Power, heat, network and report of real satellites."""
    lines = tle.read_text().splitlines()[: 3 * 68]
    scenario = {
        "extends": "starlink-v3-compute",
        "name": "real",
        "epoch": "2000-01-01T00:00:00Z",
        "span": "2 h",
        "shells": [],
        "catalogued": [{"name": "two-planes", "elements": "\n".join(lines) + "\n"}],
        "network": {"cities": ["London"], "step": "1 h"},
        "claims": [],
        "sources": {},
    }
    run = api.simulate(scenario, out=tmp_path / "run")
    assert run.summary["n_sats"] == 68
    assert 0.5 < run.summary["sunlit_frac_mean"] < 0.75
    assert run.summary["network_components"] == 1
    assert "The network" in (run.path / "report.html").read_text()
    again = api.load(run.path / "scenario.yaml").scenario
    assert again.n_sats == 68


def test_a_decayed_satellite_is_nobodys_neighbour(tle, tmp_path):
    """SGP4 gives up number 1 long before the last look: it is out of order, and said to be."""
    lines = tle.read_text().splitlines()
    text = lines[: 3 * 34]
    body = text[4][:53] + " 99999-0" + text[4][61:68]
    text[4] = body + str(sum(int(c) if c.isdigit() else c == "-" for c in body) % 10)
    low = text[5][:52] + "16.40000000    0"
    text[5] = low + str(sum(int(c) if c.isdigit() else c == "-" for c in low) % 10)
    file = tmp_path / "decay.tle"
    file.write_text("\n".join(text) + "\n")
    more = {"network.topology": "nearest"}
    found = api.route(file, more, cities="Tokyo, Quito", span="10 days", step="24 h", out=tmp_path / "r")
    assert any("SGP4 gave up" in remark for remark in found.document["remarks"])
    assert (found.table("city_latency")["rtt_ms"].drop_nulls() < 20.0).all()


def test_what_is_wrong_is_said_before_anything_flies(tmp_path):
    for wrong in ({"network.outages.lost": [4000]}, {"network.topology": {"model": "explicit", "links": [[0, 9999]]}}):
        with pytest.raises(api.InputError):
            api.check("starlink-v3-compute", wrong)
        with pytest.raises(api.InputError):
            api.simulate("starlink-v3-compute", overrides=wrong, out=tmp_path / "r")
        with pytest.raises(api.InputError):
            api.route("starlink-v3-compute", wrong, span="5 min", out=tmp_path / "r")
        assert not (tmp_path / "r").exists()
