"""Errors with a message that a user can act on."""


class SkyrackError(Exception):
    """Failure of a task, explained in one sentence. Base class of all errors below."""

    exit_code = 1


class InputError(SkyrackError):
    """Invalid input: the sentence names the place, the value given and the values accepted."""

    exit_code = 2


class DiskError(InputError):
    """Path that the operating system refuses to write: a full disk, a read-only file system, a missing permission."""

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.problem = problem
        """The sentence without the path."""


class RunError(SkyrackError):
    """Run that could not be finished, or run folder that could not be read."""
