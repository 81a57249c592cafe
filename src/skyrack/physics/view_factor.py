"""View factor from a flat plate to the Earth."""

import math

from skyrack.core.jit import law


@law
def plate_to_sphere_view_factor(cos_tilt, earth_angular_radius_rad):
    """Exact view factor from one face of a small flat plate to a sphere.

    `cos_tilt` is the cosine of the angle between the face's normal and the direction to the sphere's centre. While the
    sphere is wholly above the face's horizon F = cos(tilt) sin^2(rho); while it crosses the horizon, the part above it
    is integrated in closed form; below it F = 0.

    Valid: any tilt, any distance. Reference: Juul, View factors in radiation between two parallel oriented cylinders and
    spheres, J. Heat Transfer 101 (1979); Howell catalogue of configuration factors, B-43; checked against the package
    orbital-thermal 1.1.0.
    """
    sin_rho = math.sin(earth_angular_radius_rad)
    if cos_tilt >= sin_rho:
        return cos_tilt * sin_rho * sin_rho
    if cos_tilt <= -sin_rho:
        return 0.0
    cos_rho = math.sqrt(1.0 - sin_rho * sin_rho)
    sin_tilt = math.sqrt(1.0 - cos_tilt * cos_tilt)
    cotangents = cos_tilt * cos_rho / (sin_tilt * sin_rho)
    height = math.sqrt(max(sin_rho * sin_rho - cos_tilt * cos_tilt, 0.0))
    return (
        0.5
        - math.asin(min(cos_rho / sin_tilt, 1.0)) / math.pi
        + (sin_rho * sin_rho * cos_tilt * math.acos(min(max(-cotangents, -1.0), 1.0)) - cos_rho * height) / math.pi
    )


@law
def even_polynomial(x, terms):
    """Value of a polynomial in the square of `x` with five terms, by Horner's rule.

    It approximates a view factor that is equal on both sides of a plate.
    """
    square = x * x
    return terms[0] + square * (terms[1] + square * (terms[2] + square * (terms[3] + square * terms[4])))
