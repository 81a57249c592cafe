"""A series of looks that stays small: when it grows too long, every second one is let go."""

from __future__ import annotations

import threading
from typing import Any

MOST = 1500


class Track:
    """Rows in the order of their `time_s`; may be read from any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rows: list[dict[str, Any]] = []
        self._spacing_s = 0.0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def last(self) -> dict[str, Any]:
        """The newest row."""
        return self._rows[-1]

    def add(self, row: dict[str, Any]) -> None:
        """One more row; those that follow each other too closely replace each other."""
        with self._lock:
            close = len(self._rows) > 1 and self._rows[-1]["time_s"] - self._rows[-2]["time_s"] < self._spacing_s
            if close:
                self._rows[-1] = row
            else:
                self._rows.append(row)
            if len(self._rows) > self._most:
                self._rows = self._rows[::2]
                span_s = self._rows[-1]["time_s"] - self._rows[0]["time_s"]
                self._spacing_s = 0.75 * span_s / len(self._rows)

    def cut(self, time_s: float) -> None:
        """Forget what lies after a time."""
        with self._lock:
            self._rows = [row for row in self._rows if row["time_s"] <= time_s]

    def rows(self) -> list[dict[str, Any]]:
        """All rows."""
        with self._lock:
            return list(self._rows)
