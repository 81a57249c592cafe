"""Tables of a run as JSON, CSV or Parquet, written batch by batch, so that memory use does not grow with their rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import orjson

from skyrack.web.pipe import Pipe

if TYPE_CHECKING:
    from skyrack.api.types import TableSlice

BEGUN_BYTES = 1 << 20


def as_json(table: TableSlice) -> Iterator[bytes]:
    """Yield a JSON object of columns, each an array; NaN and infinity become null."""
    yield b"{"
    for number, column in enumerate(table.columns):
        yield b"," * (number > 0) + orjson.dumps(column) + b":["
        for k, batch in enumerate(table.batches(column)):
            yield b"," * (k > 0) + orjson.dumps(batch.column(0).to_pylist())[1:-1]
        yield b"]"
    yield b"}"


def as_csv(table: TableSlice) -> Iterator[bytes]:
    """Yield lines of comma-separated values, the names of the columns first."""
    import polars

    header = polars.from_arrow(table.schema.empty_table())
    yield header.write_csv().encode()  # type: ignore[union-attr]
    for batch in table.batches():
        lines: str = polars.from_arrow(batch).write_csv(include_header=False)  # type: ignore[union-attr]
        yield lines.encode()


def as_parquet(table: TableSlice) -> Iterator[bytes]:
    """Yield a Parquet file with a row group for each batch."""
    import pyarrow.parquet as pq

    pipe = Pipe()
    with pq.ParquetWriter(pipe, table.schema, compression="zstd", compression_level=1) as writer:
        for batch in table.batches():
            writer.write_batch(batch)
            yield pipe.fetch()
    yield pipe.fetch()


WRITERS: dict[str, tuple[str, Callable[[TableSlice], Iterator[bytes]]]] = {
    "json": ("application/json", as_json),
    "csv": ("text/csv", as_csv),
    "parquet": ("application/vnd.apache.parquet", as_parquet),
}
"""Media type and writer of each format."""


def begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Return the same parts with the first megabyte generated already.

    Damage found in it becomes an error response instead of a truncated one.
    """
    made: list[bytes] = []
    n_bytes = 0
    for part in parts:
        made.append(part)
        n_bytes += len(part)
        if n_bytes >= BEGUN_BYTES:
            break
    return itertools.chain(made, parts)


def content_range(table: TableSlice) -> str:
    """Return the header `Content-Range` of a response, which says which rows of how many it holds: `rows 0-99/1000`."""
    if table.n_rows == 0:
        return f"rows */{table.n_total}"
    return f"rows {table.first}-{table.first + table.n_rows - 1}/{table.n_total}"
