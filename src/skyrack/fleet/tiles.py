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

from skyrack.core.constants import TWO_PI
from skyrack.core.law import driver, single_precision
from skyrack.fleet import rows, state, step
from skyrack.fleet.exposure import EXPOSURE_S, NODES, PHASES
from skyrack.fleet.sky import plane_skies
from skyrack.fleet.tables import EXTREMES, HISTOGRAM_BINS, TILE, TOTALS
from skyrack.fleet.tally import close_record, sum_piece
from skyrack.physics import orbit, two_node
from skyrack.physics.shadow import geometry

_N_STATE, _N_TOTALS, _N_EXTREMES = 3, len(TOTALS), len(EXTREMES)

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
_NODES, _PHASES = np.float32(NODES), np.float32(PHASES)
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
    belts,
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
    `belts` are the protons met by node and phase (see `exposure`), flat. Satellites `traced` leave each step in `traces`
    (satellite, step, TRACES).
    """
    tile = rows.aligned_tile()
    sums = np.empty((_N_TOTALS, TILE), np.float64)
    places, ways = np.empty(TILE, np.uint32), np.zeros((4, HISTOGRAM_BINS), np.int32)
    n_pieces = piece_record.size
    every = max(1, int(EXPOSURE_S / satellite.step_s))
    first_plane = tiles[0] * TILE // sats_per_plane
    last_plane = (min(tiles[1] * TILE, n_live) - 1) // sats_per_plane
    skies = plane_skies(plane_raan_rad[first_plane : last_plane + 1], cos_inclination, piece_sky)
    for first in range(tiles[0] * TILE, tiles[1] * TILE, TILE):
        lanes = min(TILE, n_live - first)
        _load_tile(tile, sums, first, elements, states, capacity_j, totals, extremes)
        _place_nodes(tile, first, n_live, plane_raan_rad, sats_per_plane)
        for piece in range(n_pieces):
            begin, end = piece_steps[piece], piece_steps[piece + 1]
            is_shadowed = _aim_tile(
                tile, first, n_live, skies, first_plane, sats_per_plane, piece, end - begin, satellite
            )
            for k in range(begin, end):
                if is_shadowed or k == begin:
                    _sunlight(tile, np.float32(k - begin) + _HALF, satellite.step_turns)
                _step_tile(tile, step_sky[k], facing_view, satellite)
                if (k - begin) % every == 0:
                    _expose(tile, places, belts, step_sky[k], np.float32(min(every, end - k)))
                for number in range(traced.size):
                    _trace(tile, traced[number] - first, traces[number, k])
            record = piece_record[piece]
            sum_piece(tile, sums, lanes, np.float32(end - begin), satellite.step_s, record_sums[record])
            if piece + 1 == n_pieces or piece_record[piece + 1] != record:
                n_steps = end - piece_steps[np.searchsorted(piece_record, record)]
                close_record(
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
def _load_tile(tile, sums, first, elements, states, capacity_j, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            tile[row * rows.ROW + lane] = states[row, first + lane]
        for row in range(_N_EXTREMES):
            tile[rows.CHARGE_MIN + row * rows.ROW + lane] = extremes[row, first + lane]
        for row in range(_N_TOTALS):
            tile[rows.SUNLIT + row * rows.ROW + lane] = _ZERO
            sums[row, lane] = totals[row, first + lane]
        tile[rows.CAPACITY + lane] = capacity_j[first + lane]
        tile[rows.COS_PHASE + lane], tile[rows.SIN_PHASE + lane] = elements[0, first + lane], elements[1, first + lane]
        tile[rows.PHASE + lane] = elements[2, first + lane]
        tile[rows.RECORD_COMPUTE + lane] = _ZERO


@driver
def _place_nodes(tile, first, n_live, plane_raan_rad, sats_per_plane):
    """Node of each satellite's plane at the epoch, in turns."""
    for lane in range(TILE):
        plane = min(first + lane, n_live - 1) // sats_per_plane
        tile[rows.NODE + lane] = np.float32(plane_raan_rad[plane] / TWO_PI)


