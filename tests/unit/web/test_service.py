"""The service: runs and studies from the request to the folder, and what is read from it."""

import gc
import io
import os
import shutil
import signal
import warnings
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml

pytest.importorskip("fastapi", reason="the service needs fastapi: pip install 'skyrack[web]'")
pytest.importorskip("httpx2", reason="the tests of the service need httpx2: pip install httpx2")

import polars
from starlette.testclient import TestClient
from tests.unit.web.helpers import HERE, TINY, end_workers, ended, steady, until, workers

from skyrack import api
from skyrack.operations.requests.settings import Settings
from skyrack.web.app import create_app

LONG = {"shells.pair.planes": 40, "shells.pair.satellites_per_plane": 50, "span": "20 d"}
"""A second of flight, and more for the network: a run that can be stopped on its way."""


@pytest.fixture
def client(within, database_url):
    return within(database_url=database_url)


@pytest.fixture
def plain(within):
    """A client of a service with the SQLite file beside its runs, where the kind of database does not matter."""
    return within()


@pytest.fixture
def own(shelf, client):
    """A client of a service of the test's own that has two complete runs; `filled` is one that all tests share."""
    return client


# --- runs


def test_a_run_flies_from_post_to_complete(service):
    asked = service.client.post("/api/runs", json={"scenario": TINY, "span": "10 min"})
    assert asked.status_code == 202
    row, seen = asked.json(), []
    assert row["state"] in ("queued", "running")
    assert row["id"] in [row["id"] for row in service.client.get("/api/runs").json()["rows"]]
    row = ended(service.client, row, seen)
    assert row["state"] == "complete", row
    assert row["title"] == TINY["title"]
    assert row["figures"]["span_s"] == 600.0
    assert seen
    assert all(progress["stage"] and 0 <= progress["done"] <= progress["total"] for progress in seen)
    assert service.client.get(f"/api/runs/{row['id']}/report").status_code == 200
    listed = until(lambda: _complete(service.client, row["id"]))
    assert listed["source"] == "index"


def _complete(client, id_):
    listed = client.get("/api/runs").json()
    return listed if [row["state"] for row in listed["rows"] if row["id"] == id_] == ["complete"] else None


def test_what_waits_is_flown_in_its_turn_and_what_moves_is_not_deleted(plain):
    first = plain.post("/api/runs", json={"yaml": yaml.safe_dump(TINY)}).json()
    second = plain.post("/api/runs", json={"scenario": TINY}).json()
    assert second["state"] == "queued"
    for row in (first, second):
        answer = plain.delete(f"/api/runs/{row['id']}")
        assert answer.status_code == 409
        assert "stop it first" in answer.json()["error"]
    assert ended(plain, first)["state"] == "complete"
    assert plain.delete(f"/api/runs/{first['id']}").status_code == 204
    until(lambda: plain.get(f"/api/runs/{second['id']}").json()["state"] == "running")


def test_runs_are_listed_newest_first(filled):
    listed = until(lambda: filled.get("/api/runs").json()["rows"])
    assert {row["id"] for row in listed} == {"first", "second"}
    assert [row["id"] for row in listed] == sorted(["first", "second"], reverse=True)
    assert all(row["state"] == "complete" and row["figures"]["n_sats"] == 2 for row in listed)
    assert filled.get("/api/runs/first").json() in listed


@pytest.mark.parametrize("name", ["summary", "manifest", "assumptions", "growth", "network", "radiation", "workload"])
def test_documents_are_those_of_the_folder(filled, flown, name):
    assert filled.get(f"/api/runs/first/documents/{name}").json() == api.open_run(flown).folder.read_json(
        f"{name}.json"
    )


