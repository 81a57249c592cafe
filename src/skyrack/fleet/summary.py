"""The figures of a flown fleet, from the totals of its satellites and from its output intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S
from skyrack.fleet.constants import emission_w_per_k4
from skyrack.fleet.figures import FleetFigures, ShellFigures
from skyrack.fleet.flight import Flight, LayerFleet
from skyrack.fleet.output import chunk_files
from skyrack.fleet.power import SatellitePower
from skyrack.fleet.tables import EXTREMES, TOTALS
from skyrack.physics.sun import solar_flux_w_per_m2, sun_position
from skyrack.results.run_folder import RunFolder

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FleetSummary:
    """Figures of the fleet and of each shell over a whole run."""

    fleet: FleetFigures
    shells: tuple[ShellFigures, ...]

    @property
    def power_per_satellite(self) -> SatellitePower:
        """Mean powers of one satellite, which build-out and price rest on."""
        sat_s = self.fleet.n_sats * self.fleet.span_s
        return SatellitePower(
            self.fleet.compute_power_per_sat_mean_w,
            self.fleet.array_energy_j / sat_s,
            self.fleet.curtailed_energy_j / sat_s,
        )


def summarise(flight: Flight, folder: RunFolder) -> FleetSummary:
    """Return the figures of a fleet that has flown, from its totals and from the intervals kept in the run folder."""
    weakest_w, mean_temps_k, surroundings_w = _read_intervals(flight, folder)
    return FleetSummary(
        _fleet_figures(flight, weakest_w, mean_temps_k, surroundings_w),
        tuple(
            ShellFigures(
                n_sats=shell.n_sats,
                name=shell.name,
                kind=shell.kind,
                altitude_m=shell.altitude_m,
                inclination_rad=shell.inclination_rad,
                compute_power_min_w=float(weakest_w[number].min()),
                radiator_temp_mean_k=float(mean_temps_k[1, number] / shell.n_sats),
                electronics_temp_mean_k=float(mean_temps_k[0, number] / shell.n_sats),
                **_group([fleet for fleet in flight.layers if fleet.layer.shell == number], flight.scenario.span_s),
            )
            for number, shell in enumerate(flight.shells)
        ),
    )


def _fleet_figures(flight: Flight, weakest_w: Floats, mean_temps_k: Floats, surroundings_w: Floats) -> FleetFigures:
    span_s = flight.scenario.span_s
    whole, energies = _group(flight.layers, span_s), _energies(flight)
    panel_m2 = sum(fleet.layer.n_sats * fleet.design.radiator.area_per_face_m2 for fleet in flight.layers)
    rejected_w = (energies["compute_energy_j"] + energies["bus_energy_j"] + energies["lost_energy_j"]) / span_s
    hottest = max(flight.layers, key=lambda fleet: float(fleet.extremes[2, : fleet.layer.n_sats].max()))
    return FleetFigures(
        n_sats=flight.n_sats,
        span_s=span_s,
        step_s=flight.scenario.step_s,
        compute_power_min_w=float(weakest_w.sum(axis=0).min()),
        radiator_temp_mean_k=float(mean_temps_k[1].sum() / flight.n_sats),
        electronics_temp_mean_k=float(mean_temps_k[0].sum() / flight.n_sats),
        radiator_flux_mean_w_per_m2=rejected_w / panel_m2,
        radiator_capacity_w_per_m2=_radiator_net(flight, surroundings_w, None),
        radiator_net_20c_w_per_m2=_radiator_net(flight, surroundings_w, 293.15),
        radiator_limit_margin_k=hottest.design.radiator.temperature_limit_k - whole["radiator_temp_max_k"],
        inclination_max_rad=max(fleet.layer.inclination_rad for fleet in flight.layers),
        **whole,
        **energies,
    )


def _read_intervals(flight: Flight, folder: RunFolder) -> tuple[Floats, Floats, Floats]:
    """Compute power by shell and interval, summed mean temperatures (electronics, radiator) by shell, surroundings."""
    powers, temperatures, seconds, surroundings = [], np.zeros((2, len(flight.shells))), 0.0, []
    for name in chunk_files(flight):
        kept = folder.arrays(name)
        interval_s, sums = kept["interval_s"], kept["sums"]
        powers.append(sums[:, :, TOTALS.index("compute_j")] / interval_s)
        temperatures += np.stack(
            [sums[:, :, TOTALS.index(name)].sum(axis=1) for name in ("electronics_ks", "radiator_ks")]
        )
        seconds += float(interval_s.sum())
        surroundings.append(kept["surroundings_w"])
    return np.concatenate(powers, axis=1), temperatures / seconds, np.mean(surroundings, axis=0)


def _group(layers: Sequence[LayerFleet], span_s: float) -> dict[str, float]:
    """Return the figures of some layers together that follow from their totals and extremes."""
    n_sats = sum(fleet.layer.n_sats for fleet in layers)
    total = {
        name: sum(float(fleet.totals[row, : fleet.layer.n_sats].sum()) for fleet in layers)
        for row, name in enumerate(TOTALS)
    }
    greatest = {
        name: max(float(fleet.extremes[row, : fleet.layer.n_sats].max()) for fleet in layers)
        for row, name in enumerate(EXTREMES)
        if row > 0
    }
    depth = max(
        1.0 - float(fleet.extremes[0, : fleet.layer.n_sats].min()) / fleet.design.battery.capacity_j for fleet in layers
    )
    nameplate_w = sum(fleet.layer.n_sats * fleet.design.compute.peak_power_w for fleet in layers)
    array_m2 = sum(fleet.layer.n_sats * fleet.design.solar_array.area_m2 for fleet in layers) / n_sats
    compute_w = total["compute_j"] / span_s
    lit_w = total["array_j"] / total["sunlit_s"] if total["sunlit_s"] > 0.0 else 0.0
    return {
        "sunlit_frac_mean": total["sunlit_s"] / (n_sats * span_s),
        "longest_eclipse_s": greatest["eclipse_longest_s"],
        "eclipses_per_sat_day": total["eclipses"] / n_sats / (span_s / DAY_S),
        "array_power_mean_w": total["array_j"] / span_s,
        "array_power_per_sat_lit_w": lit_w,
        "array_yield_w_per_m2": lit_w / array_m2,
        "compute_power_mean_w": compute_w,
        "compute_power_per_sat_mean_w": compute_w / n_sats,
        "compute_nameplate_w": nameplate_w,
        "capacity_factor": compute_w / nameplate_w if nameplate_w > 0.0 else 0.0,
        "bus_power_mean_w": total["bus_j"] / span_s,
        "battery_depth_max_frac": depth,
        "radiator_temp_max_k": greatest["radiator_max_k"],
        "electronics_temp_max_k": greatest["electronics_max_k"],
        "throttled_frac": total["throttled_s"] / (n_sats * span_s),
        "proton_flux_mean_per_m2_s": total["protons_per_m2"] / (n_sats * span_s),
        "unserved_energy_j": total["unserved_j"],
        "curtailed_energy_j": total["curtailed_j"],
    }


def _energies(flight: Flight) -> dict[str, float]:
    """Return the energy balance of the whole fleet: where the energy of the arrays went."""

    def total(name: str) -> float:
        row = TOTALS.index(name)
        return sum(float(fleet.totals[row, : fleet.layer.n_sats].sum()) for fleet in flight.layers)

    stored = sum(
        float((fleet.states[0, : fleet.layer.n_sats].astype(np.float64) - fleet.design.battery.capacity_j).sum())
        for fleet in flight.layers
    )
    array_j, curtailed_j = total("array_j"), total("curtailed_j")
    used = total("compute_j") + total("bus_j") + curtailed_j + total("lost_j") + stored
    return {
        "sunlight_energy_j": _sunlight_j(flight),
        "array_energy_j": array_j,
        "compute_energy_j": total("compute_j"),
        "bus_energy_j": total("bus_j"),
        "stored_energy_j": stored,
        "lost_energy_j": total("lost_j"),
        "energy_closure_frac": (array_j - used) / array_j if array_j > 0.0 else 0.0,
    }


def _sunlight_j(flight: Flight) -> float:
    """Sunlight on all arrays without shadow: the solar flux at the middle of each chunk, taken for all of it."""
    array_m2 = sum(fleet.layer.n_sats * fleet.design.solar_array.area_m2 for fleet in flight.layers)
    energy = 0.0
    for chunk in flight.chunks:
        seconds = chunk.n_steps * chunk.step_s
        middle_s = chunk.first_step * chunk.step_s + 0.5 * seconds
        energy += float(solar_flux_w_per_m2(sun_position(flight.epoch_tt_s + middle_s).distance_au)) * seconds
    return energy * array_m2


def _radiator_net(flight: Flight, surroundings_w: Any, temperature_k: float | None) -> float:
    """Net heat for each square metre of panel at a temperature, or at each radiator's own limit."""
    nets = []
    for ref, absorbed_w in zip(flight.sampled, surroundings_w, strict=True):
        design = flight.layers[ref.layer].design
        at_k = design.radiator.temperature_limit_k if temperature_k is None else temperature_k
        emitted_w = emission_w_per_k4(design) * at_k**4
        nets.append((emitted_w - absorbed_w) / design.radiator.area_per_face_m2)
    return float(np.mean(nets))
