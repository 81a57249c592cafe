"""Flight: a user's own PyTorch script, run for real, while a virtual clock charges what satellites would take."""
