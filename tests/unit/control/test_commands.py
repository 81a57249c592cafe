"""Commands: each is carried out once by the serving thread, and nobody waits in vain."""

import contextlib
import threading

import pytest

from skyrack.control.clock import ManualClock
from skyrack.control.commands import PATIENCE_S, CommandQueue


def serve(commands):
    while (command := commands.next(float("inf"))) is not None:
        command.carry_out()
        command.answer()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def commands(clock):
    queue = CommandQueue(clock)
    yield queue
    queue.close()


def test_the_caller_gets_the_value_or_the_error(clock, commands):
    clock.start_thread(lambda: serve(commands), "server")
    assert commands.ask(lambda: threading.current_thread().name) == "server"
    with pytest.raises(ZeroDivisionError):
        commands.ask(lambda: 1 // 0)
    assert commands.ask(lambda: 2) == 2


def test_many_callers_are_served_in_their_turn(clock, commands):
    clock.start_thread(lambda: serve(commands), "server")
    done, answers = [], []

    def ask(k):
        answers.append(commands.ask(lambda: done.append(k) or k))

    callers = [threading.Thread(target=ask, args=(k,)) for k in range(40)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(done) == sorted(answers) == list(range(40))


def test_waiting_for_a_command_ends_at_its_time(clock, commands):
    times = []
    clock.start_thread(lambda: (commands.next(4.0), times.append(clock.monotonic_s())), "server")
    clock.advance(3.0)
    assert times == []
    clock.advance(3.0)
    assert times == [4.0]


def test_commands_that_keep_coming_do_not_hold_up_the_server(clock, commands):
    """A server that has work to do at 1.0 s stops serving then, although commands wait that take 0.3 s each."""

    def ask():
        with contextlib.suppress(TimeoutError):
            commands.ask(lambda: clock.elapse(0.3))

    callers = [threading.Thread(target=ask) for _ in range(20)]
    for caller in callers:
        caller.start()
    served = 0
    while clock.monotonic_s() < 1.0:
        command = commands.next(1.0)
        command.carry_out()
        command.answer()
        served += 1
    assert served == 4
    commands.close()
    for caller in callers:
        caller.join()


def test_a_command_that_nobody_takes_is_withdrawn(clock, commands):
    refused, done = [], []

    def ask():
        try:
            commands.ask(lambda: done.append(1))
        except TimeoutError as error:
            refused.append(str(error))

    caller = clock.start_thread(ask, "caller")
    clock.advance(PATIENCE_S - 1.0)
    assert refused == []
    clock.advance(1.0)
    caller.join()
    assert "try again" in refused[0]
    assert commands.next(clock.monotonic_s()) is None
    assert done == []


def test_closing_refuses_those_who_wait_and_those_who_come_later(clock, commands):
    refused = []

    def ask():
        with pytest.raises(TimeoutError, match="try again"):
            commands.ask(lambda: None)
        refused.append(1)

    callers = [clock.start_thread(ask, f"caller {k}") for k in range(5)]
    clock.settle()
    commands.close()
    for caller in callers:
        caller.join()
    assert len(refused) == 5
    assert commands.is_closed
    with pytest.raises(TimeoutError, match="try again"):
        commands.ask(lambda: None)
