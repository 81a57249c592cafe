"""Figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from skyrack.api.operations import RequestQueue
from skyrack.web.live import LiveHost

STATES = ("queued", "running", "complete", "failed", "cancelled", "interrupted")


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "skyrack_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram("skyrack_request_seconds", "Time to answer.", ("route",), registry=self.registry)
        self.dropped = Counter("skyrack_listeners_dropped", "Listeners too slow to keep.", registry=self.registry)

    def watch(self, queue: RequestQueue, live: LiveHost) -> None:
        """Read queue and twin whenever the figures are asked for."""
        self.registry.register(_State(queue, live))

    def text(self) -> bytes:
        """Return all figures in Prometheus' format."""
        return generate_latest(self.registry)


class _State:
    def __init__(self, queue: RequestQueue, live: LiveHost) -> None:
        self.queue, self.live = queue, live

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        runs = GaugeMetricFamily("skyrack_runs", "Runs by state.", labels=("state",))
        rows, source = self.queue.rows("run")
        for state in STATES:
            runs.add_metric((state,), sum(row["state"] == state for row in rows))
        yield runs
        yield GaugeMetricFamily("skyrack_index_up", "Whether the database answers.", float(source == "index"))
        yield GaugeMetricFamily("skyrack_listeners", "Listeners of the live twin.", len(self.live.listeners))
        yield GaugeMetricFamily("skyrack_stream_bytes", "Bytes of frames sent so far.", self.live.bytes_sent)
        twin = self.live.twin
        if twin is None:
            return
        view = twin.view
        yield GaugeMetricFamily("skyrack_twin_time_seconds", "Simulated time since the epoch.", view.status.time_s)
        yield GaugeMetricFamily("skyrack_twin_speed", "Speed asked for.", view.status.speed)
        yield GaugeMetricFamily("skyrack_twin_speed_held", "Speed reached.", view.status.held_speed)
        figures = GaugeMetricFamily("skyrack_twin_figure", "Figures of the newest view.", labels=("figure",))
        for name, value in view.fleet.figures.items():
            figures.add_metric((name,), value)
        yield figures
