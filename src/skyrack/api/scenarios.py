"""Scenarios, and what Skyrack knows: read, check, show, search."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.core.errors import InputError

if TYPE_CHECKING:
    from skyrack.scenario import Loaded

Source = str | Path | Mapping[str, Any]
"""A scenario: the name of a built-in one, a file, or a mapping of its keys."""


def scenarios() -> list[dict[str, Any]]:
    """The built-in scenarios: name, title, number of satellites and of claims; those on the ground have no satellites."""
    from skyrack.scenario import GROUND_DATA_CENTERS, library_names, load, load_ground_data_center

    rows: list[dict[str, Any]] = []
    for name in library_names():
        scenario = load(name).scenario
        rows.append(
            {"name": name, "title": scenario.title, "n_sats": scenario.n_sats, "n_claims": len(scenario.claims)}
        )
    campuses = ((name, load_ground_data_center(name).scenario.title) for name in library_names(GROUND_DATA_CENTERS))
    return rows + [{"name": name, "title": title, "n_sats": 0, "n_claims": 0} for name, title in campuses]


def parse(text: str) -> dict[str, Any]:
    """The mapping that a scenario's YAML text holds; InputError where it is broken, huge, cyclic or none."""
    from skyrack.scenario.yaml_text import parse_yaml

    found = parse_yaml(text, "scenario")[0]
    if not isinstance(found, dict):
        raise InputError(f"scenario: a mapping of keys such as 'name:' and 'shells:' is wanted, not {found!r:.60}")
    return found


def load(source: Source, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read and check a scenario; InputError says in one sentence what is wrong with it.

    `overrides` maps dotted paths to values: {"satellite.battery.capacity": "80 kWh", "shells.sso.planes": 40}.
    """
    from skyrack.run.prepare import load_checked

    return load_checked(dict(source) if isinstance(source, Mapping) else source, overrides)


def show(source: Source, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A scenario with every number, its source, range and confidence, and its shells laid out."""
    from skyrack.run.prepare import load_flown, prepare
    from skyrack.scenario import (
        assumptions_of,
        check_sources,
        dump_yaml,
        is_ground_data_center,
        load_ground_data_center,
    )

    given = dict(source) if isinstance(source, Mapping) else source
    if is_ground_data_center(given):
        campus = load_ground_data_center(given, dict(overrides or {}))
        check_sources(campus)
        return {
            "name": campus.scenario.name,
            "title": campus.scenario.title,
            "description": campus.scenario.description,
            "n_sats": 0,
            "shells": [],
            "assumptions": [vars(row) for row in assumptions_of(campus)],
            "claims": [],
            "scenario": dump_yaml(campus.scenario),
        }
    plan = prepare(load_flown(given, overrides))
    loaded, scenario = plan.loaded, plan.scenario
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "n_sats": scenario.n_sats,
        "shells": [
            {
                "name": shell.name,
                "kind": shell.kind,
                "altitude_m": shell.altitude_m,
                "inclination_rad": shell.inclination_rad,
                "n_sats": shell.n_sats,
            }
            for shell in plan.layout.shells
        ],
        "assumptions": [vars(row) for row in assumptions_of(loaded)],
        "claims": [claim.model_dump(mode="json") for claim in scenario.claims],
        "scenario": dump_yaml(scenario),
    }


def check(source: Source, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Whether a scenario can run, and what the run would take; raises InputError where it cannot."""
    from skyrack.fleet.flight import needed_bytes
    from skyrack.run.prepare import check_models, load_flown, prepare

    plan = prepare(load_flown(dict(source) if isinstance(source, Mapping) else source, overrides))
    check_models(plan)
    scenario = plan.scenario
    n_steps = round(scenario.span_s / scenario.step_s)
    return {
        "name": scenario.name,
        "n_sats": scenario.n_sats,
        "n_steps": n_steps,
        "sat_steps": scenario.n_sats * n_steps,
        "memory_bytes": needed_bytes(scenario),
    }


def schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    from skyrack.scenario import json_schema

    return json_schema()


def channels() -> list[dict[str, Any]]:
    """Every quantity that a run puts out: name, unit, label, and where it is found."""
    from skyrack.run.outputs import CHANNELS, where

    return [vars(channel) | {"where": list(where(name))} for name, channel in CHANNELS.items()]


def facts(words: str = "") -> list[dict[str, Any]]:
    """Facts of the catalogue that match every word: value, range, source, date, confidence, and who disagrees."""
    from skyrack.catalogue import disputes, find_facts

    return [
        vars(fact)
        | {
            "disputes": [
                {"id": dispute.id, "about": dispute.about, "readings": list(dispute.readings), "choice": dispute.choice}
                for dispute in disputes()
                if fact.id in dispute.facts
            ]
        }
        for fact in find_facts(words)
    ]


def doctor() -> list[dict[str, Any]]:
    """What this machine has, and what is missing for which feature."""
    from skyrack.run.diagnostics import examine

    return examine()
