"""Placement of gangs: the light of a whole gang, where it may begin, and the calendar, each against all its nodes."""

import numpy as np
import pytest
from tests.operations import PERIOD_S, columns, fleet, mixed

from skyrack.forecast.windows import POWERED, SUNLIT, changes
from skyrack.operations import placement
from skyrack.operations.core import ControlState
from skyrack.operations.nodes import claim_gang
from skyrack.operations.placement import Gang
from skyrack.operations.policy import policy_named
from skyrack.operations.simulation import operate


def state_of(given):
    return ControlState(given.fresh_nodes(), given.light.sky, policy_named("forecast"))


def gang_of(nodes, rows, condition, least_s=200.0, needed_s=5000.0):
    return Gang(0, nodes, rows, -(-nodes // rows), condition, needed_s, least_s, 100.0)


def left_of_all(state, gang, ring, slot, time_s):
    """The time for which every node of a gang meets its condition, each looked up by itself."""
    out = np.zeros(gang.nodes, np.int64)
    for k in range(gang.nodes):
        row = k // gang.columns
        first, last = state.nodes.first[ring + row : ring + row + 2]
        out[k] = first + (slot + k % gang.columns) % (last - first)
    left, up = np.zeros(gang.nodes), np.zeros(gang.nodes, bool)
    changes(out, state.sky, np.full(gang.nodes, time_s), gang.condition, up, left)
    return float(left.min()) if up.all() else 0.0


FLEETS = {
    "eclipses": {"dark_frac": (0.3, 0.32, 0.34, 0.36)},
    "short eclipses": {"dark_frac": (0.03, 0.04, 0.05, 0.06)},
    "batteries that nearly last": {"dark_frac": (0.3, 0.32, 0.34, 0.36), "ride_s": 0.29 * PERIOD_S},
    "batteries that last in some": {"dark_frac": (0.3, 0.32, 0.34, 0.36), "ride_s": 0.33 * PERIOD_S},
    "no eclipse in some": {"dark_frac": (0.0, 0.2, 0.0, 0.2)},
}


@pytest.mark.parametrize("kind", FLEETS)
@pytest.mark.parametrize("condition", [POWERED, SUNLIT])
def test_the_light_of_a_gang_is_that_of_all_its_nodes(kind, condition):
    random = np.random.default_rng(5)
    given = fleet(**FLEETS[kind], slots=40, midnight=random.random(4))
    state = state_of(given)
    for _ in range(400):
        rows = int(random.integers(1, 4))
        gang = gang_of(int(random.integers(1, 40 * rows + 1)), rows, condition)
        ring, slot = int(random.integers(0, 5 - rows)), int(random.integers(0, 40))
        time_s = float(random.uniform(0.0, 2.0 * PERIOD_S))
        seen = placement.seen_of(state.nodes, state.sky, gang, ring, slot, time_s, state._scratch)
        assert seen.left_s == pytest.approx(left_of_all(state, gang, ring, slot, time_s), abs=0.01)


@pytest.mark.parametrize("kind", FLEETS)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_large_gang_begins_only_where_its_light_lasts_and_finds_such_a_place(kind, rows):
    """Each place in light that lasts is in the stretch that is searched, but for a shorter stretch beside it."""
    random = np.random.default_rng(6)
    given = fleet(**FLEETS[kind], slots=40, midnight=0.02 * np.arange(4))
    state = state_of(given)
    for _ in range(100):
        least_s = float(random.uniform(60.0, 1500.0))
        gang = gang_of(int(random.integers(rows, 36 * rows)), rows, POWERED, least_s)
        time_s = float(random.uniform(0.0, PERIOD_S))
        slot, count = placement.lit_starts_of(state.nodes, state.sky, gang, 0, time_s)
        lasting = np.array([left_of_all(state, gang, 0, k, time_s) >= least_s for k in range(40)])
        stretch = (slot + np.arange(count)) % 40
        assert count == 40 or lasting[stretch].all()
        assert count >= longest_run(lasting)


def longest_run(values):
    """Length of the longest run of true values on a ring."""
    if values.all():
        return len(values)
    most, run = 0, 0
    for value in [*values, *values]:
        run = run + 1 if value else 0
        most = max(most, run)
    return most


def test_no_gang_on_batteries_is_stopped_by_an_outage():
    """Outages are much narrower than the shadow: a gang of half a ring has nodes in it all the time, or never."""
    given = fleet((0.3, 0.32, 0.34, 0.36), slots=40, ride_s=0.29 * PERIOD_S, midnight=[0.0, 0.1, 0.5, 0.7])
    found = operate(given, mixed(200, 3, 40_000.0, largest=30), policy_named("forecast"), 86_400.0)
    assert found.column("moves").sum() > 20
    assert found.column("stops").sum() == 0
    assert found.column("lost").sum() == pytest.approx(0.0, abs=1e-6)


def test_the_calendar_has_the_earliest_start_of_all_places():
    random = np.random.default_rng(7)
    for trial in range(60):
        given = fleet((0.0, 0.2, 0.36, 0.36, 0.3), slots=8, midnight=random.random(5))
        state = state_of(given)
        for ring in range(5):
            for slot in range(8):
                claim_gang(state.nodes, 9, ring, slot, 1, 1, 1, 0.0, float(random.uniform(0.0, 20_000.0)))
        rows = 1 + trial % 2
        gang = gang_of(int(random.integers(1, 7)) * rows, rows, POWERED, 200.0, 400.0)
        begin_s, ring, slot = state.earliest_of(gang)
        assert begin_s == pytest.approx(earliest_of_all(state, gang), abs=1.0)
        assert left_of_all(state, gang, ring, slot, begin_s) >= 400.0


def earliest_of_all(state, gang):
    best_s = np.inf
    for ring in range(len(state.nodes.group) - gang.rows + 1):
        for slot in range(8):
            start_s = 0.0
            for row in range(gang.rows):
                nodes = 8 * (ring + row) + (slot + np.arange(gang.columns)) % 8
                start_s = max(start_s, state.nodes.free_s[nodes].max())
            while start_s < best_s and left_of_all(state, gang, ring, slot, start_s) < 400.0:
                start_s += 0.5
            best_s = min(best_s, start_s)
    return best_s


def test_no_gang_begins_where_failures_cost_more_time_than_there_is():
    """A failure of one of 30 satellites each 30 s on the first ring, each hour on the second; a restart takes a minute."""
    rates = np.array([1.0 / 900.0, 1.0 / (30 * 3600.0)])
    jobs = columns([{"work_s": 2000.0, "nodes": 30, "retries": 1000}])
    both = operate(fleet((0.0, 0.0), slots=30, failures_per_s=rates), jobs, policy_named("forecast"), 7200.0)
    assert both.column("ring")[0] == 1 or both.column("end_s")[0] < 7200.0
    alone = operate(fleet((0.0,), slots=30, failures_per_s=rates[0]), jobs, policy_named("forecast"), 7200.0)
    assert alone.column("attempt")[0] == 0
    blind = operate(fleet((0.0,), slots=30, failures_per_s=rates[0]), jobs, policy_named("fifo"), 7200.0)
    assert blind.column("attempt")[0] > 10
