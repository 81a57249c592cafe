"""Groups of torchft, which makes them itself, put under the flight when the script imports it.

Its groups are rebuilt for every quorum. Their ranks are taken to be those of the job in the same order, which holds while all
replicas take part.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist

from skyrack.flight.rank.flight import Flight
from skyrack.flight.rank.group import FlownGroup

NAME = "torchft.process_group"


class _AfterImport(importlib.abc.MetaPathFinder):
    """Finder that acts on a module once it is imported."""

    def __init__(self, act: Callable[[Any], None]) -> None:
        self._act = act

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Return the usual module, with an action after its execution."""
        del path, target
        if name != NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            self._act(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def fly_torchft(flight_now: Callable[[], Flight | None]) -> None:
    """Let the Gloo groups of torchft fly, once it is imported; `flight_now` gives the flight of this process."""
    quorums = [0]

    def act(module: Any) -> None:
        original = module.ProcessGroupGloo._create_pg

        def create(self: Any, store: Any, rank: int, world_size: int) -> Any:
            inner, flight = original(self, store, rank, world_size), flight_now()
            if flight is None or world_size > flight.settings.n_ranks:
                return inner
            quorums[0] += 1
            group = FlownGroup(flight, inner, f"torchft{quorums[0]}", rank, tuple(range(world_size)))
            cpu = torch.device("cpu")
            group._register_backend(cpu, dist.ProcessGroup.BackendType.GLOO, inner._get_backend(cpu))
            group._set_default_backend(dist.ProcessGroup.BackendType.GLOO)
            flight.groups.append(group)
            return group

        module.ProcessGroupGloo._create_pg = create

    sys.meta_path.insert(0, _AfterImport(act))
