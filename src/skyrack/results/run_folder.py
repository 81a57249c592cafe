"""Run folder: its content, crash-safe writing, and reading.

scenario.yaml       the scenario, defaults written out
assumptions.json    each number of the scenario with its source
manifest.json       versions, digest, device, outcome ("running" or "complete"), timings
summary.json        figures of the run, flat SI names
fleet.parquet       the fleet by time            shells.parquet      each shell by time
satellites.parquet  totals of each satellite     sampled.parquet     some satellites at every step
growth.json         the sized satellite, the build-out by month, the price of the fleet
radiation.json      doses, silent and detected errors, by shell, and proton flux over the globe
workload.json       training and serving jobs
conditions.parquet  conditions of each node by time, as used by the jobs
network.json        latencies, links, capacities, downlink throughput
city_latency.parquet  each city to the nearest compute satellite by time   routes.parquet  cities to cities by time
link_use.parquet    use of links by the demands                downlink.parquet    downlink throughput by time
paths.parquet       satellites on each path, in folders of latencies alone
report.html         report of the run
checkpoint/         only during the run: output intervals so far, state to resume from
"""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.core.atomic_file import atomic_path, disk_errors, write_arrays, write_json, write_text
from skyrack.core.errors import InputError, RunError
from skyrack.core.file_lock import HeldError, hold, is_held

_EXPECTED = {
    "manifest.json": {"outcome", "laws", "device", "scenario_sha256", "title", "versions"},
    "summary.json": {"n_sats", "shells", "claims", "compute_power_mean_w"},
    "growth.json": {"design", "buildout", "price"},
}
"""Required keys of JSON files; a file without them is damaged."""

DOCUMENTS = ("summary", "manifest", "assumptions", "growth", "network", "radiation", "workload")
"""JSON files of a complete run."""
RUNNING, COMPLETE = "running", "complete"
CLAIM_WAIT_S = 1.0


class RunFolder:
    """Folder of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, needed_bytes: int) -> RunFolder:
        """Create a new, empty folder.

        Raises InputError if it is in use, cannot be written, or its disk has fewer than `needed_bytes` free.
        """
        with disk_errors(path):
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise InputError(
                    f"{path}: the output folder is already in use; name another one, or resume with --resume"
                )
            path.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(path).free
            if free < needed_bytes:
                raise InputError(
                    f"{path}: the run needs about {needed_bytes / 1e6:,.0f} MB there, {free / 1e6:,.0f} MB are free"
                )
            (path / "checkpoint").mkdir()
        return cls(path)

    @classmethod
    def open(cls, path: Path | str) -> RunFolder:
        """Open an existing run folder; raises InputError if there is none."""
        folder = cls(Path(path))
        if not (folder.path / "manifest.json").is_file():
            raise InputError(f"{path}: this is not a run folder; it holds no manifest.json")
        return folder

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Lock the folder during a run; raises InputError if another process holds the lock."""
        try:
            with disk_errors(self.path), hold(self._claim, CLAIM_WAIT_S):
                yield
        except HeldError:
            raise InputError(f"{self.path}: another process is flying this run; wait until it is done") from None

    @property
    def is_claimed(self) -> bool:
        """True if a process is executing the run now."""
        return is_held(self._claim)

    @property
    def _claim(self) -> Path:
        return self.path / "checkpoint" / "claim"

    # --- writing: each file under a temporary name first

    def write_text(self, name: str, text: str) -> None:
        """Write a text file atomically."""
        write_text(self.path / name, text, is_durable=True)

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file atomically."""
        write_json(self.path / name, content, is_durable=True)

    def write_arrays(self, name: str, arrays: dict[str, Any]) -> None:
        """Write a file of arrays atomically."""
        write_arrays(self.path / name, arrays, is_durable=True)

    @contextmanager
    def table_writer(self, name: str, schema: Any) -> Iterator[Any]:
        """Return a Parquet writer whose file appears under its name only when it is finished."""
        import pyarrow.parquet as pq

        with (
            atomic_path(self.path / f"{name}.parquet") as partial,
            pq.ParquetWriter(partial, schema, compression="zstd", compression_level=1) as writer,
        ):
            yield writer

    # --- reading

    def read_text(self, name: str) -> str:
        """Return the content of a text file; raises RunError if it is missing or damaged."""
        try:
            return (self.path / name).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path / name}: cannot be read ({error})") from None

    def read_json(self, name: str) -> Any:
        """Return the content of a JSON file; raises RunError if it is missing or damaged."""
        try:
            content = json.loads(self.read_text(name))
        except ValueError as error:
            raise RunError(f"{self.path / name}: cannot be read ({error})") from None
        if name in _EXPECTED and not (isinstance(content, dict) and _EXPECTED[name] <= content.keys()):
            raise RunError(f"{self.path / name}: the file is damaged; begin the run anew")
        return content

    def read_scenario(self) -> Any:
        """Return the content of scenario.yaml as a mapping; raises RunError if it is missing or damaged."""
        import yaml

        try:
            content = yaml.load(self.read_text("scenario.yaml"), Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            content = None
        if not isinstance(content, dict):
            raise RunError(f"{self.path / 'scenario.yaml'}: the file is damaged; begin the run anew")
        return content

    def arrays(self, name: str) -> Any:
        """Return the arrays of a file written by `write_arrays`; raises RunError if it is missing or damaged."""
        try:
            with (self.path / name).open("rb") as opened, np.load(opened) as file:
                return {key: file[key] for key in file.files}
        except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error):
            raise RunError(f"{self.path / name}: the file is missing or damaged; begin the run anew") from None

    def table(self, name: str) -> Any:
        """Return one table as a polars DataFrame.

        Raises InputError if the run is incomplete or has no such table, RunError if the table is damaged.
        """
        import polars

        self.require_complete()
        self.require_table(name)
        try:
            return polars.read_parquet(self.path / f"{name}.parquet")
        except (OSError, polars.exceptions.PolarsError) as error:
            raise RunError(f"{self.path / name}.parquet: cannot be read ({error})") from None

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables in the folder."""
        return tuple(sorted(file.stem for file in self.path.glob("*.parquet")))

    def require_table(self, name: str) -> None:
        """Raise InputError, listing the existing tables, if the folder has no table of that name."""
        if name not in self.tables:
            raise InputError(f"{self.path}: the run has no table {name!r:.60}; its tables are {', '.join(self.tables)}")

    @property
    def manifest(self) -> Any:
        """Content of manifest.json."""
        return self.read_json("manifest.json")

    @property
    def is_complete(self) -> bool:
        """True if the run is complete."""
        return bool(self.manifest.get("outcome") == COMPLETE)

    def require_complete(self) -> None:
        """Raise InputError if the run is incomplete."""
        if not self.is_complete:
            if self.manifest.get("kind") == "routes":
                raise InputError(f"{self.path}: these latencies are incomplete; compute them again in another folder")
            raise InputError(f"{self.path}: the run is incomplete; go on with 'skyrack run --resume {self.path}'")

    def remove_checkpoint(self) -> None:
        """Delete the checkpoint of a complete run."""
        shutil.rmtree(self.path / "checkpoint", ignore_errors=True)
