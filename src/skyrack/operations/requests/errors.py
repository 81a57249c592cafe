"""Errors of the queue of requests that a caller can act on."""

from __future__ import annotations

from skyrack.core.errors import SkyrackError


class MissingError(SkyrackError):
    """Missing run, study or satellite."""


class TakenError(SkyrackError):
    """Request in a state that does not allow this action."""


class BusyError(SkyrackError):
    """Service that is busy with something else; a later attempt may succeed."""
