"""Levelised cost over whole lives."""

from typing import ClassVar

from skyrack.economics.accounts import Account, Place, whole_life
from skyrack.scenario.part import Part


class Levelised(Part):
    """Capital is recovered with its interest over each part's life, built, used and replaced for ever at the same prices."""

    name: ClassVar[str] = "levelised"

    def account(self, place: Place) -> Account:
        """Return the account; see `skyrack.economics.accounts.whole_life`."""
        return whole_life(place)
