"""Rows of the fleet's arrays, by name; their order is that of the drivers' code."""

TILE = 144
"""Number of satellites that the CPU driver advances together."""

TOTALS = (
    "sunlit_s",
    "array_j",
    "compute_j",
    "bus_j",
    "curtailed_j",
    "lost_j",
    "unserved_j",
    "discharged_j",
    "throttled_s",
    "electronics_ks",
    "radiator_ks",
    "protons_per_m2",
    "eclipses",
)
"""Sums over time that are kept for each satellite; `_ks` is kelvin times seconds, protons are trapped ones above 30 MeV."""

COUNTS = ("eclipses",)
"""The last of `TOTALS`: counts. The drivers multiply all totals before them, which are integrals over time, by the step."""

EXTREMES = ("charge_min_j", "electronics_max_k", "radiator_max_k", "eclipse_longest_s")
"""Minimum and maximum values over time that are kept for each satellite."""

REQUESTS = ("floor_w", "ceiling_w", "essential_share")
"""Bounds of the compute power that a satellite requests during a chunk, and the share of a deficit that the bus may draw
from the battery's reserve (see `state.Request`)."""

LEVELS = ("charge_j",)
"""State that is summed over a shell's satellites at the end of each interval."""

HISTOGRAMS = ("compute_w", "charge_frac", "electronics_k", "radiator_k")
"""Quantities whose distribution over a shell's satellites is counted at the end of each interval."""

HISTOGRAM_BINS = 320

TRACES = ("sunlit_frac", "cos_sun", "array_w", "surroundings_w", "load_w", "charge_j", "electronics_k", "radiator_k")
"""Values that are kept of a sampled satellite at every step."""
