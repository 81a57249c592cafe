"""The laser network: who links to whom, at what rate, which way data goes and how much of it.

`survey.survey` reads from top to bottom: place the satellites, set the links, join the cities, fill the capacities, bring
the data down.
"""
