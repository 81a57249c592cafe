"""What a run keeps of its network: a document, four tables, and the figures of the summary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from skyrack.catalogue.parts import parts
from skyrack.core.constants import DAY_S
from skyrack.network.collective import ring_all_reduce_s
from skyrack.network.ground import fibre_rtt_s, nearest_region
from skyrack.network.survey import Survey, rtt_ms, survey
from skyrack.physics.light import light_time_s
from skyrack.run.folder import RunFolder
from skyrack.run.tables import write_table
from skyrack.scenario import Scenario

TABLES = ("city_latency", "routes", "link_use", "downlink")
GEO_ALTITUDE_M = 35_786_000.0
"""Of a satellite that stands over the equator."""
MOST_BOTTLENECKS = 12
IN_SIGHT, NO_SATELLITE, NO_WAY, NO_COMPUTE = "", "no satellite in sight", "no way between them", "no way to compute"


def keep_network(folder: RunFolder, scenario: Scenario, on_look: Callable[[int, int], None]) -> dict[str, Any]:
    """Survey the network and leave network.json and its tables; returns the figures of the summary."""
    seen = survey(scenario, on_look)
    document = describe(seen)
    folder.write_json("network.json", document)
    write_route_tables(folder, seen)
    write_table(folder, "link_use", _link_rows(seen))
    write_table(folder, "downlink", _downlink_rows(seen))
    return figures_of(seen, document)


def write_route_tables(folder: Any, seen: Survey) -> None:
    """The tables of latencies: to the nearest compute, and between cities."""
    write_table(folder, "city_latency", _city_rows(seen))
    write_table(folder, "routes", _route_rows(seen))


FIGURES = (
    "rtt_median_ms",
    "route_hops_median",
    "nearest_rtt_median_ms",
    "nearest_reachable_frac",
    "handover_median_s",
    "link_rate_bit_per_s_mean",
    "links_up_frac",
    "bisection_bit_per_s",
    "network_parts",
    "throughput_bit_per_s",
    "downlink_bit_per_s_mean",
    "downlink_available_frac",
    "all_reduce_s",
    "neighbour_distance_min_m",
    "neighbour_distance_max_m",
    "formation_keeping_m_per_s_per_year_km",
)
"""Figures of the summary that come from the network; null where there is nothing of the kind."""


def figures_of(seen: Survey, document: dict[str, Any]) -> dict[str, Any]:
    """The figures of the summary."""
    formation = next(iter(document["formations"].values()), None)
    throughput = document["throughput"]
    return {
        "rtt_median_ms": _median(rtt_ms(seen.route_m)),
        "route_hops_median": _median(np.where(seen.route_hops >= 0, seen.route_hops.astype(float), np.inf)),
        "nearest_rtt_median_ms": _median(rtt_ms(seen.nearest_m)),
        "nearest_reachable_frac": float(np.isfinite(seen.nearest_m).mean()) if seen.nearest_m.size else None,
        "handover_median_s": None if seen.handover_s is None else _median(seen.handover_s),
        "link_rate_bit_per_s_mean": seen.rate_mean_bit_per_s if seen.up_frac else None,
        "links_up_frac": seen.up_frac if seen.first_links is not None and len(seen.first_links.pairs) else None,
        "bisection_bit_per_s": document["bisection"]["rate_bit_per_s"],
        "network_parts": document["bisection"]["n_parts"],
        "throughput_bit_per_s": throughput["carried_bit_per_s"] if throughput else None,
        "downlink_bit_per_s_mean": document["downlink"]["mean_bit_per_s"] if document["downlink"] else None,
        "downlink_available_frac": document["downlink"]["any_clear_frac"] if document["downlink"] else None,
        "all_reduce_s": document["transfers"]["all_reduce_s"],
        "neighbour_distance_min_m": formation["neighbour_least_m"] if formation else None,
        "neighbour_distance_max_m": formation["neighbour_most_m"] if formation else None,
        "formation_keeping_m_per_s_per_year_km": formation["keeping_m_per_s_per_year_km"] if formation else None,
    }


def _median(values: Any) -> float | None:
    """Median of what can be reached, None where nothing can."""
    there = values[np.isfinite(values)]
    return float(np.median(there)) if there.size else None


def describe(seen: Survey) -> dict[str, Any]:
    """The document kept as network.json."""
    formations = {
        name: {
            "nearest_m": kept.nearest_m,
            "neighbour_least_m": kept.neighbour_least_m,
            "neighbour_most_m": kept.neighbour_most_m,
            "keeping_m_per_s_per_year_km": kept.drift_m_per_s_per_year_km + kept.node_m_per_s_per_year_km,
            "keeping_uncorrected_m_per_s_per_year_km": kept.drift_uncorrected_m_per_s_per_year_km
            + kept.node_m_per_s_per_year_km,
            "node_m_per_s_per_year_km": kept.node_m_per_s_per_year_km,
            "axis_ratio": kept.axis_ratio,
            **_shapes(seen, name),
        }
        for name, kept in seen.keeping.items()
    }
    document = {
        "looks": len(seen.times_s),
        "step_s": seen.scenario.network.step_s,
        "topology": seen.scenario.network.topology.name,
        "links": _links(seen),
        "cities": [_city(seen, number) for number in range(len(seen.cities.names))],
        "pairs": [_pair(seen, number) for number in range(len(seen.pairs))],
        "bisection": _bisection(seen),
        "throughput": _throughput(seen),
        "downlink": _downlink(seen),
        "formations": formations,
        "far": _far(),
    }
    document["transfers"] = _transfers(seen, document)
    document["remarks"] = _remarks(seen, document)
    return document


def _shapes(seen: Survey, name: str) -> dict[str, Any]:
    """Places of a formation at its node, an eighth and a quarter of an orbit later; its links."""
    grid = next(g for g in seen.constellation.grids if seen.constellation.shells[g.shell].name == name)
    layer: Any = grid.layer
    motion = seen.constellation.motion(layer)
    path = motion.follow(0.3 * motion.node_period_s)
    shapes = [np.round(path.offsets_m(share * motion.node_period_s), 2).tolist() for share in (0.0, 0.125, 0.25)]
    pairs = np.empty((0, 2), np.int64) if seen.first_links is None else seen.first_links.pairs - grid.first
    inside = pairs[((pairs >= 0) & (pairs < grid.size)).all(axis=1)]
    return {"shapes_m": shapes, "links": inside.tolist()}


def _links(seen: Survey) -> dict[str, Any]:
    first = seen.first_links
    if first is None or not len(first.pairs):
        return {"n": 0, "up_frac": None, "down_frac": {}, "range_m": None, "rate_bit_per_s": None}
    up = first.is_up
    return {
        "n": len(first.pairs),
        "up_frac": seen.up_frac,
        "down_frac": {name: share for name, share in seen.down.items() if share > 0.0},
        "range_m": _spread(first.range_m),
        "rate_bit_per_s": _spread(first.rate_bit_per_s[up]),
    }


def _spread(values: Any) -> dict[str, float] | None:
    if not len(values):
        return None
    return {"least": float(values.min()), "median": float(np.median(values)), "most": float(values.max())}


def _city(seen: Survey, number: int) -> dict[str, Any]:
    cities, latency = seen.cities, rtt_ms(seen.nearest_m[:, number])
    here = (float(cities.latitude_rad[number]), float(cities.longitude_rad[number]))
    region, cable_s = nearest_region(seen.scenario.network.fibre, *here)
    there = latency[np.isfinite(latency)]
    reached = there.size > 0
    hops = seen.nearest_hops[:, number]
    return {
        "name": cities.names[number],
        "latitude_rad": here[0],
        "longitude_rad": here[1],
        "people": float(cities.people[number]),
        "rtt_median_ms": float(np.median(there)) if reached else None,
        "rtt_p05_ms": float(np.quantile(there, 0.05)) if reached else None,
        "rtt_p95_ms": float(np.quantile(there, 0.95)) if reached else None,
        "hops_median": float(np.median(hops[hops >= 0])) if reached else None,
        "reachable_frac": float(np.isfinite(latency).mean()),
        "why_not": IN_SIGHT if np.isfinite(latency).all() else _why_not_compute(seen, number),
        "fibre_region": region,
        "fibre_rtt_ms": 1e3 * cable_s,
    }


def _why_not_compute(seen: Survey, number: int) -> str:
    lost = ~np.isfinite(seen.nearest_m[:, number])
    return NO_COMPUTE if seen.in_sight[lost, number].any() else NO_SATELLITE


def _pair(seen: Survey, number: int) -> dict[str, Any]:
    a, b = seen.pairs[number]
    cities, latency = seen.cities, rtt_ms(seen.route_m[:, number])
    places = [(float(cities.latitude_rad[k]), float(cities.longitude_rad[k])) for k in (a, b)]
    there = latency[np.isfinite(latency)]
    reached = there.size > 0
    hops = seen.route_hops[:, number]
    return {
        "from": cities.names[a],
        "to": cities.names[b],
        "rtt_median_ms": float(np.median(there)) if reached else None,
        "rtt_min_ms": float(there.min()) if reached else None,
        "rtt_max_ms": float(there.max()) if reached else None,
        "hops_median": float(np.median(hops[hops >= 0])) if reached else None,
        "reachable_frac": float(np.isfinite(latency).mean()),
        "fibre_rtt_ms": 1e3 * fibre_rtt_s(seen.scenario.network.fibre, *places),
    }


def _bisection(seen: Survey) -> dict[str, Any]:
    halves = seen.halves
    if halves is None:
        return {"rate_bit_per_s": None, "n_parts": None, "n_largest": None, "n_alone": None}
    return vars(halves)


def _throughput(seen: Survey) -> dict[str, Any] | None:
    loaded = seen.loaded
    if loaded is None:
        return None
    flow, names = loaded.flow, seen.cities.names
    lost = [loaded.pairs[k] for k in flow.unreachable]
    gone = set(flow.unreachable)
    order = np.argsort(flow.price * loaded.capacity)[::-1][:MOST_BOTTLENECKS]
    order = order[flow.price[order] * loaded.capacity[order] > 1e-6 * max(flow.share, 1e-300)]
    return {
        "asked_bit_per_s": loaded.asked_bit_per_s,
        "share": flow.share,
        "bound": flow.bound,
        "carried_bit_per_s": flow.share * _asked_of_reached(seen, gone) if len(gone) < len(loaded.pairs) else None,
        "method": flow.method,
        "n_demands": len(loaded.pairs),
        "n_sats": len(loaded.satellites),
        "unreachable": [{"from": names[a], "to": names[b]} for a, b in lost],
        "bottlenecks": [
            {
                "from": loaded.node_name(int(loaded.tail[k]), seen.constellation),
                "to": loaded.node_name(int(loaded.head[k]), seen.constellation),
                "rate_bit_per_s": float(loaded.capacity[k]),
                "share_of_limit": float(flow.price[k] * loaded.capacity[k] / max(flow.share, 1e-300)),
            }
            for k in order
        ],
    }


def _asked_of_reached(seen: Survey, gone: set[int]) -> float:
    from skyrack.network.demand import demands_of

    _, rates = demands_of(seen.scenario.network, seen.cities)
    return float(sum(rate for k, rate in enumerate(rates) if k not in gone))


def _downlink(seen: Survey) -> dict[str, Any] | None:
    down = seen.brought_down
    if down is None:
        return None
    return {
        "mean_bit_per_s": down.mean,
        "clear_sky_bit_per_s": float(down.clear_bit_per_s.mean()),
        "any_clear_frac": down.any_clear_frac,
        "bytes_per_day": down.mean * DAY_S / 8.0,
        "stations": [
            {
                "name": station.name,
                "kind": station.kind,
                "usable_frac": station.usable_frac,
                "contact_frac": float(down.contact_frac[k]),
                "mean_bit_per_s": float(down.by_station_bit_per_s[k]),
            }
            for k, station in enumerate(seen.stations)
        ],
    }


def _far() -> list[dict[str, Any]]:
    """Light times to far nodes, from the ground."""
    rows = [{"name": "geo", "title": "Geostationary orbit, overhead", "distance_m": GEO_ALTITUDE_M}]
    for name, place in parts("places").items():
        rows.append({"name": name, "title": place.title, "distance_m": place["distance_m"]})
    return [row | {"rtt_s": 2.0 * float(light_time_s(row["distance_m"]))} for row in rows]


def _transfers(seen: Survey, document: dict[str, Any]) -> dict[str, Any]:
    """Times for a gradient round a ring of neighbours, and for a checkpoint and a data set through the stations."""
    amounts, grid = seen.scenario.network.transfers, seen.constellation.grids[0]
    down = document["downlink"]["mean_bit_per_s"] if document["downlink"] else 0.0
    members = grid.size if grid.size > 1 else grid.places
    first = seen.first_links
    ring = None
    if first is not None and members > 1:
        numbers = grid.numbers()
        group = numbers[0, 0] if grid.size > 1 else numbers[0, :, 0]
        inside = np.isin(first.pairs, group).all(axis=1) & first.is_up
        # a ring over the group needs a link on from every member but the last
        if inside.sum() >= members - 1:
            rate, hop_m = float(first.rate_bit_per_s[inside].min()), float(first.range_m[inside].mean())
            ring = ring_all_reduce_s(amounts.gradient_bytes, members, rate, hop_m)
    return {
        "group": "formation" if grid.size > 1 else "orbital plane",
        "members": members,
        "all_reduce_s": ring,
        "gradient_bytes": amounts.gradient_bytes,
        "checkpoint_bytes": amounts.checkpoint_bytes,
        "data_set_bytes": amounts.data_set_bytes,
        "checkpoint_s": 8.0 * amounts.checkpoint_bytes / down if down > 0.0 else None,
        "data_set_s": 8.0 * amounts.data_set_bytes / down if down > 0.0 else None,
    }


def _remarks(seen: Survey, document: dict[str, Any]) -> list[str]:
    """What a reader should know about these results, one sentence each."""
    said = []
    halves, throughput = document["bisection"], document["throughput"]
    if (halves["n_parts"] or 0) > 1:
        said.append(
            f"The network falls into {halves['n_parts']:,} parts without a link between them; the largest holds "
            f"{halves['n_largest']:,} satellites, and the bisection is that part's."
        )
    if halves["n_alone"]:
        said.append(f"{halves['n_alone']:,} satellites have no link that is up at the first look.")
    if throughput and throughput["unreachable"]:
        named = ", ".join(f"{pair['from']} - {pair['to']}" for pair in throughput["unreachable"][:3])
        more = len(throughput["unreachable"]) - 3
        said.append(
            f"At the first look {len(throughput['unreachable'])} of {throughput['n_demands']} demands have no way: {named}"
            + (f" and {more} more." if more > 0 else ".")
        )
    if throughput and throughput["n_sats"] < seen.constellation.n_sats:
        said.append(
            f"The throughput is sought on {throughput['n_sats']:,} satellites, layers spread evenly over the fleet: that of "
            "the whole fleet is larger."
        )
    never = [city["name"] for city in document["cities"] if city["reachable_frac"] == 0.0]
    if never:
        shown = ", ".join(never[:4]) + (f" and {len(never) - 4} more" if len(never) > 4 else "")
        said.append(f"{len(never)} cities never reach compute: {shown}.")
    return said


# --- tables


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
