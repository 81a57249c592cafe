"""Bytes for the console: elements once, signals again and again.

Elements: the length of a JSON head (four bytes, little-endian), the head padded with spaces to a multiple of four, then
node and phase of every satellite at the epoch as float32, in turns.

Signal: a head of 16 bytes ("SKY1", sequence, number of the signal, satellites; the last three as little-endian uint32),
then, deflated (zlib), each satellite's byte less that of the satellite before it. Neighbours in the list are neighbours in
orbit, so that most differences are small; and each frame stands by itself, so that a slow listener may miss some.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np

MAGIC = b"SKY1"
HEAD_BYTES = 16
"""Of a frame of a signal."""


def encode_elements(elements: Any) -> bytes:
    """Elements of a fleet."""
    head = json.dumps(elements.head, allow_nan=False, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 4)
    parts = (struct.pack("<I", len(head)), head, elements.raan_turns.tobytes(), elements.phase_turns.tobytes())
    return b"".join(parts)


def encode_signal(sequence: int, number: int, values: Any) -> bytes:
    """One byte of every satellite."""
    steps = np.diff(values, prepend=np.uint8(0))
    return MAGIC + struct.pack("<III", sequence & 0xFFFFFFFF, number, len(values)) + zlib.compress(steps.tobytes(), 1)


def decode_signal(frame: bytes) -> tuple[int, int, Any]:
    """Sequence, number of the signal, and the bytes; for tests and for listeners in Python."""
    sequence, number, n_sats = struct.unpack("<III", frame[4:HEAD_BYTES])
    values = np.cumsum(np.frombuffer(zlib.decompress(frame[HEAD_BYTES:]), np.uint8), dtype=np.uint8)
    if frame[:4] != MAGIC or len(values) != n_sats:
        raise ValueError("not a frame of a signal")
    return sequence, number, values
