"""Studies: many samples of a price, drawn by a worker process."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from skyrack import api
from skyrack.web.problems import MissingError
from skyrack.web.routes.parts import Id, TheDesk
from skyrack.web.routes.scenarios import built_in
from skyrack.web.security import REPORT_POLICY
from skyrack.web.shapes import Row, Rows, StudyBody

router = APIRouter(prefix="/api/studies", tags=["studies"])


@router.get("", response_model=Rows)
def studies(desk: TheDesk) -> Any:
    """All studies, newest first."""
    rows, source = desk.rows("study")
    return {"rows": rows, "source": source}


@router.post("", response_model=Row, status_code=202)
def begin(body: StudyBody, desk: TheDesk) -> Any:
    """Begin a study of a built-in scenario."""
    if body.scenario not in {row["name"] for row in built_in()}:
        raise api.InputError(f"scenario: {body.scenario!r} is not built in; GET /api/scenarios lists those that are")
    changes = {"method": body.method, "samples": body.samples, "seed": body.seed}
    asked = {"source": body.scenario, "scenario": body.scenario, "changes": changes}
    return desk.ask("study", f"{body.scenario}-{body.method}", asked)


@router.get("/{id}", response_model=Row)
def study(id: Id, desk: TheDesk) -> Any:  # noqa: A002 - the path's word
    """One study."""
    return desk.ledger.row("study", id)


@router.get("/{id}/result")
def result(id: Id, desk: TheDesk) -> dict[str, Any]:  # noqa: A002
    """What came out of a complete study."""
    path = _complete(desk, id)
    found: dict[str, Any] = json.loads((path / "study.json").read_text("utf-8"))["result"]
    return found


@router.get(
    "/{id}/report",
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def report(id: Id, desk: TheDesk) -> Response:  # noqa: A002
    """The report of a complete study."""
    path = _complete(desk, id) / "report.html"
    if not path.is_file():
        raise MissingError(f"study {id!r} holds no report.html")
    return FileResponse(path, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})


@router.post("/{id}/stop", response_model=Row)
def stop(id: Id, desk: TheDesk) -> Any:  # noqa: A002
    """Stop a study; it can be resumed."""
    return desk.stop("study", id)


@router.post("/{id}/resume", response_model=Row, status_code=202)
def resume(id: Id, desk: TheDesk) -> Any:  # noqa: A002
    """Go on with an interrupted, stopped or failed study."""
    return desk.resume("study", id)


@router.delete("/{id}", status_code=204)
def remove(id: Id, desk: TheDesk) -> None:  # noqa: A002
    """Delete a study and its folder."""
    desk.remove("study", id)


def _complete(desk: Any, id_: str) -> Any:
    if desk.ledger.row("study", id_)["state"] != "complete":
        raise api.InputError(f"study {id_!r} is not complete")
    return desk.ledger.folder("study", id_)
