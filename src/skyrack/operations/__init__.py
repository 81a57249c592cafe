"""Operation of a fleet: jobs are admitted, queued, placed on satellites, moved before eclipses, and billed.

`requests` holds the queue of runs and studies of the service, which are computed on this machine and not on a fleet.
"""
