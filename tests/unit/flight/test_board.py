"""Boards: clocks by sequence number, states of ranks, and whether a job can still go on."""

import multiprocessing

import pytest

from skyrack.flight import board as boards
from skyrack.flight.board import (
    DYING,
    LEFT,
    RUNNING,
    SLOTS,
    WAITING,
    Entry,
    MemoryBoard,
    Status,
    StoreBoard,
    blocked_forever,
)


class Store:
    """The part of torch's store that a board uses."""

    def __init__(self):
        self.content = {}

    def set(self, key, value):
        self.content[key] = value if isinstance(value, bytes) else value.encode()

    def get(self, key):
        return self.content[key]

    def check(self, keys):
        return all(key in self.content for key in keys)

    def delete_key(self, key):
        self.content.pop(key, None)


@pytest.fixture(params=["memory", "store"])
def board(request, tmp_path):
    return MemoryBoard(tmp_path / "board", 3) if request.param == "memory" else StoreBoard(Store(), 0)


def status(state, needs=(), sequence=0, changes=1):
    mask = bytearray(64)
    for one in needs:
        mask[one // 8] |= 1 << one % 8
    return Status(state, changes, 5.0, 2, 4711, 3, sequence, bytes(mask), "1.0", "all_reduce")


def test_entry_is_read_as_it_was_written(board):
    assert board.peek("0", 3, 7, 1) is None
    board.write("0", 3, 7, 1, Entry(1.25, 3, 4096))
    assert board.peek("0", 3, 7, 1) == Entry(1.25, 3, 4096)
    assert board.peek("0", 3, 7, 2) is None
    assert board.peek("another", 3, 7, 1) is None


def test_old_entries_give_way_to_new_ones(board):
    board.write("0", 3, 1, 0, Entry(1.0, 0, 0))
    board.write("0", 3, 1 + SLOTS, 0, Entry(2.0, 0, 0))
    assert board.peek("0", 3, 1, 0) is None
    assert board.peek("0", 3, 1 + SLOTS, 0) == Entry(2.0, 0, 0)


def test_clock_that_never_comes_is_an_error(board, monkeypatch):
    monkeypatch.setattr(boards, "WAIT_S", 0.01)
    with pytest.raises(boards.BoardError, match="rank 2 of group 0 has no clock for collective 5"):
        boards.read(board, "0", 3, 5, 2)


def test_status_is_read_as_it_was_written(board):
    assert board.status(1) is None
    given = status(WAITING, needs=(0, 2))
    board.set_status(1, given)
    assert board.status(1) == given
    assert board.status(1).needed() == [0, 2]


def test_ranks_are_blocked_if_what_they_need_has_not_entered(board):
    board.set_status(0, status(WAITING, needs=(0, 1, 2)))
    board.set_status(1, status(WAITING, needs=(0, 1, 2)))
    for rank in (0, 1):
        board.write("1.0", 3, 0, rank, Entry(0.0, 0, 0))
    assert blocked_forever(board, [0, 1], lambda _: False)
    board.write("1.0", 3, 0, 2, Entry(0.0, 0, 0))
    assert not blocked_forever(board, [0, 1], lambda _: False)


def test_ranks_at_work_are_not_blocked_and_ended_ones_do_not_count(board):
    board.set_status(0, status(RUNNING))
    assert not blocked_forever(board, [0], lambda _: False)
    assert not blocked_forever(board, [1], lambda _: False)
    board.set_status(0, status(LEFT))
    board.set_status(1, status(DYING))
    assert blocked_forever(board, [0, 1], lambda _: False)
    assert blocked_forever(board, [2], lambda rank: rank == 2)


def _write(folder, rank):
    mine = MemoryBoard(folder, 2)
    for sequence in range(2000):
        mine.write("0", 2, sequence, rank, Entry(sequence + 0.5 * rank, rank, sequence))
        other = boards.read(mine, "0", 2, sequence, 1 - rank)
        assert other == Entry(sequence + 0.5 * (1 - rank), 1 - rank, sequence)


def test_two_processes_read_each_other_without_a_torn_entry(tmp_path):
    context = multiprocessing.get_context("spawn")
    pair = [context.Process(target=_write, args=(tmp_path, rank)) for rank in (0, 1)]
    for one in pair:
        one.start()
    for one in pair:
        one.join()
    assert [one.exitcode for one in pair] == [0, 0]
