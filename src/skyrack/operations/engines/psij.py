"""PSI/J as an engine: runs on whatever its executors reach - this machine, LSF, PBS, Flux, Cobalt, RADICAL-Pilot, Slurm.

PSI/J knows a run by the number that its scheduler gave it; that number is kept beside the run's script, so that a control
plane that begins anew finds its runs again.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from skyrack.core.atomic_file import write_text
from skyrack.core.errors import InputError
from skyrack.operations.engines import EngineError, Observed, Run

if TYPE_CHECKING:
    from psij import Job, JobExecutor

NODE_LISTS = {"slurm": "slurm.nodelist", "lsf": "lsf.m", "pbs": "pbs.l", "flux": "flux.requires"}
"""Attribute by which an executor of PSI/J is told the machines of a job; others choose them by themselves."""


class PsiJ:
    """An executor of PSI/J."""

    def __init__(self, executor: str, machines: tuple[str, ...], jobs: Path) -> None:
        """Use an executor by its name; `jobs` is the folder of the jobs' folders.

        Raises InputError where PSI/J or the executor is missing.
        """
        try:
            import psij
        except ImportError:
            raise InputError(
                "--engine psij: PSI/J is not installed; install it with: pip install 'skyrack[psij]'"
            ) from None
        logging.getLogger("psij").setLevel(logging.CRITICAL)
        names = psij.JobExecutor.get_executor_names()
        if executor not in names:
            raise InputError(f"--engine psij:{executor}: accepted are {', '.join(sorted(names))}")
        self.executor = executor
        self._known_machines = machines
        self._executor: JobExecutor = psij.JobExecutor.get_instance(executor)
        self._jobs: dict[str, Job] = {}
        self._attach(jobs)

    def machines(self) -> tuple[str, ...]:
        """Return the names of the machines that were given: PSI/J does not list any."""
        return self._known_machines

    def _attach(self, jobs: Path) -> None:
        """Find the runs again that an earlier control plane started."""
        import psij

        for path in sorted(jobs.glob("*/*/native")):
            folder = path.parent
            if (folder / "status").exists():
                continue
            if self.executor == "local" and not _is_there(path):
                continue
            job = psij.Job()
            native, _, name = path.read_text().strip().partition(" ")
            with contextlib.suppress(psij.InvalidJobException, psij.SubmitException):
                self._executor.attach(job, native)
                self._jobs[name] = job

    def start(self, run: Run) -> None:
        """Submit a run, on its machines where the executor takes them."""
        import psij

        attributes: dict[str, Any] = {}
        if self.executor in NODE_LISTS:
            attributes[NODE_LISTS[self.executor]] = ",".join(run.machines)
        specification = psij.JobSpec(
            name=run.name,
            executable="/bin/bash",
            arguments=[str(run.script)],
            stdout_path=run.script.parent / "engine.log",
            stderr_path=run.script.parent / "engine.err",
            resources=psij.ResourceSpecV1(node_count=len(run.machines), processes_per_node=1),
            attributes=psij.JobAttributes(custom_attributes=attributes),
            launcher="single",
        )
        job = psij.Job(specification)
        try:
            self._executor.submit(job)
        except (psij.SubmitException, psij.InvalidJobException, OSError) as error:
            raise EngineError(f"PSI/J ({self.executor}): {' '.join(str(error).split())}") from None
        self._jobs[run.name] = job
        write_text(run.script.parent / "native", f"{job.native_id} {run.name}\n")

    def stop(self, name: str) -> None:
        """Cancel a run."""
        import psij

        if self.executor == "local":
            self._jobs.pop(name, None)  # the run ends itself when it sees that it is no longer current
            return
        job = self._jobs.get(name)
        if job is not None and not job.status.final:
            try:
                job.cancel()
            except psij.SubmitException as error:
                raise EngineError(f"PSI/J ({self.executor}): {' '.join(str(error).split())}") from None

    def observe(self) -> Observed:
        """Return the runs whose jobs have not ended."""
        return Observed(frozenset(name for name, job in self._jobs.items() if not job.status.final))

    def forget(self, name: str) -> None:
        """Drop the job of a run that has ended."""
        self._jobs.pop(name, None)


def _is_there(native: Path) -> bool:
    """Return True if the process of a run is there still: its number may be another one's by now."""
    with contextlib.suppress(psutil.Error, ValueError, IndexError):
        command = psutil.Process(int(native.read_text().split()[0])).cmdline()
        return any(str(native.parent) in word for word in command)
    return False
