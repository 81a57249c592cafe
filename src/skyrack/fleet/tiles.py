"""The loops of the fast CPU driver: the fleet walked in tiles, float32, one phase of the step at a time.

A tile is 192 satellites of one layer. Its rows (elements, state, intermediate results, sums) lie one after another in one
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
from skyrack.fleet.sky import plane_skies
from skyrack.fleet.tables import EXTREMES, HISTOGRAM_BINS, LEVELS, TILE, TOTALS
from skyrack.physics import orbit, two_node
from skyrack.physics.shadow import geometry

_ROW = TILE + 16
"""Rows lie further apart than they are long: a load waits for a store some whole multiple of 4 KiB away."""

# rows of the tile, as offsets into its array
(
    _CHARGE,
    _ELECTRONICS,
    _RADIATOR,
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
    _COS_PHASE,
    _SIN_PHASE,
    _PHASE,
    _PAST,
    _PAST_RATE,
    _EARLY,
    _LATE,
    _AHEAD,
    _QUARTER,
    _ECLIPSE_S,
    _COS_SUN,
    _LIT,
    _HALF_LIT,
    _BEFORE_MIDNIGHT,
    _ARRAY_W,
    _SURROUNDINGS,
    _SURROUNDINGS_LATE,
    _COASTED_ELECTRONICS,
    _COASTED_RADIATOR,
    _BEYOND,
    _CUT,
    _ALLOWED,
    _COMPUTE_LIT,
    _COMPUTE_MORE,
    _SURPLUS,
    _DEFICIT,
    _HEAT,
    _HEAT_LATE,
    _LOST_W,
    _SHORT,
    _RECORD_COMPUTE,
    _FOLD,
) = range(0, 52 * _ROW, _ROW)
_N_ROWS = 52
_FOLDS = 16
_SIZE = (_N_ROWS - 1) * _ROW + max(_ROW, (len(TOTALS) + 1) * _FOLDS)
_N_STATE, _N_TOTALS, _N_EXTREMES, _N_LEVELS = 3, len(TOTALS), len(EXTREMES), len(LEVELS)
_LAST_BIN = np.float32(HISTOGRAM_BINS - 1)

_sun_from = single_precision(orbit.sun_from)
_cos_sun_angle = single_precision(orbit.cos_sun_angle)
_half_arc = single_precision(geometry.shadow_half_arc)
_mean_sunlight = single_precision(geometry.mean_sunlight)
_supply = single_precision(step.supply)
_load = single_precision(step.load)
_draw = single_precision(step.draw)
_serve = single_precision(step.serve)
_warm = single_precision(two_node.warm)
_Light, _Coasted = state.Light, two_node.Coasted
_ZERO, _QUARTER_TURN, _HALF, _ONE = np.float32(0.0), np.float32(0.25), np.float32(0.5), np.float32(1.0)


@driver
def fly_tiles(
    tiles,
    n_live,
    plane_raan_rad,
    sats_per_plane,
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
    pieces (a few dozen steps each); `piece_steps` holds the step at which each begins, and one more. The Sun's place and
    the shadow's arc in each orbital plane are exact at the ends of a piece (`piece_sky`) and linear between them, the arc by
    its square. `piece_record` is the record
    that a piece belongs to; the last piece of a record adds to `record_sums` (record, TOTALS + LEVELS) and `histograms`
    (record, HISTOGRAMS, bin). `facing_view` are coefficients of an even polynomial in the cosine of the Sun's angle.
    Satellites `traced` leave each step in `traces` (satellite, step, TRACES).
    """
    tile = _aligned_tile()
    sums = np.empty((_N_TOTALS, TILE), np.float64)
    places, ways = np.empty(TILE, np.uint32), np.zeros((4, HISTOGRAM_BINS), np.int32)
    n_pieces = piece_record.size
    first_plane = tiles[0] * TILE // sats_per_plane
    last_plane = (min(tiles[1] * TILE, n_live) - 1) // sats_per_plane
    skies = plane_skies(plane_raan_rad[first_plane : last_plane + 1], cos_inclination, piece_sky)
    for first in range(tiles[0] * TILE, tiles[1] * TILE, TILE):
        lanes = min(TILE, n_live - first)
        _load_tile(tile, sums, first, elements, states, capacity_j, totals, extremes)
        for piece in range(n_pieces):
            begin, end = piece_steps[piece], piece_steps[piece + 1]
            is_shadowed = _aim_tile(
                tile, first, n_live, skies, first_plane, sats_per_plane, piece, end - begin, satellite
            )
            for k in range(begin, end):
                if is_shadowed or k == begin:
                    _sunlight(tile, np.float32(k - begin) + _HALF, satellite.step_turns)
                _step_tile(tile, step_sky[k], facing_view, satellite)
                for number in range(traced.size):
                    _trace(tile, traced[number] - first, traces[number, k])
            record = piece_record[piece]
            _sum_piece(tile, sums, lanes, np.float32(end - begin), satellite.step_s, record_sums[record])
            if piece + 1 == n_pieces or piece_record[piece + 1] != record:
                n_steps = end - piece_steps[np.searchsorted(piece_record, record)]
                _close_record(
                    tile,
                    places,
                    ways,
                    lanes,
                    np.float32(n_steps),
                    record_sums[record],
                    histogram_scales,
                    histograms[record],
                )
        _store_tile(tile, sums, first, states, totals, extremes)


