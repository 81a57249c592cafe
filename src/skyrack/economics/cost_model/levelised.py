"""Levelised cost over whole lives."""

from typing import ClassVar

from skyrack.economics.accounts import Account, CostInputs, levelised_cost
from skyrack.scenario.part import Part


class Levelised(Part):
    """Capital is recovered with its interest over each part's life, built, used and replaced for ever at the same prices."""

    name: ClassVar[str] = "levelised"

    def account(self, inputs: CostInputs) -> Account:
        """Return the account; see `skyrack.economics.accounts.levelised_cost`."""
        return levelised_cost(inputs)
