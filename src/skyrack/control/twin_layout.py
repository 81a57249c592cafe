"""The parts of a twin that never change: its orbits, its launches, and the numbers of its satellites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skyrack.control.launches import Launches
from skyrack.orbits.layout import Layer


@dataclass(frozen=True)
class TwinLayout:
    """Satellites numbered layer after layer, as in a run's satellites.parquet."""

    shells: tuple[str, ...]
    """Names."""
    layers: tuple[Layer, ...]
    peak_power_w: tuple[float, ...]
    """Peak compute power of one satellite, for each layer."""
    launches: Launches
    firsts: NDArray[np.int64]
    """Number of the first satellite of each layer, and the number of satellites."""
    planes_before: tuple[int, ...]
    """Planes of the same shell in earlier layers, for each layer."""

    @classmethod
    def of(
        cls, shells: Sequence[str], layers: Sequence[Layer], peak_power_w: Sequence[float], launches: Launches
    ) -> TwinLayout:
        """Number the satellites of these layers."""
        firsts = np.concatenate([[0], np.cumsum([layer.n_sats for layer in layers])]).astype(np.int64)
        firsts.flags.writeable = False
        return cls(tuple(shells), tuple(layers), tuple(peak_power_w), launches, firsts, _planes_before(layers))

    @property
    def n_sats(self) -> int:
        """Satellites."""
        return int(self.firsts[-1])

    def slices(self) -> list[slice]:
        """Return the satellites of each layer."""
        return [slice(int(a), int(b)) for a, b in zip(self.firsts[:-1], self.firsts[1:], strict=True)]

    def layer_of(self, number: int) -> int:
        """Return the position of the layer that a satellite belongs to."""
        return int(np.searchsorted(self.firsts, number, side="right")) - 1

    def shell_slice(self, name: str) -> slice:
        """Return the satellites of a shell."""
        mine = [
            numbers
            for layer, numbers in zip(self.layers, self.slices(), strict=True)
            if self.shells[layer.shell] == name
        ]
        return slice(mine[0].start, mine[-1].stop)


def _planes_before(layers: Sequence[Layer]) -> tuple[int, ...]:
    counts: dict[int, int] = {}
    before = []
    for layer in layers:
        before.append(counts.get(layer.shell, 0))
        counts[layer.shell] = before[-1] + len(layer.plane_raan_rad)
    return tuple(before)
