"""Who is linked to whom.

A topology answers with pairs of satellites. The ones here add up: compute satellites follow the scenario's topology, every
shell of a backbone is a +Grid, and compute satellites reach the backbone by their nearest satellites in it. Add a topology:
one file with a model that keeps the promise below, one line among the entry points `skyrack.topology`, one test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation

Pairs = NDArray[np.int32]
"""Two satellites' numbers a row, the smaller one first."""


class Topology(Protocol):
    """The promise of a topology."""

    name: ClassVar[str]

    @property
    def is_dynamic(self) -> bool:
        """Whether the links are chosen anew at every snapshot."""
        ...

    def links(self, constellation: Constellation, positions_m: NDArray[np.float64], terminals: int) -> Pairs:
        """The links between compute satellites at `positions_m`, (satellite, xyz) in metres."""
        ...


def tidy(pairs: NDArray[np.int64]) -> Pairs:
    """Each pair once, the smaller number first, in order, without links of a satellite to itself."""
    pairs = pairs.reshape(-1, 2)
    low, high = pairs.min(axis=1, initial=2**31), pairs.max(axis=1, initial=0)
    key = np.sort((low.astype(np.int64) << 32 | high)[low != high])
    key = key[np.concatenate([[True], key[1:] != key[:-1]])] if len(key) else key
    return np.column_stack([key >> 32, key & (2**32 - 1)]).astype(np.int32)
