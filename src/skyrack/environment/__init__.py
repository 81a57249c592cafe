"""The space environment: trapped radiation, solar storms, shielding, orbital decay, and clouds over ground sites."""
