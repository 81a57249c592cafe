"""Flights over HTTP: the list with what each has reached, and the report."""

import json

import pytest

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")

MANIFEST = {
    "kind": "flight",
    "outcome": "complete",
    "laws": "",
    "device": "cpu",
    "scenario_sha256": "",
    "title": "A flight",
    "versions": {},
    "scenario": "suncatcher-81",
    "command": ["torchrun", "train.py"],
    "begun": "2027-01-01T00:00:00Z",
}


@pytest.fixture
def flights(tmp_path, within):
    """A client of a service with one flight in its folder, and the folder."""
    folder = tmp_path / "flights" / "mine"
    (folder / "ranks").mkdir(parents=True)
    (folder / "timeline.json").write_text(json.dumps({"satellites": [3, 4], "begin_s": 60.0}))
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    rows = [{"attempt": 0, "step": k, "time_s": 100.0 * k, "loss": 5.0 / k} for k in (1, 2)]
    (folder / "ranks" / "0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return within(flights=tmp_path / "flights"), folder


def test_flights_are_listed_with_what_they_have_reached(flights):
    client, _ = flights
    (row,) = client.get("/api/flights").json()
    assert (row["id"], row["state"], row["step"], row["virtual_s"], row["loss"]) == ("mine", "complete", 2, 200.0, 2.5)
    assert row["satellites"] == [3, 4]
    assert row["losses"] == [5.0, 2.5]
    assert client.get("/api/runs").json()["rows"] == []


def test_flight_that_failed_says_why(flights):
    client, folder = flights
    (folder / "manifest.json").write_text(json.dumps(MANIFEST | {"problem": "the script ended with status 1"}))
    (row,) = client.get("/api/flights").json()
    assert (row["state"], row["problem"]) == ("failed", "the script ended with status 1")


def test_report_is_there_when_it_is_written(flights):
    client, folder = flights
    assert client.get("/api/flights/mine/report").status_code == 404
    (folder / "report.html").write_text("<p>report</p>")
    found = client.get("/api/flights/mine/report")
    assert found.text == "<p>report</p>"
    assert "content-security-policy" in found.headers
    assert client.get("/api/flights/another/report").status_code == 404
