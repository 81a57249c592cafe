"""First screen of a report: the question, the answer in a few sentences with ranges, one picture, and both readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.units import display
from skyrack.report import style
from skyrack.report.pages import count, plain
from skyrack.report.style import figure, scale_of, svg

BASES = {"announced": "as announced", "sized": "as sized"}
COLOURS = {"announced": style.COMPUTE, "sized": style.ARRAY}
MOST_DRIVERS = 3
DIGITS = 3
"""Significant figures of the first screen."""
MAX_MASS_MISMATCH_FRAC = 0.05
"""Difference between announced mass and mass of the parts above which both are given."""
HIGH_SUNLIT_FRAC = 0.99


@dataclass(frozen=True)
class ReadingRow:
    """Row of the table of both readings."""

    label: str
    announced: str
    sized: str


def _shown(value: float | None, unit: str) -> str:
    return display(value, unit, DIGITS)


def columns_of(growth: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the build-out and price of a run by the basis of their satellite, the announced one first."""
    found = {growth["basis"]: growth}
    if growth["other"] is not None:
        found[growth["other"]["basis"]] = growth["other"]
    return {basis: found[basis] for basis in BASES if basis in found}


def question(summary: dict[str, Any], growth: dict[str, Any]) -> str:
    """Return the question that the report answers."""
    n_sats = summary["n_sats"]
    who = f"{n_sats:,} compute satellites" if n_sats > 1 else "one compute satellite"
    priced = growth["price"] is not None and growth["price"]["orbit"] is not None
    return f"What would {who} deliver" + (", and at what cost against the ground?" if priced else "?")


def definitions(growth: dict[str, Any]) -> str:
    """Return what the two readings of the satellite are, in a sentence each."""
    words = {
        "announced": "As announced: the satellite of the scenario, at its word",
        "sized": "As sized: the satellite that meets its power and heat requirements with parts of the catalogue",
    }
    masses = {basis: _shown(one["satellite"]["wet_mass_kg"], "kg") for basis, one in columns_of(growth).items()}
    return " ".join(f"{words[basis]} ({mass})." for basis, mass in masses.items())


