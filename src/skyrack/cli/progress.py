"""Progress on stderr: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

PLAIN_LINE_S = 5.0


class ProgressPrinter:
    """Progress display: called with `skyrack.results.progress.Progress` from any thread, used as a context."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stage = ""
        self._last_line = time.monotonic()
        self._bar: Any = None
        self._task: Any = None
        self._begun = time.monotonic()

    def __enter__(self) -> ProgressPrinter:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:3.0f} %  {task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task("reading the scenario", total=1.0, rate="")
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: Any) -> None:
        """Show the progress of a run."""
        with self._lock:
            self._show(progress)

    def samples(self, done: int, total: int) -> None:
        """Show the progress of a study."""
        self(SimpleNamespace(stage="study", done=done, total=total, elapsed_s=time.monotonic() - self._begun))

    def flight(self, progress: Any) -> None:
        """Show the progress of a user's own job: a line now and then, since the job prints lines of its own."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        now = time.monotonic()
        if now - self._last_line >= PLAIN_LINE_S:
            self._last_line = now
            at = f"{progress.time_s / 3600.0:,.2f} h" if progress.time_s >= 60.0 else f"{progress.time_s:,.3g} s"
            print(f"skyrack: virtual time {at}, step {progress.step}", file=sys.stderr, flush=True)

    def _show(self, progress: Any) -> None:
        words = {
            "compile": "compiling the physics for this machine (once, about 20 s)",
            "fly": "flying the fleet",
            "write": "writing tables and report",
            "study": "computing samples",
            "network": "simulating the network",
            "workload": "training and serving",
            "timeline": "computing the conditions of the flight",
            "forecast": "forecasting light and power",
            "operate": "operating the fleet",
        }[progress.stage]
        unit = {
            "study": "samples",
            "network": "snapshots",
            "workload": "snapshots",
            "timeline": "snapshots",
            "operate": "policies",
        }.get(progress.stage, "satellite-steps")
        rate = f"{progress.done / progress.elapsed_s:.3g} {unit}/s" if progress.elapsed_s > 0.5 else ""
        if self._bar is not None:
            self._bar.update(self._task, description=words, completed=progress.done, total=progress.total, rate=rate)
            return
        now = time.monotonic()
        if progress.stage != self._stage:
            print(f"skyrack: {words}", file=sys.stderr, flush=True)
            self._stage, self._last_line = progress.stage, now
        elif (
            progress.stage in ("fly", "study", "network", "workload", "timeline", "operate")
            and now - self._last_line >= PLAIN_LINE_S
        ):
            share = progress.done / progress.total
            # the first snapshot takes as long as many later ones
            is_known = share > (0.1 if progress.stage in ("network", "workload", "timeline") else 0.0)
            left = f", {progress.elapsed_s * (1.0 / share - 1.0):.0f} s left" if is_known else ""
            print(f"skyrack: {100 * share:.0f} %, {rate}{left}", file=sys.stderr, flush=True)
            self._last_line = now
