"""Tables and sentences on the terminal."""

from __future__ import annotations

import functools
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from skyrack.api import channels, display

VERDICT_STYLES = {"holds": "green", "fails": "red"}
MAX_MOVERS = 5
CONSOLE = Console(highlight=False, width=None if sys.stdout is not None and sys.stdout.isatty() else 180)


@functools.cache
def _channels() -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in channels()}


def value(name: str, number: Any) -> str:
    """Return a figure of the summary with its display unit: `compute_power_mean_w` in GW."""
    return display(None if number is None else float(number), _channels()[name.rpartition(".")[2]]["unit"])


def left_out(count: int, shown: int, what: str) -> None:
    """Print a note if a table shows only its first rows; `--json` prints all of them."""
    if count > shown:
        CONSOLE.print(f"(the first {shown} of {count:,} {what}; --json has all)")


def scenarios(rows: list[dict[str, Any]]) -> None:
    """Print the built-in scenarios."""
    table = Table("name", "satellites", "claims", "title", box=None, pad_edge=False)
    for row in rows:
        table.add_row(row["name"], f"{row['n_sats']:,}", str(row["n_claims"]), row["title"])
    CONSOLE.print(table)


def scenario(shown: dict[str, Any]) -> None:
    """Print one scenario with its sources."""
    CONSOLE.print(Text(shown["title"], style="bold"), f"({shown['name']}, {shown['n_sats']:,} satellites)")
    CONSOLE.print(shown["description"].strip(), style="dim")
    shells = Table("shell", "kind", "altitude", "inclination", "satellites", box=None, pad_edge=False)
    rows = shown["shells"]
    for row in rows if len(rows) <= 12 else [*rows[:6], None, *rows[-6:]]:
        if row is None:
            shells.add_row("...", "", "", "", "")
            continue
        altitude, inclination = display(row["altitude_m"], "m"), display(row["inclination_rad"], "rad")
        shells.add_row(row["name"], row["kind"], altitude, inclination, f"{row['n_sats']:,}")
    CONSOLE.print(shells)
    table = Table("number", "value", "range", "confidence", "source", box=None, pad_edge=False)
    for row in shown["assumptions"]:
        span = f"{row['low']} .. {row['high']}" if row["low"] or row["high"] else ""
        table.add_row(row["path"], row["value"], span, row["confidence"], row["source"])
    CONSOLE.print(table)


def checked(found: dict[str, Any]) -> None:
    """Print the size of a run: satellites, steps, memory."""
    CONSOLE.print(
        f"{found['name']}: fine. {found['n_sats']:,} satellites, {found['n_steps']:,} steps, "
        f"{found['sat_steps']:.3g} satellite-steps, {display(found['memory_bytes'], 'bytes')} of memory."
    )


def sizing(found: dict[str, Any]) -> None:
    """Print a sized satellite: verdict, requirements, budget, sensitivities, and the sources of its parts."""
    years = found["life_years"]
    verdict = Text("closes", style="green") if found["closes"] else Text("does not close", style="red")
    CONSOLE.print(
        Text(f"{found['name']}: the satellite as written ", style="bold").append(verdict),
        f"({found['shell']}, {display(found['altitude_m'], 'm')}, {years:g} years; {found['binding']} binds)",
    )
    if found["cells_kept"]:
        CONSOLE.print(
            "The cells' efficiency is the scenario's own (satellite.solar_array.cell_efficiency).", style="dim"
        )
    needs = Table("part", "needed", "written", "ratio", "for", box=None, pad_edge=False)
    for row in found["requirements"]:
        holds = row["ratio"] >= 0.999
        ratio = Text(f"{row['ratio']:.2f}", style="" if holds else "red")
        needed, given = display(row["needed"], row["unit"]), display(row["given"], row["unit"])
        needs.add_row(row["name"], needed, given, ratio, row["why"])
    CONSOLE.print(needs)
    satellite = found["satellite"]
    budget = Table("satellite as sized", "mass", "kg/kW", "USD", "USD/W", "basis", box=None, pad_edge=False)
    for row in satellite["budget"]:
        budget.add_row(
            row["subsystem"],
            f"{row['mass_kg']:,.0f} kg",
            f"{row['mass_kg_per_kw']:.2f}",
            f"{row['price_usd']:,.0f}",
            f"{row['price_usd_per_w']:.2f}",
            row["basis"],
        )
    watts = satellite["compute_peak_w"] or float("inf")
    budget.add_row(
        "propellant",
        f"{satellite['propellant_kg']:,.0f} kg",
        f"{satellite['propellant_kg'] / watts * 1e3:.2f}",
        "",
        "",
        f"{satellite['speed_m_per_s']:,.0f} m/s, of which drag {satellite['drag_speed_m_per_s']:,.0f} m/s",
    )
    budget.add_row(
        "at launch",
        f"{satellite['wet_mass_kg']:,.0f} kg",
        f"{satellite['wet_mass_kg'] / watts * 1e3:.2f}",
        f"{satellite['price_usd']:,.0f}",
        f"{satellite['price_usd_per_w']:.2f}",
        f"{satellite['power_per_mass_w_per_kg']:.1f} kW/t of peak compute, {satellite['stowed_m3']:,.1f} m3 stowed",
        style="bold",
    )
    CONSOLE.print(budget)
    movers = Table("a tenth better", "mass at launch", box=None, pad_edge=False)
    for row in found["sensitivities"][:MAX_MOVERS]:
        movers.add_row(row["name"], f"{row['wet_mass_change_kg']:+,.0f} kg")
    CONSOLE.print(movers)
    left_out(len(found["sensitivities"]), MAX_MOVERS, "parameters")
    errors = ", ".join(f"{100 * error:+.0f} % ({name})" for name, error in found["calibration_frac"].items())
    CONSOLE.print(f"calibration: from its parts without antennas, a whole satellite that flies weighs {errors}")
    parts = Table("part", "figure", "value", "confidence", "source", box=None, pad_edge=False)
    for chosen in found["parts"]:
        for name, figure in chosen["figures"].items():
            where = f"{figure['source']}{': ' + figure['how'] if figure['how'] else ''}"
            parts.add_row(chosen["name"], name, f"{figure['value']:g}", figure["confidence"], where)
    CONSOLE.print(parts)


