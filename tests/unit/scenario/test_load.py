"""Every wrong input ends with one sentence: where, what was given, what is accepted."""

import copy

import pytest
import yaml

from skyrack.core.errors import InputError
from skyrack.orbits.layout import lay_out
from skyrack.scenario import assumptions_of, dump_yaml, json_schema, library_names, load


@pytest.mark.parametrize("name", library_names())
def test_library_scenarios_load_and_survive_a_round_trip(name):
    scenario = load(name).scenario
    assert load(yaml.safe_load(dump_yaml(scenario))).scenario == scenario
    assert lay_out(scenario).n_sats == scenario.n_sats


@pytest.mark.parametrize("name", library_names())
def test_every_number_of_the_library_has_a_source(name):
    for row in assumptions_of(load(name)):
        assert row.source != "not stated", f"{name}: {row.path}"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("satellite.battery.capacitee", "3 kWh", "unknown key; did you mean 'capacity'"),
        ("satelite", {}, "unknown key; did you mean 'satellite'"),
        ("satellite.battery.capacity", "20 kW", "is a power, but an energy is needed, for example '60 kWh'"),
        ("satellite.battery.capacity", 3, "has no unit"),
        ("satellite.battery.capacity", "-3 kWh", "is not possible"),
        ("satellite.battery.depth_limit", 1.5, "is not possible"),
        ("satellite.solar_array.area", "1e12 m2", "is not possible"),
        ("satellite.compute.average_power", "9 kW", "must not exceed 'peak_power'"),
        ("shells.pair.planes", 0, "greater than or equal to 1"),
        ("shells.pair.altitude", "100 km", "from 150 km up to 2500 km"),
        ("shells.pair.altitude", "-10 km", "from 150 km up to 2500 km"),
        ("shells.pair.inclination", "400 deg", "is not possible"),
        ("shells.pair.kind", "sun-synchronous", "needs 'local_time'"),
        ("shells.pair.phasing", 7, "below the number of planes"),
        ("shells.pair.satellites_per_plane", 10**9, "accepted are up to 20,000,000"),
        ("shells", [], "nothing flies"),
        ("step", "7 s", "whole number of steps"),
        ("step", "0 s", "is not possible"),
        ("span", "10 s", "longer than 'span'"),
        ("output", "90 s", "whole number of steps"),
        ("epoch", 2027, "is not a date"),
        ("epoch", "tomorrow", "is not accepted"),
        ("epoch", "1890-01-01T00:00:00Z", "outside 1950-2100"),
        ("epoch", "2100-01-01T00:00:00Z", "outside 1950-2100"),
        ("satellite.radiator.edge_on_to_sun", "no", "it should be true or false"),
        ("shells.pair.phasing", True, "is not accepted"),
        ("satellite.bus_power", "!!int x", "the tag 'tag:yaml.org,2002:int' is not accepted"),
        ("satellite.bus_power", "!!map 4", "the tag 'tag:yaml.org,2002:map' is not accepted"),
        ("extends", "spacex-million", "only a file can say what it extends"),
        ("power_policy", "always", "known are always-on, floor, follow-sun"),
        (
            "power_policy",
            {"model": "floor", "shere": 0.3},
            "'shere' is not a key of floor; known are model, share, refill_time",
        ),
        ("environment", {"shadow": "elliptic"}, "known are conical, cylindrical"),
        ("claims", [{"statement": "abc", "quantity": "warp", "value": 1, "source": "x"}], "'warp' is not a quantity"),
        (
            "claims",
            [{"statement": "abc", "quantity": "compute_power_mean_w", "value": "3 K", "source": "x"}],
            "is a temperature",
        ),
    ],
)
def test_wrong_values(tiny, path, value, words):
    from skyrack import api

    with pytest.raises(InputError) as caught:
        api.load(tiny, {path: value})
    message = str(caught.value)
    assert words in message
    assert "\n" not in message


def test_a_step_longer_than_a_tenth_of_an_orbit(tiny):
    with pytest.raises(InputError, match="600 s is longer than a tenth of an orbit of shell 'pair'"):
        lay_out(load(tiny, {"step": "10 min", "output": "10 min"}).scenario)


