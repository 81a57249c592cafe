"""Write the tables of a network: latencies, use of links, and the downlink."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from skyrack.network.figures import CITY_LATENCY_TABLE, DOWNLINK_TABLE, LINK_TABLE, PATH_TABLE, ROUTE_TABLE
from skyrack.network.history import NetworkHistory, rtt_ms
from skyrack.network.summary import IN_SIGHT, NO_COMPUTE, NO_PATH, NO_SATELLITE
from skyrack.results.channels import Table
from skyrack.results.parquet import write_table
from skyrack.results.run_folder import RunFolder


def write_route_tables(folder: RunFolder, history: NetworkHistory) -> None:
    """Write the latencies to the nearest compute satellite and between cities."""
    write_table(folder, CITY_LATENCY_TABLE, _city_rows(history))
    write_table(folder, ROUTE_TABLE, _route_rows(history))


def write_path_table(folder: RunFolder, history: NetworkHistory) -> None:
    """Write every satellite on every path."""
    write_table(folder, PATH_TABLE, _path_rows(history))


def write_use_tables(folder: RunFolder, history: NetworkHistory) -> None:
    """Write the use of links and the downlink."""
    write_table(folder, LINK_TABLE, _link_rows(history))
    write_table(folder, DOWNLINK_TABLE, _downlink_rows(history))


def _city_rows(history: NetworkHistory) -> Iterator[dict[str, Any]]:
    n = len(history.cities.names)
    if not n:
        yield _empty_rows(CITY_LATENCY_TABLE)
        return
    for rows in _batches(len(history.times_s), n):
        latency = history.nearest_m[rows].ravel()
        sight = history.in_sight[rows].ravel()
        yield {
            "time_s": np.repeat(history.times_s[rows], n),
            "city": _words(np.tile(np.arange(n, dtype=np.int32), rows.stop - rows.start), history.cities.names),
            "rtt_ms": _nullable(rtt_ms(latency)),
            "hops": _nullable_ints(history.nearest_hops[rows].ravel()),
            "satellite": _nullable_ints(history.nearest_satellite[rows].ravel()),
            "why_not": _words(
                np.where(np.isfinite(latency), 0, np.where(sight, 2, 1)).astype(np.int32),
                (IN_SIGHT, NO_SATELLITE, NO_COMPUTE),
            ),
        }


def _route_rows(history: NetworkHistory) -> Iterator[dict[str, Any]]:
    pairs = np.array(history.pairs, np.int32).reshape(-1, 2)
    if not len(pairs):
        yield _empty_rows(ROUTE_TABLE)
        return
    for rows in _batches(len(history.times_s), len(pairs)):
        latency = history.route_m[rows].ravel()
        times = rows.stop - rows.start
        sight = (history.in_sight[rows][:, pairs[:, 0]] & history.in_sight[rows][:, pairs[:, 1]]).ravel()
        yield {
            "time_s": np.repeat(history.times_s[rows], len(pairs)),
            "from_city": _words(np.tile(pairs[:, 0], times), history.cities.names),
            "to_city": _words(np.tile(pairs[:, 1], times), history.cities.names),
            "rtt_ms": _nullable(rtt_ms(latency)),
            "hops": _nullable_ints(history.route_hops[rows].ravel()),
            "why_not": _words(
                np.where(np.isfinite(latency), 0, np.where(sight, 2, 1)).astype(np.int32),
                (IN_SIGHT, NO_SATELLITE, NO_PATH),
            ),
        }


def _path_rows(history: NetworkHistory) -> Iterator[dict[str, Any]]:
    """Yield every satellite on every path, in order."""
    pairs, chosen = history.pairs, [(k, pair, path) for (k, pair), path in sorted(history.paths.items())]
    if not chosen:
        yield _empty_rows(PATH_TABLE)
        return
    lengths = [len(path) for _, _, path in chosen]
    ends = np.array([pairs[pair] for _, pair, _ in chosen], np.int32)
    yield {
        "time_s": np.repeat([history.times_s[k] for k, _, _ in chosen], lengths),
        "from_city": _words(np.repeat(ends[:, 0], lengths), history.cities.names),
        "to_city": _words(np.repeat(ends[:, 1], lengths), history.cities.names),
        "step": np.concatenate([np.arange(1, n + 1, dtype=np.int32) for n in lengths]),
        "on_satellite": (numbers := np.concatenate([np.array(path, np.int32) for _, _, path in chosen])),
        "satellite_name": pa.array(
            [history.constellation.name_of(int(number)) for number in numbers]
        ).dictionary_encode(),
    }


def _link_rows(history: NetworkHistory) -> Iterator[dict[str, Any]]:
    """Yield every link direction that carries traffic in the flow of the first snapshot."""
    loaded = history.loaded
    if loaded is None or history.first is None or not len(loaded.tail):
        yield _empty_rows(LINK_TABLE)
        return
    n = len(loaded.satellites)
    chosen = (loaded.tail < n) & (loaded.head < n) & (loaded.flow.arc_flow > 1e-9 * loaded.capacity)
    tail, head = loaded.satellites[loaded.tail[chosen]], loaded.satellites[loaded.head[chosen]]
    positions_m, turned = history.first.positions_m, history.first.sidereal_rad
    yield {
        "from_satellite": tail,
        "to_satellite": head,
        "rate_bit_per_s": loaded.capacity[chosen],
        "flow_bit_per_s": loaded.flow.arc_flow[chosen],
        "utilisation_frac": loaded.flow.arc_flow[chosen] / loaded.capacity[chosen],
        **_under("from", positions_m[tail], turned),
        **_under("to", positions_m[head], turned),
    }


def _under(which: str, places: Any, turned_rad: float) -> dict[str, Any]:
    """Return geocentric latitude and longitude below satellites at `places`, (satellite, xyz)."""
    latitude = np.arcsin(places[:, 2] / np.linalg.norm(places, axis=1)) if len(places) else np.empty(0)
    longitude = np.mod(np.arctan2(places[:, 1], places[:, 0]) - turned_rad + np.pi, 2.0 * np.pi) - np.pi
    return {f"{which}_latitude_rad": latitude, f"{which}_longitude_rad": longitude}


def _downlink_rows(history: NetworkHistory) -> Iterator[dict[str, Any]]:
    down = history.downlink
    if down is None:
        yield _empty_rows(DOWNLINK_TABLE)
        return
    yield {
        "time_s": history.times_s,
        "downlink_bit_per_s": down.mean_bit_per_s,
        "downlink_p05_bit_per_s": down.low_bit_per_s,
        "downlink_p95_bit_per_s": down.high_bit_per_s,
        "clear_sky_bit_per_s": down.clear_bit_per_s,
    }


_TEXT = ("city", "from_city", "to_city", "why_not", "satellite_name")
_COUNT = ("hops", "satellite", "step", "on_satellite", "from_satellite", "to_satellite")


def _empty_rows(table: Table) -> dict[str, Any]:
    """Return the columns of a table without rows."""

    def column(name: str) -> Any:
        if name in _TEXT:
            return _words(np.empty(0, np.int32), ())
        return pa.array([], pa.int32()) if name in _COUNT else np.empty(0)

    return {name: column(name) for name in table.names}


def _batches(n_times: int, n_each: int, rows: int = 500_000) -> Iterator[slice]:
    each = max(1, rows // max(n_each, 1))
    for first in range(0, n_times, each):
        yield slice(first, min(first + each, n_times))


def _words(numbers: Any, words: Any) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(list(words), pa.string()))


def _nullable(values: Any) -> Any:
    """Numbers, nothing where they are infinite: what cannot be reached has no latency."""
    return pa.array(np.where(np.isfinite(values), values, 0.0), mask=~np.isfinite(values))


def _nullable_ints(values: Any) -> Any:
    return pa.array(values.astype(np.int32), mask=values < 0)
