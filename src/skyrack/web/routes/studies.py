"""Studies: many samples of a price, drawn by a worker process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from skyrack import api
from skyrack.api.operations import MissingError, RequestQueue
from skyrack.web.routes.dependencies import Id, TheQueue
from skyrack.web.routes.scenarios import built_in
from skyrack.web.schemas import Row, Rows, StudyBody
from skyrack.web.security import REPORT_POLICY

router = APIRouter(prefix="/api/studies", tags=["studies"])


@router.get("", response_model=Rows)
def studies(queue: TheQueue) -> Any:
    """All studies, newest first."""
    rows, source = queue.rows("study")
    return {"rows": rows, "source": source}


@router.post("", response_model=Row, status_code=202)
def begin(body: StudyBody, queue: TheQueue) -> Any:
    """Begin a study of a built-in scenario."""
    if body.scenario not in {row["name"] for row in built_in()}:
        raise api.InputError(f"scenario: {body.scenario!r} is not built in; GET /api/scenarios lists those that are")
    changes = {"method": body.method, "samples": body.samples, "seed": body.seed}
    asked = {"source": body.scenario, "scenario": body.scenario, "changes": changes}
    return queue.ask("study", f"{body.scenario}-{body.method}", asked)


@router.get("/{id}", response_model=Row)
def study(id: Id, queue: TheQueue) -> Any:  # noqa: A002 - the path's word
    """One study."""
    return queue.index.row("study", id)


@router.get("/{id}/result")
def result(id: Id, queue: TheQueue) -> dict[str, Any]:  # noqa: A002
    """What came out of a complete study."""
    path = _complete(queue, id)
    found: dict[str, Any] = json.loads((path / "study.json").read_text("utf-8"))["result"]
    return found


@router.get(
    "/{id}/report",
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def report(id: Id, queue: TheQueue) -> Response:  # noqa: A002
    """The report of a complete study."""
    path = _complete(queue, id) / "report.html"
    if not path.is_file():
        raise MissingError(f"study {id!r} holds no report.html")
    return FileResponse(path, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})


@router.post("/{id}/stop", response_model=Row)
def stop(id: Id, queue: TheQueue) -> Any:  # noqa: A002
    """Stop a study; it can be resumed."""
    return queue.stop("study", id)


@router.post("/{id}/resume", response_model=Row, status_code=202)
def resume(id: Id, queue: TheQueue) -> Any:  # noqa: A002
    """Go on with an interrupted, stopped or failed study."""
    return queue.resume("study", id)


@router.delete("/{id}", status_code=204)
def remove(id: Id, queue: TheQueue) -> None:  # noqa: A002
    """Delete a study and its folder."""
    queue.remove("study", id)


def _complete(queue: RequestQueue, id_: str) -> Path:
    if queue.index.row("study", id_)["state"] != "complete":
        raise api.InputError(f"study {id_!r} is not complete")
    return queue.index.folder("study", id_)
