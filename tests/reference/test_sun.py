"""The Sun against ERFA."""

import math
import warnings
from datetime import UTC, datetime

import numpy as np
import pytest

from skyrack.core.time import tt_since_j2000_s
from skyrack.physics.sun import sun_position
from tests.conftest import cases, source_of


@pytest.mark.parametrize("row", cases("sun_positions"), ids=lambda r: r["utc"])
def test_direction_and_distance(row, validate):
    moment = datetime.fromisoformat(row["utc"]).replace(tzinfo=UTC)
    theirs = np.array([float(row[axis]) for axis in ("x_au", "y_au", "z_au")])
    distance = float(np.linalg.norm(theirs))
    ours = sun_position(tt_since_j2000_s(moment))
    angle = math.degrees(math.acos(min(1.0, float(np.dot(ours[:3], theirs / distance)))))
    source = source_of("sun_positions")
    validate(f"Sun's direction, error on {row['utc'][:10]}", angle, 0.0, 0.01, "deg", source)
    validate(f"Sun's distance on {row['utc'][:10]}", ours.distance_au, distance, 1e-4, "au", source)


def test_over_the_whole_range():
    """Every 17 days of 1950-2100 against ERFA itself."""
    import erfa

    julian_days = 2_451_545.0 + np.arange(-50 * 365.25, 100 * 365.25, 17.3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ERFA warns of years far from its fit; 5 km are enough here
        heliocentric, _ = erfa.epv00(julian_days, 0.0 * julian_days)
    matrices = erfa.pmat06(julian_days, 0.0 * julian_days)
    theirs = np.einsum("nij,nj->ni", matrices, -heliocentric["p"])
    for julian_day, sun in zip(julian_days, theirs, strict=True):
        ours = sun_position((julian_day - 2_451_545.0) * 86_400.0)
        distance = np.linalg.norm(sun)
        assert np.dot(ours[:3], sun / distance) > math.cos(math.radians(0.007))
        assert abs(ours.distance_au - distance) < 2e-5
