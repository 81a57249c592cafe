"""The loops of the fast CPU driver: the fleet walked in tiles, float32, one phase of the step at a time.

A tile is 256 satellites of one layer. Its rows (elements, state, intermediate results, sums) lie one after another in one
small array that stays in the processor's own caches while all steps of a segment pass over it. Each phase of the step
is a loop of its own over the tile: short enough for the processor to overlap its rounds, simple enough for LLVM to turn
into vector instructions. Three habits keep it so, each worth a factor of five or more: no branch, no running sum or
maximum in a scalar, and every row at a fixed distance from the next in a single array (two arrays may overlap for all
LLVM knows).

Satellites never meet here, so neither tiles nor threads change a result.
"""

import numpy as np

from skyrack.core.law import driver, single_precision
from skyrack.fleet import state, step
from skyrack.fleet.tables import EXTREMES, HISTOGRAM_BINS, LEVELS, TILE, TOTALS
from skyrack.physics import orbit, two_node
from skyrack.physics.shadow import geometry

_ROW = TILE + 48
"""Rows lie further apart than they are long: a load waits for a store some whole multiple of 4 KiB away."""

# rows of the tile, as offsets into its array
(
    _CHARGE,
    _ELECTRONICS,
    _RADIATOR,
    _ECLIPSE,
    _SUNLIT,
    _ARRAY,
    _COMPUTE,
    _BUS,
    _SPILLED,
    _LOST,
    _SHED,
    _DISCHARGED,
    _THROTTLED,
    _ELECTRONICS_SUM,
    _RADIATOR_SUM,
    _ECLIPSES,
    _CHARGE_MIN,
    _ELECTRONICS_MAX,
    _RADIATOR_MAX,
    _ECLIPSE_LONGEST,
    _CAPACITY,
    _AHEAD,
    _QUARTER,
    _AHEAD_SLOPE,
    _QUARTER_SLOPE,
    _COS_SUN,
    _LIT,
    _HALF_LIT,
    _SINKING,
    _ARRAY_W,
    _SURROUNDINGS,
    _SURROUNDINGS_LATE,
    _COASTED_ELECTRONICS,
    _COASTED_RADIATOR,
    _CUT,
    _COMPUTE_LIT,
    _COMPUTE_DARK,
    _HEAT,
    _HEAT_LATE,
    _LOST_W,
    _SHORT,
    _RECORD_COMPUTE,
    _FOLD,
) = range(0, 43 * _ROW, _ROW)
_N_ROWS = 43
_FOLDS = 16
_N_STATE, _N_TOTALS, _N_EXTREMES, _N_LEVELS = 4, len(TOTALS), len(EXTREMES), len(LEVELS)
_LAST_BIN = np.float32(HISTOGRAM_BINS - 1)

_sun_in_plane = single_precision(orbit.sun_in_plane)
_sun_angle = single_precision(orbit.sun_angle)
_mean_sunlight = single_precision(geometry.mean_sunlight)
_supply = single_precision(step.supply)
_load = single_precision(step.load)
_draw = single_precision(step.draw)
_serve = single_precision(step.serve)
_warm = single_precision(two_node.warm)
_darkness = single_precision(step.darkness)
_Light, _Temperatures = state.Light, two_node.Temperatures
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)


