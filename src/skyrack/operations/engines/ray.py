"""Ray as an engine: each run is a detached actor in a placement group that takes whole nodes."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import selectors
import subprocess
import sys
from typing import Any

from skyrack.core.errors import InputError, RunError
from skyrack.operations.engines import EngineError, Observed, Run

ANSWER_S = 30.0
FIRST_ANSWER_S = 90.0
"""Times in which the process that speaks with the cluster must answer; the first answer follows the connection."""


class Ray:
    """A Ray cluster, spoken with through a process of its own."""

    def __init__(self, address: str) -> None:
        """Use the cluster at an address, such as auto or 10.0.0.1:6379. Raises InputError where Ray is not installed."""
        if importlib.util.find_spec("ray") is None:
            raise InputError("--engine ray: Ray is not installed; install it with: pip install 'skyrack[ray]'")
        self.address = address or "auto"
        self._process: subprocess.Popen[str] | None = None
        self._known: frozenset[str] = frozenset()

    def machines(self) -> tuple[str, ...]:
        """Return the names of the living nodes with processors. Raises RunError where names do not tell nodes apart."""
        rows = self._ask("machines")
        twice = [name for name, count in rows if count > 1]
        if twice:
            raise RunError(
                f"two nodes are called {twice[0]}; give each its own name: ray start --node-name NAME --address ..."
            )
        return tuple(name for name, _ in rows)

    def watch(self, machines: tuple[str, ...]) -> None:
        """Take these machines as lost when the cluster no longer has them."""
        self._known = frozenset(machines)

    def start(self, run: Run) -> None:
        """Reserve the machines of a run, and start it on the first."""
        self._ask("start", run.name, str(run.script), list(run.machines))

    def stop(self, name: str) -> None:
        """End a run and give its machines back."""
        self._ask("stop", name)

    def observe(self) -> Observed:
        """Return the runs of the cluster, and the machines that it has lost."""
        found = self._ask("observe")
        return Observed(frozenset(found["runs"]), self._known - frozenset(found["machines"]))

    def forget(self, name: str) -> None:
        """Give the machines of a run back that has ended."""
        with contextlib.suppress(EngineError):  # a runner that stays is stopped at a later look
            self._ask("stop", name)

    def _ask(self, verb: str, *arguments: Any) -> Any:
        """Return the answer to a request. Raises EngineError where none comes in time, or the cluster refused it."""
        is_first = self._process is None or self._process.poll() is not None
        if is_first:
            self._end()
            command = [sys.executable, "-m", "skyrack.operations.engines.ray_agent", self.address]
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        try:
            answer = self._answer(json.dumps({"do": verb, "with": arguments}), FIRST_ANSWER_S if is_first else ANSWER_S)
        except (OSError, ValueError):
            self._end()
            raise EngineError(f"Ray ({self.address}): the cluster cannot be reached") from None
        if "error" in answer:
            if is_first:
                self._end()
            raise EngineError(f"Ray ({self.address}): {answer['error']}")
        return answer["found"]

    def _answer(self, request: str, most_s: float) -> dict[str, Any]:
        """Return the document that answers a request. Raises OSError or ValueError where none comes in time."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise OSError("no process")
        process.stdin.write(request + "\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as waiting:
            waiting.register(process.stdout, selectors.EVENT_READ)
            if not waiting.select(most_s):
                raise OSError("no answer in time")
        found: dict[str, Any] = json.loads(process.stdout.readline())
        return found

    def _end(self) -> None:
        """End the process that speaks with the cluster; runs go on."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.wait()

    def __del__(self) -> None:
        self._end()
