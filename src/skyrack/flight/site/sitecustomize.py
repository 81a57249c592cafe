"""Python runs this file at its start when a flight has put its folder on the path: it waits for torch, then attaches.

Nothing else is imported before, so that every other Python process of the job starts as fast as without a flight. A
sitecustomize of the user's own is executed too.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys


class _AfterTorch(importlib.abc.MetaPathFinder):
    """Finder that attaches the flight once torch is imported."""

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the usual module, whose loader attaches the flight after it."""
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: object) -> None:
            execute(module)  # type: ignore[arg-type]
            _attach()

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _attach() -> None:
    try:
        from skyrack.flight.rank.attach import attach
    except ModuleNotFoundError:  # the script runs in an environment of its own
        sys.path.append(os.environ["SKYRACK_FLIGHT_PACKAGE"])
        from skyrack.flight.rank.attach import attach
    attach()


def _is_launcher() -> bool:
    """Return True in torchrun, whose workers fly, not itself."""
    arguments = getattr(sys, "orig_argv", sys.argv)
    return any(os.path.basename(one) == "torchrun" or one.startswith("torch.distributed.") for one in arguments[:4])


def _chain() -> None:
    """Execute the sitecustomize that this one hides."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [one for one in sys.path if os.path.abspath(one or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


if os.environ.get("SKYRACK_FLIGHT") and not _is_launcher():
    sys.meta_path.insert(0, _AfterTorch())
_chain()
