"""Formations around a reference orbit: their lattice, its relative motion, and the delta-v of keeping it.

A lattice is defined at the ascending node of the reference orbit. From there every satellite moves freely: one 6 x 6 state
transition matrix maps each initial state to its position at any later time. It is integrated with the reference under the
Earth's gravity with J2. One matrix serves all formations of a layer, each at its own time since its node.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import EARTH_J2, EARTH_MU_M3_PER_S2, EARTH_RADIUS_M, JULIAN_YEAR_S, TWO_PI
from skyrack.physics.formation import bounded_motion, gravity, node_keeping_m_per_s_per_s
from skyrack.physics.orbit import argument_of_latitude_rate_rad_per_s, mean_motion_rad_per_s
from skyrack.scenario.orbits import Formation

Floats = NDArray[np.float64]
TILT = math.sqrt(3.0)
"""Cross-track offset per metre of radial offset at which relative orbits become circles, so that distances are constant."""
TOLERANCE = 1e-12
KEEPING_ORBITS = 15
"""Number of orbits over which drift is measured: about a day."""


def lattice_m(formation: Formation) -> Floats:
    """Return the satellites' offsets (m) from the reference at its node, (satellite, xyz), the reference first.

    The lattice is square or hexagonal in the plane of x and y / 2, in which free motion is a rigid rotation: rows are
    `spacing` apart radially and twice that along-track, and the reverse after a quarter of an orbit. `radius` bounds the
    lattice along-track, half of it radially. A tilted lattice is inclined to the orbit by 60 degrees, so that it rotates as
    a rigid disc.
    """
    x, half_y = np.array(formation.points).T * formation.spacing_m
    z = TILT * x if formation.lattice == "tilted" else np.zeros_like(x)
    return np.column_stack([x, 2.0 * half_y, z])


@dataclass(frozen=True)
class FormationMotion:
    """Free motion of one lattice around circular reference orbits of one radius and inclination."""

    lattice: Floats
    """Offsets from the reference at the node (m), (satellite, xyz)."""
    radius_m: float
    inclination_rad: float

    @property
    def node_period_s(self) -> float:
        """Nodal period: time between two ascending nodes."""
        return TWO_PI / float(argument_of_latitude_rate_rad_per_s(self.radius_m, self.inclination_rad))

    @cached_property
    def reference(self) -> Floats:
        """Position and velocity (6) of the reference at its node, such that they repeat, mirrored, half an orbit later."""
        from scipy.optimize import newton

        if abs(math.sin(self.inclination_rad)) < 1e-6:  # along the equator the flattening is the same everywhere
            pull = abs(gravity.py_func(self.radius_m, 0.0, 0.0).x_m_per_s2)
            return self._start(math.sqrt(pull * self.radius_m))
        speed_m_per_s = self.radius_m * 2.0 * math.pi / self.node_period_s

        def rise_m(ahead_m_per_s: float) -> float:
            state = self._start(ahead_m_per_s)
            ends = _integrate(state, (0.0, 0.6 * self.node_period_s), events=_descending)
            return float(np.linalg.norm(ends.y_events[0][0][:3]) - self.radius_m)

        return self._start(float(newton(rise_m, speed_m_per_s, x1=speed_m_per_s * 1.0001, tol=1e-9)))

    def _start(self, speed_m_per_s: float) -> Floats:
        cosine, sine = math.cos(self.inclination_rad), math.sin(self.inclination_rad)
        return np.array([self.radius_m, 0.0, 0.0, 0.0, speed_m_per_s * cosine, speed_m_per_s * sine])

    @cached_property
    def starts(self) -> Floats:
        """Initial states relative to the reference at the node, in inertial axes, (satellite, 6), for the transition matrix.

        Hill's bounded orbit, with the along-track velocity corrected until the satellite has the energy of the reference, J2
        included, to first order in the distance: then it does not drift away.
        """
        return self._with_equal_energy(self.uncorrected_starts(), part=1e-3)

    @property
    def true_starts(self) -> Floats:
        """Initial states with equal energy to all orders in the distance, (satellite, 6): the states for deployment."""
        return self._with_equal_energy(self.uncorrected_starts(), part=1.0)

    def _with_equal_energy(self, states: Floats, *, part: float) -> Floats:
        """Return `states` with along-track velocities such that `part` of the offset leaves the energy unchanged."""
        scaled = states * part
        ahead = self.reference[3:] / np.linalg.norm(self.reference[3:])
        for _ in range(4):
            both = 0.5 * (_energy(self.reference + scaled) - _energy(self.reference - scaled))
            wrong = both if part < 1.0 else _energy(self.reference + scaled) - _energy(self.reference)
            scaled[:, 3:] -= np.outer(wrong / ((self.reference[3:] + scaled[:, 3:]) @ ahead), ahead)
        return scaled / part

    def uncorrected_starts(self) -> Floats:
        """Return initial states by Hill's equations alone, without J2, (satellite, 6)."""
        n = float(mean_motion_rad_per_s(self.radius_m))
        riding = np.array([bounded_motion(*place, n) for place in self.lattice])
        # the cross-track offset of a tilted lattice is proportional to x, so its rate is proportional to that of x
        leaning = self.lattice[:, 2] != 0.0
        if leaning.any():
            riding[:, 5] = TILT * riding[:, 3]
        axes = _axes(self.reference)
        turn = np.cross(self.reference[:3], self.reference[3:]) / self.radius_m**2
        places = riding[:, :3] @ axes
        speeds = riding[:, 3:] @ axes + np.cross(turn, places)
        return np.hstack([places, speeds])

    def follow(self, span_s: float) -> FormationMap:
        """Return the map from initial states to positions at any time up to `span_s` after the node."""
        begin = np.concatenate([self.reference, np.eye(6).ravel()])
        return FormationMap(self, _integrate(begin, (0.0, span_s), dense=True).sol)


