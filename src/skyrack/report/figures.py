"""Figures of a run; each function draws the tables of a run folder and returns one SVG."""

from __future__ import annotations

from typing import Any

import numpy as np

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.fleet.figures import quantile_column
from skyrack.report import style
from skyrack.report.style import figure, scale_of, svg

KELVIN = 273.15


def power(fleet: Any) -> str:
    """Draw the electric power of the whole fleet over time: arrays, compute, bus, curtailed and unserved power."""
    time_scale, time_name = scale_of(float(fleet["time_s"].max()), "s")
    scale, unit = scale_of(float(max(fleet["array_power_w"].max(), fleet["compute_power_w"].max())), "w")
    time = _steps(fleet) / time_scale
    with figure() as (drawing, axes):
        for column, colour, label in (
            ("array_power_w", style.ARRAY, "arrays"),
            ("compute_power_w", style.COMPUTE, "compute"),
            ("bus_power_w", style.BUS, "bus"),
            ("curtailed_power_w", style.CURTAILED, "curtailed"),
            ("unserved_power_w", style.UNSERVED, "unserved"),
        ):
            axes.stairs(fleet[column].to_numpy() / scale, time, baseline=None, color=colour, lw=1.8, label=label)
        axes.set(xlabel=f"time since the epoch ({time_name})", ylabel=f"power of the fleet ({unit})")
        axes.set_xlim(time[0], time[-1])
        axes.set_ylim(bottom=0.0)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return svg(drawing)


def _steps(fleet: Any) -> Any:
    """Return the edges of the output intervals: the beginning of the first one, and the end of each."""
    time = fleet["time_s"].to_numpy()
    return np.concatenate([[time[0] - fleet["interval_s"][0]], time])


def satellite_power(fleet: Any) -> str:
    """Draw the compute power of single satellites over time, as bands that hold 50 % and 90 % of them."""
    scale, unit = scale_of(float(fleet[quantile_column("compute_w", "p95")].max()), "w")
    return _bands(
        fleet, {"compute_w": (style.COMPUTE, "compute")}, lambda v: v / scale, f"compute of a satellite ({unit})"
    )


def temperature(fleet: Any) -> str:
    """Draw the temperatures of electronics and radiators over time, as bands."""
    series = {
        "electronics_k": (style.ELECTRONICS, "electronics"),
        "radiator_k": (style.RADIATOR, "radiator"),
    }
    return _bands(fleet, series, lambda values: values - KELVIN, "temperature (°C)")


def _bands(fleet: Any, series: dict[str, tuple[str, str]], change: Any, label: str) -> str:
    time_scale, time_name = scale_of(float(fleet["time_s"].max()), "s")
    time = fleet["time_s"].to_numpy() / time_scale
    with figure() as (drawing, axes):
        for histogram, (colour, name) in series.items():
            level = {
                q: change(fleet[quantile_column(histogram, q)].to_numpy()) for q in ("p05", "p25", "p50", "p75", "p95")
            }
            axes.fill_between(time, level["p05"], level["p95"], color=colour, alpha=0.15, lw=0)
            axes.fill_between(time, level["p25"], level["p75"], color=colour, alpha=0.3, lw=0)
            axes.plot(time, level["p50"], color=colour, lw=1.8, label=f"{name}: median, half and 90 % of satellites")
        axes.set(xlabel=f"time since the epoch ({time_name})", ylabel=label, xlim=(0.0, time[-1]))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
        return svg(drawing)


def sunlight_by_shell(shells: list[dict[str, Any]]) -> str:
    """Draw the sunlit fraction by altitude if there are many shells, otherwise as a bar for each shell."""
    if len(shells) <= 6:
        return _sunlight_bars(shells)
    with figure() as (drawing, axes):
        for kind in dict.fromkeys(shell["kind"] for shell in shells):
            chosen = [shell for shell in shells if shell["kind"] == kind]
            altitude = [shell["altitude_m"] / 1e3 for shell in chosen]
            share = [100 * shell["sunlit_frac_mean"] for shell in chosen]
            axes.plot(altitude, share, "o-", ms=4, color=style.KINDS[kind], label=f"{kind} shells")
        axes.axhline(100.0, color="#8a94a0", lw=0.8)
        axes.set(xlabel="altitude (km)", ylabel="sunlit fraction (%)")
        axes.legend()
        return svg(drawing)


