"""What less power means for an accelerator: arithmetic slows with the clock, memory hardly."""

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import law

Floats = NDArray[np.float64]
IDLE_FRAC = 0.15
"""Share of an accelerator's highest power that it takes with nothing to do: an estimate."""
READING_FRAC = 0.43
"""Share that it takes while it only reads memory: H200 draws up to 300 of 700 W while it writes tokens, arXiv:2605.11999."""
CLOCK_EXPONENT = 1.66
"""Power above idle grows with this power of the clock: 70 % of a server's power made prompts 1.30 times as long
(splitwise-sim); 600 of 700 W then cost 12 % of a training step, where a vendor says 10 to 15 %."""


@law
def clock_frac(power_frac):
    """Arithmetic over that at full power, for a share of an accelerator's highest power.

    ((p - idle) / (1 - idle))^(1 / 1.66); none at or below idle. Valid: H100-like accelerators above 0.5.
    """
    above = max((power_frac - IDLE_FRAC) / (1.0 - IDLE_FRAC), 0.0)
    return min(above, 1.0) ** (1.0 / CLOCK_EXPONENT)


@law
def bandwidth_frac(power_frac):
    """Memory bandwidth over that at full power: all of it down to what reading takes, then less in proportion."""
    return min(max((power_frac - IDLE_FRAC) / (READING_FRAC - IDLE_FRAC), 0.0), 1.0)


@law
def power_frac(arithmetic_share, limit_frac):
    """Power of an accelerator at work over its highest, for the share of time that arithmetic takes, under a limit."""
    return min(READING_FRAC, limit_frac) + arithmetic_share * max(limit_frac - READING_FRAC, 0.0)
