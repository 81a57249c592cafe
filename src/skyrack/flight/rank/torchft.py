"""Groups of torchft, which makes them itself, put under the flight when the script imports it.

Its groups are rebuilt for every quorum. Their ranks are taken to be those of the job in the same order, which holds while all
replicas take part.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.distributed as dist

from skyrack.flight.rank.flight import Flight
from skyrack.flight.rank.group import FlownGroup
from skyrack.flight.rank.imports import after_import


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
            flight.groups.add(group)
            return group

        module.ProcessGroupGloo._create_pg = create

    after_import("torchft.process_group", act)
