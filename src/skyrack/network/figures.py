"""The figures and tables of a network: names, units and labels, without the engine that computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Channel, Figure, Table


@dataclass(frozen=True)
class NetworkFigures:
    """Figures of a network over the run; None where there is nothing of the kind."""

    rtt_median_ms: Annotated[
        float | None, Figure("ms", "Propagation RTT between routed cities (median over pairs and snapshots)")
    ]
    route_hops_median: Annotated[float | None, Figure("", "Links per route, ground links included (median)")]
    nearest_rtt_median_ms: Annotated[
        float | None,
        Figure("ms", "Propagation RTT to the nearest compute satellite (median over cities and snapshots)"),
    ]
    nearest_reachable_frac: Annotated[
        float | None, Figure("frac", "Share of cities and snapshots that reach a compute satellite")
    ]
    handover_median_s: Annotated[float | None, Figure("s", "Time until handover (median over cities)")]
    link_rate_bit_per_s_mean: Annotated[
        float | None, Figure("bit_per_s", "Data rate of laser links that are up, per direction (mean over snapshots)")
    ]
    links_up_frac: Annotated[float | None, Figure("frac", "Share of laser links that are up (mean over snapshots)")]
    bisection_bit_per_s: Annotated[
        float | None, Figure("bit_per_s", "Bisection bandwidth of the largest connected component, per direction")
    ]
    network_components: Annotated[int | None, Figure("", "Connected components of the network")]
    throughput_bit_per_s: Annotated[
        float | None,
        Figure(
            "bit_per_s",
            "Maximum concurrent flow: throughput when all city-pair demands are scaled equally until a link saturates",
        ),
    ]
    downlink_bit_per_s_mean: Annotated[
        float | None, Figure("bit_per_s", "Mean downlink throughput, including weather outages")
    ]
    downlink_available_frac: Annotated[
        float | None, Figure("frac", "Share of time in which some station has a satellite and a usable sky")
    ]
    all_reduce_s: Annotated[
        float | None, Figure("s", "All-reduce time of a gradient within a formation or orbital plane")
    ]
    neighbour_distance_min_m: Annotated[float | None, Figure("m", "Least distance of formation neighbours in an orbit")]
    neighbour_distance_max_m: Annotated[
        float | None, Figure("m", "Largest distance of formation neighbours in an orbit")
    ]
    formation_keeping_m_per_s_per_year_km: Annotated[
        float | None, Figure("m_per_s_per_year_km", "Formation keeping delta-v per year and kilometre from the centre")
    ]


_TIME = Channel("time_s", "s", "Time of the network snapshot since the epoch")
_RTT = Channel("rtt_ms", "ms", "Propagation RTT over the shortest path; empty without a path")
_HOPS = Channel("hops", "", "Links on the path, ground links included; empty without a path")
_WHY_NOT = Channel("why_not", "", "Reason why there is no path; empty where there is one")
_FROM, _TO = Channel("from_city", "", "City at one end"), Channel("to_city", "", "City at the other end")

CITY_LATENCY_TABLE = Table(
    "city_latency",
    "Cities to the nearest compute satellite by time",
    (
        _TIME,
        Channel("city", "", "Name of the city"),
        _RTT,
        _HOPS,
        Channel("satellite", "", "Number of the nearest compute satellite"),
        _WHY_NOT,
    ),
)
ROUTE_TABLE = Table("routes", "City pairs by time", (_TIME, _FROM, _TO, _RTT, _HOPS, _WHY_NOT))
PATH_TABLE = Table(
    "paths",
    "Satellites on each path, in order",
    (
        _TIME,
        _FROM,
        _TO,
        Channel("step", "", "Position of the satellite on the path, from 1"),
        Channel("on_satellite", "", "Number of the satellite"),
        Channel("satellite_name", "", "Name of the satellite"),
    ),
)
LINK_TABLE = Table(
    "link_use",
    "Laser links that carry the demands at the first snapshot",
    (
        Channel("from_satellite", "", "Number of the sending satellite"),
        Channel("to_satellite", "", "Number of the receiving satellite"),
        Channel("rate_bit_per_s", "bit_per_s", "Data rate of the link in this direction"),
        Channel("flow_bit_per_s", "bit_per_s", "Traffic of the scaled demands on the link"),
        Channel("utilisation_frac", "frac", "Traffic over data rate"),
        *(
            Channel(f"{which}_{axis}_rad", "rad", f"Geocentric {axis} of the {role} satellite")
            for which, role in (("from", "sending"), ("to", "receiving"))
            for axis in ("latitude", "longitude")
        ),
    ),
)
DOWNLINK_TABLE = Table(
    "downlink",
    "Downlink throughput by time",
    (
        _TIME,
        Channel("downlink_bit_per_s", "bit_per_s", "Expected downlink throughput, including weather outages"),
        Channel("downlink_p05_bit_per_s", "bit_per_s", "Downlink throughput, 5th percentile of drawn skies"),
        Channel("downlink_p95_bit_per_s", "bit_per_s", "Downlink throughput, 95th percentile of drawn skies"),
        Channel("clear_sky_bit_per_s", "bit_per_s", "Downlink throughput under clear skies"),
    ),
)
TABLES = (CITY_LATENCY_TABLE, ROUTE_TABLE, PATH_TABLE, LINK_TABLE, DOWNLINK_TABLE)
