"""The JSON Schema of a scenario: it accepts what Skyrack accepts, and lists the keys of every model."""

import json

import jsonschema
import pytest
import yaml
from tests.packages import model_package, run_python

from skyrack import api
from skyrack.core.plugins import SLOTS, models_of
from skyrack.scenario import dump_yaml, library_names, load

SHADOW = """
from typing import Annotated, ClassVar
from skyrack.scenario.part import Part, Unit


class Air(Part):
    height_m: Annotated[float, Unit("m", 0.0, 100e3)] = "12 km"


class Model(Part):
    name: ClassVar[str] = "airy"
    dark_air_m: Annotated[float, Unit("m", 0.0, 100e3)]
    layers: tuple[Air, ...] = ()

    def edge_cosines(self, geometry):
        return 0.4, 0.5
"""


def slots_of(schema):
    """Every field that names a model, by its slot."""
    if isinstance(schema, dict):
        if str(schema.get("description", "")).startswith("a model of the slot "):
            yield schema["description"].removeprefix("a model of the slot "), schema
        for inner in schema.values():
            yield from slots_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from slots_of(inner)


@pytest.fixture(scope="module")
def schema():
    found = api.schema()
    jsonschema.Draft202012Validator.check_schema(found)
    return found


@pytest.mark.parametrize("name", library_names())
def test_every_library_scenario_fits_its_schema(schema, name):
    jsonschema.validate(yaml.safe_load(dump_yaml(load(name).scenario)), schema)


def test_every_slot_lists_its_models_and_their_keys(schema):
    found = dict(slots_of(schema))
    assert set(found) == set(SLOTS) - {"published", "scheduling_policy"}
    for slot, field in found.items():
        bodies = {body["properties"]["model"]["const"]: body for body in field["oneOf"] if "properties" in body}
        assert set(bodies) == set(models_of(slot))
        for name, model in models_of(slot).items():
            keys = {str(key.alias) for key in model.model_fields.values()}
            assert set(bodies[name]["properties"]) == {"model", *keys}
            assert bodies[name]["additionalProperties"] is False
    share = next(body for body in found["power_policy"]["oneOf"] if body.get("title") == "Floor")["properties"]
    assert share["refill_time"]["unit"] == "second"
    assert share["refill_time"]["default"] == "30 min"


def test_a_model_needs_no_name_where_one_goes_without_saying(schema):
    (battery,) = dict(slots_of(schema))["battery"]["oneOf"]
    assert battery["required"] == ["capacity"]
    assert {"type": "string", "enum": ["conical", "cylindrical"]} in dict(slots_of(schema))["shadow"]["oneOf"]


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"power_policy": "floor"}, True),
        ({"power_policy": {"model": "floor", "share": 0.4}}, True),
        ({"power_policy": "flor"}, False),
        ({"power_policy": {"model": "floor", "shere": 0.4}}, False),
        ({"power_policy": {"model": "always-on", "share": 0.4}}, False),
        ({"power_policy": {"share": 0.4}}, False),
        ({"workload": {"training": {"method": "choose"}}}, True),
        ({"workload": {"training": {"method": {"model": "diloco", "workers": 4}}}}, True),
        ({"buildout": {"launchers": [{"vehicle": "starship-100t"}]}}, True),
        ({"buildout": {"launchers": [{"model": "doubling-cadence", "vehicle": "starship-100t"}]}}, True),
        ({"buildout": {"launchers": [{"model": "doubling-cadence"}]}}, False),
    ],
)
def test_the_schema_refuses_what_skyrack_refuses(schema, tiny, changes, fits):
    scenario = tiny | changes
    assert jsonschema.Draft202012Validator(schema).is_valid(scenario) == fits
    try:
        api.load(scenario)
    except api.InputError:
        assert not fits
    else:
        assert fits


def test_the_keys_of_an_outside_model_are_listed_with_their_units(tmp_path):
    site = model_package(tmp_path, "shadow", "airy", SHADOW)
    done = run_python("import json; from skyrack import api; print(json.dumps(api.schema()))", site)
    found = dict(slots_of(json.loads(done.stdout)))["shadow"]
    body = next(one for one in found["oneOf"] if "airy" in str(one.get("properties", {}).get("model")))
    assert body["properties"]["dark_air"]["unit"] == "meter"
    assert body["required"] == ["model", "dark_air"]
    assert {"type": "string", "enum": ["conical", "cylindrical"]} in found["oneOf"], "airy needs a key"
    validator = jsonschema.Draft202012Validator(json.loads(done.stdout))
    assert not list(validator.descend({"model": "airy", "dark_air": "12 km", "layers": [{"height": "1 km"}]}, found))
    assert list(validator.descend({"model": "airy", "dark_air": "12 km", "layers": [{"hight": "1 km"}]}, found))
