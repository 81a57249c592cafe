"""Runs: begin, follow, stop, resume, delete; and what is in their folders."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, StreamingResponse

from skyrack import api
from skyrack.api.names import DocumentName, TableName
from skyrack.api.operations import MissingError
from skyrack.api.runs import table_slice
from skyrack.web.archive import zipped
from skyrack.web.encoding import encode_elements, encode_frame
from skyrack.web.routes.dependencies import ChannelName, Id, Number, TheQueue
from skyrack.web.schemas import Comparison, FrameChannel, Neighbour, Row, Rows, RunBody
from skyrack.web.security import REPORT_POLICY
from skyrack.web.table_formats import WRITERS, begun, content_range

router = APIRouter(prefix="/api", tags=["runs"])
Columns = Annotated[str | None, Query(max_length=4000, description="Names with commas; by default all.")]
First = Annotated[int, Query(ge=0, le=10**12, description="Row to begin with, counted from 0.")]
MaxRows = Annotated[int | None, Query(ge=1, le=10**12, description="How many rows at most; by default all.")]
BINARY: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


class Binary(Response):
    """Bytes for the console."""

    media_type = "application/octet-stream"


@router.get("/runs", response_model=Rows)
def runs(queue: TheQueue) -> Any:
    """All runs, newest first."""
    rows, source = queue.rows("run")
    return {"rows": rows, "source": source}


@router.post("/runs", response_model=Row, status_code=202)
def begin(body: RunBody, queue: TheQueue) -> Any:
    """Begin a run: it is checked now, and flown by a worker process as soon as one is free."""
    asked = {"span": body.span, "step": body.step, "output": body.output}
    overrides = body.overrides | {key: value for key, value in asked.items() if value is not None}
    source = body.source()
    with api.no_local_files():
        name = api.check(source, overrides)["name"]
    return queue.ask("run", name, {"source": source, "overrides": overrides})


@router.get("/runs/{id}", response_model=Row)
def run(id: Id, queue: TheQueue) -> Any:  # noqa: A002 - the path's word
    """One run."""
    return queue.index.row("run", id)


@router.delete("/runs/{id}", status_code=204)
def remove(id: Id, queue: TheQueue) -> None:  # noqa: A002
    """Delete a run and its folder."""
    queue.remove("run", id)


@router.post("/runs/{id}/stop", response_model=Row)
def stop(id: Id, queue: TheQueue) -> Any:  # noqa: A002
    """Stop a queued or flying run; it can be resumed."""
    return queue.stop("run", id)


@router.post("/runs/{id}/resume", response_model=Row, status_code=202)
def resume(id: Id, queue: TheQueue) -> Any:  # noqa: A002
    """Go on with an interrupted, stopped or failed run."""
    return queue.resume("run", id)


@router.get("/runs/{id}/documents/{name}")
def document(id: Id, name: DocumentName, queue: TheQueue) -> dict[str, Any] | list[Any]:  # noqa: A002
    """One of the JSON files of a complete run."""
    opened = api.open_run(queue.index.folder("run", id))
    if not (opened.path / f"{name}.json").is_file():
        raise MissingError(f"run {id!r} holds no {name}.json")
    found: dict[str, Any] | list[Any] = opened.folder.read_json(f"{name}.json")
    return found


@router.get(
    "/runs/{id}/scenario",
    responses={200: {"content": {"application/yaml": {"schema": {"type": "object"}}}}},
    response_class=Response,
)
def scenario(id: Id, queue: TheQueue) -> Response:  # noqa: A002
    """The scenario of a run, every default written out, as YAML."""
    path = queue.index.folder("run", id) / "scenario.yaml"
    if not path.is_file():
        raise MissingError(f"run {id!r} holds no scenario.yaml")
    return Response(path.read_text("utf-8"), media_type="application/yaml")


@router.get(
    "/runs/{id}/report",
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
def report(id: Id, queue: TheQueue) -> Response:  # noqa: A002
    """The report of a complete run: one page, whole in itself."""
    path = api.open_run(queue.index.folder("run", id)).path / "report.html"
    if not path.is_file():
        raise MissingError(f"run {id!r} holds no report.html; write one with 'skyrack report'")
    return FileResponse(path, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})


@router.get(
    "/runs/{id}/export",
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
    response_class=Response,
)
def export(id: Id, queue: TheQueue) -> Response:  # noqa: A002
    """The whole folder of a complete run as a zip file."""
    path = api.open_run(queue.index.folder("run", id)).path
    headers = {"content-disposition": f'attachment; filename="{id}.zip"'}
    return StreamingResponse(zipped(path), media_type="application/zip", headers=headers)


@router.get(
    "/runs/{id}/tables/{name}",
    responses={
        200: {
            "headers": {
                "Content-Range": {
                    "description": "Rows that the answer holds, and how many the table has: `rows FIRST-LAST/TOTAL`, counted "
                    "from 0; `rows */TOTAL` where it holds none.",
                    "schema": {"type": "string", "examples": ["rows 0-9999/1000000"]},
                }
            },
            "content": {
                "application/json": {"schema": {"type": "object", "additionalProperties": {"type": "array"}}},
                "text/csv": {"schema": {"type": "string"}},
                "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
    response_class=Response,
)
def table(
    id: Id,  # noqa: A002
    name: TableName,
    queue: TheQueue,
    columns: Columns = None,
    first: First = 0,
    rows: MaxRows = None,
    format: Literal["json", "csv", "parquet"] = "json",  # noqa: A002
) -> Response:
    """A table of a complete run as JSON (column by column), CSV or Parquet: whole, or some columns and a page of its rows.

    The header `Content-Range` says which rows of how many an answer holds.
    """
    wanted = [column.strip() for column in columns.split(",")] if columns else None
    found = table_slice(queue.index.folder("run", id), name, columns=wanted, first=first, rows=rows)
    media_type, write = WRITERS[format]
    headers = {"content-range": content_range(found)}
    if format != "json":
        headers["content-disposition"] = f'attachment; filename="{id}-{name}.{format}"'
    if format == "parquet" and found.is_whole:
        return FileResponse(found.path, media_type=media_type, headers=headers)
    return StreamingResponse(begun(write(found)), media_type=media_type, headers=headers)


@router.get("/runs/{id}/latency")
def latency(id: Id, queue: TheQueue) -> dict[str, list[float | None]]:  # noqa: A002
    """RTT from the cities to the nearest compute satellite, snapshot by snapshot."""
    return api.latency(queue.index.folder("run", id))


@router.get("/runs/{id}/satellites/{number}")
def satellite(id: Id, number: Number, queue: TheQueue) -> dict[str, Any]:  # noqa: A002
    """All that the run says of one satellite."""
    found = api.table(queue.index.folder("run", id), "satellites", first=number, rows=1)
    if not len(found):
        raise MissingError(f"run {id!r} has no satellite {number}")
    return {"number": number} | {name: _number(value) for name, value in found.row(0, named=True).items()}


@router.get("/runs/{id}/satellites/{number}/neighbours", response_model=list[Neighbour])
def neighbours(
    id: Id,  # noqa: A002
    number: Number,
    queue: TheQueue,
    time_s: Annotated[float, Query(ge=0.0, le=1e9, description="Seconds since the epoch.")] = 0.0,
) -> Any:
    """Satellites within 100 km of one at a time, itself first, nearest first; of more than 400 the nearest."""
    with api.no_local_files():
        return api.neighbours(queue.index.folder("run", id), number, time_s)


@router.get("/runs/{id}/frames", response_model=list[FrameChannel])
def frame_channels(id: Id, queue: TheQueue) -> Any:  # noqa: A002
    """Channels by which the satellites of a run can be coloured."""
    return [asdict(channel) for channel in api.frame_channels(queue.index.folder("run", id))]


@router.get("/runs/{id}/frames/{name}", responses=BINARY, response_class=Response)
def satellite_frame(id: Id, name: ChannelName, queue: TheQueue) -> Response:  # noqa: A002
    """One channel as a byte of every satellite (see `skyrack.web.encoding`)."""
    return Binary(encode_frame(0, 0, api.satellite_frame(queue.index.folder("run", id), name).bytes))


@router.get("/runs/{id}/elements", responses=BINARY, response_class=Response)
def elements(id: Id, queue: TheQueue) -> Response:  # noqa: A002
    """The orbits of a run's satellites (see `skyrack.web.encoding`)."""
    with api.no_local_files():
        return Binary(encode_elements(api.run_elements(queue.index.folder("run", id))))


@router.get("/compare", response_model=Comparison, tags=["runs"])
def compare(
    first: Annotated[str, Query(max_length=101, examples=["demo"])],
    second: Annotated[str, Query(max_length=101, examples=["demo"])],
    queue: TheQueue,
) -> Any:
    """Two complete runs side by side, the differences that matter first."""
    return api.compare(queue.index.folder("run", first), queue.index.folder("run", second)).as_dict()


def _number(value: object) -> object:
    """Return a value as JSON can hold it: None for NaN and infinity."""
    is_odd = isinstance(value, float) and value - value != 0.0
    return None if is_odd else value
