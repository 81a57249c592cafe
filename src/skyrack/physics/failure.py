"""How machines fail: by chance, by age, by cycles of temperature, and many at once."""

import math

from skyrack.core.law import law


@law
def weibull_survivors_frac(age_s, scale_s, shape):
    """Share that has not failed by some age: exp(-(t / scale)^shape).

    A shape below one is infant mortality, one is chance, above one wear. Reference: Weibull, J. Appl. Mech. 18 (1951) 293.
    """
    return math.exp(-((age_s / scale_s) ** shape))


@law
def cycles_to_failure(swing_k, reference_cycles, reference_swing_k, exponent):
    """Cycles of temperature after which 63 % of solder joints have failed.

    N = N0 (dT0 / dT)^m: the Coffin-Manson relation. Dwell times and frequency are neglected. Valid: swings of 10-150 K.
    Reference: Coffin, Trans. ASME 76 (1954) 931; Norris and Landzberg, IBM J. Res. Dev. 13 (1969) 266.
    """
    return reference_cycles * (reference_swing_k / swing_k) ** exponent


@law
def worn_by_cycles_frac(cycles, cycles_to_63, shape):
    """Share that has failed after so many cycles: a Weibull law in cycles."""
    return 1.0 - math.exp(-((cycles / cycles_to_63) ** shape))


@law
def availability_frac(mean_up_s, mean_down_s):
    """Share of the time that something works which is mended each time it fails: MTBF / (MTBF + MTTR)."""
    return mean_up_s / (mean_up_s + mean_down_s)


@law
def all_up_frac(survivors_frac, members, needed):
    """Chance that at least `needed` of `members` work, each by itself: the binomial tail, in its normal form.

    With a correction for continuity; exact at zero and at certainty. Valid: a few dozen members and more.
    """
    spread = math.sqrt(max(members * survivors_frac * (1.0 - survivors_frac), 1e-12))
    return 0.5 * math.erfc((needed - 0.5 - members * survivors_frac) / (spread * math.sqrt(2.0)))
