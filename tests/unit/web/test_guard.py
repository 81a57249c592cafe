"""What must not come in does not, and says why in one sentence."""

import http.client
import io
import json
import logging
import os
import platform
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")

from sqlalchemy import text
from starlette.websockets import WebSocketDisconnect
from tests.unit.web.helpers import GIVE_UP_S, TINY, until

from skyrack.control.clock import ManualClock
from skyrack.operations.requests import database as databases
from skyrack.web import security
from skyrack.web.__main__ import main

ANYWHERE = "0.0.0.0"  # noqa: S104 - it is what must be refused
STREAM = "ws://127.0.0.1/api/twin/stream"


def sentence(answer, status):
    """The one sentence with which a request was refused."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert set(answer.json()) == {"error", "field"}
    said = answer.json()["error"]
    assert said
    assert "\n" not in said
    assert "Traceback" not in said
    return said


def refused_stream(client, **headers):
    with pytest.raises(WebSocketDisconnect) as refusal, client.websocket_connect(STREAM, headers=headers):
        pass
    return refusal.value.code


def command(*arguments):
    """What `python -m skyrack.web` does with these arguments, in this process."""
    root = logging.getLogger()
    handlers, level, out, err = root.handlers[:], root.level, io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*map(str, arguments)])
    finally:
        root.handlers[:], root.level = handlers, level
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def command_in_a_process(*arguments):
    words = [sys.executable, "-m", "skyrack.web", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=GIVE_UP_S, check=False)


# --- tokens


def test_a_token_reads_or_operates(within, database_url):
    client = within(database_url=database_url)
    reading = {"authorization": f"Bearer {client.app.state.database.add_token('grafana', 'read')}"}
    operating = {"authorization": f"Bearer {client.app.state.database.add_token('me', 'operate')}"}
    wrong = {"authorization": "Bearer none-of-these"}
    for headers in ({}, wrong, {"authorization": "Basic Zm9vOmJhcg=="}, {"authorization": "Bearer"}):
        for path in ("/api/runs", "/metrics", "/openapi.json"):
            answer = client.get(path, headers=headers)
            assert "a token is wanted" in sentence(answer, 401)
            assert answer.headers["www-authenticate"] == "Bearer"
        assert refused_stream(client, **headers) == 1008
    for path in ("/healthz", "/readyz", "/version", "/"):
        assert client.get(path).status_code == 200
    assert client.get("/api/runs", headers=reading).status_code == 200
    body = {"scenario": "no such"}
    assert "may read" in sentence(client.post("/api/runs", json=body, headers=reading), 403)
    assert "may read" in sentence(client.delete("/api/runs/x", headers=reading), 403)
    assert "no such scenario" in sentence(client.post("/api/scenarios/check", json=body, headers=reading), 422)
    assert "no such scenario" in sentence(client.post("/api/runs", json=body, headers=operating), 422)


def test_a_browser_gives_its_token_to_the_stream_as_a_protocol(within):
    client = within()
    token = client.app.state.database.add_token("console", "read")
    with client.websocket_connect(STREAM, subprotocols=["skyrack", f"bearer.{token}"]) as stream:
        assert stream.accepted_subprotocol == "skyrack"
    assert refused_stream(client, **{"sec-websocket-protocol": "skyrack, bearer.wrong"}) == 1008


def test_only_digests_of_tokens_are_kept(within, database_url, tmp_path):
    client = within(database_url=database_url)
    database = client.app.state.database
    token = database.add_token("me", "operate")
    with database.engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM tokens")).all())
    assert databases.digest_of(token) in kept
    assert token not in kept
    files = [path for path in (tmp_path / "runs" / ".skyrack").rglob("*") if path.is_file()]
    assert not any(token.encode() in path.read_bytes() for path in files)


def test_tokens_are_minded_by_the_command_line(tmp_path, database_url):
    def token(*arguments):
        return command("token", *arguments, "--runs", tmp_path / "runs", "--database", database_url)

    added = token("add", "grafana", "--scope", "read")
    assert added.returncode == 0, added.stderr
    assert len(added.stdout.splitlines()[0]) == 43
    assert "grafana" in token("list").stdout
    assert added.stdout.splitlines()[0] not in token("list").stdout
    for arguments, word in (
        (("add", "grafana"), "already"),
        (("add", "x", "--scope", "all"), "read and operate"),
        (("add",), "name the token"),
        (("remove", "nobody"), "no token"),
    ):
        refused = token(*arguments)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1), refused.stderr
        assert word in refused.stderr
    assert token("remove", "grafana").returncode == 0
    assert token("list").stdout == ""


def test_another_address_wants_a_token(service_at, tmp_path, database_url):
    service = service_at(database_url, "--host", ANYWHERE)
    refused = command("up", "--port", "0", *service.options)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "skyrack token add" in refused.stderr
    added = command_in_a_process("token", "add", "me", "--runs", service.runs, "--database", database_url)
    service.start()
    assert sentence(service.client.get("/api/runs"), 401)
    headers = {"authorization": f"Bearer {added.stdout.splitlines()[0]}"}
    assert service.client.get("/api/runs", headers=headers).status_code == 200


def test_what_cannot_be_begun_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    taken = socket.create_server(("127.0.0.1", 0))
    usual = {"--runs": tmp_path / "runs", "--port": 0}
    for option, value, word in (
        ("--database", "no such thing", "database"),
        ("--database", "oracle://x", "database"),
        ("--runs", tmp_path / "file", "runs"),
        ("--port", taken.getsockname()[1], "port"),
    ):
        refused = command("up", *(word for pair in (usual | {option: value}).items() for word in pair))
        assert refused.returncode == 2, refused
        assert len(refused.stderr.splitlines()) == 1, refused.stderr
        assert word in refused.stderr
    taken.close()


# --- hosts, origins, sizes, rates


def test_only_this_machine_is_a_host(shared_client):
    client = shared_client
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80", ANYWHERE, "[", "[::1", "", "x@y@z", "%"):
        assert "is not this machine" in sentence(client.get("/api/runs", headers={"host": host}), 421)
    for host in ("127.0.0.1:8460", "localhost:8460", "[::1]:8460", "127.0.0.2"):
        assert client.get("/api/runs", headers={"host": host}).status_code == 200
    assert refused_stream(client, host="evil.example") == 1008


def test_another_sites_page_may_not_write_or_listen(shared_client):
    client = shared_client
    body = {"scenario": "no such"}
    for origin in ("https://evil.example", "http://127.0.0.1:81", "null", "http://["):
        assert "origin" in sentence(client.post("/api/runs", json=body, headers={"origin": origin}), 403)
        assert refused_stream(client, origin=origin) == 1008
    for site in ("cross-site", "same-site"):
        assert "another site" in sentence(client.delete("/api/runs/x", headers={"sec-fetch-site": site}), 403)
    own = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}
    assert sentence(client.post("/api/runs", json=body, headers=own), 422)
    with client.websocket_connect(STREAM, headers=own):
        pass


def test_bodies_are_limited(within):
    client = within(body_bytes=10_000)
    json_type = {"content-type": "application/json"}
    for content in (b" " * 10_001, (b" " * 1000 for _ in range(11))):
        answer = client.post("/api/scenarios/check", content=content, headers=json_type)
        assert "accepted are 10,000 bytes" in sentence(answer, 413)
    fits = (part for part in (b'{"scenario":', b'"suncatcher-81"', b" " * 9000, b"}"))
    assert client.post("/api/scenarios/check", content=fits, headers=json_type).status_code == 200


def test_a_server_refuses_bodies_without_length_too(hosted):
    host = hosted(body_bytes=10_000)
    for content in (b" " * 20_000, (b" " * 1000 for _ in range(20))):
        answer = host.client.post("/api/scenarios/check", content=content, headers={"content-type": "application/json"})
        assert "accepted are 10,000 bytes" in sentence(answer, 413)
    assert host.client.get("/healthz").status_code == 200


def test_requests_are_limited(within):
    clock = ManualClock()
    client = within(requests_per_s=5.0, burst=10, clock=clock)

    def n_let(n_asked):
        answers = [client.get("/healthz") for _ in range(n_asked)]
        refused = [answer for answer in answers if answer.status_code != 200]
        assert all("too many requests" in sentence(answer, 429) for answer in refused)
        assert all(answer.headers["retry-after"] == "1" for answer in refused)
        return n_asked - len(refused)

    assert n_let(20) == 10
    clock.advance(1.0)
    assert n_let(20) == 5
    clock.advance(60.0)
    assert n_let(20) == 10


# --- scenarios


@pytest.fixture
def secret(tmp_path):
    """Files of the machine that a scenario from the web would like to read."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "scenario.yaml").write_text(json.dumps(TINY))
    (folder / "elements.txt").write_text("hush-hush\n1 25544U\n2 25544\n")
    (folder / "trace.csv").write_text("hush-hush,1,2\n")
    return folder


