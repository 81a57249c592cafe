"""Tables and sentences on the terminal."""

from __future__ import annotations

import functools
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skyrack.api import channels, display

_console = Console(highlight=False, width=None if sys.stdout.isatty() else 180)


@functools.cache
def _channels() -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in channels()}


def value(name: str, number: Any) -> str:
    """A figure of the summary for people: `compute_power_mean_w` in GW."""
    return display(None if number is None else float(number), _channels()[name.rpartition(".")[2]]["unit"])


def scenarios(rows: list[dict[str, Any]]) -> None:
    """The built-in scenarios."""
    table = Table("name", "satellites", "claims", "title", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["name"], f"{row['n_sats']:,}", str(row["n_claims"]), row["title"])
    _console.print(table)


def scenario(shown: dict[str, Any]) -> None:
    """One scenario with its sources."""
    _console.print(Text(shown["title"], style="bold"), f"({shown['name']}, {shown['n_sats']:,} satellites)")
    _console.print(shown["description"].strip(), style="dim")
    shells = Table("shell", "kind", "altitude", "inclination", "satellites", box=None, pad_edge=False)
    rows = shown["shells"]
    for row in rows if len(rows) <= 12 else [*rows[:6], None, *rows[-6:]]:
        if row is None:
            shells.add_row("...", "", "", "", "")
            continue
        altitude, inclination = display(row["altitude_m"], "m"), display(row["inclination_rad"], "rad")
        shells.add_row(row["name"], row["kind"], altitude, inclination, f"{row['n_sats']:,}")
    _console.print(shells)
    table = Table("number", "value", "range", "confidence", "source", box=None, pad_edge=False)
    for row in shown["assumptions"]:
        span = f"{row['low']} .. {row['high']}" if row["low"] or row["high"] else ""
        table.add_row(row["path"], row["value"], span, row["confidence"], row["source"])
    _console.print(table)


def checked(found: dict[str, Any]) -> None:
    """What a run would take."""
    _console.print(
        f"{found['name']}: fine. {found['n_sats']:,} satellites, {found['n_steps']:,} steps, "
        f"{found['sat_steps']:.3g} satellite-steps, {display(found['memory_bytes'], 'bytes')} of memory."
    )


def sizing(found: dict[str, Any]) -> None:
    """A closed satellite: verdict, needs, budget, movers, and where the parts' numbers are from."""
    years = found["life_years"]
    verdict = Text("closes", style="green") if found["closes"] else Text("does not close", style="red")
    _console.print(
        Text(f"{found['name']}: the satellite as written ", style="bold").append(verdict),
        f"({found['shell']}, {display(found['altitude_m'], 'm')}, {years:g} years; {found['binding']} binds)",
    )
    if found["cells_kept"]:
        _console.print(
            "The cells' efficiency is the scenario's own (satellite.solar_array.cell_efficiency).", style="dim"
        )
    needs = Table("part", "needed", "written", "ratio", "for", box=None, pad_edge=False)
    for row in found["needs"]:
        holds = row["ratio"] >= 0.999
        ratio = Text(f"{row['ratio']:.2f}", style="" if holds else "red")
        needed, given = display(row["needed"], row["unit"]), display(row["given"], row["unit"])
        needs.add_row(row["name"], needed, given, ratio, row["why"])
    _console.print(needs)
    budget = Table("closed satellite", "mass", "kg/kW", "USD", "USD/W", "basis", box=None, pad_edge=False)
    for row in found["budget"]:
        budget.add_row(
            row["subsystem"],
            f"{row['mass_kg']:,.0f} kg",
            f"{row['mass_kg_per_kw']:.2f}",
            f"{row['price_usd']:,.0f}",
            f"{row['price_usd_per_w']:.2f}",
            row["basis"],
        )
    watts = found["compute_peak_w"] or float("inf")
    budget.add_row(
        "propellant",
        f"{found['propellant_kg']:,.0f} kg",
        f"{found['propellant_kg'] / watts * 1e3:.2f}",
        "",
        "",
        f"{found['speed_m_per_s']:,.0f} m/s, of which drag {found['drag_speed_m_per_s']:,.0f} m/s",
    )
    budget.add_row(
        "at launch",
        f"{found['wet_mass_kg']:,.0f} kg",
        f"{found['wet_mass_kg'] / watts * 1e3:.2f}",
        f"{found['price_usd']:,.0f}",
        f"{found['price_usd_per_w']:.2f}",
        f"{found['power_per_mass_w_per_kg']:.1f} kW/t of peak compute, {found['stowed_m3']:,.1f} m3 stowed",
        style="bold",
    )
    _console.print(budget)
    movers = Table("a tenth better", "mass at launch", box=None, pad_edge=False)
    for row in found["movers"][:5]:
        movers.add_row(row["name"], f"{row['wet_mass_change_kg']:+,.0f} kg")
    _console.print(movers)
    parts = Table("part", "figure", "value", "confidence", "source", box=None, pad_edge=False)
    for chosen in found["parts"]:
        for name, figure in chosen["figures"].items():
            where = f"{figure['source']}{': ' + figure['how'] if figure['how'] else ''}"
            parts.add_row(chosen["name"], name, f"{figure['value']:g}", figure["confidence"], where)
    _console.print(parts)


