"""Verbs that ask a control plane: submit, jobs, job, cancel, logs, why, queues, nodes, bill, events, drain, user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from skyrack import api
from skyrack.api.remote import DEFAULT_FOLDER, Remote, add_user, jobset, known_users, read_job, remove_user, seconds
from skyrack.cli import render_control

Control = Annotated[
    Path | None,
    typer.Option(
        help=f"Folder of the control plane; by default {DEFAULT_FOLDER}, or SKYRACK_URL and SKYRACK_TOKEN.",
        envvar="SKYRACK_CONTROL",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
JobNumber = Annotated[int, typer.Argument(metavar="JOB", help="Number of the job.")]


def _put(document: Any) -> None:
    typer.echo(json.dumps(document, indent=1))


def submit(
    file: Annotated[Path, typer.Argument(help="Manifest in YAML, a script with #SKYRACK lines, or a Job or JobSet.")],
    key: Annotated[
        str | None, typer.Option(help="Key of the submission: repeated with it, it gives the same job.")
    ] = None,
    as_jobset: Annotated[
        str | None,
        typer.Option(metavar="IMAGE", help="Submit nothing; print it as a JobSet for Kubernetes with Kueue instead."),
    ] = None,
    control: Control = None,
    as_json: AsJson = False,
) -> None:
    """Submit a job; its number is printed once the job is safe on the control plane's disk."""
    if as_jobset is not None:
        typer.echo(jobset(read_job(file), as_jobset), nl=False)
        return
    found = Remote(control).ask("POST", "/api/jobs", read_job(file).to_document(), key=key)
    _put(found) if as_json else typer.echo(f"job {found['job']}: {found['name']}")


def jobs(
    all_: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    at: Annotated[
        str | None, typer.Option(help='As they stood at a time after the epoch, for example "90 min".')
    ] = None,
    control: Control = None,
    as_json: AsJson = False,
) -> None:
    """List the jobs that wait or run."""
    at_s = None if at is None else seconds(at)
    found = Remote(control).ask("GET", "/api/jobs", live=(not all_ and at is None) or None, at=at_s)
    _put(found) if as_json else render_control.jobs(found)


def job(job: JobNumber, control: Control = None, as_json: AsJson = False) -> None:
    """Show one job: state, satellites, work saved, energy, cost, and why it waits."""
    found = Remote(control).ask("GET", f"/api/jobs/{job}")
    _put(found) if as_json else render_control.job(found)


def cancel(job: JobNumber, control: Control = None) -> None:
    """End a job."""
    Remote(control).ask("DELETE", f"/api/jobs/{job}")
    typer.echo(f"job {job} is cancelled")


def logs(job: JobNumber, control: Control = None) -> None:
    """Print the output of a job's latest run."""
    typer.echo(Remote(control).ask("GET", f"/api/jobs/{job}/log"), nl=False)


def why(job: JobNumber, control: Control = None, as_json: AsJson = False) -> None:
    """Say why a job waits: the first reason, its earliest start, and what would help."""
    remote = Remote(control)
    found = remote.ask("GET", f"/api/jobs/{job}/why")
    _put(found) if as_json else render_control.why(found, remote.ask("GET", "/api/overview")["time_s"])


def queues(control: Control = None, as_json: AsJson = False) -> None:
    """List the queues with share, quota and use."""
    found = Remote(control).ask("GET", "/api/queues")
    _put(found) if as_json else render_control.queues(found)


def nodes(
    drain: Annotated[str | None, typer.Option(metavar="SATELLITE", help="Take a satellite out of service.")] = None,
    resume: Annotated[str | None, typer.Option(metavar="SATELLITE", help="Return a satellite to service.")] = None,
    control: Control = None,
    as_json: AsJson = False,
) -> None:
    """List the satellites with machine, job, and until when they have power; or take one out of service."""
    remote = Remote(control)
    for name, in_service in ((drain, False), (resume, True)):
        if name is not None:
            remote.ask("POST", f"/api/nodes/{name}", {"in_service": in_service})
    found = remote.ask("GET", "/api/nodes")
    _put(found) if as_json else render_control.nodes(found)


def events(
    limit: Annotated[int, typer.Option(min=1, help="Number of the latest events.")] = 50,
    control: Control = None,
    as_json: AsJson = False,
) -> None:
    """List what happened, with who asked for it: the audit log."""
    found = Remote(control).ask("GET", "/api/events", limit=limit)
    _put(found) if as_json else render_control.events(found)


def bill(control: Control = None, as_json: AsJson = False) -> None:
    """Show the accounts of users and queues; with idle satellites they add up to the fleet."""
    found = Remote(control).ask("GET", "/api/bill")
    _put(found) if as_json else render_control.bill(found)


def user(
    action: Annotated[str, typer.Argument(metavar="add|list|remove")],
    name: Annotated[str | None, typer.Argument(help="Name of the user.")] = None,
    role: Annotated[str, typer.Option(help="viewer, user or operator.")] = "user",
    max_satellites: Annotated[
        int | None, typer.Option(min=1, help="Satellites that the user's live jobs may ask for together.")
    ] = None,
    control: Control = None,
) -> None:
    """Add, list or remove the users of a control plane; each has a token."""
    folder = control or DEFAULT_FOLDER
    if action == "list":
        render_control.users(known_users(folder))
        return
    if action not in ("add", "remove") or not name:
        raise api.InputError(f"user {action}: accepted are add NAME, list, and remove NAME")
    if action == "remove":
        remove_user(folder, name)
        typer.echo(f"{name} is removed")
        return
    typer.echo(f"{add_user(folder, name, role, max_satellites)}\nKeep it: it is shown this once.")


VERBS = (submit, jobs, job, cancel, logs, why, queues, nodes, events, bill, user)
