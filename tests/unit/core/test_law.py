"""One law, four lives."""

import math
from typing import NamedTuple

import numba
import numpy as np

from skyrack.core.jit import law, single_precision
from skyrack.fleet import step as step_module
from skyrack.physics import orbit, two_node
from skyrack.physics.shadow import geometry

SLOPE = 0.1


class Pair(NamedTuple):
    first: float
    second: float


@law
def inner(x):
    """A law that another one uses."""
    return SLOPE * x


@law
def outer(x, y):
    """A law with a constant, a literal and an inner law."""
    return Pair(math.sqrt(x) * 0.5 + inner(y), max(x, y))


def test_on_numbers_it_is_plain_python():
    assert outer(4.0, 10.0) == Pair(2.0, 10.0)


def test_on_arrays_it_is_a_ufunc_and_broadcasts():
    values = inner(np.arange(6.0).reshape(2, 3))
    assert values.shape == (2, 3)
    np.testing.assert_allclose(values, SLOPE * np.arange(6.0).reshape(2, 3))


def test_nan_stays_nan():
    assert math.isnan(inner(math.nan))
    assert np.isnan(inner(np.array([math.nan, 1.0]))).tolist() == [True, False]


def test_compiled_code_inlines_it():
    @numba.njit
    def loop(values):
        for i in range(values.size):
            values[i] = outer(values[i], 2.0).first
        return values

    np.testing.assert_allclose(loop(np.full(4, 9.0)), 1.5 + 0.2)


def test_the_single_precision_twin_stays_single_all_the_way():
    """No law that the fast driver calls may lift a float32 to a float64: it would halve the driver's speed."""
    from skyrack.fleet import tiles

    assert single_precision(outer)(np.float32(4), np.float32(1)).first.dtype == np.float32
    for name in (
        "_sun_from",
        "_cos_sun_angle",
        "_half_arc",
        "_shadow_edge",
        "_mean_sunlight",
        "_even_polynomial",
        "_facing_heat",
        "_absorb",
        "_lit_array_w",
        "_free_response",
        "_load",
        "_charge",
        "_discharge",
        "_serve",
        "_idle_full_battery",
        "_curtail",
        "_forced_response",
    ):
        twin = getattr(tiles, name)
        kinds = {str(kind) for kind in twin.py_func.__code__.co_consts if isinstance(kind, float)}
        assert not any(type(constant) is float for constant in twin.py_func.__code__.co_consts), (name, kinds)


def test_twins_agree_with_their_laws():
    twin = single_precision(orbit.sun_from)
    ours = twin(*(np.float32(v) for v in (0.3, 0.4, 0.5, 0.6)))
    assert ours == tuple(np.float32(v) for v in ours)
    np.testing.assert_allclose(ours, orbit.sun_from(0.3, 0.4, 0.5, 0.6), rtol=1e-6)
    # laws are hashable, as the twins' cache needs
    assert {geometry.mean_sunlight, step_module.serve, two_node.forced_response}
