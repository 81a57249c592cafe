"""Topologies: choice of the pairs of satellites that are linked.

Compute satellites follow the scenario's topology, every shell of a backbone is a +Grid, and compute satellites link to
their nearest satellites of the backbone. To add a topology, write one file with a model that implements the protocol
below, one entry point `skyrack.topology` and one test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation

Pairs = NDArray[np.int32]
"""Numbers of linked satellites, (link, 2), the smaller one first."""


class Topology(Protocol):
    """Protocol of a topology."""

    name: ClassVar[str]

    @property
    def is_dynamic(self) -> bool:
        """True if the links are chosen anew at every snapshot."""
        ...

    def links(self, constellation: Constellation, positions_m: NDArray[np.float64], terminals: int) -> Pairs:
        """Return the links between compute satellites at `positions_m`, (satellite, xyz) in metres.

        `terminals` is the number of laser terminals of a satellite.
        """
        ...


def tidy(pairs: NDArray[np.int64]) -> Pairs:
    """Return each pair once, sorted, the smaller number first, without links of a satellite to itself."""
    pairs = pairs.reshape(-1, 2)
    low, high = pairs.min(axis=1, initial=2**31), pairs.max(axis=1, initial=0)
    key = np.sort((low.astype(np.int64) << 32 | high)[low != high])
    key = key[np.concatenate([[True], key[1:] != key[:-1]])] if len(key) else key
    return np.column_stack([key >> 32, key & (2**32 - 1)]).astype(np.int32)