def test_the_sentence_names_file_line_and_path(tmp_path, tiny):
    changed = copy.deepcopy(tiny)
    changed["satellite"]["battery"] = {"capacity": "20 kW"}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(changed, sort_keys=False))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "20 kW" in text)
    with pytest.raises(InputError, match=rf"mine\.yaml:{line}: satellite\.battery\.capacity: '20 kW' is a power"):
        load(file)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("a: [1, 2", "not valid YAML"),
        ("a: b: c", "not valid YAML"),
        ("- 1\n- 2\n", "a scenario is a mapping"),
        ("name: !!python/object/apply:os.system ['true']", "the tag"),
        ("a: &x [1]\nb: *x", "YAML alias"),
        ("a: &x [*x]", "YAML alias"),
        ("name: x\nname: y", "given twice"),
        ("[" * 5000, "nested more than"),
        ("{a: " * 100, "nested more than"),
        ("x: " + "y" * 1_100_000, "accepted are up to 1,000,000"),
        ("? [1]\n: 2", "must be a plain word"),
        ("extends: loop.yaml\nname: x", "leads back to itself"),
        ("extends: nothere\nname: x", "there is no such scenario"),
        ("extends: fairwater\nname: x # in loop.yaml: nothere", "a campus on the ground, not a scenario"),
        ("name: !!float x", "the tag"),
        ("extends: 7\nname: x", "is not the name or file"),
    ],
)
def test_broken_files(tmp_path, text, words):
    file = tmp_path / "loop.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        load(file)
    assert any(named in str(caught.value) for named in ("loop.yaml", "nothere", "fairwater"))


def test_a_long_chain_of_files_is_no_circle(tmp_path):
    for number in range(12):
        (tmp_path / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml")
    with pytest.raises(InputError, match="the end of a chain of more than 10"):
        load(tmp_path / "0.yaml")


def test_a_run_may_not_leave_the_years_in_which_the_sun_is_known(tiny):
    span = {"span": "3 years", "step": "60 s", "output": "1 d"}
    load(tiny, span | {"epoch": "2097-01-01T00:00:00Z"})
    with pytest.raises(InputError, match="ends beyond 2100"):
        load(tiny, span | {"epoch": "2099-01-01T00:00:00Z"})


def test_binary_and_missing_files(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        load(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="cannot be read as text"):
        load(tmp_path / "b.yaml")


def test_numbers_and_words_mean_what_they_say(tmp_path):
    from skyrack.scenario.yaml_text import parse_yaml

    data, lines = parse_yaml("a: 1e6\nb: no\nc: 12:30\nd: 2027-01-01\ne: true\nf: 0x10\ng: ~\nh: 1_000", "x")
    assert data == {"a": 1e6, "b": "no", "c": "12:30", "d": "2027-01-01", "e": True, "f": "0x10", "g": None, "h": 1000}
    assert lines[("c",)] == 3


def test_overrides_reach_into_lists_by_name_and_by_number(tiny):
    assert load(tiny, {"shells.pair.altitude": "600 km"}).scenario.shells[0].altitude_m == 600e3
    assert load(tiny, {"shells.0.altitude": "600 km"}).scenario.shells[0].altitude_m == 600e3
    with pytest.raises(InputError, match="there is no 'pear'; known are pair"):
        load(tiny, {"shells.pear.altitude": "600 km"})


def test_a_shell_may_change_its_satellite(tiny):
    changed = load(tiny, {"shells.pair.satellite.bus_power": "500 W"}).scenario
    assert changed.shells[0].satellite.bus_power_w == 500.0
    assert changed.shells[0].satellite.compute == changed.satellite.compute
    assert changed.satellite.bus_power_w == 300.0


def test_the_input_mapping_is_left_alone(tiny):
    before = copy.deepcopy(tiny)
    load(tiny, {"shells.pair.altitude": "600 km", "shells.pair.satellite.bus_power": "500 W"})
    assert tiny == before


def test_origins_and_confidence(tiny):
    rows = {row.path: row for row in assumptions_of(load(tiny, {"satellite.bus_power": "200 W"}))}
    assert rows["satellite.bus_power"].origin == "--set"
    assert rows["satellite.solar_array.packing"].origin == "default"
    assert rows["satellite.solar_array.packing"].confidence == "primary"
    assert rows["satellite.solar_array.wear_per_year"].high == "0.06"


def test_schema_gives_units(tiny):
    schema = json_schema()
    battery = schema["$defs"]["Satellite"]["properties"]["battery"]["oneOf"][0]["properties"]
    assert battery["capacity"]["unit"] == "joule"
    assert schema["additionalProperties"] is False
