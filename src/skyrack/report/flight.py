"""Page of a flight: loss over virtual time, where the time went, power and routes, events, and what is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from skyrack.flight.record import Record
from skyrack.flight.tables import PHASE_TITLES, PHASES
from skyrack.report import style
from skyrack.report.economics import dollars
from skyrack.report.pages import count, rendered, written
from skyrack.report.style import figure, svg
from skyrack.run.flight import Flown, open_flown

PHASE_COLOURS = {
    "compute": style.COMPUTE,
    "power": style.SHADOW,
    "waiting": style.BUS,
    "communication": style.ARRAY,
    "outage": style.LOST,
    "restart": style.UNSERVED,
}
EVENT_TITLES = {
    "calibrated": "first step of the script, uncharged, measured for the large model",
    "flip": "bit flipped",
    "kill": "computers of a satellite failed",
    "restart": "job restarted",
    "eclipse": "satellite enters the Earth's shadow",
    "sunlight": "satellite leaves the Earth's shadow",
    "outage": "routes down",
    "stuck": "satellite computes nothing",
    "slow": "satellite is slow",
    "storm": "solar storm: no satellite computes",
    "notice": "script notified of an eclipse",
    "nccl": "NCCL replaced",
    "desync": "ranks in different collectives",
    "timeline ends": "end of the timeline",
}
MARKS = {
    "flip": ("v", style.ELECTRONICS),
    "kill": ("X", style.UNSERVED),
    "outage": ("s", style.LOST),
    "slow": ("<", style.ARRAY),
    "stuck": ("P", style.SHADOW),
    "storm": ("*", "#000"),
}
MAX_EVENTS = 60
"""Maximum number of events in the page's table; all of them are in events.parquet."""
MAX_LINES = 16
"""Maximum number of ranks whose loss is drawn by itself."""


def write_flight_page(path: Path) -> Path:
    """Write report.html of a flight's folder and return its path; InputError where the folder holds no finished flight."""
    from markupsafe import Markup

    flown = open_flown(path)
    record = Record(path)
    drawn = drawings(flown, record)
    found = flown.summary
    events = [row for row in flown.folder.table("events").iter_rows(named=True) if row["kind"] not in ("sunlight",)]
    sides = [{"place": "flown", **found["flown"]}, *found["replays"]]
    return written(
        rendered(
            "flight.html",
            {"dollars": dollars, "count": count},
            title=flown.folder.manifest["title"],
            manifest=flown.folder.manifest,
            found=found,
            sides=sides,
            titles=[_title(one["place"]) for one in sides],
            phases=PHASE_TITLES,
            settings=record.settings,
            timeline=record.timeline,
            events=events[:MAX_EVENTS],
            n_events=len(events),
            event_titles=EVENT_TITLES,
            figures={name: Markup(text) for name, text in drawn.items()},  # noqa: S704 (our own drawings)
        ),
        path / "report.html",
    )


def _title(place: str) -> str:
    if place == "flown":
        return "flown"
    return "ground, replayed" if place == "ground" else f"{int(place):,} satellites, replayed"


def drawings(flown: Flown, record: Record) -> dict[str, str]:
    """Return the figures of a flight, as SVG by name."""
    steps = flown.folder.table("steps")
    found = {"phases": where_the_time_went(flown.summary), "conditions": conditions(record)}
    if steps.height and np.isfinite(steps["loss"].to_numpy()).any():
        found["loss"] = losses(record, steps, flown.folder.table("events"))
    return found


def _unit_of(virtual_s: float) -> tuple[float, str]:
    """Return the unit of time for a flight's axis: its length in seconds and its name."""
    for length_s, name in ((86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms")):
        if virtual_s >= 2.0 * length_s:
            return length_s, name
    return 1e-6, "us"


def losses(record: Record, steps: Any, events: Any) -> str:
    """Draw the loss of each rank over virtual time, their mean, eclipses as bands and faults as marks."""
    unit_s, unit = _unit_of(record.virtual_s)
    with figure(height_in=3.6) as (drawing, axes):
        _shade_eclipses(record, axes, unit_s)
        for attempt in range(record.attempts):
            mine = steps.filter(steps["attempt"] == attempt)
            ranks = sorted(mine["rank"].unique().to_list())
            curves = [mine.filter(mine["rank"] == rank) for rank in ranks]
            for curve in curves[:MAX_LINES]:
                axes.plot(curve["time_s"] / unit_s, curve["loss"], color=style.BUS, lw=0.7, alpha=0.8)
            n = min((curve.height for curve in curves), default=0)
            if n:
                mean = np.mean([curve["loss"].to_numpy()[:n] for curve in curves], axis=0)
                label = "mean over the ranks" if attempt == 0 else None
                axes.plot(curves[0]["time_s"][:n] / unit_s, mean, color=style.COMPUTE, lw=1.8, label=label)
        _clip_outliers(axes, steps["loss"].to_numpy())
        top = axes.get_ylim()[1]
        for kind, (mark, colour) in MARKS.items():
            at = events.filter(events["kind"] == kind)["time_s"].to_numpy()
            if len(at):
                axes.plot(
                    at / unit_s,
                    np.full(len(at), top),
                    mark,
                    color=colour,
                    ms=7,
                    ls="",
                    label=kind,
                    clip_on=False,
                    zorder=5,
                )
        axes.set(xlabel=f"virtual time ({unit})", ylabel="loss of the script's own batches", xlim=(0.0, None))
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.02), ncols=5, fontsize=8.5)
        return svg(drawing)


