"""Loops of the fast CPU driver: the fleet advanced in tiles, in float32, one phase of the step at a time.

A tile is 144 satellites of one layer. Its rows (elements, state, intermediate results, sums) lie one after another in one
small array that stays in the processor's caches during all steps of a chunk. Each phase of the step is a loop of its own
over the tile: short enough for the processor to overlap its iterations, simple enough for LLVM to vectorise. Three rules
keep it so, each worth a factor of five or more: no branch, no running sum or maximum in a scalar, and every row at a fixed
distance from the next in a single array (LLVM must assume that two arrays may overlap).

Satellites do not interact here, so neither tiles nor threads change a result.
"""

import numpy as np

from skyrack.core.jit import driver, part, phase, single_precision
from skyrack.fleet import state, step
from skyrack.fleet import tile_layout as rows
from skyrack.fleet.accumulate import close_interval, sum_block
from skyrack.fleet.exposure import PHASES, look_once
from skyrack.fleet.tables import COUNTS, EXTREMES, TILE, TOTALS
from skyrack.physics import battery, orbit, two_node, view_factor
from skyrack.physics.shadow import geometry

_N_STATE, _N_TOTALS, _N_EXTREMES = 3, len(TOTALS), len(EXTREMES)
_N_INTEGRALS = len(TOTALS) - len(COUNTS)

_sun_from = single_precision(orbit.sun_from)
_cos_sun_angle = single_precision(orbit.cos_sun_angle)
_half_arc = single_precision(geometry.shadow_half_arc)
_shadow_edge = single_precision(geometry.shadow_edge)
_mean_sunlight = single_precision(geometry.mean_sunlight)
_even_polynomial = single_precision(view_factor.even_polynomial)
_facing_heat = single_precision(step.facing_heat)
_absorb = single_precision(step.absorb)
_lit_array_w = single_precision(step.lit_array_w)
_load = single_precision(step.load)
_charge = single_precision(step.charge)
_discharge = single_precision(step.discharge)
_serve = single_precision(step.serve)
_idle_full_battery = single_precision(step.idle_full_battery)
_curtail = single_precision(step.curtail)
_free_response = single_precision(two_node.free_response)
_forced_response = single_precision(two_node.forced_response)
_Edge, _Light, _Refill, _FreeResponse = geometry.ShadowEdge, state.Light, battery.Refill, two_node.FreeResponse
_Request = state.Request
_ZERO, _HALF, _ONE = np.float32(0.0), np.float32(0.5), np.float32(1.0)
_SIXTH_TURN, _QUARTER_TURN = np.float32(1.0 / 6.0), np.float32(0.25)


@driver
def fly_tiles(tiles, fleet, sky, exposure, blocks, satellite, room, tally, traced):
    """Advance the tiles `tiles[0]`..`tiles[1]` of one layer through one chunk; see `fleet.cpu_types` for the arguments.

    A chunk is a sequence of blocks (a few dozen steps each). The last block of an output interval adds to the interval's sums
    and histograms.
    """
    n_live, sats_per_plane, elements, states, capacity_j, requests, totals, extremes = fleet
    step_sky, skies, first_plane, facing_view = sky
    protons, belts, own_cells, plane_rows = exposure
    block_steps, block_interval = blocks
    tile, sums, cells, bins = room
    folds, histogram_scales, histograms = tally
    places, traces = traced
    n_blocks, step_s, looks_once = block_interval.size, np.float64(satellite.step_s), protons.shape[0] == 0
    for first in range(tiles[0] * TILE, tiles[1] * TILE, TILE):
        lanes = min(TILE, n_live - first)
        _load_tile(tile, sums, first, elements, states, capacity_j, requests, extremes)
        for i in range(TILE):
            plane = min(first + i, n_live - 1) // sats_per_plane - first_plane
            cells[i] = plane_rows[plane] * PHASES + int(tile[rows.PHASE + i] * PHASES) % PHASES
        interval_begin = block_steps[0]
        for block in range(n_blocks):
            begin, end = block_steps[block], block_steps[block + 1]
            is_shadowed = _aim_tile(
                tile, first, n_live, skies, first_plane, sats_per_plane, block, end - begin, satellite
            )
            may_rest = not is_shadowed
            for k in range(begin, end):
                if is_shadowed or k == begin:
                    _sunlight(tile, np.float32(k - begin) + _HALF, satellite.step_turns)
                may_rest = _step_tile(tile, step_sky[k], facing_view, satellite, may_rest)
                for number in range(places.size):
                    if first <= places[number] < first + TILE:
                        _trace(tile, places[number] - first, step_sky[k], facing_view, traces[number, k])
            if looks_once:
                look_once(tile[rows.PROTONS :], belts, own_cells, cells, step_sky[begin], end - begin)
            else:
                _look_up(tile, protons[block], cells)
            interval = block_interval[block]
            sum_block(tile, sums, lanes, np.float32(end - begin), folds[interval])
            if block + 1 == n_blocks or block_interval[block + 1] != interval:
                n_steps, interval_begin = np.float32(end - interval_begin), end
                close_interval(tile, bins, lanes, n_steps, folds[interval], histogram_scales, histograms[interval])
        _store_tile(tile, sums, first, step_s, states, totals, extremes)


