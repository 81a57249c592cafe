"""Forecast of a fleet: light, power, links, ground contacts and failure rates as functions of time.

Nothing here is a table of satellites by time. The light of a satellite follows from two slowly varying numbers of its orbital
plane and from its phase, so a million satellites over a week need a few megabytes.
"""
