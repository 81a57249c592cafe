"""The control plane as a machine: events in any order keep its invariants."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.operations import fleet

from skyrack.operations.core import ControlState, step
from skyrack.operations.engines.simulated import SimulatedEngine
from skyrack.operations.events import Cancel, NewSky, NodesDown, NodesUp, Submit, Tick
from skyrack.operations.nodes import DOWN
from skyrack.operations.policy import policy_named
from skyrack.operations.table import CRASHED, LIVE, OBSERVATION, QUEUED, RUNNING, SUSPENDED

FLEET = fleet((0.0, 0.3, 0.36), slots=8, groups=(0, 1, 1), failures_per_s=1e-5)


class Operations(RuleBasedStateMachine):
    """Jobs, losses, cancellations and reports of dead attempts in any order, under the forecast."""

    def __init__(self):
        super().__init__()
        self.state = ControlState(FLEET.fresh_nodes(), FLEET.light.sky, policy_named("forecast"))
        self.engine = SimulatedEngine(self.state, FLEET.dark_rate, FLEET.failures_per_s, FLEET.busy_w)
        self.reports = np.zeros(0, OBSERVATION)
        self.now_s = 0.0

    @rule(
        nodes=st.integers(1, 8),
        rows=st.integers(1, 2),
        work_s=st.floats(1.0, 3e4),
        condition=st.integers(0, 1),
        priority=st.integers(0, 2),
        is_preemptible=st.booleans(),
    )
    def submit(self, nodes, rows, work_s, condition, priority=0, is_preemptible=True):
        event = Submit(
            {
                "nodes": nodes * rows,
                "rows": rows,
                "columns": nodes,
                "work_s": work_s,
                "condition": condition,
                "priority": priority,
                "is_preemptible": is_preemptible,
                "arrival_s": self.now_s,
                "every_s": 900.0,
                "checkpoint_s": 20.0,
                "restart_s": 60.0,
                "state_bytes": 1e9,
            }
        )
        self.state, _ = step(self.state, event)

    @rule(ticks=st.integers(1, 40))
    def pass_time(self, ticks):
        for _ in range(ticks):
            self.state, actions = step(self.state, Tick(self.now_s, self.now_s + 60.0, self.reports))
            self.engine.carry_out(actions)
            self.now_s += 60.0
            self.reports = self.engine.observe(self.now_s)

    @rule(which=st.integers(0, 10**6))
    def cancel(self, which):
        if self.state.table.n:
            self.state, actions = step(self.state, Cancel(which % self.state.table.n, self.now_s))
            self.engine.carry_out(actions)

    @rule(node=st.integers(0, 23), lasting_s=st.sampled_from([300.0, 7200.0, float("inf")]))
    def lose_a_node(self, node, lasting_s):
        self.state, actions = step(self.state, NodesDown((node,), self.now_s, self.now_s + lasting_s))
        self.engine.carry_out(actions)

    @rule(node=st.integers(0, 23))
    def lose_and_find_a_node_at_a_look(self, node):
        """What a look at an engine finds, together with the reports of the same tick."""
        for lost, returned in (((node,), ()), ((), (node,))):
            tick = Tick(self.now_s, self.now_s + 60.0, self.reports, lost, returned)
            self.state, actions = step(self.state, tick)
            self.engine.carry_out(actions)
            self.now_s += 60.0
            self.reports = self.engine.observe(self.now_s)

    @rule(node=st.integers(0, 23))
    def repair_a_node(self, node):
        self.state, _ = step(self.state, NodesUp((node,), self.now_s))

    @rule(which=st.integers(0, 10**6), attempt=st.integers(0, 5))
    def hear_of_a_dead_attempt(self, which, attempt):
        """A report on an earlier attempt changes nothing."""
        if self.state.table.n:
            row = which % self.state.table.n
            if attempt != self.state.table.jobs.attempt[row]:
                false = np.zeros(1, OBSERVATION)
                false[0] = (CRASHED, row, attempt, self.now_s, 1e9)
                self.reports = np.concatenate([self.reports, false])

    @rule()
    def update_the_elements(self):
        self.state, _ = step(self.state, NewSky(FLEET.light.sky, self.now_s))

    @invariant()
    def gangs_are_whole_and_alone(self):
        holder, jobs = self.state.nodes.holder, self.state.table
        for row in range(jobs.n):
            state, held = jobs.column("state")[row], int((holder == row).sum())
            assert held == (jobs.column("nodes")[row] if state in (RUNNING, SUSPENDED) else 0)
        assert set(holder[holder >= 0].tolist()) <= set(range(jobs.n))

    @invariant()
    def what_is_held_is_counted(self):
        state, now_s = self.state, self.now_s
        idle, down = state.idle_and_down(now_s)
        held = state.table.column("held").sum()
        open_s = [now_s - since for since in state.table.column("held_since_s")]
        active = state.active
        held += sum(open_s[row] * state.table.column("nodes")[row] for row in active)
        assert held + idle + down == pytest.approx(24.0 * now_s, abs=1e-6 * max(now_s, 1.0))

    @invariant()
    def no_gang_is_stopped_by_an_eclipse_that_was_known(self):
        assert self.state.table.column("stops").sum() == 0

    @invariant()
    def every_job_ends_or_can_go_on(self):
        jobs, waiting = self.state.table, len(self.state.waiting)
        alive = np.isin(jobs.column("state"), LIVE)
        queued = jobs.column("state") == QUEUED
        assert waiting >= queued.sum()
        assert set(np.flatnonzero(alive & ~queued)) == set(self.state.active.tolist())
        assert np.isfinite(jobs.column("end_s")[~alive]).all()

    def teardown(self):
        """In the end, without losses, every job that has a place at all comes to its end."""
        down = np.flatnonzero(self.state.nodes.holder == DOWN)
        self.state, _ = step(self.state, NodesUp(tuple(down.tolist()), self.now_s))


Operations.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
test_events_in_any_order = Operations.TestCase


@pytest.mark.slow
def test_many_events_in_any_order():
    Operations.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
    Operations.TestCase().runTest()


def test_equal_events_give_equal_states():
    """What is replayed is what happened, to the last bit."""
    found = []
    for _ in range(2):
        machine = Operations()
        random = np.random.default_rng(5)
        for _ in range(30):
            machine.submit(int(random.integers(1, 9)), 1, float(random.uniform(60, 2e4)), 0)
            machine.lose_a_node(int(random.integers(0, 24)), 300.0)
            machine.pass_time(10)
        found.append(machine.state.table)
    for name in found[0].jobs._fields:
        assert np.array_equal(
            found[0].column(name), found[1].column(name), equal_nan=found[0].column(name).dtype.kind == "f"
        )