def _sunlight_bars(shells: list[dict[str, Any]]) -> str:
    with figure(height_in=1.0 + 0.4 * len(shells)) as (drawing, axes):
        names = [f"{shell['name']}, {shell['altitude_m'] / 1e3:.0f} km" for shell in shells]
        share = [100 * shell["sunlit_frac_mean"] for shell in shells]
        bars = axes.barh(names, share, color=[style.KINDS[shell["kind"]] for shell in shells], height=0.6)
        axes.bar_label(bars, labels=[f" {value:.1f} %" for value in share])
        axes.set(xlabel="sunlit fraction (%)", xlim=(0.0, 110.0))
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def distributions(satellites: Any) -> str:
    """Draw histograms over the satellites: maximum radiator temperature, depth of discharge, mean compute power."""
    power_scale, power_unit = scale_of(float(satellites["compute_power_per_sat_mean_w"].max()), "w")
    panels: tuple[tuple[str, Any, str, str], ...] = (
        ("radiator_temp_max_k", lambda v: v - KELVIN, "hottest radiator (°C)", style.RADIATOR),
        ("battery_depth_max_frac", lambda v: 100 * v, "deepest discharge (%)", style.CHARGE),
        ("compute_power_per_sat_mean_w", lambda v: v / power_scale, f"mean compute ({power_unit})", style.COMPUTE),
    )
    with figure(height_in=2.9, columns=3) as (drawing, axes):
        for place, (column, change, label, colour) in zip(axes, panels, strict=True):
            values = np.asarray(change(satellites[column].to_numpy()))
            low, high = float(values.min()), float(values.max())
            if high - low < 1e-3 * max(abs(high), 1.0):
                low, high = low - 0.5 * max(abs(low) * 0.01, 0.1), high + 0.5 * max(abs(high) * 0.01, 0.1)
            counts, edges = np.histogram(values, bins=48, range=(low, high))
            place.stairs(100 * counts / len(values), edges, fill=True, color=colour, alpha=0.85)
            place.set(xlabel=label)
        axes[0].set_ylabel("satellites (%)")
        return svg(drawing)


def energy_waterfall(summary: dict[str, Any]) -> str:
    """Draw the losses from the sunlight on the arrays, if never in shadow, to the energy of compute."""
    all_light = summary["sunlight_energy_j"]
    lit = all_light * summary["sunlit_frac_mean"]
    losses = (
        ("sunlight on arrays, if never in shadow", all_light, style.SUNLIGHT),
        ("in the Earth's shadow", lit - all_light, style.SHADOW),
        ("not turned into power by the cells", summary["array_energy_j"] - lit, "#c9b458"),
        ("curtailed: no load, battery full", -summary["curtailed_energy_j"], style.CURTAILED),
        ("lost in batteries", -summary["lost_energy_j"], style.LOST),
        ("bus", -summary["bus_energy_j"], style.BUS),
        ("taken from (added to) batteries", -summary["stored_energy_j"], style.CHARGE),
    )
    with figure(height_in=3.3) as (drawing, axes):
        left = 0.0
        for place, (_, change, colour) in enumerate(losses):
            width = 100 * change / all_light
            axes.barh(place, width, left=left, color=colour, height=0.62)
            left += width
            axes.text(max(left, left - width) + 0.8, place, f"{width:+.2f} %" if place else "100 %", va="center")
        share = 100 * summary["compute_energy_j"] / all_light
        axes.barh(len(losses), share, color=style.COMPUTE, height=0.62)
        axes.text(share + 0.8, len(losses), f"{share:.2f} %", va="center", fontweight="bold")
        axes.set_yticks(range(len(losses) + 1), [*(name for name, _, _ in losses), "compute"])
        axes.set(xlabel="share of the sunlight (%)", xlim=(0.0, 112.0))
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def sampled_satellites(sampled: Any, hours: float = 5.0) -> str:
    """Draw the least and the most sunlit of the sampled satellites, step by step."""
    means = sampled.group_by("sample", "shell").agg(_mean("sunlit_frac")).sort("sunlit_frac", "sample")
    chosen = [means.row(0, named=True), means.row(-1, named=True)][: min(2, len(means))]
    with figure(height_in=3.2, columns=len(chosen)) as (drawing, axes):
        for place, row in zip(np.atleast_1d(axes), chosen, strict=True):
            _draw_sample(place, sampled, row, hours)
        return svg(drawing)


