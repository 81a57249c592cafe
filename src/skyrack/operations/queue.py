"""The desk: takes requests for runs and studies, gives them to worker processes, and keeps their index.

A request is a folder, so that it outlives the service:

requests/ID/request.json   what was asked
requests/ID/begun          a worker was started for it
requests/ID/lock           held by its worker while it lives
requests/ID/lock.holder    which process that is
requests/ID/progress.json  how far the worker has come
requests/ID/error.json     why it failed
requests/ID/cancelled      it was stopped and shall not go on by itself
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from skyrack.control.clock import Clock
from skyrack.core.atomic_file import write_json
from skyrack.core.file_lock import holder_pid
from skyrack.operations.database import Database
from skyrack.operations.errors import TakenError
from skyrack.operations.index import ID, FolderIndex, read_json
from skyrack.operations.settings import Settings
from skyrack.results.run_list import remove

LOOK_S = 1.0
STOP_S = 10.0
log = logging.getLogger("skyrack.operations")


class RequestQueue:
    """Runs and studies of one service."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self.settings, self.database, self.clock = settings, database, clock
        self.requests = settings.own / "requests"
        self.requests.mkdir(parents=True, exist_ok=True)
        settings.runs.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._index_lock = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.index = FolderIndex(settings, self._has_child)
        self._is_closing = clock.event()
        self._indexed: dict[str, Any] = {}
        self.index_trouble: str | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to mind the queue; requests that a stopped service left are taken up."""
        for shelf in (self.requests, self.settings.runs, self.settings.studies):
            for doomed in shelf.glob(".removed-*"):  # a service that was killed while it deleted
                shutil.rmtree(doomed, ignore_errors=True)
        self._thread = self.clock.start_thread(self._mind, "request queue")

    def close(self) -> None:
        """Stop minding; workers go on by themselves."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join()
        for id_, child in self._children.items():
            if child.poll() is None:  # a process that goes on, and closes desks as it likes, is left no zombie
                threading.Thread(target=child.wait, name=f"end of {id_}", daemon=True).start()

    def _has_child(self, id_: str) -> bool:
        child = self._children.get(id_)
        return child is not None and child.poll() is None

    # --- asking

    def ask(self, kind: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a request at the end of the queue; returns its row."""
        shelf = self.index.shelf(kind)
        with self._lock:
            stem = f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            number, chosen = 1, stem
            while (shelf / chosen).exists() or (self.requests / chosen).exists():
                number += 1
                chosen = f"{stem}-{number}"
            draft = self.requests / f".{chosen}"
            draft.mkdir(exist_ok=True)
            whole = request | {
                "kind": kind,
                "id": chosen,
                "name": name,
                "out": str((shelf / chosen).absolute()),
                "threads": self.settings.threads,
                "asked": datetime.now(UTC).isoformat(timespec="microseconds"),
            }
            write_json(draft / "request.json", whole)
            draft.rename(self.requests / chosen)
        self._serve_queue()
        self._index_now()
        return self.index.row(kind, chosen)

    def resume(self, kind: str, id_: str) -> dict[str, Any]:
        """Put an interrupted, failed or stopped run back into the queue."""
        row = self.index.row(kind, id_)
        if row["state"] not in ("interrupted", "failed", "cancelled"):
            raise TakenError(f"{id_}: it is {row['state']}; only what was interrupted, failed or was stopped can go on")
        folder = self.requests / id_
        with self._lock:
            if not (folder / "request.json").is_file():
                folder.mkdir(exist_ok=True)
                write_json(
                    folder / "request.json",
                    {
                        "kind": kind,
                        "id": id_,
                        "name": row["scenario"],
                        "source": {},
                        "overrides": {},
                        "changes": {},
                        "out": str((self.index.shelf(kind) / id_).absolute()),
                        "threads": self.settings.threads,
                        "asked": datetime.now(UTC).isoformat(timespec="microseconds"),
                    },
                )
            for name in ("cancelled", "error.json", "progress.json", "begun"):
                (folder / name).unlink(missing_ok=True)
        self._serve_queue()
        return self.index.row(kind, id_)

    def stop(self, kind: str, id_: str) -> dict[str, Any]:
        """Stop a queued or running request; what it has done stays and can be resumed."""
        row = self.index.row(kind, id_)
        if row["state"] not in ("queued", "running"):
            raise TakenError(f"{id_}: it is {row['state']}; only what is queued or running can be stopped")
        folder = self.requests / id_
        if row["state"] == "running" and not self.index.is_worked_on(folder):
            raise TakenError(f"{id_}: it was not begun by this service; stop it where it was begun")
        (folder / "cancelled").touch()
        deadline_s = self.clock.monotonic_s() + STOP_S
        while self.index.is_worked_on(folder) and self.clock.monotonic_s() < deadline_s:
            child = self._children.get(id_)
            pid = child.pid if child is not None else holder_pid(folder / "lock")
            if pid:
                _signal(pid, signal.SIGTERM)
            self.clock.sleep(0.1)
        return self.index.row(kind, id_)

    def remove(self, kind: str, id_: str) -> None:
        """Delete a run or study with all that is in its folder."""
        row = self.index.row(kind, id_)
        if row["state"] in ("queued", "running"):
            raise TakenError(f"{id_}: it is {row['state']}; stop it first")
        path = self.index.shelf(kind) / id_
        _take_away(self.requests / id_)  # first: a request without its folder would be flown anew
        if kind == "run" and (path / "manifest.json").is_file():
            remove(path)
        else:
            _take_away(path)
        self._index_now()

    # --- listing

    def rows(self, kind: str) -> tuple[list[dict[str, Any]], str]:
        """All runs or studies, newest first, and where the list is from: the index, or the folders where it is gone."""
        if self.index_trouble is None:  # else the index is old, even where it can be read
            try:
                found = self.database.entries(kind)
            except SQLAlchemyError as error:
                self.index_trouble = str(error).splitlines()[0]
            else:
                return self.index.freshened(kind, found), "index"
        return self.index.scan(kind), "folders"

    # --- minding the queue

    def _mind(self) -> None:
        while not self._is_closing.wait(LOOK_S):
            try:
                self._serve_queue()
                self._index()
            except OSError as error:
                log.warning("the queue could not read its folders: %s", error)
            except Exception:
                log.exception("the queue failed")

    def _serve_queue(self) -> None:
        """Start workers for what waits, oldest first, as many as may run at once."""
        with self._lock:
            self._children = {id_: child for id_, child in self._children.items() if child.poll() is None}
            waiting = []
            n_running = 0
            for folder in self.requests.iterdir():
                if not ID.fullmatch(folder.name):
                    continue
                if self.index.is_worked_on(folder):
                    n_running += 1
                elif not any((folder / name).exists() for name in ("begun", "cancelled", "error.json")):
                    asked = read_json(folder / "request.json").get("asked")
                    if asked is not None:
                        waiting.append((asked, folder))
            for _, folder in sorted(waiting)[: max(0, self.settings.workers - n_running)]:
                self._begin(folder)

    def _begin(self, folder: Path) -> None:
        with (folder / "log.txt").open("ab") as said:
            child = subprocess.Popen(  # noqa: S603 - our own module, a folder we named
                [sys.executable, "-m", "skyrack.operations.worker", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._children[folder.name] = child
        # after it: a service that is killed here begins it again, and the lock keeps one of both
        (folder / "begun").touch()
        log.info("worker begun", extra={"run": folder.name, "pid": child.pid})

    def _index_now(self) -> None:
        """So that whoever asked finds it in the list; not where the database makes one wait."""
        if self.index_trouble is None:
            self._index()

    def _index(self) -> None:
        """Bring the index to what the folders say."""
        with self._index_lock:
            try:
                if self.index_trouble is not None:  # it may be another database, with nothing in it
                    self.database.migrate()
                    self._indexed = {}
                for kind in ("run", "study"):
                    rows = self.index.scan(kind)
                    if self._indexed.get(kind) != rows:
                        self.database.replace(kind, rows)
                        self._indexed[kind] = rows
            except SQLAlchemyError as error:
                if self.index_trouble is None:
                    log.warning("the index cannot be written: %s", str(error).splitlines()[0])
                self.index_trouble = str(error).splitlines()[0]
            else:
                self.index_trouble = None


def _take_away(path: Path) -> None:
    """Delete a folder at once: it is renamed first, so that no half of it is ever seen."""
    doomed = path.with_name(f".removed-{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