@pytest.mark.parametrize("name", ["fleet", "shells", "satellites", "sampled", "city_latency", "routes", "downlink"])
def test_tables_are_those_of_the_folder(filled, flown, name):
    expected = polars.read_parquet(flown / f"{name}.parquet")
    path = f"/api/runs/first/tables/{name}"
    as_json = filled.get(path).json()
    assert list(as_json) == expected.columns
    plain = expected.fill_nan(None).to_dict(as_series=False)
    assert as_json == {column: _json_values(values) for column, values in plain.items()}
    as_parquet = filled.get(path, params={"format": "parquet"})
    assert as_parquet.headers["content-type"] == "application/vnd.apache.parquet"
    assert polars.read_parquet(io.BytesIO(as_parquet.content)).equals(expected)
    as_csv = filled.get(path, params={"format": "csv"})
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_csv.text == expected.write_csv()


def _json_values(values):
    return [None if isinstance(value, float) and value - value != 0.0 else value for value in values]


def test_a_table_is_cut_by_columns_and_rows(filled, flown):
    expected = polars.read_parquet(flown / "fleet.parquet")
    cut = {"columns": "time_s, compute_power_w", "first": 1, "rows": 2}
    found = filled.get("/api/runs/first/tables/fleet", params=cut).json()
    assert found == expected.select("time_s", "compute_power_w").slice(1, 2).to_dict(as_series=False)
    beyond = filled.get("/api/runs/first/tables/fleet", params={"columns": "time_s", "first": 10**9})
    assert beyond.json() == {"time_s": []}


N_LONG = 25_000
"""More rows than an answer ever held at once."""