def _mean(column: str) -> Any:
    import polars

    return polars.col(column).mean()


def _draw_sample(place: Any, sampled: Any, row: dict[str, Any], hours: float) -> None:
    import polars

    mine = sampled.filter(polars.col("sample") == row["sample"], polars.col("time_s") <= hours * 3600.0)
    time = mine["time_s"].to_numpy() / 3600.0
    scale, unit = scale_of(float(max(mine["load_w"].max(), mine["array_w"].max())), "w")
    lit = mine["sunlit_frac"].to_numpy()
    place.plot(time, lit * mine["array_w"].to_numpy() / scale, color=style.ARRAY, lw=1.4, label="array")
    place.plot(time, mine["load_w"].to_numpy() / scale, color=style.COMPUTE, lw=1.4, label="compute and bus")
    place.set(
        xlabel="time (hours)",
        ylabel=f"power ({unit})",
        title=f"{row['shell']}: {100 * row['sunlit_frac']:.1f} % sunlit",
    )
    place.set_ylim(bottom=0.0)
    right = place.twinx()
    right.grid(visible=False)
    right.plot(
        time, mine["radiator_k"].to_numpy() - KELVIN, color=style.RADIATOR, lw=1.2, ls=":", label="radiator (°C)"
    )
    charge = mine["charge_j"].to_numpy()
    right.plot(
        time, 100 * charge / max(charge.max(), 1.0), color=style.CHARGE, lw=1.2, ls="--", label="state of charge (%)"
    )
    right.set_ylim(min(0.0, float(mine["radiator_k"].min()) - KELVIN - 5.0), 105.0)
    right.spines["right"].set_visible(True)
    lines = [*place.get_lines(), *right.get_lines()]
    place.legend(
        lines, [str(line.get_label()) for line in lines], loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2
    )


def mass_budget(satellite: dict[str, Any]) -> str:
    """Draw the mass of a satellite by subsystem, per kilowatt of peak compute."""
    kilowatts = satellite["compute_peak_w"] / 1e3 or 1.0  # without compute: the masses themselves
    lines = [(row["subsystem"], row["mass_kg"] / kilowatts) for row in satellite["budget"]]
    lines.append(("propellant", satellite["propellant_kg"] / kilowatts))
    total = sum(share for _, share in lines)
    with figure(height_in=0.9 + 0.27 * (len(lines) + 1)) as (drawing, axes):
        left = 0.0
        for place, (_, share) in enumerate(lines):
            axes.barh(place, share, left=left, color=style.COMPUTE if place == 0 else style.BUS, height=0.62)
            left += share
            axes.text(left + 0.01 * total, place, f"{share:.2f}", va="center")
        axes.barh(len(lines), total, color=style.SHADOW, height=0.62)
        axes.text(1.01 * total, len(lines), f"{total:.2f}", va="center", fontweight="bold")
        axes.set_yticks(range(len(lines) + 1), [*(name for name, _ in lines), "at launch"])
        axes.set(xlabel="specific mass (kg per kW of peak compute)", xlim=(0.0, 1.12 * total))
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        return svg(drawing)


def fleet_by_month(months: list[dict[str, Any]]) -> str:
    """Draw the fleet by month: satellites that are active, raising their orbit, disposed of, dead, or on the ground."""
    dates = np.array([row["date"] for row in months], dtype="datetime64[D]")
    layers = (
        ("n_active", style.COMPUTE, "operational"),
        ("n_raising", style.BUS, "raising"),
        ("n_disposing", style.CURTAILED, "disposing"),
        ("n_dead_in_orbit", style.UNSERVED, "dead in orbit"),
        ("n_on_ground", "#d8dde2", "built, on the ground"),
    )
    with figure() as (drawing, axes):
        axes.stackplot(
            dates.astype(object),
            [[row[name] for row in months] for name, _, _ in layers],
            colors=[colour for _, colour, _ in layers],
            labels=[label for _, _, label in layers],
            lw=0,
        )
        axes.set(ylabel="satellites", xlim=(dates[0].astype(object), dates[-1].astype(object)))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 10.0 else f"{value:g}")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
        return svg(drawing)


