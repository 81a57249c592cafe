"""Faults: drawn from rates, listed in a file, and refused with a sentence where the list is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from tests.flights import timeline

from skyrack.core.errors import InputError
from skyrack.flight.faults import TARGETS, Fault, drawn_faults, listed_faults, read_faults


def at_rates(sdc_per_s=0.0, failures_per_s=0.0, n=4, hours=100.0):
    flat = timeline(n, hours)
    return replace(
        flat,
        sdc_per_s=np.full_like(flat.sdc_per_s, sdc_per_s),
        node_failures_per_s=np.full_like(flat.sdc_per_s, failures_per_s),
    )


def test_numbers_of_faults_are_those_of_the_rates():
    found = drawn_faults(at_rates(1e-3, 2e-4), seed=1, scale=1.0)
    expected = 4 * 100 * 3600.0
    flips, kills = (sum(one.kind == kind for one in found) for kind in ("flip", "kill"))
    assert flips == pytest.approx(1e-3 * expected, rel=0.1)
    assert kills == pytest.approx(2e-4 * expected, rel=0.25)
    assert {one.target for one in found if one.kind == "flip"} == set(TARGETS)


def test_faults_follow_the_flux():
    flat = timeline(1, 100.0)
    burst = np.zeros_like(flat.sdc_per_s)
    burst[600:660] = 1e-2
    found = drawn_faults(replace(flat, sdc_per_s=burst), seed=3, scale=1.0)
    assert found
    assert all(600 * 60.0 <= one.time_s <= 660 * 60.0 for one in found)


def test_same_seed_same_faults_and_another_seed_others():
    first, again, other = (drawn_faults(at_rates(1e-4, 1e-5), seed, 1.0) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert read_faults([one.as_dict() for one in first]) == first


def test_faults_of_a_satellite_do_not_depend_on_the_others():
    few, many = (drawn_faults(at_rates(1e-4, n=n), 1, 1.0) for n in (2, 4))
    assert [one for one in many if one.rank < 2] == list(few)


def test_too_many_faults_are_refused_by_their_number():
    with pytest.raises(InputError, match=r"accepted are up to 200,000"):
        drawn_faults(at_rates(1.0), 1, 1.0)


def test_storms_hit_all_satellites():
    stormy = replace(timeline(hours=1000.0), storms_per_s=1e-5)
    found = drawn_faults(stormy, 1, 1.0)
    assert found == drawn_faults(stormy, 1, 1000.0)  # a thousand storms of a day each would leave no flight
    assert found
    assert {(one.kind, one.rank, one.lasts_s) for one in found} == {("storm", -1, 600.0)}


def test_listed_faults_are_read_in_order_of_time(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_text(
        "- {at: 1 h, kind: kill, satellite: 2}\n"
        "- {at: 600, kind: flip, satellite: 1, target: gradient, bit: 30, position: 0.5}\n"
        "- {at: 20 min, kind: outage, satellite: all, lasts: 90 s}\n"
        "- {at: 25 min, kind: slow, satellite: 0, lasts: 5 min, factor: 0.5}\n"
    )
    assert listed_faults(path, timeline()) == (
        Fault("flip", 600.0, 1, "gradient", position=0.5, bit=30),
        Fault("outage", 1200.0, -1, lasts_s=90.0),
        Fault("slow", 1500.0, 0, lasts_s=300.0, factor=0.5),
        Fault("kill", 3600.0, 2),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kind: kill", "a list of faults is needed"),
        ("- 5", "a list of faults is needed"),
        ("[", "cannot be read"),
        ("- {at: 5 s, kind: explode}", "entry 1: kind 'explode'; accepted are flip, kill"),
        ("- {at: 5 s, kind: kill}", "entry 1: a kill needs 'satellite'"),
        ("- {at: 5 s, kind: kill, satellite: 9}", "accepted are the ranks 0 to 3, or all"),
        ("- {at: 5 s, kind: kill, satellite: true}", "accepted are the ranks 0 to 3, or all"),
        ("- {at: 5 s, kind: flip, satellite: all, target: gradient}", "accepted are the ranks 0 to 3"),
        ("- {at: 5 s, kind: kill, satellite: 1, colour: red}", "a kill has no 'colour'"),
        ("- {at: 5 kg, kind: kill, satellite: 1}", "entry 1, at"),
        ("- {at: -5, kind: kill, satellite: 1}", "is not a time"),
        ("- {at: 9 h, kind: kill, satellite: 1}", "after the end of the timeline"),
        ("- {at: 5 s, kind: flip, satellite: 1, target: soul}", "accepted are parameter, gradient"),
        ("- {at: 5 s, kind: flip, satellite: 1, target: gradient, position: 2}", "a number from 0 to 1"),
        ("- {at: 5 s, kind: flip, satellite: 1, target: gradient, bit: 99}", "a number from 0 to 63"),
        ("- {at: 5 s, kind: slow, satellite: 1, lasts: 5 s, factor: 3}", "a number from 0 to 1"),
    ],
)
def test_wrong_list_gets_one_sentence(tmp_path, text, sentence):
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        listed_faults(path, timeline())
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
