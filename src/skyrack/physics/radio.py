"""Radio links: free-space loss, and data rate from bandwidth and signal-to-noise ratio."""

import math

from skyrack.core.constants import BOLTZMANN_J_PER_K, SPEED_OF_LIGHT_M_PER_S
from skyrack.core.jit import law


@law
def free_space_share(frequency_hz, range_m):
    """Free-space path gain between two isotropic antennas, (c / (4 pi d f))^2. Reference: ITU-R P.525."""
    spread = SPEED_OF_LIGHT_M_PER_S / (4.0 * math.pi * range_m * frequency_hz)
    return spread * spread


@law
def radio_rate_bit_per_s(
    eirp_w, gain_per_temperature_per_k, frequency_hz, bandwidth_hz, fade_frac, range_m, bits_per_hz
):
    """Data rate of a radio link.

    R = B min(log2(1 + S/N), bits_per_hz) with S/N = EIRP G/T (c / (4 pi d f))^2 L / (k B): Shannon's limit, capped by the
    spectral efficiency of the modulation. `fade_frac` is the fraction L of the power that rain transmits.

    Reference: Shannon, Proc. IRE 37 (1949) 10; ITU-R P.525.
    """
    heard = eirp_w * gain_per_temperature_per_k * free_space_share(frequency_hz, range_m) * fade_frac
    ratio = heard / (BOLTZMANN_J_PER_K * bandwidth_hz)
    return bandwidth_hz * min(math.log2(1.0 + ratio), bits_per_hz)
