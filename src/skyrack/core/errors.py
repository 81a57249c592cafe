"""Errors that a person can act on."""


class SkyrackError(Exception):
    """Something Skyrack could not do, said in one sentence. The root of all errors below."""

    exit_code = 1


class InputError(SkyrackError):
    """What was given is wrong: the sentence says where, what was given and what would be accepted."""

    exit_code = 2


class RunError(SkyrackError):
    """A run could not be finished or a run folder could not be read."""
