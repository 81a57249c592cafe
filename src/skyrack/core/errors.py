"""Errors that a person can act on."""


class SkyrackError(Exception):
    """Something Skyrack could not do, said in one sentence. The root of all errors below."""

    exit_code = 1


class InputError(SkyrackError):
    """What was given is wrong: the sentence says where, what was given and what would be accepted."""

    exit_code = 2


class DiskError(InputError):
    """Path that the operating system refuses to write: a full disk, a read-only file system, a missing permission."""

    def __init__(self, path: object, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.problem = problem
        """The sentence without the path."""


class RunError(SkyrackError):
    """A run could not be finished or a run folder could not be read."""
