"""A file that hands out what is written to it, for answers that are made while they are sent."""

from __future__ import annotations

import io


class Pipe(io.RawIOBase):
    """Takes what a writer writes until it is fetched."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """Return True: it is a file to be written."""
        return True

    def write(self, data: object) -> int:
        """Hold some bytes; returns how many."""
        self._held += bytes(data)  # type: ignore[call-overload]
        return len(data)  # type: ignore[arg-type]

    def fetch(self) -> bytes:
        """Return what was written since it was last asked."""
        held, self._held = bytes(self._held), bytearray()
        return held
