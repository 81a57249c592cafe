"""From a scenario to orbits and satellites that a fleet can fly."""

from skyrack.design.shells import Layer, ShellDesign, lay_out

__all__ = ["Layer", "ShellDesign", "lay_out"]
