"""Outputs of a run: every figure of the summary and every table, with unit and label.

The declarations are in the rooms that compute them; this module collects them for column metadata, documentation, axis
labels, claims and the API. It does not import the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.buildout.figures import BuildoutFigures, ServiceFigures, ShellServiceFigures
from skyrack.economics.figures import PriceFigures
from skyrack.environment.figures import ExposureFigures
from skyrack.fleet.figures import TABLES as FLEET_TABLES
from skyrack.fleet.figures import FleetFigures, ShellFigures
from skyrack.network.figures import TABLES as NETWORK_TABLES
from skyrack.network.figures import NetworkFigures
from skyrack.results.channels import Channel, Figure, Table, figures_of
from skyrack.workload.figures import TABLES as WORKLOAD_TABLES
from skyrack.workload.figures import JobFigures


@dataclass(frozen=True)
class Timings:
    """Figures of the execution of a run, which differ between two runs of one scenario."""

    sat_steps_per_s: Annotated[
        float, Figure("per_s", "Satellite steps per second of flight, compilation and output left out")
    ]
    wall_s: Annotated[float, Figure("s", "Duration of the run, this process alone")]
    peak_rss_bytes: Annotated[float, Figure("bytes", "Largest resident memory of the process")]


TIMINGS = tuple(channel.name for channel in figures_of(Timings))
"""Names of the figures that differ between two runs of one scenario."""

SUMMARY: tuple[Channel, ...] = tuple(
    channel
    for kind in (
        FleetFigures,
        BuildoutFigures,
        ServiceFigures,
        PriceFigures,
        ExposureFigures,
        JobFigures,
        NetworkFigures,
        Timings,
    )
    for channel in figures_of(kind)
)
"""Figures of the summary, in its order."""

SHELLS: tuple[Channel, ...] = (*figures_of(ShellFigures), *figures_of(ShellServiceFigures))
"""Figures of each shell in the summary."""

TABLES: dict[str, Table] = {table.name: table for table in (*FLEET_TABLES, *WORKLOAD_TABLES, *NETWORK_TABLES)}
"""Tables of a run folder by name."""

CHANNELS: dict[str, Channel] = {
    channel.name: channel
    for channels in (*(table.columns for table in TABLES.values()), SHELLS, SUMMARY)
    for channel in channels
}
"""Every channel by name; a figure of the summary takes precedence over a column of the same name."""


def where(name: str) -> tuple[str, ...]:
    """Return the locations of a channel: "summary", "shells" of the summary, or tables (such as "shells table")."""
    found = [section for section, channels in (("summary", SUMMARY), ("shells", SHELLS)) if name in _names(channels)]
    return (*found, *(f"{table.name} table" for table in TABLES.values() if name in table.names))


def _names(channels: tuple[Channel, ...]) -> tuple[str, ...]:
    return tuple(channel.name for channel in channels)
