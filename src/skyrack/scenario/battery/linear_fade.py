"""A battery whose numbers the scenario gives."""

from typing import ClassVar

from skyrack.scenario.part import Energy, Part, PositiveShare, from_catalogue, quantity


class LinearFade(Part):
    """Constant efficiencies; the capacity fades linearly with full equivalent cycles and with age."""

    name: ClassVar[str] = "linear-fade"

    capacity_j: Energy
    charge_efficiency_frac: quantity("frac", 0.3, 1.0) = from_catalogue("battery.charge_efficiency")  # type: ignore[valid-type]
    discharge_efficiency_frac: quantity("frac", 0.3, 1.0) = from_catalogue("battery.discharge_efficiency")  # type: ignore[valid-type]
    depth_limit_frac: PositiveShare = from_catalogue("battery.depth_limit")
    charge_rate_per_hour: quantity("per_hour", 0.0, 20.0, above=True) = from_catalogue("battery.charge_rate")  # type: ignore[valid-type]
    fade_per_cycle_frac: quantity("per_cycle_frac", 0.0, 0.01) = from_catalogue("battery.fade_per_cycle")  # type: ignore[valid-type]
    fade_per_year_frac: quantity("per_year_frac", 0.0, 0.5) = from_catalogue("battery.fade_per_year")  # type: ignore[valid-type]