def load_of(sats_per_flight: float) -> str:
    """What a flight carries, in words."""
    if sats_per_flight >= 1.0:
        return f"{sats_per_flight:,.0f} satellites a flight"
    return f"{1.0 / sats_per_flight:,.0f} flights a satellite"


def buildout(found: dict[str, Any]) -> None:
    """A build-out by year, its answers, and what would have to be true."""
    for one in found["vehicles"]:
        _console.print(
            f"{one['name']}: {load_of(one['sats_per_flight'])}, limited by {one['limited_by']} "
            f"({display(found['satellite_mass_kg'], 'kg')} each, {found['mass_from']})"
        )
    table = Table(
        *("end of", "built", "launched", "at work", "failed", "down", "installed", "delivered", "flights", "held by"),
        box=None,
        pad_edge=False,
    )
    months = found["months"]
    for year in sorted({row["date"][:4] for row in months}):
        rows = [row for row in months if row["date"].startswith(year)]
        last, held = rows[-1], [row["bottleneck"] for row in rows]
        table.add_row(
            year,
            *(f"{last[name]:,.0f}" for name in ("n_built", "n_launched", "n_active", "n_failed", "n_deorbited")),
            display(last["compute_installed_w"], "w"),
            display(last["compute_delivered_w"], "w"),
            f"{sum(row['launches'] for row in rows):,.0f}",
            max(set(held), key=held.count),
        )
    _console.print(table)
    answers = found["answers"]
    reached = f"first reached in {answers['reached'][:7]}" if answers["reached"] else "never reached"
    _console.print(
        f"target of {found['target']:,.0f} at work: {reached}; at most {answers['most_active']:,.0f} "
        f"({answers['most_active_on'][:7]}), held back mostly by: {answers['main_bottleneck']}"
    )
    _console.print(
        f"{_plain_count(answers['flights'])} flights, {answers['mass_to_orbit_kg'] / 1e3:,.0f} t to orbit, at most "
        f"{display(answers['most_w_per_year'], 'w')} of compute launched in a year and "
        f"{answers['reentered_kg_per_year_most'] / 1e3:,.0f} t down in a year; Kardashev {answers['kardashev_at_end']:.3f}"
    )
    for day, needed, flown in answers["milestones"]:
        if flown is None:
            _console.print(f"milestone of {day[:7]}: {needed:,.0f} in orbit; lies beyond the build-out")
            continue
        met = "met" if flown >= needed else "missed"
        _console.print(f"milestone of {day[:7]}: {needed:,.0f} in orbit, {flown:,.0f} there: {met}")
    needs = answers["must_be_true"]
    if needs["satellites_per_week"] is None:
        _console.print(f"nothing would have the target at work by {needs['by']}")
    else:
        weekly, yearly = _plain_count(needs["satellites_per_week"]), _plain_count(needs["flights_per_year"])
        _console.print(
            f"for the target by {needs['by']}, from the first month on: {weekly} satellites a week, {yearly} flights and "
            f"{_plain_count(needs['tonnes_per_year'])} t a year"
        )
    for site in found["sites"]:
        _site(site)


