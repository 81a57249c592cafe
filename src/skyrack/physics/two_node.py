"""Two-node thermal model of electronics and radiator, advanced exactly in its linear part.

    C_e dT_e/dt = heat_e - G (T_e - T_r)
    C_r dT_r/dt = heat_r + G (T_e - T_r) - h T_r^4

The fourth power is linearised at a reference temperature at or above every temperature reached: its tangent joins the
linear part, which an exponential advances without error at any step; the small remainder enters by Heun's rule. The scheme
is of second order and stable at any step, because the remainder only ever weakens the damping of the tangent.

Reference: Hochbruck and Ostermann, Exponential integrators, Acta Numerica 19 (2010), sec. 2 (ETD2RK); the two-node model:
Gilmore, Spacecraft Thermal Control Handbook, 2nd ed., ch. 15.
"""

import math
from typing import NamedTuple

from skyrack.core.jit import law


class TwoNode(NamedTuple):
    """Constants of one step of the two-node model, from `two_node_constants`."""

    electronics_keeps: float
    electronics_from_radiator: float
    radiator_from_electronics: float
    radiator_keeps: float
    """Exponential of the linear part: fraction of each node's temperature above the reference that reaches each node."""
    electronics_k_per_w: float
    cross_k_per_w: float
    radiator_k_per_w: float
    """Warming at the end of the step for 1 W during it: electronics by own heat, either by the other's, radiator by own."""
    electronics_moment_k_per_w: float
    cross_moment_k_per_w: float
    radiator_moment_k_per_w: float
    """Warming for 1 W of first time moment: the mean over the step of heat times the time since its middle, in steps."""
    electronics_rest_k: float
    radiator_rest_k: float
    """Contribution of the reference temperature and the emission there to each node, independent of its temperature."""
    emission_w_per_k4: float
    """Emissivity times Stefan-Boltzmann constant times area of all faces."""
    reference_k: float
    """Temperature at which the fourth power is linearised."""


class Temperatures(NamedTuple):
    """Temperatures of both nodes."""

    electronics_k: float
    radiator_k: float


@law
def _moment_response(exponent):
    """Integral of exp(z (1/2 - t)) t over t from -1/2 to 1/2: response of a mode to the first time moment of heating."""
    if exponent > -1e-2:
        return -exponent / 12.0 - exponent * exponent / 24.0
    growth = math.exp(exponent)
    return (growth - 1.0) / (exponent * exponent) - 0.5 * (growth + 1.0) / exponent


@law
def two_node_constants(electronics_j_per_k, radiator_j_per_k, coupling_w_per_k, emission_w_per_k4, reference_k, step_s):
    """Exact solution of the linear part over one step, in closed form, from its two modes."""
    tangent_w_per_k = 4.0 * emission_w_per_k4 * reference_k * reference_k * reference_k
    a = -coupling_w_per_k / electronics_j_per_k
    b = coupling_w_per_k / electronics_j_per_k
    c = coupling_w_per_k / radiator_j_per_k
    d = -(coupling_w_per_k + tangent_w_per_k) / radiator_j_per_k
    middle = 0.5 * (a + d)
    split = math.sqrt(0.25 * (a - d) * (a - d) + b * c)
    slow_z, fast_z = (middle + split) * step_s, (middle - split) * step_s
    slow, fast = math.exp(slow_z), math.exp(fast_z)
    even, odd = 0.5 * (slow + fast), 0.5 * (slow - fast) / split
    ee, er = even + (a - middle) * odd, b * odd
    re, rr = c * odd, even + (d - middle) * odd
    # integral of the exponential over the step = M^-1 (exp(M step) - 1)
    determinant = a * d - b * c
    warm_ee = (d * (ee - 1.0) - b * re) / determinant
    warm_er = (d * er - b * (rr - 1.0)) / determinant
    warm_rr = (a * (rr - 1.0) - c * er) / determinant
    # a first time moment represents a linearly growing heat, whose mean of heat times time is a twelfth of its growth
    slow_moment, fast_moment = _moment_response(slow_z), _moment_response(fast_z)
    moment_even = 6.0 * step_s * (slow_moment + fast_moment)
    moment_odd = 6.0 * step_s * (slow_moment - fast_moment) / split
    reference_w = 0.25 * tangent_w_per_k * reference_k
    cross_k_per_w, radiator_k_per_w = warm_er / radiator_j_per_k, warm_rr / radiator_j_per_k
    return TwoNode(
        ee,
        er,
        re,
        rr,
        warm_ee / electronics_j_per_k,
        cross_k_per_w,
        radiator_k_per_w,
        (moment_even + (a - middle) * moment_odd) / electronics_j_per_k,
        b * moment_odd / radiator_j_per_k,
        (moment_even + (d - middle) * moment_odd) / radiator_j_per_k,
        reference_k * (1.0 - ee - er) - cross_k_per_w * reference_w,
        reference_k * (1.0 - re - rr) - radiator_k_per_w * reference_w,
        emission_w_per_k4,
        reference_k,
    )


