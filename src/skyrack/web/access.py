"""Users of a control plane at its service: who asks, and what is refused."""

from __future__ import annotations

import threading

from skyrack.api import SkyrackError
from skyrack.api.control import Controller, User, user_of, users
from skyrack.api.operations import Clock

USERS_FRESH_S = 2.0


class UnknownUserError(SkyrackError):
    """A request without a known token."""


class RefusedError(SkyrackError):
    """A request that this user may not make."""


class Access:
    """Users of a control plane, read again every few seconds."""

    def __init__(self, control: Controller, clock: Clock) -> None:
        self._folder, self._clock = control.folder, clock
        self._known: list[User] = []
        self._read_s = -1e9
        self._lock = threading.Lock()

    def user(self, token: str) -> User | None:
        """Return the user of a token; None where nobody has it."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            if now_s - self._read_s > USERS_FRESH_S:
                self._known, self._read_s = users(self._folder), now_s
        return user_of(self._known, token)

    def caller(self, authorization: str) -> User:
        """Return the user of an Authorization header. Raises UnknownUserError where nobody has its token."""
        kind, _, token = authorization.partition(" ")
        found = self.user(token.strip()) if kind.lower() == "bearer" else None
        if found is None:
            raise UnknownUserError(
                "a token is wanted: 'Authorization: Bearer TOKEN'; an operator adds one with 'skyrack user add'"
            )
        return found
