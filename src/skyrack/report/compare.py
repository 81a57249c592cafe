"""Comparison of two runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

from skyrack.core.units import display, display_difference
from skyrack.flight.tables import FlightFigures
from skyrack.results.channels import Channel, figures_of
from skyrack.run.finished import Run
from skyrack.run.flight import Flown
from skyrack.run.outputs import CHANNELS, TIMINGS

FLIGHT_CHANNELS = {channel.name: channel for channel in figures_of(FlightFigures)}
IMPORTANT = (
    "virtual_s",
    "flight_cost_usd",
    "loss_last",
    "compute_power_mean_w",
    "capacity_factor",
    "sunlit_frac_mean",
    "throttled_frac",
    "radiator_temp_max_k",
    "battery_depth_max_frac",
)
"""Figures shown first if they differ; the others follow by the size of their relative change."""

NEGLIGIBLE_FRAC = 1e-6
MAX_PERCENT_FRAC = 10.0
"""Maximum relative change that is shown in per cent; larger ones are shown as multiples."""


def _channel(name: str) -> Channel:
    return CHANNELS.get(name) or FLIGHT_CHANNELS[name]


@dataclass(frozen=True)
class Difference:
    """Figure that differs between two runs."""

    name: str
    label: str
    first: float
    second: float

    @property
    def difference(self) -> float:
        """Second value minus the first, in the figure's unit."""
        return self.second - self.first

    @property
    def change(self) -> float | None:
        """Relative change, second over first minus one; None without a true zero, or if the signs differ."""
        has_ratio = _channel(self.name).has_true_zero and self.first * self.second > 0.0
        return self.second / self.first - 1.0 if has_ratio else None

    @property
    def weight(self) -> float:
        """Size of the difference over the larger of both values: 0 for equal values, 1 if one of them is zero."""
        return abs(self.difference) / max(abs(self.first), abs(self.second))

    @property
    def change_text(self) -> str:
        """Relative change if there is one, otherwise the difference with its unit."""
        change = self.change
        if change is None:
            return display_difference(self.difference, _channel(self.name).unit)
        if change > MAX_PERCENT_FRAC:
            return f"{display(change + 1.0, '')} times"
        return f"{100.0 * change:+.{2 if abs(change) >= 1e-4 else 4}f} %"

    def shown(self, value: float) -> str:
        """Return one of the two values with its unit."""
        return display(value, _channel(self.name).unit)

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as a mapping for JSON."""
        return {
            "name": self.name,
            "label": self.label,
            "first": self.first,
            "second": self.second,
            "difference": self.difference,
            "change": self.change,
            "change_text": self.change_text,
        }


@dataclass(frozen=True)
class Comparison:
    """Comparison of two runs: figures that differ, and the scenario keys behind them."""

    first: str
    second: str
    rows: list[Difference]
    keys: list[tuple[str, str, str]]
    n_equal: int
    """Number of figures that do not differ."""

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as a mapping for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "figures": [row.as_dict() for row in self.rows],
            "keys": [{"key": key, "first": first, "second": second} for key, first, second in self.keys],
            "n_equal": self.n_equal,
        }

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{row.label}</td><td>{row.shown(row.first)}</td><td>{row.shown(row.second)}</td>"
            f"<td>{row.change_text}</td></tr>"
            for row in self.rows
        )
        heads = "".join(f"<th>{escape(head)}</th>" for head in ("figure", self.first, self.second, "change"))
        return f"<table><tr>{heads}</tr>{cells}</table>"


def compare_runs(first: Run, second: Run) -> Comparison:
    """Return the figures of the summaries that differ, the important ones first, and the scenario keys that differ."""
    return _compare(first, second, first.summary, second.summary)


def compare_flights(first: Flown, second: Flown) -> Comparison:
    """Return the figures of two flights that differ, the important ones first, and the scenario keys that differ."""
    return _compare(first, second, first.summary["figures"], second.summary["figures"])


def _compare(first: Run | Flown, second: Run | Flown, a: dict[str, Any], b: dict[str, Any]) -> Comparison:
    ignored = (*TIMINGS, "shells", "claims")
    names = [name for name in a if name not in ignored and a[name] is not None and b.get(name) is not None]
    rows = [row for name in names if (row := _difference(name, float(a[name]), float(b[name]))) is not None]
    rows.sort(key=_weight)
    return Comparison(first.path.name, second.path.name, rows, _keys(first, second), len(names) - len(rows))


def _difference(name: str, first: float, second: float) -> Difference | None:
    if math.isclose(first, second, rel_tol=NEGLIGIBLE_FRAC, abs_tol=1e-9):
        return None
    return Difference(name, _channel(name).label, first, second)


def _weight(row: Difference) -> tuple[int, float]:
    rank = IMPORTANT.index(row.name) if row.name in IMPORTANT else len(IMPORTANT)
    return rank, -row.weight


def _keys(first: Run | Flown, second: Run | Flown) -> list[tuple[str, str, str]]:
    a, b = (_flat(_scenario(run)) for run in (first, second))
    ignored = ("name", "title", "description", "sources", "claims")
    keys = [key for key in dict.fromkeys([*a, *b]) if key.split(".")[0] not in ignored]
    return [(key, a.get(key, "-"), b.get(key, "-")) for key in keys if a.get(key) != b.get(key)]


def _scenario(run: Run | Flown) -> Any:
    return run.folder.read_scenario()


def _flat(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        return {k: v for key, inner in value.items() for k, v in _flat(inner, f"{path}.{key}".lstrip(".")).items()}
    if isinstance(value, list):
        named = [
            (str(inner.get("name", i)) if isinstance(inner, dict) else str(i), inner) for i, inner in enumerate(value)
        ]
        return {k: v for key, inner in named for k, v in _flat(inner, f"{path}.{key}").items()}
    return {path: str(value)}
