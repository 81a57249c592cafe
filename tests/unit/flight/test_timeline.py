"""Timelines: written, read, integrated, and refused where they are damaged."""

from dataclasses import fields

import numpy as np
import pytest
from tests.flights import folder_of, timeline, with_eclipse

from skyrack.core.errors import InputError
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
