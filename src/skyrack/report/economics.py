"""Figures of the cost of compute: cost lines, break-even, cash flow, tornado."""

from __future__ import annotations

from typing import Any

import numpy as np

from skyrack.core.units import display
from skyrack.report import style
from skyrack.report.pages import plain
from skyrack.report.style import figure, scale_of, svg

LINE_COLOURS = {
    "it": style.COMPUTE,
    "power": style.ARRAY,
    "cooling": style.RADIATOR,
    "building": style.BUS,
    "launch": "#2b2f36",
    "idle": "#a05195",
    "network": style.ELECTRONICS,
    "land": "#7f8c5a",
    "spares": style.CURTAILED,
    "insurance": "#b8a9c9",
    "energy": "#e0b13a",
    "water": "#6fb7c4",
    "operations": "#8d6e63",
    "repairs": "#c98a8a",
    "disposal": "#555555",
    "interest": "#cfd5da",
}
"""Colour of each cost line."""


def cost_lines(priced: dict[str, Any]) -> str:
    """Draw the levelised cost in orbit and on the ground, stacked by cost line, and return it as SVG."""
    sides = [priced["orbit"], priced["ground"]]
    with figure(height_in=2.6) as (drawing, axes):
        left = np.zeros(2)
        for name, colour in LINE_COLOURS.items():
            costs = np.array([side["lines_usd_per_kw_year"][name] for side in sides])
            if costs.max() < 0.002 * max(sum(side["lines_usd_per_kw_year"].values()) for side in sides):
                continue
            axes.barh([0, 1], costs, left=left, color=colour, height=0.6, label=priced["line_titles"].get(name, name))
            left += costs
        for place, side in enumerate(sides):
            total = sum(side["lines_usd_per_kw_year"].values())  # with the lines too thin to draw
            axes.text(left[place] * 1.005, place, f" {total:,.0f}", va="center", fontweight="bold")
        axes.set_yticks([0, 1], [side["name"] for side in sides])
        axes.set(xlabel="levelised cost (USD per year and kW of computers at work)", xlim=(0.0, 1.12 * left.max()))
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=6)
        return svg(drawing)


def crossover(priced: dict[str, Any]) -> str:
    """Draw the cost ratio over launch price, with the band of the uncertain inputs, and over launch year, as SVG."""
    curve, band = priced["crossover"], priced["band"]
    with figure(height_in=3.3, columns=2) as (drawing, (over_price, over_years)):
        prices = band["launch_usd_per_kg"]
        over_price.fill_between(prices, band["p05"], band["p95"], color=style.COMPUTE, alpha=0.15, lw=0, label="90 %")
        over_price.fill_between(prices, band["p25"], band["p75"], color=style.COMPUTE, alpha=0.25, lw=0, label="50 %")
        over_price.plot(curve["launch_usd_per_kg"], curve["ratio"], color=style.COMPUTE, lw=1.8, label="this scenario")
        over_price.set(xlabel="launch price (USD/kg)", ylabel="cost ratio (orbit / ground)", xscale="log")
        over_price.set_yscale("log")
        ticks = [0.5, 1.0, 2.0, 3.0, 5.0, 10.0]
        for axes in (over_price, over_years):
            axes.axhline(1.0, color=style.SHADOW, lw=1.0)
        over_price.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        over_price.minorticks_off()
        over_price.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
        rows = priced["by_year"]
        years = [row["year"] for row in rows]
        over_years.plot(years, [row["ratio"] for row in rows], color=style.COMPUTE, lw=1.8)
        over_years.set(xlabel="launch year", ylabel="cost ratio (orbit / ground)")
        over_years.set_ylim(bottom=0.0)
        return svg(drawing)


