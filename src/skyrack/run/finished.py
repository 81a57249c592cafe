"""Complete run, read from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skyrack.results.run_folder import RunFolder

KINDS = {
    "routes": "one of latencies alone ('skyrack route')",
    "training": "a training job's ('skyrack train')",
    "serving": "a serving job's ('skyrack serve')",
    "flight": "a flight's ('skyrack fly')",
}
"""Descriptions of the kinds of folders that hold no run."""


@dataclass(frozen=True)
class Run:
    """Complete run in its folder."""

    folder: RunFolder

    @property
    def path(self) -> Path:
        """Path of the run folder."""
        return self.folder.path

    @property
    def summary(self) -> Any:
        """Content of summary.json."""
        return self.folder.read_json("summary.json")

    @property
    def growth(self) -> Any:
        """Content of growth.json: the sized satellite, the build-out and the price of the fleet."""
        return self.folder.read_json("growth.json")

    @property
    def network(self) -> Any:
        """Content of network.json: latencies, links, capacities, downlink; None in runs of versions without it."""
        there = (self.path / "network.json").is_file()
        return self.folder.read_json("network.json") if there else None

    @property
    def radiation(self) -> Any:
        """Content of radiation.json: doses, errors and interruptions; None in runs of versions without it."""
        there = (self.path / "radiation.json").is_file()
        return self.folder.read_json("radiation.json") if there else None

    @property
    def workload(self) -> Any:
        """Content of workload.json: training and serving jobs; None in runs of versions without it."""
        there = (self.path / "workload.json").is_file()
        return self.folder.read_json("workload.json") if there else None

    @property
    def assumptions(self) -> Any:
        """Content of assumptions.json: the numbers of the scenario with their sources."""
        return self.folder.read_json("assumptions.json")

    def table(self, name: str) -> Any:
        """Return one table (such as fleet, shells, satellites or sampled) as a polars DataFrame.

        Raises InputError if the run has no such table, RunError if the table is damaged.
        """
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
