"""Whose code flew: what the manifest says of it, and that a run does not go on under another one."""

import json

import pytest
from tests.conftest import TESTS
from tests.packages import install, run_python

from skyrack import api
from skyrack.scenario import load
from skyrack.scenario.provenance import models_in_use, provenance_of

PYPROJECT = """
[project]
name = "acme-power"
version = "{version}"
[project.entry-points."skyrack.power_policy"]
half = "acme_power:Half"
[project.entry-points."skyrack.catalogue"]
acme = "acme_power.data"
"""
CODE = """
from typing import ClassVar
from acme_power.numbers import SHARE
from skyrack.scenario.part import Part


class Half(Part):
    name: ClassVar[str] = "half"

    def bounds_w(self, average_power_w, peak_power_w):
        return SHARE * average_power_w, peak_power_w

    @property
    def refill_s(self):
        return 1800.0
"""
FACTS = "- {id: acme.x, value: 1, unit: '-', source: ACME, confidence: primary}\n"
RUN = """
import json, sys
from pathlib import Path
import yaml
from skyrack import api
tiny = yaml.safe_load(Path(sys.argv[1]).read_text()) | {"power_policy": "half"}
run = api.simulate(tiny, out=sys.argv[2], report=False)
run.folder.write_json("manifest.json", run.folder.manifest | {"outcome": "running"})
print(json.dumps(run.folder.manifest))
"""
RESUME = """
import sys
from skyrack import api
from skyrack.core.errors import InputError
try:
    print(api.resume(sys.argv[1], report=False).summary["n_sats"])
except InputError as error:
    print("refused:", error)
"""


def package(site, *, share="0.5", facts=FACTS, version="1.0", more=None):
    files = {"acme_power/__init__.py": CODE, "acme_power/numbers.py": f"SHARE = {share}\n"}
    files |= {"acme_power/data/facts.yaml": facts, "acme_power/data/__init__.py": ""} | (more or {})
    return install(site, PYPROJECT.format(version=version), files)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A run under an outside policy that is to be gone on with, and its manifest."""
    folder = tmp_path_factory.mktemp("acme")
    done = run_python(RUN, package(folder / "site"), args=(str(TESTS / "tiny.yaml"), str(folder / "run")))
    assert done.returncode == 0, done.stderr
    return folder / "run", json.loads(done.stdout)


def test_the_manifest_names_every_model_with_its_package(interrupted):
    _, manifest = interrupted
    models = {row["key"]: row for row in manifest["models"]}
    assert models["power_policy"] == {
        "key": "power_policy",
        "slot": "power_policy",
        "model": "half",
        "package": "acme-power",
        "version": "1.0",
    }
    ours = manifest["versions"]["skyrack"]
    for key in ("environment.shadow", "environment.radiation", "satellite.battery", "satellite.radiator"):
        assert (models[key]["package"], models[key]["version"]) == ("skyrack", ours)
    for key in ("network.topology", "network.router", "buildout.launchers.0", "economics.cost_model"):
        assert models[key]["package"] == "skyrack"
    assert set(manifest["digests"]["packages"]) == {"acme-power"}
    assert set(manifest["digests"]["catalogues"]) == {"acme-power"}


CHANGED = {
    "a number in another file": (
        {"share": "0.4"},
        "the package acme-power, which supplies the power_policy model 'half', was changed since the run began",
    ),
    "a file of data": ({"more": {"acme_power/table.csv": "1,2\n"}}, "was changed since the run began"),
    "a version": ({"version": "1.1"}, "(version 1.0 then, 1.1 now); begin it anew"),
    "a fact": ({"facts": FACTS.replace("value: 1", "value: 2")}, "was changed since the run began"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_run_does_not_go_on_under_another_package(interrupted, tmp_path, case):
    changes, why = CHANGED[case]
    done = run_python(RESUME, package(tmp_path / "site", **changes), args=(str(interrupted[0]),))
    assert done.stdout.startswith(f"refused: {interrupted[0]}: "), done.stderr
    assert why in done.stdout


def test_a_run_does_not_go_on_without_its_package(interrupted):
    with pytest.raises(api.InputError, match="'half' is not a known model"):
        api.resume(interrupted[0])


def test_a_run_goes_on_under_the_same_package(interrupted, tmp_path):
    done = run_python(RESUME, package(tmp_path / "elsewhere"), args=(str(interrupted[0]),))
    assert done.stdout.strip() == "2", done.stderr


def test_a_run_does_not_go_on_with_another_catalogue(tiny, tmp_path):
    run = api.simulate(tiny, out=tmp_path / "r", report=False)
    manifest = run.folder.manifest | {"outcome": "running"}
    run.folder.write_json("manifest.json", manifest | {"digests": manifest["digests"] | {"catalogue": "another"}})
    with pytest.raises(api.InputError, match="Skyrack's catalogue was changed since the run began"):
        api.resume(run.path)
    run.folder.write_json("manifest.json", manifest | {"laws": "others"})
    with pytest.raises(api.InputError, match="begun by another version of Skyrack"):
        api.resume(run.path)


def test_a_method_left_to_skyrack_may_be_any():
    used = {one.registration.name for one in models_in_use(load("suncatcher-81").scenario) if "method" in one.key}
    assert used == {"decoupled", "diloco", "streaming-diloco", "synchronous"}
    given = load("suncatcher-81", {"workload.training.method": {"model": "diloco"}}).scenario
    assert [one.registration.name for one in models_in_use(given) if "method" in one.key] == ["diloco"]


def test_provenance_is_the_same_each_time():
    scenario = load("suncatcher-81").scenario
    assert provenance_of(scenario) == provenance_of(scenario)
    assert provenance_of(scenario)["digests"]["packages"] == {}
