"""What compute costs in orbit and on the ground: one accounting for both, and the calculations that others published."""
