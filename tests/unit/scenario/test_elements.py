"""Reading measured satellites, and saying what is wrong with them."""

import json

import pytest

from skyrack.core.errors import InputError
from skyrack.orbits.layout import lay_out
from skyrack.scenario import dump_yaml, load
from skyrack.scenario.tle import read_elements

ISS = """ISS (ZARYA)
1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927
2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537
"""


def scenario(text=ISS, **more):
    return load(
        {
            "extends": "starlink-v3-compute",
            "epoch": "2008-09-21T00:00:00Z",
            "shells": [],
            "catalogued": [{"name": "iss", "elements": text} | more],
            "claims": [],
            "sources": {},
        }
    )


def test_names_and_epoch():
    found = read_elements(ISS)
    assert found.names == ("ISS (ZARYA)",)
    assert found.newest_epoch.isoformat().startswith("2008-09-20T12:25:40.104")
    assert read_elements("\n".join(ISS.splitlines()[1:])).names == ("25544",)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (ISS.replace("2927", "2928"), r"line 2: the checksum is '8', the characters before it add up to 7"),
        ("\n".join(ISS.splitlines()[:2]), "ends after the first line"),
        ("\n".join(ISS.splitlines()[2:]), "a second TLE line without a first one"),
        (
            ISS.replace("2 25544 ", "2 25545 ").replace("563537", "563538"),
            "satellite 25545 follows the first line of satellite 25544",
        ),
        (ISS.replace("563537", "56353"), "has 69 characters, this one has 68"),
        ("2 1\n" + ISS, "2 planes of 1 satellites are announced, 1 satellites follow"),
        (ISS + "1 25544U 98067A   08\n", "line 4: the text ends after the first line"),
        (ISS + "1 25544U 98067A   08\n2 25544  51\n", "line 4: a TLE line has 69 characters, this one has 20"),
        ("ONE\nTWO\n" + ISS, "line 2: the first line of a TLE is expected, 'TWO' is given"),
        (ISS + "LEFT OVER\n", "line 4: the text ends after the name 'LEFT OVER'"),
        ("nothing here\n", "there are no satellites in it"),
        ("[1, 2]\n", "an OMM is an object of fields"),
        ("{oops\n", "begins like JSON"),
        ('[{"OBJECT_NAME": "X"}]\n', "entry 1: the field '[A-Z_]+' is missing"),
        ("<!DOCTYPE x><ndm/>\n", "document type is not read"),
        ("OBJECT_NAME,MEAN_MOTION\nX,oops\n", "entry 1"),
    ],
)
def test_what_is_wrong_is_said(text, what):
    with pytest.raises(InputError, match=what):
        read_elements(text)
    with pytest.raises(InputError, match=r"catalogued\.0\.elements"):
        scenario(text)


def test_measured_satellites_are_laid_out_and_written_back():
    loaded = scenario()
    shell = lay_out(loaded.scenario).shells[0]
    assert shell.kind == "catalogued"
    assert shell.altitude_m == pytest.approx(352e3, abs=8e3)
    assert shell.n_sats == loaded.scenario.n_sats == 1
    import yaml

    again = load(yaml.safe_load(dump_yaml(loaded.scenario)))
    assert again.scenario == loaded.scenario


def test_an_epoch_far_from_the_run():
    far = load(
        {
            "extends": "starlink-v3-compute",
            "shells": [],
            "catalogued": [{"name": "iss", "elements": ISS}],
            "claims": [],
            "sources": {},
        }
    ).scenario
    with pytest.raises(InputError, match=r"'ISS \(ZARYA\)' are 6,90\d days from the run's epoch; accepted are 30"):
        lay_out(far)


def test_a_file_beside_the_scenario(tmp_path):
    (tmp_path / "iss.tle").write_text(ISS)
    text = dump_yaml(scenario().scenario)
    start = text.index("catalogued:")
    end = text.index("\nsatellite:", start)
    (tmp_path / "mine.yaml").write_text(text[:start] + "catalogued:\n- {name: iss, elements: iss.tle}" + text[end:])
    assert load(tmp_path / "mine.yaml").scenario.n_sats == 1
    (tmp_path / "iss.tle").unlink()
    with pytest.raises(InputError, match=r"mine\.yaml:\d+: there is no file .*iss\.tle"):
        load(tmp_path / "mine.yaml")


def test_planes_divide_and_orbits_are_low():
    with pytest.raises(InputError, match="must divide the number of satellites, 1"):
        scenario(planes=2)
    geo = json.dumps(
        [
            {
                "OBJECT_NAME": "GEO", "OBJECT_ID": "2008-001A", "EPOCH": "2008-09-20T12:00:00.000", "MEAN_MOTION": "1.0027",
                "ECCENTRICITY": "0.0001", "INCLINATION": "0.05", "RA_OF_ASC_NODE": "10", "ARG_OF_PERICENTER": "20",
                "MEAN_ANOMALY": "30", "NORAD_CAT_ID": "1", "BSTAR": "0", "MEAN_MOTION_DOT": "0", "MEAN_MOTION_DDOT": "0",
            }
        ]
    ) + "\n"  # fmt: skip
    with pytest.raises(InputError, match=r"'GEO' flies at 35,7.. km; accepted are orbits of 150 to 2,500 km"):
        lay_out(scenario(geo).scenario)


def test_nothing_flies():
    with pytest.raises(InputError, match="nothing flies; write 'shells' or 'catalogued'"):
        load({"extends": "starlink-v3-compute", "shells": [], "claims": [], "sources": {}})
