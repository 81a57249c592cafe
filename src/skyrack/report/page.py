"""The HTML report of one run: one self-contained file, made from the run folder alone."""

from __future__ import annotations

import html
import json
import os
from pathlib import Path
from typing import Any

from skyrack.catalogue import defaults, facts
from skyrack.catalogue.ground import regions
from skyrack.catalogue.parts import Kind, part
from skyrack.core.atomic_file import write_bytes, write_text
from skyrack.core.units import display, unit_suffix
from skyrack.report import answer, economics, figures, network, radiation, style, workload
from skyrack.report.pages import count, rendered, written
from skyrack.run.finished import Run
from skyrack.run.outputs import CHANNELS

KEY_FIGURES = (
    "compute_power_mean_w",
    "capacity_factor",
    "sunlit_frac_mean",
    "array_power_mean_w",
    "compute_power_min_w",
    "throttled_frac",
    "longest_eclipse_s",
    "battery_depth_max_frac",
    "radiator_temp_max_k",
    "electronics_temp_max_k",
    "array_yield_w_per_m2",
    "radiator_flux_mean_w_per_m2",
)


NETWORK_FIGURES = (
    "nearest_rtt_median_ms",
    "nearest_reachable_frac",
    "handover_median_s",
    "rtt_median_ms",
    "link_rate_bit_per_s_mean",
    "links_up_frac",
    "bisection_bit_per_s",
    "throughput_bit_per_s",
    "downlink_bit_per_s_mean",
    "downlink_available_frac",
)


def write_page(run: Run, to: Path, *, figures_to: Path | None = None) -> Path:
    """Write the report of a finished run and return its path.

    `figures_to` is a folder for each figure as SVG and PNG, which the page then links to.
    """
    if figures_to is None:
        return written(_page(_content(run)), to)
    with style.png_copies() as copies:
        content = _content(run)
    figures_to.mkdir(parents=True, exist_ok=True)
    for name, text in content["figures"].items():
        if text:
            write_text(figures_to / f"{name}.svg", str(text))
            write_bytes(figures_to / f"{name}.png", copies[str(text)])
    where = os.path.relpath(figures_to, to.parent).replace(os.sep, "/")
    content["figures"] = {name: _with_links(name, text, where) for name, text in content["figures"].items()}
    return written(_page(content), to)


def _with_links(name: str, text: Any, where: str) -> Any:
    """Return a figure with links to its files; an empty one as it is."""
    from markupsafe import Markup

    if not text:
        return text
    links = Markup('<p class="files"><a href="{0}/{1}.svg" download>SVG</a> <a href="{0}/{1}.png" download>PNG</a></p>')
    return text + links.format(where, name)


def _page(content: dict[str, Any]) -> str:
    filters = {
        "figure_value": figure_value,
        "span": economics.span,
        "dollars": economics.dollars,
        "rough": lambda number: f"{float(f'{number:.2g}'):,.0f}" if number >= 10.0 else f"{number:.2g}",
        "count": count,
        "cited": cited,
    }
    return rendered("page.html", filters, **content)


PART_KEYS: dict[str, Kind] = {
    "design.accelerator": "accelerators",
    "design.cell": "cells",
    "design.battery": "batteries",
    "design.radiator": "radiators",
}
"""Kind of the part that a key of a scenario names."""