def frontier(priced: dict[str, Any]) -> str:
    """Draw the cost ratio over launch price and specific mass as a heat map for each life, and return it as SVG."""
    from matplotlib.colors import TwoSlopeNorm

    found = priced["frontier"]
    ratio = np.array(found["ratio"])  # launch price, mass, life
    lives = found["life_years"]
    norm = TwoSlopeNorm(0.0, vmin=-1.0, vmax=1.5)
    with figure(height_in=2.9, columns=len(lives)) as (drawing, panels):
        for number, (axes, life) in enumerate(zip(panels, lives, strict=True)):
            values = ratio[:, :, number]
            axes.imshow(np.log2(values).T, cmap="PRGn_r", norm=norm, origin="lower", aspect="auto")
            for i, j in np.ndindex(values.shape):
                is_dark = abs(np.log2(values[i, j])) > 0.9
                ink = "white" if is_dark else style.SHADOW
                axes.text(i, j, f"{values[i, j]:.1f}", ha="center", va="center", fontsize=6.5, color=ink)
            axes.set_xticks(range(len(found["launch_usd_per_kg"])), [f"{p:g}" for p in found["launch_usd_per_kg"]])
            axes.tick_params(labelsize=7)
            axes.set_xticks(axes.get_xticks(), axes.get_xticklabels(), rotation=60)
            axes.set_yticks(range(len(found["kg_per_kw"])), [f"{m:g}" for m in found["kg_per_kw"]])
            axes.set_title(f"{life:g} years")
            axes.grid(visible=False)
            if number == 0:
                axes.set_ylabel("kg/kW")
            else:
                axes.set_yticklabels([])
            axes.set_xlabel("USD/kg")
        return svg(drawing)


def yearly_cash(priced: dict[str, Any]) -> str:
    """Draw yearly costs in orbit and on the ground for the same work, and cumulative cash flow, as SVG."""
    cash = priced["cash"]
    years = np.array(cash["years"])
    revenue = np.array(cash["revenue_usd"])
    with figure(height_in=3.3, columns=2) as (drawing, (spent, hand)):
        totals = {side: np.sum(list(cash[side]["lines_usd"].values()), axis=0) for side in ("orbit", "ground")}
        largest = max(revenue.max(), *(total.max() for total in totals.values()))
        scale, unit = scale_of(largest, "usd")
        for side, colour in (("orbit", style.COMPUTE), ("ground", style.ARRAY)):
            spent.plot(years, totals[side] / scale, color=colour, lw=1.6, label=f"cost, {side}")
        spent.plot(years, revenue / scale, color=style.SHADOW, lw=1.2, ls="--", label="revenue")
        spent.set(ylabel=f"{unit} a year")
        spent.set_ylim(bottom=0.0)
        in_hand = {side: np.cumsum(revenue - total) for side, total in totals.items()}
        scale, unit = scale_of(max(np.abs(money).max() for money in in_hand.values()), "usd")
        for side, colour in (("orbit", style.COMPUTE), ("ground", style.ARRAY)):
            hand.plot(years, in_hand[side] / scale, color=colour, lw=1.6, label=f"cumulative, {side}")
        hand.axhline(0.0, color=style.SHADOW, lw=0.8)
        hand.set(ylabel=f"cumulative cash flow ({unit})")
        for axes in (spent, hand):
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
        return svg(drawing)


def tornado(priced: dict[str, Any], most: int = 10) -> str:
    """Draw the cost ratio at both ends of each assumption's range, the widest first, and return it as SVG."""
    rows = priced["sensitivity"][:most]
    with figure(height_in=0.8 + 0.32 * len(rows)) as (drawing, axes):
        for place, row in enumerate(rows):
            for end in ("low", "high"):
                ratio = row[f"ratio_at_{end}"]
                colour = style.CHARGE if ratio < priced["ratio"] else style.UNSERVED
                axes.barh(place, ratio - priced["ratio"], left=priced["ratio"], color=colour, height=0.62)
                is_right = ratio > priced["ratio"]
                text = display(row[end], row["unit"])
                axes.annotate(
                    text,
                    (ratio, place),
                    xytext=(3 if is_right else -3, 0),
                    textcoords="offset points",
                    ha="left" if is_right else "right",
                    va="center",
                    fontsize=7.5,
                )
        axes.set_yticks(range(len(rows)), [row["title"] for row in rows])
        ends = [row[f"ratio_at_{end}"] for row in rows for end in ("low", "high")]
        room = 0.22 * (max(ends) - min(ends))
        axes.set(xlabel="cost ratio (orbit / ground)", xlim=(min(ends) - room, max(ends) + room))
        axes.axvline(1.0, color=style.SHADOW, lw=1.0)
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def span(found: dict[str, float]) -> str:
    """Return an environmental figure with its range as text; "-" for zero."""
    if found["value"] == found["low"] == found["high"]:
        return plain(found["value"]) if found["value"] else "-"
    return f"{plain(found['value'])} ({plain(found['low'])} to {plain(found['high'])})"


def dollars(number: float | None) -> str:
    """Return a sum of money with its display unit."""
    return display(number, "usd")
