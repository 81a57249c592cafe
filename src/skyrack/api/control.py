"""The control plane: opened in a folder by one process, and asked by others over HTTP."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from skyrack.api.remote import ADDRESS, DEFAULT_FOLDER, TOKEN
from skyrack.api.scenarios import Source
from skyrack.core.atomic_file import write_json, write_text
from skyrack.core.errors import InputError
from skyrack.operations.live import views
from skyrack.operations.live.controller import Controller
from skyrack.operations.live.service import AskedControl, ControlPlane
from skyrack.operations.live.users import User, add_user, user_of, users
from skyrack.operations.manifest import Manifest
from skyrack.report.control import control_html
from skyrack.scenario.load import load_part

__all__ = [
    "ControlPlane",
    "Controller",
    "User",
    "control_page",
    "control_plane",
    "job_of",
    "publish",
    "user_of",
    "users",
    "views",
]


def control_plane(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    engine: str = "slurm",
    policy: str = "forecast",
    machines: Sequence[str] = (),
    arc: int = 8,
    speed: float = 1.0,
    tick: str = "1 s",
    begin: str = "0 s",
    queues: str | Path | None = None,
    engine_options: Sequence[str] = (),
    out: str | Path | None = None,
) -> ControlPlane:
    """Open the control plane of a scenario's fleet in a folder, or go on with the one that is there.

    `engine` is "slurm", "ray:ADDRESS" or "psij:EXECUTOR"; its `machines` (by default all of a cluster) stand for arcs of
    `arc` neighbouring satellites, spread over the fleet. Virtual time passes `speed` times as fast as wall time, from `begin`
    after the epoch on; each `tick` of wall time the engine is looked at. `queues` is a file of queues in YAML;
    `engine_options` go to every submission to Slurm. `run()` of the result ticks until `stop()`; `close()` ends it; jobs on
    the engine go on. Raises InputError for anything wrong.
    """
    asked = AskedControl(
        engine=engine,
        policy=policy,
        machines=tuple(machines),
        arc=arc,
        speed=speed,
        tick=tick,
        begin=begin,
        queues=None if queues is None else Path(queues),
        engine_options=tuple(engine_options),
    )
    given = dict(source) if isinstance(source, Mapping) else source
    return ControlPlane(given, dict(overrides or {}), asked, Path(out) if out is not None else DEFAULT_FOLDER)


def job_of(document: Any) -> Manifest:
    """Return the manifest of a document as JSON has it. Raises InputError with one sentence if it is wrong."""
    if not isinstance(document, dict):
        raise InputError("job: accepted is a manifest, an object with name, command, gang, time and so on")
    return load_part(Manifest, json.dumps(document), "job")


PAGE_S = 2.0 * 5700.0
"""Time before and after now that the page shows, at least: two orbits."""


def control_page(control: Controller, at_s: float | None = None, token: str = "") -> str:
    """Return the page of a control plane: satellites on the globe and over time with their jobs, queues, events, accounts.

    With `at_s` (s since the epoch) it shows satellites, jobs and events as they stood then. `token` goes into the links.
    """
    now_s = control.time.now_s()
    time_s = now_s if at_s is None else min(max(at_s, control.world.begin_s), now_s)
    timeline = views.timeline(control, max(time_s - PAGE_S, control.world.begin_s), time_s + 0.5 * PAGE_S)
    return control_html(
        views.overview(control),
        views.job_rows(control) if at_s is None else views.jobs_as_of(control, time_s),
        views.queue_rows(control),
        timeline,
        [one for one in views.event_rows(control, limit=100_000) if one["time_s"] <= time_s][-30:],
        views.bill(control),
        views.places(control, time_s),
        None if at_s is None else time_s,
        token,
    )


def publish(folder: Path, url: str) -> str:
    """Let the command line of this user find a control plane: write its address, and an operator's token; return the token.

    Raises DiskError where the folder cannot be written.
    """
    path = folder / TOKEN
    if not path.exists() or not users(folder):
        name = getpass.getuser()
        token = add_user(folder, name if name.isalnum() else "owner", "operator")
        write_text(path, f"{token}\n", is_durable=True)
        path.chmod(0o600)
    write_json(folder / ADDRESS, {"url": url})
    return path.read_text().strip()
