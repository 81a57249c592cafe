"""Radiation effects: rates of upsets and memory errors from dose, cosmic-ray cutoff, shielding by the Earth."""

import math

from skyrack.core.jit import law

PROTONS_PER_M2_GY = 7.9e12
"""Fluence of 67 MeV protons per gray in silicon: 7.9e6 per square centimetre and rad, arXiv:2511.19468."""


@law
def event_rate_per_s(dose_rate_gy_per_s, dose_per_event_gy):
    """Mean event rate of a device at a mean dose per event.

    The number of events is proportional to the proton dose and independent of the dose rate, in the beam as in orbit.
    Reference: the beam test of arXiv:2511.19468 (Suncatcher), anchor A4.
    """
    return dose_rate_gy_per_s / dose_per_event_gy


@law
def cross_section_m2(dose_per_event_gy):
    """Event cross-section of a device for protons of 67 MeV.

    sigma = 1 / (fluence for each gray x dose for each event). Reference: arXiv:2511.19468, anchor A4.
    """
    return 1.0 / (PROTONS_PER_M2_GY * dose_per_event_gy)


@law
def cutoff_rigidity_gv(shell):
    """Vertical geomagnetic cutoff rigidity on a field line with McIlwain parameter L (`shell`).

    14.9 GV / L^2: Stoermer's cutoff in a dipole. Reference: Smart and Shea, Adv. Space Res. 36 (2005) 2012 (recalled).
    """
    return 14.9 / (shell * shell)


@law
def galactic_share(cutoff_gv):
    """Fraction of the galactic cosmic-ray dose above a cutoff rigidity: 1 / (1 + (R / 4.1 GV)^1.6).

    An estimate by Skyrack: with shadowing by the Earth it gives 0.12 mGy a day in the orbit of the International Space
    Station, of 0.45 mGy a day outside the magnetosphere, as measured there. Valid: to a factor of 1.5.
    Reference: Skyrack's choice (values recalled).
    """
    return 1.0 / (1.0 + (cutoff_gv / 4.1) ** 1.6)


@law
def open_sky_frac(radius_m, earth_radius_m):
    """Fraction of the sky not covered by the Earth: (1 + sqrt(1 - (R / r)^2)) / 2. Reference: geometry of a cone."""
    return 0.5 * (1.0 + math.sqrt(max(1.0 - (earth_radius_m / radius_m) ** 2, 0.0)))


@law
def uncorrected_per_s(upsets_per_bit_s, word_bits, scrubbed_s, multiple_frac):
    """Rate of uncorrectable errors in one word of a scrubbed memory with single-error correction.

    Two upsets between two scrubs, (lambda w)^2 t / 2, plus the fraction of upsets that affect several bits of one word.
    Valid: few upsets between scrubs. Reference: Saleh, Serrano and Patel, IEEE Trans. Reliab. 39 (1990) 114.
    """
    rate = upsets_per_bit_s * word_bits
    return 0.5 * rate * rate * scrubbed_s + multiple_frac * rate
