"""Prices, their reconciliation and studies on the terminal."""

from __future__ import annotations

import math
from typing import Any

from rich.table import Table
from rich.text import Text

from skyrack.api import display
from skyrack.cli.render import CONSOLE, left_out

MAX_DECIDING = 3
MAX_FACTORS = 6
MAX_MASS_MISMATCH_FRAC = 0.05
"""Difference between announced mass and mass of the parts above which both are printed."""
BASES = {"announced": "as announced", "sized": "as sized"}


def price(found: dict[str, Any]) -> None:
    """Print the cost of compute in orbit and on the ground."""
    sides = [found[side] for side in ("orbit", "ground") if found.get(side)] if "ground" in found else [found]
    if found.get("impossible"):
        CONSOLE.print(f"{found['name']}: {found['impossible']}")
    table = Table("USD for", *(side["name"] for side in sides), box=None, pad_edge=False)
    for name, words in found["unit_price_titles"].items():
        table.add_row(words, *(f"{side['prices'][name]:,.4g}" for side in sides))
    CONSOLE.print(table)
    if not found.get("with_jobs"):
        CONSOLE.print(
            "tokens and PFLOP-days at the rates of the catalogue; no job of the scenario was simulated for them"
        )
    lines = Table("USD a year for each kW at work", *(side["name"] for side in sides), box=None, pad_edge=False)
    for name in sides[0]["lines_usd_per_kw_year"]:
        costs = [side["lines_usd_per_kw_year"][name] for side in sides]
        if any(cost >= 0.5 for cost in costs):
            lines.add_row(found["line_titles"].get(name, name), *(f"{cost:,.0f}" for cost in costs))
    CONSOLE.print(lines)
    if len(sides) == 2:
        _verdict(found)


def _until(money: dict[str, Any]) -> str:
    year = money["target_reached_year"]
    return (
        "capital of the whole build-out (its target is never reached)"
        if year is None
        else f"capital to target in {year}"
    )


def _years(rows: list[dict[str, Any]]) -> None:
    table = Table(
        "satellites of", "orbit over ground", "launch", "break-even launch", "satellite", box=None, pad_edge=False
    )
    shown = [row for row in rows if row["year"] % 5 == 0 or row in (rows[0], rows[-1])]
    for row in shown:
        even = row["breakeven_launch_usd_per_kg"]
        table.add_row(
            str(row["year"]),
            f"{row['ratio']:.2f}",
            f"{row['launch_usd_per_kg']:,.0f} USD/kg",
            f"{even:,.0f} USD/kg" if even >= 0.0 else "none",
            f"{row['satellite_usd_per_w']:.1f} USD/W",
        )
    CONSOLE.print(table)


