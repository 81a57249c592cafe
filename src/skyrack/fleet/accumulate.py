"""What a tile leaves behind: the sums of a block, the levels and histograms of a interval."""

import numpy as np

from skyrack.core.jit import part
from skyrack.fleet import tile_layout as rows
from skyrack.fleet.tables import HISTOGRAM_BINS, LEVELS, TILE, TOTALS

_N_TOTALS, _N_LEVELS = np.int64(len(TOTALS)), np.int64(len(LEVELS))  # no Python int: each would compile `_fold` anew
_LAST_BIN = np.float32(HISTOGRAM_BINS - 1)
_ZERO = np.float32(0.0)


@part
def _fold(tile, first_row, n_rows, lanes, folds):
    """Add some rows' first `lanes` to `rows.FOLDS` sums each."""
    for number in range(n_rows):
        row, parts = tile[first_row + number * rows.ROW :], tile[rows.FOLD + number * rows.FOLDS :]
        if lanes == TILE:
            for j in range(rows.FOLDS):
                part = _ZERO
                for block in range(0, TILE, rows.FOLDS):
                    part += row[j + block]
                parts[j] = part
        else:
            for j in range(rows.FOLDS):
                part = _ZERO
                for i in range(j, lanes, rows.FOLDS):
                    part += row[i]
                parts[j] = part
    for i in range(n_rows * rows.FOLDS):
        folds[i] += np.float64(tile[rows.FOLD + i])


@part
def sum_block(tile, sums, lanes, n_steps, folds):
    """Move a block's float32 sums into float64 ones, all of them in steps.

    `sums` are the satellites' own (TOTALS, satellite), `folds` the interval's over all satellites (TOTALS + LEVELS and FOLDS,
    flat).
    """
    for i in range(TILE):
        tile[rows.INTERVAL_COMPUTE + i] += tile[rows.COMPUTE + i]
        eclipse_s = tile[rows.ECLIPSE_S + i] if tile[rows.SUNLIT + i] < n_steps else _ZERO
        tile[rows.ECLIPSE_LONGEST + i] = max(tile[rows.ECLIPSE_LONGEST + i], eclipse_s)
    _fold(tile, rows.SUNLIT, _N_TOTALS, lanes, folds)
    for number in range(_N_TOTALS):
        row = tile[rows.SUNLIT + number * rows.ROW :]
        for i in range(TILE):
            sums[number, i] += np.float64(row[i])
        for i in range(TILE):
            row[i] = _ZERO


@part
def close_interval(tile, places, lanes, n_steps, folds, scales, histogram):
    """Add the levels at the end of a interval to its sums, and every satellite to its histograms."""
    _fold(tile, rows.CHARGE, _N_LEVELS, lanes, folds[_N_TOTALS * rows.FOLDS :])
    for i in range(TILE):
        tile[rows.INTERVAL_COMPUTE + i] = tile[rows.INTERVAL_COMPUTE + i] / n_steps
        tile[rows.FOLD + i] = tile[rows.CHARGE + i] / tile[rows.CAPACITY + i]
    _place(tile[rows.INTERVAL_COMPUTE :], scales[0], places[0])
    _place(tile[rows.FOLD :], scales[1], places[1])
    _place(tile[rows.ELECTRONICS :], scales[2], places[2])
    _place(tile[rows.RADIATOR :], scales[3], places[3])
    for i in range(lanes):  # one of each in turn: satellites alike wait for each other's bin
        histogram[0, places[0, i]] += 1
        histogram[1, places[1, i]] += 1
        histogram[2, places[2, i]] += 1
        histogram[3, places[3, i]] += 1
    for i in range(TILE):
        tile[rows.INTERVAL_COMPUTE + i] = _ZERO


@part
def _place(row, scale, places):
    """The bin of each of a row's values."""
    low, per_unit = scale[0], scale[1]
    for i in range(TILE):
        place = (row[i] - low) * per_unit
        above = place if place > _ZERO else _ZERO  # a value that is no number joins the lowest bin
        places[i] = np.uint32(above if above < _LAST_BIN else _LAST_BIN)
