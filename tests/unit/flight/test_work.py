"""FLOPs between events: counted while new, replayed when known, counted again when the sequence changes."""

from skyrack.flight.rank.work import CountedWork, CpuWork, Node, read_chains


class Script:
    """Counter of a script whose work between events is known; it adds FLOPs only while counting is on."""

    def __init__(self):
        self.flops, self.is_on, self.counted = 0.0, False, 0

    def switch(self, *, on):
        self.is_on = on
        self.flops = 0.0

    def compute(self, flops):
        if self.is_on:
            self.flops += flops
            self.counted += 1


def step(script, work, forward=100.0, key="forward"):
    charged = [work.anchor(key)]
    for bucket in range(3):
        script.compute(forward)
        charged.append(work.event(f"all_reduce {bucket}"))
    charged.append(work.event("step"))
    charged.append(work.anchor("stepped"))
    return sum(charged)


def test_known_steps_are_replayed_without_counting():
    script = Script()
    work = CountedWork(script)
    taken = [step(script, work) for _ in range(6)]
    assert taken == [300.0] * 6
    assert script.counted == 2 * 3 + 3 or script.counted == 2 * 3
    assert not script.is_on
    assert work.uncounted == 0


def test_other_shapes_are_counted_anew_and_then_known():
    script = Script()
    work = CountedWork(script)
    for _ in range(4):
        step(script, work)
    before = script.counted
    assert step(script, work, 40.0, "forward, last batch") == 120.0
    assert script.counted > before
    assert step(script, work) == 300.0
    assert step(script, work, 40.0, "forward, last batch") == 120.0
    known = script.counted
    assert step(script, work, 40.0, "forward, last batch") == 120.0
    assert script.counted == known


def test_work_that_varies_under_one_key_is_always_counted():
    script = Script()
    work = CountedWork(script)
    assert [step(script, work, flops) for flops in (10.0, 20.0, 30.0, 40.0, 50.0)] == [30.0, 60.0, 90.0, 120.0, 150.0]


def test_leaving_a_known_chain_is_noticed_and_counted_from_there():
    script = Script()
    work = CountedWork(script)
    for _ in range(4):
        step(script, work)
    work.anchor("forward")
    script.compute(100.0)
    work.event("broadcast")
    assert work.uncounted == 1
    assert script.is_on


def test_chains_of_an_earlier_flight_need_no_counting(tmp_path):
    script = Script()
    work = CountedWork(script)
    for _ in range(3):
        step(script, work)
    work.write(tmp_path / "work.json")
    again = Script()
    fixed = CountedWork(again, read_chains(tmp_path / "work.json"), is_fixed=True)
    assert [step(again, fixed) for _ in range(3)] == [300.0] * 3
    assert again.counted == 0


def test_node_without_continuation_is_not_settled():
    assert not Node().is_settled


def test_cpu_work_is_the_time_since_the_last_event():
    times = iter([1.0, 1.5, 4.0])
    work = CpuWork(lambda: next(times))
    assert work.event("a") == 0.5
    assert work.anchor("b") == 2.5
