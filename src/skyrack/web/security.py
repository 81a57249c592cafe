"""Who may come in and with how much: addresses, tokens, origins, sizes, rates, and what a page may load."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skyrack.api.operations import Clock, Database, Settings, is_loopback, scope_of

MOST_ADDRESSES = 10_000
TOKENS_FRESH_S = 5.0
log = logging.getLogger("skyrack.web")
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

    def __init__(self, per_s: float, burst: float, clock: Clock) -> None:
        self.per_s, self.burst, self.clock = per_s, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def lets(self, address: str) -> bool:
        """Whether one more request may come in."""
        now_s = self.clock.monotonic_s()
        with self._lock:
            left, then_s = self._buckets.pop(address, (self.burst, now_s))
            left = min(self.burst, left + (now_s - then_s) * self.per_s)
            is_let = left >= 1.0
            self._buckets[address] = (left - 1.0 if is_let else left), now_s
            while len(self._buckets) > MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        return is_let


class Gate:
    """What stands before the application: refuses what must not come in, adds headers to what goes out."""

    def __init__(self, app: ASGIApp, settings: Settings, database: Database, clock: Clock) -> None:
        self.app, self.settings, self.database, self.clock = app, settings, database, clock
        self.rates = Rates(settings.requests_per_s, settings.burst, clock)
        self._digests: list[tuple[str, str]] | None = None
        self._digests_read_s = -1e9
        self._reading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = await self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        await self._limited(scope, receive, send)

    async def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        address = (scope.get("client") or ("", 0))[0]
        if not self.rates.lets(address):
            return 429, "too many requests from one address; wait a second"
        host = headers.get("host", "")
        if self.settings.is_loopback and not _is_here(host):
            return 421, f"host {host!r:.60} is not this machine; open the service by its loopback address"
        origin = headers.get("origin")
        is_unsafe = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if origin is not None and is_unsafe and not _is_of(origin, host):
            return 403, f"origin {origin!r:.80} is not this service's own page"
        if is_unsafe and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "another site's page may not do this"
        return await self._unwelcome(scope, headers)

    async def _unwelcome(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        path = scope["path"]
        if not path.startswith(("/api/", "/metrics", "/openapi")) or path == "/api/docs":
            return None
        digests = await self._known()
        if digests is None:
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

    async def _known(self) -> list[tuple[str, str]] | None:
        """Digests of the tokens as they were last read; None where they never could be."""
        if self._reading.locked() and self._digests is not None:
            return self._digests
        async with self._reading:
            if self.clock.monotonic_s() - self._digests_read_s > TOKENS_FRESH_S:
                with contextlib.suppress(SQLAlchemyError):
                    self._digests = await asyncio.to_thread(self.database.digests)
                self._digests_read_s = self.clock.monotonic_s()
        return self._digests

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self.settings.body_bytes
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > limit:
            await _refuse(scope, receive, send, 413, _too_large(limit))
            return
        exchange = _Exchange(receive, send, limit)
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except _TooLargeError:
            pass
        except Exception:
            log.exception("the service stumbled")
            if exchange.is_begun:
                raise
            await _refuse(scope, receive, send, 500, "the service stumbled over this; its log says more")
        if exchange.is_refused and not exchange.is_begun:
            await _refuse(scope, receive, send, 413, _too_large(limit))


class _Exchange:
    """A request and its answer: what comes in is counted, what goes out is dressed."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self.is_refused = self.is_begun = False

    async def receive(self) -> Message:
        """A part of the body; _TooLargeError where it is one too many."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.is_refused = True
            raise _TooLargeError
        return message

    async def send(self, message: Message) -> None:
        """A part of the answer."""
        if self.is_refused and not self.is_begun:
            return  # the application's own word on a body that was cut off
        if message["type"] == "http.response.start":
            self.is_begun = True
            message = {**message, "headers": _dressed(message["headers"])}
        await self._send(message)


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
    with contextlib.suppress(ValueError):
        name = urlsplit(f"//{host}").hostname
        return name is not None and is_loopback(name)
    return False


def _is_of(origin: str, host: str) -> bool:
    with contextlib.suppress(ValueError):
        return urlsplit(origin).netloc == host
    return False


def _dressed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    there = {name.lower() for name, _ in headers}
    added = [(name, value) for name, value in HEADERS.items() if name not in there]
    if b"content-security-policy" not in there:
        added.append((b"content-security-policy", POLICY.encode()))
    return [*headers, *added]


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, sentence: str) -> None:
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
