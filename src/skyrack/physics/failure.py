"""How machines fail: by chance, by age, by cycles of temperature, and many at once."""

import math

from skyrack.core.jit import law


@law
def cycles_to_failure(swing_k, reference_cycles, reference_swing_k, exponent):
    """Cycles of temperature after which 63 % of solder joints have failed.

    N = N0 (dT0 / dT)^m: the Coffin-Manson relation. Dwell times and frequency are neglected. Valid: swings of 10-150 K.
    Reference: Coffin, Trans. ASME 76 (1954) 931; Norris and Landzberg, IBM J. Res. Dev. 13 (1969) 266.
    """
    return reference_cycles * (reference_swing_k / swing_k) ** exponent


@law
def worn_by_cycles_frac(cycles, cycles_to_63, shape):
    """Share that has failed after so many cycles: a Weibull law in cycles. Reference: Weibull (1951)."""
    return 1.0 - math.exp(-((cycles / cycles_to_63) ** shape))


@law
def availability_frac(mean_up_s, mean_down_s):
    """Share of the time that something works which is mended each time it fails: MTBF / (MTBF + MTTR).

    Reference: the renewal theorem (Barlow and Proschan, Mathematical Theory of Reliability, 1965; recalled).
    """
    return mean_up_s / (mean_up_s + mean_down_s)