def _verdict(found: dict[str, Any]) -> None:
    CONSOLE.print(
        f"satellite {BASES[found['basis']]}: {display(found['satellite_kg'], 'kg')}, a life of {found['life_years']:.2f} "
        f"years (--basis {'sized' if found['basis'] == 'announced' else 'announced'} takes the other reading)"
    )
    _years(found["by_year"])
    launch, even = found["breakeven_launch_usd_per_kg"], found["breakeven_year"]
    at_launch = f"{launch:,.0f} USD/kg" if launch >= 0.0 else "none (orbit is dearer even with free launches)"
    CONSOLE.print(
        f"the same work costs {found['ratio']:.2f} times as much in orbit; {found['ratio_at_start']:.2f} for the satellites "
        f"of the first year, {found['ratio_min']:.2f} for those of {found['ratio_min_year']}"
    )
    CONSOLE.print(f"break-even launch price: {at_launch}; break-even year: {even or 'none in the build-out'}")
    if abs(found["satellite_kg"] / found["parts_kg"] - 1.0) > MAX_MASS_MISMATCH_FRAC:
        CONSOLE.print(
            f"launched is the announced mass of {display(found['satellite_kg'], 'kg')}; the parts that are priced weigh "
            f"{display(found['parts_kg'], 'kg')}"
        )
    if found["sites_not_priced"]:
        CONSOLE.print(f"not priced: the sites beyond low orbit ({', '.join(found['sites_not_priced'])})")
    waits = found["years_to_work"]
    CONSOLE.print(
        f"from order to work: {waits['orbit']:.1f} years in orbit once launchers fly, {waits['ground']:.1f} on the ground"
    )
    money = found["finance"]
    orbit = money["orbit"]
    rate = "no rate of return" if orbit["irr"] is None else f"{100 * orbit['irr']:.1f} % a year"
    CONSOLE.print(
        f"{_until(money)} {display(money['capex_to_target_usd'], 'usd')}; funding need "
        f"{display(orbit['funding_need_usd'], 'usd')} in {orbit['funding_need_year']}; at "
        f"{money['gpu_hour_price_usd']:g} USD a GPU-hour: {rate}, net present value {display(orbit['npv_usd'], 'usd')}"
    )
    if money["capital_raised_usd"]:
        share = money["capital_raised_usd"] / max(orbit["funding_need_usd"], 1.0)
        CONSOLE.print(
            f"capital raised: {display(money['capital_raised_usd'], 'usd')}, {100 * share:.1f} % of that need"
        )
    CONSOLE.print("cost drivers:")
    for one in found["sensitivity"][:MAX_DECIDING]:
        CONSOLE.print(
            f"  {one['title']} ({display(one['low'], one['unit'])} to {display(one['high'], one['unit'])}, here "
            f"{display(one['value'], one['unit'])}): {one['ratio_at_low']:.2f} to {one['ratio_at_high']:.2f} times. "
            f"{one['reason']}"
        )
    left_out(len(found["sensitivity"]), MAX_DECIDING, "assumptions")
    if found["ratio"] > 1.0:
        told = "; ".join(
            f"{step['title']} {display(step['value'], step['unit'])} ({step['ratio']:.2f} times)"
            for step in found["required_conditions"]
        )
        end = "" if found["required_conditions"][-1]["ratio"] <= 1.0 else "; all of them together are not sufficient"
        CONSOLE.print(f"required conditions for orbit to be cheaper, set one after the other: {told}{end}")


def reconciliation(found: dict[str, Any]) -> None:
    """Print published results side by side, and the bridge between them."""
    table = Table("calculation", "orbit", "ground", "ratio", "source", box=None, pad_edge=False)
    for model in found["models"]:
        costs = [f"{model[side]['usd_per_kw_year']:,.0f}" if model[side] else "-" for side in ("orbit", "ground")]
        ratio = "-" if model["ratio"] is None else f"{model['ratio']:.2f}"
        table.add_row(model["title"], *costs, ratio, model["source"])
    CONSOLE.print("USD a year for each kilowatt that it counts as at work; ratio for the same useful computing:")
    CONSOLE.print(table)
    titles = {model["name"]: model["title"] for model in found["models"]}
    for step in found["straight"]:
        factors = [(f"{name} ({side})", by) for side, groups in step["factors"].items() for name, by in groups.items()]
        factors.sort(key=lambda one: -abs(one[1] - 1.0) / min(one[1], 1.0))
        told = ", ".join(f"{name} x {by:.2f}" for name, by in factors[:MAX_FACTORS])
        others = step["ratio_after"] / step["ratio_before"] / math.prod(by for _, by in factors[:MAX_FACTORS])
        CONSOLE.print(
            f"\nwhy {step['ratio_after']:.2f} times and not {step['ratio_before']:.2f} ({titles[step['before']]}): {told}; "
            f"all others x {others:.2f}"
        )
    for side, walks in found["walks"].items():
        CONSOLE.print(Text(f"\nbridge in {side}", style="bold"))
        for step in walks:
            parts = sorted(step["parts"].items(), key=lambda part: -abs(part[1]))
            told = ", ".join(
                f"{name} {change:+,.0f}" for name, change in parts[:6] if abs(change) > 0.01 * abs(step["gap"])
            )
            CONSOLE.print(
                f"{step['before']} {step['usd_per_kw_year_before']:,.0f} to {step['after']} "
                f"{step['usd_per_kw_year_after']:,.0f} ({step['gap']:+,.0f}): {told}; {_missing(step)}"
            )