def _site(site: dict[str, Any]) -> None:
    answers, needs = site["answers"], site["answers"]["must_be_true"]
    reached = f"reached in {answers['reached'][:7]}" if answers["reached"] else "never reached"
    one_way, most = site["light_time_s"], site["light_time_most_s"]
    light_time = f"{display(one_way, 's')} away by light" + (f" (up to {display(most, 's')})" if most > one_way else "")
    supply = (
        f"{site['flights_per_cargo']:.1f} flights to low orbit for each cargo"
        if site["flights_per_cargo"]
        else "thrown by a mass driver"
    )
    _console.print(
        f"\n{site['name']} (speculative): {site['place_title']}, {light_time}, in light {100 * site['sunlit_frac']:.0f} % of "
        f"the time, {supply}\n  {answers['active_at_end']:,.0f} of {site['target']:,} at work at the end ({reached}), "
        f"delivering {display(answers['delivered_w_at_end'], 'w')}; held back mostly by: {answers['main_bottleneck']}"
    )
    if needs["satellites_per_week"] is not None:
        trips = "flights" if site["flights_per_cargo"] else "shots"
        _console.print(
            f"  for all of them by {needs['by']}: {_plain_count(needs['satellites_per_week'])} a week, "
            f"{_plain_count(needs['flights_per_year'])} {trips} a year from its beginning"
        )


def summary(run: Any) -> None:
    """A finished run: its main figures, its claims, where the report is."""
    figures = run.summary
    _console.print(Text(run.folder.manifest["title"], style="bold"))
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for name in (
        "n_sats",
        "sunlit_frac_mean",
        "array_power_mean_w",
        "compute_power_mean_w",
        "compute_nameplate_w",
        "longest_eclipse_s",
        "battery_depth_max_frac",
        "radiator_temp_max_k",
        "electronics_temp_max_k",
        "throttled_frac",
        "closed_power_per_mass_w_per_kg",
        "compute_installed_at_end_w",
        "orbit_usd_per_gpu_hour",
        "ground_usd_per_gpu_hour",
        "cost_ratio",
        "breakeven_launch_usd_per_kg",
        "capital_to_target_usd",
        "sat_steps_per_s",
        "wall_s",
        "peak_rss_bytes",
    ):
        table.add_row(value(name, figures[name]), _channels()[name]["sentence"])
    _console.print(table)
    if abs(figures["energy_closure_frac"]) > 1e-4:
        gap = f"{figures['energy_closure_frac']:.1e}"
        _console.print(Text(f"The energy books do not close ({gap} of the arrays' energy): distrust this run.", "red"))
    if figures["claims"]:
        claims = Table("claim", "claimed", "computed", "ratio", "", box=None, pad_edge=False)
        for row in figures["claims"]:
            claimed, computed = value(row["quantity"], row["claimed"]), value(row["quantity"], row["computed"])
            verdict = Text("holds", style="green") if row["holds"] else Text("does not hold", style="red")
            ratio = f"{row['ratio']:.3f}" if row["ratio"] is not None else ""
            claims.add_row(row["statement"], f"{row['comparison']} {claimed}", computed, ratio, verdict)
        _console.print(claims)
    report = run.path / "report.html"
    if report.exists():
        _console.print(f"report: {report}", soft_wrap=True)


def comparison(found: Any) -> None:
    """Two runs side by side."""
    table = Table("figure", found.first, found.second, "change", box=None, pad_edge=False)
    for row in found.rows:
        change = f"{100 * row.change:+.2f} %" if row.change is not None else ""
        table.add_row(row.sentence, value(row.name, row.first), value(row.name, row.second), change)
    _console.print(table)
    if found.keys:
        keys = Table("scenario key", found.first, found.second, box=None, pad_edge=False)
        for key, first, second in found.keys:
            keys.add_row(key, first, second)
        _console.print(keys)


def doctor(rows: list[dict[str, Any]]) -> None:
    """What the machine has."""
    for row in rows:
        mark = Text("ok     ", style="green") if row["well"] else Text("missing", style="red")
        _console.print(mark, f"{row['name']}: {row['found']}")


def facts(rows: list[dict[str, Any]]) -> None:
    """Facts of the catalogue, and the disputes that they are part of."""
    table = Table("id", "value", "range", "confidence", "date", "source", box=None, pad_edge=False)
    for row in rows:
        span = "" if row["low"] is None and row["high"] is None else f"{_plain(row['low'])} to {_plain(row['high'])}"
        shown = "" if row["value"] is None else f"{_plain(row['value'])} {row['unit']}"
        table.add_row(
            row["id"], shown, span or "", row["confidence"], str(row["date"] or ""), _source(row), end_section=False
        )
    _console.print(table)
    told = {dispute["id"]: dispute for row in rows for dispute in row["disputes"]}
    for dispute in told.values():
        _console.print(Text(f"disputed, {dispute['about']}: ", style="bold").append("; ".join(dispute["readings"]), ""))
        _console.print(f"  taken here: {dispute['choice']}", style="dim")


