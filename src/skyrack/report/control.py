"""Page of a control plane: who runs where, when satellites have power, queues, events and accounts."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np

from skyrack.catalogue.ground import land
from skyrack.report import style
from skyrack.report.economics import dollars
from skyrack.report.pages import rendered

WIDTH, LEFT, ROW, TOP = 1000, 120, 18, 22
MAX_ROWS = 64
COLOURS = (style.COMPUTE, style.ARRAY, style.CHARGE, style.ELECTRONICS, style.BUS)
DARK = "#39424e"
STEPS = (("1 h", 3600.0), ("10 min", 600.0), ("1 min", 60.0))
"""Steps by which the page leads to other times."""


def control_html(
    overview: dict[str, Any],
    jobs: list[dict[str, Any]],
    queues: list[dict[str, Any]],
    timeline: dict[str, Any],
    events: list[dict[str, Any]],
    bill: list[dict[str, Any]],
    places: dict[str, Any] | None = None,
    past_s: float | None = None,
    token: str = "",
) -> str:
    """Return the page from the rows of `skyrack.operations.live.views`; `past_s` is the time if it is not now."""
    from markupsafe import Markup

    shown_s = float(overview["time_s"]) if past_s is None else past_s

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
        chart=Markup(gantt(timeline, shown_s)),  # noqa: S704 (our own drawing)
        globe=None if places is None else Markup(globe(places, holders(timeline, shown_s))),  # noqa: S704 (as above)
        past_s=past_s,
        travels=_travels(shown_s, token, is_past=past_s is not None),
    )


def _travels(shown_s: float, token: str, *, is_past: bool) -> list[tuple[str, str]]:
    """Return the links that lead to other times, as (label, address)."""
    given = f"&token={quote(token)}" if token else ""
    found = [(f"{label} earlier", f"/?at={shown_s - s:.0f}{given}") for label, s in STEPS]
    if is_past:
        found += [(f"{label} later", f"/?at={shown_s + s:.0f}{given}") for label, s in STEPS[::-1]]
        found.append(("now", f"/?{given[1:]}"))
    return found


def holders(timeline: dict[str, Any], time_s: float) -> dict[str, int]:
    """Return the job that held each satellite at a time, by name."""
    return {
        name: span["job"]
        for span in timeline["spans"]
        if span["begin_s"] <= time_s and (time_s < span["end_s"] or span["is_open"])
        for name in span["satellites"]
    }


RADIUS, EARTH_M = 150.0, 6_378_137.0


def globe(places: dict[str, Any], jobs: dict[str, int]) -> str:
    """Draw the day side and the night side of the Earth, each seen from afar, with the satellites and ground stations.

    `jobs` is the job of each satellite that one holds, by name.
    """
    sun = np.array(places["sun"])
    parts = [
        '<svg viewBox="0 0 820 400" width="100%" role="img" aria-label="Satellites over the day and the night side">'
    ]
    for k, (toward, title, ground) in enumerate(((sun, "day side", "#eaf2fb"), (-sun, "night side", "#454f5d"))):
        parts.append(f'<g transform="translate({205 + 410 * k} 195)">')
        parts.append(f'<text y="198" text-anchor="middle" font-size="12">{title}</text>')
        parts.append(f'<circle r="{RADIUS}" fill="{ground}" stroke="#9fb0c3"/>')
        east = np.cross([0.0, 0.0, 1.0], toward)
        east /= np.linalg.norm(east)
        frame = np.array([east, np.cross(toward, east), toward])
        parts += _coasts(frame, float(places["sidereal_rad"]))
        parts += _stations(places, frame)
        parts += _satellites(places, jobs, frame, is_day=k == 0)
        parts.append("</g>")
    return "".join([*parts, "</svg>"])


def _on_disk(latitude_rad: Any, longitude_rad: Any, sidereal_rad: float, frame: Any) -> Any:
    """Return places on the ground in the plane of a picture, in radii of the Earth, and toward the viewer, (place, 3)."""
    turned = np.asarray(longitude_rad) + sidereal_rad
    flat = np.cos(latitude_rad)
    return np.stack([flat * np.cos(turned), flat * np.sin(turned), np.sin(latitude_rad)], axis=-1) @ frame.T


def _coasts(frame: Any, sidereal_rad: float) -> list[str]:
    lines = []
    for ring in land():
        degrees = np.radians(np.asarray(ring, float))
        points = _on_disk(degrees[:, 1], degrees[:, 0], sidereal_rad, frame)
        line, is_drawn = "", False
        for x, y, depth in points.tolist():
            if depth > 0.0:
                line += f"{'L' if is_drawn else 'M'}{RADIUS * x:.1f} {-RADIUS * y:.1f}"
            is_drawn = depth > 0.0
        if line:
            lines.append(line)
    return [f'<path d="{"".join(lines)}" fill="none" stroke="#8aa0b8" stroke-width="0.8"/>']


def _stations(places: dict[str, Any], frame: Any) -> list[str]:
    found = []
    for one in places["stations"]:
        x, y, depth = _on_disk(one["latitude_rad"], one["longitude_rad"], places["sidereal_rad"], frame).tolist()
        if depth > 0.0:
            found.append(
                f'<path d="M{RADIUS * x - 3:.1f} {3 - RADIUS * y:.1f}h6l-3 -6z" fill="{style.BUS}">'
                f"<title>{escape(one['name'])}, ground station</title></path>"
            )
    return found


def _satellites(places: dict[str, Any], jobs: dict[str, int], frame: Any, *, is_day: bool) -> list[str]:
    """Draw the satellites on the near side of a picture's plane."""
    found = []
    points = np.asarray(places["position_m"]) @ frame.T / EARTH_M
    for name, has_power, (x, y, depth) in zip(places["satellites"], places["has_power"], points.tolist(), strict=True):
        if depth < 0.0:
            continue
        job = jobs.get(name)
        colour = "white" if job is None else COLOURS[job % len(COLOURS)]
        edge = DARK if is_day else "white"
        says = f"{escape(name)}, {'free' if job is None else f'job {job}'}{'' if has_power else ', without power'}"
        found.append(
            f'<circle cx="{RADIUS * x:.1f}" cy="{-RADIUS * y:.1f}" r="{6 if job else 4}" stroke="{edge}" '
            f'fill="{colour if has_power else DARK}"><title>{says}</title></circle>'
        )
    return found


def gantt(timeline: dict[str, Any], shown_s: float) -> str:
    """Draw, for each satellite, when it has no power, when a ground station sees it, and which jobs held it."""
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
        parts += [
            f'<rect x="{x(a):.1f}" y="{y + ROW - 3}" width="{max(x(b) - x(a), 1.0):.1f}" height="2" '
            f'fill="{style.BUS}"><title>a ground station sees {escape(name)}</title></rect>'
            for a, b in (timeline["contacts"][k] if timeline["contacts"] else ())
        ]
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
    now, label = x(shown_s), "now" if shown_s >= float(timeline["time_s"]) - 1.0 else f"{shown_s / 3600.0:.2f} h"
    parts.append(f'<line x1="{now:.1f}" x2="{now:.1f}" y1="{TOP - 4}" y2="{height - 26}" stroke="{style.UNSERVED}"/>')
    parts.append(f'<text x="{now:.1f}" y="{TOP - 8}" text-anchor="middle" font-size="11">{label}</text>')
    parts += _hours(begin_s, end_s, x, height)
    return "".join([*parts, "</svg>"])


def _hours(begin_s: float, end_s: float, x: Callable[[float], float], height: int) -> list[str]:
    """Draw the axis of time."""
    parts: list[str] = []
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
    return parts
