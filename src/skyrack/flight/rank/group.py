"""Process group that executes collectives with Gloo and charges them to the virtual clock.

One instance stands for one group of torch.distributed on this rank. What it does not know is executed by Gloo all the same,
uncharged, and counted.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist

from skyrack.flight.board import Entry, read
from skyrack.flight.collectives import OPERATIONS, needed_ranks
from skyrack.flight.tape import ENTER, MEET, RECEIVE, SEND

if TYPE_CHECKING:
    from skyrack.flight.rank.flight import Flight

BACKEND = "skyrack"
Meet = Callable[[], None]


class FlownWork(dist._Work):  # type: ignore[misc]
    """Collective under way: executed by Gloo, charged when it is waited for."""

    def __init__(self, work: Any, wait_for: Callable[[Any], None], meet: Meet) -> None:
        super().__init__()
        self._work, self._wait_for, self._meet = work, wait_for, meet
        self._is_done = False

    def wait(self, *timeout: Any) -> bool:
        """Wait for Gloo once: its reduce-scatter copies the result at every wait, which would undo what followed."""
        if not self._is_done:
            self._is_done = True
            if self._work is not None:
                self._wait_for(lambda: self._work.wait(*timeout))
            self._meet()
        return True

    def synchronize(self) -> None:
        """Wait."""
        self.wait()

    def block_current_stream(self) -> None:
        """Wait."""
        self.wait()

    def is_completed(self) -> bool:
        """Return True if Gloo has completed it; virtual time plays no part."""
        return bool(self._work.is_completed())

    def is_success(self) -> bool:
        """Return True if Gloo has completed it without an error."""
        return bool(self._work.is_success())

    def exception(self) -> Any:
        """Return the error of Gloo."""
        return self._work.exception()

    def result(self) -> Any:
        """Return the tensors."""
        return self._work.result()

    def source_rank(self) -> int:
        """Return the rank that a message came from."""
        source: int = self._work._source_rank()
        return source

    _source_rank = source_rank

    def get_future(self) -> Any:
        """Return the future of Gloo."""
        return self._work.get_future()


def n_bytes(value: Any) -> int:
    """Return the bytes of a tensor, or of all tensors in nested lists."""
    if isinstance(value, torch.Tensor):
        return int(value.numel() * value.element_size())
    if isinstance(value, (list, tuple)):
        return sum(n_bytes(one) for one in value)
    return 0


class FlownGroup(dist.ProcessGroup):  # type: ignore[misc]
    """Group of ranks whose collectives take virtual time."""

    def __init__(self, flight: Flight, inner: Any, name: str, rank: int, ranks: tuple[int, ...]) -> None:
        """Wrap a group of Gloo; `ranks` are the ranks of the job in the order of the group."""
        super().__init__(rank, len(ranks))
        self.flight, self.inner, self.ranks = flight, inner, ranks
        self.board_name = f"{flight.generation}.{name}"
        if len(self.board_name) > MAX_NAME:  # names of groups are hashes of their ranks in some uses
            self.board_name = f"{flight.generation}.{zlib.crc32(name.encode()):08x}"
        self._me, self._n = rank, len(ranks)
        self._sequence = 0
        self._pending: dict[int, tuple[str, int, tuple[int, ...]]] = {}
        self._ends: dict[int, tuple[float, Any]] = {}
        self._settled, self._busy_until_s = 0, 0.0
        self._sent: Counter[tuple[int, int]] = Counter()
        self._arrivals: dict[tuple[int, int], tuple[int, float]] = {}
        self._names: dict[str, str] = {}

    # --- what torch.distributed asks of a group

    def getBackendName(self) -> str:  # noqa: N802 - names of torch
        """Return the name of the backend."""
        return BACKEND

    def getSize(self) -> int:  # noqa: N802
        """Return the number of ranks."""
        return self._n

    def setGroupName(self, name: str) -> None:  # noqa: N802
        """Keep the name: a group in Python has none of its own."""
        self._names["name"] = name

    def getGroupName(self) -> str:  # noqa: N802
        """Return the name."""
        return self._names.get("name", self.board_name)

    def setGroupDesc(self, text: str) -> None:  # noqa: N802
        """Keep the description."""
        self._names["description"] = text

    def getGroupDesc(self) -> str:  # noqa: N802
        """Return the description."""
        return self._names.get("description", "")

    # --- collectives

    def enter(self, operation: str, amount_bytes: int, tensors: Any, root: int = -1) -> int:
        """Write this rank's clock on the board before a collective, and return the collective's number.

        Raises DesyncError where another rank is in a different collective of the same number.
        """
        sequence = self._sequence
        self._sequence += 1
        flight = self.flight
        flight.before_collective(operation, amount_bytes, tensors)
        entry = Entry(flight.clock.now_s, OPERATIONS.index(operation), amount_bytes)
        flight.board.write(self.board_name, self._n, sequence, self._me, entry)
        needs = needed_ranks(operation, tuple(range(self._n)), root, self._me)
        self._pending[sequence] = (operation, amount_bytes, needs)
        flight.note(ENTER, operation, self, sequence, amount_bytes, root)
        for rank in range(self._n):
            other = flight.board.peek(self.board_name, self._n, sequence, rank)
            if other is not None and _differs(operation, amount_bytes, other):
                flight.desync(self.ranks[self._me], operation, amount_bytes, self.ranks[rank], other, self.board_name)
        return sequence

    def flown(self, work: Any, sequence: int) -> FlownWork:
        """Return the collective under way whose end is charged when it is waited for."""
        operation, _, needs = self._pending[sequence]
        flight = self.flight

        def wait_for(wait: Callable[[], Any]) -> None:
            with flight.waiting(self, sequence, operation, needs):
                wait()

        flown = FlownWork(work, wait_for, lambda: self._meet(sequence))
        if flight.in_backward():  # DDP waits in C++, where no Python sees it: charge at the end of the backward pass
            torch.autograd.Variable._execution_engine.queue_callback(flown.wait)
        return flown

    def _meet(self, sequence: int) -> None:
        """Charge a collective that is over: those before it in this group end first."""
        self.flight.event("wait")
        for each in range(self._settled, sequence + 1):
            operation, amount_bytes, needs = self._pending.pop(each)
            entered_s = max(read(self.flight.board, self.board_name, self._n, each, rank).time_s for rank in needs)
            begin_s = max(entered_s, self._busy_until_s)
            transfer = self.flight.transferred(operation, amount_bytes, self.ranks, begin_s)
            self._busy_until_s = transfer.end_s
            self._ends[each] = (begin_s, transfer)
        self._settled = max(self._settled, sequence + 1)
        begin_s, transfer = self._ends.pop(sequence)
        self.flight.note(MEET, "barrier", self, sequence, 0)
        self.flight.met(begin_s, transfer)

    def reset(self) -> None:
        """Forget when the group is free: the virtual clock begins anew."""
        self._busy_until_s = 0.0
        self._arrivals.clear()

    def monitored_barrier(self, timeout: Any, wait_all_ranks: bool = False) -> Any:
        """Execute a barrier that names the ranks which do not come."""
        sequence = self.enter("barrier", 0, None)
        flown = self.flown(None, sequence)
        with self.flight.waiting(self, sequence, "barrier", tuple(range(self._n))):
            out = self.inner.monitored_barrier(timeout, wait_all_ranks)
        flown.wait()
        return out

    # --- messages between two ranks

    def _board_of(self, pair: tuple[int, int]) -> str:
        return f"{self.board_name}.{pair[0]}-{pair[1]}"

    def send(self, tensors: Any, to: int, tag: int) -> Any:
        """Send tensors: the sender goes on at once, since its terminal sends them."""
        pair = (self._me, to)
        amount = n_bytes(tensors)
        self.flight.before_collective("send", amount, tensors)
        sequence = self._sent[pair]
        self._sent[pair] += 1
        entry = Entry(self.flight.clock.now_s, OPERATIONS.index("send"), amount)
        self.flight.board.write(self._board_of(pair), 1, sequence, 0, entry)
        self.flight.note(SEND, "send", self, to, amount)
        work = self.inner.send(tensors, to, tag)
        return FlownWork(work, self._unknown_wait("send"), lambda: None)

    def recv(self, tensors: Any, source: int, tag: int) -> Any:
        """Receive tensors: they arrive after what the sender sent before, the time of sending and the delay of the route."""
        work = self.inner.recv(tensors, source, tag)
        return FlownWork(work, self._unknown_wait("recv"), lambda: self._arrived(source))

    def recv_anysource(self, tensors: Any, tag: int) -> Any:
        """Receive tensors from any rank."""
        work = self.inner.recv_anysource(tensors, tag)
        return FlownWork(work, self._unknown_wait("recv"), lambda: self._arrived(int(work._source_rank())))

    def _unknown_wait(self, operation: str) -> Callable[[Any], None]:
        def wait_for(wait: Callable[[], Any]) -> None:
            with self.flight.waiting(self, -1, operation, ()):
                wait()

        return wait_for

    def _arrived(self, source: int) -> None:
        pair = (source, self._me)
        sequence, free_s = self._arrivals.get(pair, (0, 0.0))
        entry = read(self.flight.board, self._board_of(pair), 1, sequence, 0)
        self.flight.event("wait")
        begin_s = max(entry.time_s, free_s)
        transfer = self.flight.transferred(
            "send", entry.amount_bytes, (self.ranks[source], self.ranks[self._me]), begin_s
        )
        self._arrivals[pair] = (sequence + 1, transfer.end_s)
        self.flight.note(RECEIVE, "send", self, source, entry.amount_bytes)
        self.flight.met(begin_s, transfer)


MAX_NAME = 48
"""Maximum length of the name of a group on the board, whose status holds 64 characters."""
_EQUAL_BYTES = ("all_reduce", "broadcast", "reduce", "all_gather", "reduce_scatter", "barrier")
"""Operations in which all ranks give the same number of bytes."""


def _differs(operation: str, amount_bytes: int, other: Entry) -> bool:
    if OPERATIONS[other.operation] != operation:
        return True
    return operation in _EQUAL_BYTES and other.amount_bytes != amount_bytes


def _first(group: FlownGroup, arguments: Sequence[Any]) -> int:
    del group
    return n_bytes(arguments[0])


def _second(group: FlownGroup, arguments: Sequence[Any]) -> int:
    del group
    return n_bytes(arguments[1])


def _each_second(group: FlownGroup, arguments: Sequence[Any]) -> int:
    return group._n * n_bytes(arguments[1])


def _each_first(group: FlownGroup, arguments: Sequence[Any]) -> int:
    return group._n * n_bytes(arguments[0])


def _nothing(group: FlownGroup, arguments: Sequence[Any]) -> int:
    del group, arguments
    return 0


# name in torch: operation, bytes of the whole message, argument that holds what it sends
COLLECTIVES: dict[str, tuple[str, Callable[[FlownGroup, Sequence[Any]], int], int | None]] = {
    "allreduce": ("all_reduce", _first, 0),
    "allreduce_coalesced": ("all_reduce", _first, 0),
    "broadcast": ("broadcast", _first, 0),
    "allgather": ("all_gather", _first, 1),
    "allgather_coalesced": ("all_gather", _first, 1),
    "all_gather_single": ("all_gather", _first, 1),
    "all_gather_single_coalesced": ("all_gather", _first, 1),
    "reduce_scatter": ("reduce_scatter", _second, 1),
    "reduce_scatter_single": ("reduce_scatter", _second, 1),
    "reduce_scatter_single_coalesced": ("reduce_scatter", _second, 1),
    "reduce": ("reduce", _first, 0),
    "gather": ("gather", _each_second, 1),
    "scatter": ("scatter", _each_first, 1),
    "alltoall": ("all_to_all", _second, 1),
    "all_to_all_single": ("all_to_all", _second, 1),
    "barrier": ("barrier", _nothing, None),
}
OTHER_NAMES = {
    "_allgather_base": "all_gather_single",
    "allgather_into_tensor_coalesced": "all_gather_single_coalesced",
    "_reduce_scatter_base": "reduce_scatter_single",
    "reduce_scatter_tensor_coalesced": "reduce_scatter_single_coalesced",
    "alltoall_base": "all_to_all_single",
}
"""Names of the same operations in other releases of torch."""


def _method(name: str) -> Callable[..., Any]:
    operation, amount_of, sent = COLLECTIVES[OTHER_NAMES.get(name, name)]

    def method(self: FlownGroup, *arguments: Any, **named: Any) -> FlownWork:
        given = (*arguments, *named.values())
        tensors = given[sent] if sent is not None else None
        root = int(getattr(given[-1], "rootRank", -1)) if given else -1
        sequence = self.enter(operation, amount_of(self, given), tensors, root)
        return self.flown(getattr(self.inner, name)(*arguments, **named), sequence)

    method.__name__ = name
    return method


def _uncharged(name: str) -> Callable[..., Any]:
    def method(self: FlownGroup, *arguments: Any, **named: Any) -> Any:
        self.flight.uncharged[name] += 1
        return getattr(self.inner, name)(*arguments, **named)

    method.__name__ = name
    return method


for _name in (*COLLECTIVES, *OTHER_NAMES):
    if hasattr(dist.ProcessGroup, _name):
        setattr(FlownGroup, _name, _method(_name))
for _name in dir(dist.ProcessGroup):
    _is_collective = any(word in _name.lower() for word in ("reduce", "gather", "scatter", "alltoall", "all_to_all"))
    if _is_collective and _name not in FlownGroup.__dict__:
        setattr(FlownGroup, _name, _uncharged(_name))
