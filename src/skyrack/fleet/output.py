"""Writing the tables of a finished run, chunk by chunk, so that memory does not grow with the span."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.fleet.figures import FLEET_TABLE, SAMPLED_TABLE, SATELLITE_TABLE, SHELL_TABLE
from skyrack.fleet.flight import Flight
from skyrack.fleet.intervals import columns
from skyrack.fleet.tables import EXTREMES, TOTALS, TRACES
from skyrack.results.parquet import write_table
from skyrack.results.run_folder import RunFolder


def write_tables(folder: RunFolder, flight: Flight) -> None:
    """Write fleet, shells, sampled and satellites as Parquet."""
    write_table(folder, FLEET_TABLE, _fleet_batches(folder, flight))
    write_table(folder, SHELL_TABLE, _shell_batches(folder, flight))
    write_table(folder, SAMPLED_TABLE, _sampled_batches(folder, flight))
    write_table(folder, SATELLITE_TABLE, _satellite_batches(flight))


def chunk_files(flight: Flight) -> list[str]:
    """Names of the intervals that each chunk left in the checkpoint."""
    return [chunk_file(number) for number in range(len(flight.chunks))]


def chunk_file(number: int) -> str:
    """Name of one chunk's intervals."""
    return f"checkpoint/intervals-{number:06d}.npz"


def _fleet_batches(folder: RunFolder, flight: Flight) -> Iterator[dict[str, Any]]:
    capacity_j = sum(shell.n_sats * shell.satellite.battery.capacity_j for shell in flight.shells)
    for name in chunk_files(flight):
        kept = folder.arrays(name)
        yield {
            "time_s": kept["time_s"],
            "interval_s": kept["interval_s"],
            **columns(kept["sums"].sum(axis=0), kept["interval_s"], kept["fleet_quantiles"], flight.n_sats, capacity_j),
        }


def _shell_batches(folder: RunFolder, flight: Flight) -> Iterator[dict[str, Any]]:
    for name in chunk_files(flight):
        kept = folder.arrays(name)
        n_intervals = len(kept["time_s"])
        all_sums, all_quantiles = kept["sums"], kept["shell_quantiles"]
        parts = []
        for number, shell in enumerate(flight.shells):
            capacity_j = shell.n_sats * shell.satellite.battery.capacity_j
            parts.append(columns(all_sums[number], kept["interval_s"], all_quantiles[number], shell.n_sats, capacity_j))
        yield {
            "shell": np.repeat([shell.name for shell in flight.shells], n_intervals),
            "time_s": np.tile(kept["time_s"], len(parts)),
            "interval_s": np.tile(kept["interval_s"], len(parts)),
            **{column: np.concatenate([part[column] for part in parts]) for column in parts[0]},
        }


def _sampled_batches(folder: RunFolder, flight: Flight) -> Iterator[dict[str, Any]]:
    refs = flight.sampled
    names = [flight.shells[flight.layers[ref.layer].layer.shell].name for ref in refs]
    for name in chunk_files(flight):
        kept = folder.arrays(name)
        times, traces = kept["trace_time_s"], kept["traces"]
        yield {
            "sample": np.repeat(np.arange(len(refs), dtype=np.int32), len(times)),
            "satellite": np.repeat(np.array([ref.number for ref in refs], np.int32), len(times)),
            "shell": np.repeat(names, len(times)),
            "time_s": np.tile(times, len(refs)),
            **{column: traces[:, :, position].ravel() for position, column in enumerate(TRACES)},
        }


def _satellite_batches(flight: Flight) -> Iterator[dict[str, Any]]:
    span_s = flight.scenario.span_s
    for fleet in flight.layers:
        real = slice(0, fleet.layer.n_sats)
        total = {name: fleet.totals[row, real] for row, name in enumerate(TOTALS)}
        extreme = {name: fleet.extremes[row, real] for row, name in enumerate(EXTREMES)}
        n = fleet.layer.n_sats
        columns_64 = {
            "altitude_m": np.full(n, fleet.layer.radius_m - EARTH_RADIUS_M),
            "inclination_rad": np.full(n, fleet.layer.inclination_rad),
            "raan_rad": fleet.layer.raan_rad,
            "phase_rad": fleet.layer.phase_rad,
            "sunlit_frac": total["sunlit_s"] / span_s,
            "longest_eclipse_s": extreme["eclipse_longest_s"],
            "compute_power_per_sat_mean_w": total["compute_j"] / span_s,
            "battery_depth_max_frac": 1.0 - extreme["charge_min_j"] / fleet.design.battery.capacity_j,
            "radiator_temp_max_k": extreme["radiator_max_k"],
            "electronics_temp_max_k": extreme["electronics_max_k"],
            "throttled_frac": total["throttled_s"] / span_s,
            "proton_flux_mean_per_m2_s": total["protons_per_m2"] / span_s,
        }
        shell = flight.shells[fleet.layer.shell].name
        yield {
            "shell": pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([shell])),
            "eclipses": total["eclipses"].astype(np.int32),
            **{name: np.asarray(values, np.float32) for name, values in columns_64.items()},
        }
