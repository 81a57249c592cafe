"""What holds of every training job."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.scenario.workload import Parallel, Training
from skyrack.workload.goodput import Interruptions, best_interval_s, retained_time, simulate, useful_frac, waste_frac
from skyrack.workload.layout_choice import best
from skyrack.workload.method import Setting
from skyrack.workload.method.decoupled import Decoupled
from skyrack.workload.method.diloco import DiLoCo
from skyrack.workload.method.streaming import StreamingDiLoCo
from skyrack.workload.method.synchronous import Synchronous
from skyrack.workload.models import language_model
from skyrack.workload.outcome import NodeConditions, losses, outcome_of
from skyrack.workload.parallelism import Cluster, step_of
from skyrack.workload.training import ground_of

METHODS = st.sampled_from([Synchronous(), DiLoCo(workers=4), StreamingDiLoCo(workers=4), Decoupled(workers=4)])


def setting(step_s, rate, layers=24):
    return Setting(step_s, layers, 2e9, lambda size: 8.0 * size / rate)


@given(METHODS, st.floats(0.05, 10.0), st.floats(1e8, 1e13), st.floats(1.0, 100.0))
def test_more_bandwidth_never_hurts(method, step_s, rate, times):
    slow, fast = (method.exchange(setting(step_s, one)).extra_s for one in (rate, rate * times))
    assert 0.0 <= fast <= slow + 1e-12


@given(st.floats(30.0, 1e6), st.floats(0.1, 60.0), st.floats(0.0, 900.0), st.floats(1.0, 10.0))
def test_fewer_failures_never_hurt(mean_s, write_s, restart_s, times):
    found = []
    for each_s in (mean_s, mean_s * times):
        every_s = best_interval_s(write_s, restart_s, each_s)
        found.append(float(useful_frac(every_s, write_s, restart_s, each_s)))
    assert 0.0 <= found[0] <= found[1] + 1e-6 <= 1.0 + 2e-6


@given(st.floats(2e4, 1e7), st.floats(0.5, 60.0), st.floats(0.0, 300.0))
def test_first_order_is_first_order(mean_s, write_s, restart_s):
    """Where little is wasted, all three ways agree to the square of the waste."""
    every_s = math.sqrt(2.0 * write_s * mean_s)
    wasted = float(waste_frac(every_s, write_s, restart_s, mean_s))
    exact = float(useful_frac(every_s, write_s, restart_s, mean_s))
    assert 1.0 - wasted == pytest.approx(exact, abs=2.0 * wasted**2 + 1e-9)


@given(st.lists(st.floats(0.0, 1e-3), min_size=2, max_size=30), st.integers(0, 100))
def test_a_simulation_is_its_seed(rates, seed):
    stops = Interruptions(np.array(rates) + 1e-7, 60.0)
    first, second = (simulate(stops, 600.0, 5.0, 120.0, seed) for _ in range(2))
    assert first == second
    assert 0.0 <= first <= 1.0


def test_failures_in_bursts_cost_less():
    """The same number of failures, all in a twentieth of the time: fewer pieces of work are lost."""
    steady = Interruptions(np.full(100, 1e-3), 60.0)
    bursts = Interruptions(np.where(np.arange(100) < 5, 2e-2, 0.0), 60.0)
    assert simulate(bursts, 300.0, 5.0, 120.0, 1) > 1.2 * simulate(steady, 300.0, 5.0, 120.0, 1)


def test_storms_stop_everybody():
    calm = retained_time(Interruptions(np.full(4, 1e-6), 60.0), 5.0, 120.0, None, 1)
    stormy = retained_time(Interruptions(np.full(4, 1e-6), 60.0, 1e-6, 1e5), 5.0, 120.0, None, 1)
    assert stormy.useful_frac == pytest.approx(calm.useful_frac / 1.1, abs=0.03)


def cluster(nodes=16, per_node=8, rate=1e12):
    return Cluster("h100", nodes, per_node, lambda size, n: 16.0 * size / rate if n > 1 else 0.0, rate, 1e-3)


def conditions(clock=1.0, per_s=1e-7):
    return NodeConditions(np.full((10, 8), clock), 60.0, np.full(10, per_s), 0.0, 0.0, 0.0, 0.0, 0.0, 1e4)


@given(st.sampled_from([1, 2, 4, 8]), st.sampled_from([1, 2, 4, 5, 8, 10]), METHODS, st.sampled_from([4, 16, 33, 64]))
def test_a_step_holds_together(tensor, pipeline, method, nodes):
    """What a step reports adds up, and uses no more accelerators than there are."""
    training = Training(model="llama-3.1-8b", batch_tokens=4e6)
    try:
        step = step_of(cluster(nodes), training, Parallel(tensor=tensor, pipeline=pipeline), method)
    except InputError:
        reject()
    used = step.parallel.data * tensor * pipeline * step.workers
    assert step.accelerators == used <= nodes * 8
    assert 0.0 < step.utilisation_frac <= 1.0
    flops = language_model("llama-3.1-8b").training_flops(4e6, training.sequence)
    rate = 989e12 * training.kernel_frac * used
    assert step.compute_s == pytest.approx(flops / rate, rel=1e-9)


@given(st.floats(0.2, 0.99), st.floats(1.1, 10.0))
def test_more_power_or_faster_links_never_take_longer(clock, times):
    training = Training(model="llama-3.1-8b", batch_tokens=4e6, tokens=1e12)
    full = best(cluster(), training, conditions()).outcome
    less = best(cluster(), training, conditions(clock=clock)).outcome
    wide = best(cluster(rate=times * 1e12), training, conditions()).outcome
    assert full.days <= less.days * (1.0 + 1e-9)
    assert wide.days <= full.days * (1.0 + 1e-9)


def test_the_choice_is_the_best_of_what_was_tried():
    training = Training(model="llama-3.1-8b", batch_tokens=4e6, tokens=1e12)
    choice = best(cluster(), training, conditions(per_s=1e-4))
    chosen, tried = choice.outcome, choice.by_method
    assert chosen.days == min(row.days for row in tried)
    assert {row.method for row in tried} == {"synchronous", "diloco", "streaming-diloco", "decoupled"}
    by_hand = step_of(cluster(), training, Parallel(tensor=1, pipeline=1), Synchronous())
    alone = outcome_of(cluster(), training, by_hand, Synchronous(), conditions(per_s=1e-4))
    assert chosen.days <= alone.days


def test_cost_takes_fewer_satellites_where_failures_eat_the_rest():
    training = Training(model="llama-3.1-8b", batch_tokens=4e6, tokens=1e12, method="synchronous", objective="cost")
    chosen = best(cluster(64), training, conditions(per_s=1e-5)).outcome
    fastest = best(cluster(64), training.model_copy(update={"objective": "time"}), conditions(per_s=1e-5)).outcome
    assert chosen.accelerator_hours <= fastest.accelerator_hours
    assert chosen.step.accelerators < fastest.step.accelerators


@given(st.integers(1, 100_000), st.sampled_from(["h100", "gb300-nvl72", "tpu-v6e"]))
def test_the_ground_gets_as_many(accelerators, chip):
    ground = ground_of(chip, accelerators)
    assert ground.accelerators == accelerators
    assert ground.per_node <= part("accelerators", chip)["scale_up_accelerators"]


@given(st.sampled_from([4, 8, 16, 32]), st.floats(1e-9, 1e-4))
def test_twice_as_many_satellites_never_take_longer(nodes, per_s):
    training = Training(model="llama-3.1-8b", batch_tokens=4e6, tokens=1e12)
    few = best(cluster(nodes), training, conditions(per_s=per_s)).outcome
    many = best(cluster(2 * nodes), training, conditions(per_s=per_s)).outcome
    assert many.days <= few.days * (1.0 + 1e-9)
    assert many.accelerators_allocated == many.nodes * 8


def test_a_method_that_never_ends_does_not_stop_the_others():
    """One member is always in the dark: whoever waits for it never ends, and others take those that have light."""
    clock = np.ones((10, 8))
    clock[:, 7] = 0.0
    dark = replace(conditions(), clock_frac=clock)
    training = Training(model="llama-3.1-8b", batch_tokens=4e6, tokens=1e12)
    choice = best(cluster(16), training, dark)
    found, tried = choice.outcome, choice.by_method
    assert "synchronous" not in {row.method for row in tried}
    assert found.method == "decoupled"
    with pytest.raises(InputError, match="never ends"):
        best(cluster(16), training.model_copy(update={"method": Synchronous()}), dark)


def test_losses_are_of_all_that_is_held():
    training = Training(model="llama-3.1-8b", batch_tokens=4e6, tokens=1e12)
    found = best(cluster(33), training, conditions(per_s=1e-5)).outcome
    rows = {row.name: row.lost_frac for row in losses(found)}
    assert sum(rows.values()) == pytest.approx(1.0)
    assert rows["useful"] == pytest.approx(found.goodput_frac)
    assert rows["unallocated accelerators"] == pytest.approx(
        1.0 - found.step.accelerators / found.accelerators_allocated
    )
    flops = language_model("llama-3.1-8b").training_flops(1e12, training.sequence)
    done = found.accelerators_allocated * 989e12 * training.kernel_frac * found.goodput_frac * found.days * 86_400.0
    assert done == pytest.approx(flops)
