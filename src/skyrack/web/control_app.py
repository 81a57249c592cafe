"""The service of a control plane: jobs, queues, satellites, events and bills over HTTP, for one folder."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric

from skyrack.api import DiskError, InputError, SkyrackError
from skyrack.api.control import Controller, ControlPlane, views
from skyrack.web.routes import control as routes
from skyrack.web.routes.control import Access, RefusedError, UnknownUserError
from skyrack.web.security import HEADERS

MAX_BODY_BYTES = 2_000_000
STOP_S = 60.0


def create_control_app(plane: ControlPlane) -> FastAPI:
    """Return the service of a control plane, which ticks while the service runs."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        ticking = threading.Thread(target=plane.run, name="ticks", daemon=True)
        ticking.start()
        yield
        plane.stop()
        ticking.join(STOP_S)
        plane.close()

    app = FastAPI(
        title="Skyrack control plane", version=version("skyrack"), lifespan=life, docs_url=None, redoc_url=None
    )
    app.state.control, app.state.access = plane.controller, Access(plane.controller)
    app.state.registry = CollectorRegistry()
    app.state.registry.register(_Gauges(plane.controller))
    app.include_router(routes.router)
    _answer(app)
    return app


STATUSES: dict[type[SkyrackError], int] = {UnknownUserError: 401, RefusedError: 403, DiskError: 503, InputError: 422}


def _answer(app: FastAPI) -> None:
    @app.exception_handler(SkyrackError)
    def wrong(_: Request, error: SkyrackError) -> Response:
        status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 409)
        return JSONResponse({"error": str(error)}, status)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return JSONResponse({"error": f"{place}: {first['msg']}"}, 422)

    @app.middleware("http")
    async def guard(request: Request, following: Any) -> Response:
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > MAX_BODY_BYTES:
            return JSONResponse({"error": f"the body is too large; accepted are {MAX_BODY_BYTES:,} bytes"}, 413)
        answer: Response = await following(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name.decode(), value.decode())
        return answer


class _Gauges:
    """State of the control plane, read whenever the metrics are requested."""

    def __init__(self, control: Controller) -> None:
        self.control = control

    def describe(self) -> list[Metric]:
        """Return nothing: the metrics are known once they are collected."""
        return []

    def collect(self) -> list[Metric]:
        """Return the metrics."""
        found = views.overview(self.control)
        jobs = GaugeMetricFamily("skyrack_jobs", "Jobs by state.", labels=["state"])
        for state, count in found["jobs"].items():
            jobs.add_metric([state], count)
        satellites = GaugeMetricFamily("skyrack_satellites", "Satellites by use.", labels=["use"])
        for use, count in found["satellites"].items():
            satellites.add_metric([use], count)
        waiting = GaugeMetricFamily("skyrack_queue_waiting", "Waiting jobs of each queue.", labels=["queue"])
        held = GaugeMetricFamily("skyrack_queue_satellites", "Satellites that each queue holds.", labels=["queue"])
        for row in views.queue_rows(self.control):
            waiting.add_metric([row["name"]], row["waiting"])
            held.add_metric([row["name"]], row["nodes_held"])
        return [
            jobs,
            satellites,
            waiting,
            held,
            GaugeMetricFamily("skyrack_virtual_seconds", "Virtual time since the epoch.", value=found["time_s"]),
            GaugeMetricFamily("skyrack_journal_records", "Records of the journal.", value=found["records"]),
            GaugeMetricFamily(
                "skyrack_has_problem", "1 while something hinders.", value=float(found["problem"] is not None)
            ),
            GaugeMetricFamily("skyrack_broken_promises", "Reservations not kept.", value=found["broken_promises"]),
        ]
