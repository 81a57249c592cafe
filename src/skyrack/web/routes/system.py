"""Health, version and figures of the service."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version as version_of
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from skyrack.api.operations import Database, Settings
from skyrack.web.live import LiveHost
from skyrack.web.routes.dependencies import TheDatabase, TheLive, TheMetrics, TheSettings
from skyrack.web.schemas import Health, Version
from skyrack.web.static_files import is_built

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=Health)
def healthz(settings: TheSettings, database: TheDatabase, live: TheLive) -> Any:
    """Return the health of the service; the status is 200 as long as it answers at all."""
    return _health(settings, database, live)


@router.get("/readyz", response_model=Health, responses={503: {"model": Health}})
def readyz(settings: TheSettings, database: TheDatabase, live: TheLive, response: Response) -> Any:
    """Return the health of the service; the status is 503 where something that it needs is missing."""
    found = _health(settings, database, live)
    if found["status"] != "ok":
        response.status_code = 503
    return found


@router.get("/version", response_model=Version)
def version() -> Any:
    """Return the versions of Skyrack and Python."""
    return {"skyrack": version_of("skyrack"), "python": platform.python_version()}


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def metrics(metrics: TheMetrics) -> Response:
    """Return figures for Prometheus."""
    return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _health(settings: Settings, database: Database, live: LiveHost) -> dict[str, Any]:
    has_database, is_writable, twin = _answers(database), os.access(settings.runs, os.W_OK), _twin_state(live)
    is_well = has_database and is_writable and twin != "stopped"
    return {
        "status": "ok" if is_well else "degraded",
        "database": has_database,
        "runs_writable": is_writable,
        "twin": twin,
        "console": is_built(),
    }


def _answers(database: Database) -> bool:
    try:
        database.tokens()
    except SQLAlchemyError:
        return False
    return True


def _twin_state(live: LiveHost) -> str:
    if live.is_loading:
        return "loading"
    if live.twin is None:
        return "none"
    return "flying" if live.twin.is_running else "stopped"
