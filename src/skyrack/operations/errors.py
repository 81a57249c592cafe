"""Errors of the queue of requests that a caller can act on."""

from __future__ import annotations

from skyrack.core.errors import SkyrackError


class MissingError(SkyrackError):
    """The run, study or satellite that was asked for does not exist."""


class TakenError(SkyrackError):
    """The request is in a state that does not allow this action."""


class BusyError(SkyrackError):
    """The service cannot do this now; a later attempt may succeed."""
