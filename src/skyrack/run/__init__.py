"""Run of a scenario: its plan, the simulation in stages, claims and price; latencies and jobs by themselves."""
