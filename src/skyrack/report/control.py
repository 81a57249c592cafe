"""Page of a control plane: who runs where, when satellites have power, queues, events and accounts."""

from __future__ import annotations

from html import escape
from typing import Any

from skyrack.report import style
from skyrack.report.economics import dollars
from skyrack.report.pages import rendered

WIDTH, LEFT, ROW, TOP = 1000, 120, 18, 22
MAX_ROWS = 64
COLOURS = (style.COMPUTE, style.ARRAY, style.CHARGE, style.ELECTRONICS, style.BUS)
DARK = "#39424e"


def control_html(
    overview: dict[str, Any],
    jobs: list[dict[str, Any]],
    queues: list[dict[str, Any]],
    timeline: dict[str, Any],
    events: list[dict[str, Any]],
    bill: list[dict[str, Any]],
) -> str:
    """Return the page from the rows of `skyrack.operations.live.views`."""
    from markupsafe import Markup

    live = [job for job in jobs if job["end_s"] is None]
    ended = [job for job in jobs if job["end_s"] is not None]
    return rendered(
        "control.html",
        {"dollars": dollars},
        overview=overview,
        live=live[:200],
        ended=ended[-20:][::-1],
        n_live=len(live),
        queues=queues,
        events=events[::-1],
        bill=bill,
        chart=Markup(gantt(timeline)),  # noqa: S704 (our own drawing)
    )


def gantt(timeline: dict[str, Any]) -> str:
    """Draw, for each satellite, when it has no power, and which jobs held it."""
    names = timeline["satellites"][:MAX_ROWS]
    begin_s, end_s = float(timeline["begin_s"]), float(timeline["end_s"])
    height = TOP + ROW * len(names) + 30

    def x(time_s: float) -> float:
        share = (min(max(time_s, begin_s), end_s) - begin_s) / max(end_s - begin_s, 1.0)
        return LEFT + share * (WIDTH - LEFT - 10)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" width="100%" role="img" '
        f'aria-label="Jobs on {len(names)} satellites over time, with the time without power">'
    ]
    row_of = {name: TOP + ROW * k for k, name in enumerate(names)}
    for k, name in enumerate(names):
        y = row_of[name]
        parts.append(f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end" font-size="11">{escape(name)}</text>')
        at_s = begin_s
        for a, b in [*timeline["power"][k], [end_s, end_s]]:
            if a > at_s + 1.0:
                parts.append(
                    f'<rect x="{x(at_s):.1f}" y="{y}" width="{x(a) - x(at_s):.1f}" height="{ROW - 3}" fill="{DARK}"/>'
                )
            at_s = max(at_s, b)
    for span in timeline["spans"]:
        colour = COLOURS[span["job"] % len(COLOURS)]
        a, b = x(span["begin_s"]), x(span["end_s"])
        for name in span["satellites"]:
            if name in row_of:
                parts.append(
                    f'<rect x="{a:.1f}" y="{row_of[name] + 3}" width="{max(b - a, 1.0):.1f}" height="{ROW - 9}" rx="2" '
                    f'fill="{colour}"><title>job {span["job"]} on {escape(name)}</title></rect>'
                )
                if b - a > 26:
                    parts.append(
                        f'<text x="{a + 3:.1f}" y="{row_of[name] + 11}" font-size="8.5" fill="white">{span["job"]}</text>'
                    )
    now = x(timeline["time_s"])
    parts.append(f'<line x1="{now:.1f}" x2="{now:.1f}" y1="{TOP - 4}" y2="{height - 26}" stroke="{style.UNSERVED}"/>')
    parts.append(f'<text x="{now:.1f}" y="{TOP - 8}" text-anchor="middle" font-size="11">now</text>')
    hour_s = 3600.0
    step_s = hour_s * max(1, round((end_s - begin_s) / hour_s / 8))
    tick_s = step_s * (begin_s // step_s + 1)
    while tick_s < end_s:
        place = x(tick_s)
        parts.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{height - 26}" y2="{height - 21}" stroke="#888"/>')
        parts.append(
            f'<text x="{place:.1f}" y="{height - 8}" text-anchor="middle" font-size="11">{tick_s / hour_s:g} h</text>'
        )
        tick_s += step_s
    return "".join([*parts, "</svg>"])
