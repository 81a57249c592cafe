"""The page that reconciles published results."""

from __future__ import annotations

import math
from typing import Any

from skyrack.report import style
from skyrack.report.pages import rendered
from skyrack.report.style import figure, svg

SIDES = {"orbit": style.COMPUTE, "ground": style.ARRAY}
SMALL_FACTOR = 1.04
"""Factor on the cost ratio below which a group of assumptions is drawn together with others."""
SMALL = 0.015
"""Share of the largest part of a bridge below which parts are drawn together."""


def overview(found: dict[str, Any]) -> str:
    """Draw the results of all calculations on one axis, and return the figure as SVG."""
    models = [model for model in found["models"] if model["orbit"] or model["ground"]]
    models.sort(key=lambda model: (model["orbit"] or model["ground"])["usd_per_kw_year"])
    with figure(height_in=0.8 + 0.36 * len(models)) as (drawing, axes):
        for place, model in enumerate(models):
            ends = [model[side]["usd_per_kw_year"] for side in SIDES if model[side]]
            axes.plot(ends, [place] * len(ends), color="#c5ccd3", lw=2, zorder=1)
            for side, colour in SIDES.items():
                if model[side]:
                    axes.scatter(
                        model[side]["usd_per_kw_year"],
                        place,
                        color=colour,
                        s=42,
                        zorder=2,
                        label=side if place == 0 else None,
                    )
            if model["ratio"] is not None:
                axes.annotate(
                    f"{model['ratio']:.2f} times",
                    (max(ends), place),
                    xytext=(8, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                )
        axes.set_yticks(range(len(models)), [model["title"] for model in models])
        axes.set(xscale="log", xlabel="USD a year for each kilowatt that it counts as at work")
        axes.set_xlim(right=8e6)
        axes.legend(loc="lower center", bbox_to_anchor=(0.3, 1.0), ncols=2)
        return svg(drawing)


def waterfall(step: dict[str, Any], colour: str) -> str:
    """Draw the bridge from one result to the next, and return it as SVG."""
    largest = max(abs(change) for change in step["parts"].values())
    bars = [(name, change) for name, change in step["parts"].items() if abs(change) >= SMALL * largest]
    rest = sum(change for change in step["parts"].values() if abs(change) < SMALL * largest)
    if abs(rest) > 0.0:
        bars.append(("all smaller ones", rest))
    rows = len(bars) + 2
    with figure(height_in=0.7 + 0.27 * rows) as (drawing, axes):
        start = step["usd_per_kw_year_before"]
        axes.barh(0, start, color="#c5ccd3", height=0.66)
        left = start
        texts = [(start, f"{start:,.0f}")]
        for place, (_, change) in enumerate(bars, start=1):
            axes.barh(place, change, left=left, color=style.UNSERVED if change > 0 else style.CHARGE, height=0.66)
            left += change
            texts.append((max(left, left - change), f"{change:+,.0f}"))
        axes.barh(rows - 1, step["usd_per_kw_year_after"], color=colour, height=0.66)
        texts.append((step["usd_per_kw_year_after"], f"{step['usd_per_kw_year_after']:,.0f}"))
        for place, (end, text) in enumerate(texts):
            axes.annotate(text, (end, place), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8.5)
        axes.set_yticks(range(rows), [step["before"], *(name for name, _ in bars), step["after"]])
        reach = max(end for end, _ in texts)
        axes.set_xlim(min(0.0, *(end for end, _ in texts)), 1.14 * reach)
        axes.set_xlabel("USD a year for each kilowatt at work")
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def straight(step: dict[str, Any]) -> str:
    """Draw the bridge of the cost ratio from a published calculation to Skyrack's, by factors, and return it as SVG."""
    factors = [
        (f"{name} ({side})", factor)
        for side, groups in step["factors"].items()
        for name, factor in groups.items()
        if abs(math.log(factor)) >= math.log(SMALL_FACTOR)
    ]
    factors.sort(key=lambda one: -abs(math.log(one[1])))
    rest = step["ratio_after"] / step["ratio_before"] / math.prod(factor for _, factor in factors)
    bars = [*factors, ("all others", rest)]
    rows = len(bars) + 2
    with figure(height_in=0.7 + 0.27 * rows) as (drawing, axes):
        left, lowest, highest = step["ratio_before"], step["ratio_before"], step["ratio_before"]
        axes.plot(left, 0, "o", color=style.SHADOW)
        axes.annotate(f"{left:.2f} times", (left, 0), (8, 0), textcoords="offset points", va="center", fontsize=8.5)
        for place, (_, factor) in enumerate(bars, start=1):
            after = left * factor
            axes.barh(
                place,
                after - left,
                left=left,
                height=0.66,
                color=style.UNSERVED if factor > 1.0 else style.CHARGE,
            )
            end = max(left, after)
            axes.annotate(
                f"x {factor:.2f}", (end, place), (4, 0), textcoords="offset points", va="center", fontsize=8.5
            )
            left, lowest, highest = after, min(lowest, after), max(highest, after)
        axes.plot(step["ratio_after"], rows - 1, "o", color=style.COMPUTE)
        axes.annotate(
            f"{step['ratio_after']:.2f} times",
            (step["ratio_after"], rows - 1),
            (8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
        axes.set_yticks(range(rows), [step["before"], *(name for name, _ in bars), step["after"]])
        axes.set(xscale="log", xlabel="cost ratio (orbit / ground)", xlim=(0.75 * lowest, 1.6 * highest))
        axes.axvline(1.0, color=style.SHADOW, lw=0.8)
        ticks = [
            tick for tick in (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0) if lowest <= 1.4 * tick <= 2 * highest
        ]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def explained(step: dict[str, Any]) -> str:
    """Return in words the share of a gap that the parts explain."""
    missing = abs(step["unexplained"] / step["gap"]) if step["gap"] else 0.0
    return "all" if missing < 1e-6 else f"all but {100 * missing:.2g} %"


def page(found: dict[str, Any]) -> str:
    """Return the whole page as self-contained HTML."""
    from markupsafe import Markup

    titles = {model["name"]: model["title"] for model in found["models"]}
    walks = {
        side: [
            step | {"drawn": Markup(waterfall(step, SIDES[side])), "explained": explained(step)}  # noqa: S704
            for step in steps
        ]
        for side, steps in found["walks"].items()
    }
    drawn = Markup(overview(found))  # noqa: S704 (our own drawings)
    direct = [step | {"drawn": Markup(straight(step))} for step in found["straight"]]  # noqa: S704
    return rendered("reconciliation.html", found=found, walks=walks, titles=titles, overview=drawn, direct=direct)
