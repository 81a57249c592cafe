"""The service is killed again and again, at random moments under load, and begun again on the same folders."""

import contextlib
import hashlib
import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")

import httpx2
from tests.unit.web.helpers import GIVE_UP_S, TINY, until, workers

from skyrack import api

KILLS = {"sqlite": 13, "postgresql": 7}
MOST_RUNS = {"sqlite": 4, "postgresql": 2}
MANY = {"shells.pair.planes": 3, "shells.pair.satellites_per_plane": 20}


class Client:
    """One who uses a service that may die at any moment, and remembers what it was told."""

    def __init__(self, service, rng, most_runs):
        self.service, self.rng, self.most_runs = service, rng, most_runs
        self.n_acts = 0
        self.posted, self.deleted, self.perhaps_deleted = set(), set(), set()
        self.n_losses, self.events = 0, []
        self.complete = {}
        """Runs that were seen complete, and a digest of each."""
        self.hurt = set()
        """Runs whose worker was killed."""

    def ask(self, method, path, **options):
        return self.service.client.request(method, f"/api/{path}", **options)

    def act(self):
        """Ask for this and that until the service is gone."""
        with contextlib.suppress(httpx2.TransportError):
            while True:
                self.rng.choices(
                    (self.fly, self.delete, self.resume, self.let_happen, self.look), weights=(3, 1, 2, 3, 3)
                )[0]()
                self.n_acts += 1

    def fly(self):
        if len(self.posted) < self.most_runs:
            answer = self.ask("POST", "runs", json={"scenario": TINY, "span": "5 min"})
            assert answer.status_code == 202, answer.text
            self.posted.add(answer.json()["id"])

    def delete(self):
        if len(self.complete) > 1:
            id_ = self.rng.choice(sorted(self.complete))
            self.complete.pop(id_)
            self.perhaps_deleted.add(id_)
            assert self.ask("DELETE", f"runs/{id_}").status_code == 204
            self.deleted.add(id_)

    def resume(self):
        for row in self.ask("GET", "runs").json()["rows"]:
            if row["state"] == "interrupted" and row["id"] not in self.perhaps_deleted:
                assert self.ask("POST", f"runs/{row['id']}/resume").status_code == 202

    def let_happen(self):
        if self.n_losses < 60:
            event = {"kind": "lose-satellite", "target": str(self.n_losses)}
            self.n_losses += 1
            answer = self.ask("POST", "twin/events", json=event)
            assert answer.status_code in (201, 503)
            if answer.status_code == 201:
                self.events.append(answer.json())
        self.ask("POST", self.rng.choice(("twin/play", "twin/pause")))

    def look(self):
        """What was seen complete stays as it is; returns all rows."""
        rows = {row["id"]: row for row in self.ask("GET", "runs").json()["rows"]}
        for id_ in rows.keys() - self.perhaps_deleted:
            if rows[id_]["state"] == "complete":
                found = digest(self.service.runs / id_)
                assert self.complete.setdefault(id_, found) == found
            else:
                assert id_ not in self.complete
                assert rows[id_]["state"] in ("queued", "running") or id_ in self.hurt, rows[id_]
        return rows

    def check(self):
        """After a new beginning nothing is lost, and nothing is said to be whole that is not."""
        rows = self.look()
        assert self.posted - self.perhaps_deleted <= rows.keys()
        assert not self.deleted & rows.keys()
        assert self.complete.keys() <= rows.keys()
        for id_ in self.complete:
            run = api.open_run(self.service.runs / id_)
            assert run.summary["n_sats"] == 2
            assert run.table("fleet").height > 0
        twin = until(lambda: self.ask("GET", "twin").json()["twin"])
        assert all(event in twin["events"] for event in self.events)
        assert all(twin["status"]["time_s"] >= event["begins_s"] for event in self.events)


def digest(path):
    """Of all files of a run."""
    found = hashlib.sha256()
    for file in sorted(path.rglob("*")):
        found.update(file.name.encode() + (file.read_bytes() if file.is_file() else b""))
    return found.hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_nothing_is_lost_whenever_it_is_killed(service_at, database_url):
    kind = "postgresql" if database_url else "sqlite"
    rng = random.Random(20261122)
    service = service_at(database_url, "--workers", "2")
    client = Client(service.start(), random.Random(1), MOST_RUNS[kind])
    load = {"scenario": TINY, "overrides": MANY, "speed": 3000.0}
    assert client.ask("POST", "twin", json=load).status_code == 200
    for kill in range(KILLS[kind]):
        with ThreadPoolExecutor(1) as pool:
            acting = pool.submit(client.act)
            if kill % 4:  # at work; else at whatever moment of its beginning
                enough = client.n_acts + rng.randint(2, 12)
                until(lambda: client.n_acts >= enough or acting.done(), 0.01)  # noqa: B023
            time.sleep(rng.uniform(0.0, 0.5))
            if kill % 4 == 3:
                hurt_a_worker(client)
            service.kill()
            acting.result(GIVE_UP_S)
        if kill % 5 == 4:  # and once more before it is up
            service.begin()
            time.sleep(rng.uniform(0.0, 1.5))
            service.kill()
        service.start()
        client.check()
    until(lambda: is_all_done(client), 0.3)
    client.check()
    assert client.posted - client.perhaps_deleted <= client.complete.keys()
    assert not list(service.runs.glob(".removed-*"))
    assert client.complete
    assert len(client.events) >= 5


def hurt_a_worker(client):
    """Kill one of those at work too."""
    for pid, id_ in list(workers(client.service.runs).items())[:1]:
        client.hurt.add(id_)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def is_all_done(client):
    """Whether all that was asked for has been carried out; what lost its worker is taken up again."""
    client.resume()
    return all(row["state"] == "complete" for row in client.look().values())
