"""Write a table of a run as Parquet, batch by batch, each column with its unit and label."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from skyrack.results.channels import Channel, Table
from skyrack.results.run_folder import RunFolder


def write_table(folder: RunFolder, table: Table, batches: Iterator[dict[str, Any]]) -> None:
    """Write one table of a run, whose batches hold an array for each of its columns; ValueError for other columns."""
    first = next(batches)
    if set(first) != set(table.names):
        raise ValueError(
            f"table {table.name}: columns {sorted(set(first) ^ set(table.names))} are written or declared alone"
        )
    schema = pa.schema([_field(column, first[column.name]) for column in table.columns])
    with folder.table_writer(table.name, schema) as writer:
        for batch in itertools.chain([first], batches):
            writer.write_table(pa.table({name: batch[name] for name in table.names}, schema=schema))


def _field(column: Channel, values: Any) -> Any:
    return pa.field(column.name, pa.array(values).type, metadata={"unit": column.unit, "label": column.label})
