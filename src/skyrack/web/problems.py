"""What can go wrong with a request, each with its status; the body is always one sentence."""

from __future__ import annotations

from skyrack.api import SkyrackError


class WebError(SkyrackError):
    """Something that a service answers with a status of its own."""

    status = 500


class MissingError(WebError):
    """What was asked for is not there."""

    status = 404


class TakenError(WebError):
    """It is there, but not in a state for this."""

    status = 409


class BusyError(WebError):
    """Not now."""

    status = 503