def _parts(assumptions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures of the parts that a scenario names, and the market price of a GPU-hour, as rows of a table."""
    rows = []
    for row in assumptions:
        kind = "launchers" if row["path"].endswith(".vehicle") else PART_KEYS.get(row["path"])
        if kind is None:
            continue
        named = part(kind, row["value"])
        for name, figure in named.figures.items():
            suffix = unit_suffix(name) or ""
            ends = (figure.low, figure.high)
            rows.append(
                {
                    "part": named.title,
                    "figure": name,
                    "value": display(figure.value, suffix),
                    "range": " .. ".join("" if end is None else display(float(end), suffix) for end in ends).strip(
                        " ."
                    ),
                    "confidence": figure.confidence,
                    "source": cited(figure.fact) if figure.fact else figure.source,
                    "how": figure.how,
                }
            )
    rent = defaults()["economics.gpu_hour_price"]
    rows.append(
        {
            "part": "market",
            "figure": "economics.gpu_hour_price",
            "value": rent.value,
            "range": f"{rent.low} .. {rent.high}",
            "confidence": rent.confidence,
            "source": rent.source,
            "how": rent.reason,
        }
    )
    return rows


def cited(source: str) -> Any:
    """Return a source with the fact that it begins with, if any, by the title and address of that fact."""
    from markupsafe import Markup

    name, comma, rest = source.partition(",")
    known = facts().get(name)
    if known is None:
        return source
    linked = bool(known.url and known.url.startswith("http"))
    title = Markup('<a href="{}">{}</a>').format(known.url, known.source) if linked else known.source
    return Markup("{}{}{}").format(title, comma, rest)


def figure_value(name: str, number: Any) -> str:
    """Return a figure of the summary with its display unit."""
    return display(None if number is None else float(number), CHANNELS[name.rpartition(".")[2]].unit)


def _content(run: Run) -> dict[str, Any]:
    from markupsafe import Markup

    summary, manifest, assumptions = run.summary, run.folder.manifest, run.assumptions
    fleet, satellites, sampled = run.table("fleet"), run.table("satellites"), run.table("sampled")
    growth = run.growth
    built, net, exposed, worked = growth["buildout"], run.network, run.radiation, run.workload
    drawn = {
        "answer": answer.picture(summary, growth),
        "lives": figures.life_by_shell(growth, {shell["name"]: shell["kind"] for shell in summary["shells"]}),
        "mass": figures.mass_budget(growth["design"]["satellite"]),
        "fleet": figures.fleet_by_month(built["months"]) if built else "",
        "compute": figures.compute_by_month(built["months"]) if built else "",
        "sites": figures.sites_by_month(built) if built and built["sites"] else "",
        **_money(growth["price"]),
        **(
            {"belt_map": radiation.belt_map(exposed), "radiation_by_shell": radiation.by_shell(exposed)}
            if exposed
            else {}
        ),
        **(
            network.drawings(net, *(run.table(name) for name in ("city_latency", "link_use", "downlink")))
            if net
            else {}
        ),
        **(workload.drawings(worked, summary) if worked else {}),
        "power": figures.power(fleet),
        "satellite_power": figures.satellite_power(fleet),
        "temperature": figures.temperature(fleet),
        "sunlight": figures.sunlight_by_shell(summary["shells"]),
        "waterfall": figures.energy_waterfall(summary),
        "distributions": figures.distributions(satellites),
        "sampled": figures.sampled_satellites(sampled),
    }
    return {
        "title": manifest["title"],
        "question": answer.question(summary, growth),
        "definitions": answer.definitions(growth),
        "sentences": answer.sentences(summary, growth),
        "verdicts": answer.verdicts(summary["claims"]),
        "readings": answer.readings(growth),
        "basis_title": answer.BASES[growth["basis"]],
        "other_title": next(title for basis, title in answer.BASES.items() if basis != growth["basis"]),
        "contents": _contents(summary, growth, net, worked),
        "headline": headline(summary),
        "manifest": manifest,
        "summary": summary,
        "growth": growth,
        "net": net,
        "exposed": exposed,
        "worked": worked,
        "network_figures": [(name, CHANNELS[name].label) for name in NETWORK_FIGURES],
        "n_regions": len(regions()),
        "asked": _asked(run, summary),
        "key_figures": [(name, CHANNELS[name].label) for name in KEY_FIGURES],
        "figures": {name: Markup(text) for name, text in drawn.items()},  # noqa: S704 (our own drawings)
        "assumptions": assumptions,
        "parts": _parts(assumptions),
        "n_unsourced": sum(1 for row in assumptions if row["confidence"] in ("estimate", "given", "recalled")),
        "summary_json": json.dumps(summary, indent=1),
    }


SECTIONS = {
    "claims": "Claims",
    "readings": "Two readings",
    "power": "Power",
    "heat": "Sunlight and heat",
    "life": "Life and radiation",
    "sizing": "Sizing",
    "buildout": "Build-out",
    "price": "Cost",
    "earth": "Impact on the Earth",
    "jobs": "Training and serving",
    "network": "Network",
    "assumptions": "Assumptions",
    "limits": "Limits",
}
"""Anchors and names of the sections, in their order."""


def _contents(summary: dict[str, Any], growth: dict[str, Any], net: Any, worked: Any) -> list[tuple[str, str]]:
    """Return anchor and name of the sections that this report has."""
    priced = bool(growth["price"] and growth["price"]["orbit"])
    is_there = {"claims": bool(summary["claims"]), "earth": priced, "jobs": bool(worked), "network": bool(net)}
    return [(anchor, name) for anchor, name in SECTIONS.items() if is_there.get(anchor, True)]


def _money(priced: dict[str, Any] | None) -> dict[str, str]:
    if priced is None or priced["orbit"] is None:
        return {}
    return {
        "cost_lines": economics.cost_lines(priced),
        "crossover": economics.crossover(priced),
        "frontier": economics.frontier(priced),
        "cash": economics.yearly_cash(priced),
        "tornado": economics.tornado(priced),
    }


def headline(summary: dict[str, Any]) -> str:
    """Return a summary of the run in one sentence."""
    mean, nameplate = summary["compute_power_mean_w"], summary["compute_nameplate_w"]
    n_sats = summary["n_sats"]
    who = f"{n_sats:,} new satellites" if n_sats > 1 else "One new satellite, which would"
    return (
        f"{who} deliver {display(mean, 'w')} of compute on average: "
        f"{100 * summary['capacity_factor']:.1f} % of {display(nameplate, 'w')} nameplate, "
        f"in sunlight {100 * summary['sunlit_frac_mean']:.1f} % of the time."
    )


def _asked(run: Run, summary: dict[str, Any]) -> list[tuple[str, str]]:
    scenario = run.folder.read_scenario()
    kinds: dict[str, int] = {}
    for shell in summary["shells"]:
        kinds[shell["kind"]] = kinds.get(shell["kind"], 0) + shell["n_sats"]
    return [
        ("scenario", f"{scenario['name']}: {html.unescape(scenario['title'])}"),
        ("fleet", ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())),
        ("shells", str(len(summary["shells"]))),
        (
            "time",
            f"{display(summary['span_s'], 's')} from {scenario['epoch']}, steps of {display(summary['step_s'], 's')}",
        ),
        ("power policy", str(scenario["power_policy"]["model"])),
        ("shadow", str(scenario["environment"]["shadow"]["model"])),
        ("description", scenario.get("description", "").strip()),
    ]
