"""Run on sunlight alone."""

from typing import Annotated, ClassVar

from skyrack.scenario.part import Part, Unit, from_catalogue


class FollowSun(Part):
    """Asks for what the array gives, up to the peak compute power, and for nothing in shadow."""

    name: ClassVar[str] = "follow-sun"
    refill_time_s: Annotated[float, Unit("s", 60.0, 86_400.0)] = from_catalogue("power_policy.refill_time")

    def bounds_w(self, average_power_w: float, peak_power_w: float) -> tuple[float, float]:
        """Nothing in shadow, up to the peak in sunlight."""
        del average_power_w
        return 0.0, peak_power_w

    @property
    def refill_s(self) -> float:
        """Refill time of the scenario."""
        return float(self.refill_time_s)
