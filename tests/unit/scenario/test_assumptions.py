"""Provenance: every value of a scenario is listed with where it comes from, the chosen models among them."""

from dataclasses import dataclass
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import Field, PlainSerializer

from skyrack import api
from skyrack.core.plugins import models_of
from skyrack.scenario import assumptions_of, load
from skyrack.scenario.assumptions import Default, Override, Sourced, Unsourced, origin_of
from skyrack.scenario.part import Part, Unit
from skyrack.scenario.written_keys import keys_of, shown

SLOTS = {
    "shadow": "environment.shadow",
    "radiation_environment": "environment.radiation",
    "power_policy": "power_policy",
    "topology": "network.topology",
    "router": "network.router",
    "training_method": "workload.training.method",
    "serving_policy": "workload.serving.policy",
    "cost_model": "economics.cost_model",
    "battery": "satellite.battery",
    "radiator": "satellite.radiator",
    "launcher": "buildout.launchers.0",
}
NEEDED = {
    "explicit": {"links": [[0, 1]]},
    "linear-fade": {"capacity": "3 kWh"},
    "two-sided": {"area_per_face": "4 m2", "heat_capacity": "9 kJ/K", "coupling": "100 W/K"},
    "doubling-cadence": {"vehicle": "starship-100t"},
}
LISTS = {"buildout.launchers.0": "buildout.launchers"}
MODELS = [(slot, model) for slot in SLOTS for model in models_of(slot)]


def test_every_slot_is_among_those_tested():
    groups = {group for group in entry_points().groups if group.startswith("skyrack.")}
    assert groups == {f"skyrack.{slot}" for slot in (*SLOTS, "published", "scheduling_policy")}


def rows_of(tiny, changes):
    return {row.path: row for row in assumptions_of(load(tiny, changes))}


@pytest.mark.parametrize(("slot", "model"), MODELS)
def test_the_chosen_model_of_a_slot_is_listed(tiny, slot, model):
    """As a mapping and as a name alone, with each of its keys in a row of its own."""
    path = SLOTS[slot]
    given = {"model": model, **NEEDED.get(model, {})}
    rows = rows_of(tiny, {LISTS[path]: [given]} if path in LISTS else {path: given})
    assert rows[path].value == model
    assert (rows[path].origin, rows[path].confidence) == ("--set", "given")
    fields = getattr(models_of(slot)[model], "model_fields", {}).values()
    keys = {str(field.alias) for field in fields if field.is_required() or field.default is not None}
    assert {row.removeprefix(f"{path}.") for row in rows if row.startswith(f"{path}.")} == keys
    if model not in NEEDED:
        assert rows_of(tiny, {path: model})[path].value == model


def test_keys_of_a_chosen_model_have_sources_of_their_own(tiny):
    rows = rows_of(tiny, {"power_policy": {"model": "follow-sun"}})
    assert rows["power_policy"].origin == "--set"
    refill = rows["power_policy.refill_time"]
    assert (refill.origin, refill.source, refill.confidence) == ("default", "Skyrack's choice", "estimate")
    given = rows_of(tiny, {"workload": {"training": {"method": {"model": "diloco", "workers": 4}}}})
    assert given["workload.training.method"].value == "diloco"
    assert (given["workload.training.method.workers"].value, given["workload.training.method.workers"].origin) == (
        "4",
        "--set",
    )
    assert given["workload.training.method.inner_steps"].origin == "default"


def test_a_model_that_is_left_out_is_listed_with_the_catalogues_source(tiny):
    rows = rows_of(tiny, {})
    for path in ("environment.shadow", "environment.radiation", "power_policy", "network.topology", "network.router"):
        assert rows[path].origin == "default"
        assert rows[path].source
        assert rows[path].value in models_of({at: slot for slot, at in SLOTS.items()}[path])


