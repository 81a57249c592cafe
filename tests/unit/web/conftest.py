"""Fixtures of the service: one in a process of its own, one in this process, and a database of each kind."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.unit.web.helpers import HERE, TINY, Hosted, Postgres, Service, end_workers

UNLIMITED = {"requests_per_s": 1e9, "burst": 10**9}


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL of our own, where there are its programs and psycopg."""
    pytest.importorskip("psycopg", reason="PostgreSQL is reached by psycopg: pip install 'skyrack[pg]'")
    try:
        cluster = Postgres()
    except (RuntimeError, OSError) as error:
        pytest.skip(f"PostgreSQL cannot be started here: {error}")
    yield cluster
    with contextlib.suppress(RuntimeError):  # a test may have stopped it
        cluster.stop()
    cluster.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """The URL where the service keeps its index and tokens; '' is the SQLite file beside the runs."""
    return url_of(request.param, request)


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def shared_database_url(request):
    """A database that the tests of a module share."""
    return url_of(request.param, request)


def url_of(kind, request):
    if kind == "sqlite":
        return ""
    return request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}")


@pytest.fixture(scope="session")
def compiled():
    """Everything that a live twin and its network compile, so that no test waits for it."""
    from skyrack.control.ground_view import GroundView
    from skyrack.control.twin import Twin
    from skyrack.scenario import load

    twin = Twin(load(TINY))
    twin.advance(1)
    view, network = twin.view(), GroundView(twin.plan.network, twin.plan.sites)
    network.snapshot(0.0, view.is_up, set())
    network.links(0, 0.0, view.is_up)


@pytest.fixture
def service_at(tmp_path, compiled):
    """Make a service in a process of its own, at this database and with these options, not begun yet."""
    made = []

    def make(database_url: str = "", *options: str) -> Service:
        made.append(Service(tmp_path, database_url, *options))
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.fixture
def service(service_at, database_url):
    """The service in a process of its own."""
    return service_at(database_url).start()


@contextlib.contextmanager
def hosting(folder: Path):
    """Make services in threads of this process, by a manual clock and with settings of their own."""
    from skyrack.operations.requests.settings import Settings

    made: list[Hosted] = []

    def make(**settings: Any) -> Hosted:
        base = {"runs": folder / "runs", "studies": folder / "studies", "port": 0} | UNLIMITED
        made.append(Hosted(Settings(**base | settings)))
        return made[-1]

    try:
        yield make
    finally:
        for host in made:
            host.close()
        end_workers(folder / "runs")


@pytest.fixture
def hosted(tmp_path, compiled):
    """Make a service in a thread, by a manual clock and with settings of its own."""
    with hosting(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def shared_host(tmp_path_factory, compiled):
    """The service in a thread that the tests of a module share."""
    with hosting(tmp_path_factory.mktemp("host")) as make:
        yield make()


@contextlib.contextmanager
def within_process(folder: Path):
    """Make services within this process, each with a client that calls it directly."""
    from starlette.testclient import TestClient

    from skyrack.operations.requests.settings import Settings
    from skyrack.web.app import create_app

    with contextlib.ExitStack() as open_clients:

        def make(*, clock: Any = None, **settings: Any) -> TestClient:
            base = {"runs": folder / "runs", "studies": folder / "studies", "threads": 1} | UNLIMITED
            app = create_app(Settings(**base | settings), clock=clock)
            return open_clients.enter_context(TestClient(app, base_url=HERE, raise_server_exceptions=False))

        try:
            yield make
        finally:
            end_workers(folder / "runs")


@pytest.fixture
def within(tmp_path):
    """Make a service within this process, with a client that calls it directly."""
    with within_process(tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def shared_client(tmp_path_factory):
    """A client of a service that the tests of a module share; they leave it as it was."""
    with within_process(tmp_path_factory.mktemp("shared")) as make:
        yield make()


@pytest.fixture(scope="session")
def flown(tmp_path_factory):
    """A complete run of the tiny scenario, to be copied."""
    from skyrack import api

    return api.simulate(TINY, out=tmp_path_factory.mktemp("flown") / "flown", threads=1).path


def fill_runs(folder: Path, flown: Path) -> Path:
    """Put two complete runs, `first` and `second`, into a folder of runs; returns it."""
    for name in ("first", "second"):
        shutil.copytree(flown, folder / "runs" / name)
    return folder / "runs"


@pytest.fixture
def shelf(tmp_path, flown):
    """A folder of runs with two complete ones, `first` and `second`."""
    return fill_runs(tmp_path, flown)


@pytest.fixture(scope="module")
def filled(tmp_path_factory, flown, shared_database_url):
    """A client of a service that has two complete runs; the tests of a module share it and leave it as it was."""
    folder = tmp_path_factory.mktemp("filled")
    fill_runs(folder, flown)
    with within_process(folder) as make:
        yield make(database_url=shared_database_url, workers=0)
