"""Launcher of a flight: starts the user's command, watches its ranks, and keeps what they leave behind."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from skyrack.core.errors import InputError
from skyrack.flight.board import DYING, LEFT, WAITING, MemoryBoard, Status, blocked_forever
from skyrack.flight.keeper import PASSED_ON
from skyrack.flight.log import read_log
from skyrack.flight.settings import Settings

OLDEST_TORCH, FIRST_UNKNOWN_TORCH = (2, 13), (2, 16)
"""Releases of torch with which the features of torch.distributed were compared, from the first to below the second."""
POLL_S = 0.5
STALLED_S = 20.0
"""Wall time after which ranks that wait for each other are given up."""
MAX_RESTARTS = 10_000


@dataclass(frozen=True)
class Progress:
    """Progress of a flight."""

    time_s: float
    """Virtual time of the slowest rank."""
    step: int
    n_joined: int
    """Number of ranks that have joined."""


OnFlight = Callable[[Progress], None]


@dataclass(frozen=True)
class Ended:
    """End of the user's command."""

    status: int
    """Exit status of the command."""
    problem: str | None
    """Reason why it did not come to its end, in one sentence; None without a problem."""


def check_torch() -> str:
    """Return the version of torch; raises InputError where it is missing or not one of the releases that fly."""
    if importlib.util.find_spec("torch") is None:
        raise InputError(
            "a flight needs PyTorch, which is not installed; install it with: pip install 'skyrack[flight]' (on a machine "
            "without GPU, torch for CPUs alone is smaller: see pytorch.org)"
        )
    version = importlib.metadata.version("torch")
    found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if not OLDEST_TORCH <= found < FIRST_UNKNOWN_TORCH:
        raise InputError(
            f"a flight needs PyTorch {OLDEST_TORCH[0]}.{OLDEST_TORCH[1]} or later, below {FIRST_UNKNOWN_TORCH[0]}."
            f"{FIRST_UNKNOWN_TORCH[1]}; {version} is installed"
        )
    return version


def check_command(command: Sequence[str]) -> None:
    """Raise InputError for an empty command, or one that is not found."""
    if not command:
        raise InputError("name the command after '--', for example: -- torchrun --nproc-per-node 8 train.py")
    if shutil.which(command[0], path=_path()) is None:
        raise InputError(f"{command[0]}: this command is not found; write it as you would without a flight")


def _path() -> str:
    """Return the search path, with the folder of this Python first: its torchrun is the one that belongs to it."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def environment(folder: Path, command: Sequence[str], *, restarts: bool) -> dict[str, str]:
    """Return the environment of the user's command."""
    site = Path(__file__).parent / "site"
    given = dict(os.environ)
    given |= {
        "PATH": _path(),
        "PYTHONPATH": os.pathsep.join([str(site), *filter(None, [given.get("PYTHONPATH")])]),
        "SKYRACK_FLIGHT": str(folder.resolve()),
        "SKYRACK_FLIGHT_PACKAGE": str(Path(__file__).parents[2]),
        # the attempts of torchrun share a store otherwise, in which Gloo finds the addresses of dead ranks: pytorch#135712
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
    }
    given.setdefault("OMP_NUM_THREADS", "1")
    if restarts:
        given.setdefault("PET_MAX_RESTARTS", str(MAX_RESTARTS))
        given.setdefault("PET_MONITOR_INTERVAL", "0.1")
    if not any(word in argument for argument in command for word in ("rdzv", "standalone", "master")):
        given.setdefault("PET_STANDALONE", "1")  # a port of its own, so that two flights do not meet
    return given


