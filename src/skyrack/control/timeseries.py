"""A time series that stays short: when it grows too long, every second row is dropped."""

from __future__ import annotations

import threading
from typing import Any

MAX_ROWS = 1500
Row = dict[str, Any]


class DecimatedSeries:
    """Rows in the order of their `time_s`, at most `max_rows`; any thread may read it."""

    def __init__(self, max_rows: int = MAX_ROWS) -> None:
        self._max_rows = max_rows
        self._rows: list[Row] = []
        self._spacing_s = 0.0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def last(self) -> Row | None:
        """The newest row; None while there is none."""
        with self._lock:
            return self._rows[-1] if self._rows else None

    def add(self, row: Row) -> None:
        """Append a row; it replaces the one before where that follows its own predecessor too closely."""
        with self._lock:
            is_close = len(self._rows) > 1 and self._rows[-1]["time_s"] - self._rows[-2]["time_s"] < self._spacing_s
            if is_close:
                self._rows[-1] = row
            else:
                self._rows.append(row)
            if len(self._rows) > self._max_rows:
                self._decimate()

    def drop_after(self, time_s: float) -> None:
        """Drop the rows after a time."""
        with self._lock:
            self._rows = [row for row in self._rows if row["time_s"] <= time_s]

    def rows(self) -> list[Row]:
        """Return all rows."""
        with self._lock:
            return list(self._rows)

    def _decimate(self) -> None:
        self._rows = self._rows[::2]
        span_s = self._rows[-1]["time_s"] - self._rows[0]["time_s"]
        self._spacing_s = 0.75 * span_s / len(self._rows)
