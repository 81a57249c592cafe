"""Run on sunlight, but never less than a floor."""

from typing import Annotated, ClassVar

from skyrack.scenario.part import Part, Share, Unit, from_catalogue


class Floor(Part):
    """Asks for what the array gives, up to the peak compute power, and for a share of the average power at least."""

    name: ClassVar[str] = "floor"
    share_frac: Share = from_catalogue("power_policy.share")
    refill_time_s: Annotated[float, Unit("s", 60.0, 86_400.0)] = from_catalogue("power_policy.refill_time")

    def bounds_w(self, average_power_w: float, peak_power_w: float) -> tuple[float, float]:
        """The share of the average power in shadow, up to the peak in sunlight."""
        return self.share_frac * average_power_w, peak_power_w

    @property
    def refill_s(self) -> float:
        """Refill time of the scenario."""
        return float(self.refill_time_s)