SERVING = {"workload": {"serving": {"model": "llama-3.1-8b"}}}


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"extends": "{}/scenario.yaml"}, "scenario.yaml"),
        ({"extends": "../../scenario.yaml"}, "scenario.yaml"),
        ({"ground_baseline": "{}/scenario.yaml"}, "scenario.yaml"),
        ({"ground_baseline": {"extends": "{}/scenario.yaml"}}, "scenario.yaml"),
        ({"catalogued": [{"name": "m", "elements": "{}/elements.txt"}]}, "elements.txt"),
        ({"workload.serving.trace": "{}/trace.csv"}, "trace.csv"),
    ],
    ids=["extends", "beside", "ground_baseline", "ground_baseline-extends", "catalogued", "trace"],
)
def test_scenarios_from_the_web_name_no_files(shared_client, secret, changes, name):
    client = shared_client
    filled = json.loads(json.dumps(changes).replace("{}", str(secret)))
    dotted = any("." in key for key in filled)
    base = "starcloud-88k" if dotted else TINY
    for body in (
        {"scenario": base, "overrides": filled},
        {} if dotted else {"scenario": TINY | filled},
        {} if dotted else {"yaml": json.dumps(TINY | filled)},
    ):
        for path in ("/api/scenarios/check", "/api/runs") if body else ():
            if "extends" in body.get("overrides", {}):
                continue  # a scenario is extended before it is overridden
            said = sentence(client.post(path, json=body), 422)
            assert "cannot name files" in said
            assert name in said
            assert "hush" not in said
    if not dotted:
        said = sentence(client.post("/api/twin", json={"scenario": TINY | filled}), 422)
        assert "cannot name files" in said
    assert client.get("/api/runs").json()["rows"] == []
    assert client.get("/api/twin").json()["twin"] is None


