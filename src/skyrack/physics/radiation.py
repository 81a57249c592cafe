"""From a dose to the errors that it brings."""

import math

from skyrack.core.jit import law

PROTONS_PER_M2_GY = 7.9e12
"""Protons of 67 MeV through a square metre for each gray in silicon: 7.9e6 a square centimetre and rad, arXiv:2511.19468."""


@law
def event_rate_per_s(dose_rate_gy_per_s, dose_per_event_gy):
    """Mean number of events in a second where one comes for so much dose.

    Events follow the dose of protons, whatever its rate: as in the beam, so in orbit. Reference: the beam test of
    arXiv:2511.19468 (Suncatcher), anchor A4.
    """
    return dose_rate_gy_per_s / dose_per_event_gy


@law
def cross_section_m2(dose_per_event_gy):
    """Area that the events of a device would take up for protons of 67 MeV.

    sigma = 1 / (fluence for each gray x dose for each event). Reference: arXiv:2511.19468, anchor A4.
    """
    return 1.0 / (PROTONS_PER_M2_GY * dose_per_event_gy)


@law
def cutoff_rigidity_gv(shell):
    """Least rigidity of a charged particle that comes down vertically on a line of the field with this L.

    14.9 GV / L^2: Stoermer's cutoff in a dipole. Reference: Smart and Shea, Adv. Space Res. 36 (2005) 2012 (recalled).
    """
    return 14.9 / (shell * shell)


@law
def galactic_share(cutoff_gv):
    """Share of the dose of cosmic rays that a cutoff lets in: 1 / (1 + (R / 4.1 GV)^1.6).

    An estimate by Skyrack: with the Earth in the way it gives the Space Station's orbit 0.12 mGy of the 0.45 mGy a day beyond
    the field, as instruments find there. Valid: to a factor of 1.5. Reference: Skyrack's choice (values recalled).
    """
    return 1.0 / (1.0 + (cutoff_gv / 4.1) ** 1.6)


@law
def open_sky_frac(radius_m, earth_radius_m):
    """Share of all directions that the Earth does not fill: (1 + sqrt(1 - (R / r)^2)) / 2. Reference: geometry of a cone."""
    return 0.5 * (1.0 + math.sqrt(max(1.0 - (earth_radius_m / radius_m) ** 2, 0.0)))


@law
def uncorrected_per_s(upsets_per_bit_s, word_bits, scrubbed_s, multiple_frac):
    """Rate at which one word of memory, guarded against one wrong bit and scrubbed, becomes wrong beyond repair.

    Two upsets between two scrubs, (lambda w)^2 t / 2, and the share of upsets that hit several bits of one word at once.
    Valid: few upsets between scrubs. Reference: Saleh, Serrano and Patel, IEEE Trans. Reliab. 39 (1990) 114.
    """
    rate = upsets_per_bit_s * word_bits
    return 0.5 * rate * rate * scrubbed_s + multiple_frac * rate
