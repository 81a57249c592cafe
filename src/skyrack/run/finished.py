"""A finished run, read from its folder alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyrack.results.run_folder import RunFolder

KINDS = {
    "routes": "one of latencies alone ('skyrack route')",
    "training": "a training job's ('skyrack train')",
    "serving": "a serving job's ('skyrack serve')",
}
"""Kinds of folders that hold no run."""


@dataclass(frozen=True)
class Run:
    """A run that came to its end."""

    folder: RunFolder

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder.path

    @property
    def summary(self) -> Any:
        """The content of summary.json."""
        return self.folder.read_json("summary.json")

    @property
    def growth(self) -> Any:
        """The sized satellite, the build-out and the price of the fleet."""
        return self.folder.read_json("growth.json")

    @property
    def network(self) -> Any:
        """Latencies, links, capacities and what comes down; None in runs of before there was a network."""
        there = (self.path / "network.json").is_file()
        return self.folder.read_json("network.json") if there else None

    @property
    def radiation(self) -> Any:
        """Doses, errors and interruptions by trapped radiation; None in runs of before there was any."""
        there = (self.path / "radiation.json").is_file()
        return self.folder.read_json("radiation.json") if there else None

    @property
    def workload(self) -> Any:
        """What the fleet trained and served; None in runs of before there was any."""
        there = (self.path / "workload.json").is_file()
        return self.folder.read_json("workload.json") if there else None

    @property
    def assumptions(self) -> Any:
        """The numbers it rests on, with their sources."""
        return self.folder.read_json("assumptions.json")

    def table(self, name: str) -> Any:
        """One of its tables (fleet, shells, satellites, sampled) as a polars DataFrame."""
        return self.folder.table(name)

    def _repr_html_(self) -> str:
        from skyrack.core.units import display
        from skyrack.run.outputs import CHANNELS

        shown = ("n_sats", "sunlit_frac_mean", "compute_power_mean_w", "radiator_temp_max_k", "throttled_frac")
        cells = "".join(
            f"<tr><td>{CHANNELS[key].label}</td><td>{display(self.summary[key], CHANNELS[key].unit)}</td></tr>"
            for key in shown
        )
        return f"<table><caption>Skyrack run in {self.path}</caption>{cells}</table>"