def _plain_count(number: float) -> str:
    return f"{number:,.0f}" if number >= 10.0 else f"{number:.2g}"


def _plain(number: Any) -> str:
    return f"{number:g}" if isinstance(number, int | float) else str(number)


def _source(row: dict[str, Any]) -> str:
    return f"{row['source']} {row['url'] or ''}".strip()


def price(found: dict[str, Any]) -> None:
    """What computing costs in orbit and on the ground."""
    sides = [found[side] for side in ("orbit", "ground") if found.get(side)] if "ground" in found else [found]
    if found.get("impossible"):
        _console.print(f"{found['name']}: {found['impossible']}")
    table = Table("USD for", *(side["name"] for side in sides), box=None, pad_edge=False)
    for name, words in found["denominators"].items():
        table.add_row(words, *(f"{side['prices'][name]:,.4g}" for side in sides))
    _console.print(table)
    lines = Table("USD a year for each kW at work", *(side["name"] for side in sides), box=None, pad_edge=False)
    for name in sides[0]["lines_usd_per_kw_year"]:
        costs = [side["lines_usd_per_kw_year"][name] for side in sides]
        if any(cost >= 0.5 for cost in costs):
            lines.add_row(name, *(f"{cost:,.0f}" for cost in costs))
    _console.print(lines)
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
    _console.print(table)


def _verdict(found: dict[str, Any]) -> None:
    _years(found["by_year"])
    launch, even = found["breakeven_launch_usd_per_kg"], found["breakeven_year"]
    at_launch = f"{launch:,.0f} USD/kg" if launch >= 0.0 else "none: not even free launches would do"
    _console.print(
        f"the same work costs {found['ratio']:.2f} times as much in orbit; {found['ratio_at_start']:.2f} for the satellites "
        f"of the first year, {found['ratio_least']:.2f} for those of {found['ratio_least_year']}"
    )
    _console.print(f"break-even launch price: {at_launch}; break-even year: {even or 'none in the build-out'}")
    mass = found["mass"]
    if abs(mass["launched_kg"] / mass["closed_kg"] - 1.0) > 0.05:
        _console.print(
            f"launches carry {display(mass['launched_kg'], 'kg')} a satellite, as the scenario says; the one whose parts are "
            f"priced closes at {display(mass['closed_kg'], 'kg')}, with which it would be {mass['ratio_as_closed']:.2f} times"
        )
    if found["sites_not_priced"]:
        _console.print(f"not priced: the sites beyond low orbit ({', '.join(found['sites_not_priced'])})")
    waits = found["years_to_work"]
    _console.print(
        f"from order to work: {waits['orbit']:.1f} years in orbit once launchers fly, {waits['ground']:.1f} on the ground"
    )
    money = found["finance"]
    orbit = money["orbit"]
    rate = "no rate of return" if orbit["irr"] is None else f"{100 * orbit['irr']:.1f} % a year"
    _console.print(
        f"{_until(money)} {display(money['capital_to_target_usd'], 'usd')}; deepest need "
        f"{display(orbit['funding_need_usd'], 'usd')} in {orbit['funding_need_year']}; at "
        f"{money['gpu_hour_price_usd']:g} USD a GPU-hour: {rate}, net present value {display(orbit['npv_usd'], 'usd')}"
    )
    if money["capital_raised_usd"]:
        share = money["capital_raised_usd"] / max(orbit["funding_need_usd"], 1.0)
        _console.print(
            f"capital raised: {display(money['capital_raised_usd'], 'usd')}, {100 * share:.1f} % of that need"
        )
    _console.print("what decides it:")
    for one in found["deciding"][:3]:
        _console.print(
            f"  {one['title']} ({display(one['low'], one['unit'])} to {display(one['high'], one['unit'])}, here "
            f"{display(one['value'], one['unit'])}): {one['ratio_at_low']:.2f} to {one['ratio_at_high']:.2f} times. "
            f"{one['reason']}"
        )
    if found["ratio"] > 1.0:
        told = "; ".join(
            f"{step['title']} {display(step['value'], step['unit'])} ({step['ratio']:.2f} times)"
            for step in found["must_be_true"]
        )
        end = "" if found["must_be_true"][-1]["ratio"] <= 1.0 else "; and that is not enough"
        _console.print(f"what must be true for orbit to be cheaper, one after the other: {told}{end}")