@dataclass(frozen=True)
class FormationMap:
    """Positions of a formation through time."""

    motion: FormationMotion
    solution: Any

    def offsets_m(self, since_node_s: float, starts: Floats | None = None) -> Floats:
        """Return offsets from the reference (m), (satellite, xyz): radial, along-track, cross-track."""
        state = self.solution(since_node_s)
        matrix = state[6:].reshape(6, 6)
        beside = (self.motion.starts if starts is None else starts) @ matrix[:3].T
        return np.asarray(beside @ _axes(state[:6]).T, np.float64)


@dataclass(frozen=True)
class Keeping:
    """Delta-v of keeping a formation, and the distances between its satellites."""

    nearest_m: float
    """Minimum distance between any two satellites over an orbit."""
    neighbour_min_m: float
    neighbour_max_m: float
    """Minimum and maximum distance, over an orbit, between neighbours in the lattice."""
    drift_uncorrected_m_per_s_per_year_km: float
    """Delta-v per year and kilometre of offset against drift, with initial states by Hill's equations."""
    drift_m_per_s_per_year_km: float
    """Delta-v per year and kilometre of offset against drift, with initial states corrected for J2."""
    node_m_per_s_per_year_km: float
    """Delta-v per year and kilometre of cross-track offset against the differential drift of the nodes."""
    axis_ratio: float
    """Radial axis of the corrected relative ellipses whose along-track axis is 2; 1 by Hill's equations."""


def keeping(formation: Formation, motion: FormationMotion, samples: int = 64) -> Keeping:
    """Return distances over an orbit and the delta-v of keeping the lattice, without differential drag and noise."""
    period_s = motion.node_period_s
    path = motion.follow((KEEPING_ORBITS + 1.0) * period_s)
    pairs = neighbours(formation)
    near, least, most = math.inf, math.inf, 0.0
    for time_s in np.linspace(0.0, period_s, samples, endpoint=False):
        places = path.offsets_m(float(time_s))
        apart = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1)
        least, most = min(least, float(apart.min(initial=math.inf))), max(most, float(apart.max(initial=0.0)))
        near = min(near, _nearest(places))
    size_km = np.maximum(np.linalg.norm(motion.lattice, axis=1), 1.0) / 1e3
    away = size_km > 1e-3
    drifts = [
        float((_drift_m(path, period_s, starts)[away] / size_km[away]).max(initial=0.0))
        for starts in (motion.uncorrected_starts(), motion.starts)
    ]
    n = TWO_PI / period_s
    # a drift of dy an orbit is a difference of dy / (3 pi) in the semi-major axis, which costs n / 2 times that once an orbit
    per_year = n / (3.0 * TWO_PI) * JULIAN_YEAR_S / period_s
    across_m = np.abs(motion.lattice[:, 2]).max()
    node = node_keeping_m_per_s_per_s(across_m / motion.radius_m, motion.radius_m, motion.inclination_rad, n)
    riding = motion.starts @ np.kron(np.eye(2), _axes(motion.reference).T)
    turn = np.linalg.norm(np.cross(motion.reference[:3], motion.reference[3:])) / motion.radius_m**2
    up = np.abs(motion.lattice[:, 0]) > 1e-6
    lean = (riding[up, 4] - turn * riding[up, 0]) / riding[up, 0] / -float(mean_motion_rad_per_s(motion.radius_m))
    return Keeping(
        nearest_m=near,
        neighbour_min_m=least,
        neighbour_max_m=most,
        drift_uncorrected_m_per_s_per_year_km=drifts[0] * per_year,
        drift_m_per_s_per_year_km=drifts[1] * per_year,
        node_m_per_s_per_year_km=float(node * JULIAN_YEAR_S / (across_m / 1e3)) if across_m > 0.0 else 0.0,
        axis_ratio=2.0 / float(np.median(lean)) if up.any() else 1.0,
    )


