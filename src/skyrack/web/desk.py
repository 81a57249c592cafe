"""The desk: takes requests for runs and studies, gives them to worker processes, and knows how each fares.

A request is a folder, so that it outlives the service:

requests/ID/request.json   what was asked
requests/ID/begun          a worker was started for it
requests/ID/lock           held by its worker while it lives
requests/ID/pid.json       which process that is
requests/ID/progress.json  how far the worker has come
requests/ID/error.json     why it failed
requests/ID/cancelled      it was stopped and shall not go on by itself
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from skyrack import api
from skyrack.web.database import Database
from skyrack.web.problems import MissingError, TakenError
from skyrack.web.settings import Settings
from skyrack.web.worker import write_json

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
LOOK_S = 1.0
STOP_S = 10.0
log = logging.getLogger("skyrack.web.desk")


class Desk:
    """Runs and studies of one service."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.requests = settings.own / "requests"
        self.requests.mkdir(parents=True, exist_ok=True)
        settings.runs.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._index_lock = threading.Lock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._is_closing = threading.Event()
        self._indexed: dict[str, Any] = {}
        self._known: dict[str, tuple[int, dict[str, Any]]] = {}
        """Rows of complete runs, with the time at which each was written."""
        self.index_trouble: str | None = None
        self._thread = threading.Thread(target=self._mind, name="desk", daemon=True)

    def start(self) -> None:
        """Begin to mind the queue; requests that a stopped service left are taken up."""
        for shelf in (self.requests, self.settings.runs, self.settings.studies):
            for doomed in shelf.glob(".removed-*"):  # a service that was killed while it deleted
                shutil.rmtree(doomed, ignore_errors=True)
        self._thread.start()

    def close(self) -> None:
        """Stop minding; workers go on by themselves."""
        self._is_closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for child in self._children.values():
            child.poll()

    # --- asking

    def ask(self, kind: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a request at the end of the queue; returns its row."""
        shelf = self._shelf(kind)
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
        return self.row(kind, chosen)

    def resume(self, kind: str, id_: str) -> dict[str, Any]:
        """Put an interrupted, failed or stopped run back into the queue."""
        row = self.row(kind, id_)
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
                        "out": str((self._shelf(kind) / id_).absolute()),
                        "threads": self.settings.threads,
                        "asked": datetime.now(UTC).isoformat(timespec="microseconds"),
                    },
                )
            for name in ("cancelled", "error.json", "progress.json", "begun"):
                (folder / name).unlink(missing_ok=True)
        self._serve_queue()
        return self.row(kind, id_)

    def stop(self, kind: str, id_: str) -> dict[str, Any]:
        """Stop a queued or running request; what it has done stays and can be resumed."""
        row = self.row(kind, id_)
        if row["state"] not in ("queued", "running"):
            raise TakenError(f"{id_}: it is {row['state']}; only what is queued or running can be stopped")
        folder = self.requests / id_
        if row["state"] == "running" and not self._is_worked_on(folder):
            raise TakenError(f"{id_}: it was not begun by this service; stop it where it was begun")
        (folder / "cancelled").touch()
        deadline = time.monotonic() + STOP_S
        while self._is_worked_on(folder) and time.monotonic() < deadline:
            child = self._children.get(id_)
            pid = child.pid if child is not None else _json(folder / "pid.json").get("pid")
            if pid:
                _signal(int(pid), signal.SIGTERM)
            time.sleep(0.1)
        return self.row(kind, id_)

    def remove(self, kind: str, id_: str) -> None:
        """Delete a run or study with all that is in its folder."""
        row = self.row(kind, id_)
        if row["state"] in ("queued", "running"):
            raise TakenError(f"{id_}: it is {row['state']}; stop it first")
        path = self._shelf(kind) / id_
        _take_away(self.requests / id_)  # first: a request without its folder would be flown anew
        if kind == "run" and (path / "manifest.json").is_file():
            api.remove_run(path)
        else:
            _take_away(path)
        self._index_now()

    # --- knowing

    def folder(self, kind: str, id_: str) -> Path:
        """The folder of a run or study; MissingError where there is none."""
        shelf = self._shelf(kind)
        if not ID.fullmatch(id_) or not (shelf / id_).is_dir() or (shelf / id_).is_symlink():
            raise MissingError(f"there is no {kind} {id_!r:.110}")
        return shelf / id_

    def _shelf(self, kind: str) -> Path:
        return self.settings.studies if kind == "study" else self.settings.runs

    def rows(self, kind: str) -> tuple[list[dict[str, Any]], str]:
        """All runs or studies, newest first, and where the list is from: the index, or the folders where it is gone."""
        if self.index_trouble is None:  # else the index is old, even where it can be read
            try:
                found = self.database.entries(kind)
            except SQLAlchemyError as error:
                self.index_trouble = str(error).splitlines()[0]
            else:
                fresh = (self._fresh(kind, row) for row in found)
                return [row for row in fresh if row is not None], "index"
        return self.scan(kind), "folders"

    def row(self, kind: str, id_: str) -> dict[str, Any]:
        """One run or study, from its folders; MissingError where there is none."""
        row = self._row(kind, id_) if ID.fullmatch(id_) else None
        if row is None:
            raise MissingError(f"there is no {kind} {id_!r:.110}")
        return row

    def scan(self, kind: str) -> list[dict[str, Any]]:
        """All runs or studies, from their folders."""
        shelf = self._shelf(kind)
        names = {path.name for path in shelf.iterdir()} if shelf.is_dir() else set()
        names |= {path.name for path in self.requests.iterdir()}
        rows = [row for name in names if ID.fullmatch(name) and (row := self._row(kind, name)) is not None]
        return sorted(rows, key=lambda row: (row["begun"], row["id"]), reverse=True)

    def _fresh(self, kind: str, row: dict[str, Any]) -> dict[str, Any] | None:
        """What may change is looked at anew: the index may be a second old."""
        return row if row["state"] == "complete" else self._row(kind, row["id"])

    def _row(self, kind: str, id_: str) -> dict[str, Any] | None:
        request_folder = self.requests / id_
        base = self._run_row(id_) if kind == "run" else self._study_row(id_)
        still = {"kind": kind, "error": None, "progress": None, "can_resume": False}
        if base is not None and base["state"] == "complete" and not self._is_worked_on(request_folder):
            return base | still
        request = _json(request_folder / "request.json")
        if request and request.get("kind") != kind:
            request = {}
        if base is None and not request:
            return None
        row = base or {
            "id": id_,
            "scenario": request.get("scenario", request["name"]),
            "title": request["name"],
            "state": "queued",
            "begun": request["asked"][:19] + "+00:00",
            "ended": None,
            "figures": None,
        }
        return row | still | self._state(row["state"], request_folder, bool(request))

    def _state(self, of_folder: str, folder: Path, is_asked: bool) -> dict[str, Any]:
        """State of what is not complete, or is but for its report."""
        if is_asked and self._is_worked_on(folder):
            progress = _json(folder / "progress.json") or None
            return {"state": "running", "progress": progress, "ended": None, "figures": None}
        if not is_asked or of_folder in ("running", "complete"):
            return {"state": of_folder, "can_resume": of_folder == "interrupted"}
        error = _json(folder / "error.json").get("sentence")
        if error is not None:
            return {"state": "failed", "error": error, "can_resume": True}
        if (folder / "cancelled").exists():
            return {"state": "cancelled", "can_resume": True}
        was_begun = (folder / "begun").exists()
        return {"state": "interrupted" if was_begun else "queued", "can_resume": was_begun}

    def _is_worked_on(self, folder: Path) -> bool:
        """Whether a worker lives, or is about to."""
        child = self._children.get(folder.name)
        return (child is not None and child.poll() is None) or is_locked(folder)

    def _run_row(self, id_: str) -> dict[str, Any] | None:
        manifest = self.settings.runs / id_ / "manifest.json"
        try:
            stamp = manifest.stat().st_mtime_ns
        except OSError:
            return None
        kept = self._known.get(id_)
        if kept is not None and kept[0] == stamp:
            return dict(kept[1])
        row = next(iter(api.runs(self.settings.runs, only=id_)), None)
        if row is not None and row["state"] == "complete":
            self._known[id_] = stamp, dict(row)
        return row

    def _study_row(self, id_: str) -> dict[str, Any] | None:
        document = _json(self.settings.studies / id_ / "study.json")
        if not {"outcome", "plan"} <= document.keys():
            return None
        plan = document["plan"]
        is_complete = document["outcome"] == "complete"
        try:
            when = datetime.fromtimestamp((self.settings.studies / id_ / "study.json").stat().st_mtime, UTC)
        except OSError:  # deleted just now
            return None
        return {
            "id": id_,
            "scenario": str(plan.get("scenario", "")),
            "title": f"{plan.get('method', '')} of {plan.get('scenario', '')}",
            "state": "complete" if is_complete else "interrupted",
            "begun": when.isoformat(timespec="seconds"),
            "ended": when.isoformat(timespec="seconds") if is_complete else None,
            "figures": None,
        }

    # --- minding the queue

    def _mind(self) -> None:
        while not self._is_closing.wait(LOOK_S):
            try:
                self._serve_queue()
                self._index()
            except OSError as error:
                log.warning("the desk could not look: %s", error)
            except Exception:
                log.exception("the desk stumbled")

    def _serve_queue(self) -> None:
        """Start workers for what waits, oldest first, as many as may run at once."""
        with self._lock:
            self._children = {id_: child for id_, child in self._children.items() if child.poll() is None}
            waiting = []
            n_running = 0
            for folder in self.requests.iterdir():
                if not ID.fullmatch(folder.name):
                    continue
                if self._is_worked_on(folder):
                    n_running += 1
                elif not any((folder / name).exists() for name in ("begun", "cancelled", "error.json")):
                    asked = _json(folder / "request.json").get("asked")
                    if asked is not None:
                        waiting.append((asked, folder))
            for _, folder in sorted(waiting)[: max(0, self.settings.workers - n_running)]:
                self._begin(folder)

    def _begin(self, folder: Path) -> None:
        with (folder / "log.txt").open("ab") as said:
            child = subprocess.Popen(  # noqa: S603 - our own module, a folder we named
                [sys.executable, "-m", "skyrack.web.worker", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._children[folder.name] = child
        (
            folder / "begun"
        ).touch()  # after it: a service that is killed here begins it again, and the lock keeps one of both
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
                    rows = self.scan(kind)
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


def is_locked(folder: Path) -> bool:
    """Whether a worker lives."""
    try:
        with (folder / "lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
