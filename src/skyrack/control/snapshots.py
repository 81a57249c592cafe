"""The folder in which a live twin leaves itself: its newest state, and earlier ones to go back to.

twin.json         name, speed, events, and which state belongs to them
state-N.npz       the newest state, of step N
tracks.json       what was seen so far
frames/N.npz      earlier states, thinned out as they become many
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from skyrack.core.atomic_file import disk_errors
from skyrack.core.compile_cache import source_digest
from skyrack.core.errors import RunError
from skyrack.results.run_folder import RunFolder

MAX_FRAMES = 16
Arrays = dict[str, NDArray[Any]]


class TwinSnapshots:
    """Where one twin is kept."""

    def __init__(self, path: Path, scenario_sha256: str) -> None:
        self.path, self.scenario_sha256 = path, scenario_sha256
        with disk_errors(path):
            (path / "frames").mkdir(parents=True, exist_ok=True)
        self.folder = RunFolder(path)
        if self._document() is None:
            self.clear()

    def clear(self) -> None:
        """Forget everything."""
        for frame in (self.path / "frames").glob("*.npz"):
            frame.unlink(missing_ok=True)
        for state in self.path.glob("state-*.npz"):
            state.unlink(missing_ok=True)
        for name in ("twin.json", "tracks.json"):
            (self.path / name).unlink(missing_ok=True)

    def keep(self, arrays: Arrays, document: dict[str, Any]) -> None:
        """Keep the newest state: the arrays first, then the document that names them, so that both always belong together."""
        name = f"state-{int(arrays['step'])}.npz"
        self.folder.write_arrays(name, arrays)
        whole = document | {"state": name, "scenario_sha256": self.scenario_sha256, "laws": source_digest()}
        self.folder.write_json("twin.json", whole)
        for old in self.path.glob("state-*.npz"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def keep_tracks(self, looks: list[dict[str, Any]], outlooks: list[dict[str, Any]]) -> None:
        """Keep what was seen so far."""
        self.folder.write_json("tracks.json", {"looks": looks, "outlooks": outlooks})

    def tracks(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What was seen so far; nothing where it was not kept whole."""
        try:
            kept = self.folder.read_json("tracks.json")
            return kept["looks"], kept["outlooks"]
        except (RunError, KeyError, TypeError):
            return [], []

    def keep_frame(self, arrays: Arrays) -> None:
        """Keep a state to go back to."""
        self.folder.write_arrays(f"frames/{int(arrays['step'])}.npz", arrays)
        steps = self._frames()
        if len(steps) > MAX_FRAMES:  # those whose neighbours lie closest go first
            gaps = [(after - before, step) for before, step, after in zip(steps, steps[1:], steps[2:], strict=False)]
            (self.path / f"frames/{min(gaps)[1]}.npz").unlink(missing_ok=True)

    def drop_after(self, step: int) -> None:
        """Forget states after a step."""
        for kept in self._frames():
            if kept > step:
                (self.path / f"frames/{kept}.npz").unlink(missing_ok=True)

    def newest(self) -> tuple[Arrays, dict[str, Any]] | None:
        """The newest state with its document; None where there is none that belongs to this scenario and version."""
        document = self._document()
        if document is None:
            return None
        try:
            return self.folder.arrays(document["state"]), document
        except RunError:
            return None

    def newest_before(self, step: int) -> Arrays | None:
        """The latest kept state that is not after a step."""
        for kept in reversed([kept for kept in self._frames() if kept <= step]):
            try:
                return dict(self.folder.arrays(f"frames/{kept}.npz"))
            except RunError:
                continue
        return None

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _frames(self) -> list[int]:
        return sorted(int(path.stem) for path in (self.path / "frames").glob("*.npz") if path.stem.isdecimal())

    def _document(self) -> dict[str, Any] | None:
        try:
            document = self.folder.read_json("twin.json")
        except RunError:
            return None
        whole = isinstance(document, dict) and {"state", "events", "speed", "is_playing"} <= document.keys()
        fits = whole and (document.get("scenario_sha256"), document.get("laws")) == (
            self.scenario_sha256,
            source_digest(),
        )
        return document if fits else None
