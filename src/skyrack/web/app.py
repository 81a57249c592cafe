"""The service, put together."""

from __future__ import annotations

import asyncio
import logging
import re
import time
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

from skyrack.api import InputError, SkyrackError
from skyrack.api.operations import BusyError, Database, MissingError, RequestQueue, Settings, TakenError
from skyrack.web.live import LiveHost
from skyrack.web.metrics import Metrics
from skyrack.web.routes import runs, scenarios, studies, system, twin
from skyrack.web.schemas import Problem
from skyrack.web.security import Gate
from skyrack.web.static_files import add_console

PARTS = (system, scenarios, runs, studies, twin)
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


def create_app(settings: Settings) -> FastAPI:
    """The service with these settings; its queue and twin begin with it and end with it."""
    database = Database(settings.url)
    metrics = Metrics()

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(_migrate, database)
        app.state.live.loop = asyncio.get_running_loop()
        app.state.queue.start()
        app.state.live.come_back()
        yield
        await asyncio.to_thread(app.state.live.close)
        await asyncio.to_thread(app.state.queue.close)
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
    settings.own.mkdir(parents=True, exist_ok=True)
    queue = RequestQueue(settings, database)
    live = LiveHost(settings, on_dropped=metrics.dropped.inc)
    metrics.watch(queue, live)
    app.state.settings, app.state.database, app.state.metrics = settings, database, metrics
    app.state.queue, app.state.live = queue, live
    for part in PARTS:
        app.include_router(part.router)
    add_console(app)
    _answer_problems(app)
    _count(app, metrics)
    app.add_middleware(Gate, settings=settings, database=database)
    return app


def _migrate(database: Database) -> None:
    """Make the tables; without a database the service still reads folders."""
    try:
        database.migrate()
    except SQLAlchemyError as error:
        log.warning("the database cannot be prepared: %s", str(error).splitlines()[0])


STATUSES: dict[type[SkyrackError], int] = {MissingError: 404, TakenError: 409, InputError: 422, BusyError: 503}
"""HTTP status of each error; 409 for any other error that a person can act on."""


def status_of(error: SkyrackError) -> int:
    """Return the HTTP status that an error is answered with."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 409)


def _answer_problems(app: FastAPI) -> None:
    def answer(status: int, sentence: str, field: str | None = None) -> JSONResponse:
        sayable = sentence.encode(errors="backslashreplace").decode()  # what was sent may hold halves of letters
        return JSONResponse({"error": sayable, "field": field}, status)

    @app.exception_handler(SkyrackError)
    def skyrack_error(_: Request, error: SkyrackError) -> Response:
        status = status_of(error)
        sentence = str(error).removeprefix("--set: ").removeprefix("--set ")
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
        return answer(503, f"the disk refused: {error.strerror or error}")


def _allowed(path: str, status: int) -> dict[str, str]:
    """With a 405, all that may be asked of an address; the framework names the methods of its first route alone."""
    if status != 405:
        return {}
    routes = (route for part in PARTS for route in part.router.routes if isinstance(route, APIRoute))
    methods = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return {"Allow": ", ".join(sorted(methods or {"GET"}))}  # what is outside of the parts are pages


def field_of(sentence: str) -> str | None:
    """Path of the key that a sentence is about, where it names one."""
    if "there is no such scenario" in sentence:
        return "scenario"
    found = _FIELD.match(sentence)
    return found.group(1) if found else None


def _count(app: FastAPI, metrics: Metrics) -> None:
    @app.middleware("http")
    async def timed(request: Request, call_next: Any) -> Response:
        begun = time.perf_counter()
        response: Response = await call_next(request)
        route = getattr(request.scope.get("route"), "path", "other")
        method = request.method if request.method in METHODS else "other"
        metrics.requests.labels(method, route, str(response.status_code)).inc()
        metrics.seconds.labels(route).observe(time.perf_counter() - begun)
        return response
