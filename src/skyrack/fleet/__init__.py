"""Satellites as arrays through time: state, step, drivers, flight."""
