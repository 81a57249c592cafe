"""List of the flights in a folder, and what each has reached so far, from what its ranks have written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from skyrack.core.errors import InputError, RunError
from skyrack.flight.log import read_log
from skyrack.results.run_folder import RunFolder

KIND = "flight"
"""Kind of the folder of a flight, in its manifest."""
MAX_POINTS = 400
"""Maximum number of points of the loss curve that is shown while a flight is under way."""
State = Literal["running", "complete", "failed", "interrupted"]


@dataclass(frozen=True)
class FlightRow:
    """Flight in a list, finished or under way."""

    id: str
    scenario: str
    title: str
    command: str
    state: State
    begun: str
    ended: str | None
    problem: str | None
    satellites: tuple[int, ...]
    """Numbers of the flown satellites in the scenario's layout, by rank."""
    begin_s: float
    """Time since the epoch at which the virtual clock starts."""
    virtual_s: float
    """Virtual time that rank 0 has reached."""
    step: int
    """Optimiser steps of rank 0, repeated ones included."""
    restarts: int
    loss: float | None
    """Loss of the last step of rank 0."""
    time_s: tuple[float, ...]
    """Virtual time of some steps of rank 0."""
    losses: tuple[float | None, ...]
    """Loss of these steps."""


def list_flights(root: Path) -> list[FlightRow]:
    """Return the flights in a folder, newest first; other and damaged folders are left out."""
    rows = [row for path in (root.iterdir() if root.is_dir() else ()) if (row := flight_row(path)) is not None]
    return sorted(rows, key=lambda row: (row.begun, row.id), reverse=True)


def flight_row(path: Path) -> FlightRow | None:
    """Return the row of a flight's folder; None where it holds no flight or a damaged one."""
    if path.is_symlink() or not (path / "manifest.json").is_file():
        return None
    folder = RunFolder(path)
    try:
        manifest = folder.manifest
        if manifest.get("kind") != KIND:
            return None
        timeline = folder.read_json("timeline.json")
    except RunError:
        return None
    log = path / "ranks" / "0.jsonl"
    steps = [row for row in read_log(log) if "step" in row] if log.is_file() else []
    every = max(1, math.ceil(len(steps) / MAX_POINTS))
    shown = steps[::every] + (steps[-1:] if len(steps) % every != 1 and every > 1 else [])
    return FlightRow(
        id=path.name,
        scenario=str(manifest.get("scenario", "")),
        title=str(manifest.get("title", "")),
        command=" ".join(map(str, manifest.get("command", []))),
        state=_state(folder, manifest),
        begun=str(manifest.get("begun", "")),
        ended=manifest.get("ended"),
        problem=manifest.get("problem"),
        satellites=tuple(timeline["satellites"]),
        begin_s=float(timeline["begin_s"]),
        virtual_s=float(steps[-1]["time_s"]) if steps else 0.0,
        step=len(steps),
        restarts=int(steps[-1]["attempt"]) if steps else 0,
        loss=_loss(steps[-1]) if steps else None,
        time_s=tuple(float(row["time_s"]) for row in shown),
        losses=tuple(_loss(row) for row in shown),
    )


def flight_folder(root: Path, name: str) -> RunFolder:
    """Return the folder of a flight of a name. Raises InputError where there is none."""
    path = root / name
    if flight_row(path) is None:
        raise InputError(f"{name}: there is no flight of this name")
    return RunFolder(path)


def _loss(row: dict[str, Any]) -> float | None:
    loss = float(row["loss"])
    return loss if math.isfinite(loss) else None


def _state(folder: RunFolder, manifest: dict[str, Any]) -> State:
    if folder.is_complete:
        return "failed" if manifest.get("problem") else "complete"
    return "running" if folder.is_claimed else "interrupted"
