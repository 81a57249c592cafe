"""Figures of jobs: losses of compute, node failures by time and position, latency, and orbit against ground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skyrack.report import style
from skyrack.report.economics import dollars
from skyrack.report.network import draw_world
from skyrack.report.pages import count, plain, rendered, written
from skyrack.report.style import figure, svg

if TYPE_CHECKING:
    from skyrack.run.job import Job

SIDES = {"orbit": style.COMPUTE, "ground": style.ARRAY}
MAX_CITIES = 24
MIN_LABELLED_PERCENT = 0.05
"""Minimum loss (%) that gets a label."""
FILTERS = {"dollars": dollars, "count": count}
"""Filters of the templates for sums of money and numbers."""


def drawings(document: dict[str, Any], summary: dict[str, Any] | None = None) -> dict[str, str]:
    """Return all figures of these jobs, as SVG by name; with a run's summary also the chain from sunlight."""
    found = {"interruption_map": interruption_map(document["map"])}
    training, serving = document["training"], document["serving"]
    if training is not None:
        found["losses"] = losses(training)
        found["clock"] = through_the_day(training)
        if len(training["by_size"]["orbit"]) > 1:
            found["sizes"] = by_size(training)
        if len(training["tried"]) > 1:
            found["methods"] = methods(training)
    if serving is not None:
        found["latency_by_city"] = by_city(serving)
        found["first_tokens"] = distributions(serving)
        found["per_token"] = per_token(serving)
    if summary is not None:
        found["to_tokens"] = to_tokens(summary, document)
    return found


