"""A flight under Slurm: the same clock and the same weights as under torchrun."""

import sys
from pathlib import Path

import pytest
from tests.flights import folder_of, needs_torch, timeline
from tests.slurm import cluster, free_ports, needs_slurm

from skyrack.flight.launch import Launch
from skyrack.flight.record import Record
from skyrack.flight.settings import LargeModel, Settings

pytestmark = [needs_torch, needs_slurm, pytest.mark.slow]
SCRIPT = Path(__file__).parent / "scripts" / "train.py"
LARGE = LargeModel("large", "large model", 1e9, 1e6, 1.2e14, 2e9)


@pytest.fixture
def slurm(monkeypatch):
    """A cluster of two nodes on this machine, of the user who tests."""
    with cluster(2, monkeypatch) as found:
        yield found


def test_clock_and_weights_are_those_of_torchrun(slurm, tmp_path):
    job = (
        "export RANK=$SLURM_PROCID WORLD_SIZE=$SLURM_NTASKS LOCAL_RANK=0 MASTER_ADDR=127.0.0.1 "
        f"MASTER_PORT={free_ports(4) + 3}; exec {sys.executable} {SCRIPT} {tmp_path / 'slurm-weights'}"
    )
    commands = {
        "slurm": ["srun", "-N2", "-n2", "bash", "-c", job],
        "torchrun": ["torchrun", "--nproc-per-node", "2", str(SCRIPT), str(tmp_path / "torchrun-weights")],
    }
    times = {}
    for name, command in commands.items():
        folder_of(tmp_path / name, timeline(2, 6.0), Settings(n_ranks=2, large=LARGE))
        with (tmp_path / f"{name}.txt").open("w") as output:
            ended = Launch(tmp_path / name, command, None, output).run()
        assert ended.problem is None
        times[name] = [row["time_s"] for row in Record(tmp_path / name).ends]
    assert times["slurm"] == times["torchrun"]
    for rank in (0, 1):
        ours, theirs = (Path(f"{tmp_path}/{name}-weights.{rank}").read_text() for name in commands)
        assert ours == theirs
