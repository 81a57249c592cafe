"""Slices of a run's tables: whole by default, the rows that were asked for, and never more than a batch in memory."""

import shutil
from pathlib import Path

import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from skyrack import api
from skyrack.api.runs import table_slice
from skyrack.core.errors import InputError, RunError
from skyrack.results import table_slice as module
from skyrack.web.table_formats import WRITERS

TINY = yaml.safe_load((Path(__file__).parents[2] / "tiny.yaml").read_text())
GROUPS = (7, 1, 0, 12, 5)
"""Rows of the row groups of the test's table."""


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    return api.simulate(TINY, out=tmp_path_factory.mktemp("slices") / "run", threads=1, report=False).path


@pytest.fixture
def run(flown, tmp_path):
    """A run whose table of satellites has several row groups."""
    folder = shutil.copytree(flown, tmp_path / "run")
    lengthen(folder, GROUPS)
    return folder


def lengthen(folder, groups):
    path = folder / "satellites.parquet"
    given = pq.read_table(path)
    n = sum(groups)
    many = pa.concat_tables([given] * (n // given.num_rows + 1)).slice(0, n)
    many = many.set_column(1, given.schema.field(1), pa.array(range(n), given.schema.field(1).type))
    with pq.ParquetWriter(path, given.schema) as writer:
        for end, rows in zip([sum(groups[: k + 1]) for k in range(len(groups))], groups, strict=True):
            writer.write_table(many.slice(end - rows, rows))


@pytest.mark.parametrize("batch_rows", [1, 3, 65_536])
@pytest.mark.parametrize("rows", [None, 0, 1, 4, 12, 25, 1000])
def test_batches_and_frame_hold_the_same_rows(run, monkeypatch, rows, batch_rows):
    monkeypatch.setattr(module, "BATCH_ROWS", batch_rows)
    numbers = polars.read_parquet(run / "satellites.parquet")["eclipses"].to_list()
    for first in (0, 1, 6, 7, 8, 19, 20, 24, 25, 99):
        found = table_slice(run, "satellites", columns=["shell", "eclipses"], first=first, rows=rows)
        wanted = numbers[first:] if rows is None else numbers[first : first + rows]
        batches = list(found.batches())
        assert [number for batch in batches for number in batch.column("eclipses").to_pylist()] == wanted
        assert all(batch.num_rows <= batch_rows for batch in batches)
        assert found.frame()["eclipses"].to_list() == wanted
        assert (found.first, found.n_rows, found.n_total) == (first, len(wanted), sum(GROUPS))


def test_columns_come_in_the_order_that_was_asked_for(run):
    wanted = ["throttled_frac", "shell", "eclipses"]
    found = table_slice(run, "satellites", columns=wanted)
    assert found.schema.names == wanted
    assert all(batch.schema.names == wanted for batch in found.batches())
    assert found.schema.field("throttled_frac").metadata[b"unit"] == b"frac"
    assert not found.is_whole
    assert table_slice(run, "satellites").is_whole


def test_what_is_not_there_is_said_in_a_sentence(run):
    for arguments, sentence in (
        ({"name": "fleets"}, "has no table .fleets.; its tables are"),
        ({"name": "paths"}, "the run has no table .paths.; its tables are"),
        ({"name": "fleet", "columns": ["power"]}, "not a column of fleet"),
        ({"name": "fleet", "columns": ["time_s", "time_s"]}, "named twice"),
        ({"name": "fleet", "first": -1}, "accepted are numbers from 0 on"),
        ({"name": "fleet", "rows": -1}, "accepted are numbers from 0 on"),
    ):
        with pytest.raises(InputError, match=sentence):
            api.table(run, **arguments)


def test_a_damaged_file_is_an_error(run):
    path = run / "satellites.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    with pytest.raises(RunError, match="cannot be read"):
        list(table_slice(run, "satellites").batches())
    path.write_bytes(b"PAR1")
    with pytest.raises(RunError, match="cannot be read"):
        table_slice(run, "satellites")


class Counted(module.TableSlice):
    """A slice that notes what is read of it."""

    def batches(self, *columns):
        for batch in super().batches(*columns):
            read_rows.append(batch.num_rows)
            yield batch


read_rows = []


@pytest.mark.parametrize("name", WRITERS)
def test_a_long_table_is_written_in_parts_of_a_batch_each(run, monkeypatch, name):
    """However long the table is: of ten batches no part holds two, and none is read before the one before it is fetched."""
    monkeypatch.setattr(module, "BATCH_ROWS", 100)
    lengthen(run, (1000,))
    read_rows.clear()
    found = Counted(**vars(table_slice(run, "satellites")))
    parts, most_ahead = [], 0
    for part in WRITERS[name][1](found):
        parts.append(part)
        most_ahead = max(most_ahead, len(read_rows) - len(parts))
    assert read_rows == [100] * 10 * (len(found.columns) if name == "json" else 1)
    assert len(parts) >= 10
    assert most_ahead <= 1
    assert max(map(len, parts)) < 0.25 * sum(map(len, parts)) or name == "parquet"  # whose end describes all parts
