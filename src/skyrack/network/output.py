"""What a run keeps of its network: a document, tables, and the figures of the summary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skyrack.network.summary import describe
from skyrack.network.survey import Survey, rtt_ms, survey
from skyrack.network.tables import write_route_tables, write_use_tables
from skyrack.results.run_folder import RunFolder
from skyrack.scenario import Scenario


def keep_network(folder: RunFolder, scenario: Scenario, on_look: Callable[[int, int], None]) -> dict[str, Any]:
    """Survey the network and leave network.json and its tables; returns the figures of the summary."""
    seen = survey(scenario, on_look)
    document = describe(seen)
    folder.write_json("network.json", document)
    write_route_tables(folder, seen)
    write_use_tables(folder, seen)
    return figures_of(seen, document)


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
