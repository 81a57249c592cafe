"""Constants of nature and of the Earth, each with its reference. SI units, stated in the name."""

import math

STEFAN_BOLTZMANN_W_PER_M2_K4 = 5.670374419e-8
"""CODATA 2018 (exact since the SI of 2019)."""

SPEED_OF_LIGHT_M_PER_S = 299_792_458.0
"""SI, exact."""

PLANCK_J_S = 6.62607015e-34
"""SI, exact."""

BOLTZMANN_J_PER_K = 1.380649e-23
"""SI, exact."""

ASTRONOMICAL_UNIT_M = 149_597_870_700.0
"""IAU 2012 resolution B2 (exact)."""

SOLAR_FLUX_AT_1_AU_W_PER_M2 = 1361.0
"""Total solar irradiance at 1 au: Kopp and Lean (2011), doi:10.1029/2010GL045777 (1360.8 +- 0.5)."""

SUN_RADIUS_M = 695_700_000.0
"""Nominal solar radius: IAU 2015 resolution B3 (exact)."""

EARTH_RADIUS_M = 6_378_136.3
"""Equatorial radius of the gravity model EGM-96, also taken as the radius of the shadow and of the thermal Earth."""

EARTH_MEAN_RADIUS_M = 6_371_008.8
"""Mean radius (2a + b) / 3 of WGS 84, for distances over the ground."""

EARTH_MU_M3_PER_S2 = 3.986004418e14
"""Gravitational parameter of the Earth with its atmosphere: IERS Conventions (2010), table 1.1."""

EARTH_J2 = 1.0826358191967e-3
"""Second zonal harmonic, unnormalised: EGM-96."""

TROPICAL_YEAR_DAY = 365.2421897
"""Mean tropical year at J2000: Meeus, Astronomical Algorithms, 2nd ed., appendix."""

DAY_S = 86_400.0
JULIAN_YEAR_S = 365.25 * DAY_S
TWO_PI = 2.0 * math.pi
