"""What follows the flight: two lines of work at once, either of which may fail or be stopped."""

import threading
from types import SimpleNamespace

import pytest

from skyrack.results.progress import Progress
from skyrack.run import around

FLIGHT = SimpleNamespace(scenario=None)


def looks_of(n, began):
    """A survey of so many looks, the first of which says that it has begun."""

    def keep_network(folder, scenario, looked):
        for k in range(n):
            looked(k, n)
            began.set()
            threading.Event().wait(0.005)
        return {"network_parts": 1}

    return keep_network


@pytest.fixture
def parts(monkeypatch):
    """Put others in place of the network and of the rest."""

    def put(keep_network, rest):
        monkeypatch.setattr(around, "keep_network", keep_network)
        monkeypatch.setattr(around, "_look_into", rest)
        return lambda on_progress=None: around.look_around(None, FLIGHT, dict, on_progress)

    return put


def test_both_lines_of_work_add_up_and_the_longer_one_reports(parts):
    told = []
    look = parts(looks_of(300, threading.Event()), lambda *_: {"jobs": 2})
    assert look(told.append) == {"jobs": 2, "network_parts": 1}
    assert {(one.stage, one.total) for one in told} == {("network", 300)}


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_the_network_ends_at_its_next_look_when_the_rest_ends(parts, error):
    began, before = threading.Event(), set(threading.enumerate())

    def rest(*_):
        assert began.wait(10.0)
        raise error("stop")

    look = parts(looks_of(10**9, began), rest)
    with pytest.raises(error, match="stop"):
        look()
    assert not set(threading.enumerate()) - before


def test_what_fails_in_the_network_is_told(parts):
    def keep_network(folder, scenario, looked):
        raise ValueError("no ground")

    with pytest.raises(ValueError, match="no ground"):
        parts(keep_network, lambda *_: {})()


def test_what_fails_in_the_network_ends_the_rest(parts):
    def keep_network(folder, scenario, looked):
        raise ValueError("no ground")

    def rest(folder, flight, summary, told):
        for _ in range(10_000):
            told(Progress("workload", 0, 1, 0.0))
            threading.Event().wait(0.001)
        raise AssertionError("went on to its end")

    with pytest.raises(ValueError, match="no ground"):
        parts(keep_network, rest)()
