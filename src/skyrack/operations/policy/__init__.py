"""Scheduling policies: what a placement costs, in which order jobs are served, and what happens before the light ends.

A policy is a frozen set of rules, which compiled code reads; a policy of your own may also bring the cost of a placement as a
law. Add one: a file with a class that keeps the promise below, and one line among the entry points
`skyrack.scheduling_policy`, or name the file on the command line: `--policy my_policy.py:MyPolicy`.
"""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, cast

from skyrack.core.errors import InputError
from skyrack.core.plugins import SLOTS, model_of
from skyrack.operations.placement import Weights

Order = Literal["fifo", "fair"]
Backfill = Literal["none", "easy", "conservative"]


class SchedulingPolicy(Protocol):
    """The promise of every scheduling policy."""

    name: ClassVar[str]
    title: ClassVar[str]

    @property
    def weights(self) -> Weights:
        """Weights of the standard cost of a placement."""
        ...

    @property
    def cost(self) -> Any:
        """Law (seen: Seen, weights: Weights) -> cost in place of the standard cost; None for the standard cost."""
        ...

    @property
    def good_cost(self) -> float:
        """Cost of a placement that is taken without comparing others."""
        ...

    @property
    def max_rings(self) -> int:
        """Number of rings with room that are compared before the cheapest is taken."""
        ...

    @property
    def plans(self) -> bool:
        """True if jobs are checkpointed before their light or power ends."""
        ...

    @property
    def moves(self) -> bool:
        """True if they may then move to other satellites."""
        ...

    @property
    def requeues(self) -> bool:
        """True if a job that an eclipse has stopped is queued again; otherwise it waits on its satellites."""
        ...

    @property
    def order(self) -> Order:
        """Order of jobs of one priority: by arrival, or by fair share of their queues and then by arrival."""
        ...

    @property
    def backfill(self) -> Backfill:
        """Jobs that may start before one that found no place: none, or those that end before its reservation.

        A conservative policy also reserves for later jobs that have a deadline.
        """
        ...


def policy_named(text: str) -> SchedulingPolicy:
    """Return the policy of a name, or of a file and class, `my_policy.py:MyPolicy`.

    Raises InputError where there is none, or where its class lacks a member of the promise.
    """
    path, _, class_name = text.rpartition(":")
    if not path.endswith(".py"):
        model = model_of("scheduling_policy", text)
        return cast("SchedulingPolicy", model())
    if not Path(path).is_file():
        raise InputError(f"--policy {text}: there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"skyrack_policy_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"--policy {text}: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - whatever a user's file does
        raise InputError(
            f"--policy {text}: the file fails when it is imported: {type(error).__name__}: {error}"
        ) from None
    found = getattr(module, class_name, None)
    if not inspect.isclass(found):
        classes = [
            name for name, one in vars(module).items() if inspect.isclass(one) and one.__module__ == module.__name__
        ]
        raise InputError(
            f"--policy {text}: the file has no class {class_name!r}; it has {', '.join(classes) or 'none'}"
        )
    missing = [member for member in ("name", *SLOTS["scheduling_policy"]) if not hasattr(found, member)]
    if missing:
        raise InputError(
            f"--policy {text}: the class lacks {', '.join(missing)}; derive it from ForecastAware to inherit them"
        )
    return cast("SchedulingPolicy", found())