def _in_words(axis: Any, steps: tuple[float, ...] = (1.0, 2.0, 5.0)) -> None:
    """Set plain numbers on a logarithmic axis: 1, 2, 5, 10 ..."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set_major_locator(LogLocator(subs=steps))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


def write_job_page(job: Job, to: Path) -> Path:
    """Write the page of one job and return its path."""
    from markupsafe import Markup

    drawn = drawings(job.document)
    return written(
        rendered(
            "job.html",
            FILTERS,
            title=job.folder.manifest["title"],
            kind=job.kind,
            worked=job.document,
            manifest=job.folder.manifest,
            assumptions=[
                row for row in job.folder.read_json("assumptions.json") if row["path"].startswith("workload.")
            ],
            figures={name: Markup(text) for name, text in drawn.items()},  # noqa: S704 (our own drawings)
        ),
        to,
    )


def losses(training: dict[str, Any]) -> str:
    """Draw the losses from peak compute to useful compute, in orbit and on the ground."""
    names = [row["name"] for row in training["losses"]["orbit"]]
    with figure(height_in=0.9 + 0.34 * len(names)) as (drawing, axes):
        for offset, (side, colour) in zip((-0.19, 0.19), SIDES.items(), strict=True):
            left = 100.0
            for place, row in enumerate(training["losses"][side]):
                width = 100.0 * row["lost_frac"]
                is_useful = row["name"] == "useful"
                begin = 0.0 if is_useful else left - width
                axes.barh(
                    place + offset,
                    width,
                    left=begin,
                    height=0.34,
                    color=colour,
                    alpha=1.0 if is_useful else 0.55,
                    label=side if place == 0 else None,
                )
                if width >= MIN_LABELLED_PERCENT:
                    axes.text(
                        begin + width + 0.8,
                        place + offset,
                        f"{width:.1f} %" if is_useful else f"-{width:.1f} %",
                        va="center",
                        fontsize=8,
                        fontweight="bold" if is_useful else "normal",
                    )
                left -= 0.0 if is_useful else width
        axes.set_yticks(range(len(names)), names)
        axes.set(xlim=(0, 112), xlabel="share of the peak FLOPs of the accelerators (%)")
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
        return svg(drawing)


def through_the_day(training: dict[str, Any]) -> str:
    """Draw the clock speed of the nodes, and the failure rate of one node, over a day."""
    clock = training["clock"]
    hours = np.array(clock["time_s"]) / 3600.0
    with figure(height_in=2.9, columns=2) as (drawing, (speed, failures)):
        speed.fill_between(
            hours, 100 * np.array(clock["slowest"]), 100 * np.array(clock["fastest"]), color=style.BUS, alpha=0.5, lw=0
        )
        speed.plot(hours, 100 * np.array(clock["mean"]), color=style.COMPUTE, label="average over nodes")
        speed.set(xlabel="hours since the epoch", ylabel="speed (% of full power)", ylim=(0, 104))
        speed.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
        rate = np.array(clock["node_failures_per_node_day"])
        failures.fill_between(hours, rate, step="mid", color=style.UNSERVED, alpha=0.7, lw=0)
        failures.set(xlabel="hours since the epoch", ylabel="node failures per satellite and day", ylim=(0, None))
        for axes in (speed, failures):
            axes.set_xlim(0, 24)
            axes.set_xticks(range(0, 25, 6))
        return svg(drawing)


def by_size(training: dict[str, Any]) -> str:
    """Draw duration and cost of the training job over its number of accelerators, and its duration in each shell."""
    points, shells = training["by_size"], training["by_shell"]
    priced = all(row["cost_usd"] is not None for rows in points.values() for row in rows)
    panels = [("days", "days", 1.0)] + ([("cost_usd", "cost (M USD)", 1e6)] if priced else [])
    with figure(height_in=3.1, columns=len(panels) + (len(shells) > 1)) as (drawing, found):
        axes = np.atleast_1d(found)
        for panel, (name, title, scale) in zip(axes, panels, strict=False):
            for side, colour in SIDES.items():
                rows = points[side]
                panel.plot(
                    [row["accelerators"] for row in rows],
                    [row[name] / scale for row in rows],
                    "o-",
                    color=colour,
                    ms=4,
                    lw=1.6,
                    label=side,
                )
            panel.set(xscale="log", yscale="log", xlabel="accelerators", title=title)
            _in_words(panel.yaxis)
        axes[0].legend()
        if len(shells) > 1:
            shortest = 0.7 * min(one["days"] for one in shells if one["days"] is not None)
            for place, one in enumerate(shells):
                if one["days"] is not None:
                    axes[-1].barh(place, one["days"], color=style.COMPUTE, height=0.62)
                axes[-1].annotate(
                    "never" if one["days"] is None else plain(one["days"]),
                    (one["days"] or shortest, place),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                )
            axes[-1].set_yticks(range(len(shells)), [one["shell"] for one in shells], fontsize=8.5)
            axes[-1].set(xscale="log", title="days by shell")
            axes[-1].set_xlim(shortest, 8.0 * max(one["days"] or 0.0 for one in shells))
            axes[-1].invert_yaxis()
            axes[-1].grid(visible=False, axis="y")
            _in_words(axes[-1].xaxis, (1.0,))
        return svg(drawing)


def methods(training: dict[str, Any]) -> str:
    """Draw the days that training takes by each method, with the best parallelism of each."""
    rows = training["tried"]
    with figure(height_in=0.9 + 0.36 * (len(rows) + 1)) as (drawing, axes):
        names = [*(row["method"] for row in rows), "on the ground"]
        days = [*(row["days"] for row in rows), training["ground"]["days"]]
        outcomes = [*rows, training["ground"]]
        words = [
            f"{100 * row['goodput_frac']:.0f} % useful"
            + (f" on {row['nodes']:,} satellites" if row["nodes"] != rows[0]["nodes"] and row in rows else "")
            for row in outcomes
        ]
        colours = [style.COMPUTE] * len(rows) + [style.ARRAY]
        axes.barh(range(len(names)), days, color=colours, height=0.62)
        for place, (number, said) in enumerate(zip(days, words, strict=True)):
            axes.annotate(
                f"{plain(number)} days, {said}",
                (number, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
            )
        axes.set_yticks(range(len(names)), names)
        far = max(days) > 30.0 * min(days)
        axes.set(xlabel="days", xscale="log" if far else "linear")
        axes.set_xlim(right=(40.0 if far else 1.45) * max(days))
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def interruption_map(found: dict[str, Any]) -> str:
    """Draw the node failure rate (per satellite and day) on a map of positions."""
    from matplotlib.colors import LogNorm

    rate = np.array(found["per_day"])
    with figure(height_in=4.0) as (drawing, axes):
        draw_world(axes)
        axes.set(ylim=(-75, 75))
        low = max(float(rate.min()), 1e-6)
        top = max(float(rate.max()), 3.0 * low)
        shown = np.ma.masked_less(rate, 1.05 * low)
        drawn = axes.pcolormesh(
            found["longitudes_deg"],
            found["latitudes_deg"],
            shown,
            norm=LogNorm(low, top),
            cmap="YlOrRd",
            alpha=0.8,
            shading="nearest",
            rasterized=True,
        )
        bar = drawing.colorbar(drawn, ax=axes, shrink=0.75, pad=0.01)
        bar.set_label(f"interruptions of a satellite, a day, at {found['altitude_m'] / 1e3:.0f} km")
        bar.outline.set_visible(False)
        return svg(drawing)


def by_city(serving: dict[str, Any]) -> str:
    """Draw TTFT p50 and p99 in the cities with the highest demand, in orbit and on the ground."""
    rows = sorted(serving["cities"], key=lambda row: -row["weight"])[:MAX_CITIES]
    with figure(height_in=1.0 + 0.23 * len(rows)) as (drawing, axes):
        for offset, (side, colour) in zip((-0.16, 0.16), SIDES.items(), strict=True):
            axes.plot([], [], "o-", color=colour, ms=4, lw=1.6, label=side)
            for place, row in enumerate(rows):
                low, high = row[side]["ttft_p50_s"], row[side]["ttft_p99_s"]
                if low is None:
                    axes.text(
                        0.01,
                        place + offset,
                        "not reached",
                        transform=axes.get_yaxis_transform(),
                        va="center",
                        fontsize=7,
                    )
                    continue
                axes.plot([low * 1e3, high * 1e3], [place + offset] * 2, color=colour, lw=1.6, alpha=0.7)
                axes.plot(low * 1e3, place + offset, "o", color=colour, ms=4)
                axes.plot(high * 1e3, place + offset, "|", color=colour, ms=7)
        axes.set_yticks(range(len(rows)), [row["name"] for row in rows], fontsize=8)
        n_cities = len(serving["cities"])
        drawn = f"\n{len(rows)} of {n_cities} cities: those that send most" if n_cities > len(rows) else ""
        axes.set(xlabel=f"TTFT (ms): p50, mark at p99{drawn}", xscale="log")
        _in_words(axes.xaxis)
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return svg(drawing)


def distributions(serving: dict[str, Any]) -> str:
    """Draw the distributions of TTFT and of the mean TPOT over the responses."""
    levels = np.linspace(0.0, 100.0, 101)
    target = serving["target"]
    with figure(height_in=3.0, columns=2) as (drawing, both):
        for axes, name, limit, label in (
            (both[0], "ttft", target["first_token_s"], "time to the first token (ms)"),
            (both[1], "tpot", target["token_s"], "mean time of a later token (ms)"),
        ):
            for side, colour in SIDES.items():
                values = np.array(serving[side][f"{name}_quantiles_s"]) * 1e3
                if values.size:
                    axes.plot(np.maximum(values, 1e-3), levels, color=colour, label=side)
            axes.axvline(limit * 1e3, color=style.UNSERVED, lw=0.9, ls="--")
            axes.text(limit * 1e3, 3, " target", color=style.UNSERVED, fontsize=8)
            axes.set(xscale="log", xlabel=label, ylabel="share of responses (%)", ylim=(0, 101))
            _in_words(axes.xaxis)
            axes.tick_params(axis="x", labelsize=8, rotation=45)
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return svg(drawing)


def per_token(serving: dict[str, Any]) -> str:
    """Draw cost, energy and accelerator throughput per token, in orbit and on the ground."""
    shown = [
        (key, label)
        for key, label in (
            ("usd_per_mtoken", "USD a million tokens"),
            ("tokens_per_j", "tokens a joule"),
            ("tokens_per_accelerator_s", "tokens/s of an accelerator"),
        )
        if all(serving[side][key] is not None for side in SIDES)
    ]
    with figure(height_in=2.3, columns=max(len(shown), 2)) as (drawing, all_axes):
        for axes, (key, label) in zip(all_axes, shown, strict=False):
            values = [serving[side][key] for side in SIDES]
            axes.bar(list(SIDES), values, color=list(SIDES.values()), width=0.55)
            for place, number in enumerate(values):
                axes.text(place, number, plain(number), ha="center", va="bottom", fontsize=9)
            axes.set(title=label, ylim=(0, 1.2 * max(values)))
            axes.title.set(fontsize=9)
            axes.grid(visible=False, axis="x")
        for axes in list(all_axes)[len(shown) :]:
            axes.set_visible(False)
        return svg(drawing)


def to_tokens(summary: dict[str, Any], document: dict[str, Any]) -> str:
    """Draw the chain from sunlight on the arrays to compute power, useful training and responses within the SLO."""
    light = summary["sunlight_energy_j"]
    steps = [
        ("sunlight, if never in shadow", 1.0, style.SUNLIGHT),
        ("in sunlight", summary["sunlit_frac_mean"], style.SUNLIGHT),
        ("power of the arrays", summary["array_energy_j"] / light, style.ARRAY),
        ("power of the computers", summary["compute_energy_j"] / light, style.COMPUTE),
    ]
    training, serving = document["training"], document["serving"]
    share = steps[-1][1]
    if training is not None:
        left = 1.0
        for row in training["losses"]["orbit"]:
            if row["name"] == "useful":
                break
            left -= row["lost_frac"]
            steps.append((f"after {row['name']}", share * left, style.BUS))
        steps.append(("useful to the model in training", share * training["orbit"]["goodput_frac"], style.CHARGE))
    if serving is not None:
        busy = serving["orbit"]["busy_frac"] * serving["available_frac"]
        steps.append(("serving, while requests are there", share * busy, style.BUS))
        steps.append(
            ("answers within the target", share * busy * serving["orbit"]["slo_attainment_frac"], style.CHARGE)
        )
    with figure(height_in=0.8 + 0.28 * len(steps)) as (drawing, axes):
        for place, (_, value, colour) in enumerate(steps):
            axes.barh(place, 100.0 * value, color=colour, height=0.66)
            axes.text(100.0 * value * 1.03, place, f"{100 * value:.3g} %", va="center", fontsize=8.5)
        axes.set_yticks(range(len(steps)), [name for name, _, _ in steps], fontsize=8.5)
        axes.set(xscale="log", xlabel="share of the sunlight (%)")
        _in_words(axes.xaxis)
        axes.set_xlim(0.5 * min(100.0 * max(value, 1e-4) for _, value, _ in steps), 260.0)
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)
