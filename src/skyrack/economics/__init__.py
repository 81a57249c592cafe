"""Cost of compute in orbit and on the ground: one accounting for both, and published calculations by others."""
