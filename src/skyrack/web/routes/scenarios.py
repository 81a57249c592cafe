"""Scenarios, facts, channels: what Skyrack knows."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from skyrack import api
from skyrack.api.operations import MissingError
from skyrack.web.schemas import CheckBody, Checked, ScenarioRow

router = APIRouter(prefix="/api", tags=["scenarios"])
Words = Annotated[str, Query(max_length=200, description="All of them must match.", examples=["radiator"])]


@functools.cache
def built_in() -> list[dict[str, Any]]:
    """The built-in scenarios, read once."""
    return api.scenarios()


@router.get("/scenarios", response_model=list[ScenarioRow])
def scenarios() -> Any:
    """The built-in scenarios."""
    return [row for row in built_in() if row["n_sats"]]


@router.get("/scenarios/{name}")
def scenario(
    name: Annotated[str, Path(description="One of the built-in ones.", examples=["suncatcher-81"])],
) -> dict[str, Any]:
    """A built-in scenario with every number, its source, range and confidence, and its shells laid out."""
    if name not in {row["name"] for row in built_in()}:
        raise MissingError(f"there is no scenario {name!r:.100}")
    return api.show(name)


@router.post("/scenarios/check", response_model=Checked)
def check(body: CheckBody) -> Any:
    """Whether a scenario can run, and what the run would take."""
    with api.no_local_files():
        return api.check(body.source(), body.overrides)


@router.get("/schema")
def schema() -> dict[str, Any]:
    """JSON Schema of a scenario."""
    return api.schema()


@router.get("/channels")
def channels() -> list[dict[str, Any]]:
    """Every quantity that a run puts out: name, unit, where it is found, one sentence."""
    return api.channels()


@router.get("/facts")
def facts(words: Words = "") -> list[dict[str, Any]]:
    """Facts of the catalogue that match every word: value, range, source, date, confidence, and who disagrees."""
    return api.facts(words)


@router.get("/doctor")
def doctor() -> list[dict[str, Any]]:
    """What this machine has, and what is missing for which feature."""
    return api.doctor()
