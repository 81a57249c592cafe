"""The page of a study: one picture by its method, and the numbers beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from skyrack.core.units import display
from skyrack.report import style
from skyrack.report.pages import rendered, written
from skyrack.report.style import figure, svg
from skyrack.studies import Study

MOST_BARS = 12


def write_page(study: Study, to: Path) -> Path:
    """Write the page of a finished study."""
    from markupsafe import Markup

    document = study.document
    result = document["result"]
    drawn = [(Markup(text), words) for text, words in _pictures(study, result)]  # noqa: S704 (our own drawings)
    return written(rendered("study.html", document=document, result=result, drawn=drawn), to)


def _pictures(study: Study, result: dict[str, Any]) -> list[tuple[str, str]]:
    if "quantiles" in result:
        return [
            (
                spread(study.samples, result),
                "Left: all samples; the line at 1 is where both cost the same. Right: how often orbit is cheaper, "
                "by the price of launch, all else drawn.",
            ),
            (
                winners(result),
                "Where each assumption lies when orbit is cheaper (blue, its middle half and median), over the range that "
                "was drawn (grey, median as a tick). The widest shifts are what else must be true.",
            ),
        ]
    if "sensitivity" in result:
        return [(tornado(result), "One assumption at a time over its range, all others as given.")]
    if "indices" in result:
        return [(indices(result), "Share of the variance of the logarithm of the cost ratio, with 95 % intervals.")]
    if "front" in result:
        return [(front(study.samples), "Every design that was tried; those on the line are beaten by none in both.")]
    picture = sweep(study.samples, list(result["axes"]))
    return [(picture, "Cost in orbit over that on the ground.")] if picture else []


def spread(samples: Any, result: dict[str, Any]) -> str:
    """Histogram of the ratio, and how often orbit wins by launch price."""
    ratio = samples.filter(~samples["failed"])["cost_ratio"].to_numpy()
    by_price = result["wins_by_launch_price"]
    with figure(height_in=3.2, columns=2 if by_price else 1) as (drawing, axes):
        histogram, wins = axes if by_price else (axes, None)
        low, high = np.quantile(ratio, [0.001, 0.999])
        bins = np.geomspace(low, high, 70)
        heights, edges = np.histogram(ratio, bins)
        middles = np.sqrt(edges[1:] * edges[:-1])
        colours = [style.CHARGE if middle < 1.0 else style.COMPUTE for middle in middles]
        histogram.bar(middles, heights / len(ratio), width=np.diff(edges), color=colours)
        histogram.axvline(1.0, color=style.SHADOW, lw=1.0)
        histogram.set_xscale("log")
        ticks = [tick for tick in (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0) if low <= tick <= high]
        histogram.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        histogram.minorticks_off()
        histogram.set(xlabel="cost in orbit over that on the ground", ylabel="share of samples")
        if wins is not None:
            wins.plot(
                by_price["launch_usd_per_kg"],
                [100.0 * share for share in by_price["orbit_wins_frac"]],
                color=style.CHARGE,
                lw=1.8,
                marker="o",
                ms=3,
            )
            wins.set(xlabel="price of launch (USD/kg)", ylabel="orbit is cheaper in (% of samples)", xscale="log")
            wins.set_ylim(bottom=0.0)
        return svg(drawing)


def winners(result: dict[str, Any]) -> str:
    """Each assumption where orbit wins, within its range."""
    rows = sorted(result["inputs"], key=lambda row: -abs(row["rank_correlation"]))[:MOST_BARS]
    with figure(height_in=0.8 + 0.34 * len(rows)) as (drawing, axes):
        for place, row in enumerate(rows):
            low, width = row["low"], (row["high"] - row["low"]) or 1.0

            def at(value: float, low: float = low, width: float = width) -> float:
                return (value - low) / width

            axes.barh(place, 1.0, color="#e4e8ec", height=0.5)
            axes.plot([at(row["median"])] * 2, [place - 0.25, place + 0.25], color="#8a94a0", lw=1.6)
            if row["median_where_orbit_wins"] is not None:
                first, third = row["middle_half_where_orbit_wins"]
                axes.barh(place, at(third) - at(first), left=at(first), color=style.BUS, height=0.5)
                axes.plot(
                    [at(row["median_where_orbit_wins"])] * 2, [place - 0.25, place + 0.25], color=style.COMPUTE, lw=2.2
                )
            axes.text(-0.01, place, display(row["low"], row["unit"]), ha="right", va="center", fontsize=8)
            axes.text(1.01, place, display(row["high"], row["unit"]), ha="left", va="center", fontsize=8)
        axes.set_yticks(range(len(rows)), [row["title"] for row in rows])
        axes.tick_params(axis="y", pad=62, length=0)
        axes.set_xticks([])
        axes.set_xlim(0.0, 1.0)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.grid(visible=False)
        axes.invert_yaxis()
        return svg(drawing)


def tornado(result: dict[str, Any]) -> str:
    """The tornado of a study."""
    from skyrack.report.economics import tornado as draw

    return draw(
        {"sensitivity": result["sensitivity"], "ratio": result["ratio_as_given"]}, most=len(result["sensitivity"])
    )


def indices(result: dict[str, Any]) -> str:
    """Sobol indices as bars."""
    rows = result["indices"]
    with figure(height_in=0.8 + 0.3 * len(rows)) as (drawing, axes):
        for place, row in enumerate(rows):
            axes.barh(place - 0.18, row["total"], xerr=row["total_error"], color=style.BUS, height=0.34)
            axes.barh(place + 0.18, row["first"], xerr=row["first_error"], color=style.COMPUTE, height=0.34)
        axes.barh(-5, 0, color=style.BUS, label="total")
        axes.barh(-5, 0, color=style.COMPUTE, label="first order")
        axes.set_yticks(range(len(rows)), [row["title"] for row in rows])
        axes.set(xlabel="Sobol index", ylim=(len(rows) - 0.5, -0.5))
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower right")
        return svg(drawing)


def front(samples: Any) -> str:
    """Designs by mass and price."""
    well = samples.filter(~samples["failed"])
    best = well.filter(well["on_front"]).sort("kg_per_kw")
    with figure(height_in=3.6) as (drawing, axes):
        axes.scatter(well["kg_per_kw"], well["usd_per_kw_year"], s=14, color="#b5bec8", label="tried")
        axes.plot(best["kg_per_kw"], best["usd_per_kw_year"], color=style.COMPUTE, marker="o", ms=4, label="front")
        axes.set(xlabel="mass (kg for each kW of compute)", ylabel="cost (USD a year for each kW at work)")
        axes.legend(loc="upper right")
        return svg(drawing)


def sweep(samples: Any, axes_of: list[str]) -> str:
    """A grid of one or two axes."""
    if not 1 <= len(axes_of) <= 2:
        return ""
    first = axes_of[0]
    lines = [(None, samples)] if len(axes_of) == 1 else list(samples.group_by(axes_of[1], maintain_order=True))
    with figure(height_in=3.4) as (drawing, axes):
        for key, part in lines:
            is_number = part[first].dtype.is_numeric()
            x = part[first].to_list() if is_number else list(range(len(part)))
            label = None if key is None else f"{axes_of[1]} {key[0]}"
            axes.plot(x, part["cost_ratio"], marker="o", ms=3.5, lw=1.5, label=label)
            if not is_number:
                axes.set_xticks(x, part[first].to_list())
        axes.axhline(1.0, color=style.SHADOW, lw=1.0)
        axes.set(xlabel=first, ylabel="cost in orbit over that on the ground")
        if len(lines) > 1:
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return svg(drawing)
