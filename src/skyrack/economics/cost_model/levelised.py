"""Levelised cost over whole lives, the built-in cost model."""

from typing import ClassVar

from skyrack.economics.accounts import Account, CostInputs, levelised_cost
from skyrack.scenario.part import Part


class Levelised(Part):
    """Levelised cost: capital is recovered with interest over the life of each part, replaced at the same price."""

    name: ClassVar[str] = "levelised"

    def account(self, inputs: CostInputs) -> Account:
        """Return the levelised account of one side; see `skyrack.economics.accounts.levelised_cost`."""
        return levelised_cost(inputs)
