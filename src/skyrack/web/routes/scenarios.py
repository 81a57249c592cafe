"""Endpoints of scenarios, facts and channels."""

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
    """Return the built-in scenarios, read once."""
    return api.scenarios()


@router.get("/scenarios", response_model=list[ScenarioRow])
def scenarios() -> Any:
    """Return the built-in scenarios."""
    return [row for row in built_in() if row["n_sats"]]


@router.get("/scenarios/{name}")
def scenario(
    name: Annotated[str, Path(description="One of the built-in ones.", examples=["suncatcher-81"])],
) -> dict[str, Any]:
    """Return a built-in scenario with its shells, and every number with source, range and confidence."""
    if name not in {row["name"] for row in built_in()}:
        raise MissingError(f"there is no scenario {name!r:.100}")
    return api.show(name)


@router.post("/scenarios/check", response_model=Checked)
def check(body: CheckBody) -> Any:
    """Check a scenario, and return the size of its run."""
    with api.no_local_files():
        return api.check(body.source(), body.overrides)


@router.get("/schema")
def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario."""
    return api.schema()


@router.get("/channels")
def channels() -> list[dict[str, Any]]:
    """Return every quantity that a run writes: name, unit, label, and the files that hold it."""
    return api.channels()


@router.get("/facts")
def facts(words: Words = "") -> list[dict[str, Any]]:
    """Return the facts of the catalogue that match every word: value, range, source, date, confidence, disputes."""
    return api.facts(words)


@router.get("/doctor")
def doctor() -> list[dict[str, Any]]:
    """Return what this machine has, and what is missing for which feature."""
    return api.doctor()
