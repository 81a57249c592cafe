"""The service does what its OpenAPI description says, and the description says enough."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")
pytest.importorskip("schemathesis", reason="the description is tried by schemathesis: pip install schemathesis")

import schemathesis
from starlette.testclient import TestClient

from skyrack import api
from skyrack.operations.requests.settings import Settings
from skyrack.web.app import create_app
from skyrack.web.openapi import describe

HERE = "http://127.0.0.1"
TINY = yaml.safe_load((Path(__file__).parents[1] / "tiny.yaml").read_text())


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A service that begins no workers, on whose shelves a run and a study lie, and whose twin flies."""
    folder = tmp_path_factory.mktemp("openapi")
    api.simulate(TINY, out=folder / "kept" / "runs" / "demo", threads=1)
    api.study("suncatcher-81", {"samples": 8}, out=folder / "kept" / "studies" / "demo")
    app = create_app(
        Settings(runs=folder / "runs", studies=folder / "studies", workers=0, requests_per_s=1e9, burst=10**9)
    )
    with TestClient(app, base_url=HERE) as client:
        client.kept = folder / "kept"
        restore(client)
        yield client


def restore(client):
    """Put back what a request may have taken away, so that the next one finds something."""
    for shelf in ("runs", "studies"):
        there = client.kept.parent / shelf / "demo"
        if not there.is_dir():
            shutil.copytree(client.kept / shelf / "demo", there)
    if client.app.state.live.twin is None:
        client.app.state.live.load(TINY, {}, is_playing=False)
        client.app.state.live.require_twin().step(5)
        client.app.state.live.require_twin().inject("lose-satellite", "1")


described = schemathesis.openapi.from_dict(json.loads(describe()))


@described.hook
def map_path_parameters(context, path_parameters):
    """Half of the cases find the run or the study that is there."""
    if path_parameters and "id" in path_parameters and len(path_parameters["id"]) % 2:
        path_parameters["id"] = "demo"
    return path_parameters


class Reach:
    """Passes on to the service, once there is one; its beginning and end are the fixture's."""

    app = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            raise RuntimeError("it was begun by the fixture")
        headers = [(name, b"127.0.0.1" if name == b"host" else value) for name, value in scope["headers"]]
        await self.app(scope | {"headers": headers}, receive, send)


described.app = Reach()


@pytest.fixture(scope="module")
def reached(service):
    described.app.app = service.app
    return service


# What a scenario, a column or a target may be is more than a schema can say: the sentence of a 422 says it.
NOT_HELD = [schemathesis.checks.positive_data_acceptance]
# GET /api/scenarios/check asks for a scenario of that name: the address has a method that is described elsewhere.
SHARED = [schemathesis.checks.allow_header_conformance]


@pytest.mark.slow
@described.parametrize()
@settings(max_examples=20)
def test_the_service_is_as_it_is_described(reached, case):
    restore(reached)
    case.call_and_validate(excluded_checks=NOT_HELD + (SHARED if case.path == "/api/scenarios/check" else []))


# --- the description itself

DOCUMENT = described.raw_schema
OPERATIONS = [
    pytest.param(path, operation, id=f"{method.upper()} {path}")
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_every_operation_says_what_it_does(path, operation):
    assert operation["summary"]
    assert operation["description"].rstrip().endswith((".", ")"))
    assert operation["tags"]
    assert {"401", "422", "429", "503"} <= operation["responses"].keys()
    assert all(answer["description"] for answer in operation["responses"].values())


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_every_operation_that_is_given_something_shows_an_example(path, operation):
    given = [operation[key] for key in ("parameters", "requestBody") if operation.get(key)]
    assert not given or any(shows_example(part, ()) for part in given)


def shows_example(part, seen):
    """Whether there is an example somewhere in a part of the description, or in what it refers to."""
    if isinstance(part, list):
        return any(shows_example(inner, seen) for inner in part)
    if not isinstance(part, dict):
        return False
    name = part.get("$ref", "").rpartition("/")[2]
    if name and name not in seen:
        return shows_example(DOCUMENT["components"]["schemas"][name], (*seen, name))
    return "examples" in part or "example" in part or shows_example(list(part.values()), seen)


def test_every_shape_says_what_it_is():
    for name, shape in DOCUMENT["components"]["schemas"].items():
        if not name.startswith(("HTTPValidation", "Validation")):
            assert shape["description"], name


def test_names_in_requests_are_those_of_the_engine():
    from skyrack.control.events import EVENT_KINDS
    from skyrack.control.realtime import SPEEDS
    from skyrack.results.run_folder import DOCUMENTS
    from skyrack.run.outputs import TABLES
    from skyrack.studies.plan import METHODS

    shapes = DOCUMENT["components"]["schemas"]
    assert shapes["EventBody"]["properties"]["kind"]["enum"] == list(EVENT_KINDS)
    assert shapes["StudyBody"]["properties"]["method"]["enum"] == list(METHODS)
    for name in ("LoadBody", "SpeedBody"):
        speed = shapes[name]["properties"]["speed"]
        assert (speed["minimum"], speed["maximum"]) == SPEEDS
    for path, known in (("tables", TABLES), ("documents", DOCUMENTS)):
        parameters = DOCUMENT["paths"][f"/api/runs/{{id}}/{path}/{{name}}"]["get"]["parameters"]
        assert next(one["schema"]["enum"] for one in parameters if one["name"] == "name") == list(known)
