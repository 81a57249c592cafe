"""Routers: which path data takes over the links that are up.

A router gives every link a cost; the path between two places is the one whose costs, with the distances up and down, add up
to least. Latencies are always those of the true lengths of that path. The search itself (`skyrack.network.sweeps`) is the
same for all routers. Add a router: one file with a class that keeps the promise below, one line among the entry points
`skyrack.router`, one test.

What the promise cannot express: several paths for one pair, and costs that depend on who sends or on the load of other
pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

if TYPE_CHECKING:
    from skyrack.network.links import Links

Floats = NDArray[np.float64]


class RouterModel(Protocol):
    """The promise of a router."""

    name: ClassVar[str]

    def link_costs_m(self, links: Links, places: Floats) -> Floats:
        """Return the cost of each link now, in metres of equivalent length; infinite for one that is not to be used.

        `links` holds the pairs of satellites, their range, rate and state; `places` (satellite, xyz) in metres. Costs are 0
        or above; links that are down are not used, whatever their cost.
        """
        ...


def link_costs_m(router: RouterModel, links: Links, places: Floats) -> Floats:
    """Return a router's costs; InputError where they are not one number from 0 up for each link that is up."""
    found = np.asarray(router.link_costs_m(links, places), np.float64)
    if found.shape != links.range_m.shape or not (found[links.is_up] >= 0.0).all():
        raise InputError(
            f"network.router: {router.name} gives costs of shape {found.shape}; accepted is one cost from 0 m up for each of "
            f"the {len(links.pairs):,} links"
        )
    return found