@pytest.mark.parametrize("path", ["/api/scenarios/check", "/api/runs", "/api/twin"])
def test_a_path_is_no_name_of_a_scenario(shared_client, secret, path):
    client = shared_client
    for name in (
        str(secret / "scenario.yaml"),
        str(secret / "elements.txt"),
        "../../etc/passwd",
        "/dev/zero",
        "\0",
        "",
    ):
        said = sentence(client.post(path, json={"scenario": name}), 422)
        assert "cannot name files" in said or "no such scenario" in said
    assert "not built in" in sentence(client.post("/api/studies", json={"scenario": str(secret)[:100]}), 422)


LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
BAD_YAML = {
    "laughs": LAUGHS,
    "cycle": "a: &a [*a]",
    "cyclic keys": "&a {b: *a}",
    "merge": "base: &b {x: 1}\n<<: *b",
    "executable": "!!python/object/apply:os.system ['touch /tmp/pwned']",
    "executable within": "name: !!python/name:os.system",
    "broken": "name: [unclosed",
    "tab": "a:\n\t- b",
    "control letters": "name: \x07",
    "deep": "[" * 5000 + "]" * 5000,
    "deep keys": "{a: " * 5000 + "}" * 5000,
    "list": "- 1\n- 2",
    "number": "5",
    "empty": "",
    "two documents": "a: 1\n---\nb: 2",
    "twice": "name: a\nname: b",
    "huge": "name: x\ndescription: " + "y" * 500_001,
    "huge number": "span: " + "9" * 5000,
}


