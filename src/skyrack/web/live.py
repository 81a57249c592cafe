"""The live twin of a service, and its clients."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket

from skyrack import api
from skyrack.api.operations import BusyError, Clock, MissingError, Settings, write_json
from skyrack.web.encoding import FrameCache, encode_elements, encode_view
from skyrack.web.listener import Listener

if TYPE_CHECKING:
    from skyrack.api.types import TwinRunner, TwinView

TRY_AGAIN_LATER = 1013
CLOSE_S = 1.0
"""Longest time in which a client that is too slow may take the closing message."""
Scenario = str | dict[str, Any]
"""A scenario's name, or the scenario itself."""
log = logging.getLogger("skyrack.web.live")


class LiveHost:
    """Holds one live twin, replaces it by another, and sends its views to all clients."""

    def __init__(self, settings: Settings, clock: Clock, on_dropped: Callable[[], None] | None = None) -> None:
        self.settings, self.clock = settings, clock
        self.folder = settings.own / "twin"
        self.twin: TwinRunner | None = None
        self.source: tuple[Scenario, dict[str, Any]] | None = None
        """Scenario and overrides of the twin."""
        self.is_loading = False
        self.trouble: str | None = None
        self.elements: bytes = b""
        self.listeners: set[Listener] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.bytes_sent = 0
        self.frames = FrameCache()
        self._economics: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._on_dropped = on_dropped or (lambda: None)

    # --- loading

    def resume(self, first: str | None = None) -> None:
        """Load the twin that an earlier service left, or the scenario `first`, in the background."""
        try:
            saved = json.loads((self.folder / "source.json").read_text("utf-8"))
            source, overrides = saved["source"], saved["overrides"]
        except (OSError, ValueError, KeyError, TypeError):
            source, overrides = None, {}
        if first is not None and source != first:
            source, overrides = first, {}
        if source is None:
            return
        self.is_loading = True
        self.clock.start_thread(partial(self._load_quietly, source, overrides), "twin loader")

    def _load_quietly(self, source: Scenario, overrides: dict[str, Any]) -> None:
        try:
            self.load(source, overrides)
        except (api.SkyrackError, OSError) as error:
            self.trouble = str(error)
            log.warning("the twin could not be resumed: %s", error)

    def load(
        self,
        source: Scenario,
        overrides: dict[str, Any],
        speed: float = 60.0,
        *,
        is_playing: bool = True,
        anew: bool = False,
    ) -> None:
        """Replace the twin by that of a scenario; InputError where it cannot fly, and the twin before it stays."""
        if not self._lock.acquire(blocking=False):
            raise BusyError("another twin is being loaded; try again in some seconds")
        try:
            self.is_loading = True
            with api.no_local_files():
                elements = api.elements(source, overrides)
                self._close_twin()  # before the new one is made: both save themselves in one folder
                if anew:
                    shutil.rmtree(self.folder, ignore_errors=True)
                twin = api.twin(
                    source,
                    overrides,
                    folder=self.folder / "state",
                    speed=speed,
                    is_playing=is_playing,
                    threads=self.settings.twin_threads,
                    on_view=self._publish,
                    clock=self.clock,
                )
            self.elements = encode_elements(elements)
            self.source, self.trouble, self._economics = (source, overrides), None, None
            write_json(self.folder / "source.json", {"source": source, "overrides": overrides})
            self.twin = twin
            self._publish(twin.view)
            twin.start()
        finally:
            self.is_loading = False
            self._lock.release()

    def unload(self) -> None:
        """Stop the twin and delete what it saved."""
        with self._lock:
            self._close_twin()
            self.source = None
            shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop the twin; a later service resumes it."""
        with self._lock:
            self._close_twin()

    def _close_twin(self) -> None:
        twin, self.twin = self.twin, None
        if twin is not None:
            twin.close()

    def require_twin(self) -> TwinRunner:
        """Return the twin; MissingError where none is loaded, BusyError while one is being loaded."""
        twin = self.twin
        if twin is None:
            if self.is_loading:
                raise BusyError("the twin is being loaded; try again in some seconds")
            raise MissingError("no twin is loaded; load one with POST /api/twin")
        return twin

    # --- clients

    def _publish(self, view: TwinView) -> None:
        """Encode a view once and hand it to all clients; called in the twin's thread."""
        loop = self.loop
        if loop is None or not self.listeners:
            return
        chosen = {listener.channel for listener in tuple(self.listeners)}
        frames = {name: self.frames.frame(view, name) for name in view.fleet.channels if name in chosen}
        loop.call_soon_threadsafe(self._hand_out, encode_view(view), frames)

    def _hand_out(self, text: str, frames: dict[str, bytes]) -> None:
        for listener in self.listeners:
            listener.check_pace(self.settings.send_s)
            listener.offer(text, frames)

    def connect(self) -> Listener:
        """Return a new client, to which the newest view is sent at once."""
        listener = Listener(self.settings.client_bytes_per_s, self.clock)
        self.listeners.add(listener)
        if self.twin is not None:
            listener.offer(encode_view(self.twin.view), {})
        return listener

    def disconnect(self, listener: Listener) -> None:
        """Forget a client."""
        self.listeners.discard(listener)

    async def choose(self, listener: Listener, channel: str | None) -> None:
        """Let a client choose a channel, and send it a frame of the newest view; ValueError where there is none such."""
        twin = self.twin
        if channel is not None and (twin is None or channel not in twin.view.fleet.channels):
            raise ValueError("there is no such channel")
        listener.choose(channel)
        if channel is None or twin is None:
            return
        view = twin.view
        frame = await asyncio.to_thread(self.frames.frame, view, channel)
        if twin.view is view:  # a later view has brought its own frame
            listener.add_frame(channel, frame)

    async def serve(self, socket: WebSocket, listener: Listener) -> None:
        """Send to one client what waits for it, until it leaves or proves too slow."""
        sending = asyncio.create_task(self._send(socket, listener))
        slow = asyncio.create_task(listener.is_too_slow.wait())
        try:
            await asyncio.wait((sending, slow), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending  # raises its error
        finally:
            sending.cancel()
            slow.cancel()
            await asyncio.gather(sending, slow, return_exceptions=True)
        self._on_dropped()
        log.info("listener dropped: too slow")
        with contextlib.suppress(TimeoutError):  # closing needs room in the buffer too
            async with asyncio.timeout(CLOSE_S):
                await socket.close(TRY_AGAIN_LATER, "too slow")

    async def _send(self, socket: WebSocket, listener: Listener) -> None:
        while True:
            await listener.has_news.wait()
            text, frame = listener.take()
            with listener.sending():
                if text is not None:
                    await socket.send_text(text)
                if frame is not None:
                    await socket.send_bytes(frame)
                    self.bytes_sent += len(frame)

    # --- computed once

    def economics(self) -> dict[str, Any]:
        """Return price and build-out of the twin's scenario, computed when they are first asked for."""
        self.require_twin()
        if self._economics is None and self.source is not None:
            source, overrides = self.source
            with api.no_local_files():
                self._economics = {"price": api.price(source, overrides), "buildout": api.build(source, overrides)}
        return self._economics or {}
