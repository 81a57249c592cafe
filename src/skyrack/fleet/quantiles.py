"""Quantiles of counted distributions."""

import numpy as np
from numpy.typing import NDArray

from skyrack.core.jit import driver
from skyrack.fleet.tables import HISTOGRAM_BINS, HISTOGRAMS


def quantiles(
    histograms: NDArray[np.int32], scales: NDArray[np.float32], levels: tuple[float, ...]
) -> NDArray[np.float64]:
    """(..., histogram, level) from counts (..., histogram, bin), linear within a bin.

    `scales` holds each histogram's low end and bins per unit. Every histogram must have counted someone.
    """
    counts = histograms.reshape(-1, HISTOGRAM_BINS)
    places = np.empty((len(counts), len(levels)))
    _find(counts, np.asarray(levels), places)
    low, per_unit = np.asarray(scales, np.float64).T
    shaped = places.reshape(-1, len(HISTOGRAMS), len(levels))
    found: NDArray[np.float64] = low[:, None] + shaped / per_unit[:, None]
    return found.reshape(*histograms.shape[:-1], len(levels))


@driver
def _find(counts, levels, places):
    """Where, in bins, each level is reached: the first bin that holds someone and reaches it."""
    for row in range(len(counts)):
        total = counts[row].sum()
        place, below = 0, 0
        for number in range(len(levels)):
            wanted = levels[number] * total
            while counts[row, place] == 0 or below + counts[row, place] < wanted:
                below += counts[row, place]
                place += 1
            places[row, number] = place + max(wanted - below, 0.0) / counts[row, place]