def reconciliation(found: dict[str, Any]) -> None:
    """Published results beside each other, and the walk between them."""
    table = Table("calculation", "orbit", "ground", "ratio", "source", box=None, pad_edge=False)
    for model in found["models"]:
        costs = [f"{model[side]['usd_per_kw_year']:,.0f}" if model[side] else "-" for side in ("orbit", "ground")]
        ratio = "-" if model["ratio"] is None else f"{model['ratio']:.2f}"
        table.add_row(model["title"], *costs, ratio, model["source"])
    _console.print("USD a year for each kilowatt that it counts as at work:")
    _console.print(table)
    for side, walks in found["walks"].items():
        _console.print(Text(f"\nthe walk in {side}", style="bold"))
        for step in walks:
            parts = sorted(step["parts"].items(), key=lambda part: -abs(part[1]))
            told = ", ".join(
                f"{name} {change:+,.0f}" for name, change in parts[:6] if abs(change) > 0.01 * abs(step["gap"])
            )
            _console.print(
                f"{step['before']} {step['usd_per_kw_year_before']:,.0f} to {step['after']} "
                f"{step['usd_per_kw_year_after']:,.0f} ({step['gap']:+,.0f}): {told}; {_missing(step)}"
            )


def _missing(step: dict[str, Any]) -> str:
    share = abs(step["unexplained"] / step["gap"]) if step["gap"] else 0.0
    return "nothing unexplained" if share < 1e-6 else f"{100 * share:.2g} % unexplained"


def study(done: Any) -> None:
    """What came out of a study."""
    document = done.document
    result, plan = document["result"], document["plan"]
    if "n_samples" in result:
        failed = f", {result['n_failed']:,} of them failed" if result.get("n_failed") else ""
        _console.print(f"{document['price']['name']}: {result['n_samples']:,} samples ({plan['method']}){failed}")
    for key, tell in {
        "quantiles": _monte_carlo,
        "deciding": _ends,
        "indices": _indices,
        "front": _front,
        "best": _best,
    }.items():
        if result.get(key):
            tell(result)
    table = f"{done.path}/samples.parquet"
    samples = f"samples: {table}; " if (done.path / "samples.parquet").exists() else ""
    _console.print(f"{samples}picture: {done.path}/report.html")


def _ends(result: dict[str, Any]) -> None:
    for row in result["deciding"]:
        low, high = display(row["low"], row["unit"]), display(row["high"], row["unit"])
        _console.print(
            f"{row['title']} ({low} to {high}): {row['ratio_at_low']:.2f} to {row['ratio_at_high']:.2f} times"
        )


def _indices(result: dict[str, Any]) -> None:
    table = Table("assumption", "first order", "total", box=None, pad_edge=False)
    for row in result["indices"]:
        first = f"{row['first']:.3f} ± {row['first_error']:.3f}"
        table.add_row(row["title"], first, f"{row['total']:.3f} ± {row['total_error']:.3f}")
    _console.print(table)


def _front(result: dict[str, Any]) -> None:
    shown = [name for name in result["front"][0] if name not in ("failed", "on_front")]
    table = Table(*shown, box=None, pad_edge=False)
    for row in result["front"]:
        table.add_row(*(f"{row[name]:,.4g}" if isinstance(row[name], float) else str(row[name]) for name in shown))
    _console.print(table)


def _best(result: dict[str, Any]) -> None:
    if result["reasons"]:
        _console.print(f"failed: {result['reasons'][0]}")
    found = ", ".join(f"{name} {value}" for name, value in result["best"].items() if name != "failed")
    _console.print(f"least: {found}")


def _monte_carlo(result: dict[str, Any]) -> None:
    ratio = result["quantiles"]["cost_ratio"]
    _console.print(
        f"cost in orbit over that on the ground: {result['ratio_as_given']:.2f} as given; median {ratio['p50']:.2f}, half "
        f"between {ratio['p25']:.2f} and {ratio['p75']:.2f}, nine tenths between {ratio['p05']:.2f} and {ratio['p95']:.2f}"
    )
    _console.print(f"orbit is cheaper in {100 * result['orbit_wins_frac']:.2f} % of the samples")
    table = Table("assumption", "rank correlation", "median", "where orbit wins", box=None, pad_edge=False)
    for row in sorted(result["inputs"], key=lambda row: -abs(row["rank_correlation"])):
        won = row["median_where_orbit_wins"]
        table.add_row(
            row["title"],
            f"{row['rank_correlation']:+.2f}",
            display(row["median"], row["unit"]),
            "-" if won is None else display(won, row["unit"]),
        )
    _console.print(table)
