"""Foundations of all rooms: constants, units, time, errors, and the `law` decorator."""
