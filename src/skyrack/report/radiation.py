"""Figures of trapped radiation: proton flux on a map, and dose and event rates of each shell."""

from __future__ import annotations

from typing import Any

import numpy as np

from skyrack.report import style
from skyrack.report.network import draw_world
from skyrack.report.style import figure, svg

KINDS = {
    "silent data corruption": style.COMPUTE,
    "memory errors": style.UNSERVED,
    "host memory crashes": style.ELECTRONICS,
    "host crashes": style.ARRAY,
    "accelerator resets": style.SHADOW,
}
"""Colours of the kinds of events."""


def belt_map(found: dict[str, Any]) -> str:
    """Draw the flux of protons above 30 MeV over the globe at the altitude of the lowest shell."""
    from matplotlib.colors import LogNorm

    globe = found["map"]
    flux = np.array(globe["proton_flux_per_m2_s"]) / 1e4
    with figure(height_in=4.0) as (drawing, axes):
        draw_world(axes)
        axes.set(ylim=(-75, 75))
        top = max(float(flux.max()), 10.0)
        shown = np.ma.masked_less(flux, 1.0)
        drawn = axes.pcolormesh(
            globe["longitudes_deg"],
            globe["latitudes_deg"],
            shown,
            norm=LogNorm(1.0, top),
            cmap="YlOrRd",
            alpha=0.8,
            shading="nearest",
            rasterized=True,
        )
        bar = drawing.colorbar(drawn, ax=axes, shrink=0.75, pad=0.01)
        bar.set_label(f"protons over 30 MeV at {globe['altitude_m'] / 1e3:.0f} km (/cm2/s)")
        bar.outline.set_visible(False)
        return svg(drawing)


def by_shell(found: dict[str, Any]) -> str:
    """Draw mission dose (Gy) and event rates (per satellite and year) of each shell over its altitude."""
    rows = sorted(found["shells"], key=lambda row: row["altitude_m"])
    marker = "o" if len(rows) < 20 else "."
    with figure(height_in=3.2, columns=2) as (drawing, (dose, events)):
        for kind in dict.fromkeys(row["kind"] for row in rows):
            mine = [row for row in rows if row["kind"] == kind]
            altitude = [row["altitude_m"] / 1e3 for row in mine]
            dose.semilogy(
                altitude,
                [row["mission_dose_gy"] or np.nan for row in mine],
                marker,
                color=style.KINDS[kind],
                label=f"{kind} shells",
            )
        dose.axhline(found["onset_gy"], color=style.UNSERVED, lw=0.9, ls="--")
        dose.axhline(found["dose_limit_gy"], color=style.SHADOW, lw=0.9, ls="--")
        dose.annotate(
            "dose limit", (dose.get_xlim()[0], found["dose_limit_gy"]), (4, 3), textcoords="offset points", fontsize=8
        )
        low, high = dose.get_ylim()
        dose.set_ylim(min(low, 0.3 * found["onset_gy"]), max(high, 3.0 * found["onset_gy"]))
        right = dose.get_xlim()[1]
        dose.annotate(
            "onset of memory errors",
            (right, found["onset_gy"]),
            (-4, -4),
            textcoords="offset points",
            va="top",
            ha="right",
            fontsize=8,
            bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.0},
        )
        dose.set(xlabel="altitude (km)", ylabel="mission dose (Gy)")
        dose.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
        for kind, colour in KINDS.items():
            events.semilogy(
                [row["altitude_m"] / 1e3 for row in rows],
                [row["events_per_sat_year"][kind] or np.nan for row in rows],
                marker,
                color=colour,
                label=kind,
            )
        events.set(xlabel="altitude (km)", ylabel="events per satellite and year")
        events.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return svg(drawing)
