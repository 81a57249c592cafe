"""What other packages add to the catalogue: checked as our own is, never in place of somebody else's."""

import json
from importlib.resources import files

import pytest
from tests.packages import install, run_python, run_skyrack

from skyrack.catalogue.contributions import CONFIDENCES, read
from skyrack.core.errors import InputError
from skyrack.core.plugins import Supplier

ACME = Supplier("acme", "1.0")
FACT = "- {id: acme.x, value: 1, unit: kg, source: ACME report, confidence: primary}\n"
DEFAULT = "acme.share: {value: 0.5, source: ACME report, confidence: estimate, reason: Why not.}\n"
LAUNCHER = """
acme-1:
  title: ACME 1
  payload_kg: {value: 20000, fact: acme.x}
  volume_m3: {value: 200, source: ACME report, confidence: primary}
  price_usd_per_kg: {value: 2500, source: ACME report, confidence: primary}
  flights_per_year: {value: 24, source: ACME report, confidence: primary}
  success_frac: {value: 0.95, source: ACME report, confidence: primary}
"""


def folder(path, **contents):
    for name, text in contents.items():
        file = path / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return path


def test_our_own_catalogue_keeps_the_rules():
    found = read(ACME, files("skyrack.catalogue"))
    assert len(found.facts) > 300
    assert len(found.defaults) > 150


def test_a_catalogue_is_read(tmp_path):
    found = read(ACME, folder(tmp_path, facts=FACT, defaults=DEFAULT, parts__launchers=LAUNCHER))
    assert found.facts[0]["low"] is None
    assert found.defaults["acme.share"]["value"] == 0.5
    assert set(found.parts["launchers"]) == {"acme-1"}


@pytest.mark.parametrize(
    ("contents", "why"),
    [
        ({}, "it holds neither facts.yaml nor defaults.yaml nor parts/KIND.yaml"),
        ({"facts": "a: 1"}, "facts.yaml: a list of facts is needed"),
        ({"facts": FACT.replace(", source: ACME report", "")}, "facts.yaml: acme.x: the key 'source' is missing"),
        ({"facts": FACT.replace("primary", "sure")}, f"confidence 'sure'; accepted are {', '.join(CONFIDENCES)}"),
        ({"facts": FACT.replace("unit", "units")}, "facts.yaml: acme.x: the key 'unit' is missing"),
        ({"facts": "- {x: 1}"}, "facts.yaml: 0: the key 'confidence' is missing"),
        ({"defaults": "[1]"}, "defaults.yaml: a mapping of names is needed"),
        ({"defaults": "acme.share: 0.5"}, "defaults.yaml: acme.share: a mapping of names is needed"),
        ({"defaults": "acme.share: {value: 0.5, reason: No.}"}, "acme.share: a number needs its source"),
        (
            {"defaults": "acme.share: {value: 0.5, reason: No., fact: no.such}"},
            "'no.such' is not a fact of the catalogue",
        ),
        ({"defaults": DEFAULT.replace("value", "valeu")}, "the key 'value' is missing"),
        (
            {"defaults": DEFAULT.replace("reason", "low: 0.1, hig: 0.9, reason")},
            "'hig' is not a key; known are confidence",
        ),
        ({"parts__rockets": LAUNCHER}, "parts/rockets.yaml: there is no such kind of part; known are accelerators"),
        ({"parts__launchers": LAUNCHER}, "acme-1.payload_kg: 'acme.x' is not a fact of the catalogue"),
        (
            {"parts__launchers": LAUNCHER.replace("volume_m3", "volume_l"), "facts": FACT},
            "acme-1: the key 'volume_m3' is missing; all of our own launchers have it",
        ),
        (
            {"parts__launchers": LAUNCHER.replace("200,", "big,"), "facts": FACT},
            "acme-1.volume_m3: 'big' is not a number",
        ),
    ],
)
def test_a_catalogue_that_breaks_a_rule_is_said_so(tmp_path, contents, why):
    with pytest.raises(InputError) as caught:
        read(ACME, folder(tmp_path, **contents))
    assert why in str(caught.value)


def package(site, name="acme", **contents):
    pyproject = f"""
[project]
name = "{name}"
version = "1.0"
[project.entry-points."skyrack.catalogue"]
data = "{name}_data"
"""
    install(site, pyproject, {f"{name}_data/__init__.py": ""})
    folder(site / f"{name}_data", **contents)
    return site


LOOK = """
from skyrack import api
from skyrack.core.errors import InputError
from skyrack.catalogue import default_value
from skyrack.catalogue.parts import part
for look in (lambda: api.facts("acme.x")[0]["value"], lambda: default_value("acme.share"),
             lambda: part("launchers", "acme-1")["payload_kg"], lambda: api.load("suncatcher-81").scenario.name):
    try:
        print(look())
    except InputError as error:
        print("refused:", error)
    except IndexError:
        print("none")
"""


def test_facts_defaults_and_parts_are_found(tmp_path):
    site = package(tmp_path, facts=FACT, defaults=DEFAULT, parts__launchers=LAUNCHER)
    done = run_python(LOOK, site)
    assert done.stdout.splitlines() == ["1", "0.5", "20000.0", "suncatcher-81"], done.stderr
    assert done.stderr == ""


def test_a_catalogue_that_fails_is_left_out_with_one_warning(tmp_path):
    site = package(tmp_path, defaults=DEFAULT.replace("value", "valeu"))
    done = run_skyrack("show", "suncatcher-81", "--json", sites=(site,))
    assert done.returncode == 0
    json.loads(done.stdout)
    (warning,) = done.stderr.strip().splitlines()
    assert (
        "the catalogue 'data' (acme_data) of the package acme 1.0 cannot be used: defaults.yaml: acme.share:" in warning
    )
    said = run_python(LOOK, site).stdout.splitlines()
    assert said[1].startswith("refused: 'acme.share' is not a default of the catalogue; note that the catalogue 'data'")
    assert said[3] == "suncatcher-81"


@pytest.mark.parametrize(
    ("contents", "what"),
    [
        ({"facts": FACT.replace("acme.x", "ph.albedo")}, "the fact 'ph.albedo'"),
        ({"defaults": DEFAULT.replace("acme.share", "environment.albedo")}, "the default 'environment.albedo'"),
        (
            {"facts": FACT, "parts__launchers": LAUNCHER.replace("acme-1:", "falcon-9:")},
            "the part launchers: 'falcon-9'",
        ),
    ],
)
def test_a_name_of_ours_is_refused_with_both_packages(tmp_path, contents, what):
    said = run_python(LOOK, package(tmp_path, **contents)).stdout
    assert f"refused: {what} is supplied by two packages, skyrack " in said
    assert " and acme 1.0; " in said


def test_a_name_of_two_packages_is_refused_with_both(tmp_path):
    sites = [package(tmp_path / name, name, facts=FACT) for name in ("acme", "bits")]
    said = run_python(LOOK, *sites).stdout
    assert "refused: the fact 'acme.x' is supplied by two packages, acme 1.0 and bits 1.0; " in said
