"""Static files of the console: assets whose hashed names never change, and the pages that name them."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
ABSENT = (
    "<!doctype html><title>Skyrack</title><p>This installation holds no console, only the service: its address "
    "<a href='/api/docs'>/api/docs</a> describes it. Install a released wheel of skyrack to get the console.</p>"
)


def is_built() -> bool:
    """Return True if the console is installed."""
    return (STATIC / "index.html").is_file()


def add_console(app: FastAPI) -> None:
    """Serve the console, its assets, and the description of the service."""

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        text = (STATIC / "index.html").read_text("utf-8") if is_built() else ABSENT
        return HTMLResponse(text, headers={"cache-control": "no-cache"})

    @app.get("/assets/{name}", include_in_schema=False)
    def asset(name: str, request: Request) -> Response:
        return _file(STATIC / "assets", name, FOREVER, request)

    @app.get("/api/docs", include_in_schema=False)
    def docs() -> Response:
        path = STATIC / "api.html"
        if not path.is_file():
            return RedirectResponse("/openapi.json")
        return HTMLResponse(path.read_text("utf-8"), headers={"cache-control": "no-cache"})


def _file(folder: Path, name: str, cache: str, request: Request) -> Response:
    path = folder / name
    if not name or path.parent != folder or not path.is_file() or path.is_symlink():
        return JSONResponse({"error": f"there is no file {name!r:.100}", "field": None}, 404)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"cache-control": cache, "vary": "accept-encoding"}
    squeezed = folder / f"{name}.gz"
    if squeezed.is_file() and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(squeezed.read_bytes(), media_type=kind, headers=headers | {"content-encoding": "gzip"})
    return Response(path.read_bytes(), media_type=kind, headers=headers)
