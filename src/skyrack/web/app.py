"""The application of the service: its routes, errors, metrics and lifetime."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from skyrack.api import DiskError, InputError, SkyrackError
from skyrack.api.operations import (
    BusyError,
    Clock,
    Database,
    MissingError,
    RequestQueue,
    Settings,
    TakenError,
    WallClock,
)
from skyrack.web.live import LiveHost
from skyrack.web.metrics import Metrics
from skyrack.web.routes import flights, runs, scenarios, studies, system, twin
from skyrack.web.schemas import Problem
from skyrack.web.security import Gate
from skyrack.web.static_files import add_console

PARTS = (system, scenarios, runs, studies, flights, twin)
log = logging.getLogger("skyrack.web")
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in (
        (400, "Not a request."),
        (401, "A token is wanted."),
        (403, "Not for this token or origin."),
        (404, "Not there."),
        (409, "Not in a state for this."),
        (413, "Too large."),
        (422, "The input is wrong."),
        (429, "Too many requests."),
        (503, "Not now."),
    )
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_FIELD = re.compile(r"^(?:.*?: )?([a-z][a-z0-9_]*(?:\.[\w-]+)*): ")


def create_app(settings: Settings, *, clock: Clock | None = None, first: str | None = None) -> FastAPI:
    """Return the service with these settings; its queue and twin start and stop with it.

    Everything in it that waits, paces or measures uses `clock`, by default the wall clock. `first` is a scenario to
    load as the twin at the start, unless the saved twin is of that scenario.
    """
    clock = clock or WallClock()
    database = Database(settings.url)
    metrics = Metrics()
    queue = RequestQueue(settings, database, clock)
    live = LiveHost(settings, clock, on_dropped=metrics.dropped.inc)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_migrate, database)
        live.loop = asyncio.get_running_loop()
        queue.start()
        live.resume(first)
        yield
        await asyncio.to_thread(live.close)
        await asyncio.to_thread(queue.close)
        database.close()

    app = FastAPI(
        title="Skyrack",
        version=version("skyrack"),
        description="Digital twin of orbital AI data centers: scenarios, runs, studies, and a twin with a clock.",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
        generate_unique_id_function=lambda route: f"{(route.tags or ['service'])[0]}_{route.name}",
    )
    metrics.watch(queue, live)
    app.state.settings, app.state.database, app.state.metrics = settings, database, metrics
    app.state.queue, app.state.live = queue, live
    for part in PARTS:
        app.include_router(part.router)
    add_console(app)
    _answer_problems(app)
    _count(app, metrics, clock)
    app.add_middleware(Gate, settings=settings, database=database, clock=clock)
    return app


def _migrate(database: Database) -> None:
    """Create or migrate the tables; without a database the service still reads folders."""
    try:
        database.migrate()
    except SQLAlchemyError as error:
        log.warning("the database cannot be prepared: %s", str(error).splitlines()[0])


STATUSES: dict[type[SkyrackError], int] = {
    DiskError: 503,  # an input error of the command line, not of a request
    MissingError: 404,
    TakenError: 409,
    InputError: 422,
    BusyError: 503,
}
"""HTTP status of each error; 409 for any other error that a user can act on."""


def status_of(error: SkyrackError) -> int:
    """Return the HTTP status of the response to an error."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 409)


def sentence_of(error: SkyrackError) -> str:
    """Return the sentence of the response to an error, without command-line options and local paths."""
    if isinstance(error, DiskError):
        return f"the service cannot write: {error.problem}"
    return str(error).removeprefix("--set: ").removeprefix("--set ")


def _answer_problems(app: FastAPI) -> None:
    def answer(status: int, sentence: str, field: str | None = None) -> JSONResponse:
        sayable = sentence.encode(errors="backslashreplace").decode()  # the input may hold lone surrogates
        return JSONResponse({"error": sayable, "field": field}, status)

    @app.exception_handler(SkyrackError)
    def skyrack_error(_: Request, error: SkyrackError) -> Response:
        status, sentence = status_of(error), sentence_of(error)
        return answer(status, sentence, field_of(sentence) if status == 422 else None)

    @app.exception_handler(RequestValidationError)
    def wrong_request(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return answer(422, f"body: this is not JSON ({first['ctx']['error']})")
        place = ".".join(str(step) for step in first["loc"] if step not in ("body", "query", "path"))
        sentence = f"{place or 'body'}: {first['msg'][0].lower()}{first['msg'][1:]}"
        return answer(422, sentence, place or None)

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Response:
        found = answer(error.status_code, str(error.detail))
        found.headers.update(dict(error.headers or {}) | _allowed(request.url.path, error.status_code))
        return found

    @app.exception_handler(SQLAlchemyError)
    def database_gone(_: Request, error: SQLAlchemyError) -> Response:
        return answer(503, f"the database does not answer: {str(error).splitlines()[0]:.200}")

    @app.exception_handler(RecursionError)
    def too_deep(_: Request, __: RecursionError) -> Response:
        return answer(422, "body: it is nested too deeply")

    @app.exception_handler(TimeoutError)
    def busy(_: Request, error: TimeoutError) -> Response:
        return answer(503, str(error) or "this took too long; try again")

    @app.exception_handler(OSError)
    def disk(_: Request, error: OSError) -> Response:
        return answer(503, f"the service cannot write or read a file: {error.strerror or error}")


def _allowed(path: str, status: int) -> dict[str, str]:
    """Return the header `Allow` of a 405: all methods of a path; the framework names those of its first route alone."""
    if status != 405:
        return {}
    routes = (route for part in PARTS for route in part.router.routes if isinstance(route, APIRoute))
    methods = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return {"Allow": ", ".join(sorted(methods or {"GET"}))}  # other paths are pages


def field_of(sentence: str) -> str | None:
    """Return the path of the key that a sentence is about; None if it names none."""
    if "there is no such scenario" in sentence:
        return "scenario"
    found = _FIELD.match(sentence)
    return found.group(1) if found else None


def _count(app: FastAPI, metrics: Metrics, clock: Clock) -> None:
    @app.middleware("http")
    async def timed(request: Request, call_next: RequestResponseEndpoint) -> Response:
        begun_s = clock.monotonic_s()
        response = await call_next(request)
        route = getattr(request.scope.get("route"), "path", "other")
        method = request.method if request.method in METHODS else "other"
        metrics.requests.labels(method, route, str(response.status_code)).inc()
        metrics.seconds.labels(route).observe(clock.monotonic_s() - begun_s)
        return response
