"""Optical links between telescopes: gain, diffraction, pointing, photons per bit."""

import math

from skyrack.core.constants import PLANCK_J_S, SPEED_OF_LIGHT_M_PER_S
from skyrack.core.jit import law


@law
def telescope_gain(aperture_m, wavelength_m, efficiency_frac):
    """Gain of a telescope over an isotropic antenna, as a ratio.

    G = eta (pi D / lambda)^2. Reference: Friis, Proc. IRE 34 (1946) 254; 105.1 dB for 10 cm at 1.55 um and 80 % in
    arXiv:2511.19468 (Suncatcher).
    """
    ratio = math.pi * aperture_m / wavelength_m
    return efficiency_frac * ratio * ratio


@law
def pointing_share(gain, pointing_error_rad):
    """Fraction of the light that remains after a steady pointing error of one telescope.

    exp(-G theta^2), the Gaussian main lobe of a telescope of gain G; 1 where it points exactly.

    Valid: errors within the main lobe. Reference: Klein and Degnan, Applied Optics 13 (1974) 2134 (Gaussian beams).
    """
    return math.exp(-gain * pointing_error_rad * pointing_error_rad)


@law
def received_power_w(transmit_power_w, gain, wavelength_m, other_loss_frac, range_m):
    """Received power on a link between two equal telescopes.

    P = P_t L min(G^2 (lambda / (4 pi d))^2, 1): Friis in the far field; at ranges where the formula would exceed the
    transmitted power, the whole beam is received. `other_loss_frac` is the transmittance L of optics and pointing.

    Reference: Friis, Proc. IRE 34 (1946) 254; 1.6 uW at 5,000 km with 10 cm and 5 W in arXiv:2511.19468.
    """
    spread = gain * wavelength_m / (4.0 * math.pi * range_m)
    return transmit_power_w * other_loss_frac * min(spread * spread, 1.0)


@law
def photon_energy_j(wavelength_m):
    """Energy of one photon, h c / lambda. Reference: Planck's relation, constants of the SI."""
    return PLANCK_J_S * SPEED_OF_LIGHT_M_PER_S / wavelength_m


@law
def photon_rate_bit_per_s(power_w, wavelength_m, photons_per_bit):
    """Data rate of a received power at a number of photons per bit.

    R = P lambda / (h c n). Reference: 71 photons a bit for on-off keying, 196 for PM-16QAM, 1.39 (2 ln 2) at Shannon's
    limit in arXiv:2511.19468.
    """
    return power_w / (photon_energy_j(wavelength_m) * photons_per_bit)


@law
def confocal_range_m(aperture_m, wavelength_m):
    """Maximum range over which a beam as wide as the aperture stays within an equal aperture.

    d = pi a^2 / lambda with a the aperture's radius: twice the Rayleigh range of a beam whose waist lies midway.

    Reference: 5 km for 10 cm at 1.55 um, 1.25 and 0.32 km for a half and a quarter of it, in arXiv:2511.19468.
    """
    return math.pi * aperture_m * aperture_m / (4.0 * wavelength_m)


@law
def link_rate_bit_per_s(
    range_m,
    transmit_power_w,
    aperture_m,
    wavelength_m,
    efficiency_frac,
    pointing_error_rad,
    other_loss_frac,
    photons_per_bit,
    channels,
    channel_rate_bit_per_s,
    beams_across,
):
    """Data rate, in each direction, of an optical link between two equal terminals.

    Each bit takes `photons_per_bit` received photons, up to a limit of `channels` wavelengths of `channel_rate_bit_per_s`.
    At ranges below the confocal range of a sub-aperture, the aperture is divided into up to `beams_across` x
    `beams_across` parallel beams, each with its own wavelengths and an equal part of the light.

    Acquisition, Doppler shift and sunlight in the receiver are neglected here.

    Reference: the budget of arXiv:2511.19468 (9.6 Tbit/s from 24 wavelengths; 4 x 4 beams up to 0.32 km).
    """
    gain = telescope_gain(aperture_m, wavelength_m, efficiency_frac)
    pointed = pointing_share(gain, pointing_error_rad)
    power_w = received_power_w(transmit_power_w, gain, wavelength_m, other_loss_frac * pointed * pointed, range_m)
    across = min(beams_across, max(1.0, math.floor(aperture_m * math.sqrt(math.pi / (4.0 * wavelength_m * range_m)))))
    ceiling = across * across * channels * channel_rate_bit_per_s
    return min(photon_rate_bit_per_s(power_w, wavelength_m, photons_per_bit), ceiling)
