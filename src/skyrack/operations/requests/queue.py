"""The queue: it takes requests for runs and studies, assigns them to worker processes, and maintains their index.

A request is a folder, so that it outlives the service:

requests/ID/request.json   the request
requests/ID/begun          a worker was started for it
requests/ID/lock           held by its worker while it runs
requests/ID/lock.holder    id of the worker's process
requests/ID/progress.json  progress of the worker
requests/ID/error.json     reason of a failure
requests/ID/cancelled      it was stopped, and is resumed only by request
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
from skyrack.operations.requests.database import Database
from skyrack.operations.requests.errors import TakenError
from skyrack.operations.requests.index import ID, FolderIndex, read_json
from skyrack.operations.requests.settings import Settings
from skyrack.results.run_list import remove

CHECK_INTERVAL_S = 1.0
STOP_S = 10.0
log = logging.getLogger("skyrack.operations.requests")


class RequestQueue:
    """Queue of the runs and studies of one service."""

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
        """Start serving the queue; requests left by a stopped service are resumed."""
        for root in (self.requests, self.settings.runs, self.settings.studies):
            for doomed in root.glob(".removed-*"):  # left by a service that was killed while deleting
                shutil.rmtree(doomed, ignore_errors=True)
        self._thread = self.clock.start_thread(self._mind, "request queue")

    def close(self) -> None:
        """Stop serving the queue; workers continue by themselves."""
        self._is_closing.set()
        if self._thread is not None:
            self._thread.join()
        for id_, child in self._children.items():
            if child.poll() is None:  # so that a process that goes on after this is left no zombie
                threading.Thread(target=child.wait, name=f"end of {id_}", daemon=True).start()

    def _has_child(self, id_: str) -> bool:
        child = self._children.get(id_)
        return child is not None and child.poll() is None

    # --- requests

    def ask(self, kind: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Append a request to the queue, and return its row."""
        root = self.index.root_of(kind)
        with self._lock:
            stem = f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
            number, chosen = 1, stem
            while (root / chosen).exists() or (self.requests / chosen).exists():
                number += 1
                chosen = f"{stem}-{number}"
            draft = self.requests / f".{chosen}"
            draft.mkdir(exist_ok=True)
            whole = request | {
                "kind": kind,
                "id": chosen,
                "name": name,
                "out": str((root / chosen).absolute()),
                "threads": self.settings.threads,
                "asked": datetime.now(UTC).isoformat(timespec="microseconds"),
            }
            write_json(draft / "request.json", whole)
            draft.rename(self.requests / chosen)
        self._serve_queue()
        self._index_now()
        return self.index.row(kind, chosen)

    def resume(self, kind: str, id_: str) -> dict[str, Any]:
        """Put an interrupted, failed or stopped request back into the queue. Raises TakenError in any other state."""
        row = self.index.row(kind, id_)
        if row["state"] not in ("interrupted", "failed", "cancelled"):
            raise TakenError(
                f"{id_}: it is {row['state']}; only an interrupted, failed or stopped request can be resumed"
            )
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
                        "out": str((self.index.root_of(kind) / id_).absolute()),
                        "threads": self.settings.threads,
                        "asked": datetime.now(UTC).isoformat(timespec="microseconds"),
                    },
                )
            for name in ("cancelled", "error.json", "progress.json", "begun"):
                (folder / name).unlink(missing_ok=True)
        self._serve_queue()
        return self.index.row(kind, id_)

    def stop(self, kind: str, id_: str) -> dict[str, Any]:
        """Stop a queued or running request; its results are kept and can be resumed.

        Raises TakenError in any other state, or if another process started it.
        """
        row = self.index.row(kind, id_)
        if row["state"] not in ("queued", "running"):
            raise TakenError(f"{id_}: it is {row['state']}; only a queued or running request can be stopped")
        folder = self.requests / id_
        if row["state"] == "running" and not self.index.is_worked_on(folder):
            raise TakenError(f"{id_}: it was started by another process; stop it there")
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
        """Delete a run or study with all that is in its folder. Raises TakenError while it is queued or running."""
        row = self.index.row(kind, id_)
        if row["state"] in ("queued", "running"):
            raise TakenError(f"{id_}: it is {row['state']}; stop it first")
        path = self.index.root_of(kind) / id_
        _delete_folder(self.requests / id_)  # first, since a request without its run folder would be run again
        if kind == "run" and (path / "manifest.json").is_file():
            remove(path)
        else:
            _delete_folder(path)
        self._index_now()

    # --- listing

    def rows(self, kind: str) -> tuple[list[dict[str, Any]], str]:
        """Return all runs or studies, newest first, and the source: "index", or "folders" without an index."""
        if self.index_trouble is None:  # else the index is outdated, even if it can be read
            try:
                found = self.database.entries(kind)
            except SQLAlchemyError as error:
                self.index_trouble = str(error).splitlines()[0]
            else:
                return self.index.freshened(kind, found), "index"
        return self.index.scan(kind), "folders"

    # --- serving the queue

    def _mind(self) -> None:
        while not self._is_closing.wait(CHECK_INTERVAL_S):
            try:
                self._serve_queue()
                self._index()
            except OSError as error:
                log.warning("the queue could not read its folders: %s", error)
            except Exception:
                log.exception("the queue failed")

    def _serve_queue(self) -> None:
        """Start workers for the waiting requests, oldest first, as many as may run at once."""
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
                [sys.executable, "-m", "skyrack.operations.requests.worker", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._children[folder.name] = child
        # afterwards: a service killed here starts a second worker, and the lock lets only one run
        (folder / "begun").touch()
        log.info("worker begun", extra={"run": folder.name, "pid": child.pid})

    def _index_now(self) -> None:
        """Update the index, so that the caller finds its request in the list; not while the database is unreachable."""
        if self.index_trouble is None:
            self._index()

    def _index(self) -> None:
        """Update the index from the folders."""
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


def _delete_folder(path: Path) -> None:
    """Delete a folder; it is renamed first, so that it is never seen half deleted."""
    doomed = path.with_name(f".removed-{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
