"""A battery whose numbers the scenario gives."""

from typing import Annotated, ClassVar

from skyrack.scenario.part import Energy, Part, PositiveShare, Unit, from_catalogue


class LinearFade(Part):
    """Constant efficiencies; the capacity fades linearly with full equivalent cycles and with age."""

    name: ClassVar[str] = "linear-fade"

    capacity_j: Energy
    charge_efficiency_frac: Annotated[float, Unit("frac", 0.3, 1.0)] = from_catalogue("battery.charge_efficiency")
    discharge_efficiency_frac: Annotated[float, Unit("frac", 0.3, 1.0)] = from_catalogue("battery.discharge_efficiency")
    depth_limit_frac: PositiveShare = from_catalogue("battery.depth_limit")
    charge_rate_per_hour: Annotated[float, Unit("per_hour", 0.0, 20.0, low_excluded=True)] = from_catalogue(
        "battery.charge_rate"
    )
    fade_per_cycle_frac: Annotated[float, Unit("per_cycle_frac", 0.0, 0.01)] = from_catalogue("battery.fade_per_cycle")
    fade_per_year_frac: Annotated[float, Unit("per_year_frac", 0.0, 0.5)] = from_catalogue("battery.fade_per_year")