def _missing(step: dict[str, Any]) -> str:
    share = abs(step["unexplained"] / step["gap"]) if step["gap"] else 0.0
    return "nothing unexplained" if share < 1e-6 else f"{100 * share:.2g} % unexplained"


def study(done: Any) -> None:
    """Print the results of a study."""
    document = done.document
    result, plan = document["result"], document["plan"]
    if "n_samples" in result:
        failed = f", {result['n_failed']:,} of them failed" if result.get("n_failed") else ""
        CONSOLE.print(f"{document['price']['name']}: {result['n_samples']:,} samples ({plan['method']}){failed}")
    for key, tell in {
        "quantiles": _monte_carlo,
        "sensitivity": _ends,
        "indices": _indices,
        "front": _front,
        "best": _best,
    }.items():
        if result.get(key):
            tell(result)
    table = f"{done.path}/samples.parquet"
    samples = f"samples: {table}; " if (done.path / "samples.parquet").exists() else ""
    CONSOLE.print(f"{samples}picture: {done.path}/report.html")


def _ends(result: dict[str, Any]) -> None:
    for row in result["sensitivity"]:
        low, high = display(row["low"], row["unit"]), display(row["high"], row["unit"])
        CONSOLE.print(
            f"{row['title']} ({low} to {high}): {row['ratio_at_low']:.2f} to {row['ratio_at_high']:.2f} times"
        )


def _indices(result: dict[str, Any]) -> None:
    table = Table("assumption", "first order", "total", box=None, pad_edge=False)
    for row in result["indices"]:
        first = f"{row['first']:.3f} ± {row['first_error']:.3f}"
        table.add_row(row["title"], first, f"{row['total']:.3f} ± {row['total_error']:.3f}")
    CONSOLE.print(table)


def _front(result: dict[str, Any]) -> None:
    shown = [name for name in result["front"][0] if name not in ("failed", "on_front")]
    table = Table(*shown, box=None, pad_edge=False)
    for row in result["front"]:
        table.add_row(*(f"{row[name]:,.4g}" if isinstance(row[name], float) else str(row[name]) for name in shown))
    CONSOLE.print(table)


def _best(result: dict[str, Any]) -> None:
    if result["reasons"]:
        CONSOLE.print(f"failed: {result['reasons'][0]}")
    found = ", ".join(f"{name} {value}" for name, value in result["best"].items() if name != "failed")
    CONSOLE.print(f"least: {found}")


def _monte_carlo(result: dict[str, Any]) -> None:
    ratio = result["quantiles"]["cost_ratio"]
    CONSOLE.print(
        f"cost in orbit over that on the ground: {result['ratio_as_given']:.2f} as given; median {ratio['p50']:.2f}, half "
        f"between {ratio['p25']:.2f} and {ratio['p75']:.2f}, nine tenths between {ratio['p05']:.2f} and {ratio['p95']:.2f}"
    )
    CONSOLE.print(f"orbit is cheaper in {100 * result['orbit_wins_frac']:.2f} % of the samples")
    table = Table("assumption", "rank correlation", "median", "where orbit wins", box=None, pad_edge=False)
    for row in sorted(result["inputs"], key=lambda row: -abs(row["rank_correlation"])):
        won = row["median_where_orbit_wins"]
        table.add_row(
            row["title"],
            f"{row['rank_correlation']:+.2f}",
            display(row["median"], row["unit"]),
            "-" if won is None else display(won, row["unit"]),
        )
    CONSOLE.print(table)
