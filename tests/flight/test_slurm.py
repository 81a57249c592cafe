"""A flight under Slurm: the same clock and the same weights as under torchrun."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.flights import folder_of, needs_torch, timeline

from skyrack.flight.launch import Launch
from skyrack.flight.record import Record
from skyrack.flight.settings import LargeModel, Settings

pytestmark = [
    needs_torch,
    pytest.mark.slow,
    pytest.mark.skipif(
        any(shutil.which(name) is None for name in ("slurmctld", "slurmd", "srun")),
        reason="Slurm is not installed (Debian's slurmctld, slurmd and slurm-client)",
    ),
]
SCRIPT = Path(__file__).parent / "scripts" / "train.py"
LARGE = LargeModel("large", "large model", 1e9, 1e6, 1.2e14, 2e9)
CONFIGURATION = """
ClusterName=skyrack
SlurmctldHost=localhost
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
SlurmctldPort={port}
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.%n.pid
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool.%n
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName=sat[0-1] NodeHostname=localhost Port=[{first}-{last}] CPUs=2 RealMemory=500 State=UNKNOWN
PartitionName=orbit Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:8
"""


def free_ports(n):
    """Consecutive ports that nobody uses."""
    for first in range(24_000 + os.getpid() % 1000 * 4, 60_000, 4):
        try:
            for port in range(first, first + n):
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no free ports")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A cluster of two nodes on this machine, of the user who tests."""
    home = tmp_path / "slurm"
    (home / "state").mkdir(parents=True)
    port = free_ports(3)
    text = CONFIGURATION.format(user=getpass.getuser(), home=home, port=port, first=port + 1, last=port + 2)
    (home / "slurm.conf").write_text(text)
    monkeypatch.setenv("SLURM_CONF", str(home / "slurm.conf"))
    servers = [subprocess.Popen(["slurmctld", "-D", "-f", home / "slurm.conf"], stderr=subprocess.DEVNULL)]
    for node in ("sat0", "sat1"):
        (home / f"spool.{node}").mkdir()
        command = ["slurmd", "-D", "-f", home / "slurm.conf", "-N", node]
        servers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
    try:
        for _ in range(120):
            states = subprocess.run(["sinfo", "-h", "-N", "-o", "%T"], capture_output=True, text=True, check=False)
            if states.stdout.split() == ["idle", "idle"]:
                break
            time.sleep(0.5)
        else:
            pytest.fail(f"Slurm did not start: {states.stdout} {states.stderr}")
        yield port
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(30)


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
