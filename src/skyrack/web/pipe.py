"""A file that hands out the bytes written to it, for responses that are generated while they are sent."""

from __future__ import annotations

import io


class Pipe(io.RawIOBase):
    """Writable file whose content is held until it is fetched."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        """Return True, since the file can be written."""
        return True

    def write(self, data: object) -> int:
        """Hold some bytes, and return how many."""
        self._held += bytes(data)  # type: ignore[call-overload]
        return len(data)  # type: ignore[arg-type]

    def fetch(self) -> bytes:
        """Return the bytes written since the last call."""
        held, self._held = bytes(self._held), bytearray()
        return held
