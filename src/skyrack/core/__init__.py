"""Foundations of all rooms: constants, units, time, errors, files and locks, compiled laws (`@law`), and plug-ins."""