@driver
def fly_tiles(
    tiles,
    n_live,
    elements,
    states,
    capacity_j,
    totals,
    extremes,
    step_sky,
    piece_sky,
    piece_steps,
    piece_record,
    cos_inclination,
    facing_view,
    satellite,
    record_sums,
    histogram_scales,
    histograms,
    traced,
    traces,
):
    """Fly the tiles `tiles[0]`..`tiles[1]` of one layer through one segment.

    The layer's arrays are (row, satellite), padded to whole tiles; `n_live` satellites are real. A segment is a run of
    pieces (a few dozen steps each); `piece_steps` holds the step at which each begins, and one more. The Sun's place in
    each orbital plane is exact at the ends of a piece (`piece_sky`) and linear between them. `piece_record` is the record
    that a piece belongs to; the last piece of a record adds to `record_sums` (record, TOTALS + LEVELS) and `histograms`
    (record, HISTOGRAMS, bin). `facing_view` are coefficients of an even polynomial in the cosine of the Sun's angle. If
    `traces` (step, TRACES) has rows, satellite `traced` is written there.
    """
    tile = _aligned_tile()
    sums = np.empty((_N_TOTALS, TILE), np.float64)
    places = np.empty(TILE, np.int32)
    n_pieces = piece_record.size
    for first in range(tiles[0] * TILE, tiles[1] * TILE, TILE):
        lanes = min(TILE, n_live - first)
        _load_tile(tile, sums, first, states, capacity_j, totals, extremes)
        for piece in range(n_pieces):
            begin, end = piece_steps[piece], piece_steps[piece + 1]
            _aim_tile(tile, first, elements, piece_sky[piece], piece_sky[piece + 1], end - begin, cos_inclination)
            for k in range(begin, end):
                _sunlight(tile, np.float32(k - begin) + _HALF, step_sky[k], satellite.step_angle_rad)
                _step_tile(tile, step_sky[k], facing_view, satellite)
                if traces.shape[0] > 0:
                    _trace(tile, traced - first, traces[k])
            record = piece_record[piece]
            _sum_piece(tile, sums, lanes, satellite.step_s, record_sums[record])
            if piece + 1 == n_pieces or piece_record[piece + 1] != record:
                n_steps = end - piece_steps[np.searchsorted(piece_record, record)]
                _close_record(
                    tile, places, lanes, np.float32(n_steps), record_sums[record], histogram_scales, histograms[record]
                )
        _store_tile(tile, sums, first, states, totals, extremes)


@driver
def _aligned_tile():
    """Room for a tile that begins at a cache line: a vector that straddles two lines costs double."""
    room = np.empty(_N_ROWS * _ROW + 16, np.float32)
    lead = (-room.ctypes.data % 64) // 4
    return room[lead : lead + _N_ROWS * _ROW]


