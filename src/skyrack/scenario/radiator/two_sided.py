"""A flat radiator whose numbers the scenario gives."""

import math
from typing import Annotated, ClassVar

from pydantic import StrictBool

from skyrack.scenario.part import (
    Area,
    Conductance,
    HeatCapacity,
    Part,
    PositiveShare,
    Share,
    TemperatureLimit,
    Unit,
    from_catalogue,
)


class TwoSided(Part):
    """A flat radiator with two faces, joined to the electronics by a coolant loop."""

    name: ClassVar[str] = "two-sided"

    area_per_face_m2: Area
    heat_capacity_j_per_k: HeatCapacity
    coupling_w_per_k: Conductance
    emissivity_frac: PositiveShare = from_catalogue("radiator.emissivity")
    absorptivity_frac: Share = from_catalogue("radiator.absorptivity")
    edge_on_to_sun: StrictBool = from_catalogue("radiator.edge_on_to_sun")
    earth_tilt_rad: Annotated[float, Unit("rad", 0.0, math.pi)] = from_catalogue("radiator.earth_tilt")
    temperature_limit_k: TemperatureLimit = from_catalogue("radiator.temperature_limit")
