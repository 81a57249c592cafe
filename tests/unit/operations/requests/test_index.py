"""States of runs and studies, as their folders tell them."""

import json

import pytest

from skyrack.core.file_lock import hold
from skyrack.operations.requests.errors import MissingError
from skyrack.operations.requests.index import FolderIndex
from skyrack.operations.requests.settings import Settings

ASKED = {"kind": "run", "name": "tiny", "asked": "2027-03-20T00:00:00.000000"}


MANIFEST = {"laws": {}, "device": "cpu", "scenario_sha256": "", "title": "Two", "versions": {}, "begun": "2027-03-20"}


@pytest.fixture
def settings(tmp_path):
    found = Settings(runs=tmp_path / "runs", studies=tmp_path / "studies")
    (found.own / "requests").mkdir(parents=True)
    return found


@pytest.fixture
def index(settings):
    return FolderIndex(settings, lambda _: False)


def request(settings, id_, marks=(), **changes):
    folder = settings.own / "requests" / id_
    folder.mkdir()
    (folder / "request.json").write_text(json.dumps(ASKED | changes))
    for name in marks:
        (folder / name).write_text('{"sentence": "too large"}' if name == "error.json" else "")
    return folder


def run(settings, id_, outcome):
    folder = settings.runs / id_
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(MANIFEST | {"outcome": outcome}))
    (folder / "summary.json").write_text(
        json.dumps({"n_sats": 2, "shells": [], "claims": [], "compute_power_mean_w": 1.0})
    )


@pytest.mark.parametrize(
    ("marks", "state", "can_resume"),
    [
        ((), "queued", False),
        (("begun",), "interrupted", True),
        (("begun", "cancelled"), "cancelled", True),
        (("cancelled",), "cancelled", True),
        (("begun", "error.json"), "failed", True),
    ],
)
def test_a_request_without_a_run(settings, index, marks, state, can_resume):
    request(settings, "a", marks)
    row = index.row("run", "a")
    assert (row["state"], row["can_resume"]) == (state, can_resume)
    assert row["error"] == ("too large" if state == "failed" else None)
    with pytest.raises(MissingError, match="there is no study 'a'"):
        index.row("study", "a")


def test_a_request_whose_worker_holds_the_lock_is_running(settings, index):
    folder = request(settings, "a", ("begun",))
    with hold(folder / "lock", 1.0):
        assert index.row("run", "a")["state"] == "running"
    assert index.row("run", "a")["state"] == "interrupted"


def test_a_worker_that_was_started_just_now_is_running(settings):
    request(settings, "a")
    assert FolderIndex(settings, lambda id_: id_ == "a").row("run", "a")["state"] == "running"


def test_a_complete_run_is_complete_whatever_its_request_says(settings, index):
    request(settings, "a", ("begun", "cancelled"))
    run(settings, "a", "complete")
    run(settings, "b", "running")
    found = {row["id"]: row["state"] for row in index.scan("run")}
    assert found == {"a": "complete", "b": "interrupted"}
    assert index.row("run", "a")["figures"]["n_sats"] == 2


@pytest.mark.parametrize("id_", ["..", "../runs", "", "x" * 200, "nobody", ".skyrack"])
def test_no_name_leads_out_of_the_folder(settings, index, id_):
    with pytest.raises(MissingError, match="there is no run"):
        index.folder("run", id_)


def test_a_link_to_elsewhere_is_no_run(settings, index, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (settings.runs / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MissingError):
        index.folder("run", "link")
    assert index.scan("run") == []
