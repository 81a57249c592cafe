"""Flight of a user's own job: its timeline from the scenario, its faults, its launch, and its record."""

from __future__ import annotations

import signal as signals
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from skyrack.core.errors import InputError
from skyrack.core.units import to_si
from skyrack.flight.collectives import ALGORITHMS
from skyrack.flight.export import check_tensorboard, write_spans, write_tensorboard
from skyrack.flight.faults import Fault, drawn_faults, listed_faults
from skyrack.flight.launch import Ended, Launch, OnFlight, check_command, check_torch
from skyrack.flight.listing import KIND
from skyrack.flight.record import SUMMARY, Record
from skyrack.flight.replay import WideFleet
from skyrack.flight.settings import MODES, Settings, check_choice
from skyrack.flight.timeline import Timeline
from skyrack.results.progress import OnProgress, Stage
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.flight_timeline import FlightPlan, large_model, plan_flight, wide_fleet
from skyrack.run.manifest import manifest_of, now_text, write_inputs
from skyrack.scenario.workload import Training

NEEDED_BYTES = 50_000_000


@dataclass(frozen=True)
class Asked:
    """Request for a flight; see `skyrack.api.fly`."""

    command: tuple[str, ...]
    satellites: int
    shell: str | None = None
    on: tuple[str, ...] = ()
    begin: str = "0 s"
    span: str = "24 h"
    as_model: str | None = None
    tokens: float | None = None
    faults: str = "none"
    seed: int = 1
    mode: str = "counted"
    recorded: Path | None = None
    cpu_time_scale: float = 1.0
    collectives: str = "auto"
    on_ground: bool = False
    notice: str | None = None
    signal: str = "SIGUSR1"
    replay: tuple[int, ...] = ()
    tensorboard: bool = False
    otlp: bool = False


@dataclass(frozen=True)
class Flown:
    """Finished flight in its folder."""

    folder: RunFolder
    summary: dict[str, Any]
    """Content of flight_summary.json."""

    @property
    def path(self) -> Path:
        """Path of the folder."""
        return self.folder.path

    @property
    def problem(self) -> str | None:
        """Reason why the flight did not come to its end; None if it did."""
        found = self.folder.manifest.get("problem")
        return None if found is None else str(found)

    @property
    def status(self) -> int:
        """Exit status of the command."""
        return int(self.folder.manifest.get("status", 0))


def fly_command(
    source: Any,
    overrides: dict[str, Any],
    asked: Asked,
    out: Path,
    output: IO[str],
    on_progress: OnProgress | None = None,
    on_flight: OnFlight | None = None,
) -> Flown:
    """Fly a command and write its folder; a command that fails leaves a folder that says so.

    Raises InputError for anything that is wrong before the command is started.
    """
    version = check_torch()
    check_command(asked.command)
    _check_choices(asked)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out}: the folder is already in use; name another one with --out")
    stage = Stage("timeline", 1.0, on_progress)
    stage.report()
    plan = plan_flight(
        source,
        overrides,
        satellites=asked.satellites,
        shell=asked.shell,
        on=asked.on,
        begin_s=_seconds("--begin", asked.begin),
        span_s=_seconds("--span", asked.span),
        as_model=asked.as_model,
        tokens_per_step=asked.tokens,
        on_snapshot=stage.update,
    )
    settings = _settings(asked, plan)
    wide = tuple(wide_fleet(plan, n) for n in asked.replay)
    folder = RunFolder.create(out, NEEDED_BYTES)
    manifest = manifest_of(plan.plan.loaded, "cpu", kind=KIND, command=list(asked.command), torch=version)
    write_inputs(folder, plan.plan.loaded, manifest)
    plan.write(folder)
    settings.write(folder.path)
    (folder.path / "ranks").mkdir()
    epoch = plan.plan.scenario.epoch
    with folder.claimed():
        try:
            ended = Launch(folder.path, asked.command, on_flight, output).run()
        except KeyboardInterrupt:
            _complete(folder, manifest, wide, Ended(128 + signals.SIGINT, "the flight was interrupted"))
            raise
        if asked.tensorboard:
            write_tensorboard(Record(folder.path))
        if asked.otlp:
            write_spans(Record(folder.path), epoch)
    return _complete(folder, manifest, wide, ended)


def _complete(folder: RunFolder, manifest: dict[str, Any], wide: tuple[WideFleet, ...], ended: Ended) -> Flown:
    """Write what the ranks have recorded, and the end of the flight."""
    summary = Record(folder.path).write(folder, wide)
    more = {"status": ended.status} if ended.problem is None else {"problem": ended.problem, "status": ended.status}
    folder.write_json("manifest.json", manifest | {"outcome": COMPLETE, "ended": now_text(), **more})
    folder.remove_checkpoint()
    return Flown(folder, summary)


