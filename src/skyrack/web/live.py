"""The live twin of a service, and those who listen to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable
from typing import Any

from skyrack import api
from skyrack.api.operations import BusyError, MissingError, Settings, write_json
from skyrack.web.encoding import HEAD_BYTES, encode_elements, encode_signal

TRY_AGAIN_LATER = 1013
log = logging.getLogger("skyrack.web.live")


class Listener:
    """One client of the stream: what it looks at, and what waits for it. Only the newest view waits."""

    def __init__(self, bytes_per_s: float) -> None:
        self.signal: str | None = None
        self.bytes_per_s = bytes_per_s
        self.waiting: tuple[str, dict[str, bytes]] | None = None
        self.has_news = asyncio.Event()
        self._allowance = 5.0 * bytes_per_s
        self._filled = time.monotonic()
        self._must_send = True
        self._last = b""
        """What it got last."""

    def look_at(self, signal: str | None) -> None:
        """Look at another signal; its first frame comes whatever it weighs, if nothing is owed for an earlier one."""
        self.signal, self._must_send = signal, True

    def frame(self, frames: dict[str, bytes]) -> bytes | None:
        """The frame it gets now: none while its share of bytes is used up, or where nothing has changed since the last."""
        now, most = time.monotonic(), 5.0 * self.bytes_per_s
        self._allowance = min(self._allowance + (now - self._filled) * self.bytes_per_s, most)
        self._filled = now
        frame = frames.get(self.signal) if self.signal is not None else None
        if frame is None or self._allowance < (0.0 if self._must_send else min(len(frame), most)):
            return None
        if not self._must_send and memoryview(frame)[HEAD_BYTES:] == memoryview(self._last)[HEAD_BYTES:]:
            return None
        self._allowance -= len(frame)
        self._must_send, self._last = False, frame
        return frame


class LiveHost:
    """Holds one live twin, loads another in its place, and spreads what it sees."""

    def __init__(self, settings: Settings, on_dropped: Callable[[], None] | None = None) -> None:
        self.settings = settings
        self.folder = settings.own / "twin"
        self.twin: Any = None
        self.source: dict[str, Any] | None = None
        self.is_loading = False
        self.trouble: str | None = None
        self.elements: bytes = b""
        self.listeners: set[Listener] = set()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.bytes_sent = 0
        self._economics: dict[str, Any] | None = None
        self.first: str | None = None
        """A scenario to begin with, where none other flies yet."""
        self._lock = threading.Lock()
        self._on_dropped = on_dropped or (lambda: None)

    # --- loading

    def come_back(self) -> None:
        """Load the twin that a stopped service left, or the first one, in the background."""
        try:
            kept = json.loads((self.folder / "source.json").read_text("utf-8"))
            source, overrides = kept["source"], kept["overrides"]
        except (OSError, ValueError, KeyError, TypeError):
            source, overrides = None, {}
        if self.first is not None and source != self.first:
            source, overrides = self.first, {}
        if source is None:
            return
        self.is_loading = True
        threading.Thread(target=self._load_quietly, args=(source, overrides), name="twin loader", daemon=True).start()

    def _load_quietly(self, source: Any, overrides: dict[str, Any]) -> None:
        try:
            self.load(source, overrides)
        except (api.SkyrackError, OSError) as error:
            self.trouble = str(error)
            log.warning("the twin could not be taken up: %s", error)

    def load(
        self,
        source: Any,
        overrides: dict[str, Any],
        speed: float = 60.0,
        *,
        is_playing: bool = True,
        anew: bool = False,
    ) -> None:
        """Put a scenario's twin in place of the one before; InputError where it cannot fly."""
        if not self._lock.acquire(blocking=False):
            raise BusyError("another twin is being loaded; try again in some seconds")
        try:
            self.is_loading = True
            with api.no_local_files():
                found = api.elements(source, overrides)
                self._put_away()  # before it is made: both keep themselves in one folder
                if anew:
                    shutil.rmtree(self.folder, ignore_errors=True)
                fresh = api.twin(
                    source,
                    overrides,
                    folder=self.folder / "state",
                    speed=speed,
                    is_playing=is_playing,
                    threads=self.settings.twin_threads,
                    on_view=self._spread,
                )
            fresh.watched = self.watched
            found.head["signals"] = [vars(signal) for signal in fresh.twin.signals.values()]
            self.elements = encode_elements(found)
            self.source, self.trouble, self._economics = {"source": source, "overrides": overrides}, None, None
            write_json(self.folder / "source.json", self.source)
            self.twin = fresh
            fresh.start()
            fresh.refresh()
        finally:
            self.is_loading = False
            self._lock.release()

    def unload(self) -> None:
        """Stop the twin and forget it."""
        with self._lock:
            self._put_away()
            self.source = None
            shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Stop the twin and keep it."""
        with self._lock:
            self._put_away()

    def _put_away(self) -> None:
        twin, self.twin = self.twin, None
        if twin is not None:
            twin.close()

    @property
    def here(self) -> Any:
        """The twin; MissingError where none is loaded."""
        twin = self.twin
        if twin is None:
            if self.is_loading:
                raise BusyError("the twin is being loaded; try again in some seconds")
            raise MissingError("no twin is loaded; load one with POST /api/twin")
        return twin

    # --- listeners

    def watched(self) -> set[str]:
        """Signals that somebody looks at."""
        return {listener.signal for listener in tuple(self.listeners) if listener.signal is not None}

    def _spread(self, view: Any) -> None:
        """From the twin's thread: encode once, hand to all."""
        loop = self.loop
        if loop is None or not self.listeners:
            return
        text = message_of(view)
        twin = self.twin
        numbers = {name: number for number, name in enumerate(twin.twin.signals)} if twin is not None else {}
        frames = {
            name: encode_signal(view.sequence, numbers[name], values)
            for name, values in view.signals.items()
            if name in numbers
        }
        loop.call_soon_threadsafe(self._hand_out, text, frames)

    def _hand_out(self, text: str, frames: dict[str, bytes]) -> None:
        for listener in self.listeners:
            listener.waiting = text, frames
            listener.has_news.set()

    async def serve(self, socket: Any, listener: Listener) -> None:
        """Send one listener what there is, until it goes or proves too slow."""
        while True:
            await listener.has_news.wait()
            listener.has_news.clear()
            if listener.waiting is None:
                continue
            text, frames = listener.waiting
            listener.waiting = None
            frame = listener.frame(frames)
            try:
                async with asyncio.timeout(self.settings.send_s):
                    await socket.send_text(text)
                    if frame is not None:
                        await socket.send_bytes(frame)
                        self.bytes_sent += len(frame)
            except TimeoutError:
                self._on_dropped()
                log.info("listener dropped: too slow")
                with contextlib.suppress(TimeoutError):  # it waits for room too
                    async with asyncio.timeout(1.0):
                        await socket.close(TRY_AGAIN_LATER, "too slow")
                return

    # --- what is found once

    def economics(self) -> dict[str, Any]:
        """Price and build-out of the twin's scenario, found at the first asking."""
        self.here  # noqa: B018 - MissingError where there is none
        if self._economics is None:
            source = self.source or {}
            with api.no_local_files():
                self._economics = {
                    "price": api.price(source["source"], source["overrides"]),
                    "buildout": api.build(source["source"], source["overrides"]),
                }
        return self._economics


def message_of(view: Any) -> str:
    """A view as the stream sends it."""
    return json.dumps(
        {
            "type": "view",
            "sequence": view.sequence,
            "status": view.status,
            "figures": {name: _plain(value) for name, value in view.figures.items()},
            "sunlit_by_shell": view.sunlit_by_shell,
        },
        separators=(",", ":"),
    )


def _plain(value: float) -> float | None:
    return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - NaN is not itself
