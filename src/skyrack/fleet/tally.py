"""What a tile leaves behind: the sums of a piece, the levels and histograms of a record."""

import numpy as np

from skyrack.core.law import driver
from skyrack.fleet import rows
from skyrack.fleet.tables import HISTOGRAM_BINS, LEVELS, TILE, TOTALS

_N_TOTALS, _N_LEVELS = len(TOTALS), len(LEVELS)
_LAST_BIN = np.float32(HISTOGRAM_BINS - 1)
_ZERO = np.float32(0.0)


@driver
def _fold_rows(tile, first_row, n_rows, lanes):
    """Fold some rows' first `lanes` into 16 sums each, left in the row `rows.FOLD`.

    All rows first, their totals later (`_folded`): a total asked for at once would wait for its stores.
    """
    for number in range(n_rows):
        row = first_row + number * rows.ROW
        if lanes == TILE:
            for j in range(rows.FOLDS):
                part = _ZERO
                for block in range(0, TILE, rows.FOLDS):
                    part += tile[row + j + block]
                tile[rows.FOLD + number * rows.FOLDS + j] = part
        else:
            for j in range(rows.FOLDS):
                part = _ZERO
                for i in range(j, lanes, rows.FOLDS):
                    part += tile[row + i]
                tile[rows.FOLD + number * rows.FOLDS + j] = part


@driver
def _folded(tile, number):
    total = 0.0
    for j in range(rows.FOLDS):
        total += np.float64(tile[rows.FOLD + number * rows.FOLDS + j])
    return total


@driver
def sum_piece(tile, sums, lanes, n_steps, step_s, record_sum):
    """Move the float32 sums of a piece, in steps, into float64 totals, in seconds and joules."""
    _fold_rows(tile, rows.SUNLIT, _N_TOTALS, lanes)
    for i in range(TILE):
        tile[rows.RECORD_COMPUTE + i] += tile[rows.COMPUTE + i]
        eclipse_s = tile[rows.ECLIPSE_S + i] if tile[rows.SUNLIT + i] < n_steps else _ZERO
        tile[rows.ECLIPSE_LONGEST + i] = max(tile[rows.ECLIPSE_LONGEST + i], eclipse_s)
    for number in range(_N_TOTALS):
        row = rows.SUNLIT + number * rows.ROW
        scale = np.float64(step_s) if number < _N_TOTALS - 1 else 1.0
        for i in range(TILE):
            sums[number, i] += scale * np.float64(tile[row + i])
        for i in range(TILE):
            tile[row + i] = _ZERO
        record_sum[number] += scale * _folded(tile, number)


@driver
def close_record(tile, places, ways, lanes, n_steps, record_sum, scales, histogram):
    """Add the levels at the end of a record to its sums, and every satellite to its histograms."""
    _fold_rows(tile, rows.CHARGE, _N_LEVELS, lanes)
    for number in range(_N_LEVELS):
        record_sum[_N_TOTALS + number] += _folded(tile, number)
    for i in range(TILE):
        tile[rows.RECORD_COMPUTE + i] = tile[rows.RECORD_COMPUTE + i] / n_steps
        tile[rows.FOLD + i] = tile[rows.CHARGE + i] / tile[rows.CAPACITY + i]
    _count(tile, rows.RECORD_COMPUTE, places, ways, lanes, scales[0], histogram[0])
    _count(tile, rows.FOLD, places, ways, lanes, scales[1], histogram[1])
    _count(tile, rows.ELECTRONICS, places, ways, lanes, scales[2], histogram[2])
    _count(tile, rows.RADIATOR, places, ways, lanes, scales[3], histogram[3])
    for i in range(TILE):
        tile[rows.RECORD_COMPUTE + i] = _ZERO


@driver
def _count(tile, first, places, ways, lanes, scale, bins):
    """Count the lanes' values into bins, in four copies in turn: satellites alike would wait for each other's bin."""
    low, per_unit = scale[0], scale[1]
    for i in range(TILE):
        place = (tile[first + i] - low) * per_unit
        above = place if place > _ZERO else _ZERO  # a value that is no number joins the lowest bin
        places[i] = np.uint32(above if above < _LAST_BIN else _LAST_BIN)
    for i in range(lanes // 4):
        ways[0, places[4 * i]] += 1
        ways[1, places[4 * i + 1]] += 1
        ways[2, places[4 * i + 2]] += 1
        ways[3, places[4 * i + 3]] += 1
    for i in range(lanes % 4):
        ways[0, places[lanes - 1 - i]] += 1
    least, most = np.int64(places[:lanes].min()), np.int64(places[:lanes].max())
    for way in range(4):
        row, total = ways[way, least : most + 1], bins[least : most + 1]
        for place in range(row.size):
            total[place] += row[place]
            row[place] = 0
