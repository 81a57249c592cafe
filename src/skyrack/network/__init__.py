"""The laser network: links between satellites and their data rates, paths, throughput and downlink.

`history.simulate_network` reads from top to bottom: positions of the satellites, links, paths between cities,
capacities, downlink.
"""
