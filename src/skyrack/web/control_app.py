"""The service of a control plane: jobs, queues, satellites, events and bills over HTTP, for one folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from skyrack.api import DiskError, InputError, SkyrackError
from skyrack.api.control import ControlPlane
from skyrack.api.operations import WallClock
from skyrack.web.access import Access, RefusedError, UnknownUserError
from skyrack.web.gauges import Gauges
from skyrack.web.routes import control as routes
from skyrack.web.security import HEADERS

MAX_BODY_BYTES = 2_000_000
STOP_S = 60.0


def create_control_app(plane: ControlPlane) -> FastAPI:
    """Return the service of a control plane, which ticks while the service runs."""
    clock = WallClock()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        ticking = clock.start_thread(plane.run, "ticks")
        yield
        plane.stop()
        ticking.join(STOP_S)
        plane.close()

    app = FastAPI(
        title="Skyrack control plane", version=version("skyrack"), lifespan=life, docs_url=None, redoc_url=None
    )
    app.state.control, app.state.access = plane.controller, Access(plane.controller, clock)
    app.state.gauges = Gauges(plane.controller)
    app.include_router(routes.router)
    _answer(app)
    return app


STATUSES: dict[type[SkyrackError], int] = {UnknownUserError: 401, RefusedError: 403, DiskError: 503, InputError: 422}


def _answer(app: FastAPI) -> None:
    @app.exception_handler(SkyrackError)
    def wrong(_: Request, error: SkyrackError) -> Response:
        status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 409)
        return JSONResponse({"error": str(error)}, status)

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": str(error.detail)}, error.status_code)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return JSONResponse({"error": f"{place}: {first['msg']}"}, 422)

    @app.middleware("http")
    async def guard(request: Request, following: RequestResponseEndpoint) -> Response:
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > MAX_BODY_BYTES:
            return JSONResponse({"error": f"the body is too large; accepted are {MAX_BODY_BYTES:,} bytes"}, 413)
        answer = await following(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name.decode(), value.decode())
        return answer
