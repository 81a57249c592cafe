"""The parts of a twin that never change: the layout of its satellites and their launches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skyrack.control.launches import Launches
from skyrack.orbits.layout import Layer, Layout


@dataclass(frozen=True)
class TwinLayout:
    """Satellites in the numbering of their layout, as in a run's satellites.parquet, with their launches."""

    orbits: Layout
    launches: Launches

    @property
    def n_sats(self) -> int:
        """Number of satellites."""
        return self.orbits.n_sats

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers of all shells."""
        return self.orbits.layers

    @cached_property
    def shells(self) -> tuple[str, ...]:
        """Names of the shells."""
        return tuple(shell.name for shell in self.orbits.shells)

    @cached_property
    def sats_by_layer(self) -> tuple[int, ...]:
        """Number of satellites of each layer."""
        return tuple(layer.n_sats for layer in self.layers)

    @cached_property
    def peak_power_w(self) -> NDArray[np.float64]:
        """Peak compute power of every satellite, by number."""
        by_layer = [self.orbits.shells[layer.shell].satellite.compute.peak_power_w for layer in self.layers]
        found = np.repeat(np.maximum(by_layer, 1e-9), self.sats_by_layer)
        found.setflags(write=False)
        return found

    @cached_property
    def planes_before(self) -> tuple[int, ...]:
        """Planes of the same shell in earlier layers, for each layer."""
        return _planes_before(self.layers)

    def slices(self) -> list[slice]:
        """Return the numbers of the satellites of each layer."""
        return [self.orbits.numbers(layer) for layer in range(len(self.layers))]

    def shell_slice(self, name: str) -> slice:
        """Return the numbers of the satellites of a shell; ValueError for an unknown name."""
        shell = self.shells.index(name)
        first = self.orbits.shell_firsts[shell]
        return slice(first, first + self.orbits.shells[shell].n_sats)


def _planes_before(layers: Sequence[Layer]) -> tuple[int, ...]:
    counts: dict[int, int] = {}
    before = []
    for layer in layers:
        before.append(counts.get(layer.shell, 0))
        counts[layer.shell] = before[-1] + len(layer.plane_raan_rad)
    return tuple(before)
