"""Engines that compute the samples: this process or Ray, with bitwise identical results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from skyrack.core.errors import InputError

RAY_WAIT_S = 20
IN_FLIGHT = 8
"""Maximum number of tasks in progress on Ray."""


class Engine(Protocol):
    """Protocol of an engine: it returns results in the order of the tasks."""

    def map(self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield `function(*task)` for each task, in order."""
        ...

    def close(self) -> None:
        """Release the resources of the engine."""
        ...


class Local:
    """Engine that computes in this process."""

    def map(self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield the result of each task, computed one after the other."""
        for task in tasks:
            yield function(*task)

    def close(self) -> None:
        """Do nothing: there are no resources to release."""


class OnRay:
    """Engine on a Ray cluster at an address, or on `workers` workers of this machine.

    Raises InputError where Ray is not installed or does not respond.
    """

    def __init__(self, address: str | None = None, workers: int = 2) -> None:
        try:
            import ray
        except ImportError:
            raise InputError("engine: 'ray' needs Ray; install it with: pip install 'skyrack[ray]'") from None
        self._ray = ray
        self._began = not ray.is_initialized()
        if not self._began:
            return
        options = {"address": address} if address else {"num_cpus": workers}
        if address:
            _require_answer(address)
        try:
            ray.init(**options, log_to_driver=False, include_dashboard=False, configure_logging=False)
        except (ConnectionError, RuntimeError, TimeoutError, ValueError) as error:
            raise InputError(
                f"address: Ray does not answer at {address or 'this machine'} ({str(error).splitlines()[0]:.120})"
            ) from None

    def map(self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Yield the result of each task in order, with at most `IN_FLIGHT` tasks in progress."""
        remote = self._ray.remote(function)
        waiting: list[Any] = []
        for task in tasks:
            waiting.append(remote.remote(*task))
            if len(waiting) >= IN_FLIGHT:
                yield self._ray.get(waiting.pop(0))
        while waiting:
            yield self._ray.get(waiting.pop(0))

    def close(self) -> None:
        """Shut Ray down if this engine started it."""
        if self._began:
            self._ray.shutdown()


def _require_answer(address: str) -> None:
    """Raise InputError where nothing listens at an address, because Ray itself would wait for minutes."""
    import socket

    plain = address.removeprefix("ray://")
    host, _, port = plain.rpartition(":")
    if plain == "auto":
        return
    if not host or not port.isdecimal():
        raise InputError(f"address: {address!r} is not an address; write HOST:PORT, for example 127.0.0.1:6379")
    try:
        with socket.create_connection((host, int(port)), timeout=RAY_WAIT_S):
            pass
    except OSError as error:
        raise InputError(
            f"address: nothing answers at {address} ({error.strerror or error}); start Ray there, or leave --address out"
        ) from None


def engine(name: str, address: str | None) -> Engine:
    """Return an engine by name; raises InputError for an unknown name or an address without Ray."""
    if name == "local":
        if address is not None:
            raise InputError("--address belongs to --engine ray")
        return Local()
    if name == "ray":
        return OnRay(address)
    raise InputError(f"engine: {name!r} is not known; there are local and ray")