@driver
def _aligned_tile():
    """Room for a tile that begins at a cache line: a vector that straddles two lines costs double."""
    room = np.empty(_SIZE + 16, np.float32)
    lead = (-room.ctypes.data % 64) // 4
    return room[lead : lead + _SIZE]


@driver
def _load_tile(tile, sums, first, elements, states, capacity_j, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            tile[row * _ROW + lane] = states[row, first + lane]
        for row in range(_N_EXTREMES):
            tile[_CHARGE_MIN + row * _ROW + lane] = extremes[row, first + lane]
        for row in range(_N_TOTALS):
            tile[_SUNLIT + row * _ROW + lane] = _ZERO
            sums[row, lane] = totals[row, first + lane]
        tile[_CAPACITY + lane] = capacity_j[first + lane]
        tile[_COS_PHASE + lane], tile[_SIN_PHASE + lane] = elements[0, first + lane], elements[1, first + lane]
        tile[_PHASE + lane] = elements[2, first + lane]
        tile[_RECORD_COMPUTE + lane] = _ZERO


@driver
def _aim_tile(tile, first, n_live, skies, first_plane, sats_per_plane, piece, n_steps, satellite):
    """Set Sun and shadow of every plane that the tile holds a part of, for one piece, and say whether any has a shadow.

    Padding repeats the last plane.
    """
    lane, is_shadowed = 0, False
    while lane < TILE:
        plane = min(first + lane, n_live - 1) // sats_per_plane
        past = min(TILE, (plane + 1) * sats_per_plane - first) if first + lane < n_live else TILE
        sky = skies[plane - first_plane]
        _aim_plane(tile[lane:], past - lane, sky[piece], sky[piece + 1], n_steps, satellite)
        is_shadowed |= max(sky[piece, 1], sky[piece + 1, 1]) > 0.0
        lane = past
    return is_shadowed


@driver
def _aim_plane(tile, lanes, before, after, n_steps, satellite):
    turned = n_steps * np.float64(satellite.step_turns)
    drifted = after[0] - before[0] - turned
    flown = np.float32(turned + drifted - np.rint(drifted))
    rate = flown / np.float32(n_steps)
    begin, early_square, late_square = np.float32(before[0]), np.float32(before[1]), np.float32(before[2])
    end, early_gain, late_gain = (
        np.float32(after[0]),
        np.float32(after[1] - before[1]),
        np.float32(after[2] - before[2]),
    )
    early_begin, early_end = _half_arc(early_square), _half_arc(np.float32(after[1]))
    ahead, quarter = np.float32(0.5 * (before[3] + after[3])), np.float32(0.5 * (before[4] + after[4]))
    seconds_per_turn = satellite.step_s / rate
    entered = flown + early_end - early_begin
    is_shadowed = _ONE if max(early_begin, early_end) > _ZERO else _ZERO
    for i in range(lanes):
        phase = tile[_PHASE + i]
        past = phase + begin
        sun = _sun_from(ahead, quarter, tile[_COS_PHASE + i], tile[_SIN_PHASE + i])
        # the shadow is as wide as when the satellite passes midnight, or as near to it as this piece comes
        nearest = past - np.rint(past + _QUARTER_TURN)
        share = min(max(-nearest / flown, _ZERO), _ONE)
        early, late = _half_arc(early_square + share * early_gain), _half_arc(late_square + share * late_gain)
        tile[_PAST + i] = past
        tile[_PAST_RATE + i] = rate
        tile[_EARLY + i] = early
        tile[_LATE + i] = late
        tile[_AHEAD + i] = sun.ahead
        tile[_QUARTER + i] = sun.quarter_ahead
        tile[_ECLIPSE_S + i] = (early + late) * seconds_per_turn
        # entries: how often the shadow's early edge was passed, from its distance in turns at both ends of the piece
        left, right = past + early_begin, phase + end + early_end
        tile[_ECLIPSES + i] = is_shadowed * np.rint(entered - ((right - np.floor(right)) - (left - np.floor(left))))


@driver
def _sunlight(tile, steps_since, step_turns):
    for i in range(TILE):
        past = tile[_PAST + i] + steps_since * tile[_PAST_RATE + i]
        past = past - np.rint(past)
        light = _mean_sunlight(
            past,
            step_turns,
            tile[_EARLY + i],
            tile[_LATE + i],
        )
        tile[_LIT + i] = light.sunlit_frac
        tile[_HALF_LIT + i] = light.half_light_frac
        tile[_BEFORE_MIDNIGHT + i] = _ONE if past < _ZERO else _ZERO


@driver
def _step_tile(tile, sky, facing_view, satellite):
    cos_flown, sin_flown, solar_flux, array_health = sky[0], sky[1], sky[2], sky[3]
    nothing = _ZERO * solar_flux  # added to extremes: LLVM makes a plain min of its own place a slow masked store
    for i in range(TILE):
        cos_sun = _cos_sun_angle(tile[_AHEAD + i], tile[_QUARTER + i], cos_flown, sin_flown)
        tile[_COS_SUN + i] = cos_sun
        square = cos_sun * cos_sun
        view = facing_view[0] + square * (
            facing_view[1] + square * (facing_view[2] + square * (facing_view[3] + square * facing_view[4]))
        )
        given = _supply(
            _Light(
                tile[_LIT + i],
                tile[_HALF_LIT + i],
                tile[_BEFORE_MIDNIGHT + i],
                cos_sun,
                solar_flux,
                array_health,
                view,
            ),
            satellite,
        )
        tile[_ARRAY_W + i] = given.array_w
        tile[_SURROUNDINGS + i] = given.surroundings_w
        tile[_SURROUNDINGS_LATE + i] = given.surroundings_late_w
        tile[_SUNLIT + i] += tile[_LIT + i]
        tile[_ARRAY + i] += tile[_LIT + i] * given.array_w
    for i in range(TILE):
        asked = _load(
            tile[_CHARGE + i],
            tile[_ELECTRONICS + i],
            tile[_RADIATOR + i],
            tile[_CAPACITY + i],
            tile[_LIT + i],
            tile[_HALF_LIT + i],
            tile[_ARRAY_W + i],
            tile[_SURROUNDINGS + i],
            satellite,
        )
        tile[_COASTED_ELECTRONICS + i] = asked.coasted.electronics_k
        tile[_COASTED_RADIATOR + i] = asked.coasted.radiator_k
        tile[_BEYOND + i] = asked.coasted.beyond_w
        tile[_COMPUTE_LIT + i] = asked.compute_lit_w
        tile[_COMPUTE_MORE + i] = asked.compute_more_w
        tile[_ALLOWED + i] = asked.allowed_w
        tile[_CUT + i] = asked.cut_w
        tile[_SURPLUS + i] = asked.surplus_w
        tile[_DEFICIT + i] = asked.deficit_w
    for i in range(TILE):
        exchange = _draw(
            tile[_CHARGE + i],
            tile[_CAPACITY + i],
            tile[_LIT + i],
            tile[_BEFORE_MIDNIGHT + i],
            tile[_SURPLUS + i],
            tile[_DEFICIT + i],
            satellite,
        )
        tile[_CHARGE + i] = exchange.charge_j
        tile[_CHARGE_MIN + i] = min(tile[_CHARGE_MIN + i], exchange.charge_j) + nothing
        tile[_LOST_W + i] = exchange.lost_w
        tile[_SHORT + i] = exchange.short_w
        tile[_SPILLED + i] += exchange.spilled_w
        tile[_LOST + i] += exchange.lost_w
        tile[_DISCHARGED + i] += exchange.discharged_w
    for i in range(TILE):
        served = _serve(
            tile[_SHORT + i],
            tile[_LIT + i],
            tile[_HALF_LIT + i],
            tile[_BEFORE_MIDNIGHT + i],
            tile[_ALLOWED + i],
            tile[_CUT + i],
            tile[_COMPUTE_LIT + i],
            tile[_COMPUTE_MORE + i],
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
            _Coasted(tile[_COASTED_ELECTRONICS + i], tile[_COASTED_RADIATOR + i], tile[_BEYOND + i]),
            tile[_HEAT + i],
            tile[_LOST_W + i],
            tile[_HEAT_LATE + i],
            tile[_SURROUNDINGS_LATE + i],
            satellite.two_node,
        )
        tile[_ELECTRONICS + i] = warmed.electronics_k
        tile[_RADIATOR + i] = warmed.radiator_k
        tile[_ELECTRONICS_SUM + i] += warmed.electronics_k
        tile[_RADIATOR_SUM + i] += warmed.radiator_k
        tile[_ELECTRONICS_MAX + i] = max(tile[_ELECTRONICS_MAX + i], warmed.electronics_k) + nothing
        tile[_RADIATOR_MAX + i] = max(tile[_RADIATOR_MAX + i], warmed.radiator_k) + nothing


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
def _sum_piece(tile, sums, lanes, n_steps, step_s, record_sum):
    """Move the float32 sums of a piece, in steps, into float64 totals, in seconds and joules."""
    _fold_rows(tile, _SUNLIT, _N_TOTALS, lanes)
    for i in range(TILE):
        tile[_RECORD_COMPUTE + i] += tile[_COMPUTE + i]
        eclipse_s = tile[_ECLIPSE_S + i] if tile[_SUNLIT + i] < n_steps else _ZERO
        tile[_ECLIPSE_LONGEST + i] = max(tile[_ECLIPSE_LONGEST + i], eclipse_s)
    for number in range(_N_TOTALS):
        row = _SUNLIT + number * _ROW
        scale = np.float64(step_s) if number < _N_TOTALS - 1 else 1.0
        for i in range(TILE):
            sums[number, i] += scale * np.float64(tile[row + i])
        for i in range(TILE):
            tile[row + i] = _ZERO
        record_sum[number] += scale * _folded(tile, number)


@driver
def _close_record(tile, places, ways, lanes, n_steps, record_sum, scales, histogram):
    _fold_rows(tile, _CHARGE, _N_LEVELS, lanes)
    for number in range(_N_LEVELS):
        record_sum[_N_TOTALS + number] += _folded(tile, number)
    for i in range(TILE):
        tile[_RECORD_COMPUTE + i] = tile[_RECORD_COMPUTE + i] / n_steps
        tile[_FOLD + i] = tile[_CHARGE + i] / tile[_CAPACITY + i]
    _count(tile, _RECORD_COMPUTE, places, ways, lanes, scales[0], histogram[0])
    _count(tile, _FOLD, places, ways, lanes, scales[1], histogram[1])
    _count(tile, _ELECTRONICS, places, ways, lanes, scales[2], histogram[2])
    _count(tile, _RADIATOR, places, ways, lanes, scales[3], histogram[3])
    for i in range(TILE):
        tile[_RECORD_COMPUTE + i] = _ZERO


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


@driver
def _store_tile(tile, sums, first, states, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            states[row, first + lane] = tile[row * _ROW + lane]
        for row in range(_N_EXTREMES):
            extremes[row, first + lane] = tile[_CHARGE_MIN + row * _ROW + lane]
        for row in range(_N_TOTALS):
            totals[row, first + lane] = sums[row, lane]
