"""A list of links of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np
from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from skyrack.core.errors import InputError
from skyrack.network.topology import Pairs, tidy
from skyrack.scenario.part import Part

if TYPE_CHECKING:
    from skyrack.orbits.constellation import Constellation


def _pairs(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    try:
        return check(value)
    except ValidationError:
        raise ValueError(
            f"{value!r:.40} is not a list of pairs of satellites' numbers, for example [[0, 1], [1, 2]]"
        ) from None


class Explicit(Part):
    """Links as listed: pairs of satellite numbers, from 0 on in the order of the shells."""

    name: ClassVar[str] = "explicit"
    links_between: Annotated[
        tuple[tuple[int, int], ...], Field(alias="links", min_length=1, max_length=5_000_000), WrapValidator(_pairs)
    ]

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
