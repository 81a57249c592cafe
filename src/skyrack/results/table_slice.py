"""Some columns and rows of a run's table, whole by default, as one frame or batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError, RunError
from skyrack.results.run_folder import RunFolder

BATCH_ROWS = 65_536
"""Rows that are held in memory at a time."""


@dataclass(frozen=True)
class TableSlice:
    """Columns and rows of one table of a complete run."""

    path: Path
    columns: tuple[str, ...]
    first: int
    """Row of the table with which it begins."""
    n_rows: int
    n_total: int
    """Rows of the whole table."""
    is_whole: bool
    """Whether it is the table as it lies in the folder, every column and row."""
    schema: Any
    """Arrow schema of the columns, with unit and description of each."""

    def frame(self) -> Any:
        """Return all of it as a polars DataFrame; RunError where the file is damaged."""
        import polars

        try:
            scan = polars.scan_parquet(self.path).select(self.columns)
            return scan.slice(self.first, self.n_rows).collect()
        except (OSError, polars.exceptions.PolarsError) as error:
            raise _unreadable(self.path, error) from None

    def batches(self, *columns: str) -> Iterator[Any]:
        """Yield Arrow record batches of at most `BATCH_ROWS` rows, of `columns` alone where some are named.

        Memory holds one batch at a time. RunError where the file is damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = list(columns or self.columns)
        try:
            with pq.ParquetFile(self.path) as file:
                groups, skip = _groups_of(file.metadata, self.first, self.n_rows)
                left = self.n_rows
                for batch in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=names):
                    part = batch.slice(skip, left).select(names)
                    skip, left = max(skip - batch.num_rows, 0), left - part.num_rows
                    if part.num_rows:
                        yield part
        except (OSError, pa.ArrowException) as error:
            raise _unreadable(self.path, error) from None


def slice_table(
    folder: RunFolder, name: str, columns: list[str] | None = None, first: int = 0, rows: int | None = None
) -> TableSlice:
    """Return a slice of a table: `columns` (by default all), and `rows` rows (by default all) from row `first` on.

    Raises InputError where there is no such table, column or row number, RunError where the file is damaged.
    """
    if first < 0 or (rows is not None and rows < 0):
        raise InputError(f"rows {rows} from row {first} on: accepted are numbers from 0 on")
    path = _path_of(folder, name)
    schema, n_total = _schema_of(path)
    chosen = _known_columns(columns, schema.names, name)
    rest = max(n_total - first, 0)
    n_rows = rest if rows is None else min(rows, rest)
    is_whole = n_rows == n_total and list(chosen) == schema.names
    return TableSlice(path, chosen, first, n_rows, n_total, is_whole, schema.empty_table().select(list(chosen)).schema)


def _known_columns(columns: list[str] | None, known: list[str], name: str) -> tuple[str, ...]:
    chosen = tuple(columns or known)
    for column in chosen:
        if column not in known:
            raise InputError(f"{column!r:.60} is not a column of {name}; there are {', '.join(known)}")
        if chosen.count(column) > 1:
            raise InputError(f"{column!r:.60} is named twice among the columns; name it once")
    return chosen


def _path_of(folder: RunFolder, name: str) -> Path:
    folder.require_complete()
    folder.require_table(name)
    return folder.path / f"{name}.parquet"


def _schema_of(path: Path) -> tuple[Any, int]:
    """Return the Arrow schema of a file, and the number of its rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return file.schema_arrow, int(file.metadata.num_rows)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from None


def _groups_of(metadata: Any, first: int, n_rows: int) -> tuple[list[int], int]:
    """Return the row groups that hold some rows, and how many rows stand before these in the first of them."""
    ends = list(itertools.accumulate(metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)))
    begins = [0, *ends[:-1]]
    groups = [k for k, end in enumerate(ends) if begins[k] < first + n_rows and first < end]
    return groups, first - begins[groups[0]] if groups else 0


def _unreadable(path: Path, error: Exception) -> RunError:
    return RunError(f"{path}: cannot be read ({error})")
