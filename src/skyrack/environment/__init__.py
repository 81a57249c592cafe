"""The space environment: shadow, trapped radiation, solar storms, shielding, orbital decay, clouds over ground sites."""
