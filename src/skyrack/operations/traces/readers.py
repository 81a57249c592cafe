"""Readers of published traces of jobs: Acme, Helios, Philly, PAI 2020 and 2023, and the Standard Workload Format (SWF)."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyrack.core.errors import InputError
from skyrack.operations.traces import JobTrace

PAI_2020 = (
    *("job_name", "task_name", "inst_num", "status", "start_time", "end_time", "plan_cpu", "plan_mem", "plan_gpu"),
    "gpu_type",
)
"""Columns of pai_task_table.csv, which has no header."""


def read_trace(path: Path) -> JobTrace:
    """Read a trace of any known format, found by its columns. Raises InputError for anything else."""
    if not path.is_file():
        raise InputError(
            f"--trace {path}: there is no such file; accepted are a file, and acme-like, seren-like, "
            f"philly-like, helios-like"
        )
    try:
        if path.suffix == ".swf" or path.name.endswith(".swf.txt"):
            return _swf(path)
        if path.suffix == ".json":
            return _philly(path)
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
        for columns, reader in _BY_COLUMNS:
            if columns <= set(header):
                return reader(path)
        if len(header) == len(PAI_2020):
            return _pai_2020(path)
    except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise InputError(f"--trace {path}: it cannot be read ({type(error).__name__}: {error})") from None
    raise InputError(
        f"--trace {path}: its columns ({', '.join(header[:6])} ...) are of no known format; accepted are those of Acme, "
        f"Helios, Philly (JSON), PAI 2020 and 2023, and SWF"
    )


def _seconds(text: str) -> float:
    """Return a time in seconds, from a number or from a date; nan where there is none."""
    if not text or text in ("None", "nan", "null"):
        return math.nan
    try:
        return float(text)
    except ValueError:
        found = datetime.fromisoformat(text.replace("/", "-"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _rows(path: Path, names: tuple[str, ...] | None = None) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, names)


def _gpu_cluster(path: Path) -> JobTrace:
    """Acme and Helios: one row for each job, with its run time and its wait."""
    rows = list(_rows(path))
    queue = "vc" if rows and "vc" in rows[0] else "type"
    return JobTrace.of(
        path.stem,
        [_seconds(row["submit_time"]) for row in rows],
        [_seconds(row["duration"]) for row in rows],
        [_seconds(row["gpu_num"]) for row in rows],
        [row.get(queue) or "default" for row in rows],
        [_seconds(row.get("queue", "")) for row in rows],
    )


def _philly(path: Path) -> JobTrace:
    """Philly's cluster_job_log: jobs with attempts; the run time is that of all attempts, the GPUs those of the last."""
    arrival, run, gpus, queues, wait = [], [], [], [], []
    for job in json.loads(path.read_text("utf-8")):
        spans = [
            (_seconds(one.get("start_time") or ""), _seconds(one.get("end_time") or ""), one.get("detail") or [])
            for one in job.get("attempts") or []
        ]
        known = [span for span in spans if math.isfinite(span[0]) and math.isfinite(span[1])]
        if not known:
            continue
        arrival.append(_seconds(job["submitted_time"]))
        run.append(sum(end - begin for begin, end, _ in known))
        gpus.append(sum(len(machine.get("gpus") or []) for machine in known[-1][2]))
        queues.append(str(job.get("vc") or "default"))
        wait.append(known[0][0] - arrival[-1])
    return JobTrace.of(path.stem, arrival, run, gpus, queues, wait)


def _pai_2020(path: Path) -> JobTrace:
    """PAI's task table: `plan_gpu` is in hundredths of a GPU for each of `inst_num` instances; it has no waits."""
    rows = list(_rows(path, PAI_2020))
    return JobTrace.of(
        path.stem,
        [_seconds(row["start_time"]) for row in rows],
        [_seconds(row["end_time"]) - _seconds(row["start_time"]) for row in rows],
        [math.ceil((_number(row["plan_gpu"]) / 100.0) * max(_number(row["inst_num"]), 1.0)) for row in rows],
        [row["gpu_type"] or "default" for row in rows],
    )


def _number(text: str) -> float:
    found = _seconds(text)
    return found if math.isfinite(found) else 0.0


def _pai_2023(path: Path) -> JobTrace:
    """PAI's list of pods of 2023: from creation to deletion, with the time at which each was scheduled."""
    rows = [row for row in _rows(path) if row["scheduled_time"]]
    return JobTrace.of(
        path.stem,
        [_seconds(row["creation_time"]) for row in rows],
        [_seconds(row["deletion_time"]) - _seconds(row["scheduled_time"]) for row in rows],
        [_number(row["num_gpu"]) for row in rows],
        [row.get("qos") or "default" for row in rows],
        [_seconds(row["scheduled_time"]) - _seconds(row["creation_time"]) for row in rows],
    )


def _swf(path: Path) -> JobTrace:
    """Standard Workload Format: 18 fields in a line, -1 for what is not known; processors count as GPUs."""
    table: list[list[float]] = []
    for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith(";"):
            continue
        fields = line.split()
        if len(fields) < 18:
            raise InputError(f"--trace {path}, line {number}: it has {len(fields)} fields; SWF has 18")
        table.append([float(field) for field in fields[:18]])

    def column(k: int) -> list[float]:
        return [row[k] for row in table]

    processors = [used if used > 0 else asked for used, asked in zip(column(4), column(7), strict=True)]
    queues = [f"queue-{int(one)}" if one >= 0 else "default" for one in column(14)]
    return JobTrace.of(path.stem, column(1), column(3), processors, queues, column(2))


_BY_COLUMNS: tuple[tuple[set[str], Callable[[Path], JobTrace]], ...] = (
    ({"submit_time", "duration", "gpu_num"}, _gpu_cluster),
    ({"creation_time", "deletion_time", "scheduled_time", "num_gpu"}, _pai_2023),
    (set(PAI_2020), _pai_2020),
)


def moments(trace: JobTrace) -> dict[str, Any]:
    """Return counts, means and medians of a trace, by the names of the catalogue's statistics."""
    import numpy as np

    return {
        "jobs": len(trace),
        "run_mean_s": float(trace.run_s.mean()),
        "run_median_s": float(np.median(trace.run_s)),
        "gpus_mean": float(trace.gpus.mean()),
        "gpus_median": float(np.median(trace.gpus)),
        "gpu_time": trace.gpu_s,
        "wait_mean_s": None if trace.wait_s is None else float(np.nanmean(trace.wait_s)),
    }
