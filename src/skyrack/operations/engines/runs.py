"""Folders of jobs: the scripts that engines execute, and the files by which a run tells what became of it.

jobs/7/task.sh         the user's command or script
jobs/7/current         number of the run that may execute; every other one ends itself
jobs/7/2/run.sh        script of run 2, which the engine executes
jobs/7/2/begun/        made by the run when it begins: of two that execute the same script, only one can make it
jobs/7/2/checkpoint    made by the control plane: the run sends the job its signal
jobs/7/2/signalled     made by the run when it has sent that signal
jobs/7/2/terminated    made by the run when the engine ends it
jobs/7/2/status        exit status of the user's command
jobs/7/2/output.log    output of the user's command

The files are the truth about a run: an engine may lose a job that it has acknowledged, and use its number again.
"""

from __future__ import annotations

import contextlib
import shlex
from dataclasses import dataclass
from pathlib import Path

from skyrack.core.atomic_file import disk_errors, write_text
from skyrack.operations.engines import Run
from skyrack.operations.manifest import Manifest

STATUS_LOST = 255
"""Status that stands for one that cannot be read."""
SCRIPT = """\
#!/bin/bash
# Run {number} of job {job}, written by Skyrack. Executed twice, it does nothing the second time.
job={folder}
run=$job/{number}
mkdir "$run/begun" 2>/dev/null || exit 0
is_current() {{ [ "$(cat "$job/current" 2>/dev/null)" = {number} ]; }}
end() {{ printf '%s\\n' "$1" >"$run/status.part" && sync "$run/status.part" && mv "$run/status.part" "$run/status"; }}
is_current || {{ end superseded; exit 0; }}
{exports}
set -m
"$job/task.sh" >"$run/output.log" 2>&1 </dev/null &
child=$!
trap ': >"$run/terminated"; kill -KILL -- "-$child" 2>/dev/null' TERM
watch() {{
  while kill -0 "$child" 2>/dev/null; do
    if ! is_current; then
      kill -KILL -- "-$child" 2>/dev/null
    elif [ -e "$run/checkpoint" ] && [ ! -e "$run/signalled" ]; then
      : >"$run/signalled"
      kill -{signal} -- "-$child" 2>/dev/null
    fi
    sleep {poll_s}
  done
}}
watch &
watcher=$!
wait "$child"
status=$?
# a signal of the engine interrupts a wait before the command has ended
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
end "$status"
kill -KILL -- "-$child" "-$watcher" 2>/dev/null
"""
POLL_S = 0.5


@dataclass(frozen=True)
class Placed:
    """Placement of a run: satellites, the machines that stand for them, and the virtual time."""

    satellites: tuple[str, ...]
    machines: tuple[str, ...]
    time_s: float
    """Time since the epoch at which the run is started."""


class JobFolder:
    """Folder of one job."""

    def __init__(self, root: Path, job: int) -> None:
        self.path, self.job = root / str(job), job

    def write(self, manifest: Manifest) -> None:
        """Write the user's command or script."""
        with disk_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        task = manifest.script if manifest.script is not None else f"exec {shlex.join(manifest.command)}\n"
        target = self.path / "task.sh"
        write_text(target, task if task.startswith("#!") else f"#!/bin/bash\n{task}")
        target.chmod(0o755)

    def prepare(self, name: str, number: int, manifest: Manifest, placed: Placed) -> Run:
        """Write the script of a run with a name on the engine, and make it the current one."""
        folder = self.path / str(number)
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        exports = {
            "SKYRACK_JOB": str(self.job),
            "SKYRACK_RUN": str(number),
            "SKYRACK_JOB_FOLDER": str(self.path.resolve()),
            "SKYRACK_SATELLITES": ",".join(placed.satellites),
            "SKYRACK_N_SATELLITES": str(len(placed.satellites)),
            "SKYRACK_MACHINES": ",".join(placed.machines),
            "SKYRACK_TIME_S": f"{placed.time_s:.3f}",
        }
        text = SCRIPT.format(
            number=number,
            job=self.job,
            folder=shlex.quote(str(self.path.resolve())),
            exports="\n".join(f"export {name}={shlex.quote(value)}" for name, value in exports.items()),
            signal=manifest.checkpoint.signal.removeprefix("SIG"),
            poll_s=POLL_S,
        )
        script = folder / "run.sh"
        write_text(script, text)
        script.chmod(0o755)
        self.allow(number)
        return Run(name, script, placed.machines)

    def allow(self, number: int | None) -> None:
        """Let one run execute, or none: all others end themselves, wherever they are."""
        write_text(self.path / "current", "none\n" if number is None else f"{number}\n")

    def allowed(self) -> int | None:
        """Return the number of the run that may execute; None if none may."""
        try:
            text = (self.path / "current").read_text().strip()
        except OSError:
            return None
        return int(text) if text.isdigit() else None

    def has_begun(self, number: int) -> bool:
        """Return True if a run has begun on a machine."""
        return (self.path / str(number) / "begun").is_dir()

    def begun_at_s(self, number: int) -> float:
        """Return when a run began: seconds since the begin of 1970."""
        return (self.path / str(number) / "begun").stat().st_mtime

    def ask_checkpoint(self, number: int) -> None:
        """Ask a run to send the job the signal on which it saves its state and ends."""
        folder = self.path / str(number)
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "checkpoint").touch()

    def was_signalled(self, number: int) -> bool:
        """Return True if a run sent the job that signal."""
        return (self.path / str(number) / "signalled").exists()

    def was_asked(self, number: int) -> bool:
        """Return True if a run was asked for a checkpoint."""
        return (self.path / str(number) / "checkpoint").exists()

    def was_terminated(self, number: int) -> bool:
        """Return True if the engine ended a run."""
        return (self.path / str(number) / "terminated").exists()

    def status(self, number: int) -> int | None:
        """Return the exit status of a run's command; None while it has not ended."""
        try:
            text = (self.path / str(number) / "status").read_text()
        except OSError:
            return None
        with contextlib.suppress(ValueError):
            return int(text)
        return STATUS_LOST

    def log(self, number: int) -> Path:
        """Return the path of the output of a run."""
        return self.path / str(number) / "output.log"


def job_and_run(name: str, prefix: str) -> tuple[int, int] | None:
    """Return the numbers of job and run of a name on an engine; None for a name without this prefix."""
    parts = name.split("-")
    if len(parts) != 3 or parts[0] != prefix or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    return int(parts[1]), int(parts[2])