@pytest.mark.parametrize("case", BAD_YAML)
def test_wrong_yaml_is_refused_in_a_sentence(shared_client, case):
    client = shared_client
    for path in ("/api/scenarios/check", "/api/runs"):
        sentence(client.post(path, json={"yaml": BAD_YAML[case]}), 422)
    body = {"scenario": TINY, "overrides": {"title": BAD_YAML[case]}}
    if case not in ("number", "empty", "huge number"):
        sentence(client.post("/api/scenarios/check", json=body), 422)
    assert client.get("/api/runs").json()["rows"] == []


BAD_JSON = {
    "malformed": b'{"scenario": ',
    "not json": b"name: tiny",
    "empty": b"",
    "not utf-8": b'{"scenario": "\xff\xfe"}',
    "deep": b"[" * 100_000,
    "deep keys": b'{"scenario": ' * 20_000,
    "deep scenario": b'{"scenario": {"name": ' + b'{"a": ' * 400 + b"1" + b"}" * 402,
    "deep overrides": b'{"scenario": "suncatcher-81", "overrides": {"title": ' + b"[" * 400 + b"]" * 400 + b"}}",
    "huge number": b'{"scenario": ' + b"9" * 5000 + b"}",
    "lone surrogate": b'{"scenario": "suncatcher-81", "overrides": {"\\ud800": "1"}}',
    "surrogate in a scenario": b'{"scenario": {"\\ud800": "\\udfff"}}',
    "not a number": b'{"scenario": "suncatcher-81", "overrides": {"satellite.battery.capacity": NaN}}',
    "endless": b'{"scenario": "suncatcher-81", "overrides": {"satellite.compute.peak_power": Infinity}}',
    "unknown key": b'{"scenario": "suncatcher-81", "other": 1}',
    "list": b"[1]",
    "text": b'"suncatcher-81"',
    "nothing": b"null",
    "both": b'{"scenario": "suncatcher-81", "yaml": "name: x"}',
    "neither": b"{}",
    "override of a part": b'{"scenario": "suncatcher-81", "overrides": {"satellite": "3 kW"}}',
    "override of an empty path": b'{"scenario": "suncatcher-81", "overrides": {"": 1}}',
}


@pytest.mark.parametrize("case", BAD_JSON)
def test_wrong_json_is_refused_in_a_sentence(shared_client, case):
    client = shared_client
    for path in ("/api/scenarios/check", "/api/runs", "/api/twin"):
        answer = client.post(path, content=BAD_JSON[case], headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), (path, answer.text)
        sentence(answer, answer.status_code)
    assert client.get("/api/runs").json()["rows"] == []


def test_malformed_json_is_called_so(shared_client):
    answer = shared_client.post("/api/runs", content=b'{"scenario": ', headers={"content-type": "application/json"})
    assert "body: this is not JSON" in sentence(answer, 422)
    assert answer.json()["field"] is None


# --- what is there and what is not


def test_what_is_not_there_is_a_404(shared_client):
    client = shared_client
    for kind in ("run", "study"):
        shelf = {"run": "runs", "study": "studies"}[kind]
        assert sentence(client.get(f"/api/{shelf}/nothing"), 404) == f"there is no {kind} 'nothing'"
        for verb in ("stop", "resume"):
            sentence(client.post(f"/api/{shelf}/nothing/{verb}"), 404)
        sentence(client.delete(f"/api/{shelf}/nothing"), 404)
        sentence(client.get(f"/api/{shelf}/nothing/report"), 404)
    for path in ("documents/summary", "tables/fleet", "satellites/0", "frames", "elements", "export", "scenario"):
        sentence(client.get(f"/api/runs/nothing/{path}"), 404)
    sentence(client.get("/api/compare?first=a&second=b"), 404)
    sentence(client.get("/nowhere"), 404)
    for path in ("elements", "frames/charge", "satellites/0", "history", "economics"):
        assert "no twin is loaded" in sentence(client.get(f"/api/twin/{path}"), 404)
    assert sentence(client.put("/api/runs"), 405)