@driver
def _expose(tile, places, belts, sky, n_steps):
    """Count the trapped protons that are met where each satellite is, by its phase and its node's place over the Earth."""
    turns_flown, node_turned = sky[4], sky[5]
    for i in range(TILE):
        phase, node = tile[rows.PHASE + i] + turns_flown, tile[rows.NODE + i] + node_turned
        row = np.uint32((node - np.floor(node)) * _NODES)
        places[i] = row * np.uint32(PHASES + 1) + np.uint32((phase - np.floor(phase)) * _PHASES)
    for i in range(TILE):
        tile[rows.PROTONS + i] += n_steps * belts[places[i]]


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
        phase = tile[rows.PHASE + i]
        past = phase + begin
        sun = _sun_from(ahead, quarter, tile[rows.COS_PHASE + i], tile[rows.SIN_PHASE + i])
        # the shadow is as wide as when the satellite passes midnight, or as near to it as this piece comes
        nearest = past - np.rint(past + _QUARTER_TURN)
        share = min(max(-nearest / flown, _ZERO), _ONE)
        early, late = _half_arc(early_square + share * early_gain), _half_arc(late_square + share * late_gain)
        tile[rows.PAST + i] = past
        tile[rows.PAST_RATE + i] = rate
        tile[rows.EARLY + i] = early
        tile[rows.LATE + i] = late
        tile[rows.AHEAD + i] = sun.ahead
        tile[rows.QUARTER + i] = sun.quarter_ahead
        tile[rows.ECLIPSE_S + i] = (early + late) * seconds_per_turn
        # entries: how often the shadow's early edge was passed, from its distance in turns at both ends of the piece
        left, right = past + early_begin, phase + end + early_end
        tile[rows.ECLIPSES + i] = is_shadowed * np.rint(entered - ((right - np.floor(right)) - (left - np.floor(left))))


@driver
def _sunlight(tile, steps_since, step_turns):
    for i in range(TILE):
        past = tile[rows.PAST + i] + steps_since * tile[rows.PAST_RATE + i]
        past = past - np.rint(past)
        light = _mean_sunlight(
            past,
            step_turns,
            tile[rows.EARLY + i],
            tile[rows.LATE + i],
        )
        tile[rows.LIT + i] = light.sunlit_frac
        tile[rows.HALF_LIT + i] = light.half_light_frac
        tile[rows.BEFORE_MIDNIGHT + i] = _ONE if past < _ZERO else _ZERO


@driver
def _step_tile(tile, sky, facing_view, satellite):
    cos_flown, sin_flown, solar_flux, array_health = sky[0], sky[1], sky[2], sky[3]
    nothing = _ZERO * solar_flux  # added to extremes: LLVM makes a plain min of its own place a slow masked store
    for i in range(TILE):
        cos_sun = _cos_sun_angle(tile[rows.AHEAD + i], tile[rows.QUARTER + i], cos_flown, sin_flown)
        tile[rows.COS_SUN + i] = cos_sun
        square = cos_sun * cos_sun
        view = facing_view[0] + square * (
            facing_view[1] + square * (facing_view[2] + square * (facing_view[3] + square * facing_view[4]))
        )
        given = _supply(
            _Light(
                tile[rows.LIT + i],
                tile[rows.HALF_LIT + i],
                tile[rows.BEFORE_MIDNIGHT + i],
                cos_sun,
                solar_flux,
                array_health,
                view,
            ),
            satellite,
        )
        tile[rows.ARRAY_W + i] = given.array_w
        tile[rows.SURROUNDINGS + i] = given.surroundings_w
        tile[rows.SURROUNDINGS_LATE + i] = given.surroundings_late_w
        tile[rows.SUNLIT + i] += tile[rows.LIT + i]
        tile[rows.ARRAY + i] += tile[rows.LIT + i] * given.array_w
    for i in range(TILE):
        asked = _load(
            tile[rows.CHARGE + i],
            tile[rows.ELECTRONICS + i],
            tile[rows.RADIATOR + i],
            tile[rows.CAPACITY + i],
            tile[rows.LIT + i],
            tile[rows.HALF_LIT + i],
            tile[rows.ARRAY_W + i],
            tile[rows.SURROUNDINGS + i],
            satellite,
        )
        tile[rows.COASTED_ELECTRONICS + i] = asked.coasted.electronics_k
        tile[rows.COASTED_RADIATOR + i] = asked.coasted.radiator_k
        tile[rows.BEYOND + i] = asked.coasted.beyond_w
        tile[rows.COMPUTE_LIT + i] = asked.compute_lit_w
        tile[rows.COMPUTE_MORE + i] = asked.compute_more_w
        tile[rows.ALLOWED + i] = asked.allowed_w
        tile[rows.CUT + i] = asked.cut_w
        tile[rows.SURPLUS + i] = asked.surplus_w
        tile[rows.DEFICIT + i] = asked.deficit_w
    for i in range(TILE):
        exchange = _draw(
            tile[rows.CHARGE + i],
            tile[rows.CAPACITY + i],
            tile[rows.LIT + i],
            tile[rows.BEFORE_MIDNIGHT + i],
            tile[rows.SURPLUS + i],
            tile[rows.DEFICIT + i],
            satellite,
        )
        tile[rows.CHARGE + i] = exchange.charge_j
        tile[rows.CHARGE_MIN + i] = min(tile[rows.CHARGE_MIN + i], exchange.charge_j) + nothing
        tile[rows.LOST_W + i] = exchange.lost_w
        tile[rows.SHORT + i] = exchange.short_w
        tile[rows.SPILLED + i] += exchange.spilled_w
        tile[rows.LOST + i] += exchange.lost_w
        tile[rows.DISCHARGED + i] += exchange.discharged_w
    for i in range(TILE):
        served = _serve(
            tile[rows.SHORT + i],
            tile[rows.LIT + i],
            tile[rows.HALF_LIT + i],
            tile[rows.BEFORE_MIDNIGHT + i],
            tile[rows.ALLOWED + i],
            tile[rows.CUT + i],
            tile[rows.COMPUTE_LIT + i],
            tile[rows.COMPUTE_MORE + i],
            satellite,
        )
        tile[rows.HEAT + i] = served.compute_w + served.bus_w
        tile[rows.HEAT_LATE + i] = served.late_w
        tile[rows.COMPUTE + i] += served.compute_w
        tile[rows.BUS + i] += served.bus_w
        tile[rows.SHED + i] += served.shed_w
        tile[rows.THROTTLED + i] += served.throttled
    for i in range(TILE):
        warmed = _warm(
            _Coasted(tile[rows.COASTED_ELECTRONICS + i], tile[rows.COASTED_RADIATOR + i], tile[rows.BEYOND + i]),
            tile[rows.HEAT + i],
            tile[rows.LOST_W + i],
            tile[rows.HEAT_LATE + i],
            tile[rows.SURROUNDINGS_LATE + i],
            satellite.two_node,
        )
        tile[rows.ELECTRONICS + i] = warmed.electronics_k
        tile[rows.RADIATOR + i] = warmed.radiator_k
        tile[rows.ELECTRONICS_SUM + i] += warmed.electronics_k
        tile[rows.RADIATOR_SUM + i] += warmed.radiator_k
        tile[rows.ELECTRONICS_MAX + i] = max(tile[rows.ELECTRONICS_MAX + i], warmed.electronics_k) + nothing
        tile[rows.RADIATOR_MAX + i] = max(tile[rows.RADIATOR_MAX + i], warmed.radiator_k) + nothing


@driver
def _trace(tile, lane, trace):
    if 0 <= lane < TILE:
        trace[0] = tile[rows.LIT + lane]
        trace[1] = tile[rows.COS_SUN + lane]
        trace[2] = tile[rows.ARRAY_W + lane]
        trace[3] = tile[rows.SURROUNDINGS + lane]
        trace[4] = tile[rows.HEAT + lane]
        trace[5] = tile[rows.CHARGE + lane]
        trace[6] = tile[rows.ELECTRONICS + lane]
        trace[7] = tile[rows.RADIATOR + lane]


@driver
def _store_tile(tile, sums, first, states, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            states[row, first + lane] = tile[row * rows.ROW + lane]
        for row in range(_N_EXTREMES):
            extremes[row, first + lane] = tile[rows.CHARGE_MIN + row * rows.ROW + lane]
        for row in range(_N_TOTALS):
            totals[row, first + lane] = sums[row, lane]
