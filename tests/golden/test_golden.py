"""What moved, and by how much? Each built-in scenario's figures against those accepted last."""

import json
import math

import pytest

from skyrack import api
from skyrack.scenario import library_names
from tests.golden.golden import GOLDEN, LOOSE, TOLERANCE, golden_figures
from tests.golden.one_satellite import assert_one_satellite


def alike(key, value, accepted):
    if value is None or accepted is None:
        return value is accepted
    return math.isclose(value, accepted, rel_tol=LOOSE.get(key, TOLERANCE), abs_tol=1e-6)


QUICK = ("spacex-pilot-2027", "starcloud-5gw", "suncatcher-81")
"""Scenarios of few satellites; the others run with the slow tests."""
NAMES = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in library_names()]


@pytest.mark.parametrize("name", NAMES)
def test_figures_have_not_moved(name, tmp_path):
    accepted = json.loads((GOLDEN / f"{name}.json").read_text())
    run = api.simulate(name, out=tmp_path / "run")
    assert (run.path / "report.html").stat().st_size > 50_000  # every section that a built-in scenario has is drawn
    assert_one_satellite(run)
    now = golden_figures(run.summary)
    assert now.keys() == accepted.keys(), "figures came or went; look at 'make golden-diff', then 'make golden-accept'"
    moved = {key: (accepted[key], value) for key, value in now.items() if not alike(key, value, accepted[key])}
    assert not moved, "look at 'make golden-diff', then 'make golden-accept' if it is meant"
