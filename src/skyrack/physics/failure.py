"""Failure laws: thermal cycling, wear-out, availability under repair."""

import math

from skyrack.core.jit import law


@law
def cycles_to_failure(swing_k, reference_cycles, reference_swing_k, exponent):
    """Thermal cycles after which 63 % of solder joints have failed.

    N = N0 (dT0 / dT)^m: the Coffin-Manson relation. Dwell times and frequency are neglected. Valid: swings of 10-150 K.
    Reference: Coffin, Trans. ASME 76 (1954) 931; Norris and Landzberg, IBM J. Res. Dev. 13 (1969) 266.
    """
    return reference_cycles * (reference_swing_k / swing_k) ** exponent


@law
def worn_by_cycles_frac(cycles, cycles_to_63, shape):
    """Fraction of parts failed after a number of thermal cycles: a Weibull law in cycles. Reference: Weibull (1951)."""
    return 1.0 - math.exp(-((cycles / cycles_to_63) ** shape))


@law
def availability_frac(mean_up_s, mean_down_s):
    """Availability of a repairable item: MTBF / (MTBF + MTTR).

    Reference: the renewal theorem (Barlow and Proschan, Mathematical Theory of Reliability, 1965; recalled).
    """
    return mean_up_s / (mean_up_s + mean_down_s)