def open_flown(path: Path) -> Flown:
    """Open the folder of a flight; raises InputError if it is none, or not complete."""
    folder = RunFolder.open(path)
    if folder.manifest.get("kind") != KIND:
        raise InputError(f"{path}: this folder holds no flight")
    if not folder.is_complete:
        state = "is still under way" if folder.is_claimed else "was interrupted; fly again in another folder"
        raise InputError(f"{path}: the flight {state}")
    return Flown(folder, folder.read_json(SUMMARY))


def _check_choices(asked: Asked) -> None:
    check_choice("--mode", asked.mode, MODES)
    check_choice("--collectives", asked.collectives, ALGORITHMS)
    _check_work(asked)
    for option, text in (("--begin", asked.begin), ("--span", asked.span), ("--notice", asked.notice)):
        if text is not None:
            _seconds(option, text)
    if not asked.signal.startswith("SIG") or not hasattr(signals, asked.signal):
        raise InputError(f"--signal {asked.signal}: accepted are names of signals, such as SIGUSR1")
    _fault_scale(asked)
    if asked.as_model is not None:
        large_model(asked.as_model, Training(), asked.satellites, asked.tokens)
    elif asked.tokens is not None:
        raise InputError("--tokens: they are those of a large model; name it with --as")
    if asked.tensorboard:
        check_tensorboard()
    for n in asked.replay:
        if n <= asked.satellites:
            raise InputError(f"--replay {n}: accepted are more satellites than the {asked.satellites} that fly")


def _check_work(asked: Asked) -> None:
    """Raise InputError where the source of the computing time does not fit the flight."""
    if asked.mode == "recorded":
        if asked.recorded is None or not (asked.recorded / "ranks").is_dir():
            raise InputError("--mode recorded: name the folder of an earlier flight with --recorded")
        n = Settings.read(asked.recorded).n_ranks
        if n != asked.satellites:
            raise InputError(f"--recorded {asked.recorded}: it has {n} satellites, this flight has {asked.satellites}")
    if asked.mode == "cpu-time" and asked.as_model is not None:
        raise InputError("--as: it scales counted FLOPs; leave --mode cpu-time out")
    if not 0.0 < asked.cpu_time_scale < 1e9:
        raise InputError(f"--cpu-time-scale {asked.cpu_time_scale:g}: accepted is a number above zero, below 1e9")


def _seconds(option: str, text: str) -> float:
    try:
        return to_si(text, "s")
    except InputError as error:
        raise InputError(f"{option}: {error}") from None


def _settings(asked: Asked, plan: FlightPlan) -> Settings:
    return Settings(
        n_ranks=asked.satellites,
        seed=asked.seed,
        place="ground" if asked.on_ground else "orbit",
        mode=asked.mode,  # type: ignore[arg-type]
        cpu_time_scale=asked.cpu_time_scale,
        recorded=None if asked.recorded is None else str(asked.recorded.resolve()),
        algorithm=asked.collectives,  # type: ignore[arg-type]
        large=plan.large,
        notice_s=None if asked.notice is None else _seconds("--notice", asked.notice),
        signal=asked.signal,
        faults=tuple(one.as_dict() for one in _faults(asked, plan.timeline)),
    )


def _fault_scale(asked: Asked) -> float | None:
    """Return the multiple of the rates at which faults are drawn; None where they are listed in a file."""
    text = asked.faults
    if text == "none":
        return 0.0
    if asked.on_ground:
        raise InputError("--faults: a job on the ground flies without faults of orbit; leave one of the two out")
    if text == "rates":
        return 1.0
    if Path(text).is_file():
        return None
    if not text.startswith("x"):
        raise InputError(f"--faults {text}: accepted are none, rates, a multiple such as x1000, and a file with a list")
    try:
        scale = float(text[1:])
    except ValueError:
        scale = 0.0
    if not 0.0 < scale <= 1e9:
        raise InputError(f"--faults {text}: accepted is x and a number above zero, for example x1000")
    return scale


def _faults(asked: Asked, timeline: Timeline) -> tuple[Fault, ...]:
    scale = _fault_scale(asked)
    if scale is None:
        return listed_faults(Path(asked.faults), timeline)
    return drawn_faults(timeline, asked.seed, scale) if scale > 0.0 else ()
