"""Performance of an accelerator under a power limit: arithmetic slows with the clock, memory bandwidth hardly."""

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import law

Floats = NDArray[np.float64]
IDLE_FRAC = 0.15
"""Idle power of an accelerator over its peak power: an estimate."""
READING_FRAC = 0.43
"""Power over peak power while only memory is read: H200 draws up to 300 of 700 W in decode, arXiv:2605.11999."""
CLOCK_EXPONENT = 1.66
"""Exponent of power above idle as a function of the clock: at 70 % of a server's power prompts took 1.30 times as long
(splitwise-sim); 600 of 700 W then cost 12 % of a training step, compared with a vendor's 10 to 15 %."""


@law
def clock_frac(power_frac):
    """Return the arithmetic rate over that at full power, for a power over the accelerator's peak power.

    ((p - idle) / (1 - idle))^(1 / 1.66); zero at or below idle. Valid: H100-like accelerators above 0.5.
    """
    above = max((power_frac - IDLE_FRAC) / (1.0 - IDLE_FRAC), 0.0)
    return min(above, 1.0) ** (1.0 / CLOCK_EXPONENT)


@law
def bandwidth_frac(power_frac):
    """Return the memory bandwidth over that at full power: 1 down to the power of reading, then linear to 0 at idle."""
    return min(max((power_frac - IDLE_FRAC) / (READING_FRAC - IDLE_FRAC), 0.0), 1.0)


@law
def power_frac(arithmetic_share, limit_frac):
    """Return the power over peak power of a busy accelerator under a limit, for the share of time of arithmetic."""
    return min(READING_FRAC, limit_frac) + arithmetic_share * max(limit_frac - READING_FRAC, 0.0)
