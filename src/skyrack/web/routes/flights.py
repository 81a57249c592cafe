"""Endpoints of flights: the list with what each has reached, and their reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from skyrack import api
from skyrack.api.flights import flight_report
from skyrack.api.operations import MissingError
from skyrack.web.routes.dependencies import Id, TheSettings
from skyrack.web.schemas import FlightRow
from skyrack.web.security import REPORT_POLICY

router = APIRouter(prefix="/api", tags=["flights"])


@router.get("/flights", response_model=list[FlightRow])
def flights(settings: TheSettings) -> Any:
    """Return all flights, newest first; those under way with their loss and virtual time so far."""
    return [asdict(row) for row in api.flights(settings.flights)]


@router.get(
    "/flights/{id}/report",
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def report(id: Id, settings: TheSettings) -> Response:  # noqa: A002 - the path's word
    """Return the report of a finished flight: one self-contained page."""
    try:
        path = flight_report(settings.flights, id)
    except api.InputError as error:
        raise MissingError(str(error)) from None
    return FileResponse(path, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})
