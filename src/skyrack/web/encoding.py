"""Bytes and texts for the console: orbital elements once, frames and views again and again.

Elements: the length of a JSON head (four bytes, little-endian), the head padded with spaces to a multiple of four, then
node and phase of every satellite at the epoch as float32, alternating.

Frame: a head of 16 bytes ("SKY1", sequence, number of the channel, satellites; the last three as little-endian uint32),
then, deflated (zlib), each satellite's byte less that of the satellite before it. Neighbours in the list are neighbours in
orbit, so that most differences are small; and each frame can be decoded by itself, so that a slow client may miss some.
"""

from __future__ import annotations

import json
import struct
import threading
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from skyrack.api.types import Elements, TwinView

MAGIC = b"SKY1"
HEAD_BYTES = 16
"""Length of a frame's head."""


def encode_elements(elements: Elements) -> bytes:
    """Return the orbital elements of a fleet as bytes."""
    head = json.dumps(elements.head, allow_nan=False, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 4)
    parts = (struct.pack("<I", len(head)), head, elements.raan_turns.tobytes(), elements.phase_turns.tobytes())
    return b"".join(parts)


def encode_frame(sequence: int, channel_number: int, values: NDArray[np.uint8]) -> bytes:
    """Return one byte of every satellite as a frame."""
    steps = np.diff(values, prepend=np.uint8(0))
    head = MAGIC + struct.pack("<III", sequence & 0xFFFFFFFF, channel_number, len(values))
    return head + zlib.compress(steps.tobytes(), 1)


def decode_frame(frame: bytes) -> tuple[int, int, NDArray[np.uint8]]:
    """Return a frame's sequence, the number of its channel and its bytes; for tests and for clients in Python."""
    sequence, number, n_sats = struct.unpack("<III", frame[4:HEAD_BYTES])
    values = np.cumsum(np.frombuffer(zlib.decompress(frame[HEAD_BYTES:]), np.uint8), dtype=np.uint8)
    if frame[:4] != MAGIC or len(values) != n_sats:
        raise ValueError("these bytes are not a frame")
    return sequence, number, values


def encode_view(view: TwinView) -> str:
    """Return a view as the stream sends it."""
    return json.dumps(
        {
            "type": "view",
            "sequence": view.sequence,
            "status": asdict(view.status),
            "figures": finite(view.fleet.figures),
            "sunlit_by_shell": view.fleet.sunlit_by_shell,
        },
        separators=(",", ":"),
    )


def finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Return figures as JSON can hold them: None for NaN and infinity."""
    return {name: value if value - value == 0.0 else None for name, value in figures.items()}


class FrameCache:
    """Frames of the newest view: each channel is encoded once, whoever asks for it first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._view: TwinView | None = None
        self._frames: dict[str, bytes] = {}

    def frame(self, view: TwinView, channel: str) -> bytes:
        """Return a channel of a view as a frame; InputError where there is no such channel."""
        with self._lock:
            if view is not self._view:
                self._view, self._frames = view, {}
            if channel not in self._frames:
                values = view.fleet.frame(channel)
                self._frames[channel] = encode_frame(view.sequence, list(view.fleet.channels).index(channel), values)
            return self._frames[channel]
