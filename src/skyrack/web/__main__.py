"""`python -m skyrack.web`: the process that `skyrack up` and `skyrack token` start."""

from __future__ import annotations

import argparse
import contextlib
import logging
import socket
import sys
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from skyrack.api import InputError, SkyrackError
from skyrack.api.operations import DEFAULT_PORT, Settings

UNREAD_MS = 60_000

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from skyrack.api.operations import Database


def main(arguments: list[str] | None = None) -> int:
    """Serve, or manage the tokens; an invalid input ends with one sentence and exit code 2."""
    given = _parser().parse_args(arguments)
    try:
        if given.verb == "operate":
            return _operate(given)
    except SkyrackError as error:
        print(f"skyrack: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    settings = Settings(
        runs=given.runs,
        studies=given.studies,
        flights=given.flights,
        host=given.host,
        port=given.port,
        database_url=given.database,
        workers=given.workers,
        threads=given.threads,
        log_level=given.log_level,
    )
    try:
        if given.verb == "token":
            return _token(settings, given)
        return _serve(settings, given.scenario, is_opened=given.open)
    except SkyrackError as error:
        print(f"skyrack: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--runs", type=Path, default=Path("runs"))
    shared.add_argument("--studies", type=Path, default=Path("studies"))
    shared.add_argument("--flights", type=Path, default=Path("flights"))
    shared.add_argument("--host", default="127.0.0.1")
    shared.add_argument("--port", type=int, default=DEFAULT_PORT)
    shared.add_argument("--database", default="")
    shared.add_argument("--workers", type=int, default=1)
    shared.add_argument("--threads", type=int, default=None)
    shared.add_argument("--log-level", default="warning")
    parser = argparse.ArgumentParser(prog="python -m skyrack.web")
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", parents=[shared])
    up.add_argument("--scenario", default=None)
    up.add_argument("--open", action="store_true")
    operate = verbs.add_parser("operate", parents=[shared])
    operate.add_argument("scenario")
    operate.add_argument("--set", action="append", default=[], type=lambda text: tuple(text.partition("=")[::2]))
    operate.add_argument("--engine", default="slurm")
    operate.add_argument("--policy", default="forecast")
    operate.add_argument("--machines", default="")
    operate.add_argument("--arc", type=int, default=8)
    operate.add_argument("--speed", type=float, default=1.0)
    operate.add_argument("--tick", default="1 s")
    operate.add_argument("--begin", default="0 s")
    operate.add_argument("--queues", type=Path, default=None)
    operate.add_argument("--engine-option", action="append", default=[])
    operate.add_argument("--out", type=Path, required=True)
    token = verbs.add_parser("token", parents=[shared])
    token.add_argument("action", choices=("add", "list", "remove"))
    token.add_argument("name", nargs="?")
    token.add_argument("--scope", default="read")
    return parser


def _operate(given: argparse.Namespace) -> int:
    """Hold the control plane of a folder until Ctrl-C or SIGTERM; jobs on the engine go on."""
    from skyrack.api.control import control_plane, publish
    from skyrack.web.control_app import create_control_app
    from skyrack.web.logs import configure

    configure(given.log_level)
    settings = Settings(given.runs, given.studies, host=given.host, port=given.port)
    print("Opening the control plane: forecast, journal, and at the first time compilation.", flush=True)  # noqa: T201
    plane = control_plane(
        given.scenario,
        dict(given.set),
        engine=given.engine,
        policy=given.policy,
        machines=[name for name in given.machines.split(",") if name],
        arc=given.arc,
        speed=given.speed,
        tick=given.tick,
        begin=given.begin,
        queues=given.queues,
        engine_options=given.engine_option,
        out=given.out,
    )
    try:
        listening = listen(settings)
        address = f"http://{settings.host}:{listening.getsockname()[1]}"
        token = publish(given.out, address)
        app = create_control_app(plane)
    except BaseException:
        plane.close()
        raise
    said = f"The control plane is at {address}/?token={token}  (folder {given.out}; Ctrl-C ends it, jobs go on)"
    print(said, flush=True)  # noqa: T201
    with contextlib.suppress(KeyboardInterrupt):
        server_of(app).run(sockets=[listening])
    return 0


def _token(settings: Settings, given: argparse.Namespace) -> int:
    from skyrack.web.logs import configure

    configure("ERROR")
    with contextlib.closing(_database(settings)) as database:
        if given.action == "list":
            for row in database.tokens():
                print(f"{row['name']:24s} {row['scope']:8s} {row['created']}")  # noqa: T201
            return 0
        if not given.name:
            raise InputError(f"name: name the token, for example 'skyrack token {given.action} grafana'")
        if given.action == "remove":
            database.remove_token(given.name)
            print(f"{given.name} is removed")  # noqa: T201
            return 0
        token = database.add_token(given.name, given.scope)
        print(f"{token}\nKeep it: it is shown this once. It may {given.scope}.")  # noqa: T201
        return 0


def _serve(settings: Settings, scenario: str | None, *, is_opened: bool) -> int:
    from skyrack.web.app import create_app
    from skyrack.web.logs import configure

    configure(settings.log_level)
    _make_shelf(settings)
    if not settings.is_loopback:
        with contextlib.closing(_database(settings)) as database:
            if not database.digests():
                raise InputError(
                    f"host: {settings.host} can be reached from elsewhere and no token is known; add one with "
                    f"'skyrack token add NAME --scope operate', or leave --host out"
                )
    app = create_app(settings, first=scenario)
    listening = listen(settings)
    address = (
        f"http://{settings.host if ':' not in settings.host else f'[{settings.host}]'}:{listening.getsockname()[1]}"
    )
    if is_opened:
        threading.Timer(1.0, webbrowser.open, (address,)).start()
    print(f"Skyrack is at {address}  (API: {address}/api/docs; Ctrl-C ends it)", flush=True)  # noqa: T201
    with contextlib.suppress(KeyboardInterrupt):  # by which the server hands on a Ctrl-C after it has ended well
        server_of(app).run(sockets=[listening])
    return 0


def _make_shelf(settings: Settings) -> None:
    try:
        settings.own.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"runs: {settings.runs} cannot be used as the folder of runs ({error.strerror}); name another with --runs"
        ) from None


def _database(settings: Settings) -> Database:
    from sqlalchemy.exc import SQLAlchemyError

    from skyrack.api.operations import Database

    _make_shelf(settings)
    database = Database(settings.url)
    try:
        database.migrate()
    except SQLAlchemyError as error:
        database.close()
        raise InputError(f"database: it does not answer ({str(error).splitlines()[0]})") from None
    return database


def server_of(app: FastAPI) -> uvicorn.Server:
    """Return the server of an app: short incoming messages, no compression of frames that are compressed already."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=10_000,
        timeout_graceful_shutdown=3,
        server_header=False,
    )
    return uvicorn.Server(config)


def listen(settings: Settings) -> socket.socket:
    """Return the listening socket of the service. Raises InputError if address or port cannot be used."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sends at once, and not 40 ms later, only where the protocol is named
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(128)  # connections made before all is ready wait
    except OSError as error:
        listening.close()
        logging.getLogger("skyrack.web").debug("bind: %s", error)
        raise InputError(
            f"port: {settings.host}:{settings.port} cannot be used ({error.strerror}); name another with --port"
        ) from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # drops a client that accepts nothing for so long
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    listening.listen()
    listening.set_inheritable(False)
    return listening


if __name__ == "__main__":
    sys.exit(main())
