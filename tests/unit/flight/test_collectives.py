"""Collectives over routes: which ring and tree a group has, and what an operation takes."""

import itertools
import math

import numpy as np
import pytest
from tests.flights import timeline

from skyrack.core.constants import SPEED_OF_LIGHT_M_PER_S
from skyrack.flight.collectives import ALGORITHMS, OPERATIONS, GroupLinks, group_links, operation_s
from skyrack.network.collective import tree_of
from skyrack.network.links import Links
from skyrack.physics.collectives import hierarchical_all_reduce_s, ring_all_reduce_s

LINKS = GroupLinks(4, 1e-3, 1e9, 2e-3, 1e9, 3e-3, 1e9)


def routes(n):
    row = timeline(n)
    return row.delay_s[0], row.rate_bit_per_s[0], row.hops[0]


def test_row_of_satellites_has_a_ring_closed_by_the_longest_route_and_a_tree_from_its_middle():
    found = group_links(*routes(5))
    assert found.ring_delay_s == pytest.approx(4e-3)
    assert found.tree_depth_s == pytest.approx(2e-3)
    assert found.ring_bytes_per_s == found.tree_bytes_per_s == 1e9
    assert found.farthest_s == pytest.approx(4e-3)


def test_one_node_needs_no_links():
    alone = group_links(*routes(1))
    assert alone.is_connected
    assert all(operation_s(name, 1e9, alone, "auto") == 0.0 for name in OPERATIONS)


def test_group_without_routes_takes_for_ever():
    delay_s, rate, hops = routes(3)
    delay_s[0, 1:] = delay_s[1:, 0] = np.inf
    rate[0, 1:] = rate[1:, 0] = 0.0
    hops[0, 1:] = hops[1:, 0] = -1
    found = group_links(delay_s, rate, hops)
    assert not found.is_connected
    assert all(math.isinf(operation_s(name, 1.0, found, "auto")) for name in OPERATIONS)


def test_members_that_are_no_neighbours_are_joined_by_routes_of_several_links():
    delay_s, rate, hops = routes(5)
    chosen = np.ix_([0, 2, 4], [0, 2, 4])
    found = group_links(delay_s[chosen], rate[chosen], hops[chosen])
    assert found.is_connected
    assert found.tree_depth_s > 0.0


@pytest.mark.parametrize("n", [2, 3, 7, 12])
def test_tree_is_that_of_the_network(n):
    """The flight's tree over direct links is the one that the network room finds for a training job."""
    rng = np.random.default_rng(n)
    pairs = np.array(sorted({(k, k + 1) for k in range(n - 1)} | {(0, n - 1)} if n > 2 else {(0, 1)}))
    length_m = rng.uniform(1e5, 2e6, len(pairs))
    links = Links(pairs, length_m, np.full(len(pairs), 1e10), np.zeros(len(pairs), np.uint8))
    theirs = tree_of(links, np.arange(n), np.ones(n, bool))
    delay_s, hops = np.full((n, n), 1.0), np.full((n, n), 2)
    for (a, b), metres in zip(pairs.tolist(), length_m, strict=True):
        delay_s[a, b] = delay_s[b, a] = metres / SPEED_OF_LIGHT_M_PER_S
        hops[a, b] = hops[b, a] = 1
    np.fill_diagonal(hops, 0)
    ours = group_links(delay_s, np.full((n, n), 1e10), hops)
    assert ours.tree_depth_s == pytest.approx(theirs.depth * theirs.hop_m / SPEED_OF_LIGHT_M_PER_S, rel=0.35)
    assert ours.tree_bytes_per_s == theirs.rate_bit_per_s / 8.0


def test_automatic_choice_is_the_faster_of_ring_and_tree():
    for name, amount in itertools.product(("all_reduce", "all_gather", "reduce_scatter"), (1e3, 1e9)):
        took = {one: operation_s(name, amount, LINKS, one) for one in ALGORITHMS}
        assert took["auto"] == min(took["ring"], took["tree"])


def test_ring_wins_for_large_messages_and_tree_for_small_ones():
    assert operation_s("all_reduce", 1e9, LINKS, "ring") < operation_s("all_reduce", 1e9, LINKS, "tree")
    assert operation_s("all_reduce", 1e3, LINKS, "ring") > operation_s("all_reduce", 1e3, LINKS, "tree")


def test_accelerators_of_a_node_share_a_message_over_their_scale_up_network():
    bare = operation_s("all_reduce", 1e9, LINKS, "auto")
    assert operation_s("all_reduce", 1e9, LINKS, "auto", 8, 1e12) == pytest.approx(bare + 2e-3)
    assert operation_s("broadcast", 1e9, LINKS, "auto", 8, 1e12) == operation_s("broadcast", 1e9, LINKS, "auto")


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_grows_with_its_size(name):
    if name != "barrier":
        assert operation_s(name, 2e9, LINKS, "auto") > operation_s(name, 1e9, LINKS, "auto") > 0.0


def test_one_level_of_a_hierarchy_is_a_ring():
    assert hierarchical_all_reduce_s(1e9, [(8, 1e-3, 1e9)]) == ring_all_reduce_s(1e9, 8, 1e-3, 1e9)


def test_outer_levels_carry_what_inner_ones_leave():
    both = hierarchical_all_reduce_s(1e9, [(4, 0.0, 1e12), (8, 0.0, 1e9)])
    assert both == pytest.approx(2 * 3 / 4 * 1e9 / 1e12 + 2 * 7 / 8 * 1e9 / 4 / 1e9)