def neighbours(formation: Formation) -> NDArray[np.int64]:
    """Return the pairs of neighbours in the lattice, (pair, 2)."""
    from scipy.spatial import cKDTree

    points = lattice_m(formation) * np.array([1.0, 0.5, 0.0])
    pairs = cKDTree(points).query_pairs(1.01 * formation.spacing_m, output_type="ndarray")
    return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))], np.int64)


def _nearest(places: Floats) -> float:
    from scipy.spatial import cKDTree

    if len(places) < 2:
        return math.inf
    return float(cKDTree(places).query(places, k=2)[0][:, 1].min())


def _drift_m(path: FormationMap, period_s: float, starts: Floats) -> Floats:
    """Return the along-track drift (m) of the centre of each relative ellipse per orbit, mean over a day."""

    def middle_m(orbit: int) -> Floats:
        times = (orbit + np.arange(16) / 16.0) * period_s
        return np.asarray(np.mean([path.offsets_m(float(t), starts)[:, 1] for t in times], axis=0))

    return np.abs(middle_m(KEEPING_ORBITS) - middle_m(0)) / KEEPING_ORBITS


def _axes(state: Floats) -> Floats:
    """Return the radial, along-track and cross-track unit vectors of a state as rows."""
    up = state[:3] / np.linalg.norm(state[:3])
    normal = np.cross(state[:3], state[3:6])
    normal = normal / np.linalg.norm(normal)
    return np.array([up, np.cross(normal, up), normal])


def _energy(states: Floats) -> Floats:
    """Return the specific orbital energy (J/kg) under gravity with J2."""
    places, speeds = states[..., :3], states[..., 3:6]
    radius = np.linalg.norm(places, axis=-1)
    sine_squared = (places[..., 2] / radius) ** 2
    flat = EARTH_J2 * (EARTH_RADIUS_M / radius) ** 2 * (1.5 * sine_squared - 0.5)
    return np.asarray(0.5 * (speeds * speeds).sum(axis=-1) - EARTH_MU_M3_PER_S2 / radius * (1.0 - flat))


def _rates(_time_s: float, state: Floats) -> Floats:
    """Return the time derivatives of a state and, where it is included, of its 6 x 6 state transition matrix."""
    rates = np.empty_like(state)
    rates[:3] = state[3:6]
    rates[3:6] = gravity.py_func(*state[:3])
    if len(state) > 6:
        matrix = state[6:].reshape(6, 6)
        rates[6:24] = matrix[3:].ravel()
        rates[24:] = (_gradient(state[:3]) @ matrix[:3]).ravel()
    return rates


def _gradient(place: Floats) -> Floats:
    """Return the gravity gradient (1/s2), 3 x 3: the derivative of `physics.formation.gravity`."""
    radius = float(np.linalg.norm(place))
    pole = np.array([0.0, 0.0, 1.0])
    z, unit = place[2], np.eye(3)
    k = 1.5 * EARTH_J2 * EARTH_MU_M3_PER_S2 * EARTH_RADIUS_M**2
    round_part = -EARTH_MU_M3_PER_S2 / radius**3 * (unit - 3.0 * np.outer(place, place) / radius**2)
    flat_part = (
        -k / radius**5 * (unit + 2.0 * np.outer(pole, pole))
        + 5.0 * k / radius**7 * np.outer(place + 2.0 * z * pole, place)
        + 5.0 * k * z * z / radius**7 * unit
        + 10.0 * k * z / radius**7 * np.outer(place, pole)
        - 35.0 * k * z * z / radius**9 * np.outer(place, place)
    )
    return np.asarray(round_part + flat_part)


def _descending(_time_s: float, state: Floats) -> float:
    return float(state[2])


_descending.direction = -1.0  # type: ignore[attr-defined]
_descending.terminal = True  # type: ignore[attr-defined]


def _integrate(state: Floats, span: tuple[float, float], *, dense: bool = False, events: Any = None) -> Any:
    from scipy.integrate import solve_ivp

    return solve_ivp(_rates, span, state, method="DOP853", rtol=TOLERANCE, atol=1e-9, dense_output=dense, events=events)
