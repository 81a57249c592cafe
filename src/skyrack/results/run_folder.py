"""The run folder: what is in it, how it is written so that a crash never makes it look whole, how it is read.

scenario.yaml       the scenario, defaults written out
assumptions.json    each number of it with its source
manifest.json       versions, digest, device, outcome ("running" or "complete"), timings
summary.json        the run's figures, flat SI names
fleet.parquet       the fleet by time            shells.parquet      each shell by time
satellites.parquet  each satellite's totals      sampled.parquet     some satellites at every step
growth.json         the satellite that would close, the fleet month by month, its price
radiation.json      doses, errors, interruptions, by shell and over the globe
workload.json       training and serving jobs
conditions.parquet  conditions of each node by time, as the jobs found them
network.json        latencies, links, capacities, what comes down
city_latency.parquet  each city to the nearest compute by time   routes.parquet      cities to cities by time
link_use.parquet    links that carry the demands               downlink.parquet    what comes down by time
paths.parquet       satellites on each path, of latency folders alone
report.html         all of it to look at
checkpoint/         only while it runs: intervals so far, state to go on from
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
"""Keys without which a file of the folder is damaged."""

DOCUMENTS = ("summary", "manifest", "assumptions", "growth", "network", "radiation", "workload")
"""JSON files of a complete run."""
RUNNING, COMPLETE = "running", "complete"
CLAIM_WAIT_S = 1.0


class RunFolder:
    """A folder that holds one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, needed_bytes: int) -> RunFolder:
        """A new, empty folder; InputError if it is in use, cannot be written or has too little room."""
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
        """An existing run folder; InputError if it is none."""
        folder = cls(Path(path))
        if not (folder.path / "manifest.json").is_file():
            raise InputError(f"{path}: this is not a run folder; it holds no manifest.json")
        return folder

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder while it is flown; InputError if another process does."""
        try:
            with disk_errors(self.path), hold(self._claim, CLAIM_WAIT_S):
                yield
        except HeldError:
            raise InputError(f"{self.path}: another process is flying this run; wait until it is done") from None

    @property
    def is_claimed(self) -> bool:
        """Whether a process is flying the run now."""
        return is_held(self._claim)

    @property
    def _claim(self) -> Path:
        return self.path / "checkpoint" / "claim"

    # --- whole files, written under another name first

    def write_text(self, name: str, text: str) -> None:
        """Write a text file at once or not at all."""
        write_text(self.path / name, text, is_durable=True)

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file at once or not at all."""
        write_json(self.path / name, content, is_durable=True)

    def write_arrays(self, name: str, arrays: dict[str, Any]) -> None:
        """Write arrays at once or not at all."""
        write_arrays(self.path / name, arrays, is_durable=True)

    @contextmanager
    def table_writer(self, name: str, schema: Any) -> Iterator[Any]:
        """A Parquet writer whose file appears under its name only when it is finished."""
        import pyarrow.parquet as pq

        with (
            atomic_path(self.path / f"{name}.parquet") as partial,
            pq.ParquetWriter(partial, schema, compression="zstd", compression_level=1) as writer,
        ):
            yield writer

    # --- reading

    def read_text(self, name: str) -> str:
        """Content of a text file of the folder; RunError if it is missing or broken."""
        try:
            return (self.path / name).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path / name}: cannot be read ({error})") from None

    def read_json(self, name: str) -> Any:
        """Content of a JSON file of the folder; RunError if it is missing or broken."""
        try:
            content = json.loads(self.read_text(name))
        except ValueError as error:
            raise RunError(f"{self.path / name}: cannot be read ({error})") from None
        if name in _EXPECTED and not (isinstance(content, dict) and _EXPECTED[name] <= content.keys()):
            raise RunError(f"{self.path / name}: the file is damaged; begin the run anew")
        return content

    def read_scenario(self) -> Any:
        """The keys of scenario.yaml as they stand there; RunError if it is missing or broken."""
        import yaml

        try:
            content = yaml.load(self.read_text("scenario.yaml"), Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            content = None
        if not isinstance(content, dict):
            raise RunError(f"{self.path / 'scenario.yaml'}: the file is damaged; begin the run anew")
        return content

    def arrays(self, name: str) -> Any:
        """Arrays of a file written by `write_arrays`."""
        try:
            with (self.path / name).open("rb") as opened, np.load(opened) as file:
                return {key: file[key] for key in file.files}
        except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error):
            raise RunError(f"{self.path / name}: the file is missing or damaged; begin the run anew") from None

    def table(self, name: str) -> Any:
        """One of the tables as a polars DataFrame."""
        import polars

        self.require_complete()
        self.require_table(name)
        try:
            return polars.read_parquet(self.path / f"{name}.parquet")
        except (OSError, polars.exceptions.PolarsError) as error:
            raise RunError(f"{self.path / name}.parquet: cannot be read ({error})") from None

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that lie in the folder."""
        return tuple(sorted(file.stem for file in self.path.glob("*.parquet")))

    def require_table(self, name: str) -> None:
        """Raise InputError, with the names of those there are, if the folder holds no table of that name."""
        if name not in self.tables:
            raise InputError(f"{self.path}: the run has no table {name!r:.60}; its tables are {', '.join(self.tables)}")

    @property
    def manifest(self) -> Any:
        """The manifest."""
        return self.read_json("manifest.json")

    @property
    def is_complete(self) -> bool:
        """Whether the run came to its end."""
        return bool(self.manifest.get("outcome") == COMPLETE)

    def require_complete(self) -> None:
        """InputError if the run did not come to its end."""
        if not self.is_complete:
            if self.manifest.get("kind") == "routes":
                raise InputError(f"{self.path}: these latencies were not finished; ask for them anew in another folder")
            raise InputError(f"{self.path}: the run is incomplete; go on with 'skyrack run --resume {self.path}'")

    def remove_checkpoint(self) -> None:
        """Forget how to go on: the run is complete."""
        shutil.rmtree(self.path / "checkpoint", ignore_errors=True)
