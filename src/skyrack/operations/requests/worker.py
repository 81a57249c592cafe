"""The process that carries out one request: `python -m skyrack.operations.requests.worker REQUEST-FOLDER`.

It is independent of the service: it continues if the service is stopped or killed, and is found again by its lock.
It reports in the request's folder: progress.json while it works, error.json if it failed.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from skyrack.control.clock import Clock, WallClock
from skyrack.core.atomic_file import write_json
from skyrack.core.errors import SkyrackError
from skyrack.core.file_access import no_local_files
from skyrack.core.file_lock import HeldError, hold
from skyrack.core.json_text import plain
from skyrack.report.page import write_page
from skyrack.report.study import write_page as write_study_page
from skyrack.run.prepare import load_flown
from skyrack.run.pricing import price_scenario
from skyrack.run.simulate import resume, simulate
from skyrack.studies.engines import Local
from skyrack.studies.plan import load_plan
from skyrack.studies.study import resume_study, run_study

REPORT_INTERVAL_S = 0.5
CLAIM_WAIT_S = 2.0


class ProgressWriter:
    """Writer of progress.json, at most twice a second."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder, self.clock = folder, clock
        self._reported_s = -REPORT_INTERVAL_S

    def __call__(self, progress: Any) -> None:
        """Report the progress of a run."""
        self.write(progress.stage, float(progress.done), float(progress.total), float(progress.elapsed_s))

    def samples(self, done: int, total: int) -> None:
        """Report the progress of a study."""
        self.write("samples", float(done), float(total), 0.0)

    def write(self, stage: str, done: float, total: float, elapsed_s: float) -> None:
        """Write the progress, if the last report is old enough."""
        now_s = self.clock.monotonic_s()
        if now_s - self._reported_s < REPORT_INTERVAL_S and done < total:
            return
        self._reported_s = now_s
        write_json(
            self.folder / "progress.json",
            {"stage": stage, "done": done, "total": total, "elapsed_s": elapsed_s, "pid": os.getpid()},
        )


def carry_out(folder: Path, clock: Clock) -> int:
    """Carry out a request, and return 0, or the exit code of the error."""
    request = json.loads((folder / "request.json").read_text("utf-8"))
    out, writer = Path(request["out"]), ProgressWriter(folder, clock)
    (folder / "error.json").unlink(missing_ok=True)
    try:
        with no_local_files():
            if request["kind"] == "study":
                _study(request, out, writer)
            else:
                _run(request, out, writer)
    except SkyrackError as error:
        write_json(folder / "error.json", {"sentence": str(error), "exit_code": error.exit_code})
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - any error is reported to the user
        traceback.print_exc()
        write_json(folder / "error.json", {"sentence": f"{type(error).__name__}: {error}", "exit_code": 1})
        return 1
    return 0


def _run(request: dict[str, Any], out: Path, writer: ProgressWriter) -> None:
    if (out / "manifest.json").is_file():
        run = resume(out, threads=request["threads"], on_progress=writer)
    else:
        _delete_unstarted(out)
        loaded = load_flown(request["source"], request["overrides"])
        run = simulate(loaded, out, threads=request["threads"], on_progress=writer)
    if not (run.path / "report.html").exists():
        write_page(run, run.path / "report.html")


def _study(request: dict[str, Any], out: Path, writer: ProgressWriter) -> None:
    if (out / "study.json").is_file():
        done = resume_study(out, Local(), writer.samples)
    else:
        _delete_unstarted(out)
        plan = load_plan(request["source"], request["changes"])
        done = run_study(plan, plain(price_scenario(plan.scenario, plan.set)), out, Local(), writer.samples)
    write_study_page(done, done.path / "report.html")


def _delete_unstarted(out: Path) -> None:
    """Delete the output folder, if there is one, of a worker that was killed before it wrote its first document."""
    if out.is_dir():
        for path in sorted(out.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        out.rmdir()


def main() -> int:
    """Hold the request's lock and carry it out; return the exit code."""
    folder, clock = Path(sys.argv[1]), WallClock()
    try:
        with hold(folder / "lock", CLAIM_WAIT_S):
            return 0 if (folder / "cancelled").exists() else carry_out(folder, clock)
    except HeldError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
