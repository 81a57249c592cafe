"""Control plane of a scenario's fleet: opened in a folder, and run tick by tick."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from skyrack.core.atomic_file import write_json
from skyrack.core.errors import InputError, RunError
from skyrack.core.file_lock import HeldError, hold
from skyrack.core.units import to_si
from skyrack.forecast.forecast import Forecast
from skyrack.forecast.sight import Sight
from skyrack.operations.accounting import Rates
from skyrack.operations.core import ControlState, step
from skyrack.operations.engines import Engine
from skyrack.operations.engines.psij import PsiJ
from skyrack.operations.engines.ray import Ray
from skyrack.operations.engines.slurm import Slurm
from skyrack.operations.events import Submit, Tick
from skyrack.operations.live.controller import Controller, Machines, World
from skyrack.operations.live.explain import explain
from skyrack.operations.live.queues_file import read_queues
from skyrack.operations.policy import policy_named
from skyrack.operations.simulation import Fleet
from skyrack.operations.table import CHECKPOINTED, FINISHED, OBSERVATION
from skyrack.run.prepare import Plan, load_flown, prepare

log = logging.getLogger("skyrack.operations")
KIND = "control plane"
SETTINGS, LOCK = "control.json", "lock"
HORIZON_S = 8.0 * 86_400.0
"""Length of a forecast; another one is made when a quarter of it is left."""
MAX_SPEED = 86_400.0


@dataclass(frozen=True)
class AskedControl:
    """Request for a control plane; see `skyrack.api.control`."""

    engine: str = "slurm"
    policy: str = "forecast"
    machines: tuple[str, ...] = ()
    arc: int = 8
    speed: float = 1.0
    tick: str = "1 s"
    begin: str = "0 s"
    queues: Path | None = None
    engine_options: tuple[str, ...] = ()


class ControlPlane:
    """Control plane of a scenario's fleet."""

    def __init__(self, source: Any, overrides: dict[str, Any], asked: AskedControl, folder: Path) -> None:
        """Open the control plane of a folder, which is made where it is missing, and take up what its journal holds.

        Raises InputError for anything wrong, for a folder of another fleet, and where another process holds the folder.
        """
        tick_s = to_si(asked.tick, "s")
        if not 0.0 < asked.speed <= MAX_SPEED:
            raise InputError(f"--speed {asked.speed:g}: accepted is a number above 0, up to {MAX_SPEED:g}")
        if not 0.05 <= tick_s <= 3600.0:
            raise InputError(f"--tick {asked.tick}: accepted are 50 ms to 1 h of wall time")
        policy, queues = policy_named(asked.policy), read_queues(asked.queues)
        _make(folder)
        self._hold = hold(folder / LOCK, 1.0)
        try:
            self._hold.__enter__()
        except HeldError:
            raise InputError(
                f"{folder}: a control plane is under way there; stop it first, or name another folder"
            ) from None
        try:
            engine, names = engine_of(asked, folder / "jobs")
            self.plan = prepare(load_flown(source, overrides))
            self._begin_s = to_si(asked.begin, "s")
            forecast = Forecast.of(self.plan, self._begin_s, self._begin_s + HORIZON_S)
            whole = Fleet.of(forecast)
            self._arcs = arcs_of(whole, len(names), asked.arc)
            fleet, nodes = whole.part(self._arcs)
            satellites = tuple(forecast.name_of(int(node)) for node in nodes)
            _check_settings(folder, self.plan, satellites, names)
            world = World(
                forecast,
                fleet,
                Machines(names, satellites),
                policy,
                queues,
                Rates.of(self.plan),
                engine,
                asked.speed,
                tick_s,
                self._begin_s,
                Sight.of(forecast, nodes, self._begin_s + HORIZON_S),
            )
            compile_ahead(world)
            self.controller = Controller(folder, world)
        except BaseException:
            self._hold.__exit__(None, None, None)
            raise
        self.stopped = world.clock.event()
        self._renewal: threading.Thread | None = None
        self._renewed: tuple[Forecast, Fleet] | None = None
        if self.controller.needs_stations():
            threading.Thread(target=lambda: forecast.ground, daemon=True).start()

    def run(self) -> None:
        """Tick until `stop` is called."""
        controller = self.controller
        while not self.stopped.is_set():
            try:
                self._renew()
                controller.tick()
            except Exception as error:  # a tick that fails is shown and tried again; jobs on the engine go on meanwhile
                log.exception("a tick failed")
                controller.problem = f"a tick failed ({type(error).__name__}: {error}); its log says more"
            self.stopped.wait(controller.world.tick_wall_s)

    def _renew(self) -> None:
        """Make another forecast before this one ends, in a thread of its own: ticks go on meanwhile."""
        controller = self.controller
        if self._renewed is not None:
            (forecast, fleet), self._renewed, self._renewal = self._renewed, None, None
            controller.new_forecast(forecast, fleet, "time went on")
        now_s = controller.time.now_s()
        if self._renewal is None and now_s >= controller.world.forecast.end_s - 0.25 * HORIZON_S:
            self._renewal = threading.Thread(target=self._forecast_from, args=(now_s,), daemon=True)
            self._renewal.start()

    def _forecast_from(self, begin_s: float) -> None:
        try:
            forecast = Forecast.of(self.plan, begin_s, begin_s + HORIZON_S)
            fleet, _ = Fleet.of(forecast).part(self._arcs)
            if self.controller.needs_stations():
                _ = forecast.ground
            self._renewed = forecast, fleet
        except Exception:  # it is tried again at the next tick
            log.exception("a forecast failed")
            self._renewal = None

    def stop(self) -> None:
        """Let `run` end after the present tick."""
        self.stopped.set()

    def close(self) -> None:
        """Close the journal and let others have the folder; runs go on."""
        self.stop()
        try:
            self.controller.close()
        finally:
            self._hold.__exit__(None, None, None)


