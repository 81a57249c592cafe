"""Whether the service is well, what it is, and what it counts."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version as version_of
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from skyrack.web.schemas import Health, Version
from skyrack.web.static_files import is_built

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=Health)
def healthz(request: Request) -> Any:
    """Whether the service lives: it answers, whatever else is wrong."""
    return _health(request)


@router.get("/readyz", response_model=Health, responses={503: {"model": Health}})
def readyz(request: Request, response: Response) -> Any:
    """Whether all that it needs is there; 503 where something is missing."""
    found = _health(request)
    if found["status"] != "ok":
        response.status_code = 503
    return found


@router.get("/version", response_model=Version)
def version() -> Any:
    """What runs here."""
    return {"skyrack": version_of("skyrack"), "python": platform.python_version()}


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _health(request: Request) -> dict[str, Any]:
    state = request.app.state
    try:
        state.database.tokens()
        database = True
    except SQLAlchemyError:
        database = False
    writable = os.access(state.settings.runs, os.W_OK)
    live = state.live
    twin = (
        "loading" if live.is_loading else "none" if live.twin is None else "flying" if live.twin.is_alive else "stopped"
    )
    is_well = database and writable and twin != "stopped"
    return {
        "status": "ok" if is_well else "degraded",
        "database": database,
        "runs_writable": writable,
        "twin": twin,
        "console": is_built(),
    }
