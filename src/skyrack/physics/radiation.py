"""From a dose to the errors that it brings."""

from skyrack.core.law import law

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
