"""Packages that fill slots: found, refused or left out, each with one sentence."""

import json

import pytest
from tests.packages import install, model_package, run_python, run_skyrack

from skyrack.core.errors import InputError
from skyrack.core.plugins import SLOTS, registered

POLICY = """
from typing import ClassVar
from skyrack.scenario.part import Part, Share


class Model(Part):
    name: ClassVar[str] = "{name}"
    share_frac: Share = 0.5

    def bounds_w(self, average_power_w, peak_power_w):
        return self.share_frac * average_power_w, peak_power_w

    @property
    def refill_s(self):
        return 1800.0
"""
LOAD = """
import json, sys
from skyrack import api
from skyrack.core.errors import InputError
try:
    scenario = api.load("suncatcher-81", json.loads(sys.argv[1])).scenario
    print(scenario.power_policy)
except InputError as error:
    print("refused:", error)
"""


def load(changes, *sites):
    done = run_python(LOAD, *sites, args=(json.dumps(changes),))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_a_model_of_another_package_is_used_like_a_built_in_one(tmp_path):
    site = model_package(tmp_path, "power_policy", "half", POLICY.format(name="half"))
    said, warned = load({"power_policy": {"model": "half", "share": "40 %"}}, site)
    assert said == "share_frac=0.4"
    assert warned == ""
    assert load({"power_policy": {"model": "half", "shere": 1}}, site)[0] == (
        "refused: --set: power_policy.shere: 'shere' is not a key of half; known are model, share"
    )


BROKEN = {
    "a module that is missing": ("import astropy_not_there", "No module named 'astropy_not_there'"),
    "an error of any kind": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "a module that leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "code that is none": ("class Model(:", "SyntaxError"),
    "no such class": ("", "has no attribute 'Model'"),
    "no class at all": ("Model = 3", "acme:Model is not a class"),
    "another name": (POLICY.format(name="other"), "its class calls itself 'other'"),
    "a promise not kept": (POLICY.format(name="half").replace("def bounds_w", "def limits_w"), "lacks bounds_w"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_package_that_fails_is_left_out_with_one_warning(tmp_path, case):
    code, why = BROKEN[case]
    site = model_package(tmp_path, "power_policy", "half", code)
    done = run_skyrack("show", "suncatcher-81", "--json", sites=(site,))
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    (warning,) = done.stderr.strip().splitlines()
    assert "the power_policy model 'half' (acme:Model) of the package acme 1.0" in warning
    assert why in warning
    assert warning.endswith("it is left out")
    said, _ = load({"power_policy": "half"}, site)
    assert said.startswith(
        "refused: --set: power_policy: the power_policy model 'half' (acme:Model) of the package acme"
    )
    assert why in said


def test_commands_that_use_no_slot_import_no_package(tmp_path):
    site = model_package(tmp_path, "power_policy", "half", "raise RuntimeError('imported')")
    done = run_skyrack("facts", "ai1", sites=(site,))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_of_ours_is_refused_with_both_packages(tmp_path):
    site = model_package(tmp_path, "power_policy", "floor", POLICY.format(name="floor"))
    said, _ = load({}, site)
    assert said.startswith("refused: the power_policy model 'floor' is supplied by two packages, skyrack ")
    assert " and acme 1.0; " in said
    assert run_skyrack("facts", "ai1", sites=(site,)).returncode == 0
    assert run_skyrack("show", "hyperscale", sites=(site,)).returncode == 0, "a campus has no power policy"


def test_a_name_of_two_packages_is_refused_with_both(tmp_path):
    one = model_package(tmp_path / "one", "power_policy", "half", POLICY.format(name="half"))
    two = model_package(
        tmp_path / "two", "power_policy", "half", POLICY.format(name="half"), package="bits", version="2"
    )
    said, _ = load({}, one, two)
    assert "the power_policy model 'half' is supplied by two packages, acme 1.0 and bits 2; uninstall one" in said


def test_slots_that_do_not_exist():
    with pytest.raises(InputError, match="'weather' is not a slot; known are battery"):
        registered("weather")


def test_one_package_may_fill_several_slots(tmp_path):
    pyproject = """
[project]
name = "acme"
version = "1.0"
[project.entry-points."skyrack.power_policy"]
half = "acme.policies:Half"
third = "acme.policies:Third"
"""
    code = POLICY.format(name="half").replace("class Model", "class Half")
    code += POLICY.format(name="third").replace("class Model", "class Third")
    site = install(tmp_path, pyproject, {"acme/__init__.py": "", "acme/policies.py": code})
    assert load({"power_policy": "third"}, site)[0] == "share_frac=0.5"


def test_every_slot_has_built_in_models():
    for slot in SLOTS:
        assert any(not one.supplier.is_outside for one in registered(slot).values()), slot


LAW = """
from skyrack.core.jit import law


@law
def rise(x):
    return x + {step}
"""
DRIVER = """
from acme.laws import rise
from skyrack.core.jit import driver


@driver
def climb(n):
    x = 0.0
    for _ in range(n):
        x = rise(x)
    return x
"""


def test_compiled_code_of_a_package_does_not_outlive_its_laws(tmp_path):
    """Numba looks at the file of a driver alone; a law in another file must count too."""
    pyproject = '[project]\nname = "acme"\nversion = "1.0"'
    site = install(tmp_path / "site", pyproject, {"acme/__init__.py": "", "acme/drivers.py": DRIVER})
    code = "from acme.drivers import climb; print(climb(3), sum(climb.stats.cache_hits.values()))"
    found = []
    for step in ("1.0", "1.0", "2.0"):
        (site / "acme" / "laws.py").write_text(LAW.format(step=step))
        done = run_python(code, site, more={"SKYRACK_CACHE_DIR": str(tmp_path / "cache")})
        found.append(done.stdout.split())
    assert found == [["3.0", "0"], ["3.0", "1"], ["6.0", "0"]]
