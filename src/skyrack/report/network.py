"""Figures of the network: latency on a map and over time, link utilisation, orbit against fibre, downlink."""

from __future__ import annotations

from typing import Any

import numpy as np

from skyrack.catalogue.ground import land
from skyrack.report import style
from skyrack.report.style import figure, scale_of, svg

LAND, SEA = "#e9ecef", "#c3cbd3"
UNREACHED = "#8a94a0"
MAX_LINES = 6000


def drawings(document: dict[str, Any], city_latency: Any, link_use: Any, downlink: Any) -> dict[str, str]:
    """Return all figures that this network has data for, as SVG by name."""
    found = {}
    if document["cities"]:
        found["latency_map"] = latency_map(document["cities"])
        found["latency_by_time"] = latency_by_time(city_latency)
    if any(city["rtt_median_ms"] is not None for city in document["cities"]):
        found["against_fibre"] = against_fibre(document)
    if len(link_use):
        found["use_map"] = use_map(link_use, document["cities"])
    if document["downlink"] is not None:
        found["downlink"] = downlink_by_time(downlink)
    for name, formation in document["formations"].items():
        found[f"formation_{name}"] = formation_shapes(formation)
    return found


def draw_world(axes: Any) -> None:
    """Draw land under a map in longitude and latitude (degrees)."""
    from matplotlib.collections import PolyCollection

    rings = [np.column_stack([np.unwrap(points[:, 0], period=360.0), points[:, 1]]) for points in map(np.array, land())]
    whole = [ring for ring in rings if np.ptp(ring[:, 0]) < 350.0]  # all but Antarctica, which goes round the pole
    for turn in (-360.0, 0.0, 360.0):  # what crosses the date line shows on both sides
        shifted = [ring + np.array([turn, 0.0]) for ring in whole]
        axes.add_collection(PolyCollection(shifted, facecolors=LAND, edgecolors=SEA, lw=0.4))
    axes.set(xlim=(-180, 180), ylim=(-60, 85), xticks=[], yticks=[], aspect=1.2)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def latency_map(cities: list[dict[str, Any]]) -> str:
    """Draw every city, coloured by the RTT to the nearest compute satellite; crosses if none is ever reached."""
    longitude, latitude = (np.degrees([city[f"{axis}_rad"] for city in cities]) for axis in ("longitude", "latitude"))
    rtt = np.array([np.nan if city["rtt_median_ms"] is None else city["rtt_median_ms"] for city in cities])
    share = np.array([city["reachable_frac"] for city in cities])
    with figure(height_in=4.0) as (drawing, axes):
        draw_world(axes)
        reached = np.isfinite(rtt)
        if reached.any():
            dots = axes.scatter(
                longitude[reached],
                latitude[reached],
                c=rtt[reached],
                s=12.0 + 40.0 * share[reached],
                cmap="viridis_r",
                edgecolors="white",
                linewidths=0.6,
                zorder=3,
            )
            bar = drawing.colorbar(dots, ax=axes, shrink=0.75, pad=0.01)
            bar.set_label("round trip to the nearest compute (ms)")
            bar.outline.set_visible(False)
        if not reached.all():
            axes.scatter(
                longitude[~reached],
                latitude[~reached],
                marker="x",
                s=22,
                color=UNREACHED,
                label="never reached",
                zorder=3,
            )
            axes.legend(loc="lower left")
        return svg(drawing)


def latency_by_time(city_latency: Any) -> str:
    """Draw the RTT to the nearest compute satellite over time as bands over the cities, and their reachability."""
    import polars

    table = (
        city_latency.group_by("time_s")
        .agg(
            *(polars.col("rtt_ms").quantile(q, "linear").alias(str(q)) for q in (0.05, 0.25, 0.5, 0.75, 0.95)),
            polars.col("rtt_ms").is_not_null().mean().alias("reached"),
        )
        .sort("time_s")
    )
    scale, name = scale_of(float(table["time_s"].max()), "s")
    time = table["time_s"].to_numpy() / scale
    level = {column: table[column].cast(polars.Float64).fill_null(float("nan")).to_numpy() for column in table.columns}
    with figure(height_in=3.0, columns=2) as (drawing, (latency, reached)):
        latency.fill_between(time, level["0.05"], level["0.95"], color=style.COMPUTE, alpha=0.15, lw=0)
        latency.fill_between(time, level["0.25"], level["0.75"], color=style.COMPUTE, alpha=0.3, lw=0)
        marker = "o" if len(time) < 60 else None
        latency.plot(
            time,
            level["0.5"],
            color=style.COMPUTE,
            lw=1.6,
            marker=marker,
            ms=2.5,
            label="median, half and 90 % of cities",
        )
        latency.set(xlabel=f"time since the epoch ({name})", ylabel="RTT to the nearest compute satellite (ms)")
        latency.set_ylim(bottom=0.0)
        latency.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
        reached.plot(time, 100.0 * level["reached"], color=style.SHADOW, lw=1.2)
        reached.set(xlabel=f"time since the epoch ({name})", ylabel="cities that reach compute (%)")
        reached.set_ylim(0.0, max(5.0, 112.0 * float(np.nanmax(level["reached"]))))
        return svg(drawing)


