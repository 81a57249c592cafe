"""Fixtures of the service: one in a process of its own, one in this process, and a database of each kind."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from typing import Any

import pytest
from tests.unit.web.helpers import HERE, TINY, Hosted, Postgres, Service, end_workers


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
    """Where the service keeps its index and tokens; '' is the SQLite file beside the runs."""
    if request.param == "sqlite":
        return ""
    return request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}")


@pytest.fixture
def service_at(tmp_path):
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


@pytest.fixture
def hosted(tmp_path):
    """Make a service in a thread, with settings of its own."""
    from skyrack.operations.settings import Settings

    made = []

    def make(**settings: Any) -> Hosted:
        base = {"runs": tmp_path / "runs", "studies": tmp_path / "studies", "port": 0}
        made.append(Hosted(Settings(**base | settings)))
        return made[-1]

    yield make
    for host in made:
        host.close()
    end_workers(tmp_path / "runs")


@pytest.fixture
def within(tmp_path):
    """Make a service within this process, with a client that calls it directly."""
    from starlette.testclient import TestClient

    from skyrack.operations.settings import Settings
    from skyrack.web.app import create_app

    with contextlib.ExitStack() as open_clients:

        def make(**settings: Any) -> TestClient:
            base = {"runs": tmp_path / "runs", "studies": tmp_path / "studies", "threads": 1}
            app = create_app(Settings(**base | settings))
            return open_clients.enter_context(TestClient(app, base_url=HERE, raise_server_exceptions=False))

        yield make
        end_workers(tmp_path / "runs")


@pytest.fixture(scope="session")
def flown(tmp_path_factory):
    """A complete run of the tiny scenario, to be copied onto shelves."""
    from skyrack import api

    return api.simulate(TINY, out=tmp_path_factory.mktemp("flown") / "flown", threads=1).path


@pytest.fixture
def shelf(tmp_path, flown):
    """A shelf on which two complete runs lie, `first` and `second`."""
    for name in ("first", "second"):
        shutil.copytree(flown, tmp_path / "runs" / name)
    return tmp_path / "runs"