@law
def beyond_tangent_w(radiator_k, node):
    """Emission of the radiator above the tangent at the reference temperature; never negative."""
    above = radiator_k - node.reference_k
    square_w = 6.0 * node.emission_w_per_k4 * node.reference_k * node.reference_k
    cube_w = 4.0 * node.emission_w_per_k4 * node.reference_k
    return above * above * (square_w + above * (cube_w + above * node.emission_w_per_k4))


class Coasted(NamedTuple):
    """State at the end of a step without heat from the electronics."""

    electronics_k: float
    radiator_k: float
    beyond_w: float
    """Emission of the radiator above its tangent at the start of the step."""


@law
def coast(electronics_k, radiator_k, surroundings_w, node):
    """Free response: temperatures at the end of a step without heat from the electronics, with the emission of its start."""
    beyond_w = beyond_tangent_w(radiator_k, node)
    net_w = surroundings_w - beyond_w
    return Coasted(
        node.electronics_rest_k
        + node.electronics_keeps * electronics_k
        + node.electronics_from_radiator * radiator_k
        + node.cross_k_per_w * net_w,
        node.radiator_rest_k
        + node.radiator_from_electronics * electronics_k
        + node.radiator_keeps * radiator_k
        + node.radiator_k_per_w * net_w,
        beyond_w,
    )


@law
def heat_room_w(coasted_electronics_k, limit_k, node):
    """Heat of the electronics during the step that brings them to their limit; negative if they exceed it without heat."""
    return (limit_k - coasted_electronics_k) / node.electronics_k_per_w


@law
def warm(coasted, electronics_w, radiator_w, electronics_moment_w, radiator_moment_w, node):
    """Forced response: temperatures at the end of the step with its heat, and the emission corrected for the warming.

    Heats are means over the step. Their first time moments (mean of heat times the time since the middle of the step, in
    steps) distinguish a load that starts late from one that stops early.
    """
    electronics_k = (
        coasted.electronics_k
        + node.cross_k_per_w * radiator_w
        + node.electronics_k_per_w * electronics_w
        + node.electronics_moment_k_per_w * electronics_moment_w
        + node.cross_moment_k_per_w * radiator_moment_w
    )
    radiator_k = (
        coasted.radiator_k
        + node.radiator_k_per_w * radiator_w
        + node.cross_k_per_w * electronics_w
        + node.cross_moment_k_per_w * electronics_moment_w
        + node.radiator_moment_k_per_w * radiator_moment_w
    )
    # Heun's rule: half of what the emission now differs by from that at the step's start
    excess_w = coasted.beyond_w - beyond_tangent_w(radiator_k, node)
    return Temperatures(
        electronics_k + 0.5 * node.cross_k_per_w * excess_w,
        radiator_k + 0.5 * node.radiator_k_per_w * excess_w,
    )
