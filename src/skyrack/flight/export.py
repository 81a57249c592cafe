"""Flights for other tools: scalars for TensorBoard, and spans in the JSON encoding of OpenTelemetry's protocol (OTLP)."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError
from skyrack.flight.record import Record
from skyrack.flight.tables import PHASES

SPANS_PER_LINE = 1000
TENSORBOARD, SPANS = "tensorboard", "spans.otlp.jsonl"
"""Folder and file of the exports, in the folder of the flight."""


def check_tensorboard() -> None:
    """Raise InputError where TensorBoard is not installed."""
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError("--tensorboard: TensorBoard is not installed; install it with: pip install tensorboard")


def write_tensorboard(record: Record) -> Path:
    """Write the loss and the times by phase of each rank over its steps, at virtual times, and return the folder."""
    from torch.utils.tensorboard import SummaryWriter

    folder = record.path / TENSORBOARD
    for rank, rows in enumerate(record.rows):
        steps = [row for row in rows if "step" in row]
        with SummaryWriter(str(folder / f"rank{rank}")) as writer:
            for number, row in enumerate(steps, start=1):
                writer.add_scalar("loss", float(row["loss"]), number, walltime=row["time_s"])
                for name in PHASES:
                    writer.add_scalar(f"time/{name}", row[f"{name}_s"], number, walltime=row["time_s"])
    return folder


def write_spans(record: Record, epoch: datetime) -> Path:
    """Write a span for each rank and for each of its steps, with the events of the rank, and return the file.

    Times are virtual, after the epoch of the scenario. Each line is one request of OTLP/JSON, as the file receiver of
    OpenTelemetry's collector reads it.
    """
    begin_s = epoch.timestamp() + record.timeline.begin_s
    trace = _identity(16, record.timeline.scenario, record.path.name)

    def nanoseconds(time_s: float) -> str:
        return str(round((begin_s + time_s) * 1e9))

    spans = []
    for rank, rows in enumerate(record.rows):
        whole = _identity(8, trace, rank)
        events = [
            {
                "timeUnixNano": nanoseconds(row["time_s"]),
                "name": row["event"],
                "attributes": [_attribute("detail", row["detail"])],
            }
            for row in rows
            if "event" in row
        ]
        last_s = max((row["time_s"] for row in rows), default=0.0)
        name = f"rank {rank} (satellite {record.timeline.satellites[rank]})"
        spans.append(_span(trace, whole, "", name, nanoseconds(0.0), nanoseconds(last_s)) | {"events": events})
        before_s = 0.0
        for number, row in enumerate(one for one in rows if "step" in one):
            span = _span(
                trace, _identity(8, whole, number), whole, "step", nanoseconds(before_s), nanoseconds(row["time_s"])
            )
            loss = float(row["loss"])
            numbers = {"step": row["step"], "attempt": row["attempt"]} | ({"loss": loss} if math.isfinite(loss) else {})
            spans.append(span | {"attributes": [_attribute(key, value) for key, value in numbers.items()]})
            before_s = row["time_s"]
    resource = {
        "attributes": [_attribute("service.name", "skyrack-flight"), _attribute("scenario", record.timeline.scenario)]
    }
    path = record.path / SPANS
    with path.open("w", encoding="utf-8") as file:
        for first in range(0, len(spans), SPANS_PER_LINE):
            part = {"scope": {"name": "skyrack"}, "spans": spans[first : first + SPANS_PER_LINE]}
            file.write(json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [part]}]}) + "\n")
    return path


def _span(trace: str, span: str, parent: str, name: str, begin: str, end: str) -> dict[str, Any]:
    return {
        "traceId": trace,
        "spanId": span,
        "parentSpanId": parent,
        "name": name,
        "kind": 1,
        "startTimeUnixNano": begin,
        "endTimeUnixNano": end,
    }


def _attribute(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"key": key, "value": {"intValue": str(value)}}
    kind = "doubleValue" if isinstance(value, float) else "stringValue"
    return {"key": key, "value": {kind: value}}


def _identity(n_bytes: int, *parts: Any) -> str:
    """Return an identity of `n_bytes` bytes in hexadecimal, the same for the same parts."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[: 2 * n_bytes]