@phase
def _look_up(tile, met, cells):
    for i in range(TILE):
        tile[rows.PROTONS + i] = met[cells[i]]


@part
def _load_tile(tile, sums, first, elements, states, capacity_j, requests, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            tile[row * rows.ROW + lane] = states[row, first + lane]
        for row in range(_N_EXTREMES):
            tile[rows.CHARGE_MIN + row * rows.ROW + lane] = extremes[row, first + lane]
        for row in range(_N_TOTALS):
            tile[rows.SUNLIT + row * rows.ROW + lane] = _ZERO
            sums[row, lane] = 0.0
        tile[rows.CAPACITY + lane] = capacity_j[first + lane]
        tile[rows.REQUEST_FLOOR + lane] = requests[0, first + lane]
        tile[rows.REQUEST_CEILING + lane] = requests[1, first + lane]
        tile[rows.ESSENTIAL_SHARE + lane] = requests[2, first + lane]
        tile[rows.COS_PHASE + lane], tile[rows.SIN_PHASE + lane] = elements[0, first + lane], elements[1, first + lane]
        tile[rows.PHASE + lane] = elements[2, first + lane]
        tile[rows.INTERVAL_COMPUTE + lane] = _ZERO


@part
def _aim_tile(tile, first, n_live, skies, first_plane, sats_per_plane, block, n_steps, satellite):
    """Set Sun and shadow of every plane of the tile for one block; return True if any plane has a shadow.

    Padding repeats the last plane.
    """
    lane, is_shadowed = 0, False
    while lane < TILE:
        plane = min(first + lane, n_live - 1) // sats_per_plane
        past = min(TILE, (plane + 1) * sats_per_plane - first) if first + lane < n_live else TILE
        sky = skies[plane - first_plane]
        _aim_plane(tile[lane:], past - lane, sky[block], sky[block + 1], n_steps, satellite)
        is_shadowed |= max(sky[block, 1], sky[block + 1, 1]) > 0.0
        lane = past
    return is_shadowed


@part
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
        past = past - np.rint(past + _SIXTH_TURN)  # from -2/3 to 1/3, so that it needs no wrapping within the block
        sun = _sun_from(ahead, quarter, tile[rows.COS_PHASE + i], tile[rows.SIN_PHASE + i])
        # width of the shadow when the satellite is nearest to the anti-solar point within this block
        nearest = past - np.rint(past + _QUARTER_TURN)
        share = min(max(-nearest / flown, _ZERO), _ONE)
        early, late = _half_arc(early_square + share * early_gain), _half_arc(late_square + share * late_gain)
        tile[rows.PAST + i] = past
        tile[rows.PAST_RATE + i] = rate
        tile[rows.EARLY_REACH + i], tile[rows.EARLY_MAX + i] = _shadow_edge(early, satellite.step_turns)
        tile[rows.LATE_REACH + i], tile[rows.LATE_MAX + i] = _shadow_edge(late, satellite.step_turns)
        tile[rows.AHEAD + i] = sun.ahead
        tile[rows.QUARTER + i] = sun.quarter_ahead
        tile[rows.ECLIPSE_S + i] = (early + late) * seconds_per_turn
        # entries: passages of the early edge of the shadow, from the distance to it in turns at both ends of the block
        left, right = past + early_begin, phase + end + early_end
        tile[rows.ECLIPSES + i] = is_shadowed * np.rint(entered - ((right - np.floor(right)) - (left - np.floor(left))))


@phase
def _sunlight(tile, steps_since, step_turns):
    for i in range(TILE):
        past = tile[rows.PAST + i] + steps_since * tile[rows.PAST_RATE + i]
        light = _mean_sunlight(
            past,
            step_turns,
            _Edge(tile[rows.EARLY_REACH + i], tile[rows.EARLY_MAX + i]),
            _Edge(tile[rows.LATE_REACH + i], tile[rows.LATE_MAX + i]),
        )
        tile[rows.PAST_MIDNIGHT + i] = past
        tile[rows.LIT + i] = light.sunlit_frac
        tile[rows.HALF_LIT + i] = light.half_light_frac


@phase
def _light(tile, i, sky, facing_view):
    cos_sun = _cos_sun_angle(tile[rows.AHEAD + i], tile[rows.QUARTER + i], sky[0], sky[1])
    return _Light(
        tile[rows.LIT + i],
        tile[rows.HALF_LIT + i],
        tile[rows.PAST_MIDNIGHT + i],
        cos_sun,
        sky[2],
        sky[3],
        _even_polynomial(cos_sun, facing_view),
    )


@phase
def _step_tile(tile, sky, facing_view, satellite, may_rest):
    """Apply one step of `fleet.step`, each phase over the whole tile, with intermediate results in rows.

    A tile that `may_rest`, as it is in full sunlight, skips the battery if it is full and idle in all its satellites; returns
    True if so. The results are equal bit by bit.
    """
    nothing = _ZERO * sky[2]  # added to extremes: LLVM compiles a min in place to a slow masked store
    # passed as a constant to the phases: LLVM would evaluate a variable for each satellite
    is_facing = satellite.facing_infrared_w + satellite.facing_sun_m2 > _ZERO
    if is_facing:
        _face_sun(tile, sky, facing_view, satellite)
        _take_heat(tile, sky, facing_view, satellite, is_facing=True)
    else:
        _take_heat(tile, sky, facing_view, satellite, is_facing=False)
    _take_light(tile, sky, satellite)
    _cool(tile, satellite)
    is_at_rest = _is_at_rest(tile, satellite) if may_rest else False
    if is_at_rest:
        _pass_on(tile, satellite)
    else:
        _ask(tile, satellite)
        _refill(tile, satellite)
        _use_battery(tile, nothing, satellite)
        _give(tile, satellite)
    if is_facing and is_at_rest:
        _warm(tile, nothing, satellite, is_facing=True, is_at_rest=True)
    elif is_facing:
        _warm(tile, nothing, satellite, is_facing=True, is_at_rest=False)
    elif is_at_rest:
        _warm(tile, nothing, satellite, is_facing=False, is_at_rest=True)
    else:
        _warm(tile, nothing, satellite, is_facing=False, is_at_rest=False)
    return is_at_rest


@phase
def _face_sun(tile, sky, facing_view, satellite):
    for i in range(TILE):
        facing = _facing_heat(_light(tile, i, sky, facing_view), satellite)
        tile[rows.FACING_W + i] = facing.heat_w
        tile[rows.FACING_LATE + i] = facing.late_w


@phase
def _take_heat(tile, sky, facing_view, satellite, is_facing):
    for i in range(TILE):
        facing_w = tile[rows.FACING_W + i] if is_facing else _ZERO
        absorbed = _absorb(_light(tile, i, sky, facing_view), facing_w, satellite)
        tile[rows.ABSORBED + i] = absorbed.array_w_per_m2
        tile[rows.SURROUNDINGS + i] = absorbed.surroundings_w


@phase
def _take_light(tile, sky, satellite):
    for i in range(TILE):
        array_w = _lit_array_w(tile[rows.ABSORBED + i], sky[2], sky[3], satellite)
        tile[rows.ARRAY_W + i] = array_w
        tile[rows.SUNLIT + i] += tile[rows.LIT + i]
        tile[rows.ARRAY + i] += tile[rows.LIT + i] * array_w


@phase
def _cool(tile, satellite):
    for i in range(TILE):
        free = _free_response(
            tile[rows.ELECTRONICS + i], tile[rows.RADIATOR + i], tile[rows.SURROUNDINGS + i], satellite.two_node
        )
        tile[rows.FREE_ELECTRONICS + i] = free.electronics_k
        tile[rows.FREE_RADIATOR + i] = free.radiator_k
        tile[rows.BEYOND + i] = free.beyond_w


@phase
def _is_at_rest(tile, satellite):
    """Return True if all batteries are full and idle, in full sunlight; the power served and surplus are left in rows."""
    for i in range(TILE):
        idle = _idle_full_battery(
            tile[rows.CHARGE + i],
            tile[rows.CAPACITY + i],
            tile[rows.FREE_ELECTRONICS + i],
            tile[rows.ARRAY_W + i],
            _Request(tile[rows.REQUEST_FLOOR + i], tile[rows.REQUEST_CEILING + i], _ZERO),
            satellite,
        )
        tile[rows.LOAD_W + i] = idle.compute_w
        tile[rows.SURPLUS + i] = idle.surplus_w
        tile[rows.UNREST + i] = idle.unrest
    for j in range(rows.FOLDS):
        part = _ZERO
        for block in range(0, TILE, rows.FOLDS):
            part += tile[rows.UNREST + block + j]
        tile[rows.FOLD + j] = part
    unrest = _ZERO
    for j in range(rows.FOLDS):
        unrest += tile[rows.FOLD + j]
    return unrest == _ZERO


@phase
def _pass_on(tile, satellite):
    """Add the power served and curtailed with full, idle batteries."""
    for i in range(TILE):
        compute_w = tile[rows.LOAD_W + i]
        tile[rows.LOAD_W + i] = compute_w + satellite.bus_w
        tile[rows.COMPUTE + i] += compute_w
        tile[rows.BUS + i] += satellite.bus_w
        tile[rows.CURTAILED + i] += _curtail(tile[rows.SURPLUS + i], satellite)


@phase
def _ask(tile, satellite):
    for i in range(TILE):
        asked = _load(
            tile[rows.CHARGE + i],
            tile[rows.CAPACITY + i],
            tile[rows.FREE_ELECTRONICS + i],
            tile[rows.LIT + i],
            tile[rows.HALF_LIT + i],
            tile[rows.ARRAY_W + i],
            _Request(tile[rows.REQUEST_FLOOR + i], tile[rows.REQUEST_CEILING + i], _ZERO),
            satellite,
        )
        tile[rows.COMPUTE_LIT + i] = asked.compute_lit_w
        tile[rows.COMPUTE_MORE + i] = asked.compute_more_w
        tile[rows.ALLOWED + i] = asked.allowed_w
        tile[rows.CUT + i] = asked.cut_w
        tile[rows.SURPLUS + i] = asked.surplus_w
        tile[rows.DEFICIT + i] = asked.deficit_w


@phase
def _refill(tile, satellite):
    for i in range(TILE):
        refilled = _charge(
            tile[rows.CHARGE + i],
            tile[rows.CAPACITY + i],
            tile[rows.LIT + i],
            tile[rows.PAST_MIDNIGHT + i],
            tile[rows.SURPLUS + i],
            satellite,
        )
        tile[rows.REFILLED + i] = refilled.charge_j
        tile[rows.STORED + i] = refilled.stored_j
        tile[rows.OFFERED + i] = refilled.offered_j
        tile[rows.LATER + i] = refilled.later_j


@phase
def _use_battery(tile, nothing, satellite):
    for i in range(TILE):
        exchange = _discharge(
            _Refill(tile[rows.REFILLED + i], tile[rows.STORED + i], tile[rows.OFFERED + i], tile[rows.LATER + i]),
            tile[rows.CAPACITY + i],
            tile[rows.DEFICIT + i],
            tile[rows.ESSENTIAL_SHARE + i],
            satellite,
        )
        tile[rows.CHARGE + i] = exchange.charge_j
        tile[rows.CHARGE_MIN + i] = min(tile[rows.CHARGE_MIN + i], exchange.charge_j) + nothing
        tile[rows.LOST_W + i] = exchange.lost_w
        tile[rows.SHORT + i] = exchange.short_w
        tile[rows.CURTAILED + i] += exchange.curtailed_w
        tile[rows.LOST + i] += exchange.lost_w
        tile[rows.DISCHARGED + i] += exchange.discharged_w


@phase
def _give(tile, satellite):
    for i in range(TILE):
        served = _serve(
            tile[rows.SHORT + i],
            tile[rows.LIT + i],
            tile[rows.HALF_LIT + i],
            tile[rows.PAST_MIDNIGHT + i],
            tile[rows.ALLOWED + i],
            tile[rows.CUT + i],
            tile[rows.COMPUTE_LIT + i],
            tile[rows.COMPUTE_MORE + i],
            satellite,
        )
        load_w = served.compute_w + served.bus_w
        tile[rows.LOAD_W + i] = load_w
        tile[rows.LATE + i] = served.late_w
        tile[rows.COMPUTE + i] += served.compute_w
        tile[rows.BUS + i] += served.bus_w
        tile[rows.UNSERVED + i] += served.unserved_w
        tile[rows.THROTTLED + i] += served.throttled


@phase
def _warm(tile, nothing, satellite, is_facing, is_at_rest):
    for i in range(TILE):
        warmed = _forced_response(
            _FreeResponse(tile[rows.FREE_ELECTRONICS + i], tile[rows.FREE_RADIATOR + i], tile[rows.BEYOND + i]),
            tile[rows.LOAD_W + i],
            _ZERO if is_at_rest else tile[rows.LOST_W + i],
            _ZERO if is_at_rest else tile[rows.LATE + i],
            tile[rows.FACING_LATE + i] if is_facing else _ZERO,
            satellite.two_node,
        )
        tile[rows.ELECTRONICS + i] = warmed.electronics_k
        tile[rows.RADIATOR + i] = warmed.radiator_k
        tile[rows.ELECTRONICS_SUM + i] += warmed.electronics_k
        tile[rows.RADIATOR_SUM + i] += warmed.radiator_k
        tile[rows.ELECTRONICS_MAX + i] = max(tile[rows.ELECTRONICS_MAX + i], warmed.electronics_k) + nothing
        tile[rows.RADIATOR_MAX + i] = max(tile[rows.RADIATOR_MAX + i], warmed.radiator_k) + nothing


@part
def _trace(tile, lane, sky, facing_view, trace):
    light = _light(tile, lane, sky, facing_view)
    trace[0], trace[1] = light.sunlit_frac, light.cos_sun
    trace[2], trace[3] = tile[rows.ARRAY_W + lane], tile[rows.SURROUNDINGS + lane]
    trace[4] = tile[rows.LOAD_W + lane]
    trace[5] = tile[rows.CHARGE + lane]
    trace[6] = tile[rows.ELECTRONICS + lane]
    trace[7] = tile[rows.RADIATOR + lane]


@part
def _store_tile(tile, sums, first, step_s, states, totals, extremes):
    for lane in range(TILE):
        for row in range(_N_STATE):
            states[row, first + lane] = tile[row * rows.ROW + lane]
        for row in range(_N_EXTREMES):
            extremes[row, first + lane] = tile[rows.CHARGE_MIN + row * rows.ROW + lane]
        for row in range(_N_TOTALS):
            totals[row, first + lane] += sums[row, lane] * (step_s if row < _N_INTEGRALS else 1.0)
