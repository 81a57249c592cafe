"""Run of a scenario: simulation, run folder, and reading of the results."""
