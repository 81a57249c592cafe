"""Delta-v of manoeuvres, and the propellant that they need."""

import math

from skyrack.core.constants import EARTH_MU_M3_PER_S2
from skyrack.core.jit import law

STANDARD_GRAVITY_M_PER_S2 = 9.80665


@law
def spiral_speed_m_per_s(from_radius_m, to_radius_m):
    """Delta-v of a low-thrust spiral between two coplanar circular orbits.

    The difference of the circular speeds. Reference: Edelbaum, ARS Journal 31 (1961) 1079, no change of plane.
    """
    from_speed, to_speed = math.sqrt(EARTH_MU_M3_PER_S2 / from_radius_m), math.sqrt(EARTH_MU_M3_PER_S2 / to_radius_m)
    return abs(from_speed - to_speed)


@law
def propellant_frac(speed_m_per_s, specific_impulse_s):
    """Propellant mass over the final mass: exp(dv / (Isp g0)) - 1.

    Reference: Tsiolkovsky's equation.
    """
    return math.exp(speed_m_per_s / (specific_impulse_s * STANDARD_GRAVITY_M_PER_S2)) - 1.0


@law
def delivered_frac(speed_m_per_s, specific_impulse_s, dry_frac):
    """Cargo delivered by a ship after a manoeuvre, over the mass of cargo and propellant launched.

    The dry mass of the ship is `dry_frac` of its propellant capacity. It arrives with the cargo and is not counted as
    launched, so each launch carries one unit of cargo or of propellant. 0 where the ship alone is too heavy.
    Reference: Tsiolkovsky's equation.
    """
    spent = propellant_frac(speed_m_per_s, specific_impulse_s)
    propellant_over_cargo = spent / (1.0 - dry_frac * spent) if dry_frac * spent < 1.0 else math.inf
    return 1.0 / (1.0 + propellant_over_cargo)
