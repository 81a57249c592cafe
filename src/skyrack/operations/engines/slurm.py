"""Slurm as an engine, by its command line: sbatch, squeue, scancel, sinfo.

Runs are known by their names alone, since a controller of Slurm that was killed uses the numbers of lost jobs again. Slurm's
own requeue is off: whether and where a job runs again is decided by the control plane.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from skyrack.core.errors import InputError
from skyrack.operations.engines import EngineError, Observed, Run

ALIVE = frozenset({"PD", "R", "CF", "S", "RD", "RH", "RS", "SI", "SO", "ST", "RQ"})
"""States of a job in Slurm that waits or runs."""
TIMEOUT_S = 30.0
LOST = ("down", "drain", "fail", "unknown", "not_responding", "reboot", "powered", "powering", "maint")


class Slurm:
    """A cluster of Slurm."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        """Use the cluster of this machine's configuration (SLURM_CONF); `options` go to every sbatch.

        Raises InputError where the commands of Slurm are missing.
        """
        missing = [name for name in ("sbatch", "squeue", "scancel", "sinfo") if shutil.which(name) is None]
        if missing:
            raise InputError(
                f"--engine slurm: {', '.join(missing)} not found; install the client of Slurm (Debian: slurm-client)"
            )
        self.options = tuple(options)

    def machines(self) -> tuple[str, ...]:
        """Return the names of the cluster's nodes, in order. Raises EngineError if it cannot be asked."""
        return tuple(dict.fromkeys(line.split("|")[0] for line in self._nodes()))

    def start(self, run: Run) -> None:
        """Submit a run as a job with its name, on exactly its machines."""
        self._call(
            "sbatch",
            "--parsable",
            "--no-requeue",
            f"--job-name={run.name}",
            f"--nodes={len(run.machines)}",
            f"--nodelist={','.join(run.machines)}",
            f"--output={run.script.parent / 'engine.log'}",
            "--open-mode=append",
            *self.options,
            str(run.script),
        )

    def stop(self, name: str) -> None:
        """Cancel the jobs of a name."""
        self._call("scancel", "--me", f"--name={name}")

    def observe(self) -> Observed:
        """Return the waiting and running jobs with names of runs, and the nodes that are down or drained."""
        rows = [line.split("|") for line in self._call("squeue", "--me", "--noheader", "--format=%j|%t").splitlines()]
        runs = frozenset(row[0] for row in rows if len(row) == 2 and row[1] in ALIVE)
        lost = set()
        for line in self._nodes():
            name, state = line.split("|")
            if state.endswith("*") or any(word in state.lower() for word in LOST):
                lost.add(name)
        return Observed(runs, frozenset(lost))

    def forget(self, name: str) -> None:
        """Do nothing: Slurm forgets ended jobs by itself."""

    def _nodes(self) -> list[str]:
        return self._call("sinfo", "--noheader", "--Node", "--format=%N|%T").splitlines()

    def _call(self, *command: str) -> str:
        """Return the output of a command of Slurm. Raises EngineError where it fails."""
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise EngineError(f"{command[0]} did not answer within {TIMEOUT_S:.0f} s") from None
        except OSError as error:
            raise EngineError(f"{command[0]}: {error.strerror or error}") from None
        if done.returncode != 0:
            reason = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
            raise EngineError(f"{command[0]}: {reason}")
        return done.stdout
