"""Folded Clos topology (leaf and spine) within each formation."""

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
    """Folded Clos topology: every satellite of a formation is linked to each of its spines, so that two hops suffice.

    Spines are the satellites nearest the centre of the formation; each needs a terminal for every leaf. Between
    formations, and in shells without formations, links form a +Grid.
    """

    name: ClassVar[str] = "clos"
    spines: int = Field(default=4, ge=1, le=1000)
    """Number of spines of each formation."""

    @property
    def is_dynamic(self) -> bool:
        """False: the links are fixed."""
        return False

    def links(self, constellation: Constellation, positions_m: Any, terminals: int) -> Pairs:
        """Return the links between leaves and spines of every formation, and the +Grid elsewhere."""
        del positions_m, terminals
        parts = [all_grid_links(constellation)]
        within = [grid for grid in constellation.grids if grid.size > 1 and grid.shell < constellation.n_compute_shells]
        for grid in within:
            members = grid.numbers().reshape(-1, grid.size)
            spines, leaves = members[:, : self.spines], members[:, self.spines :]
            # links to the spines replace those of the lattice
            inside = np.isin(parts[0], members).all(axis=1)
            same = np.full(constellation.n_sats, -1)
            same[members] = np.arange(len(members))[:, None]
            parts[0] = parts[0][~(inside & (same[parts[0][:, 0]] == same[parts[0][:, 1]]))]
            if leaves.shape[1]:
                both = np.broadcast_arrays(spines[:, :, None], leaves[:, None, :])
                parts.append(np.stack(both, axis=-1).reshape(-1, 2))
        return tidy(np.concatenate(parts))
