"""The tables of a run's network: latencies, loads of links, what comes down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from skyrack.network.summary import IN_SIGHT, NO_COMPUTE, NO_SATELLITE, NO_WAY
from skyrack.network.survey import Survey, rtt_ms
from skyrack.results.parquet import write_table
from skyrack.results.run_folder import RunFolder


def write_route_tables(folder: RunFolder, seen: Survey) -> None:
    """The tables of latencies: to the nearest compute, and between cities."""
    write_table(folder, "city_latency", _city_rows(seen))
    write_table(folder, "routes", _route_rows(seen))


def write_use_tables(folder: RunFolder, seen: Survey) -> None:
    """The tables of loads, and of what comes down."""
    write_table(folder, "link_use", _link_rows(seen))
    write_table(folder, "downlink", _downlink_rows(seen))


def _city_rows(seen: Survey) -> Iterator[dict[str, Any]]:
    n = len(seen.cities.names)
    if not n:
        yield _empty_rows("time_s", "city", "rtt_ms", "hops", "satellite", "why_not")
        return
    for rows in _batches(len(seen.times_s), n):
        latency = seen.nearest_m[rows].ravel()
        sight = seen.in_sight[rows].ravel()
        yield {
            "time_s": np.repeat(seen.times_s[rows], n),
            "city": _words(np.tile(np.arange(n, dtype=np.int32), rows.stop - rows.start), seen.cities.names),
            "rtt_ms": _nullable(rtt_ms(latency)),
            "hops": _nullable_ints(seen.nearest_hops[rows].ravel()),
            "satellite": _nullable_ints(seen.nearest_satellite[rows].ravel()),
            "why_not": _words(
                np.where(np.isfinite(latency), 0, np.where(sight, 2, 1)).astype(np.int32),
                (IN_SIGHT, NO_SATELLITE, NO_COMPUTE),
            ),
        }


def _route_rows(seen: Survey) -> Iterator[dict[str, Any]]:
    pairs = np.array(seen.pairs, np.int32).reshape(-1, 2)
    if not len(pairs):
        yield _empty_rows("time_s", "from_city", "to_city", "rtt_ms", "hops", "why_not")
        return
    for rows in _batches(len(seen.times_s), len(pairs)):
        latency = seen.route_m[rows].ravel()
        times = rows.stop - rows.start
        sight = (seen.in_sight[rows][:, pairs[:, 0]] & seen.in_sight[rows][:, pairs[:, 1]]).ravel()
        yield {
            "time_s": np.repeat(seen.times_s[rows], len(pairs)),
            "from_city": _words(np.tile(pairs[:, 0], times), seen.cities.names),
            "to_city": _words(np.tile(pairs[:, 1], times), seen.cities.names),
            "rtt_ms": _nullable(rtt_ms(latency)),
            "hops": _nullable_ints(seen.route_hops[rows].ravel()),
            "why_not": _words(
                np.where(np.isfinite(latency), 0, np.where(sight, 2, 1)).astype(np.int32),
                (IN_SIGHT, NO_SATELLITE, NO_WAY),
            ),
        }


def path_rows(seen: Survey) -> Iterator[dict[str, Any]]:
    """Every satellite on every way, in its order."""
    pairs, chosen = seen.pairs, [(k, pair, path) for (k, pair), path in sorted(seen.paths.items())]
    if not chosen:
        yield _empty_rows("time_s", "from_city", "to_city", "step", "on_satellite")
        return
    lengths = [len(path) for _, _, path in chosen]
    ends = np.array([pairs[pair] for _, pair, _ in chosen], np.int32)
    yield {
        "time_s": np.repeat([seen.times_s[k] for k, _, _ in chosen], lengths),
        "from_city": _words(np.repeat(ends[:, 0], lengths), seen.cities.names),
        "to_city": _words(np.repeat(ends[:, 1], lengths), seen.cities.names),
        "step": np.concatenate([np.arange(1, n + 1, dtype=np.int32) for n in lengths]),
        "on_satellite": np.concatenate([np.array(path, np.int32) for _, _, path in chosen]),
    }


def _link_rows(seen: Survey) -> Iterator[dict[str, Any]]:
    """Every arc that carries something in the flow of the first look."""
    loaded = seen.loaded
    if loaded is None or not len(loaded.tail):
        yield _empty_rows("from_satellite", "to_satellite", "rate_bit_per_s", "flow_bit_per_s", "utilisation_frac") | (
            _no_places()
        )
        return
    n = len(loaded.satellites)
    chosen = (loaded.tail < n) & (loaded.head < n) & (loaded.flow.arc_flow > 1e-9 * loaded.capacity)
    tail, head = loaded.satellites[loaded.tail[chosen]], loaded.satellites[loaded.head[chosen]]
    places, _ = seen.constellation.states(0.0)
    turned = seen.constellation.sidereal_rad(0.0)
    yield {
        "from_satellite": tail,
        "to_satellite": head,
        "rate_bit_per_s": loaded.capacity[chosen],
        "flow_bit_per_s": loaded.flow.arc_flow[chosen],
        "utilisation_frac": loaded.flow.arc_flow[chosen] / loaded.capacity[chosen],
        **_under("from", places[tail], turned),
        **_under("to", places[head], turned),
    }


def _under(which: str, places: Any, turned_rad: float) -> dict[str, Any]:
    """Latitude (from the Earth's centre) and longitude below satellites."""
    latitude = np.arcsin(places[:, 2] / np.linalg.norm(places, axis=1)) if len(places) else np.empty(0)
    longitude = np.mod(np.arctan2(places[:, 1], places[:, 0]) - turned_rad + np.pi, 2.0 * np.pi) - np.pi
    return {f"{which}_latitude_rad": latitude, f"{which}_longitude_rad": longitude}


def _no_places() -> dict[str, Any]:
    return {f"{which}_{axis}_rad": np.empty(0) for which in ("from", "to") for axis in ("latitude", "longitude")}


def _downlink_rows(seen: Survey) -> Iterator[dict[str, Any]]:
    down = seen.brought_down
    if down is None:
        yield _empty_rows(
            "time_s", "downlink_bit_per_s", "downlink_p05_bit_per_s", "downlink_p95_bit_per_s", "clear_sky_bit_per_s"
        )
        return
    yield {
        "time_s": seen.times_s,
        "downlink_bit_per_s": down.mean_bit_per_s,
        "downlink_p05_bit_per_s": down.low_bit_per_s,
        "downlink_p95_bit_per_s": down.high_bit_per_s,
        "clear_sky_bit_per_s": down.clear_bit_per_s,
    }


_TEXT = ("city", "from_city", "to_city", "why_not")
_COUNT = ("hops", "satellite", "step", "on_satellite", "from_satellite", "to_satellite")


def _empty_rows(*names: str) -> dict[str, Any]:
    """Columns without rows."""

    def column(name: str) -> Any:
        if name in _TEXT:
            return _words(np.empty(0, np.int32), ())
        return pa.array([], pa.int32()) if name in _COUNT else np.empty(0)

    return {name: column(name) for name in names}


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
