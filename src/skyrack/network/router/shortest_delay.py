"""The path of least propagation delay."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from skyrack.network.router import Floats
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.network.links import Links


class ShortestDelay(Part):
    """Every link costs its length, so that light takes the least time over the path."""

    name: ClassVar[str] = "shortest-delay"

    def link_costs_m(self, links: Links, places: Floats) -> Floats:
        """Return the lengths of the links."""
        del places
        return links.range_m
