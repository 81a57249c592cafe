"""The result of a network's simulation, and how a run folder keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skyrack.network.figures import NetworkFigures
from skyrack.network.history import NetworkHistory, rtt_ms
from skyrack.network.summary import NetworkDocument, describe
from skyrack.network.tables import write_route_tables, write_use_tables
from skyrack.results.run_folder import RunFolder


@dataclass(frozen=True)
class NetworkResult:
    """A network through a run: its figures, its document, and the history behind them."""

    figures: NetworkFigures
    document: NetworkDocument
    history: NetworkHistory

    @classmethod
    def of(cls, history: NetworkHistory) -> NetworkResult:
        """Summarise a history."""
        document = describe(history)
        return cls(_figures(history, document), document, history)

    def write(self, folder: RunFolder) -> None:
        """Leave network.json and the tables in a run folder."""
        folder.write_json("network.json", self.document)
        write_route_tables(folder, self.history)
        write_use_tables(folder, self.history)


def _figures(history: NetworkHistory, document: NetworkDocument) -> NetworkFigures:
    formation = next(iter(document.formations.values()), None)
    down, links = document.downlink, None if history.first is None else history.first.links
    return NetworkFigures(
        rtt_median_ms=_median(rtt_ms(history.route_m)),
        route_hops_median=_median(np.where(history.route_hops >= 0, history.route_hops.astype(float), np.inf)),
        nearest_rtt_median_ms=_median(rtt_ms(history.nearest_m)),
        nearest_reachable_frac=float(np.isfinite(history.nearest_m).mean()) if history.nearest_m.size else None,
        handover_median_s=None if history.handover_s is None else _median(history.handover_s),
        link_rate_bit_per_s_mean=history.rate_mean_bit_per_s if history.up_frac else None,
        links_up_frac=history.up_frac if links is not None and len(links.pairs) else None,
        bisection_bit_per_s=document.bisection.rate_bit_per_s,
        network_components=document.bisection.n_components,
        throughput_bit_per_s=document.throughput.carried_bit_per_s if document.throughput else None,
        downlink_bit_per_s_mean=down.mean_bit_per_s if down else None,
        downlink_available_frac=down.any_clear_frac if down else None,
        all_reduce_s=document.transfers.all_reduce_s,
        neighbour_distance_min_m=formation.neighbour_min_m if formation else None,
        neighbour_distance_max_m=formation.neighbour_max_m if formation else None,
        formation_keeping_m_per_s_per_year_km=formation.keeping_m_per_s_per_year_km if formation else None,
    )


def _median(values: Any) -> float | None:
    """Return the median of the finite values, None without any."""
    there = values[np.isfinite(values)]
    return float(np.median(there)) if there.size else None
