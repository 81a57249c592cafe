"""Endpoints of a control plane: jobs, queues, satellites, events, bills, metrics, and a page."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import HTMLResponse, Response

from skyrack.api.control import control_page, job_of, views
from skyrack.web.access import RefusedError
from skyrack.web.routes.dependencies import Caller, Control, TheAccess, TheGauges

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; form-action 'none'"
router = APIRouter(tags=["control"])


Job = Annotated[int, Path(ge=1, le=10**9, description="Number of the job.")]


@router.get("/api/overview")
def overview(control: Control, _: Caller) -> Any:
    """Return time, policy, numbers of jobs and satellites, and a problem if there is one."""
    return views.overview(control)


@router.get("/api/jobs")
def jobs(
    control: Control, _: Caller, live: bool = False, at: Annotated[float | None, Query(allow_inf_nan=False)] = None
) -> Any:
    """Return the jobs: all, those that have not ended, or all as they stood at a time (s since the epoch)."""
    return views.job_rows(control, live_only=live) if at is None else views.jobs_as_of(control, at)


@router.post("/api/jobs", status_code=201)
def submit(
    control: Control,
    user: Caller,
    document: Annotated[Any, Body()],
    key: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> Any:
    """Take a job, a manifest as JSON; answered once it is on the disk. With a key, it may be sent again."""
    if not user.may_submit:
        raise RefusedError(f"{user.name} may read, not submit; an operator can give another role")
    manifest = job_of(document)
    return {"job": control.submit(manifest, user.name, key, user.max_satellites), "name": manifest.name}


@router.get("/api/jobs/{job}")
def one_job(control: Control, _: Caller, job: Job) -> Any:
    """Return one job with its manifest, satellites and account, and why it waits."""
    return views.job_row(control, job)


@router.delete("/api/jobs/{job}")
def cancel(control: Control, user: Caller, job: Job) -> Any:
    """End a job: one's own, or any by an operator."""
    if not user.may_submit:
        raise RefusedError(f"{user.name} may read, not cancel; an operator can give another role")
    if not user.may_operate and views.job_row(control, job)["user"] != user.name:
        raise RefusedError(f"job {job} is another user's; an operator can cancel it")
    control.cancel(job, user.name)
    return {"job": job, "state": "cancelled"}


@router.get("/api/jobs/{job}/log")
def log(control: Control, _: Caller, job: Job) -> Response:
    """Return the end of the output of a job's latest run, as text."""
    return Response(views.log_text(control, job), media_type="text/plain; charset=utf-8")


@router.get("/api/jobs/{job}/why")
def why(control: Control, _: Caller, job: Job) -> Any:
    """Return why a job waits, its earliest start, and what would help."""
    return views.why(control, job)


@router.get("/api/queues")
def queues(control: Control, _: Caller) -> Any:
    """Return the queues with share, quota and use."""
    return views.queue_rows(control)


@router.get("/api/nodes")
def nodes(control: Control, _: Caller) -> Any:
    """Return the satellites with machine, job, and until when they have power."""
    return views.node_rows(control)


@router.post("/api/nodes/{name:path}")
def set_service(control: Control, user: Caller, name: str, in_service: Annotated[bool, Body(embed=True)]) -> Any:
    """Take a satellite out of service, or return it."""
    if not user.may_operate:
        raise RefusedError(f"{user.name} may not take satellites out of service; an operator may")
    control.set_service([name], in_service=in_service, user=user.name)
    return {"satellite": name, "in_service": in_service}


@router.get("/api/events")
def events(
    control: Control,
    _: Caller,
    first: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 1000,
) -> Any:
    """Return the latest events, from a record of the journal on."""
    return views.event_rows(control, first, limit)


@router.get("/api/bill")
def bill(control: Control, _: Caller) -> Any:
    """Return the accounts of users and queues, idle satellites and those out of service."""
    return views.bill(control)


@router.get("/metrics")
def metrics(gauges: TheGauges, _: Caller) -> Response:
    """Return metrics for Prometheus."""
    return Response(gauges.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/")
def page(
    access: TheAccess,
    control: Control,
    token: str = "",
    at: Annotated[float | None, Query(allow_inf_nan=False, description="Time since the epoch, s.")] = None,
) -> Response:
    """Return the page: satellites on the globe and over time, jobs, queues, events and accounts; now, or at a past time."""
    if access.user(token) is None:
        return HTMLResponse("<p>Open this page with ?token=TOKEN.</p>", 401)
    return HTMLResponse(control_page(control, at, token), headers={"content-security-policy": PAGE_POLICY})
