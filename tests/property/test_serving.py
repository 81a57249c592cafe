"""What holds of every stream of requests through the engine."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skyrack.workload import engine
from skyrack.workload.engine import Limits, new_replicas, new_requests
from skyrack.workload.models import language_model
from skyrack.workload.roofline import Efficiency, TensorParallelGroup
from skyrack.workload.serving_policy import NO_SCORES

PACE = TensorParallelGroup(
    language_model("llama-3.1-8b"), "h100", 1, "bf16", "bf16", Efficiency(0.7, 0.8, 20e-6, 0.5e-3, 15e-6, 0.9)
).pace


def streams(most=60):
    one = st.tuples(st.floats(0.0, 0.2), st.integers(1, 400), st.integers(1, 80), st.integers(0, 2))
    return st.lists(one, min_size=1, max_size=most)


def run(
    rows,
    limits,
    *,
    replicas=3,
    policy=engine.LEAST_LOADED,
    power=None,
    delay=None,
    pace=PACE,
    prefill_min_power=0.0,
    scores=NO_SCORES,
    in_flight_s=0.0,
):
    gaps, prompt, output, place = (np.array(column) for column in zip(*rows, strict=True))
    before = np.full(len(rows), -1)
    for k in range(1, len(rows)):
        same = np.flatnonzero(place[:k] == place[k])
        before[k] = same[-1] if same.size and k % 2 else -1
    asked = new_requests(np.cumsum(gaps), prompt, output, cached=prompt // 2, place=place, before=before)
    copies = new_replicas(replicas, 0.0)
    power = np.ones((1, replicas)) if power is None else power
    delay = np.full((1, 3, replicas), 0.01) + 0.003 * np.arange(replicas) if delay is None else delay
    begins = np.arange(len(power)) * 2.0
    if len(delay) < len(power):
        delay = np.repeat(delay, len(power), axis=0)
    engine.serve(
        asked, copies, limits, pace, begins, delay, power, policy, 0.05, prefill_min_power, scores, in_flight_s
    )
    return asked, copies


@given(streams(), st.integers(500, 4000), st.integers(1, 12), st.integers(16, 600), st.integers(0, 3))
def test_every_request_is_served_once_and_whole(rows, kv_tokens, together, batch, policy):
    """Tokens out are tokens asked, nobody is lost, memory is never exceeded, first tokens come before last ones."""
    batch = max(batch, together + 1)
    asked, copies = run(rows, Limits(kv_tokens, together, batch), policy=policy)
    assert np.isfinite(asked.last_s).all()
    assert (asked.replica >= 0).all()
    assert (asked.first_s <= asked.last_s + 1e-12).all()
    assert (asked.first_s > asked.reached_s).all()
    assert (copies.kv_most <= kv_tokens).all()
    for left in (copies.in_flight, copies.kv_tokens, copies.context, copies.n_writing, copies.n_reading):
        assert (left == 0).all()
    assert (copies.first == -1).all()
    # each iteration writes one token for each that takes part: no answer is faster than its tokens
    alone = engine.iteration(PACE, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0).time_s
    assert (asked.last_s - asked.first_s >= (asked.output - 1) * alone * 0.999).all()


@given(streams(), st.integers(500, 2000), st.lists(st.sampled_from([0.3, 0.6, 1.0]), min_size=3, max_size=3))
def test_scores_do_what_rules_do(rows, kv_tokens, shares):
    """Scores that are the delays choose the nearest; no scores, and a price on requests in flight, the least loaded."""
    power, limits = np.array([shares]), Limits(kv_tokens, 6, 64)
    delay = np.full((1, 3, 3), 0.01) + 0.003 * np.arange(3)
    for rule, scores, in_flight_s in ((engine.NEAREST, delay, 0.0), (engine.LEAST_LOADED, np.zeros((1, 3, 3)), 1.0)):
        plain, _ = run(rows, limits, power=power, prefill_min_power=0.5, policy=rule)
        scored, _ = run(
            rows,
            limits,
            power=power,
            prefill_min_power=0.5,
            policy=engine.SCORED,
            scores=scores,
            in_flight_s=in_flight_s,
        )
        assert plain.replica.tolist() == scored.replica.tolist()
        assert np.array_equal(plain.last_s, scored.last_s, equal_nan=True)


@given(streams(), st.integers(500, 2000))
def test_the_same_bytes_each_time(rows, kv_tokens):
    first, second = (run(rows, Limits(kv_tokens, 6, 64))[0] for _ in range(2))
    for name in ("replica", "first_s", "last_s"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


def at_once(rows):
    return [(0.0, *row[1:]) for row in rows]


def faster(times):
    """Memory that is so many times as fast."""
    return PACE._replace(
        weights_s=PACE.weights_s / times, context_s=PACE.context_s / times, vector_s=PACE.vector_s / times
    )


@given(streams(), st.floats(0.3, 0.95), st.floats(1.05, 4.0))
def test_more_power_or_bandwidth_never_hurts(rows, share, times):
    """Of requests that are all there, every one is answered no later: the same iterations, each no longer."""
    limits, rows = Limits(4000, 8, 128), at_once(rows)
    full, _ = run(rows, limits, replicas=1)
    less, _ = run(rows, limits, replicas=1, power=np.full((1, 1), share))
    wide, _ = run(rows, limits, replicas=1, pace=faster(times))
    for name in ("first_s", "last_s"):
        assert (getattr(full, name) <= getattr(less, name) + 1e-9).all()
        assert (getattr(wide, name) <= getattr(full, name) + 1e-9).all()


@given(streams(), st.floats(0.3, 0.95), st.floats(1.05, 4.0))
def test_nor_does_it_where_requests_come_one_by_one(rows, share, times):
    """Who arrives just after an iteration began waits for its end, so a faster engine may be one iteration late, no more."""
    limits = Limits(4000, 8, 128)
    full, _ = run(rows, limits, replicas=1)
    less, _ = run(rows, limits, replicas=1, power=np.full((1, 1), share))
    wide, _ = run(rows, limits, replicas=1, pace=faster(times))
    one = engine.iteration(PACE, 8.0, 4000.0, 128.0, 128.0 * 400.0, 136.0, 1.0, 1.0).time_s
    assert full.last_s.max() <= less.last_s.max() + one
    assert wide.last_s.max() <= full.last_s.max() + one


@given(streams(), st.lists(st.sampled_from([0.0, 0.1, 0.4, 1.0]), min_size=2, max_size=5))
def test_dark_hours_delay_and_lose_nobody(rows, hours):
    """Power that goes and comes back: all are answered in the end; without power nothing is written."""
    power = np.array([*hours, 1.0])[:, None] * np.ones(2)
    asked, copies = run(rows, Limits(4000, 8, 128), replicas=2, power=power, prefill_min_power=0.3)
    assert np.isfinite(asked.last_s).all()
    ends = asked.last_s
    for period, share in enumerate(hours):
        if share <= engine.IDLE_FRAC:
            inside = (ends > 2.0 * period + 1.0) & (ends < 2.0 * period + 2.0)
            assert not inside.any()
    assert (copies.kv_most <= 4000).all()


@given(streams())
def test_who_reaches_nobody_is_not_served(rows):
    delay = np.full((1, 3, 2), 0.01)
    delay[:, 1] = np.inf
    asked, _ = run(rows, Limits(4000, 8, 128), replicas=2, delay=delay)
    cut = asked.place == 1
    assert (asked.replica[cut] == engine.UNSERVED).all()
    assert np.isnan(asked.last_s[cut]).all()
    assert np.isfinite(asked.last_s[~cut]).all()
