"""Cost of compute in orbit and on the ground by one accounting, its impact on the Earth, and published calculations."""
