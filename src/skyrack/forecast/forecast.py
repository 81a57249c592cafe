"""Forecast of a fleet: all that a scheduler can know ahead, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.forecast.ground import LIKELY, GroundForecast, ground_forecast, unseen_cities
from skyrack.forecast.hazard import dose_rates_gy_per_s, shell_hazards
from skyrack.forecast.light import NEVER_S, LightForecast
from skyrack.forecast.links import RingLinks, ring_links
from skyrack.forecast.orbits import phase_turns_of_each, plane_knots, plane_of_each
from skyrack.forecast.power import ShellPower, shell_powers
from skyrack.orbits.ground import Places
from skyrack.orbits.rings import Rings
from skyrack.run.prepare import Plan
from skyrack.workload.failures import Hazards

Floats = NDArray[np.float64]
KNOT_S = 3600.0
"""Time between two knots: planes and Sun turn by at most half a degree against each other meanwhile."""


@dataclass(frozen=True)
class Forecast:
    """Light, power, links, ground contacts and failure rates of a fleet over a span."""

    plan: Plan
    rings: Rings
    light: LightForecast
    powers: tuple[ShellPower, ...]
    """Compute power of one satellite of each shell."""
    links: RingLinks
    hazards: tuple[Hazards, ...]
    """Failure rates of one satellite of each shell, means over its orbits."""

    @classmethod
    def of(cls, plan: Plan, begin_s: float, end_s: float) -> Forecast:
        """Return the forecast of a plan's fleet from `begin_s` to `end_s` (s since the epoch)."""
        layout, scenario = plan.layout, plan.scenario
        constellation = plan.network.constellation
        rings = Rings.of(constellation)
        n_knots = max(2, int(np.ceil((end_s - begin_s) / KNOT_S)) + 2)
        times_s = np.asarray(begin_s + KNOT_S * np.arange(n_knots), np.float64)
        knots = [plane_knots(scenario, layer, times_s) for layer in layout.layers]
        arcs = [2.0 * np.sqrt(np.maximum(squared[:, 0], 0.0)) for _, squared in knots]
        powers = shell_powers(scenario, layout, arcs, plan.accelerators)
        ride_s, rate = [], []
        for layer, (midnight, squared) in zip(layout.layers, knots, strict=True):
            power = powers[layer.shell]
            ride_s.append(power.ride_at_s(2.0 * np.sqrt(np.maximum(squared, 0.0))))
            rate.append(np.full(len(midnight), layer.phase_rate_rad_per_s / (2.0 * np.pi)))
        light = LightForecast.of_planes(
            plane_of_each(layout)[rings.satellite],
            phase_turns_of_each(layout)[rings.satellite],
            np.concatenate(rate),
            np.concatenate([midnight for midnight, _ in knots]),
            np.concatenate([squared for _, squared in knots]),
            np.concatenate(ride_s),
            begin_s,
            KNOT_S,
        )
        hazards = shell_hazards(scenario, layout, plan.exposure, plan.accelerators)
        return cls(plan, rings, light, powers, ring_links(constellation, rings, scenario.network), hazards)

    @property
    def epoch(self) -> datetime:
        """Time at which the forecast's seconds begin to count."""
        return self.plan.scenario.epoch

    @property
    def begin_s(self) -> float:
        """Begin of the forecast since the epoch."""
        return self.light.sky.begin_s

    @property
    def end_s(self) -> float:
        """End of the forecast since the epoch."""
        return self.light.end_s

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.rings.n_nodes

    def name_of(self, node: int) -> str:
        """Return the name of the satellite at a node."""
        return self.plan.layout.name_of(int(self.rings.satellite[node]))

    @cached_property
    def dark_rate_frac(self) -> Floats:
        """Arithmetic rate in the dark over that in sunlight, by shell, (shell,)."""
        return np.array([one.dark_rate_frac for one in self.powers])

    @cached_property
    def failures_per_s(self) -> Floats:
        """Rate of node failures of one satellite, by shell, (shell,)."""
        return np.array([one.node_failures_per_s for one in self.hazards])

    @cached_property
    def dose_gy_per_s(self) -> Floats:
        """Dose rate behind the shielding, by shell, (shell,)."""
        return dose_rates_gy_per_s(self.plan.layout, self.plan.exposure, JULIAN_YEAR_S)

    @cached_property
    def ground(self) -> GroundForecast:
        """Transfers through the scenario's ground stations, over sampled weather."""
        sites, weather = self.plan.sites, self.plan.scenario.network.weather
        return ground_forecast(
            self.plan.layout, sites.stations, sites.station_places, weather, self.begin_s, self.end_s
        )

    def unseen(self, cities: Places) -> list[str]:
        """Return the cities from which no satellite is ever in view."""
        sine = self.plan.network.min_elevation_sine
        return unseen_cities(self.plan.layout, cities, sine, min(self.end_s - self.begin_s, 86_400.0))

    @cached_property
    def uncertainty(self) -> dict[str, str]:
        """Return what the forecast does not know, and how much that matters, by subject."""
        network = self.plan.scenario.network
        failures = float(np.mean(self.failures_per_s)) * 86_400.0
        return {
            "orbits": "satellites are taken to be kept in their slots by thrust; drag between two manoeuvres is not forecast",
            "weather": f"{network.weather.draws} sampled skies; data counts as transferred when {LIKELY:.0%} allow it",
            "failures": f"{failures:.2g} failures of a node per day on average, at times that nobody knows",
            "eclipses": "edges of the shadow are those of the scenario's shadow model, within one step of the flown fleet; "
            "partial light counts as dark",
        }


__all__ = ["NEVER_S", "Forecast", "LightForecast"]
