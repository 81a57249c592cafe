"""Flights: a user's own PyTorch script, run for real under the conditions of satellites."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from skyrack.api.folders import next_folder
from skyrack.api.scenarios import Source
from skyrack.core.errors import InputError
from skyrack.flight.tables import PHASE_TITLES

if TYPE_CHECKING:
    from skyrack.flight.launch import Progress as FlightProgress
    from skyrack.flight.listing import FlightRow
    from skyrack.results.progress import Progress
    from skyrack.run.flight import Flown

__all__ = ["PHASE_TITLES", "flight_report", "flights", "fly", "open_flight"]


def fly(
    source: Source,
    command: Sequence[str],
    overrides: Mapping[str, Any] | None = None,
    *,
    satellites: int | None = None,
    shell: str | None = None,
    on: Sequence[str] = (),
    begin: str = "0 s",
    span: str = "24 h",
    as_model: str | None = None,
    tokens: float | None = None,
    faults: str = "none",
    seed: int = 1,
    mode: str = "counted",
    recorded: str | Path | None = None,
    cpu_time_scale: float = 1.0,
    collectives: str = "auto",
    on_ground: bool = False,
    notice: str | None = None,
    signal: str = "SIGUSR1",
    replay: Sequence[int] = (),
    tensorboard: bool = False,
    otlp: bool = False,
    out: str | Path | None = None,
    output: IO[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_flight: Callable[[FlightProgress], None] | None = None,
) -> Flown:
    """Run a command whose ranks fly as satellites of a scenario, and keep the flight in a folder with its report.

    `command` is what starts the job, with as many ranks as `satellites`, for example `["torchrun", "--nproc-per-node", "8",
    "train.py"]`. `on` names the satellites themselves. `shell`, `begin` and `span` choose where and when the flight takes
    place. `as_model` names a large model
    whose FLOPs and bytes are charged in place of the script's own, with `tokens` in a step of all satellites together.
    `faults` is "none", "rates", a multiple such as "x1000", or the path of a list. `mode` is "counted", "cpu-time" (each
    second of CPU time counts `cpu_time_scale` seconds) or "recorded" (the work of an earlier flight, in the folder
    `recorded`). `collectives` is "auto", "ring" or "tree". `on_ground` runs the job on as many machines on the ground.
    `notice` sends `signal` to each rank so long before an eclipse. `replay` are larger numbers of satellites on which the
    flight is replayed. `tensorboard` also writes the losses for TensorBoard, `otlp` the steps as spans of OpenTelemetry.
    Raises InputError for anything wrong, before the command is started.
    """
    from skyrack.report.flight import write_flight_page
    from skyrack.run.flight import Asked, fly_command

    given = dict(source) if isinstance(source, Mapping) else source
    n = len(on) if satellites is None else satellites
    if n == 0 or (on and n != len(on)):
        raise InputError(
            "--satellites: give their number, or their names by --on; the number of both is that of the ranks"
        )
    asked = Asked(
        command=tuple(command),
        satellites=n,
        shell=shell,
        on=tuple(on),
        begin=begin,
        span=span,
        as_model=as_model,
        tokens=tokens,
        faults=faults,
        seed=seed,
        mode=mode,
        recorded=None if recorded is None else Path(recorded),
        cpu_time_scale=cpu_time_scale,
        collectives=collectives,
        on_ground=on_ground,
        notice=notice,
        signal=signal,
        replay=tuple(replay),
        tensorboard=tensorboard,
        otlp=otlp,
    )
    folder = Path(out) if out is not None else next_folder(_name_of(given), "flights")
    try:
        flown = fly_command(given, dict(overrides or {}), asked, folder, output or sys.stdout, on_progress, on_flight)
    except KeyboardInterrupt:
        if (folder / "flight_summary.json").is_file():
            write_flight_page(folder)
        raise
    write_flight_page(flown.path)
    return flown


def open_flight(path: str | Path) -> Flown:
    """Open the folder of a flight. Raises InputError if it is none, or if the flight is still under way."""
    from skyrack.run.flight import open_flown

    return open_flown(Path(path))


def flights(folder: str | Path = "flights") -> list[FlightRow]:
    """Return the flights below a folder, newest first, those under way with their loss and virtual time so far."""
    from skyrack.flight.listing import list_flights

    return list_flights(Path(folder))


def flight_report(folder: str | Path, name: str) -> Path:
    """Return the path of a flight's report. Raises InputError where there is no such flight, or no report yet."""
    from skyrack.flight.listing import flight_folder

    path = flight_folder(Path(folder), name).path / "report.html"
    if not path.is_file():
        raise InputError(f"{name}: the flight has no report yet")
    return path


def _name_of(source: Any) -> str:
    if isinstance(source, Mapping):
        return str(source.get("name", "flight"))
    name = Path(str(source)).stem
    if not name:
        raise InputError("name a scenario ('skyrack scenarios' lists them)")
    return name
