"""Compute power of satellites ahead of time: what a shell's satellites serve in sunlight and in the dark, and for how long.

The figures are those of a few satellites of each shell, simulated over some orbits by the fleet's own step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.fleet.sample_flight import fly_samples
from skyrack.forecast.light import NEVER_S
from skyrack.orbits.layout import Layout, SatelliteRef
from skyrack.physics.orbit import period_s
from skyrack.scenario import Scenario
from skyrack.workload.accelerator_power import clock_frac
from skyrack.workload.conditions import accelerator_power_frac

Floats = NDArray[np.float64]
ORBITS = 6
"""Number of orbits that the satellites are simulated; the last ones count, when the battery's cycle has settled."""
COUNTED_ORBITS = 2
SAMPLED_PLANES = 8
MIN_RATE_FRAC = 0.05
"""Arithmetic rate, as a fraction of that in sunlight, below which computers in the dark count as off."""


@dataclass(frozen=True)
class ShellPower:
    """Compute power of one satellite of a shell."""

    lit_w: float
    """Compute power served in sunlight."""
    dark_w: float
    """Compute power served in the dark while the battery lasts; zero if the power policy stops computers in the dark."""
    dark_rate_frac: float
    """Arithmetic rate in the dark over that in sunlight."""
    arc_turns: Floats
    """Dark arcs of the simulated satellites, ascending, (satellite,)."""
    ride_s: Floats
    """Time for which the battery carried the dark power, (satellite,); NEVER_S if through the whole eclipse."""
    orbit_s: float
    """Orbital period."""

    def ride_at_s(self, arc_turns: Floats) -> Floats:
        """Return the time (s) for which the battery carries the dark power at some dark arcs (turns), of their shape.

        A battery that lasted through an eclipse counts as one that lasts just so long: it may last longer.
        """
        if (self.ride_s >= NEVER_S).all():
            return np.full_like(arc_turns, NEVER_S)
        at_least_s = np.where(self.ride_s >= NEVER_S, self.arc_turns * self.orbit_s, self.ride_s)
        return np.asarray(np.interp(arc_turns, self.arc_turns, at_least_s), np.float64)


def shell_powers(
    scenario: Scenario, layout: Layout, dark_arc_turns: Sequence[Floats], accelerators: int
) -> tuple[ShellPower, ...]:
    """Return the power of each shell, from satellites in some of its planes.

    `dark_arc_turns` holds, for each layer, the dark arc of each plane (turns) at the begin. All satellites are simulated at
    once, from the epoch.
    """
    chosen: list[list[tuple[float, SatelliteRef]]] = [[] for _ in layout.shells]
    for number in range(len(layout.shells)):
        arcs, refs = [], []
        for position, layer in enumerate(layout.layers):
            if layer.shell == number:
                arcs.append(dark_arc_turns[position])
                refs += [(position, plane * layer.sats_per_plane) for plane in range(len(layer.plane_raan_rad))]
        order = np.argsort(np.concatenate(arcs), kind="stable")
        picked = order[np.unique(np.linspace(0, len(order) - 1, min(SAMPLED_PLANES, len(order))).astype(int))]
        for k in picked:
            layer_number, place = refs[int(k)]
            ref = SatelliteRef(layout.layer_firsts[layer_number] + place, layer_number, place)
            chosen[number].append((float(np.concatenate(arcs)[k]), ref))
    longest_s = max(float(period_s(layer.radius_m)) for layer in layout.layers)
    history = fly_samples(scenario, layout, [ref for some in chosen for _, ref in some], ORBITS * longest_s)
    column = {ref.number: k for k, ref in enumerate(history.satellites)}
    found = []
    for number, some in enumerate(chosen):
        mine = [column[ref.number] for _, ref in some]
        orbit_s = float(period_s(layout.shells[number].layers[0].radius_m))
        counted = history.time_s > history.time_s[-1] - COUNTED_ORBITS * orbit_s
        found.append(
            _power_of(
                scenario,
                layout.shells[number].satellite.compute.peak_power_w,
                np.array([arc for arc, _ in some]),
                history.compute_frac[np.ix_(counted, mine)],
                history.sunlit_frac[np.ix_(counted, mine)],
                history.step_s,
                accelerators,
                orbit_s,
            )
        )
    return tuple(found)


def _power_of(
    scenario: Scenario,
    peak_w: float,
    arc_turns: Floats,
    compute_frac: Floats,
    sunlit_frac: Floats,
    step_s: float,
    accelerators: int,
    orbit_s: float,
) -> ShellPower:
    is_lit, is_dark = sunlit_frac > 0.999, sunlit_frac < 0.001
    lit_frac = float(compute_frac[is_lit].mean()) if is_lit.any() else 0.0
    dark_frac = float(compute_frac[is_dark].max()) if is_dark.any() else lit_frac
    lit_rate, dark_rate = (
        float(clock_frac(float(accelerator_power_frac(scenario, np.array(frac), accelerators))))
        for frac in (lit_frac, dark_frac)
    )
    ratio = min(dark_rate / lit_rate, 1.0) if lit_rate > 0.0 else 0.0
    rides = np.empty(len(arc_turns))
    for k in range(len(arc_turns)):
        rides[k] = _ride_s(compute_frac[:, k], sunlit_frac[:, k], dark_frac, step_s) if ratio > MIN_RATE_FRAC else 0.0
    order = np.argsort(arc_turns, kind="stable")
    return ShellPower(lit_frac * peak_w, dark_frac * peak_w, ratio, arc_turns[order], rides[order], orbit_s)


def _ride_s(compute_frac: Floats, sunlit_frac: Floats, dark_frac: float, step_s: float) -> float:
    """Return how long the battery carried the dark power in the last eclipse; NEVER_S without an end before the light."""
    is_shaded = sunlit_frac < 0.999
    edges = np.diff(np.concatenate([[0], is_shaded.astype(int), [0]]))
    begins, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    whole = [(a, b) for a, b in zip(begins, ends, strict=True) if a > 0 and b < len(sunlit_frac)]
    if not whole:
        return NEVER_S
    begin, end = whole[-1]
    dark_s = float((1.0 - sunlit_frac[begin:end]).sum()) * step_s
    # power in half-lit steps is that of Sun and battery; the part served in the Sun is not a ride
    served = np.minimum(compute_frac[begin:end] / max(dark_frac, 1e-9), 1.0)
    powered_s = float(np.maximum(served - sunlit_frac[begin:end], 0.0).sum()) * step_s
    return NEVER_S if powered_s >= dark_s - 0.5 * step_s or math.isclose(powered_s, dark_s) else powered_s
