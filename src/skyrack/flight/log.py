"""Record of a rank as it flies: one JSON object in each line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skyrack.flight.clock import Clock


class Log:
    """Record of a rank: one JSON object in each line, written at once, so that nothing is lost when the process is killed."""

    def __init__(self, path: Path, attempt: int) -> None:
        """Append to a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._attempt = attempt
        self.is_closed = False

    def event(self, kind: str, time_s: float, detail: str, **more: float) -> None:
        """Write an event."""
        self._write({"event": kind, "time_s": time_s, "detail": detail, **more})

    def step(self, step: int, clock: Clock, loss: float) -> None:
        """Write the end of a step."""
        self._write(
            {
                "step": step,
                "time_s": clock.now_s,
                "loss": loss if math.isfinite(loss) else repr(loss),
                "flop": clock.flop,
                "bytes": clock.bytes,
                **{f"{name}_s": value for name, value in clock.phases.items()},
            }
        )

    def end(self, clock: Clock, facts: dict[str, Any]) -> None:
        """Write the end of the rank, and close the file."""
        self._write(
            {
                "end": facts,
                "time_s": clock.now_s,
                "flop": clock.flop,
                "bytes": clock.bytes,
                **{f"{name}_s": value for name, value in clock.phases.items()},
            }
        )
        self.is_closed = True
        self._file.close()

    def _write(self, row: dict[str, Any]) -> None:
        if not self.is_closed:
            self._file.write(json.dumps({"attempt": self._attempt, **row}) + "\n")


def read_log(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of the record of a rank; a line that was cut off by the end of the process is left out."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue
