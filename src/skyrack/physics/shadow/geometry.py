"""Fraction of a step, or of an orbit, that a circular orbit spends in a shadow whose edge is given."""

import math
from typing import NamedTuple

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.jit import law


@law
def earth_angular_radius_rad(radius_m):
    """Half the angle that the Earth fills in the sky of a satellite at this distance from its centre."""
    return math.asin(EARTH_RADIUS_M / radius_m)


@law
def shadow_half_arc_squared(cos_beta, edge_cosine):
    """Square of half the arc of a circular orbit inside a shadow's edge, in turns squared; negative where it is missed.

    (acos(edge / cos(beta)) / 2 pi)^2, for an edge at a fixed angle from the anti-Sun direction, whose cosine is given. The
    arc is centred on the orbit's midnight. The square goes on smoothly beyond the beta angle where eclipses end, where the
    arc itself has a kink, so it can be interpolated. Reference: as `eclipse_frac`.
    """
    cosine = edge_cosine / max(cos_beta, 0.5 * edge_cosine)
    angle = math.acos(min(cosine, 1.0))
    return (angle * angle - 2.0 * max(cosine - 1.0, 0.0)) * (0.25 / (math.pi * math.pi))


@law
def shadow_half_arc(squared):
    """Half the arc, in turns, from its square; 0 where the orbit misses the shadow."""
    return math.sqrt(max(squared, 0.0))


class ShadowEdge(NamedTuple):
    """The shadow of one half of the Sun's light, as the steps of a satellite meet it; see `shadow_edge`."""

    reach_frac: float
    """Fraction that a step in the middle of the arc would have hidden, were the arc without end."""
    most_frac: float
    """The most that any step has hidden."""


@law
def shadow_edge(half_arc, step_turns):
    """Numbers that `mean_sunlight` needs of an arc that hides half of the Sun's light, for steps of this length.

    Two intervals, the arc and the step, overlap by the lesser of both their lengths and of half their lengths less the
    distance of their middles. Here that is counted in steps and halved, as each arc hides half of the light.
    """
    arc_steps = half_arc / step_turns
    return ShadowEdge(0.5 * arc_steps + 0.25, min(arc_steps, 0.5))


class Sunlight(NamedTuple):
    """The light of one step."""

    sunlit_frac: float
    """Share of full sunlight, mean over the step."""
    half_light_frac: float
    """Part of it received in half-light (penumbra), when one of the two edges hides the Sun."""


@law
def mean_sunlight(past_midnight, step_turns, early, late):
    """Sunlight that a satellite in a circular orbit receives over one whole step.

    `past_midnight` says where the satellite is in the middle of the step, in turns past its orbit's midnight, within two
    thirds of a turn either side, as no shadow reaches a third of a turn from midnight; it flies `step_turns` in the step.
    Each half of the Sun's light is hidden inside an arc about midnight, `early` the longer one (see `shadow_edge`). The
    arcs' share of the step is exact, so entries and exits lie where they belong inside the step.

    Valid: steps up to a tenth of an orbit, arcs that change little in a step.
    """
    away = abs(past_midnight) * (0.5 / step_turns)
    early_dark = max(min(early.most_frac, early.reach_frac - away), 0.0)
    late_dark = max(min(late.most_frac, late.reach_frac - away), 0.0)
    return Sunlight(1.0 - early_dark - late_dark, early_dark - late_dark)


@law
def eclipse_frac(beta_rad, earth_angular_radius_rad):
    """Share of a circular orbit inside a cylindrical shadow, for a Sun that stands still meanwhile.

    The closed form that the flight is checked against; the flight itself uses `mean_sunlight`.

    acos(cos(rho) / cos(beta)) / pi, zero beyond the critical beta angle; rho is the Earth's angular radius.

    Reference: Vallado, 4th ed., sec. 5.3.2; Cunningham, NASA TN D-1347 (1962).
    """
    cosine = math.cos(earth_angular_radius_rad) / math.cos(beta_rad)
    return math.acos(cosine) / math.pi if cosine < 1.0 else 0.0


@law
def critical_beta_rad(radius_m):
    """Beta angle beyond which a circular orbit has no eclipse by a cylindrical shadow: the Earth's angular radius.

    A closed form that the flight is checked against.

    Reference: as `eclipse_frac`, whose argument reaches 1 there.
    """
    return math.asin(EARTH_RADIUS_M / radius_m)
