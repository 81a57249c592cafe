"""Flights on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rich.table import Table
from rich.text import Text

from skyrack.api import display
from skyrack.api.flights import PHASE_TITLES
from skyrack.cli.render import CONSOLE

SHORT_S = 1.0
"""Virtual time below which a flight says how to charge a larger model."""


def flight(flown: Any) -> None:
    """Print a flight: virtual time, energy and cost beside its replays, where the time went, and the report's path."""
    found = flown.summary
    CONSOLE.print(Text(flown.folder.manifest["title"], style="bold"))
    sides = [("flown", found["flown"]), *((_named(one["place"]), one) for one in found["replays"])]
    n = len(found["satellites"])
    model = f", standing for {found['large']['title']}" if found["large"] else ""
    own = f"{found['parameters']:,} parameters" if found["parameters"] else "own job"
    satellites = "satellite" if n == 1 else "satellites"
    CONSOLE.print(
        f"{n} {satellites} of {found['shell']}, {found['accelerators']} x {found['accelerator']} each; {own}{model}."
    )
    table = Table("", *(name for name, _ in sides), box=None, pad_edge=False)
    if found["attempts"] > 1:
        steps = found["replays"][0]["n_steps"] if found["replays"] else 0
        CONSOLE.print(f"The replays are those of the last attempt: {steps} of {found['flown']['n_steps']} steps.")
    rows: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
        ("steps", lambda one: f"{one['n_steps']:,}"),
        (
            "virtual time",
            lambda one: display(one["virtual_s"], "s") + ("" if one.get("is_whole", True) else " (cut off)"),
        ),
        ("mean step", lambda one: "-" if one["step_s"] is None else display(one["step_s"], "s")),
        ("energy", lambda one: "-" if one["energy_j"] is None else display(one["energy_j"], "j")),
        ("cost", lambda one: "-" if one["cost_usd"] is None else f"{one['cost_usd']:,.4g} USD"),
    )
    for name, show in rows:
        table.add_row(name, *(show(one) for _, one in sides))
    for phase, title in PHASE_TITLES.items():
        if any(one["phases_s"][phase] > 0.0 for _, one in sides):
            table.add_row(title, *(f"{100.0 * _share(one, phase):.1f} %" for _, one in sides))
    CONSOLE.print(table)
    _facts(found)
    CONSOLE.print(f"folder: {flown.path}", soft_wrap=True)
    CONSOLE.print(f"report: {flown.path / 'report.html'}", soft_wrap=True)


def _share(side: dict[str, Any], phase: str) -> float:
    total = sum(side["phases_s"].values())
    return float(side["phases_s"][phase]) / total if total > 0.0 else 0.0


def _named(place: str) -> str:
    return "on the ground (replayed)" if place == "ground" else f"{int(place):,} satellites (replayed)"


def _facts(found: dict[str, Any]) -> None:
    events = {kind: count for kind, count in found["events"].items() if kind not in ("calibrated", "sunlight")}
    if events:
        CONSOLE.print("events: " + ", ".join(f"{count} x {kind}" for kind, count in events.items()))
    if found["large"] is None and found["flown"]["virtual_s"] < SHORT_S:
        CONSOLE.print("The model is small for a satellite: --as llama-3.1-70b charges the steps of a large one.")
    if found["n_faults"] and not found["n_faults_due"]:
        CONSOLE.print(f"None of the {found['n_faults']:,} faults of the timeline fell within the flight.")
    if found["loss_last"] is not None:
        CONSOLE.print(f"loss: {found['loss_first']:.6g} at the first step, {found['loss_last']:.6g} at the last")
    if found["uncharged"]:
        names = ", ".join(f"{name} ({count})" for name, count in found["uncharged"].items())
        CONSOLE.print(f"not charged: {names}")
