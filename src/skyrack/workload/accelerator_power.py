"""What less power means for an accelerator: arithmetic slows with the clock, memory hardly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.parts import CataloguePart, part
from skyrack.core.constants import DAY_S
from skyrack.core.jit import law
from skyrack.fleet.sample_flight import Pick, follow
from skyrack.orbits.layout import ShellDesign
from skyrack.scenario import Scenario

Floats = NDArray[np.float64]
IDLE_FRAC = 0.15
"""Share of an accelerator's highest power that it takes with nothing to do: an estimate."""
READING_FRAC = 0.43
"""Share that it takes while it only reads memory: H200 draws up to 300 of 700 W while it writes tokens, arXiv:2605.11999."""
CLOCK_EXPONENT = 1.66
"""Power above idle grows with this power of the clock: 70 % of a server's power made prompts 1.30 times as long
(splitwise-sim); 600 of 700 W then cost 12 % of a training step, where a vendor says 10 to 15 %."""


@law
def clock_frac(power_frac):
    """Arithmetic over that at full power, for a share of an accelerator's highest power.

    ((p - idle) / (1 - idle))^(1 / 1.66); none at or below idle. Valid: H100-like accelerators above 0.5.
    """
    above = max((power_frac - IDLE_FRAC) / (1.0 - IDLE_FRAC), 0.0)
    return min(above, 1.0) ** (1.0 / CLOCK_EXPONENT)


@law
def bandwidth_frac(power_frac):
    """Memory bandwidth over that at full power: all of it down to what reading takes, then less in proportion."""
    return min(max((power_frac - IDLE_FRAC) / (READING_FRAC - IDLE_FRAC), 0.0), 1.0)


@law
def power_frac(arithmetic_share, limit_frac):
    """Power of an accelerator at work over its highest, for the share of time that arithmetic takes, under a limit."""
    return min(READING_FRAC, limit_frac) + arithmetic_share * max(limit_frac - READING_FRAC, 0.0)


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