def engine_of(asked: AskedControl, jobs: Path) -> tuple[Engine, tuple[str, ...]]:
    """Return the engine of a request, and the names of its machines. Raises InputError for an unknown one."""
    name, _, executor = asked.engine.partition(":")
    twice = [one for one in asked.machines if asked.machines.count(one) > 1]
    if twice:
        raise InputError(f"--machines: {twice[0]} is named twice; each machine stands for one satellite")
    if name == "slurm":
        slurm = Slurm(asked.engine_options)
        return slurm, _machines_of(slurm, asked)
    if name == "ray":
        ray = Ray(executor)
        machines = _machines_of(ray, asked)
        ray.watch(machines)
        return ray, machines
    if name == "psij":
        machines = asked.machines or ("local0",)
        return PsiJ(executor or "local", machines, jobs), machines
    raise InputError(
        f"--engine {asked.engine}: accepted are slurm, ray:ADDRESS such as ray:auto, and psij:EXECUTOR such as "
        f"psij:local or psij:pbs"
    )


def _machines_of(cluster: Slurm | Ray, asked: AskedControl) -> tuple[str, ...]:
    """Return the machines asked for, by default all of a cluster. Raises InputError for one that it does not have."""
    try:
        known = cluster.machines()
    except RunError as error:
        raise InputError(f"--engine {asked.engine}: {error}") from None
    unknown = [one for one in asked.machines if one not in known]
    if unknown:
        raise InputError(f"--machines: the cluster has no node {unknown[0]}; it has {', '.join(known[:20])}")
    return asked.machines or known


def arcs_of(fleet: Fleet, n_machines: int, arc: int) -> list[tuple[int, int, int]]:
    """Return arcs (ring, slot, length) of neighbouring satellites, as many as there are machines, spread over the fleet.

    Raises InputError for more machines than satellites, or for an arc that no ring holds.
    """
    if n_machines > fleet.n_nodes:
        raise InputError(f"{n_machines:,} machines stand for {fleet.n_nodes:,} satellites; name fewer with --machines")
    size: NDArray[np.int64] = np.diff(fleet.first)
    if not 1 <= arc <= int(size.max()):
        raise InputError(f"--arc {arc}: accepted are 1 to {int(size.max()):,}, the satellites of the largest ring")
    found: list[tuple[int, int, int]] = []
    n_arcs = -(-n_machines // arc)
    left, turns = n_machines, -(-n_arcs // fleet.n_rings)
    for k in range(n_arcs):
        ring, turn = (k * fleet.n_rings // n_arcs, 0) if turns == 1 else (k // turns, k % turns)
        length = min(arc, left, int(size[ring]) // turns)
        # spread over the orbit as well, so that the arcs are dark at different times
        slot = int(size[ring] * (turn / turns if turns > 1 else k / n_arcs))
        found.append((ring, slot, length))
        left -= length
    if left > 0:
        raise InputError(f"--arc {arc}: {n_machines:,} machines do not fit into such arcs; take a smaller one")
    return found


def _make(folder: Path) -> None:
    """Make a folder for a control plane; what an opening that failed has left there does not count."""
    if folder.exists() and not (folder / SETTINGS).exists():
        others = [path.name for path in folder.iterdir() if path.name != LOCK] if folder.is_dir() else [folder.name]
        if others:
            raise InputError(
                f"{folder}: the folder is already in use, by no control plane; name another one with --out"
            )
    folder.mkdir(parents=True, exist_ok=True)


def _check_settings(folder: Path, plan: Plan, satellites: tuple[str, ...], machines: tuple[str, ...]) -> None:
    """Write what a folder is of; raises InputError if it is of something else."""
    wanted = {
        "kind": KIND,
        "title": plan.scenario.title,
        "satellites": list(satellites),
        "machines": list(machines),
    }
    path = folder / SETTINGS
    if not path.exists():
        write_json(path, wanted, is_durable=True)
        return
    known = orjson.loads(path.read_bytes())
    for name in ("satellites", "machines", "title"):
        if known.get(name) != wanted[name]:
            raise InputError(
                f"{folder}: this control plane has other {name}; name its scenario and machines as before, or another folder"
            )


def compile_ahead(world: World) -> None:
    """Let a job pass through all that the control plane does, so that nothing is compiled while jobs wait."""
    world.fleet.light.windows(np.zeros(1, np.int64), np.array([world.begin_s]))
    nodes = world.fleet.fresh_nodes()
    state = ControlState(nodes, world.fleet.light.sky, world.policy, now_s=world.begin_s)
    columns = {"nodes": [1, 1], "work_s": 1e6, "checkpoint_s": 1.0, "arrival_s": world.begin_s}
    state, _ = step(state, Submit(columns))
    now_s, reports = world.begin_s, np.zeros(0, OBSERVATION)
    for kind in (FINISHED, CHECKPOINTED):
        state, actions = step(state, Tick(now_s, now_s + 60.0, reports))
        for row in state.active.tolist():
            state.left_s(row, now_s)
        rows = [(kind, action["row"], action["attempt"], now_s, 0.0) for action in actions]
        reports = np.array(rows, OBSERVATION)
        now_s += 60.0
    step(state, Tick(now_s, now_s + 60.0, reports))
    state.submit({"nodes": 1, "work_s": 60.0, "arrival_s": now_s})
    explain(state, state.table.n - 1, now_s)