def test_a_model_that_goes_without_saying_is_listed_by_the_key_that_would_say_it(tiny):
    rows = rows_of(tiny, {})
    for path in ("satellite.battery.model", "satellite.radiator.model", "buildout.launchers.0.model"):
        assert rows[path].origin == "default"
        assert rows[path].source
    named = rows_of(tiny, {"satellite.battery.model": "linear-fade"})
    assert named["satellite.battery"].value == "linear-fade"
    assert "satellite.battery.model" not in named


def test_a_method_that_is_left_to_skyrack_says_so(tiny):
    assert rows_of(tiny, {"workload": {"training": {}}})["workload.training.method"].value == "choose"


def test_show_lists_the_method(tiny):
    found = api.show("suncatcher-81", {"workload.training": {"method": {"model": "diloco"}}})
    assert {"path": "workload.training.method", "value": "diloco"}.items() <= next(
        row for row in found["assumptions"] if row["path"] == "workload.training.method"
    ).items()


# --- models of other packages


class Refracting(Part):
    """A shadow with a key of its own."""

    name: ClassVar[str] = "refracting"
    dark_air_m: Annotated[float, Unit("m", 0.0, 1e5)] = Field(default="20 km")


@dataclass(frozen=True)
class Plain:
    """A model that is no Part."""

    name: ClassVar[str] = "plain"
    depth: float = 0.25


def written(model):
    keys = model.model_dump(mode="json", by_alias=True) if isinstance(model, Part) else vars(model)
    return {"model": model.name, **keys}


class Holder(Part):
    """A part with a plug-in field that nobody listed by hand."""

    shade: Annotated[Any, PlainSerializer(written)]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Refracting(), {"shade": "refracting", "shade.dark_air": "20000.0 m"}),
        (Plain(), {"shade": "plain", "shade.depth": 0.25}),
    ],
)
def test_a_plugin_field_is_known_by_what_it_writes(model, expected):
    keys = keys_of(SimpleNamespace(scenario=Holder(shade=model), given={}))
    assert {key.name: key.value for key in keys} == expected


# --- where a value comes from


@pytest.fixture
def origins(tiny):
    tiny["sources"] = {
        "satellite.battery.capacity": {"note": "a test"},
        "satellite.radiator": {"note": "of the whole radiator"},
    }
    loaded = load(tiny, {"satellite.bus_power": "200 W", "shells.pair.satellite.compute.peak_power": "3 kW"})
    return {key.name: origin_of(loaded, key) for key in keys_of(loaded)}


def test_a_value_of_the_user_is_an_override(origins):
    assert origins["satellite.bus_power"] == Override("200 W")
    assert origins["shells.pair.satellite.compute.peak_power"] == Override("3 kW")


def test_a_value_left_out_is_the_catalogues(origins):
    found = origins["satellite.solar_array.packing"]
    assert isinstance(found, Default)
    assert found.entry.path == "solar_array.packing"
    assert origins["shells.pair.satellite.solar_array.packing"] == found  # from the satellite of all


def test_a_source_stands_for_its_key_alone_or_for_a_part(origins):
    exact, around = origins["satellite.battery.capacity"], origins["satellite.radiator.coupling"]
    assert isinstance(exact, Sourced)
    assert isinstance(around, Sourced)
    assert (exact.text, exact.source.note, exact.is_exact) == ("3 kWh", "a test", True)
    assert (around.source.note, around.is_exact) == ("of the whole radiator", False)


def test_a_value_for_which_nobody_stands_is_unsourced(origins):
    assert origins["satellite.compute.average_power"] == Unsourced("2.5 kW", "given")
    assert origins["network.routed_cities"] == Unsourced("30", "default")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "none"),
        (["London", {"name": "Tokyo", "latitude": 1}], "London, Tokyo"),
        ([[0, 1], [1, 2]], "(0, 1), (1, 2)"),
        (list(range(100)), ", ".join(map(str, range(12))) + ", and 88 more"),
        ("12.34567890 km", "12.3457 km"),
        ({"a": 1.0, "b": "2 m"}, "a 1, b 2 m"),
    ],
)
def test_values_are_shown_for_people(value, text):
    assert shown(value) == text
