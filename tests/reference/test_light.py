"""Light times to where data centers are talked of: anchor A16."""

import pytest

from skyrack.catalogue import facts
from skyrack.physics.propagation_delay import light_time_s

FACT = facts()
SOURCE = "facts.yaml anchor A16"


@pytest.mark.parametrize(
    ("name", "distance_km", "theirs", "unit_s"),
    [
        ("Moon", 384_400.0, float(FACT["mm.moon_oneway"].value), 1.0),
        ("Mars at its nearest", 54.6e6, float(FACT["mm.mars_oneway"].low), 60.0),
        ("Mars at its farthest", 401e6, float(FACT["mm.mars_oneway"].high), 60.0),
        ("first Lagrange point of the Moon", 326_400.0, float(FACT["mm.l1_oneway"].value), 1.0),
        ("satellite at 600 km overhead and back", 1200.0, 4.0e-3, 1.0),
    ],
)
def test_light_times(name, distance_km, theirs, unit_s, validate):
    unit = "min" if unit_s > 1.0 else "s"
    validate(
        f"light time, {name}", float(light_time_s(1e3 * distance_km)) / unit_s, theirs, 0.005 * theirs, unit, SOURCE
    )
