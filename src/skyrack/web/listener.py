"""One client of the live stream: its channel, its pending messages, and its share of the bandwidth."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from skyrack.api.operations import Clock
from skyrack.web.encoding import HEAD_BYTES

BURST_S = 5.0
"""Duration (s) of its bandwidth share that a client may use at once."""


class Listener:
    """Client of the stream. Only the newest view is pending; the event loop alone touches it."""

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
        """Choose another channel; its first frame is sent whatever its size, unless the share is overdrawn."""
        self.channel, self._must_send = channel, True

    def offer(self, text: str, frames: dict[str, bytes]) -> None:
        """Make a view pending, in place of an earlier one."""
        self._text, self._frames = text, frames
        self.has_news.set()

    def add_frame(self, channel: str, frame: bytes) -> None:
        """Make a frame of the newest view pending."""
        self._frames = self._frames | {channel: frame}
        self.has_news.set()

    def take(self) -> tuple[str | None, bytes | None]:
        """Return what is to be sent now: a view as text, and a frame of the chosen channel; None for neither."""
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
        """Set `is_too_slow` if the client has not accepted a message for longer than `max_s` (s)."""
        since_s = self._sending_since_s
        if since_s is not None and self._clock.monotonic_s() - since_s > max_s:
            self.is_too_slow.set()

    def _within_share(self, frame: bytes | None) -> bytes | None:
        """Return the frame; None while the share is used up, or if nothing has changed since the last frame."""
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
