"""The index of runs and studies, read from the folders of requests, runs and studies at every call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skyrack.core.file_lock import is_held
from skyrack.operations.requests.errors import MissingError
from skyrack.operations.requests.settings import Settings
from skyrack.results.run_list import row_of

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
"""Accepted names of folders."""


class FolderIndex:
    """Rows of runs and studies, as lists show them."""

    def __init__(self, settings: Settings, is_begun: Callable[[str], bool]) -> None:
        self.settings = settings
        self.requests = settings.own / "requests"
        self._is_begun = is_begun
        """Test whether this service has started a worker for a request, which may not hold its lock yet."""
        self._known: dict[str, tuple[int, dict[str, Any]]] = {}
        """Rows of complete runs, with the time (ns) at which each manifest was written."""

    def root_of(self, kind: str) -> Path:
        """Return the folder that holds all folders of a kind."""
        return self.settings.studies if kind == "study" else self.settings.runs

    def folder(self, kind: str, id_: str) -> Path:
        """Return the folder of a run or study. Raises MissingError if there is none."""
        root = self.root_of(kind)
        if not ID.fullmatch(id_) or not (root / id_).is_dir() or (root / id_).is_symlink():
            raise MissingError(f"there is no {kind} {id_!r:.110}")
        return root / id_

    def row(self, kind: str, id_: str) -> dict[str, Any]:
        """Return the row of one run or study from its folders. Raises MissingError if there is none."""
        row = self._row(kind, id_) if ID.fullmatch(id_) else None
        if row is None:
            raise MissingError(f"there is no {kind} {id_!r:.110}")
        return row

    def scan(self, kind: str) -> list[dict[str, Any]]:
        """Return the rows of all runs or studies from their folders, newest first."""
        root = self.root_of(kind)
        names = {path.name for path in root.iterdir()} if root.is_dir() else set()
        names |= {path.name for path in self.requests.iterdir()}
        rows = [row for name in names if ID.fullmatch(name) and (row := self._row(kind, name)) is not None]
        return sorted(rows, key=lambda row: (row["begun"], row["id"]), reverse=True)

    def freshened(self, kind: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows of an index, which may be a second old, with all that may have changed read again."""
        seen = (row if row["state"] == "complete" else self._row(kind, row["id"]) for row in rows)
        return [row for row in seen if row is not None]

    def is_worked_on(self, folder: Path) -> bool:
        """Return True if a worker is running, or is about to."""
        return self._is_begun(folder.name) or is_held(folder / "lock")

    def _row(self, kind: str, id_: str) -> dict[str, Any] | None:
        request_folder = self.requests / id_
        base = self._run_row(id_) if kind == "run" else self._study_row(id_)
        still = {"kind": kind, "error": None, "progress": None, "can_resume": False}
        if base is not None and base["state"] == "complete" and not self.is_worked_on(request_folder):
            return base | still
        request = read_json(request_folder / "request.json")
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
        """Return the state of a request that is not complete, or whose worker is still writing the report."""
        if is_asked and self.is_worked_on(folder):
            progress = read_json(folder / "progress.json") or None
            return {"state": "running", "progress": progress, "ended": None, "figures": None}
        if not is_asked or of_folder in ("running", "complete"):
            return {"state": of_folder, "can_resume": of_folder == "interrupted"}
        error = read_json(folder / "error.json").get("sentence")
        if error is not None:
            return {"state": "failed", "error": error, "can_resume": True}
        if (folder / "cancelled").exists():
            return {"state": "cancelled", "can_resume": True}
        was_begun = (folder / "begun").exists()
        return {"state": "interrupted" if was_begun else "queued", "can_resume": was_begun}

    def _run_row(self, id_: str) -> dict[str, Any] | None:
        manifest = self.settings.runs / id_ / "manifest.json"
        try:
            stamp = manifest.stat().st_mtime_ns
        except OSError:
            return None
        kept = self._known.get(id_)
        if kept is not None and kept[0] == stamp:
            return dict(kept[1])
        row = row_of(self.settings.runs / id_)
        if row is not None and row["state"] == "complete":
            self._known[id_] = stamp, dict(row)
        return row

    def _study_row(self, id_: str) -> dict[str, Any] | None:
        document = read_json(self.settings.studies / id_ / "study.json")
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


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object; an empty one if there is none, or if the file is incomplete."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