def load_of(sats_per_launch: float) -> str:
    """Return the payload of a launch in words: satellites per launch, or launches per satellite."""
    if sats_per_launch >= 1.0:
        return f"{sats_per_launch:,.0f} satellites a flight"
    return f"{1.0 / sats_per_launch:,.0f} flights a satellite"


def buildout(found: dict[str, Any]) -> None:
    """Print a build-out by year, its metrics, and the required conditions."""
    for one in found["vehicles"]:
        CONSOLE.print(
            f"{one['name']}: {load_of(one['sats_per_launch'])}, limited by {one['limited_by']} "
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
    CONSOLE.print(table)
    metrics = found["metrics"]
    reached = f"first reached in {metrics['reached'][:7]}" if metrics["reached"] else "never reached"
    CONSOLE.print(
        f"target of {found['target']:,.0f} at work: {reached}; at most {_plain_count(metrics['max_active'])} "
        f"({metrics['max_active_on'][:7]}), held back mostly by: {metrics['main_bottleneck']}"
    )
    CONSOLE.print(
        f"{_plain_count(metrics['launches'])} launches, {metrics['mass_to_orbit_kg'] / 1e3:,.0f} t to orbit, at most "
        f"{display(metrics['max_w_per_year'], 'w')} of compute launched in a year and "
        f"{metrics['reentered_kg_per_year_max'] / 1e3:,.0f} t down in a year; Kardashev {metrics['kardashev_at_end']:.3f}"
    )
    for day, needed, flown in metrics["milestones"]:
        if flown is None:
            CONSOLE.print(f"milestone of {day[:7]}: {needed:,.0f} in orbit; lies beyond the build-out")
            continue
        met = "met" if flown >= needed else "missed"
        CONSOLE.print(f"milestone of {day[:7]}: {needed:,.0f} in orbit, {flown:,.0f} there: {met}")
    needs = found["required"]
    if needs["satellites_per_week"] is None:
        CONSOLE.print(f"no production rate reaches the target by {needs['by']}")
    else:
        weekly, yearly = _plain_count(needs["satellites_per_week"]), _plain_count(needs["launches_per_year"])
        CONSOLE.print(
            f"to reach the target by {needs['by']}: {weekly} satellites per week, {yearly} launches and "
            f"{_plain_count(needs['tonnes_per_year'])} t per year from the first month on"
        )
    for site in found["sites"]:
        _site(site)


def _site(site: dict[str, Any]) -> None:
    metrics, needs = site["metrics"], site["required"]
    reached = f"reached in {metrics['reached'][:7]}" if metrics["reached"] else "never reached"
    one_way, most = site["light_time_s"], site["light_time_max_s"]
    light_time = f"{display(one_way, 's')} away by light" + (f" (up to {display(most, 's')})" if most > one_way else "")
    supply = (
        f"{site['launches_per_cargo']:.1f} flights to low orbit for each cargo"
        if site["launches_per_cargo"]
        else "thrown by a mass driver"
    )
    CONSOLE.print(
        f"\n{site['name']} (speculative): {site['place_title']}, {light_time}, in light {100 * site['sunlit_frac']:.0f} % of "
        f"the time, {supply}\n  {metrics['active_at_end']:,.0f} of {site['target']:,} at work at the end ({reached}), "
        f"delivering {display(metrics['delivered_w_at_end'], 'w')}; held back mostly by: {metrics['main_bottleneck']}"
    )
    if needs["satellites_per_week"] is not None:
        trips = "flights" if site["launches_per_cargo"] else "shots"
        CONSOLE.print(
            f"  for all of them by {needs['by']}: {_plain_count(needs['satellites_per_week'])} a week, "
            f"{_plain_count(needs['launches_per_year'])} {trips} a year from its beginning"
        )


def channel_sentence(name: str) -> str:
    """Return the label of a figure."""
    return str(_channels()[name]["label"])


def _impossible(run: Any) -> None:
    """Print why a job or the price of a run is missing."""
    for kind, why in ((run.workload or {}).get("impossible") or {}).items():
        CONSOLE.print(Text(f"The {kind} job is not possible: {why}", "red"))
    price = run.growth["price"]
    for why in (run.growth["impossible"], price["impossible"] if price else None):
        if why:
            CONSOLE.print(Text(f"There is no price: {why}", "red"))


def summary(run: Any) -> None:
    """Print a finished run: its main figures, its claims, the path of its report."""
    figures = run.summary
    CONSOLE.print(Text(run.folder.manifest["title"], style="bold"))
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
        "satellite_mass_kg",
        "power_per_mass_w_per_kg",
        "life_mean_s",
        "compute_installed_at_end_w",
        "compute_delivered_mean_w",
        "orbit_usd_per_gpu_hour",
        "ground_usd_per_gpu_hour",
        "cost_ratio",
        "breakeven_launch_usd_per_kg",
        "capex_to_target_usd",
        "training_days",
        "training_goodput_frac",
        "node_failures_per_day",
        "tokens_per_s",
        "ttft_p50_s",
        "ttft_p99_s",
        "slo_attainment_frac",
        "usd_per_mtoken",
        "ground_usd_per_mtoken",
        "nearest_rtt_median_ms",
        "rtt_median_ms",
        "throughput_bit_per_s",
        "downlink_bit_per_s_mean",
        "sat_steps_per_s",
        "wall_s",
        "peak_rss_bytes",
    ):
        if figures[name] is not None:
            table.add_row(value(name, figures[name]), _channels()[name]["label"])
    CONSOLE.print(table)
    _impossible(run)
    if abs(figures["energy_closure_frac"]) > 1e-4:
        gap = f"{figures['energy_closure_frac']:.1e}"
        CONSOLE.print(
            Text(f"The energy balance does not close ({gap} of the arrays' energy): do not trust this run.", "red")
        )
    if figures["claims"]:
        claims = Table("claim", "claimed", "as announced", "as sized", "verdict", box=None, pad_edge=False)
        for row in figures["claims"]:
            name = row["quantity"]
            shown = (
                ["", "", ""] if name is None else [value(name, row[key]) for key in ("claimed", "announced", "sized")]
            )
            if name is not None:
                shown[0] = f"{row['comparison']} {shown[0]}"
            claims.add_row(row["statement"], *shown, Text(row["verdict"], VERDICT_STYLES.get(row["verdict"], "dim")))
        CONSOLE.print(claims)
    report = run.path / "report.html"
    if report.exists():
        CONSOLE.print(f"report: {report}", soft_wrap=True)


