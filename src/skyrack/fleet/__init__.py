"""Simulation of a fleet: satellite state as arrays, time step, CPU and CUDA drivers, flight and summary."""
