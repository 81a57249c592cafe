"""Routers: choice of the path over the links that are up.

A router gives every link a cost; the path between two places is the one with the least sum of costs and slant ranges.
Latencies are those of the true lengths of that path. The search itself (`skyrack.network.sweeps`) is the same for all
routers. To add a router, write one file with a class that implements the protocol below, one entry point
`skyrack.router` and one test.

The protocol cannot express several paths for one pair, or costs that depend on the sender or on the load of other
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
    """Protocol of a router."""

    name: ClassVar[str]

    def link_costs_m(self, links: Links, places: Floats) -> Floats:
        """Return the cost of each link, (link,), in metres of equivalent length; infinite for a link not to be used.

        `links` holds the pairs of satellites, their range, rate and state; `places` are the positions of the
        satellites, (satellite, xyz), in metres. Costs are zero or positive; links that are down are not used, whatever
        their cost.
        """
        ...


def link_costs_m(router: RouterModel, links: Links, places: Floats) -> Floats:
    """Return the link costs of a router; InputError unless they are one number >= 0 for each link that is up."""
    found = np.asarray(router.link_costs_m(links, places), np.float64)
    if found.shape != links.range_m.shape or not (found[links.is_up] >= 0.0).all():
        raise InputError(
            f"network.router: {router.name} gives costs of shape {found.shape}; accepted is one cost from 0 m up for each of "
            f"the {len(links.pairs):,} links"
        )
    return found
