"""The geometry of the Earth's shadow; `skyrack.environment.shadow` has the models that choose its edges."""