@pytest.fixture
def long(own, shelf):
    """A service on whose shelf the run `first` has many satellites."""
    path = shelf / "first" / "satellites.parquet"
    given = polars.read_parquet(path)
    many = polars.concat([given] * (N_LONG // len(given))).with_columns(
        polars.Series("compute_power_per_sat_mean_w", range(N_LONG), polars.Float32)
    )
    many.write_parquet(path)
    return own


def read_back(answer, format_):
    if format_ == "json":
        return polars.DataFrame(answer.json())
    return (polars.read_csv if format_ == "csv" else polars.read_parquet)(io.BytesIO(answer.content))


@pytest.mark.parametrize("format_", ["json", "csv", "parquet"])
@pytest.mark.parametrize("columns", [None, "compute_power_per_sat_mean_w"])
def test_a_table_is_whole_unless_a_page_of_it_is_asked_for(long, shelf, format_, columns):
    path = "/api/runs/first/tables/satellites"
    asked = {"format": format_} | ({"columns": columns} if columns else {})
    whole = long.get(path, params=asked)
    assert whole.headers["content-range"] == f"rows 0-{N_LONG - 1}/{N_LONG}"
    found = read_back(whole, format_)
    expected = api.table(shelf / "first", "satellites", columns=columns and [columns])
    assert len(found) == len(expected) == N_LONG
    power = "compute_power_per_sat_mean_w"
    assert found[power].mean() == expected[power].mean() == (N_LONG - 1) / 2
    page = long.get(path, params=asked | {"first": 9_990, "rows": 20})
    assert page.headers["content-range"] == f"rows 9990-10009/{N_LONG}"
    assert read_back(page, format_)[power].to_list() == list(range(9_990, 10_010))
    last = long.get(path, params=asked | {"first": N_LONG - 3, "rows": 100})
    assert last.headers["content-range"] == f"rows {N_LONG - 3}-{N_LONG - 1}/{N_LONG}"
    beyond = long.get(path, params=asked | {"first": N_LONG})
    assert beyond.headers["content-range"] == f"rows */{N_LONG}"
    assert read_back(beyond, format_).columns == found.columns
    assert len(read_back(beyond, format_)) == 0


def test_a_satellite_is_its_row(filled, flown):
    expected = polars.read_parquet(flown / "satellites.parquet").row(1, named=True)
    assert filled.get("/api/runs/first/satellites/1").json() == {"number": 1} | expected
    missing = filled.get("/api/runs/first/satellites/2")
    assert (missing.status_code, missing.json()["error"]) == (404, "run 'first' has no satellite 2")


def test_the_frames_and_elements_of_a_run(filled, flown):
    from skyrack.web.encoding import decode_frame

    listed = filled.get("/api/runs/first/frames").json()
    assert listed == [vars(shown) for shown in api.frame_channels(flown)]
    for shown in listed:
        answer = filled.get(f"/api/runs/first/frames/{shown['name']}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert decode_frame(answer.content)[2].tolist() == api.satellite_frame(flown, shown["name"]).bytes.tolist()
    elements = filled.get("/api/runs/first/elements").content
    assert len(elements) == 4 + int.from_bytes(elements[:4], "little") + 2 * 2 * 4


def test_report_scenario_and_export(filled, flown):
    assert filled.get("/api/runs/first/report").text == (flown / "report.html").read_text()
    assert yaml.safe_load(filled.get("/api/runs/first/scenario").text)["name"] == "tiny"
    packed = filled.get("/api/runs/first/export")
    assert packed.headers["content-disposition"] == 'attachment; filename="first.zip"'
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {f"first/{path.name}" for path in flown.iterdir()}
        assert archive.read("first/summary.json") == (flown / "summary.json").read_bytes()


def test_two_runs_are_compared(own, shelf):
    api.simulate(TINY, span="10 min", out=shelf / "short", threads=1, report=False)
    same = own.get("/api/compare", params={"first": "first", "second": "second"}).json()
    assert same["figures"] == []
    assert same["keys"] == []
    other = own.get("/api/compare", params={"first": "first", "second": "short"}).json()
    assert {"key": "span", "first": "1200.0 s", "second": "600.0 s"} in other["keys"]
    assert "span_s" in [row["name"] for row in other["figures"]]


def test_a_deleted_run_is_gone(own, shelf):
    assert own.delete("/api/runs/first").status_code == 204
    assert own.get("/api/runs/first").status_code == 404
    assert [row["id"] for row in own.get("/api/runs").json()["rows"]] == ["second"]
    assert {path.name for path in shelf.iterdir()} == {"second", ".skyrack"}
    assert own.delete("/api/runs/first").status_code == 404


def test_a_run_begun_by_hand_is_indexed(client, tmp_path):
    api.simulate(TINY, out=tmp_path / "runs" / "by-hand", threads=1, report=False)
    row = until(lambda: next(iter(client.get("/api/runs").json()["rows"]), None))
    assert (row["id"], row["state"]) == ("by-hand", "complete")
    until(lambda: client.app.state.database.entries("run") == [row])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Summary of the long run, flown at one go."""
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    return steady(api.simulate(TINY, overrides=LONG, out=out, threads=1, report=False).path)


def test_a_stopped_run_is_resumed_to_the_same_end(plain, tmp_path, undisturbed):
    row = plain.post("/api/runs", json={"scenario": TINY, "overrides": LONG}).json()
    until((tmp_path / "runs" / row["id"] / "manifest.json").exists)
    stopped = plain.post(f"/api/runs/{row['id']}/stop").json()
    assert (stopped["state"], stopped["can_resume"]) == ("cancelled", True)
    assert not workers(tmp_path / "runs")
    refused = plain.get(f"/api/runs/{row['id']}/documents/summary")
    assert refused.status_code == 422
    assert "incomplete" in refused.json()["error"]
    resumed = plain.post(f"/api/runs/{row['id']}/resume")
    assert resumed.status_code == 202
    assert ended(plain, row)["state"] == "complete"
    assert plain.post(f"/api/runs/{row['id']}/resume").status_code == 409
    assert steady(tmp_path / "runs" / row["id"]) == undisturbed


def test_a_killed_worker_leaves_an_interrupted_run_that_can_go_on(plain, tmp_path, undisturbed):
    row = plain.post("/api/runs", json={"scenario": TINY, "overrides": LONG}).json()
    until((tmp_path / "runs" / row["id"] / "manifest.json").exists)
    for pid in workers(tmp_path / "runs"):
        os.kill(pid, signal.SIGKILL)
    found = ended(plain, row)
    assert (found["state"], found["can_resume"]) == ("interrupted", True)
    assert plain.post(f"/api/runs/{row['id']}/resume").status_code == 202
    assert ended(plain, row)["state"] == "complete"
    assert steady(tmp_path / "runs" / row["id"]) == undisturbed


def test_a_run_that_is_stopped_at_once_does_not_fly(plain, tmp_path):
    row = plain.post("/api/runs", json={"scenario": TINY}).json()
    for _ in range(2):
        assert plain.post(f"/api/runs/{row['id']}/stop").json()["state"] == "cancelled"
        assert not workers(tmp_path / "runs")
        again = plain.post(f"/api/runs/{row['id']}/stop")
        assert again.status_code == 409
        assert "only a queued or running request" in again.json()["error"]
        assert plain.post(f"/api/runs/{row['id']}/resume").json()["state"] == "running"
    plain.post(f"/api/runs/{row['id']}/stop")
    assert plain.delete(f"/api/runs/{row['id']}").status_code == 204
    assert plain.get("/api/runs").json()["rows"] == []


def test_runs_outlive_the_service(service_at):
    service = service_at().start()
    row = service.client.post("/api/runs", json={"scenario": TINY}).json()
    later = service.client.post("/api/runs", json={"scenario": TINY}).json()
    until(lambda: workers(service.runs))
    service.stop()
    until(lambda: not workers(service.runs))
    assert api.open_run(service.runs / row["id"]).summary["span_s"] == 1200.0
    service.start()
    assert service.client.get(f"/api/runs/{row['id']}").json()["state"] == "complete"
    until(lambda: service.client.get(f"/api/runs/{later['id']}").json()["state"] == "running")


def test_a_closed_service_leaves_its_workers_at_work_and_no_zombie(tmp_path):
    runs = tmp_path / "runs"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        app = create_app(Settings(runs=runs, studies=tmp_path / "studies", threads=1))
        with TestClient(app, base_url=HERE) as client:
            client.post("/api/runs", json={"scenario": TINY, "overrides": LONG}).raise_for_status()
        del app, client
        gc.collect()
    (pid,) = workers(runs)
    end_workers(runs)
    until(lambda: not Path(f"/proc/{pid}").exists())
    assert not [str(one.message) for one in said if "still running" in str(one.message)]


def test_a_failed_run_says_why_and_can_be_tried_again(within, tmp_path):
    waiting = within(workers=0)
    row = waiting.post("/api/runs", json={"scenario": TINY}).json()
    assert row["state"] == "queued"
    in_the_way = tmp_path / "runs" / row["id"]
    in_the_way.write_text("a file where the folder should be")
    client = within()
    failed = ended(client, row)
    assert (failed["state"], failed["can_resume"]) == ("failed", True)
    assert failed["error"].startswith(str(in_the_way))
    assert "already in use" in failed["error"]
    in_the_way.unlink()
    assert client.post(f"/api/runs/{row['id']}/resume").json()["state"] == "running"


def test_wrong_scenarios_are_refused_in_a_sentence_that_names_the_key(plain):
    wrong = TINY | {"satellite": TINY["satellite"] | {"bus_power": "300 kg"}}
    answer = plain.post("/api/runs", json={"scenario": wrong})
    assert answer.status_code == 422
    assert answer.json()["field"] == "satellite.bus_power"
    assert "300 kg" in answer.json()["error"]
    assert plain.get("/api/runs").json()["rows"] == []


# --- studies


def test_a_study_from_post_to_delete(plain, tmp_path):
    asked = plain.post("/api/studies", json={"scenario": "suncatcher-81", "samples": 8, "seed": 3})
    assert asked.status_code == 202, asked.text
    row = asked.json()
    assert row["kind"] == "study"
    assert row["scenario"] == "suncatcher-81"
    done = ended(plain, row)
    assert (done["state"], done["scenario"]) == ("complete", "suncatcher-81")
    path = f"/api/studies/{row['id']}"
    assert plain.get(f"{path}/result").json()
    assert "<html" in plain.get(f"{path}/report").text
    assert [row["id"] for row in until(lambda: plain.get("/api/studies").json()["rows"])] == [row["id"]]
    assert plain.get("/api/runs").json()["rows"] == []
    assert plain.get(f"/api/runs/{row['id']}").status_code == 404
    assert plain.delete(path).status_code == 204
    assert plain.get(path).status_code == 404
    assert not list((tmp_path / "studies").iterdir())


def test_a_stopped_study_is_resumed(plain):
    row = plain.post("/api/studies", json={"scenario": "suncatcher-81", "samples": 8}).json()
    assert plain.post(f"/api/studies/{row['id']}/stop").json()["state"] == "cancelled"
    refused = plain.get(f"/api/studies/{row['id']}/result")
    assert (refused.status_code, "not complete" in refused.json()["error"]) == (422, True)
    plain.post(f"/api/studies/{row['id']}/resume")
    assert ended(plain, row)["state"] == "complete"


def test_a_study_begun_by_hand_is_listed_and_resumed(within, tmp_path):
    made = api.study("suncatcher-81", {"samples": 8}, out=tmp_path / "studies" / "by-hand").path
    begun = made / "study.json"
    begun.write_text(begun.read_text().replace('"outcome": "complete"', '"outcome": "running"'))
    client = within()
    row = client.get("/api/studies/by-hand").json()
    assert (row["state"], row["can_resume"]) == ("interrupted", True)
    assert client.post("/api/studies/by-hand/resume").status_code == 202
    assert ended(client, row)["state"] == "complete"
    assert not (tmp_path / "runs" / "by-hand").exists()


def test_a_study_of_what_is_not_built_in_is_refused(plain):
    answer = plain.post("/api/studies", json={"scenario": "tiny"})
    assert answer.status_code == 422
    assert "not built in" in answer.json()["error"]


# --- what it knows


def test_scenarios_facts_channels_and_the_machine(shared_client):
    client = shared_client
    names = {row["name"] for row in client.get("/api/scenarios").json()}
    assert "suncatcher-81" in names
    shown = client.get("/api/scenarios/suncatcher-81").json()
    assert shown["n_sats"] == 81
    assert yaml.safe_load(shown["scenario"])["name"] == "suncatcher-81"
    assert client.get(f"/api/scenarios/{quote('no such')}").status_code == 404
    assert client.get("/api/schema").json()["title"] == "Scenario"
    assert len(client.get("/api/channels").json()) == len(api.channels())
    assert client.get("/api/facts", params={"words": "radiator"}).json()
    assert client.get("/api/doctor").json()
    checked = client.post("/api/scenarios/check", json={"scenario": TINY}).json()
    assert (checked["n_sats"], checked["n_steps"]) == (2, 20)


def test_health_version_and_figures(filled):
    health = filled.get("/healthz").json()
    assert (health["status"], health["database"], health["runs_writable"]) == ("ok", True, True)
    assert filled.get("/readyz").status_code == 200
    assert set(filled.get("/version").json()) == {"skyrack", "python"}
    until(lambda: 'skyrack_runs{state="complete"} 2.0' in filled.get("/metrics").text)
    text = filled.get("/metrics").text
    assert 'skyrack_requests_total{method="GET",route="/healthz",status="200"} 1.0' in text
    assert "skyrack_index_up 1.0" in text


def test_a_damaged_folder_is_left_out_and_hurts_nobody(own, shelf):
    (shelf / "second" / "summary.json").write_text("{")
    shutil.copytree(shelf / "first", shelf / "third")
    (shelf / "third" / "fleet.parquet").write_bytes(b"PAR1")
    (shelf / "empty").mkdir()
    rows = until(lambda: [r for r in own.get("/api/runs").json()["rows"] if r["id"] == "third"])
    assert rows[0]["state"] == "complete"
    assert own.get("/api/runs/second").status_code == 404
    assert own.get("/api/runs/empty/documents/summary").status_code == 422
    broken = own.get("/api/runs/third/tables/fleet")
    assert broken.status_code == 409
    assert "cannot be read" in broken.json()["error"]
    whole = (shelf / "third" / "shells.parquet").read_bytes()
    (shelf / "third" / "shells.parquet").write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    torn = own.get("/api/runs/third/tables/shells", params={"format": "csv"})
    assert torn.status_code == 409
    assert "cannot be read" in torn.json()["error"]
