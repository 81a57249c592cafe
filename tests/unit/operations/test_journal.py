"""The journal: what was acknowledged is there after any end, and nothing else is."""

import os
import resource
import signal
import subprocess
import sys

import pytest

from skyrack.core.errors import InputError, RunError
from skyrack.operations.journal import Journal, entries, latest_snapshot


def numbers(folder, first=0):
    return [(entry.number, entry.record["k"]) for entry in entries(folder, first)]


def test_records_are_read_back_over_segments(tmp_path):
    journal = Journal(tmp_path, segment_bytes=60)
    for k in range(0, 40, 4):
        assert journal.append({"k": j} for j in range(k, k + 4)) == k + 3
    assert journal.append([]) == 39
    journal.close()
    assert len(list(tmp_path.glob("segment-*.log"))) > 3
    assert numbers(tmp_path) == [(k, k) for k in range(40)]
    assert numbers(tmp_path, 37) == [(37, 37), (38, 38), (39, 39)]
    again = Journal(tmp_path, segment_bytes=60)
    assert again.append([{"k": 40}]) == 40
    assert numbers(tmp_path, 39) == [(39, 39), (40, 40)]


@pytest.mark.parametrize("cut", [1, 5, 12, 20])
def test_a_group_that_was_cut_off_is_left_out_as_a_whole(tmp_path, cut):
    journal = Journal(tmp_path)
    journal.append([{"k": 0}, {"k": 1}, {"k": 2}])
    journal.append([{"k": 3}, {"k": 4}])
    journal.close()
    path = next(tmp_path.glob("segment-*.log"))
    path.write_bytes(path.read_bytes()[:-cut])
    kept = 3
    assert numbers(tmp_path) == [(k, k) for k in range(kept)]
    journal = Journal(tmp_path)
    assert journal.append([{"k": 99}]) == kept
    assert numbers(tmp_path)[-1] == (kept, 99)


@pytest.mark.parametrize("byte", [0, 5, 10, 15, 22, 30, 40])
def test_damage_within_the_file_is_not_taken_for_a_crash(tmp_path, byte):
    journal = Journal(tmp_path)
    for k in range(5):
        journal.append([{"k": k}])
    journal.close()
    path = next(tmp_path.glob("segment-*.log"))
    data = bytearray(path.read_bytes())
    data[byte] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(RunError, match="is damaged, and others follow it"):
        Journal(tmp_path)
    with pytest.raises(RunError, match="is damaged, and others follow it"):
        list(entries(tmp_path))


def test_snapshots(tmp_path):
    journal = Journal(tmp_path)
    assert latest_snapshot(tmp_path) is None
    journal.append([{"k": 0}])
    journal.snapshot(b"first")
    journal.append([{"k": 1}, {"k": 2}])
    journal.snapshot(b"second")
    assert latest_snapshot(tmp_path) == (2, b"second")
    assert latest_snapshot(tmp_path, before=1) == (0, b"first")
    (tmp_path / "snapshot-000000000002.bin").write_bytes(b"brok")
    assert latest_snapshot(tmp_path) == (0, b"first")


CHILD = """
import sys
from pathlib import Path
from skyrack.operations.journal import Journal
journal = Journal(Path(sys.argv[1]))
k = journal.next_number
while True:
    journal.append({"k": k + j, "text": "x" * 200} for j in range(3))
    k += 3
    sys.stdout.write(f"{k - 1}\\n")
    sys.stdout.flush()
"""


def kill_one(folder, after_lines):
    """Kill a writer after some acknowledgements; the number of the last record that it acknowledged."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE, text=True)
    lines = [child.stdout.readline() for _ in range(after_lines)]
    os.kill(child.pid, signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    return int([line for line in lines if line.endswith("\n")][-1])


def check_kills(folder, n):
    for k in range(n):
        acknowledged = kill_one(folder, 1 + k % 7)
        found = numbers(folder)
        assert found[-1][0] >= acknowledged
        assert found == [(number, number) for number in range(len(found))]


def test_no_acknowledged_record_is_lost_by_a_kill(tmp_path):
    check_kills(tmp_path, 4)


@pytest.mark.slow
def test_no_acknowledged_record_is_lost_by_200_kills(tmp_path):
    check_kills(tmp_path, 200)


FULL = """
import sys
from pathlib import Path
from skyrack.core.errors import InputError
from skyrack.operations.journal import Journal
journal = Journal(Path(sys.argv[1]))
k = 0
try:
    while True:
        journal.append([{"k": k, "text": "x" * 1000}])
        k += 1
except InputError as error:
    print(k, error)
"""


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path):
    """A limit on the size of files stands for the disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, preexec_fn=limit, check=False
    )
    if done.returncode == 0:
        acknowledged = int(done.stdout.split()[0])
        assert len(done.stdout.strip().splitlines()) == 1
    else:  # EFBIG is no disk problem with a sentence of its own
        assert "File too large" in done.stderr
        acknowledged = len(numbers(tmp_path))
    assert numbers(tmp_path) == [(k, k) for k in range(acknowledged)]
    journal = Journal(tmp_path)
    assert journal.append([{"k": acknowledged}]) == acknowledged


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a part of the path is a file"):
        Journal(tmp_path / "file" / "journal")
