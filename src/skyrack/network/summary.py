"""Network of a run as one document, network.json: latencies, links, capacities, downlink and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skyrack.catalogue.parts import parts
from skyrack.core.constants import DAY_S
from skyrack.network.bisection import Bisection
from skyrack.network.collective import all_reduce_s, tree_of
from skyrack.network.demand import demands_of
from skyrack.network.history import NetworkHistory, rtt_ms
from skyrack.orbits.formation import Keeping
from skyrack.orbits.ground import fibre_rtt_s, nearest_region
from skyrack.physics.propagation_delay import light_time_s

GEO_ALTITUDE_M = 35_786_000.0
"""Altitude of a geostationary satellite."""
IN_SIGHT, NO_SATELLITE = "", "no satellite in sight"
NO_PATH, NO_COMPUTE = "no path between them", "no path to a compute satellite"
"""Reasons for a missing path; empty for a path."""


@dataclass(frozen=True)
class Spread:
    """Minimum, median and maximum of some values."""

    min: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Any) -> Spread | None:
        """Return minimum, median and maximum of an array; None without values."""
        if not len(values):
            return None
        return cls(float(values.min()), float(np.median(values)), float(values.max()))


@dataclass(frozen=True)
class LinkSummary:
    """Summary of the laser links of a network."""

    n: int
    """Number of links at the first snapshot."""
    up_frac: float | None
    """Share of the links that are up, mean over snapshots."""
    down_frac: dict[str, float]
    """Mean share of the links in each state except up, if not zero."""
    range_m: Spread | None
    """Ranges at the first snapshot."""
    rate_bit_per_s: Spread | None
    """Data rates of the links that are up at the first snapshot."""


@dataclass(frozen=True)
class CityLatency:
    """Latency from a city to the nearest compute satellite over all snapshots; None if it never reaches one."""

    name: str
    latitude_rad: float
    longitude_rad: float
    people: float
    rtt_median_ms: float | None
    rtt_p05_ms: float | None
    rtt_p95_ms: float | None
    hops_median: float | None
    reachable_frac: float
    """Share of the snapshots with a path."""
    why_not: str
    """Reason for the snapshots without a path; empty if there are none."""
    fibre_region: str
    """Nearest region of ground data centers."""
    fibre_rtt_ms: float
    """RTT over optical fibre to that region."""


@dataclass(frozen=True)
class PairLatency:
    """Latency between two cities over all snapshots; None if there is never a path."""

    from_city: str
    to_city: str
    rtt_median_ms: float | None
    rtt_min_ms: float | None
    rtt_max_ms: float | None
    hops_median: float | None
    reachable_frac: float
    fibre_rtt_ms: float


@dataclass(frozen=True)
class Bottleneck:
    """Link that limits the throughput."""

    tail: str
    head: str
    rate_bit_per_s: float
    """Capacity of the link in this direction."""
    share_of_limit: float
    """Dual price times capacity of the link, over the share of the demands that is carried."""


@dataclass(frozen=True)
class Throughput:
    """Maximum concurrent flow of the demands between cities, scaled equally until a link saturates."""

    demand_bit_per_s: float
    """Sum of all demands."""
    share: float
    """Share of every demand that is carried; may exceed one."""
    bound: float
    """Upper bound of the share."""
    carried_bit_per_s: float | None
    """Throughput of all demands with a path; None without any."""
    method: str
    n_demands: int
    n_sats: int
    """Number of satellites of the graph."""
    unreachable: tuple[tuple[str, str], ...]
    """Pairs of cities without a path."""
    bottlenecks: tuple[Bottleneck, ...]


@dataclass(frozen=True)
class StationSummary:
    """Downlink of one ground station over the run."""

    name: str
    kind: str
    usable_frac: float
    """Share of time with a usable sky."""
    contact_frac: float
    """Share of the snapshots with a satellite in view."""
    mean_bit_per_s: float
    """Mean throughput, including weather outages."""


@dataclass(frozen=True)
class DownlinkSummary:
    """Downlink to all ground stations, mean over snapshots."""

    mean_bit_per_s: float
    """Throughput including weather outages."""
    clear_sky_bit_per_s: float
    """Throughput under clear skies."""
    any_clear_frac: float
    """Share of time in which at least one station has a satellite in view and a usable sky."""
    bytes_per_day: float
    stations: tuple[StationSummary, ...]


@dataclass(frozen=True)
class FormationSummary:
    """Summary of a formation: distances, station keeping, and its shape at three points of the orbit."""

    nearest_m: float
    neighbour_min_m: float
    neighbour_max_m: float
    keeping_m_per_s_per_year_km: float
    keeping_uncorrected_m_per_s_per_year_km: float
    node_m_per_s_per_year_km: float
    axis_ratio: float
    shapes_m: tuple[Any, ...]
    """Offsets from the centre, (satellite, xyz), at the ascending node, an eighth and a quarter of an orbit later."""
    links: Any
    """Pairs of linked satellites of the formation."""


@dataclass(frozen=True)
class DistantNode:
    """Node beyond low Earth orbit, and the propagation RTT to it from the ground."""

    name: str
    title: str
    distance_m: float
    rtt_s: float


@dataclass(frozen=True)
class Transfers:
    """Transfer times: all-reduce of a gradient within a group, and checkpoint and data set over the ground stations."""

    group: str
    members: int
    all_reduce_s: float | None
    gradient_bytes: float
    checkpoint_bytes: float
    data_set_bytes: float
    checkpoint_s: float | None
    data_set_s: float | None


@dataclass(frozen=True)
class NetworkDocument:
    """Content of network.json."""

    snapshots: int
    step_s: float
    topology: str
    links: LinkSummary
    cities: tuple[CityLatency, ...]
    pairs: tuple[PairLatency, ...]
    bisection: Bisection
    throughput: Throughput | None
    downlink: DownlinkSummary | None
    formations: dict[str, FormationSummary]
    distant_nodes: tuple[DistantNode, ...]
    transfers: Transfers
    remarks: tuple[str, ...]


def describe(history: NetworkHistory) -> NetworkDocument:
    """Summarise the history of a network as the document network.json."""
    cities = tuple(_city(history, number) for number in range(len(history.cities.names)))
    bisection = history.halves or Bisection(None, None, None, None)
    throughput, down = _throughput(history), _downlink(history)
    return NetworkDocument(
        snapshots=len(history.times_s),
        step_s=history.scenario.network.step_s,
        topology=history.scenario.network.topology.name,
        links=_links(history),
        cities=cities,
        pairs=tuple(_pair(history, number) for number in range(len(history.pairs))),
        bisection=bisection,
        throughput=throughput,
        downlink=down,
        formations={name: _formation(history, name, kept) for name, kept in history.keeping.items()},
        distant_nodes=_distant_nodes(),
        transfers=_transfers(history, down.mean_bit_per_s if down else 0.0),
        remarks=tuple(_remarks(history, bisection, throughput, cities)),
    )


def _formation(history: NetworkHistory, name: str, kept: Keeping) -> FormationSummary:
    grid = next(g for g in history.constellation.grids if history.constellation.shells[g.shell].name == name)
    layer: Any = grid.layer
    motion = history.constellation.motion(layer)
    path = motion.follow(0.3 * motion.node_period_s)
    pairs = np.empty((0, 2), np.int64) if history.first is None else history.first.links.pairs - grid.first
    inside = pairs[((pairs >= 0) & (pairs < grid.size)).all(axis=1)]
    return FormationSummary(
        nearest_m=kept.nearest_m,
        neighbour_min_m=kept.neighbour_min_m,
        neighbour_max_m=kept.neighbour_max_m,
        keeping_m_per_s_per_year_km=kept.drift_m_per_s_per_year_km + kept.node_m_per_s_per_year_km,
        keeping_uncorrected_m_per_s_per_year_km=kept.drift_uncorrected_m_per_s_per_year_km
        + kept.node_m_per_s_per_year_km,
        node_m_per_s_per_year_km=kept.node_m_per_s_per_year_km,
        axis_ratio=kept.axis_ratio,
        shapes_m=tuple(
            np.round(path.offsets_m(share * motion.node_period_s), 2).tolist() for share in (0.0, 0.125, 0.25)
        ),
        links=inside.tolist(),
    )


def _links(history: NetworkHistory) -> LinkSummary:
    first = None if history.first is None else history.first.links
    if first is None or not len(first.pairs):
        return LinkSummary(0, None, {}, None, None)
    return LinkSummary(
        len(first.pairs),
        history.up_frac,
        {name: share for name, share in history.down.items() if share > 0.0},
        Spread.of(first.range_m),
        Spread.of(first.rate_bit_per_s[first.is_up]),
    )


def _city(history: NetworkHistory, number: int) -> CityLatency:
    cities, latency = history.cities, rtt_ms(history.nearest_m[:, number])
    here = (float(cities.latitude_rad[number]), float(cities.longitude_rad[number]))
    region, cable_s = nearest_region(history.scenario.network.fibre, *here)
    there = latency[np.isfinite(latency)]
    hops = history.nearest_hops[:, number]
    return CityLatency(
        name=cities.names[number],
        latitude_rad=here[0],
        longitude_rad=here[1],
        people=float(cities.people[number]),
        rtt_median_ms=float(np.median(there)) if there.size else None,
        rtt_p05_ms=float(np.quantile(there, 0.05)) if there.size else None,
        rtt_p95_ms=float(np.quantile(there, 0.95)) if there.size else None,
        hops_median=float(np.median(hops[hops >= 0])) if there.size else None,
        reachable_frac=float(np.isfinite(latency).mean()),
        why_not=IN_SIGHT if np.isfinite(latency).all() else _why_not_compute(history, number),
        fibre_region=region,
        fibre_rtt_ms=1e3 * cable_s,
    )


def _why_not_compute(history: NetworkHistory, number: int) -> str:
    lost = ~np.isfinite(history.nearest_m[:, number])
    return NO_COMPUTE if history.in_sight[lost, number].any() else NO_SATELLITE


def _pair(history: NetworkHistory, number: int) -> PairLatency:
    a, b = history.pairs[number]
    cities, latency = history.cities, rtt_ms(history.route_m[:, number])
    places = [(float(cities.latitude_rad[k]), float(cities.longitude_rad[k])) for k in (a, b)]
    there = latency[np.isfinite(latency)]
    hops = history.route_hops[:, number]
    return PairLatency(
        from_city=cities.names[a],
        to_city=cities.names[b],
        rtt_median_ms=float(np.median(there)) if there.size else None,
        rtt_min_ms=float(there.min()) if there.size else None,
        rtt_max_ms=float(there.max()) if there.size else None,
        hops_median=float(np.median(hops[hops >= 0])) if there.size else None,
        reachable_frac=float(np.isfinite(latency).mean()),
        fibre_rtt_ms=1e3 * fibre_rtt_s(history.scenario.network.fibre, *places),
    )


def _throughput(history: NetworkHistory) -> Throughput | None:
    loaded = history.loaded
    if loaded is None:
        return None
    flow, names, constellation = loaded.flow, history.cities.names, history.constellation
    gone = set(flow.unreachable)
    order = np.argsort(flow.price * loaded.capacity)[::-1]
    order = order[flow.price[order] * loaded.capacity[order] > 1e-6 * max(flow.share, 1e-300)]
    has_path = len(gone) < len(loaded.pairs)
    return Throughput(
        demand_bit_per_s=loaded.asked_bit_per_s,
        share=flow.share,
        bound=flow.bound,
        carried_bit_per_s=flow.share * _reached_demand_bit_per_s(history, gone) if has_path else None,
        method=flow.method,
        n_demands=len(loaded.pairs),
        n_sats=len(loaded.satellites),
        unreachable=tuple((names[a], names[b]) for a, b in (loaded.pairs[k] for k in flow.unreachable)),
        bottlenecks=tuple(
            Bottleneck(
                loaded.node_name(int(loaded.tail[k]), constellation),
                loaded.node_name(int(loaded.head[k]), constellation),
                float(loaded.capacity[k]),
                float(flow.price[k] * loaded.capacity[k] / max(flow.share, 1e-300)),
            )
            for k in order
        ),
    )


def _reached_demand_bit_per_s(history: NetworkHistory, gone: set[int]) -> float:
    _, rates = demands_of(history.scenario.network, history.cities)
    return float(sum(rate for k, rate in enumerate(rates) if k not in gone))


def _downlink(history: NetworkHistory) -> DownlinkSummary | None:
    down = history.downlink
    if down is None:
        return None
    return DownlinkSummary(
        mean_bit_per_s=down.mean,
        clear_sky_bit_per_s=float(down.clear_bit_per_s.mean()),
        any_clear_frac=down.any_clear_frac,
        bytes_per_day=down.mean * DAY_S / 8.0,
        stations=tuple(
            StationSummary(
                station.name,
                station.kind,
                station.usable_frac,
                float(down.contact_frac[k]),
                float(down.by_station_bit_per_s[k]),
            )
            for k, station in enumerate(history.sites.stations)
        ),
    )


def _distant_nodes() -> tuple[DistantNode, ...]:
    places = [("geo", "Geostationary orbit, overhead", GEO_ALTITUDE_M)]
    places += [(name, place.title, place["distance_m"]) for name, place in parts("places").items()]
    return tuple(DistantNode(*place, 2.0 * float(light_time_s(place[2]))) for place in places)


def _transfers(history: NetworkHistory, down_bit_per_s: float) -> Transfers:
    amounts, grid = history.scenario.network.transfers, history.constellation.grids[0]
    numbers = grid.numbers()
    group = numbers[0, 0] if grid.size > 1 else numbers[0, :, 0]
    first = history.first
    tree = None if first is None else tree_of(first.links, group, first.usable)
    took_s = None
    if tree is not None:
        took_s = all_reduce_s(amounts.gradient_bytes, tree.rate_bit_per_s, tree.depth, tree.hop_m)
    return Transfers(
        group="formation" if grid.size > 1 else "orbital plane",
        members=0 if first is None else int(first.usable[group].sum()),
        all_reduce_s=took_s,
        gradient_bytes=amounts.gradient_bytes,
        checkpoint_bytes=amounts.checkpoint_bytes,
        data_set_bytes=amounts.data_set_bytes,
        checkpoint_s=8.0 * amounts.checkpoint_bytes / down_bit_per_s if down_bit_per_s > 0.0 else None,
        data_set_s=8.0 * amounts.data_set_bytes / down_bit_per_s if down_bit_per_s > 0.0 else None,
    )


def _remarks(
    history: NetworkHistory, halves: Bisection, throughput: Throughput | None, cities: tuple[CityLatency, ...]
) -> list[str]:
    """Return remarks on the results, one sentence each."""
    found = []
    if history.n_decayed:
        found.append(f"SGP4 gave up {_count(history.n_decayed, 'satellite')} before the last snapshot: decayed orbits.")
    if (halves.n_components or 0) > 1:
        found.append(
            f"The network has {halves.n_components:,} connected components; the largest holds "
            f"{_count(halves.n_largest or 0, 'satellite')}, and the bisection bandwidth is that component's."
        )
    if halves.n_alone:
        found.append(f"{_count(halves.n_alone, 'satellite')} without any link that is up at the first snapshot.")
    if throughput and throughput.unreachable:
        named = ", ".join(f"{source} - {target}" for source, target in throughput.unreachable[:3])
        more = len(throughput.unreachable) - 3
        found.append(
            f"At the first snapshot {len(throughput.unreachable)} of {throughput.n_demands} demands have no path: {named}"
            + (f" and {more} more." if more > 0 else ".")
        )
    if throughput and throughput.n_sats < history.constellation.n_sats:
        found.append(
            f"The throughput is computed on {throughput.n_sats:,} satellites, layers spread evenly over the fleet: that of "
            "the whole fleet is larger."
        )
    never = [city.name for city in cities if city.reachable_frac == 0.0]
    if never:
        shown = ", ".join(never[:4]) + (f" and {len(never) - 4} more" if len(never) > 4 else "")
        found.append(
            f"{_count(len(never), 'city', 'cities')} reach no compute satellite at any of the {len(history.times_s):,} "
            f"snapshots: {shown}."
        )
    return found


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
