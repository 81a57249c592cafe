"""The catalogue's own order, and the search for facts."""

import json

import pytest

from skyrack import api
from skyrack.catalogue import disputes, facts, find_facts, topics


def test_disputes_and_topics_speak_of_facts_that_exist():
    known = facts()
    for dispute in disputes():
        assert dispute.readings
        assert set(dispute.facts) <= set(known), dispute.id
    assert {name.partition(".")[0] for name in known} == set(topics())


def test_every_fact_has_a_source_and_a_known_confidence():
    for fact in facts().values():
        assert fact.source, fact.id
        assert fact.confidence in ("primary", "secondary", "derived", "estimate", "recalled"), fact.id


def test_search_takes_every_word():
    assert [fact.id for fact in find_facts("ai1 peak_kw")] == ["sx.ai1.peak_kw"]
    assert len(find_facts("")) == len(facts())
    assert find_facts("no-such-word") == ()
    assert {fact.id for fact in find_facts("battery")} >= {"bat.wh_kg"}


def test_the_verb_says_who_disagrees():
    (row,) = api.facts("sx.ai1.peak_kw")
    assert [dispute["id"] for dispute in row["disputes"]] == ["C1"]
    assert json.loads(json.dumps(row))["value"] == 150


@pytest.mark.parametrize("word", ["radiator", "launch", "H100", "cell"])
def test_common_words_find_something(word):
    assert find_facts(word)
