"""An engine without processes, and control planes over small fleets, for tests of operations for real."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np

from skyrack.control.clock import ManualClock, WallClock
from skyrack.forecast.ground import GroundForecast
from skyrack.operations.accounting import Rates
from skyrack.operations.engines import EngineError, Observed
from skyrack.operations.live.controller import Controller, Machines, World
from skyrack.operations.manifest import Manifest
from skyrack.operations.policy import policy_named
from skyrack.operations.queues import QueueTree
from tests.operations import fleet

EPOCH = datetime(2027, 3, 20, tzinfo=UTC)


class FakeEngine:
    """Engine that begins each run at once, and ends it when the test says so."""

    def __init__(self):
        self.runs, self.lost, self.is_down = {}, set(), False
        self.begun = []
        """Names of all runs that began, in order."""

    def start(self, run):
        self._reach()
        if run.name in self.runs:
            return
        folder = run.script.parent
        try:
            (folder / "begun").mkdir()
        except FileExistsError:
            return
        if (folder.parent / "current").read_text().strip() == folder.name:
            self.begun.append(run.name)
            self.runs[run.name] = folder

    def stop(self, name):
        self._reach()
        self.runs.pop(name, None)

    def observe(self):
        self._reach()
        return Observed(frozenset(self.runs), frozenset(self.lost))

    def forget(self, name):
        self.runs.pop(name, None)

    def _reach(self):
        if self.is_down:
            raise EngineError("the engine is out of reach")

    def follow(self):
        """Save and end the runs that were asked for a checkpoint."""
        for name, folder in list(self.runs.items()):
            if (folder / "checkpoint").exists():
                (folder / "signalled").touch()
                self.end(name)

    def end(self, name, status=0):
        (self.runs.pop(name) / "status").write_text(f"{status}\n")


BYTES_PER_S = 1e6
"""Rate of the stations of small fleets."""


def forecast_of(given):
    """What admission asks of a forecast, for a small fleet."""
    begins = np.arange(0.0, given.light.end_s, 600.0)
    ground = GroundForecast(begins, 600.0, np.full((1, len(begins)), 600.0 * BYTES_PER_S))
    plan = SimpleNamespace(scenario=SimpleNamespace(title="small fleet"))
    end_s = given.light.end_s
    return SimpleNamespace(ground=ground, plan=plan, end_s=end_s, powers=[SimpleNamespace(lit_w=100.0)], epoch=EPOCH)


def world(engine, clock, given=None, policy="forecast", queues=None, **more):
    given = given or fleet(dark_frac=(0.0, 0.36), slots=8, days=6.0)
    names = tuple(f"m{k}" for k in range(given.n_nodes))
    satellites = tuple(f"low/{k}" for k in range(given.n_nodes))
    return World(
        forecast_of(given),
        given,
        Machines(names, satellites),
        policy_named(policy),
        queues or QueueTree(),
        Rates(1e-3, None, 1.0),
        engine,
        clock=clock or WallClock(),
        tick_wall_s=60.0,
        **more,
    )


def manifest(name="job", satellites=1, work="10 min", **more):
    document = {"name": name, "command": ["true"], "gang": {"satellites": satellites}, "time": {"work": work}}
    return Manifest.model_validate(document | more)


def tick(control, clock, n=1, engine=None):
    """Let time pass in steps of a tick."""
    for _ in range(n):
        clock.elapse(60.0)
        if engine is not None:
            engine.follow()
        control.tick()


def states(control):
    return control.state.table.column("state").tolist()


def same(ours, theirs):
    """True if two job tables hold the same."""
    return ours.n == theirs.n and all(
        np.array_equal(ours.column(name), theirs.column(name), equal_nan=ours.column(name).dtype.kind == "f")
        for name in ours.jobs._fields
    )


__all__ = ["Controller", "FakeEngine", "ManualClock", "manifest", "same", "states", "tick", "world"]