def comparison(found: Any) -> None:
    """Print two runs side by side."""
    table = Table("figure", found.first, found.second, "change", box=None, pad_edge=False)
    for row in found.rows:
        table.add_row(row.label, row.shown(row.first), row.shown(row.second), row.change_text)
    if found.rows:
        CONSOLE.print(table)
    else:
        CONSOLE.print(f"All {found.n_equal} figures are the same in {found.first} and {found.second}.")
    if found.keys:
        keys = Table("scenario key", found.first, found.second, box=None, pad_edge=False)
        for key, first, second in found.keys:
            keys.add_row(key, first, second)
        CONSOLE.print(keys)


def doctor(rows: list[dict[str, Any]]) -> None:
    """Print what the machine has and what is missing."""
    for row in rows:
        mark = Text("ok     ", style="green") if row["well"] else Text("missing", style="red")
        CONSOLE.print(mark, f"{row['name']}: {row['found']}")


def facts(rows: list[dict[str, Any]]) -> None:
    """Print facts of the catalogue, and the disputes that they are part of."""
    table = Table("id", "value", "range", "confidence", "date", "source", box=None, pad_edge=False)
    for row in rows:
        span = "" if row["low"] is None and row["high"] is None else f"{_plain(row['low'])} to {_plain(row['high'])}"
        shown = "" if row["value"] is None else f"{_plain(row['value'])} {row['unit']}"
        table.add_row(
            row["id"], shown, span or "", row["confidence"], str(row["date"] or ""), _source(row), end_section=False
        )
    CONSOLE.print(table)
    told = {dispute["id"]: dispute for row in rows for dispute in row["disputes"]}
    for dispute in told.values():
        CONSOLE.print(Text(f"disputed, {dispute['about']}: ", style="bold").append("; ".join(dispute["readings"]), ""))
        CONSOLE.print(f"  taken here: {dispute['choice']}", style="dim")


def _plain_count(number: float) -> str:
    return f"{number:,.0f}" if number >= 10.0 else f"{number:.2g}"


def _plain(number: Any) -> str:
    return f"{number:g}" if isinstance(number, int | float) else str(number)


def _source(row: dict[str, Any]) -> str:
    return f"{row['source']} {row['url'] or ''}".strip()