def sentences(summary: dict[str, Any], growth: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the answer in at most six paragraphs, each with the anchor of the section that explains it.

    Those that a run has no figures for are left out.
    """
    columns = columns_of(growth)
    found = (
        (_delivered(summary, growth, columns), "buildout"),
        (_cost(columns), "price"),
        (_satellite(columns), "sizing"),
        (_lives(columns), "life"),
        (_capital(columns), "price"),
        (_drivers(growth, columns), "drivers"),
    )
    return [(text, anchor) for text, anchor in found if text]


def _both(columns: dict[str, dict[str, Any]], text: Callable[[dict[str, Any]], str]) -> str:
    """Return one text for both readings, or one for each where they differ: "1 as announced and 2 as sized"."""
    texts = {basis: text(column) for basis, column in columns.items()}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return " and ".join(f"{words} {BASES[basis]}" for basis, words in texts.items())


def _delivered(summary: dict[str, Any], growth: dict[str, Any], columns: dict[str, dict[str, Any]]) -> str:
    nameplate = _shown(summary["compute_nameplate_w"], "w")
    new = _shown(summary["compute_power_mean_w"], "w")
    text = f"A new fleet delivers {new} of {nameplate} nameplate compute power"
    if growth["buildout"] is None:
        return f"{text}. {growth['impossible']}."
    whole = {basis: column for basis, column in columns.items() if column["buildout"] is not None}

    def mean(column: dict[str, Any]) -> str:
        delivered = column["buildout"]["metrics"]["delivered_w_mean"]
        return _shown(delivered, "w") + _span_of(column, "compute_delivered_mean_w", "w")

    def size(column: dict[str, Any]) -> str:
        metrics = column["buildout"]["metrics"]
        if metrics["reached"]:
            return f"is complete in {metrics['reached'][:4]}"
        return f"never has more than {count(metrics['max_active'])} operational satellites"

    return (
        f"{text}; once built, with launches, failures, dose and wear, {_both(whole, mean)}. "
        f"The fleet {_both(whole, size)}."
    )


def _cost(columns: dict[str, dict[str, Any]]) -> str:
    priced = {basis: one for basis, one in columns.items() if one["price"] and one["price"]["orbit"]}
    if not priced:
        return ""

    def ratio(column: dict[str, Any]) -> str:
        price, unsure = column["price"], column["price"]["uncertainty"]
        return f"{plain(price['ratio'])} times ({plain(unsure['cost_ratio_p05'])} to {plain(unsure['cost_ratio_p95'])})"

    def best(column: dict[str, Any]) -> str:
        return f"{plain(column['price']['ratio_min'])} times in {column['price']['ratio_min_year']}"

    ground = next(iter(priced.values()))["price"]["ground"]["title"]
    text = f"A GPU-hour sold costs, over that on the ground ({ground}): {_both(priced, ratio)}"
    text += f"; at best {_both(priced, best)}."
    lasting = {basis: one for basis, one in priced.items() if one["price"]["ratio_at_design_life"] is not None}
    if lasting:
        full = _both(lasting, lambda one: f"{plain(one['price']['ratio_at_design_life'])} times")
        text += f" In the shells whose satellites reach their design life, taken alone, it costs {full}."
    cheaper = _both(
        priced,
        lambda one: (
            f"{_percent(one['price']['uncertainty']['orbit_cheaper_frac'])} of "
            f"{one['price']['uncertainty']['n_samples']} samples"
        ),
    )
    return f"{text} Orbit is cheaper in {cheaper}."


def _span_of(column: dict[str, Any], name: str, unit: str) -> str:
    """Return the 5 to 95 % range of a figure in brackets; empty for one without a range."""
    if name not in column["ranges"]:
        return ""
    low, high = (_shown(end, unit) if unit else count(end) for end in column["ranges"][name])
    if low.partition(" ")[2] == high.partition(" ")[2]:
        low = low.partition(" ")[0]
    return f" ({low} to {high})"


def _percent(share: float) -> str:
    return "none" if share == 0.0 else f"{100 * share:.2g} %"


def _satellite(columns: dict[str, dict[str, Any]]) -> str:
    def mass(column: dict[str, Any]) -> str:
        satellite = column["satellite"]
        return f"{_shown(satellite['wet_mass_kg'], 'kg')} ({satellite['power_per_mass_w_per_kg']:.3g} kW/t)"

    def launches(column: dict[str, Any]) -> str:
        needed = column["figures"]["launches_per_year_required"]
        if not needed:
            return "more than any launch rate"
        return f"{count(needed)} launches per year{_span_of(column, 'launches_per_year_required', '')}"

    text = f"A satellite weighs {_both(columns, mass)}."
    for satellite in (column["satellite"] for column in columns.values()):
        if abs(satellite["wet_mass_kg"] / satellite["parts_mass_kg"] - 1.0) > MAX_MASS_MISMATCH_FRAC:
            text += f" The parts of the announced one add up to {_shown(satellite['parts_mass_kg'], 'kg')}."
    built = {basis: one for basis, one in columns.items() if one["buildout"] is not None}
    if not built:
        return text
    by = next(iter(built.values()))["buildout"]["required"]["by"][:4]
    return f"{text} The target by {by} needs {_both(built, launches)}."


def _lives(columns: dict[str, dict[str, Any]]) -> str:
    def lasting(column: dict[str, Any]) -> str:
        lives = column["lives"]
        ends = Counter(one["ended_by"] for one in lives)
        early = ", ".join(f"{cause} in {n}" for cause, n in ends.items() if cause != "design life")
        text = f"in {ends['design life']} of {len(lives)} {'shell' if len(lives) == 1 else 'shells'}"
        return f"{text} (earlier end by {early})" if early else text

    text = f"Satellites reach their design life {_both(columns, lasting)}."
    if any(one["ended_by"] != "design life" for column in columns.values() for one in column["lives"]):
        years = _both(columns, lambda one: f"{one['service']['life_mean_s'] / JULIAN_YEAR_S:.1f} years")
        text += f" The mean life of a launched satellite is {years}."
    first = next(iter(columns.values()))
    rows = list(zip(first["lives"], first["shells"], strict=True))
    bright = [one["ended_by"] for one, shell in rows if shell["sunlit_year_frac"] > HIGH_SUNLIT_FRAC]
    if len(rows) == 1:
        return text
    if not bright:
        return f"{text} No shell has more than 99 % sunlight over the year, as a mean over its planes."
    n_shells = f"{len(bright)} {'shell has' if len(bright) == 1 else 'shells have'}"
    return (
        f"{text} {n_shells} more than 99 % sunlight over the year; {bright.count('design life')} of them reach it too."
    )


def _capital(columns: dict[str, dict[str, Any]]) -> str:
    priced = {basis: one for basis, one in columns.items() if one["price"] and one["price"]["finance"]}
    if not priced:
        return ""

    def capital(column: dict[str, Any]) -> str:
        until = column["price"]["finance"]["target_reached_year"]
        when = f"until the target is reached in {until}" if until else "over the whole build-out"
        spent = _shown(column["price"]["finance"]["capex_to_target_usd"], "usd")
        return f"{spent}{_span_of(column, 'capex_to_target_usd', 'usd')} {when}"

    def worth(column: dict[str, Any]) -> str:
        return _shown(column["price"]["finance"]["orbit"]["npv_usd"], "usd")

    price = next(iter(priced.values()))["price"]["finance"]["gpu_hour_price_usd"]
    return (
        f"Capital with all replacements: {_both(priced, capital)}. With GPU-hours sold at a market price of {price:.3g} USD, "
        f"the net present value is {_both(priced, worth)}."
    )


def _drivers(growth: dict[str, Any], columns: dict[str, dict[str, Any]]) -> str:
    priced = growth["price"]
    if not priced or not priced["sensitivity"]:
        return ""
    told = "; ".join(
        f"{row['title']} ({_ends_of(row)}: {plain(row['ratio_at_low'])} to {plain(row['ratio_at_high'])} times)"
        for row in priced["sensitivity"][:MOST_DRIVERS]
    )
    impacts = {basis: one for basis, one in columns.items() if one["price"] and one["price"]["environment"]}
    ground = next(row for row in priced["environment"] if row["name"] == "CO2e together")["ground"]["value"]
    return (
        f"The cost ratio depends most on: {told}. CO2e of a megawatt-hour of the computers: "
        f"{_both(impacts, _emissions)}, {plain(ground)} kg/MWh on the ground."
    )


def _ends_of(row: dict[str, Any]) -> str:
    """Return the range of an assumption, with its unit once."""
    low, high = _shown(row["low"], row["unit"]), _shown(row["high"], row["unit"])
    if low.partition(" ")[2] == high.partition(" ")[2]:
        low = low.partition(" ")[0]
    return f"{low} to {high}"


def verdicts(claims: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Return the verdicts on a run's claims as verbs, with the number of each."""
    found = Counter(row["verdict"] for row in claims)
    words = {"holds": ("holds", "hold"), "fails": ("fails", "fail"), "assumed": ("is assumed", "are assumed")}
    names = {**words, "cannot be tested": ("cannot be tested", "cannot be tested")}
    return [(words[found[name] > 1], found[name]) for name, words in names.items() if found[name]]


Cell = Callable[[dict[str, Any]], str]


def readings(growth: dict[str, Any]) -> list[ReadingRow]:
    """Return the table of both readings: every row speaks of one satellite in each column."""
    columns = columns_of(growth)
    return [
        ReadingRow(label, *(cell(columns[basis]) if basis in columns else "" for basis in BASES))
        for label, cell in ROWS
    ]


def _figure(section: str, name: str, unit: str = "") -> Cell:
    """Return a cell with a figure of a section of growth.json, with its display unit or as a number."""

    def text(column: dict[str, Any]) -> str:
        found = (column[section] or {}).get(name)
        if found is None:
            return "-"
        return _shown(found, unit) if unit else plain(found) if section == "price" else count(found)

    return text


def _hour(column: dict[str, Any]) -> str:
    priced = column["price"]
    return "-" if not priced or not priced["orbit"] else f"{plain(priced['orbit']['prices']['usd_per_gpu_hour'])} USD"


def _span(column: dict[str, Any]) -> str:
    unsure = (column["price"] or {}).get("uncertainty")
    return "-" if not unsure else f"{plain(unsure['cost_ratio_p05'])} to {plain(unsure['cost_ratio_p95'])}"


def _breakeven(column: dict[str, Any]) -> str:
    found = (column["price"] or {}).get("breakeven_launch_usd_per_kg")
    return "-" if found is None else _shown(found, "usd_per_kg") if found >= 0.0 else "none, even with free launches"


def _emissions(column: dict[str, Any]) -> str:
    rows = [one for one in (column["price"] or {}).get("environment", ()) if one["name"] == "CO2e together"]
    return "-" if not rows else f"{plain(rows[0]['orbit']['value'])} {rows[0]['unit']}"


ROWS: tuple[tuple[str, Cell], ...] = (
    ("Mass at launch", _figure("satellite", "wet_mass_kg", "kg")),
    ("Mass at launch, sum of the parts", _figure("satellite", "parts_mass_kg", "kg")),
    ("Specific power (peak compute / mass)", _figure("satellite", "power_per_mass_w_per_kg", "w_per_kg")),
    ("Solar array", _figure("satellite", "array_area_m2", "m2")),
    ("Battery", _figure("satellite", "battery_capacity_j", "j")),
    ("Radiator, each face", _figure("satellite", "radiator_area_m2", "m2")),
    ("Shielding, aluminium", lambda column: f"{column['satellite']['shielding_mm']:.1f} mm"),
    ("Price of the first satellite", _figure("satellite", "price_usd", "usd")),
    ("Mean life of a launched satellite", lambda column: _years(column["service"]["life_mean_s"])),
    ("Shells that reach the design life", _figure("service", "n_shells_full_life")),
    ("Compute delivered by a new satellite", _figure("power", "delivered_w", "w")),
    ("Compute delivered by the built fleet, mean", _figure("figures", "compute_delivered_mean_w", "w")),
    ("Operational satellites at the end", _figure("figures", "n_active_at_end")),
    ("Launches per year, maximum", _figure("figures", "launches_per_year_max")),
    ("Launches per year required for the target", _figure("figures", "launches_per_year_required")),
    ("Mass to orbit over the build-out", _figure("figures", "mass_to_orbit_kg", "kg")),
    ("Mass that re-enters in a year, maximum", _figure("figures", "mass_reentered_per_year_max_kg", "kg")),
    ("Cost ratio (orbit / ground)", _figure("price", "ratio")),
    ("Cost ratio, 5 to 95 % of the samples", _span),
    ("Cost ratio of satellites that reach their design life", _figure("price", "ratio_at_design_life")),
    ("Cost of a GPU-hour", _hour),
    ("Break-even launch price", _breakeven),
    ("CO2e of a megawatt-hour of the computers", _emissions),
    ("Collected power, Kardashev scale", lambda column: f"{column['figures']['kardashev_at_end']:.3f}"),
)
"""Label and cell of each row of the table of both readings."""


def _years(seconds: float) -> str:
    return f"{seconds / JULIAN_YEAR_S:.1f} years"


def picture(summary: dict[str, Any], growth: dict[str, Any]) -> str:
    """Draw delivered compute power over the build-out and the cost ratio with its range, by both readings, as SVG."""
    columns = {basis: one for basis, one in columns_of(growth).items() if one["buildout"] is not None}
    if not columns:
        return ""
    priced = {basis: one["price"] for basis, one in columns.items() if one["price"] and one["price"]["orbit"]}
    scale, unit = scale_of(summary["compute_nameplate_w"] or 1.0, "w")
    with figure(width_in=6.6, height_in=3.5, columns=2 if priced else 1) as (drawing, axes):
        power = axes[0] if priced else axes
        for basis, column in columns.items():
            months = column["buildout"]["months"]
            dates = np.array([row["date"] for row in months], dtype="datetime64[D]").astype(object)
            delivered = [row["compute_delivered_w"] / scale for row in months]
            power.plot(dates, delivered, color=COLOURS[basis], lw=1.8, label=BASES[basis])
        power.axhline(summary["compute_nameplate_w"] / scale, color=style.SHADOW, lw=0.9, ls="--", label="nameplate")
        power.set(title=f"Compute delivered ({unit})")
        power.set_ylim(bottom=0.0)
        power.tick_params(axis="x", rotation=35)
        power.legend(loc="best", fontsize=8)
        if priced:
            _draw_ratios(axes[1], priced)
        return svg(drawing)


def _draw_ratios(axes: Any, priced: dict[str, Any]) -> None:
    """Draw first-year, mean and best cost ratio of each reading, with the 5 to 95 % range of the mean."""
    labels = []
    for place, (basis, price) in enumerate(priced.items()):
        unsure, colour = price["uncertainty"], COLOURS[basis]
        axes.barh(
            place,
            unsure["cost_ratio_p95"] - unsure["cost_ratio_p05"],
            left=unsure["cost_ratio_p05"],
            color=colour,
            alpha=0.25,
            height=0.5,
        )
        axes.plot(price["ratio"], place, "o", color=colour, ms=7)
        axes.plot([price["ratio_min"], price["ratio_at_start"]], [place, place], "|", color=colour, ms=14, mew=1.8)
        axes.annotate(
            f"{price['ratio']:.1f}", (price["ratio"], place), (0, 12), textcoords="offset points", ha="center"
        )
        labels.append(BASES[basis].removeprefix("as "))
    axes.axvline(1.0, color=style.SHADOW, lw=1.2)
    axes.annotate("ground", (1.0, len(priced) - 0.45), (3, 0), textcoords="offset points", fontsize=8)
    axes.set_yticks(range(len(labels)), labels)
    axes.set(title="Cost, orbit / ground", xscale="log", ylim=(len(labels) - 0.4, -0.6))
    low, high = axes.get_xlim()
    ticks = [tick for tick in (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0) if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.grid(visible=False, axis="y")
