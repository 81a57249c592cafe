"""Inputs of published calculations, changed from outside: with their units, within their ranges, or refused in a sentence."""

import json
import subprocess
import sys
from dataclasses import dataclass, fields
from typing import ClassVar

import pytest

from skyrack import api
from skyrack.core.errors import InputError
from skyrack.core.plugins import models_of
from skyrack.economics.published.inputs import inputs_of, with_changes
from skyrack.economics.published.mccalip import McCalip
from skyrack.economics.published.semianalysis import SemiAnalysis
from skyrack.economics.reconcile import cost, published_models, split_changes

MODELS = {name: model() for name, model in models_of("published").items()}


@pytest.mark.parametrize("name", MODELS)
def test_every_input_is_taken_back_as_it_is_written(name):
    """Each field is an input, and its published value with its unit is accepted and changes nothing."""
    model = MODELS[name]
    known = inputs_of(model)
    assert {one.field for one in known.values()} == {declared.name for declared in fields(model)}
    for one in known.values():
        assert one.parse(one.example) == pytest.approx(one.value, rel=1e-5)
        assert with_changes(model, {one.key: one.example}).results() == pytest.approx(model.results(), rel=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_every_input_with_a_unit_refuses_a_bare_number_and_another_unit(name):
    model = MODELS[name]
    for one in inputs_of(model).values():
        if one.unit:
            with pytest.raises(
                InputError, match=rf"^{name}\.{one.key}: .*has no unit; write the unit too, for example"
            ):
                with_changes(model, {one.key: 3.0})
        with pytest.raises(InputError, match=rf"^{name}\.{one.key}: .*for example"):
            with_changes(model, {one.key: "3 candela"})


@pytest.mark.parametrize("name", MODELS)
def test_every_input_is_used(name):
    """A small change of an input moves some figure."""
    model = MODELS[name]

    def figures(one):
        sides = [side for side in (one.orbit(), one.ground()) if side is not None]
        own = {
            "mccalip": McCalip.thermal,
            "semianalysis-2026": SemiAnalysis.plant,
            "semianalysis-mature": SemiAnalysis.plant,
        }
        own = own[name](one).values() if name in own else ()
        return [*one.results().values(), *(side.usd_per_kw_year for side in sides), *own]

    for one in inputs_of(model).values():
        factor = 0.99 if 1.01 * one.value > one.high else 1.01
        value = one.value * factor if one.value else 0.01
        changed = with_changes(model, {one.key: f"{value!r} {one.unit}".strip()})
        assert figures(changed) != figures(model), one.key


@pytest.mark.parametrize("name", MODELS)
def test_changed_calculations_translate_as_the_published_ones_do(name):
    """The account of the translation still comes to the cost by the calculation's own method."""
    for one in inputs_of(MODELS[name]).values():
        value = one.value * (0.9 if one.low == 0.0 else 1.0)
        changed = with_changes(MODELS[name], {one.key: f"{value!r} {one.unit}".strip()})
        for side in (changed.orbit(), changed.ground()):
            if side is not None:
                assert cost(side.inputs) == pytest.approx(side.usd_per_kw_year, rel=1e-9), one.key


def test_units_are_converted():
    changed = with_changes(
        McCalip(),
        {
            "launch_price": "20000 USD/t",
            "life": "120 months",
            "engineering_cost": "0 USD",
            "sun_fraction": "60 %",
            "gpu_failures": "0.015 /year",
            "die_temperature_limit": "358.15 K",
            "gas_price": "15 USD/MWh",
        },
    )
    assert changed.launch_usd_per_kg == pytest.approx(20.0)
    assert changed.years == pytest.approx(10.0, rel=1e-3)
    assert changed.nre_musd == 0.0
    assert changed.sun_fraction == pytest.approx(0.6)
    assert changed.gpu_failure_percent == pytest.approx(1.5)
    assert changed.max_die_c == pytest.approx(85.0)
    assert changed.gas_usd_per_mmbtu == pytest.approx(15.0 * 1055.06e6 / 3.6e9, rel=1e-4)


def test_a_price_of_launch_moves_what_is_launched_for_it():
    """spacedc-mdao prints a cost of launch; it is the price times a mass."""
    half = with_changes(MODELS["spacedc-mdao"], {"launch_price": "1500 USD/kg"})
    assert half.launch_usd == pytest.approx(237_774_746.4 / 2.0)
    assert half.results()["orbit_usd_per_year"] < MODELS["spacedc-mdao"].results()["orbit_usd_per_year"]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (
            "mccalip.lauch_price",
            "20 USD/kg",
            r"^mccalip\.lauch_price: there is no such input \(did you mean 'launch_price'\?\)",
        ),
        (
            "mccalip.xyz",
            "1",
            r"^mccalip\.xyz: there is no such input; accepted are life \(5 year\), .*launch_price \(500",
        ),
        ("mccalip.launch_price", "20", r"^mccalip\.launch_price: '20' has no unit; .*'500 USD/kg'$"),
        ("mccalip.launch_price", "20 USD/W", r"'20 USD/W' is .*, but in USD/kg is needed"),
        ("mccalip.launch_price", "-5 USD/kg", r"accepted is a number from 0 USD/kg, for example '500 USD/kg'$"),
        ("mccalip.pue", 0.9, r"accepted is a number from 1, for example '1.2'$"),
        ("mccalip.pue", True, r"True is not a number"),
        ("mccalip.life", "0.2 years", r"^mccalip: the calculation has no result with life 0\.2 years"),
        ("spacedc-mdao.factors.netwrk", 0.9, r"did you mean 'factors\.network'"),
        (
            "mcalip.launch_price",
            "20 USD/kg",
            r"'mcalip' is neither a key of a scenario nor .*; published calculations are epoch, mcc",
        ),
        ("mccalip", "20 USD/kg", r"write for example 'mccalip\.life=\"5 year\"'"),
    ],
)
def test_what_is_not_accepted_is_refused_in_a_sentence(path, value, sentence):
    with pytest.raises(InputError, match=sentence) as told:
        api.reconcile("spacex-million", {path: value})
    assert "\n" not in str(told.value)