TRAVERSALS = (
    "..",
    "../runs",
    "..%2f..%2fetc",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cetc",
    "first%2f..%2ffirst",
    "first%00",
    "first%0a",
    ".skyrack",
    ".removed-x",
    "-rf",
    "a" * 102,
    "%ff",
    "linked",
)


def test_no_path_leads_out(hosted, shelf, tmp_path):
    (shelf / "linked").symlink_to(shelf / "first")
    (tmp_path / "studies").mkdir()
    host = hosted()
    connection = http.client.HTTPConnection("127.0.0.1", host.port, timeout=GIVE_UP_S)

    def ask(method, path):
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    for name in TRAVERSALS:
        for path in (
            f"/api/runs/{name}",
            f"/api/runs/{name}/documents/summary",
            f"/api/runs/{name}/scenario",
            f"/api/runs/{name}/export",
            f"/api/runs/{name}/elements",
            f"/api/runs/first/documents/{name}",
            f"/api/runs/first/tables/{name}",
            f"/api/runs/first/frames/{name}",
            f"/api/runs/first/satellites/{name}",
            f"/api/runs/first/tables/fleet?columns={name}",
            f"/api/studies/{name}",
            f"/api/studies/{name}/result",
            f"/api/scenarios/{name}",
            f"/api/compare?first={name}&second=first",
            f"/assets/{name}",
        ):
            status, body = ask("GET", path)
            assert status in (404, 405, 422), (path, status)
            assert "error" in json.loads(body), path
        for path in (f"/api/runs/{name}", f"/api/studies/{name}"):
            status, _ = ask("DELETE", path)
            assert status in (404, 405, 422), (path, status)
    for name in ("..%2f..%2fsettings.py", "%2e%2e%2findex.html", "..%2findex.html", "%00", ""):
        status, _ = ask("GET", f"/assets/{name}")
        assert status == 404, name
    connection.close()
    assert {path.name for path in shelf.iterdir()} == {"first", "second", "linked", ".skyrack"}


# --- headers


def test_every_answer_tells_the_browser_what_it_may_do(within, shelf, monkeypatch):
    client = within(body_bytes=10_000)
    until(lambda: client.get("/api/runs").json()["rows"])
    monkeypatch.setattr(platform, "python_version", lambda: 1 / 0)
    answers = {
        "page": client.get("/"),
        "docs": client.get("/api/docs", follow_redirects=False),
        "schema": client.get("/openapi.json"),
        "metrics": client.get("/metrics"),
        "list": client.get("/api/runs"),
        "head": client.head("/api/runs"),
        "export": client.get("/api/runs/first/export"),
        "table": client.get("/api/runs/first/tables/fleet?format=csv"),
        "frame": client.get("/api/runs/first/frames/sunlit_frac"),
        "missing run": client.get("/api/runs/nothing"),
        "missing page": client.get("/nowhere"),
        "missing asset": client.get("/assets/nothing.js"),
        "wrong method": client.put("/api/runs"),
        "wrong body": client.post("/api/runs", json={}),
        "wrong host": client.get("/", headers={"host": "evil.example"}),
        "wrong origin": client.post("/api/runs", headers={"origin": "https://evil.example"}),
        "too large": client.post("/api/runs", content=b" " * 10_001),
        "too large by parts": client.post("/api/runs", content=(b" " * 1000 for _ in range(11))),
        "deleted": client.delete("/api/runs/second"),
        "stumbled": client.get("/version"),
    }
    assert answers["stumbled"].status_code == 500
    assert "ZeroDivision" not in sentence(answers["stumbled"], 500)
    for name, answer in answers.items():
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert answer.headers["content-security-policy"] == security.POLICY, name
        assert answer.headers["referrer-policy"] == "no-referrer", name
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", name
    assert "default-src 'none'" in security.POLICY
    assert "unsafe-eval" not in security.POLICY


