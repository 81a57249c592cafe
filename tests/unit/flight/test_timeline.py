"""Timelines: written, read, integrated, and refused where they are damaged."""

import json
from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.flights import folder_of, timeline, with_eclipse

from skyrack.core.errors import InputError
from skyrack.flight.clock import Clock
from skyrack.flight.course import Course
from skyrack.flight.export import write_spans
from skyrack.flight.listing import flight_folder, list_flights
from skyrack.flight.log import Log
from skyrack.flight.record import Record
from skyrack.flight.settings import LargeModel, Settings, check_choice
from skyrack.flight.timeline import Timeline


def test_timeline_is_read_as_it_was_written(tmp_path):
    given = with_eclipse(timeline(3), 600.0, 1200.0, 0.25)
    found = Timeline.read(folder_of(tmp_path / "f", given))
    for one in fields(Timeline):
        assert np.array_equal(getattr(found, one.name), getattr(given, one.name)), one.name


def test_energy_is_the_integral_of_the_power(tmp_path):
    given = with_eclipse(timeline(2), 600.0, 1200.0)
    energy = given.energy_j(0, np.array([0.0, 600.0, 900.0, 1500.0]))
    assert energy == pytest.approx([0.0, 600e3, 600e3, 900e3])


@pytest.mark.parametrize("name", ["timeline.json", "conditions.parquet", "routes.parquet", "flight.json"])
def test_damaged_folder_is_named(tmp_path, name):
    path = folder_of(tmp_path / "f", timeline(2))
    (path / name).write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        (Settings if name == "flight.json" else Timeline).read(path)
    (path / name).unlink()
    with pytest.raises(InputError, match="cannot be read"):
        (Settings if name == "flight.json" else Timeline).read(path)


def test_settings_are_read_as_they_were_written(tmp_path):
    given = Settings(
        n_ranks=3, seed=9, algorithm="ring", large=LargeModel("a", "A", 1e9, 1e6, 1e15, 2e9), faults=({"kind": "kill"},)
    )
    given.write(tmp_path)
    assert Settings.read(tmp_path) == given


def test_unknown_choice_names_the_accepted_ones():
    with pytest.raises(InputError, match="--mode guessed: accepted are counted, cpu-time"):
        check_choice("--mode", "guessed", ("counted", "cpu-time"))


def test_spans_of_a_flight_are_requests_of_otlp(tmp_path):
    path = folder_of(tmp_path / "f", timeline(2))
    for rank in range(2):
        log = Log(path / "ranks" / f"{rank}.jsonl", 0)
        clock = Clock(Course(timeline(2)), rank)
        clock.work(100.0)
        log.step(1, clock, 2.5)
        log.event("flip", 100.0, "a bit")
        log.end(clock, {"is_complete": True})
    written = write_spans(Record(path), datetime(2027, 1, 1, tzinfo=UTC))
    (line,) = written.read_text().splitlines()
    spans = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert [span["name"] for span in spans] == ["rank 0 (satellite 100)", "step", "rank 1 (satellite 101)", "step"]
    assert spans[1]["parentSpanId"] == spans[0]["spanId"]
    assert {len(span["traceId"]) for span in spans} == {32}
    assert {len(span["spanId"]) for span in spans} == {16}
    assert int(spans[1]["endTimeUnixNano"]) - int(spans[1]["startTimeUnixNano"]) == 100 * 10**9
    assert spans[0]["events"][0]["name"] == "flip"
    assert {"key": "loss", "value": {"doubleValue": 2.5}} in spans[1]["attributes"]


def test_flights_are_listed_with_what_they_have_reached(tmp_path):
    path = folder_of(tmp_path / "f", timeline(2))
    manifest = {"kind": "flight", "outcome": "running", "laws": 1, "device": "cpu", "scenario_sha256": "", "title": "T"}
    manifest |= {"versions": {}, "scenario": "test", "command": ["torchrun", "train.py"], "begun": "2027"}
    (path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "other").mkdir()
    log = Log(path / "ranks" / "0.jsonl", 0)
    clock = Clock(Course(timeline(2)), 0)
    for step in range(1, 1001):
        clock.work(1.0)
        log.step(step, clock, float("nan") if step == 1000 else 1.0 / step)
    log.end(clock, {"is_complete": False})
    (row,) = list_flights(tmp_path)
    assert (row.id, row.state, row.step, row.virtual_s, row.loss) == ("f", "interrupted", 1000, 1000.0, None)
    assert row.satellites == (100, 101)
    assert len(row.time_s) == len(row.losses) <= 401
    assert row.time_s[-1] == 1000.0
    with pytest.raises(InputError, match="no flight of this name"):
        flight_folder(tmp_path, "other")