def test_scenario_keys_and_inputs_are_told_apart():
    """`epoch` is a key of a scenario and the name of a calculation."""
    ours, theirs = split_changes(
        {"epoch": "2028-01-01T00:00:00Z", "epoch.it_life": "3 years", "economics.launch_price": "20 USD/kg"}
    )
    assert ours == {"epoch": "2028-01-01T00:00:00Z", "economics.launch_price": "20 USD/kg"}
    assert theirs == {"epoch": {"it_life": "3 years"}}


def test_models_without_changes_are_those_that_were_published():
    assert published_models({"mccalip": {"launch_price": "20 USD/kg"}})["epoch"] == MODELS["epoch"]
    assert published_models() == MODELS


@dataclass(frozen=True)
class Outside:
    """A calculation of another package that declares nothing."""

    name: ClassVar[str] = "outside"
    mass_kg: float = 100.0
    launch_usd_per_kg: float = 50.0
    share_frac: float = 0.5
    crew: float = 3.0

    def results(self):
        return {"usd": self.mass_kg * self.launch_usd_per_kg}

    def orbit(self):
        return None

    def ground(self):
        return None


def test_inputs_without_a_declaration_follow_from_their_names():
    known = inputs_of(Outside())
    assert {key: one.unit for key, one in known.items()} == {
        "mass": "kilogram",
        "launch": "USD/kilogram",
        "share": "",
        "crew": "",
    }
    assert with_changes(Outside(), {"mass": "2 t", "share": 0.7, "crew": 4}) == Outside(2000.0, 50.0, 0.7, 4.0)


def test_command_line_and_api_agree():
    changes = {"mccalip.launch_price": "20 USD/kg", "epoch.it_life": "3 years"}
    options = [word for path, value in changes.items() for word in ("--set", f"{path}={value}")]
    command = [sys.executable, "-m", "skyrack.cli", "reconcile", "openai-orbital", *options]
    printed = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout)
    found = api.reconcile("openai-orbital", changes)
    assert printed == json.loads(json.dumps(found))
    models = {model["name"]: model for model in found["models"]}
    assert models["mccalip"]["title"] == "McCalip's calculator, with launch_price 20 USD/kg"
    assert models["epoch"]["title"].endswith(", with it_life 3 year")
    assert models["starcloud"]["title"] == "Starcloud white paper"
    assert {"key": "launch_price", "value": 20.0, "published": 500.0, "unit": "USD/kg"} in models["mccalip"]["inputs"]
    expected = McCalip(launch_usd_per_kg=20.0)
    assert models["mccalip"]["results"] == expected.results()
    steps = found["walks"]["orbit"]
    assert next(step for step in steps if step["after"] == "mccalip")["usd_per_kw_year_after"] == pytest.approx(
        expected.orbit().usd_per_kw_year
    )
    refused = subprocess.run(
        [*command, "--set", "mccalip.launch_price=20"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