def _clip_outliers(axes: Any, losses: Any) -> None:
    """Limit the axis to nearly all losses where some, after a flipped bit, are many times as large as the others."""
    finite = losses[np.isfinite(losses)]
    if len(finite):
        usual = float(np.quantile(finite, 0.9))
        if float(finite.max()) > MAX_OUTLIER * max(usual, 1e-12):
            axes.set_ylim(min(0.0, float(finite.min())), 1.5 * usual)
            axes.set_title("losses beyond the axis are cut off", fontsize=9, color="#5b6672", loc="left")


MAX_OUTLIER = 20.0
"""Losses beyond this multiple of the ninth decile do not widen the axis."""


def _shade_eclipses(record: Record, axes: Any, unit_s: float) -> None:
    """Shade the times at which half of the flown satellites or more are in the Earth's shadow."""
    if record.settings.place == "ground":
        return
    timeline = record.timeline
    dark = (timeline.sunlit_frac < 0.5).mean(axis=1) >= 0.5
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(int)))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        begin_s, end_s = begin * timeline.step_s, end * timeline.step_s
        if begin_s < record.virtual_s:
            axes.axvspan(begin_s / unit_s, min(end_s, record.virtual_s) / unit_s, color=style.SHADOW, alpha=0.13, lw=0)


def where_the_time_went(found: dict[str, Any]) -> str:
    """Draw the mean time of a node by phase, for the flight and each replay, as shares."""
    sides = [("flown", found["flown"]), *((one["place"], one) for one in found["replays"])]
    with figure(height_in=1.0 + 0.42 * len(sides)) as (drawing, axes):
        for row, (_, side) in enumerate(sides):
            total = max(sum(side["phases_s"].values()), 1e-30)
            left = 0.0
            for name in PHASES:
                share = 100.0 * side["phases_s"][name] / total
                label = PHASE_TITLES[name] if row == 0 else None
                axes.barh(row, share, left=left, color=PHASE_COLOURS[name], height=0.62, label=label)
                if share >= MIN_LABELLED_PERCENT:
                    axes.text(
                        left + 0.5 * share, row, f"{share:.0f} %", ha="center", va="center", color="white", fontsize=8.5
                    )
                left += share
        axes.set_yticks(range(len(sides)), [_title(place) for place, _ in sides])
        axes.invert_yaxis()
        axes.set(xlim=(0.0, 100.0), xlabel="share of virtual time (%)")
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=8.5)
        return svg(drawing)


MIN_LABELLED_PERCENT = 4.0
"""Minimum share of a phase that gets a label."""


def conditions(record: Record) -> str:
    """Draw arithmetic rate, route delay and route rate of the flown satellites over the flight."""
    timeline = record.timeline
    shown_s = min(max(record.virtual_s * 1.05, 2.0 * timeline.step_s), timeline.span_s)
    unit_s, unit = _unit_of(shown_s)
    edges_s = np.concatenate([[0.0], timeline.time_s])
    n = timeline.n_ranks
    with figure(height_in=3.0, columns=2) as (drawing, (left, right)):
        _shade_eclipses(record, left, unit_s)
        for rank in range(min(n, MAX_LINES)):
            rate = 100.0 * timeline.clock_frac[:, rank]
            left.step(
                edges_s / unit_s,
                np.concatenate([rate, rate[-1:]]),
                where="post",
                color=style.COMPUTE,
                lw=0.9,
                alpha=0.5,
            )
        left.axvline(record.virtual_s / unit_s, color=style.UNSERVED, lw=1.0)
        left.set(
            xlabel=f"virtual time ({unit})",
            ylabel="arithmetic rate (% of full power)",
            xlim=(0.0, shown_s / unit_s),
            ylim=(0.0, 105.0),
        )
        times = np.concatenate([timeline.route_time_s, [timeline.span_s]])
        if n > 1:
            apart = ~np.eye(n, dtype=bool)
            rates = timeline.rate_bit_per_s[:, apart] / 1e9
            delays = np.where(np.isfinite(timeline.delay_s[:, apart]), timeline.delay_s[:, apart], np.nan) * 1e3
            slowest, longest = rates.min(axis=1), np.nanmax(np.nan_to_num(delays, nan=0.0), axis=1)
            right.step(
                times / unit_s, np.append(slowest, slowest[-1]), where="post", color=style.ARRAY, label="slowest route"
            )
            right.set(xlabel=f"virtual time ({unit})", ylabel="data rate (Gbit/s)", xlim=(0.0, shown_s / unit_s))
            right.set_ylim(0.0, 1.25 * max(float(slowest.max()), 1e-3))
            other = right.twinx()
            other.step(
                times / unit_s,
                np.append(longest, longest[-1]),
                where="post",
                color=style.ELECTRONICS,
                label="longest delay",
            )
            other.set_ylabel("propagation delay (ms)")
            other.set_ylim(0.0, 1.25 * max(float(longest.max()), 1e-6))
            other.grid(visible=False)
            lines = [*right.get_lines(), *other.get_lines()]
            right.legend(lines, [str(line.get_label()) for line in lines], fontsize=8.5, loc="lower right")
        return svg(drawing)
