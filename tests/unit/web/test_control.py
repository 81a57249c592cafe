"""The service of a control plane: who may do what, and what is answered to wrong requests."""

import json
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from tests.live_operations import FakeEngine, ManualClock, tick, world

from skyrack.operations.live.controller import Controller
from skyrack.operations.live.users import add_user
from skyrack.web.control_app import create_control_app

JOB = {"name": "job", "command": ["true"], "gang": {"satellites": 2}, "time": {"work": "10 min"}}


@pytest.fixture
def service(tmp_path):
    """A control plane without a loop of its own: tests let its time pass."""
    engine, clock = FakeEngine(), ManualClock()
    control = Controller(tmp_path, world(engine, clock))
    stopped = threading.Event()
    plane = SimpleNamespace(controller=control, run=stopped.wait, stop=stopped.set, close=control.close)
    tokens = {role: add_user(tmp_path, role, role) for role in ("viewer", "user", "operator")}
    tokens["small"] = add_user(tmp_path, "small", "user", 2)
    with TestClient(create_control_app(plane)) as client:

        def ask(role, method, path, **given):
            headers = {} if role is None else {"authorization": f"Bearer {tokens[role]}"}
            return client.request(method, path, headers=headers, **given)

        yield SimpleNamespace(ask=ask, control=control, engine=engine, clock=clock, tokens=tokens, client=client)


def test_a_job_from_its_submission_to_its_bill(service):
    answer = service.ask("user", "POST", "/api/jobs?key=a", json=JOB)
    assert (answer.status_code, answer.json()) == (201, {"job": 1, "name": "job"})
    assert service.ask("user", "POST", "/api/jobs?key=a", json=JOB).json()["job"] == 1
    tick(service.control, service.clock, 2)
    assert service.ask("viewer", "GET", "/api/jobs/1").json()["state"] == "running"
    service.engine.end(service.control.name_of(1, 1))
    tick(service.control, service.clock)
    row = service.ask("viewer", "GET", "/api/jobs/1").json()
    assert row["state"] == "done"
    assert len(service.ask("viewer", "GET", "/api/jobs").json()) == 1
    assert service.ask("viewer", "GET", "/api/jobs?live=true").json() == []
    assert service.ask("viewer", "GET", "/api/jobs?at=1").json()[0]["state"] == "queued"
    bill = service.ask("viewer", "GET", "/api/bill").json()
    assert next(one for one in bill if one["user"] == "user")["jobs"] == 1
    events = service.ask("viewer", "GET", "/api/events").json()
    assert [one["what"] for one in events if one["job"] == 1] == ["submitted", "placed", "began", "finished"]
    assert service.ask("viewer", "GET", "/api/jobs/1/log").text == ""
    assert "it does not wait" in service.ask("viewer", "GET", "/api/jobs/1/why").json()["reason"]


@pytest.mark.parametrize(
    ("role", "method", "path", "body", "status"),
    [
        (None, "GET", "/api/jobs", None, 401),
        (None, "GET", "/metrics", None, 401),
        (None, "POST", "/api/jobs", JOB, 401),
        ("viewer", "POST", "/api/jobs", JOB, 403),
        ("viewer", "DELETE", "/api/jobs/1", None, 403),
        ("user", "POST", "/api/nodes/low/1", {"in_service": False}, 403),
        ("small", "POST", "/api/jobs", JOB | {"gang": {"satellites": 3}}, 422),
        ("user", "POST", "/api/jobs", [], 422),
        ("user", "POST", "/api/jobs", JOB | {"gang": {"satellites": 100}}, 422),
        ("user", "POST", "/api/jobs", JOB | {"queue": "nowhere"}, 422),
        ("user", "POST", "/api/jobs", JOB | {"surprise": 1}, 422),
        ("user", "DELETE", "/api/jobs/99", None, 422),
        ("user", "GET", "/api/jobs/0", None, 422),
        ("user", "GET", "/api/jobs?at=nan", None, 422),
        ("user", "GET", "/api/nowhere", None, 404),
        ("operator", "POST", "/api/nodes/nowhere", {"in_service": False}, 422),
    ],
)
def test_wrong_requests_get_a_sentence(service, role, method, path, body, status):
    answer = service.ask(role, method, path, json=body) if body is not None else service.ask(role, method, path)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text
    if status != 404:
        assert answer.json()["error"]
    assert service.control.state.table.n == 0