def compute_by_month(months: list[dict[str, Any]]) -> str:
    """Draw installed and delivered compute power, the launch rate, and the bottleneck of each month."""
    dates = np.array([row["date"] for row in months], dtype="datetime64[D]").astype(object)
    scale, unit = scale_of(max([1.0, *(row["compute_installed_w"] for row in months)]), "w")
    with figure(height_in=3.2, columns=2) as (drawing, (power, flights)):
        for name, colour, label in (
            ("compute_installed_w", style.ARRAY, "installed (peak)"),
            ("compute_delivered_w", style.COMPUTE, "delivered (mean)"),
        ):
            power.plot(dates, [row[name] / scale for row in months], color=colour, lw=1.8, label=label)
        power.set(ylabel=f"compute power ({unit})", xlim=(dates[0], dates[-1]))
        power.set_ylim(bottom=0.0)
        power.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        flights.plot(dates, [12.0 * row["launches"] for row in months], color=style.SHADOW, lw=1.4)
        top = 1.12 * max([1e-9, *(12.0 * row["launches"] for row in months)])
        colours = {
            "launchers": style.UNSERVED,
            "filed cap": style.CHARGE,
            "pads": style.CURTAILED,
            "boosters": style.ARRAY,
            "factory": style.ELECTRONICS,
            "orbit raising": style.BUS,
        }
        for name, colour in colours.items():
            held = np.array([row["bottleneck"] == name for row in months])
            if held.any():
                flights.fill_between(
                    dates, 0.0, top, where=held, color=colour, alpha=0.13, lw=0, label=f"bottleneck: {name}"
                )
        flights.set(ylabel="launches per year", xlim=(dates[0], dates[-1]), ylim=(0.0, top))
        if flights.get_legend_handles_labels()[0]:
            flights.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return svg(drawing)


def sites_by_month(built: dict[str, Any]) -> str:
    """Draw the compute delivered by the fleet in low orbit and by each site beyond it, on a logarithmic axis."""
    series = [("low orbit", built["months"]), *((site["name"], site["months"]) for site in built["sites"])]
    scale, unit = scale_of(max([1.0, *(row["compute_delivered_w"] for _, months in series for row in months)]), "w")
    colours = (style.COMPUTE, style.SHADOW, style.RADIATOR, style.ELECTRONICS, style.ARRAY, style.UNSERVED, style.BUS)
    with figure(height_in=3.0) as (drawing, axes):
        for number, (name, months) in enumerate(series):
            at_work = [row for row in months if row["compute_delivered_w"] > 0.0]
            dates = np.array([row["date"] for row in at_work], dtype="datetime64[D]").astype(object)
            delivered = [row["compute_delivered_w"] / scale for row in at_work]
            axes.plot(dates, delivered, color=colours[number % len(colours)], lw=1.8, label=name)
        axes.set(ylabel=f"compute delivered ({unit})", yscale="log")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return svg(drawing)


def life_by_shell(growth: dict[str, Any], kinds: dict[str, str]) -> str:
    """Draw the life of each shell's satellites over the sunlit fraction of its year, by kind of orbit, as SVG.

    `kinds` holds the kind of orbit of each shell.
    """
    markers = {"design life": "o", "dose": "v", "thermal cycles": "s"}
    with figure(height_in=3.2) as (drawing, axes):
        for one, shell in zip(growth["lives"], growth["shells"], strict=True):
            axes.plot(
                100 * shell["sunlit_year_frac"],
                one["life_s"] / JULIAN_YEAR_S,
                markers[one["ended_by"]],
                color=style.KINDS[kinds[one["shell"]]],
                ms=5,
                alpha=0.8,
            )
        for cause, marker in markers.items():
            axes.plot([], [], marker, color=style.SHADOW, label=f"ended by {cause}", ms=5)
        for kind in dict.fromkeys(kinds.values()):
            axes.plot([], [], "-", color=style.KINDS[kind], label=kind, lw=4)
        axes.set(xlabel="sunlit fraction of the year (%)", ylabel="life of the satellites (years)")
        axes.set_ylim(bottom=0.0)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return svg(drawing)