def against_fibre(document: dict[str, Any]) -> str:
    """Draw the RTT over satellites against that over fibre: between cities, and to the nearest data center."""
    pairs = [pair for pair in document["pairs"] if pair["rtt_median_ms"] is not None]
    cities = [city for city in document["cities"] if city["rtt_median_ms"] is not None]
    with figure(height_in=3.6, columns=2) as (drawing, (between, nearest)):
        for axes, rows, title in ((between, pairs, "between cities"), (nearest, cities, "to the nearest data center")):
            fibre = np.array([row["fibre_rtt_ms"] for row in rows])
            orbit = np.array([row["rtt_median_ms"] for row in rows])
            axes.set(title=title, xlabel="fibre (ms)", ylabel="satellites (ms)")
            if not len(rows):
                axes.text(0.5, 0.5, "no way between any two", transform=axes.transAxes, ha="center")
                continue
            faster = orbit < fibre
            for chosen, colour, label in (
                (faster, style.COMPUTE, "orbit is faster"),
                (~faster, style.UNSERVED, "cable is faster"),
            ):
                if chosen.any():
                    text = f"{label}: {100 * chosen.mean():.0f} %"
                    axes.scatter(fibre[chosen], orbit[chosen], s=8, color=colour, alpha=0.6, lw=0, label=text)
            end = 1.08 * max(fibre.max(), orbit.max())
            axes.plot([0, end], [0, end], color=UNREACHED, lw=1.0, ls="--")
            axes.set(xlim=(0, end), ylim=(0, end))
            axes.legend(loc="upper left", handletextpad=0.1)
        return svg(drawing)


def use_map(link_use: Any, cities: list[dict[str, Any]]) -> str:
    """Draw the laser links that carry the demands of the first snapshot, coloured by utilisation."""
    from matplotlib.collections import LineCollection

    rows = link_use.sort("utilisation_frac").tail(MAX_LINES)
    ends = {
        (which, axis): np.degrees(rows[f"{which}_{axis}_rad"].to_numpy())
        for which in ("from", "to")
        for axis in ("longitude", "latitude")
    }
    use = 100.0 * rows["utilisation_frac"].to_numpy()
    lines, colours = [], []
    for a, b, c, d, share in zip(
        ends["from", "longitude"],
        ends["from", "latitude"],
        ends["to", "longitude"],
        ends["to", "latitude"],
        use,
        strict=True,
    ):
        turn = 360.0 * round((a - c) / 360.0)  # across the date line: once on either side
        for shift in {0.0, -turn}:
            lines.append([(a + shift, b), (c + turn + shift, d)])
            colours.append(share)
    with figure(height_in=4.0) as (drawing, axes):
        draw_world(axes)
        drawn = LineCollection(lines, cmap="plasma_r", array=np.array(colours), lw=1.1, clim=(0.0, 100.0))
        axes.add_collection(drawn)
        axes.set(ylim=(-85, 85))
        first = cities[:10]
        axes.scatter(
            np.degrees([city["longitude_rad"] for city in first]),
            np.degrees([city["latitude_rad"] for city in first]),
            s=14,
            color="black",
            zorder=3,
        )
        bar = drawing.colorbar(drawn, ax=axes, shrink=0.75, pad=0.01)
        bar.set_label("load of the link (%)")
        bar.outline.set_visible(False)
        return svg(drawing)


def downlink_by_time(downlink: Any) -> str:
    """Draw the downlink of the ground stations over time: mean and 90 % band over weather samples, and clear sky."""
    scale, name = scale_of(float(downlink["time_s"].max()), "s")
    time = downlink["time_s"].to_numpy() / scale
    largest = float(downlink["clear_sky_bit_per_s"].max())
    size, unit = next(
        (size, unit)
        for size, unit in ((1e12, "Tbit/s"), (1e9, "Gbit/s"), (1e6, "Mbit/s"), (0.0, "bit/s"))
        if largest >= size
    )
    size = size or 1.0
    with figure(height_in=2.8) as (drawing, axes):
        axes.fill_between(
            time,
            downlink["downlink_p05_bit_per_s"].to_numpy() / size,
            downlink["downlink_p95_bit_per_s"].to_numpy() / size,
            color=style.COMPUTE,
            alpha=0.18,
            lw=0,
            label="90 % of the weather samples",
        )
        axes.plot(time, downlink["downlink_bit_per_s"].to_numpy() / size, color=style.COMPUTE, lw=1.6, label="expected")
        axes.plot(
            time,
            downlink["clear_sky_bit_per_s"].to_numpy() / size,
            color=style.ARRAY,
            lw=1.0,
            ls="--",
            label="clear sky everywhere",
        )
        axes.set(xlabel=f"time since the epoch ({name})", ylabel=f"downlink ({unit})")
        axes.set_ylim(bottom=0.0)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return svg(drawing)


def formation_shapes(formation: dict[str, Any]) -> str:
    """Draw the formation at its node, an eighth and a quarter of an orbit later, seen along the orbit normal."""
    shapes = [np.array(shape) for shape in formation["shapes_m"]]
    reach = 1.08 * max(float(np.abs(shape).max()) for shape in shapes)
    with figure(height_in=3.1, columns=3) as (drawing, axes):
        titles = ("at the node", "1/8 orbit later", "1/4 orbit later")
        for place, shape, title in zip(axes, shapes, titles, strict=True):
            near = formation["links"]
            for a, b in near:
                place.plot(shape[[a, b], 1], shape[[a, b], 0], color=style.BUS, lw=0.6, zorder=1)
            place.scatter(shape[:, 1], shape[:, 0], s=9, color=style.COMPUTE, zorder=2)
            place.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=title, xlabel="ahead (m)")
        axes[0].set_ylabel("up (m)")
        return svg(drawing)