def test_refused_tokens_and_rates_have_the_headers_too(within):
    client = within(burst=2, requests_per_s=0.1)
    client.app.state.database.add_token("me", "read")
    for status in (401, 401, 429):
        answer = client.get("/api/runs")
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == security.POLICY


def test_a_report_is_shut_in(within, shelf):
    answer = within().get("/api/runs/first/report")
    policy = {part.strip() for part in answer.headers["content-security-policy"].split(";")}
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= policy
    assert not any(part.startswith("script-src") for part in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"].startswith("text/html")


# --- disks


def fill(disk):
    """A file that takes all the room there is; returns it."""
    filling = disk / "filling"
    with suppress(OSError), filling.open("wb", buffering=0) as file:
        while file.write(b"x" * 512):
            pass
    return filling


@contextmanager
def small_disk(folder):
    """A disk of eight megabytes of our own."""
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_a_sentence(within, tmp_path, flown):
    with small_disk(tmp_path / "disk") as disk:
        shutil.copytree(flown, disk / "runs" / "first")
        client = within(runs=disk / "runs", workers=0)
        until(lambda: client.get("/api/runs").json()["rows"])
        filling = fill(disk)
        answer = client.post("/api/runs", json={"scenario": TINY})
        assert "disk is full" in sentence(answer, 503)
        assert client.get("/api/runs/first").json()["state"] == "complete"
        assert [row["id"] for row in client.get("/api/runs").json()["rows"]] == ["first"]
        twin = client.post("/api/twin", json={"scenario": TINY, "playing": False})
        assert "disk is full" in sentence(twin, 503)
        filling.unlink()
        assert client.post("/api/runs", json={"scenario": TINY}).status_code == 202
        assert client.post("/api/twin", json={"scenario": TINY, "playing": False}).status_code == 200
        assert client.delete("/api/twin").status_code == 204
        client.__exit__(None, None, None)


def test_a_twin_flies_on_when_the_disk_is_full(within, tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        client = within(runs=disk / "runs")
        assert client.post("/api/twin", json={"scenario": TINY, "playing": False}).status_code == 200
        fill(disk)
        answer = client.post("/api/twin/events", json={"kind": "lose-satellite", "target": "1"})
        assert answer.status_code == 201
        told = client.get("/api/twin").json()["twin"]
        assert told["events"][0]["target"] == "1"
        assert "disk is full" in told["status"]["trouble"]
        assert client.post("/api/twin/step", json={"steps": 2}).json()["time_s"] == 120.0
        client.__exit__(None, None, None)


def test_a_shelf_that_cannot_be_written_can_be_read(within, tmp_path, flown):
    with small_disk(tmp_path / "disk") as disk:
        shutil.copytree(flown, disk / "runs" / "first")
        elsewhere = f"sqlite:///{tmp_path / 'index.db'}"  # a disk with an open file does not become read-only
        client = within(runs=disk / "runs", workers=0, database_url=elsewhere)
        until(lambda: client.get("/api/runs").json()["rows"])
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        answer = client.post("/api/runs", json={"scenario": TINY})
        assert "read-only" in sentence(answer, 503).lower()
        removed = client.delete("/api/runs/first")
        assert str(disk) not in sentence(removed, 503)
        assert client.get("/api/runs/first/documents/summary").status_code == 200
        assert client.get("/readyz").json()["runs_writable"] is False
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        assert client.post("/api/runs", json={"scenario": TINY}).status_code == 202
        client.__exit__(None, None, None)


# --- databases that fail


class SqliteTrouble:
    """The SQLite file of a service is spoilt, and later is gone."""

    def __init__(self, runs):
        self.file = runs / ".skyrack" / "skyrack.db"

    def begin(self):
        for path in self.file.parent.glob("skyrack.db*"):
            path.write_bytes(b"this is not a database" * 500)

    def end(self):
        for path in self.file.parent.glob("skyrack.db*"):
            path.unlink()


class PostgresTrouble:
    """The cluster crashes, and comes back."""

    def __init__(self, cluster):
        self.begin, self.end = cluster.stop, cluster.start


@pytest.fixture
def trouble(request, database_url, tmp_path):
    if not database_url:
        yield SqliteTrouble(tmp_path / "runs")
        return
    found = PostgresTrouble(request.getfixturevalue("postgres"))
    yield found
    if subprocess.run(["pg_isready", "-h", request.getfixturevalue("postgres").folder], check=False).returncode:
        found.end()


def test_a_database_that_goes_is_not_missed_and_comes_back(within, shelf, database_url, trouble):
    client = within(database_url=database_url, workers=0)
    until(lambda: len(client.get("/api/runs").json()["rows"]) == 2)
    assert client.get("/api/runs").json()["source"] == "index"
    trouble.begin()
    asked = client.post("/api/runs", json={"scenario": TINY})
    assert asked.status_code == 202
    listed = until(lambda: _from(client, "folders"))
    assert {row["id"] for row in listed} == {"first", "second", asked.json()["id"]}
    assert client.get("/api/runs/first/documents/summary").status_code == 200
    assert client.get("/api/studies").status_code == 200
    assert client.get("/healthz").json()["database"] is False
    assert client.get("/readyz").status_code == 503
    assert "skyrack_index_up 0.0" in client.get("/metrics").text
    trouble.end()
    listed = until(lambda: _from(client, "index"))
    assert {row["id"] for row in listed} == {"first", "second", asked.json()["id"]}
    assert client.get("/readyz").status_code == 200


def _from(client, source):
    found = client.get("/api/runs").json()
    return found["rows"] if found["source"] == source else None


def test_a_service_begins_without_its_database(within, shelf, database_url, trouble):
    (shelf / ".skyrack").mkdir()
    (shelf / ".skyrack" / "skyrack.db").touch()
    trouble.begin()
    client = within(database_url=database_url, workers=0)
    assert len(_from(client, "folders") or []) == 2
    trouble.end()
    assert len(until(lambda: _from(client, "index"))) == 2


def test_known_tokens_hold_while_the_database_is_gone(within, database_url, trouble):
    clock = ManualClock()
    client = within(database_url=database_url, clock=clock)
    headers = {"authorization": f"Bearer {client.app.state.database.add_token('me', 'read')}"}
    assert client.get("/api/runs", headers=headers).status_code == 200
    trouble.begin()
    clock.advance(2.0 * security.TOKENS_FRESH_S)
    assert client.get("/api/runs", headers=headers).status_code == 200
    assert sentence(client.get("/api/runs"), 401)


def test_a_locked_database_does_not_hold_up_reading(within, shelf, monkeypatch):
    monkeypatch.setattr(databases, "PATIENCE_S", 0.5)
    client = within(workers=0)
    until(lambda: len(client.get("/api/runs").json()["rows"]) == 2)
    lock = sqlite3.connect(shelf / ".skyrack" / "skyrack.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    asked = client.post("/api/runs", json={"scenario": TINY})
    assert asked.status_code == 202
    listed = until(lambda: _from(client, "folders"))
    assert asked.json()["id"] in {row["id"] for row in listed}
    lock.execute("ROLLBACK")
    lock.close()
    assert asked.json()["id"] in {row["id"] for row in until(lambda: _from(client, "index"))}


@pytest.fixture(autouse=True)
def quiet_logs():
    """The service's own complaints are not wanted among the results."""
    logger = logging.getLogger("skyrack.web")
    before, logger.level = logger.level, logging.CRITICAL
    yield
    logger.level = before
