"""How much of a step, or of an orbit, a circular orbit spends in a shadow whose edge is given."""

import math
from typing import NamedTuple

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.law import law

TINY = 1e-20
"""Keeps a root from being divided by zero. x (1 / sqrt(x)) is sqrt(x), and processors are quicker with the reciprocal."""


@law
def earth_angular_radius_rad(radius_m):
    """Half the angle that the Earth fills in the sky of a satellite at this distance from its centre."""
    return math.asin(EARTH_RADIUS_M / radius_m)


@law
def _dark_span(step_rate, parabola, edge_bend, half_step_bend):
    """Time behind one edge during a step, as the distance between the roots of a parabola, scaled by its bend."""
    discriminant = max(parabola - edge_bend, 0.0)
    spread = discriminant * (1.0 / math.sqrt(discriminant + TINY))
    after_middle = min(max(spread - step_rate, -half_step_bend), half_step_bend)
    before_middle = min(max(spread + step_rate, -half_step_bend), half_step_bend)
    return after_middle + before_middle


class Sunlight(NamedTuple):
    """The light of one step."""

    frac: float
    """Share of full sunlight, mean over the step."""
    half_frac: float
    """Share of the step in half-light, when only one of the two edges hides the Sun."""


@law
def mean_sunlight(cos_sun, cos_sun_rate, step_angle_rad, early_edge_cosine, late_edge_cosine):
    """Sunlight that a satellite in a circular orbit receives over one whole step.

    `cos_sun` and `cos_sun_rate` (per radian flown) belong to the middle of the step, `step_angle_rad` is the angle flown
    in it. Along the step the cosine follows its parabola, so entries and exits are placed inside the step (to 0.1 s at 60
    s steps) instead of being rounded to its ends.

    Valid: steps up to a tenth of an orbit, at most one entry and one exit in a step.
    """
    bend = step_angle_rad * step_angle_rad * early_edge_cosine
    step_rate = cos_sun_rate * step_angle_rad
    parabola = step_rate * step_rate - (2.0 * bend) * cos_sun
    early = _dark_span(step_rate, parabola, 2.0 * bend * early_edge_cosine, 0.5 * bend)
    late = _dark_span(step_rate, parabola, 2.0 * bend * late_edge_cosine, 0.5 * bend)
    return Sunlight(1.0 - (early + late) * (0.5 / bend), (early - late) * (1.0 / bend))


@law
def eclipse_frac(beta_rad, earth_angular_radius_rad):
    """Share of a circular orbit inside a cylindrical shadow, for a Sun that stands still meanwhile.

    acos(cos(rho) / cos(beta)) / pi, zero beyond the critical beta angle; rho is the Earth's angular radius.

    Reference: Vallado, 4th ed., sec. 5.3.2; Cunningham, NASA TN D-1347 (1962).
    """
    cosine = math.cos(earth_angular_radius_rad) / math.cos(beta_rad)
    return math.acos(cosine) / math.pi if cosine < 1.0 else 0.0


@law
def critical_beta_rad(radius_m):
    """Beta angle beyond which a circular orbit has no eclipse by a cylindrical shadow: the Earth's angular radius.

    Reference: as `eclipse_frac`, whose argument reaches 1 there.
    """
    return math.asin(EARTH_RADIUS_M / radius_m)