@driver
def _load_tile(tile, sums, first, states, capacity_j, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            tile[row * _ROW + lane] = states[row, first + lane]
        for row in range(_N_EXTREMES):
            tile[_CHARGE_MIN + row * _ROW + lane] = extremes[row, first + lane]
        for row in range(_N_TOTALS):
            tile[_SUNLIT + row * _ROW + lane] = _ZERO
            sums[row, lane] = totals[row, first + lane]
        tile[_CAPACITY + lane] = capacity_j[first + lane]
        tile[_RECORD_COMPUTE + lane] = _ZERO


@driver
def _aim_tile(tile, first, elements, sky_before, sky_after, n_steps, cos_inclination):
    for lane in range(TILE):
        cos_raan, sin_raan = elements[0, first + lane], elements[1, first + lane]
        cos_phase, sin_phase = elements[2, first + lane], elements[3, first + lane]
        before = _sun_in_plane(
            cos_raan, sin_raan, cos_phase, sin_phase, cos_inclination, sky_before[0], sky_before[1], sky_before[2]
        )
        after = _sun_in_plane(
            cos_raan, sin_raan, cos_phase, sin_phase, cos_inclination, sky_after[0], sky_after[1], sky_after[2]
        )
        tile[_AHEAD + lane] = before.ahead
        tile[_QUARTER + lane] = before.quarter_ahead
        tile[_AHEAD_SLOPE + lane] = (after.ahead - before.ahead) / np.float32(n_steps)
        tile[_QUARTER_SLOPE + lane] = (after.quarter_ahead - before.quarter_ahead) / np.float32(n_steps)


@driver
def _sunlight(tile, steps_since, sky, step_angle_rad):
    cos_flown, sin_flown, early_edge, late_edge = sky[0], sky[1], sky[4], sky[5]
    for i in range(TILE):
        sun = _sun_angle(
            tile[_AHEAD + i] + steps_since * tile[_AHEAD_SLOPE + i],
            tile[_QUARTER + i] + steps_since * tile[_QUARTER_SLOPE + i],
            cos_flown,
            sin_flown,
        )
        tile[_COS_SUN + i] = sun.cosine
        tile[_SINKING + i] = _ONE if sun.cosine_rate < _ZERO else _ZERO
        light = _mean_sunlight(sun.cosine, sun.cosine_rate, step_angle_rad, early_edge, late_edge)
        tile[_LIT + i] = light.frac
        tile[_HALF_LIT + i] = light.half_frac


@driver
def _step_tile(tile, sky, facing_view, satellite):
    solar_flux, array_health = sky[2], sky[3]
    for i in range(TILE):
        cos_sun = tile[_COS_SUN + i]
        square = cos_sun * cos_sun
        view = facing_view[0] + square * (
            facing_view[1] + square * (facing_view[2] + square * (facing_view[3] + square * facing_view[4]))
        )
        given = _supply(
            _Light(tile[_LIT + i], tile[_HALF_LIT + i], cos_sun, tile[_SINKING + i], solar_flux, array_health, view),
            satellite,
        )
        tile[_ARRAY_W + i] = given.array_w
        tile[_SURROUNDINGS + i] = given.surroundings_w
        tile[_SURROUNDINGS_LATE + i] = given.surroundings_late_w
    for i in range(TILE):
        asked = _load(
            tile[_CHARGE + i],
            tile[_ELECTRONICS + i],
            tile[_RADIATOR + i],
            tile[_CAPACITY + i],
            tile[_LIT + i],
            tile[_ARRAY_W + i],
            tile[_SURROUNDINGS + i],
            satellite,
        )
        tile[_COASTED_ELECTRONICS + i] = asked.coasted.electronics_k
        tile[_COASTED_RADIATOR + i] = asked.coasted.radiator_k
        tile[_CUT + i] = asked.cut_w
        tile[_COMPUTE_LIT + i] = asked.compute_lit_w
        tile[_COMPUTE_DARK + i] = asked.compute_dark_w
    for i in range(TILE):
        exchange = _draw(
            tile[_CHARGE + i],
            tile[_CAPACITY + i],
            tile[_LIT + i],
            tile[_HALF_LIT + i],
            tile[_SINKING + i],
            tile[_ARRAY_W + i],
            tile[_COMPUTE_LIT + i],
            tile[_COMPUTE_DARK + i],
            satellite,
        )
        tile[_CHARGE + i] = exchange.charge_j
        tile[_LOST_W + i] = exchange.lost_w
        tile[_SHORT + i] = exchange.short_w
        tile[_SPILLED + i] += exchange.spilled_w
        tile[_DISCHARGED + i] += exchange.discharged_w
    for i in range(TILE):
        served = _serve(
            tile[_SHORT + i],
            tile[_LIT + i],
            tile[_HALF_LIT + i],
            tile[_SINKING + i],
            tile[_CUT + i],
            tile[_COMPUTE_LIT + i],
            tile[_COMPUTE_DARK + i],
            satellite,
        )
        tile[_HEAT + i] = served.compute_w + served.bus_w
        tile[_HEAT_LATE + i] = served.late_w
        tile[_COMPUTE + i] += served.compute_w
        tile[_BUS + i] += served.bus_w
        tile[_SHED + i] += served.shed_w
        tile[_THROTTLED + i] += served.throttled
    for i in range(TILE):
        warmed = _warm(
            _Temperatures(tile[_COASTED_ELECTRONICS + i], tile[_COASTED_RADIATOR + i]),
            tile[_RADIATOR + i],
            tile[_HEAT + i],
            tile[_LOST_W + i],
            tile[_HEAT_LATE + i],
            tile[_SURROUNDINGS_LATE + i],
            satellite.two_node,
        )
        tile[_ELECTRONICS + i] = warmed.electronics_k
        tile[_RADIATOR + i] = warmed.radiator_k
    for i in range(TILE):
        lit = tile[_LIT + i]
        dark = _darkness(tile[_ECLIPSE + i], lit, satellite)
        tile[_ECLIPSE + i] = dark.eclipse_s
        tile[_ECLIPSES + i] += dark.begins
        tile[_SUNLIT + i] += lit
        tile[_ARRAY + i] += lit * tile[_ARRAY_W + i]
        tile[_LOST + i] += tile[_LOST_W + i]
        tile[_ELECTRONICS_SUM + i] += tile[_ELECTRONICS + i]
        tile[_RADIATOR_SUM + i] += tile[_RADIATOR + i]
        tile[_ECLIPSE_LONGEST + i] = max(tile[_ECLIPSE_LONGEST + i], dark.eclipse_s)
        tile[_CHARGE_MIN + i] = min(tile[_CHARGE_MIN + i], tile[_CHARGE + i])
        tile[_ELECTRONICS_MAX + i] = max(tile[_ELECTRONICS_MAX + i], tile[_ELECTRONICS + i])
        tile[_RADIATOR_MAX + i] = max(tile[_RADIATOR_MAX + i], tile[_RADIATOR + i])


@driver
def _trace(tile, lane, trace):
    if 0 <= lane < TILE:
        trace[0] = tile[_LIT + lane]
        trace[1] = tile[_COS_SUN + lane]
        trace[2] = tile[_ARRAY_W + lane]
        trace[3] = tile[_SURROUNDINGS + lane]
        trace[4] = tile[_HEAT + lane]
        trace[5] = tile[_CHARGE + lane]
        trace[6] = tile[_ELECTRONICS + lane]
        trace[7] = tile[_RADIATOR + lane]


@driver
def _fold_rows(tile, first_row, n_rows, lanes):
    """Fold some rows' first `lanes` into 16 sums each, left in the row `_FOLD`.

    All rows first, their totals later (`_folded`): a total asked for at once would wait for its stores.
    """
    for number in range(n_rows):
        row = first_row + number * _ROW
        if lanes == TILE:
            for j in range(_FOLDS):
                part = _ZERO
                for block in range(0, TILE, _FOLDS):
                    part += tile[row + j + block]
                tile[_FOLD + number * _FOLDS + j] = part
        else:
            for j in range(_FOLDS):
                part = _ZERO
                for i in range(j, lanes, _FOLDS):
                    part += tile[row + i]
                tile[_FOLD + number * _FOLDS + j] = part


@driver
def _folded(tile, number):
    total = 0.0
    for j in range(_FOLDS):
        total += np.float64(tile[_FOLD + number * _FOLDS + j])
    return total


@driver
def _sum_piece(tile, sums, lanes, step_s, record_sum):
    """Move the float32 sums of a piece, in steps, into float64 totals, in seconds and joules."""
    _fold_rows(tile, _SUNLIT, _N_TOTALS, lanes)
    for i in range(TILE):
        tile[_RECORD_COMPUTE + i] += tile[_COMPUTE + i]
    for number in range(_N_TOTALS):
        row = _SUNLIT + number * _ROW
        scale = np.float64(step_s) if number < _N_TOTALS - 1 else 1.0
        for i in range(TILE):
            sums[number, i] += scale * np.float64(tile[row + i])
        for i in range(TILE):
            tile[row + i] = _ZERO
        record_sum[number] += scale * _folded(tile, number)


@driver
def _close_record(tile, places, lanes, n_steps, record_sum, scales, histogram):
    _fold_rows(tile, _CHARGE, _N_LEVELS, lanes)
    for number in range(_N_LEVELS):
        record_sum[_N_TOTALS + number] += _folded(tile, number)
    for i in range(TILE):
        tile[_RECORD_COMPUTE + i] = tile[_RECORD_COMPUTE + i] / n_steps
        tile[_FOLD + i] = tile[_CHARGE + i] / tile[_CAPACITY + i]
    _count(tile, _RECORD_COMPUTE, places, lanes, scales[0], histogram[0])
    _count(tile, _FOLD, places, lanes, scales[1], histogram[1])
    _count(tile, _ELECTRONICS, places, lanes, scales[2], histogram[2])
    _count(tile, _RADIATOR, places, lanes, scales[3], histogram[3])
    for i in range(TILE):
        tile[_RECORD_COMPUTE + i] = _ZERO


@driver
def _count(tile, row, places, lanes, scale, bins):
    low, per_unit = scale[0], scale[1]
    for i in range(TILE):
        place = (tile[row + i] - low) * per_unit
        above = place if place > _ZERO else _ZERO  # a value that is no number joins the lowest bin
        places[i] = np.int32(above if above < _LAST_BIN else _LAST_BIN)
    for i in range(lanes):
        bins[places[i]] += 1


@driver
def _store_tile(tile, sums, first, states, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            states[row, first + lane] = tile[row * _ROW + lane]
        for row in range(_N_EXTREMES):
            extremes[row, first + lane] = tile[_CHARGE_MIN + row * _ROW + lane]
        for row in range(_N_TOTALS):
            totals[row, first + lane] = sums[row, lane]
