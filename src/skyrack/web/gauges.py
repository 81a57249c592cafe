"""Metrics of a control plane for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from skyrack.api.control import Controller, views


class Gauges:
    """State of a control plane, read whenever the metrics are requested."""

    def __init__(self, control: Controller) -> None:
        self.control = control
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        """Return nothing: the metrics are known once they are collected."""
        return []

    def collect(self) -> list[Metric]:
        """Return the metrics."""
        found = views.overview(self.control)
        jobs = GaugeMetricFamily("skyrack_jobs", "Jobs by state.", labels=["state"])
        for state, count in found["jobs"].items():
            jobs.add_metric([state], count)
        satellites = GaugeMetricFamily("skyrack_satellites", "Satellites by use.", labels=["use"])
        for use, count in found["satellites"].items():
            satellites.add_metric([use], count)
        waiting = GaugeMetricFamily("skyrack_queue_waiting", "Waiting jobs of each queue.", labels=["queue"])
        held = GaugeMetricFamily("skyrack_queue_satellites", "Satellites that each queue holds.", labels=["queue"])
        for row in views.queue_rows(self.control):
            waiting.add_metric([row["name"]], row["waiting"])
            held.add_metric([row["name"]], row["nodes_held"])
        return [
            jobs,
            satellites,
            waiting,
            held,
            GaugeMetricFamily("skyrack_virtual_seconds", "Virtual time since the epoch.", value=found["time_s"]),
            GaugeMetricFamily("skyrack_journal_records", "Records of the journal.", value=found["records"]),
            GaugeMetricFamily(
                "skyrack_has_problem", "1 while something hinders.", value=float(found["problem"] is not None)
            ),
            GaugeMetricFamily("skyrack_broken_promises", "Reservations not kept.", value=found["broken_promises"]),
        ]
