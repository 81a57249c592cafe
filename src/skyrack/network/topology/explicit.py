"""A list of links of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from skyrack.core.errors import InputError
from skyrack.network.topology import Pairs, tidy
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation


class Explicit(Part):
    """The links as written: pairs of satellites' numbers, from 0 on in the order of the shells."""

    name: ClassVar[str] = "explicit"
    links_between: tuple[tuple[int, int], ...] = Field(alias="links", min_length=1, max_length=5_000_000)

    @property
    def is_dynamic(self) -> bool:
        """Links stay as they are."""
        return False

    def links(self, constellation: Constellation, positions_m: Any, terminals: int) -> Pairs:
        """The written pairs; InputError for a satellite that is not there."""
        del positions_m, terminals
        pairs = np.array(self.links_between, np.int64)
        for first, second in self.links_between:
            if not (0 <= first < constellation.n_sats and 0 <= second < constellation.n_sats) or first == second:
                raise InputError(
                    f"network.topology.links: ({first}, {second}) is no pair of two satellites; "
                    f"accepted are numbers from 0 to {constellation.n_sats - 1}"
                )
        return tidy(pairs)
