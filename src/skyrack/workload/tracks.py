"""Some satellites of a fleet through time: the power that their computers get, and the protons that they meet."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import CataloguePart, part
from skyrack.core.constants import DAY_S, TWO_PI
from skyrack.core.time import utc_since_j2000_s
from skyrack.design import ShellDesign
from skyrack.design.shells import Layer, single
from skyrack.fleet.exposure import NODES, PHASES, belts_met
from skyrack.fleet.flight import Flight
from skyrack.fleet.tables import TRACES
from skyrack.physics.earth import greenwich_sidereal_rad
from skyrack.scenario import Scenario
from skyrack.workload.power import clock_frac

Floats = NDArray[np.float64]
STEP_S = 60.0


@dataclass(frozen=True)
class Pick:
    """One satellite: a place in a layer of a shell."""

    shell: ShellDesign
    layer: Layer
    position: int


@dataclass(frozen=True)
class Tracks:
    """What some satellites met, (time, satellite)."""

    time_s: Floats
    """End of each step, since the epoch."""
    compute_frac: Floats
    """Power served to computers over their highest."""
    protons_per_m2_s: Floats
    """Trapped protons above 30 MeV."""
    electronics_k: Floats
    """Temperature of the computers."""

    @property
    def step_s(self) -> float:
        """Between two times."""
        return float(self.time_s[1] - self.time_s[0]) if len(self.time_s) > 1 else STEP_S


def spread(shells: Sequence[ShellDesign], n: int) -> list[Pick]:
    """Satellites spread evenly over some shells, at most `n`."""
    layers = [(shell, layer) for shell in shells for layer in shell.layers]
    firsts = np.concatenate([[0], np.cumsum([layer.n_sats for _, layer in layers])])
    total = int(firsts[-1])
    # a stride of no common measure with the planes, so that picks fall on all phases
    chosen = np.unique((np.arange(min(n, total)) * (total / min(n, total))).astype(np.int64))
    picks = []
    for number in chosen.tolist():
        at = int(np.searchsorted(firsts, number, side="right")) - 1
        shell, layer = layers[at]
        picks.append(Pick(shell, layer, number - int(firsts[at])))
    return picks


def follow(scenario: Scenario, picks: Sequence[Pick], begin_s: float, span_s: float) -> Tracks:
    """Fly some satellites from the epoch and keep what they meet from `begin_s` on."""
    from skyrack.fleet.cpu import CpuDriver  # reports read folders without the engine

    step_s = min(STEP_S, scenario.step_s)
    n_steps = max(1, math.ceil((begin_s + span_s) / step_s))
    short = scenario.model_copy(update={"span_s": n_steps * step_s, "step_s": step_s, "output_s": None, "claims": ()})
    alone = tuple(
        replace(pick.shell, layers=(replace(single(pick.layer, pick.position), shell=number),))
        for number, pick in enumerate(picks)
    )
    flight = Flight(short, alone, samples=(1, len(picks)))
    driver = CpuDriver(len(os.sched_getaffinity(0)))
    parts = []
    while flight.next_segment < len(flight.segments):
        parts.append(np.stack(list(flight.advance(driver).traces.values()), axis=1))
    traces = np.concatenate(parts).astype(np.float64)
    load_w = traces[:, :, TRACES.index("load_w")]
    bus_w = np.array([pick.shell.satellite.bus_power_w for pick in picks])
    peak_w = np.array([max(pick.shell.satellite.compute.peak_power_w, 1e-9) for pick in picks])
    time_s = (np.arange(n_steps) + 1.0) * step_s
    kept = time_s > begin_s + 1e-6
    middle_s = time_s[kept] - 0.5 * step_s
    return Tracks(
        time_s[kept],
        np.clip((load_w[kept] - bus_w) / peak_w, 0.0, 1.0),
        np.stack([_protons(scenario, pick, middle_s) for pick in picks], axis=1),
        traces[kept][:, :, TRACES.index("electronics_k")],
    )


def _protons(scenario: Scenario, pick: Pick, time_s: Floats) -> Floats:
    layer = pick.layer
    plane = pick.position // layer.sats_per_plane
    turned = np.asarray(greenwich_sidereal_rad(utc_since_j2000_s(scenario.epoch) + time_s))
    node = layer.plane_raan_rad[plane] + layer.raan_rate_rad_per_s * time_s - turned
    phase = layer.phase_rad[pick.position] + layer.phase_rate_rad_per_s * time_s
    rows, columns = (np.floor(node / TWO_PI * NODES) % NODES).astype(int), np.floor(phase / TWO_PI * PHASES) % PHASES
    return np.asarray(belts_met(layer.radius_m, layer.inclination_rad)[rows, columns.astype(int)], np.float64)


def fed_frac(scenario: Scenario, compute_frac: Floats, accelerators: int) -> Floats:
    """Power of a satellite's accelerators over their highest, where so many share what its computers get."""
    chip = part("accelerators", scenario.design.accelerator)
    shared = scenario.satellite.compute.peak_power_w / (accelerators * chip["system_power_w"])
    return chip_power_frac(chip, compute_frac * min(1.0, shared))


def chip_power_frac(chip: CataloguePart, compute_frac: Floats) -> Floats:
    """Power of the accelerators over their highest, where host and links take theirs first."""
    host_w = chip["system_power_w"] - chip["chip_power_w"]
    return np.clip((compute_frac * chip["system_power_w"] - host_w) / chip["chip_power_w"], 0.0, 1.0)


PER_SHELL = 4


def _middle(shell: ShellDesign) -> list[Pick]:
    """A few satellites of the middle plane of a shell's first layer."""
    layer = shell.layers[0]
    each = layer.sats_per_plane
    first = (layer.n_sats // each // 2) * each
    return [Pick(shell, layer, first + k * each // min(PER_SHELL, each)) for k in range(min(PER_SHELL, each))]


def slowest_clocks(scenario: Scenario, shells: Sequence[ShellDesign], accelerators: int) -> dict[str, float]:
    """For each shell, the arithmetic of the slowest of a few satellites of its middle plane, mean over a day.

    Over that at full power.
    """
    picks = [pick for shell in shells for pick in _middle(shell)]
    tracks = follow(scenario, picks, 0.0, DAY_S)
    clock = np.asarray(clock_frac(fed_frac(scenario, tracks.compute_frac, accelerators)))
    found = {}
    for shell in shells:
        mine = [k for k, pick in enumerate(picks) if pick.shell is shell]
        found[shell.name] = float(clock[:, mine].min(axis=1).mean())
    return found