@contextmanager
def passed_on(keeper: subprocess.Popen[bytes]) -> Iterator[None]:
    """Pass on to the command, for as long as the block lasts, the signals that a scheduler sends to its job."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    before = {number: signal.signal(number, lambda given, _: keeper.send_signal(given)) for number in PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Launch:
    """Command of a flight under way."""

    def __init__(self, folder: Path, command: Sequence[str], on_progress: OnFlight | None, output: IO[str]) -> None:
        """Prepare the launch of a command in a flight's folder; its output goes to `output` and to job.log."""
        self.folder, self.command, self.output = folder, list(command), output
        self.settings = Settings.read(folder)
        self.on_progress = on_progress or (lambda _: None)
        self._seen_attempts = 1
        self._stalled_since: tuple[tuple[int, ...], float] | None = None

    def run(self) -> Ended:
        """Run the command to its end."""
        restarts = any(fault["kind"] == "kill" for fault in self.settings.faults)
        keeper = subprocess.Popen(  # noqa: S603 - the user's own command, held by a process of ours
            [sys.executable, "-m", "skyrack.flight.keeper", *self.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(self.folder, self.command, restarts=restarts),
            start_new_session=True,  # so that it gets each signal once, from here
        )
        with passed_on(keeper):
            return self._held(keeper)

    def _held(self, keeper: subprocess.Popen[bytes]) -> Ended:
        reader = threading.Thread(target=self._copy, args=(keeper.stdout,), daemon=True)
        reader.start()
        problem = None
        try:
            while keeper.poll() is None:
                problem = problem or self._watch()
                if problem is not None and keeper.stdin is not None and not keeper.stdin.closed:
                    keeper.stdin.close()  # the keeper kills the command and all that it has started
                time.sleep(POLL_S)
        finally:
            if keeper.stdin is not None and not keeper.stdin.closed:
                keeper.stdin.close()
            keeper.wait()
            reader.join(timeout=5.0)
            if keeper.stdout is not None:
                keeper.stdout.close()
            shutil.rmtree(self.folder / "board", ignore_errors=True)
        return Ended(keeper.returncode, problem or self._problem(keeper.returncode))

    def _copy(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with (self.folder / "job.log").open("wb") as log:
            for line in stream:
                log.write(line)
                log.flush()
                self.output.write(line.decode(errors="replace"))
                self.output.flush()

    def _statuses(self) -> tuple[MemoryBoard | None, list[Status | None]]:
        attempts = sorted((self.folder / "board").glob("*"), key=lambda path: int(path.name))
        if not attempts:
            return None, [None] * self.settings.n_ranks
        board = MemoryBoard(attempts[-1], self.settings.n_ranks)
        return board, [board.status(rank) for rank in range(self.settings.n_ranks)]

    def _watch(self) -> str | None:
        """Report the progress; return a problem that ends the flight, None without one."""
        board, statuses = self._statuses()
        known = [status for status in statuses if status is not None]
        if known:
            self.on_progress(Progress(min(one.time_s for one in known), min(one.step for one in known), len(known)))
        if (self.folder / "problem.txt").is_file():
            return (self.folder / "problem.txt").read_text("utf-8").strip()
        if self._restarts_in_vain():
            return "the script failed by itself and would fail again after a restart; its output is in job.log"
        if board is None or len(known) < self.settings.n_ranks:
            return None
        return self._deadlock(board, known)

    def _restarts_in_vain(self) -> bool:
        """Return True if an attempt ended without the loss of a satellite, where the restarts are those of this launcher."""
        attempts = sorted(int(path.name) for path in (self.folder / "board").glob("*"))
        if len(attempts) <= self._seen_attempts or any("restarts" in word for word in self.command):
            return False
        self._seen_attempts = len(attempts)
        killed = {
            row["attempt"]
            for path in (self.folder / "ranks").glob("*.jsonl")
            for row in read_log(path)
            if row.get("event") == "kill"
        }
        return not set(attempts[:-1]) <= killed

    def _deadlock(self, board: MemoryBoard, statuses: list[Status]) -> str | None:
        """Return who waits for whom where no rank has gone on for a while and none can; None otherwise."""
        changes = tuple(one.changes for one in statuses)
        if self._stalled_since is None or self._stalled_since[0] != changes:
            self._stalled_since = (changes, time.monotonic())
            return None
        waiting = {rank: one for rank, one in enumerate(statuses) if one.state == WAITING}
        is_stalled = time.monotonic() - self._stalled_since[1] > STALLED_S
        if not waiting or not is_stalled or any(one.state == DYING for one in statuses):
            return None
        if not blocked_forever(board, list(range(len(statuses))), lambda _: False):
            return None
        parts = [f"rank {rank} in {one.operation} (collective {one.sequence})" for rank, one in waiting.items()]
        ended = [str(rank) for rank, one in enumerate(statuses) if one.state == LEFT]
        more = f"; ended: {', '.join(ended)}" if ended else ""
        return f"the ranks wait for each other and none can go on: {', '.join(parts[:8])}{more}"

    def _problem(self, status: int) -> str | None:
        """Return why a command ended that has ended by itself."""
        from skyrack.flight.record import Record

        record = Record(self.folder)
        problems = [
            row
            for rows in record.rows
            for row in rows
            if row.get("event") in ("desync", "timeline ends", "not charged")
        ]
        if (self.folder / "problem.txt").is_file():
            return (self.folder / "problem.txt").read_text("utf-8").strip()
        if problems:
            return str(problems[-1]["detail"])
        if not any(record.rows):
            return (
                "no rank joined the flight: the script made no process group (start it with torchrun --nproc-per-node "
                f"{self.settings.n_ranks}), or started Python with -I, -E or -S"
                if status == 0
                else f"the command ended with status {status} before its ranks joined the flight; its output is in job.log"
            )
        if not record.is_complete:
            log = (self.folder / "job.log").read_text("utf-8", errors="replace")
            if "CUDA" in log and ("NVIDIA driver" in log or "not compiled with CUDA" in log or "No CUDA GPUs" in log):
                return "the script asks for a GPU; a flight computes on CPUs: choose the device by torch.cuda.is_available()"
            killed = " after a satellite was lost, and was not started again" if _was_killed(record.rows) else ""
            return f"the script ended with status {status}{killed}; its output is in job.log"
        return None if status == 0 else f"the command ended with status {status}; its output is in job.log"


def _was_killed(rows: list[list[dict[str, object]]]) -> bool:
    last = [one[-1] for one in rows if one]
    return any(row.get("event") == "kill" for row in last)
