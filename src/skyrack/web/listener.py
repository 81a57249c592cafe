"""One client of the live stream: the channel it asked for, what waits to be sent, and its share of the bandwidth."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from skyrack.api.operations import Clock
from skyrack.web.encoding import HEAD_BYTES

BURST_S = 5.0
"""A client may use the share of so many seconds at once."""


class Listener:
    """A client of the stream. Only the newest view waits; the event loop alone touches it."""

    def __init__(self, bytes_per_s: float, clock: Clock) -> None:
        self.channel: str | None = None
        self.has_news = asyncio.Event()
        self.is_too_slow = asyncio.Event()
        self._text: str | None = None
        self._frames: dict[str, bytes] = {}
        self._clock, self._bytes_per_s = clock, bytes_per_s
        self._max_allowance = self._allowance = BURST_S * bytes_per_s
        self._filled_s = clock.monotonic_s()
        self._sending_since_s: float | None = None
        self._must_send = True
        self._last = b""
        """The frame that was sent last."""

    def choose(self, channel: str | None) -> None:
        """Choose another channel; its first frame is sent whatever its size, unless an earlier one is still owed for."""
        self.channel, self._must_send = channel, True

    def offer(self, text: str, frames: dict[str, bytes]) -> None:
        """Let a view wait to be sent, in place of one that waits already."""
        self._text, self._frames = text, frames
        self.has_news.set()

    def add_frame(self, channel: str, frame: bytes) -> None:
        """Let a frame of the newest view wait to be sent."""
        self._frames = self._frames | {channel: frame}
        self.has_news.set()

    def take(self) -> tuple[str | None, bytes | None]:
        """Return what is to be sent now: a view as text, and a frame of the chosen channel."""
        self.has_news.clear()
        text, frames = self._text, self._frames
        self._text, self._frames = None, {}
        return text, self._within_share(None if self.channel is None else frames.get(self.channel))

    @contextlib.contextmanager
    def sending(self) -> Iterator[None]:
        """Mark that something is being sent, for `check_pace`."""
        self._sending_since_s = self._clock.monotonic_s()
        yield
        self._sending_since_s = None

    def check_pace(self, max_s: float) -> None:
        """Raise `is_too_slow` where the client has not taken a message for longer than this."""
        since_s = self._sending_since_s
        if since_s is not None and self._clock.monotonic_s() - since_s > max_s:
            self.is_too_slow.set()

    def _within_share(self, frame: bytes | None) -> bytes | None:
        """Return the frame; None while the share is used up, or where nothing has changed since the last frame."""
        now_s = self._clock.monotonic_s()
        earned = (now_s - self._filled_s) * self._bytes_per_s
        self._allowance, self._filled_s = min(self._allowance + earned, self._max_allowance), now_s
        if frame is None:
            return None
        needed = 0.0 if self._must_send else min(float(len(frame)), self._max_allowance)
        is_same = memoryview(frame)[HEAD_BYTES:] == memoryview(self._last)[HEAD_BYTES:]
        if self._allowance < needed or (is_same and not self._must_send):
            return None
        self._allowance -= len(frame)
        self._must_send, self._last = False, frame
        return frame
