"""A service to test, in a process of its own or in a thread of this one, and a PostgreSQL of our own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import yaml

TINY = yaml.safe_load((Path(__file__).parents[2] / "tiny.yaml").read_text())
HERE = "http://127.0.0.1"
MOVING = ("queued", "running")


GIVE_UP_S = 300.0
"""Longest wait for what must come; no test depends on how long it takes."""


def until(condition, every_s=0.05):
    """Wait until a condition holds of what goes on elsewhere, in another process or thread; returns its value."""
    deadline_s = time.monotonic() + GIVE_UP_S
    while not (found := condition()):
        assert time.monotonic() < deadline_s, f"waited {GIVE_UP_S:g} s in vain"
        time.sleep(every_s)
    return found


def ended(client, row, progress=None):
    """The row of a run or a study when nothing moves any more; its progress on the way is kept in a list."""
    path = f"/api/{'studies' if row['kind'] == 'study' else 'runs'}/{row['id']}"

    def look():
        now = client.get(path).json()
        if progress is not None and now["progress"]:
            progress.append(now["progress"])
        return now if now["state"] not in MOVING else None

    return until(look)


def end_workers(runs: Path) -> None:
    """End the workers of a shelf, as a test's end shall leave nothing behind."""
    for folder in (runs / ".skyrack" / "requests").glob("*"):
        (folder / "cancelled").touch()
    for pid in workers(runs):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not workers(runs))


def workers(runs: Path) -> dict[int, str]:
    """Processes that work for a shelf now, starting ones too, and what each of them carries out."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            mine = [Path(os.fsdecode(word)) for word in words if word.startswith(os.fsencode(runs))]
            if b"skyrack.operations.requests.worker" in words and mine:
                found[int(process.name)] = mine[0].name
    return found


class Service:
    """`python -m skyrack.web up`, to be killed and begun again on the same folders."""

    def __init__(self, folder: Path, database_url: str = "", *options: str) -> None:
        import httpx2

        self.runs, self.studies, self.log = folder / "runs", folder / "studies", folder / "log.txt"
        self.options = ["--runs", self.runs, "--studies", self.studies, "--database", database_url, *options]
        self.process: subprocess.Popen[str] | None = None
        self.client = httpx2.Client(timeout=GIVE_UP_S)

    def begin(self) -> None:
        """Begin, and do not wait for anything."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "skyrack.web", "up", "--port", "0", "--threads", "1", *map(str, self.options)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def start(self) -> Service:
        """Begin, and wait until it answers."""
        self.begin()
        words = self.process.stdout.readline().split()
        assert words, self.log.read_text()
        self.client.base_url = next(word for word in words if word.startswith("http"))
        until(self._answers, 0.02)
        return self

    def _answers(self) -> bool:
        import httpx2

        with contextlib.suppress(httpx2.TransportError):
            return self.client.get("/healthz").status_code == 200
        return False

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.client.base_url.port

    def kill(self) -> None:
        """As a power cut would, or the kernel when memory is short."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C."""
        self._end(signal.SIGINT)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(GIVE_UP_S)
            self.process.stdout.close()
            self.process = None

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill()
        self.client.close()
        end_workers(self.runs)


class Hosted:
    """The service in a thread of this process, by a manual clock and with settings that the command line does not know."""

    def __init__(self, settings: Any) -> None:
        import httpx2

        from skyrack.control.clock import ManualClock
        from skyrack.web.__main__ import listen, server_of
        from skyrack.web.app import create_app

        self.listening = listen(settings)
        self.port = self.listening.getsockname()[1]
        self.clock = ManualClock()
        self.app = create_app(settings, clock=self.clock)
        self.live = self.app.state.live
        self.server = server_of(self.app)
        self.thread = threading.Thread(target=self.server.run, args=([self.listening],))
        self.client = httpx2.Client(base_url=f"{HERE}:{self.port}", timeout=GIVE_UP_S)
        self.thread.start()
        until(lambda: self.server.started, 0.02)

    def close(self) -> None:
        """Stop it and wait until it has."""
        self.client.close()
        self.server.should_exit = True
        self.thread.join()
        self.listening.close()


class Postgres:
    """A cluster of PostgreSQL of its own, reached by a socket in its folder; RuntimeError where it cannot be had."""

    def __init__(self) -> None:
        self.programs = _postgres_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.prefix = self._as_nobody() if os.geteuid() == 0 else []
        try:
            self._run("initdb", "-D", "data", "-U", "skyrack", "-A", "trust", "-N", "--no-locale", "-E", "UTF8")
            self.start()
        except RuntimeError:
            self.remove()
            raise

    def _as_nobody(self) -> list[str]:
        """PostgreSQL refuses to be run by root."""
        runuser = shutil.which("runuser")
        if runuser is None:
            raise RuntimeError("root needs runuser to start PostgreSQL")
        for user in ("postgres", "nobody"):
            with contextlib.suppress(LookupError):
                shutil.chown(self.folder, user)
                return [runuser, "-u", user, "--"]
        raise RuntimeError("there is no other user than root to start PostgreSQL as")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self.prefix, str(self.programs / program), *arguments]
        with (self.folder / "said.txt").open("w") as said:  # a pipe would be held open by the server
            done = subprocess.run(command, cwd=self.folder, stdout=said, stderr=said, timeout=GIVE_UP_S, check=False)
        if done.returncode:
            raise RuntimeError(f"{program}: {(self.folder / 'said.txt').read_text().strip()[-200:]}")

    def start(self) -> None:
        """Begin to serve."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=100"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log.txt", "-o", options, "start")

    def stop(self) -> None:
        """Go at once, as in a crash."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self, name: str) -> str:
        """An empty database; returns its URL."""
        import psycopg

        with psycopg.connect(f"postgresql://skyrack@/postgres?host={self.folder}", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://skyrack@/{name}?host={self.folder}"


def _postgres_programs() -> Path:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not places or not (places[0] / "pg_ctl").exists():
        raise RuntimeError("initdb and pg_ctl are not installed")
    return places[0]


def steady(path: Path) -> dict[str, Any]:
    """A run's summary without what differs from one flight to the next."""
    from skyrack.run.outputs import TIMINGS

    summary = json.loads((path / "summary.json").read_text())
    return {name: value for name, value in summary.items() if name not in TIMINGS}
