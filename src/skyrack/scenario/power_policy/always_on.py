"""Run day and night."""

from typing import ClassVar

from skyrack.scenario.part import Part


class AlwaysOn(Part):
    """Asks for the average compute power at all times; the battery carries it through the shadow as long as it lasts."""

    name: ClassVar[str] = "always-on"

    def bounds_w(self, average_power_w: float, peak_power_w: float) -> tuple[float, float]:
        """Floor and ceiling are both the average power."""
        del peak_power_w
        return average_power_w, average_power_w

    @property
    def refill_s(self) -> float:
        """Any time will do: the request does not depend on it."""
        return 3600.0
