"""A folded Clos network (leaf and spine) within each formation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from skyrack.network.topology import Pairs, tidy
from skyrack.network.topology.plus_grid import all_grid_links
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation


class Clos(Part):
    """Every satellite of a formation with each of its spines, the satellites nearest its middle: two hops at most.

    A spine needs a terminal for every leaf. Between formations, and in shells without any, the +Grid stays.
    """

    name: ClassVar[str] = "clos"
    spines: int = Field(default=4, ge=1, le=1000)

    @property
    def is_dynamic(self) -> bool:
        """Links stay as they are."""
        return False

    def links(self, constellation: Constellation, positions_m: Any, terminals: int) -> Pairs:
        """Leaves with spines in every formation."""
        del positions_m, terminals
        parts = [all_grid_links(constellation)]
        within = [grid for grid in constellation.grids if grid.size > 1 and grid.shell < constellation.n_compute_shells]
        for grid in within:
            members = grid.numbers().reshape(-1, grid.size)
            spines, leaves = members[:, : self.spines], members[:, self.spines :]
            # the lattice's own links give way
            inside = np.isin(parts[0], members).all(axis=1)
            same = np.full(constellation.n_sats, -1)
            same[members] = np.arange(len(members))[:, None]
            parts[0] = parts[0][~(inside & (same[parts[0][:, 0]] == same[parts[0][:, 1]]))]
            if leaves.shape[1]:
                both = np.broadcast_arrays(spines[:, :, None], leaves[:, None, :])
                parts.append(np.stack(both, axis=-1).reshape(-1, 2))
        return tidy(np.concatenate(parts))
