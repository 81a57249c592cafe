"""What was seen of a network as one document, network.json: latencies, links, capacities, what comes down, what it means."""

from __future__ import annotations

from typing import Any

import numpy as np

from skyrack.catalogue.parts import parts
from skyrack.core.constants import DAY_S
from skyrack.network.collective import all_reduce_s, tree_of
from skyrack.network.demand import demands_of
from skyrack.network.survey import Survey, rtt_ms
from skyrack.orbits.ground import fibre_rtt_s, nearest_region
from skyrack.physics.propagation_delay import light_time_s

GEO_ALTITUDE_M = 35_786_000.0
"""Of a satellite that stands over the equator."""
IN_SIGHT, NO_SATELLITE, NO_WAY, NO_COMPUTE = "", "no satellite in sight", "no way between them", "no way to compute"


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
    order = np.argsort(flow.price * loaded.capacity)[::-1]
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
    """Times for a gradient over the links of a group, and for a checkpoint and a data set through the stations."""
    amounts, grid = seen.scenario.network.transfers, seen.constellation.grids[0]
    down = document["downlink"]["mean_bit_per_s"] if document["downlink"] else 0.0
    first, numbers = seen.first_links, grid.numbers()
    group = numbers[0, 0] if grid.size > 1 else numbers[0, :, 0]
    tree = None if first is None else tree_of(first, group, seen.alive)
    took_s = None
    if tree is not None:
        took_s = all_reduce_s(amounts.gradient_bytes, tree.rate_bit_per_s, tree.depth, tree.hop_m)
    return {
        "group": "formation" if grid.size > 1 else "orbital plane",
        "members": int(seen.alive[group].sum()),
        "all_reduce_s": took_s,
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
    if seen.n_decayed:
        said.append(f"{_count(seen.n_decayed, 'satellite')} given up by SGP4 before the last look: decayed orbits.")
    if (halves["n_parts"] or 0) > 1:
        said.append(
            f"The network falls into {halves['n_parts']:,} parts without a link between them; the largest holds "
            f"{_count(halves['n_largest'], 'satellite')}, and the bisection is that part's."
        )
    if halves["n_alone"]:
        said.append(f"{_count(halves['n_alone'], 'satellite')} without any link that is up at the first look.")
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
        cities, looks = _count(len(never), "city", "cities"), len(seen.times_s)
        said.append(f"{cities} out of reach of compute at each of the {looks:,} looks: {shown}.")
    return said


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