def test_a_user_cancels_her_own_jobs_and_an_operator_all(service):
    for role in ("user", "operator"):
        service.ask(role, "POST", "/api/jobs", json=JOB)
    assert service.ask("user", "DELETE", "/api/jobs/2").status_code == 403
    assert service.ask("user", "DELETE", "/api/jobs/1").status_code == 200
    assert service.ask("operator", "DELETE", "/api/jobs/2").status_code == 200
    again = service.ask("operator", "DELETE", "/api/jobs/2")
    assert (again.status_code, again.json()["error"]) == (422, "job 2 is cancelled already")


def test_a_body_that_is_too_large_is_refused(service):
    answer = service.ask("user", "POST", "/api/jobs", content=b"x" * 2_100_000)
    assert answer.status_code == 413


def test_the_page_shows_names_as_text_and_wants_a_token(service):
    service.ask("user", "POST", "/api/jobs", json=JOB)
    tick(service.control, service.clock, 2)
    assert service.client.get("/").status_code == 401
    text = service.client.get(f"/?token={service.tokens['viewer']}").text
    assert "1 jobs run, 0 wait, 0 are done" in text
    assert "<script" not in text
    assert "low/0" in text


def test_the_page_of_a_fleet_in_sight_leads_through_time(service):
    """Two satellites over the day side and the night side; an earlier time shows the jobs as they stood."""

    class Pair:
        """Satellites over the equator: one toward the Sun, all others away from it."""

        station_places = SimpleNamespace(names=("Here <b>",), latitude_rad=np.zeros(1), longitude_rad=np.zeros(1))

        def positions_m(self, _):
            return np.array([[7e6, 0.0, 0.0]] + 15 * [[-7e6, 0.0, 0.0]])

        def sun(self, _):
            return np.array([1.0, 0.0, 0.0])

        def sidereal_rad(self, _):
            return 0.0

        def contacts(self, begin_s, end_s):
            return [[(begin_s, 0.5 * (begin_s + end_s))]] + 15 * [[]]

    service.control.world = replace(service.control.world, sight=Pair())
    service.ask("user", "POST", "/api/jobs", json=JOB)
    tick(service.control, service.clock, 20)
    token = service.tokens["viewer"]
    text = service.client.get(f"/?token={token}").text
    held = service.ask("viewer", "GET", "/api/jobs/1").json()["satellites"][0]
    assert "day side" in text
    assert f"{held}, job 1" in text
    assert "Here &lt;b&gt;, ground station" in text
    assert "a ground station sees low/0" in text
    assert 'http-equiv="refresh"' in text
    past = service.client.get(f"/?token={token}&at=1").text
    assert "As it stood 1 s after the epoch" in past
    assert f"{held}, free" in past
    assert 'http-equiv="refresh"' not in past
    assert f"&amp;token={token}" in past


def test_metrics_count_jobs_and_satellites(service):
    service.ask("user", "POST", "/api/jobs", json=JOB)
    tick(service.control, service.clock)
    text = service.ask("viewer", "GET", "/metrics").text
    assert 'skyrack_jobs{state="running"} 1.0' in text
    assert 'skyrack_satellites{use="busy"} 2.0' in text
    assert 'skyrack_queue_satellites{queue="default"} 2.0' in text


def test_tokens_are_kept_as_digests_in_a_file_of_the_owner(service, tmp_path):
    path = tmp_path / "users.json"
    text = path.read_text()
    assert not any(token in text for token in service.tokens.values())
    assert path.stat().st_mode & 0o077 == 0
    assert {one["name"] for one in json.loads(text)} == {"viewer", "user", "operator", "small"}
