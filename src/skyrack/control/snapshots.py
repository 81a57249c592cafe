"""The folder in which a twin saves itself: its newest state, and earlier ones to go back to.

twin.json            name, speed, events, and the state that belongs to them
state-N.npz          the newest state, of step N
series.json          figures of the fleet and of the network over time
checkpoints/N.npz    earlier states, thinned out as they become many
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from skyrack.control.timeseries import Row
from skyrack.core.atomic_file import disk_errors
from skyrack.core.compile_cache import source_digest
from skyrack.core.errors import RunError
from skyrack.results.run_folder import RunFolder

MAX_CHECKPOINTS = 16
FORMAT = 2
"""Changes whenever older states cannot be read any more."""
Arrays = dict[str, NDArray[Any]]


class TwinSnapshots:
    """The saved states of one twin."""

    def __init__(self, path: Path, scenario_sha256: str) -> None:
        self.path, self.scenario_sha256 = path, scenario_sha256
        with disk_errors(path):
            (path / "checkpoints").mkdir(parents=True, exist_ok=True)
        self.folder = RunFolder(path)
        if self._document() is None:
            self.clear()

    def clear(self) -> None:
        """Delete everything that was saved."""
        for state in (*self.path.glob("checkpoints/*.npz"), *self.path.glob("state-*.npz")):
            state.unlink(missing_ok=True)
        for name in ("twin.json", "series.json"):
            (self.path / name).unlink(missing_ok=True)

    def save(self, arrays: Arrays, document: dict[str, Any]) -> None:
        """Save the newest state: first the arrays, then the document that names them, so that both always belong together."""
        name = f"state-{int(arrays['step'])}.npz"
        self.folder.write_arrays(name, arrays)
        whole = document | {"state": name, **self._identity()}
        self.folder.write_json("twin.json", whole)
        for old in self.path.glob("state-*.npz"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def save_series(self, fleet: list[Row], ground: list[Row]) -> None:
        """Save the time series."""
        self.folder.write_json("series.json", {"fleet": fleet, "ground": ground})

    def series(self) -> tuple[list[Row], list[Row]]:
        """Return the time series of fleet and network; empty ones where they were not saved whole."""
        try:
            saved = self.folder.read_json("series.json")
            return saved["fleet"], saved["ground"]
        except (RunError, KeyError, TypeError):
            return [], []

    def save_checkpoint(self, arrays: Arrays) -> None:
        """Save a state to go back to."""
        self.folder.write_arrays(f"checkpoints/{int(arrays['step'])}.npz", arrays)
        steps = self._checkpoints()
        if len(steps) > MAX_CHECKPOINTS:  # the one whose neighbours are closest is deleted
            gaps = [(after - before, step) for before, step, after in zip(steps, steps[1:], steps[2:], strict=False)]
            self._checkpoint(min(gaps)[1]).unlink(missing_ok=True)

    def drop_after(self, step: int) -> None:
        """Delete the checkpoints after a step."""
        for saved in self._checkpoints():
            if saved > step:
                self._checkpoint(saved).unlink(missing_ok=True)

    def newest(self) -> tuple[Arrays, dict[str, Any]] | None:
        """Return the newest state and its document; None where none belongs to this scenario and version."""
        document = self._document()
        if document is None:
            return None
        try:
            return self.folder.arrays(document["state"]), document
        except RunError:
            return None

    def newest_before(self, step: int) -> Arrays | None:
        """Return the latest checkpoint that is not after a step; None where there is none."""
        for saved in reversed([saved for saved in self._checkpoints() if saved <= step]):
            try:
                return dict(self.folder.arrays(f"checkpoints/{saved}.npz"))
            except RunError:
                continue
        return None

    def _checkpoint(self, step: int) -> Path:
        return self.path / f"checkpoints/{step}.npz"

    def _checkpoints(self) -> list[int]:
        return sorted(int(path.stem) for path in self.path.glob("checkpoints/*.npz") if path.stem.isdecimal())

    def _document(self) -> dict[str, Any] | None:
        try:
            document = self.folder.read_json("twin.json")
        except RunError:
            return None
        is_whole = isinstance(document, dict) and {"state", "events", "speed", "is_playing"} <= document.keys()
        belongs = is_whole and self._identity().items() <= document.items()
        return document if belongs else None

    def _identity(self) -> dict[str, Any]:
        """What a saved state must have in common with this twin."""
        return {"format": FORMAT, "scenario_sha256": self.scenario_sha256, "laws": source_digest()}
