"""Write a table of a run as Parquet, batch by batch, each column with its unit and description."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from skyrack.results.channels import CHANNELS
from skyrack.results.run_folder import RunFolder


def write_table(folder: RunFolder, name: str, batches: Iterator[dict[str, Any]]) -> None:
    """Write one table of a run, batch by batch, each column with its unit and sentence."""
    first = next(batches)
    schema = pa.schema(
        [pa.field(column, pa.array(values).type, metadata=_metadata(column)) for column, values in first.items()]
    )
    with folder.table_writer(name, schema) as writer:
        for batch in itertools.chain([first], batches):
            writer.write_table(pa.table(dict(batch), schema=schema))


def _metadata(column: str) -> dict[str, str]:
    channel = CHANNELS[column]
    return {"unit": channel.unit, "sentence": channel.sentence}
