"""Who may come in and with how much: addresses, tokens, origins, sizes, rates, and what a page may load."""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from skyrack.web.database import Database, scope_of
from skyrack.web.settings import Settings, is_loopback

MOST_ADDRESSES = 10_000
TOKENS_FRESH_S = 5.0
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere. Styles may stand in the page: charts set widths and places by them."""
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
"""Reports are whole in themselves, and run nothing."""
HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}


class Rates:
    """A bucket for each address."""

    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s, self.burst = per_s, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def lets(self, address: str) -> bool:
        """Whether one more request may come in."""
        now = time.monotonic()
        with self._lock:
            left, then = self._buckets.pop(address, (self.burst, now))
            left = min(self.burst, left + (now - then) * self.per_s)
            is_let = left >= 1.0
            self._buckets[address] = (left - 1.0 if is_let else left), now
            while len(self._buckets) > MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        return is_let


class Gate:
    """What stands before the application: refuses what must not come in, adds headers to what goes out."""

    def __init__(self, app: Any, settings: Settings, database: Database) -> None:
        self.app, self.settings, self.database = app, settings, database
        self.rates = Rates(settings.requests_per_s, settings.burst)
        self._digests: list[tuple[str, str]] = []
        self._digests_read = -1e9

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        await self._limited(scope, receive, send)

    def _refusal(self, scope: Any) -> tuple[int, str] | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        address = (scope.get("client") or ("", 0))[0]
        if not self.rates.lets(address):
            return 429, "too many requests from one address; wait a second"
        host = headers.get("host", "")
        if self.settings.is_loopback and not _is_here(host):
            return 421, f"host {host!r:.60} is not this machine; open the service by its loopback address"
        origin = headers.get("origin")
        is_unsafe = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if origin is not None and is_unsafe and urlsplit(origin).netloc != host:
            return 403, f"origin {origin!r:.80} is not this service's own page"
        if is_unsafe and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "another site's page may not do this"
        return self._unwelcome(scope, headers)

    def _unwelcome(self, scope: Any, headers: dict[str, str]) -> tuple[int, str] | None:
        path = scope["path"]
        if not path.startswith(("/api/", "/metrics", "/openapi")) or path == "/api/docs":
            return None
        try:
            digests = self._known()
        except SQLAlchemyError:
            gone = 503, "the database with the tokens cannot be read; try again later"
            return None if self.settings.is_loopback else gone
        found = scope_of(_given(headers), digests)
        operates = scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if not digests and self.settings.is_loopback:
            return None
        if found is None:
            return 401, "a token is wanted: 'Authorization: Bearer TOKEN'"
        if operates and found != "operate" and path not in READING_POSTS:
            return 403, "this token may read, not operate"
        return None

    def _known(self) -> list[tuple[str, str]]:
        now = time.monotonic()
        if now - self._digests_read > TOKENS_FRESH_S:
            self._digests = self.database.digests()
            self._digests_read = now
        return self._digests

    async def _limited(self, scope: Any, receive: Any, send: Any) -> None:
        limit, seen, is_refused, is_begun = self.settings.body_bytes, 0, False, False
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await _refuse(scope, receive, send, 413, _too_large(limit))
            return

        async def counted() -> Any:
            nonlocal seen, is_refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                is_refused = True
                raise _TooLargeError
            return message

        async def dressed(message: Any) -> None:
            nonlocal is_begun
            if message["type"] == "http.response.start":
                is_begun = True
                message = message | {"headers": _dressed(message["headers"])}
            await send(message)

        try:
            await self.app(scope, counted, dressed)
        except _TooLargeError:
            if not is_begun:
                await _refuse(scope, receive, send, 413, _too_large(limit))


READING_POSTS = ("/api/scenarios/check",)
"""Posts that change nothing."""


class _TooLargeError(Exception):
    pass


def _too_large(limit: int) -> str:
    return f"the body is too large; accepted are {limit:,} bytes"


def _given(headers: dict[str, str]) -> str:
    """A token from the header for it, or, where a browser cannot set one, from a WebSocket's list of protocols."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    protocols = [one.strip() for one in headers.get("sec-websocket-protocol", "").split(",")]
    return next((one.removeprefix("bearer.") for one in protocols if one.startswith("bearer.")), "")


def _is_here(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname if host else None
    return name is not None and is_loopback(name)


def _dressed(headers: Any) -> list[tuple[bytes, bytes]]:
    there = {name.lower() for name, _ in headers}
    added = [(name, value) for name, value in HEADERS.items() if name not in there]
    if b"content-security-policy" not in there:
        added.append((b"content-security-policy", POLICY.encode()))
    return [*headers, *added]


async def _refuse(scope: Any, receive: Any, send: Any, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": sentence[:120]})
        return
    body = json.dumps({"error": sentence, "field": None}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 429:
        headers.append((b"retry-after", b"1"))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": _dressed(headers)})
    await send({"type": "http.response.body", "body": body})
