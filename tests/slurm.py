"""Clusters of Slurm for tests."""

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest
from examples.operations.local_slurm import Cluster, free_ports

needs_slurm = pytest.mark.skipif(
    any(shutil.which(name) is None for name in ("slurmctld", "slurmd", "srun", "sbatch")),
    reason="Slurm is not installed (Debian's slurmctld, slurmd and slurm-client)",
)


@contextlib.contextmanager
def cluster(n, monkeypatch, timeout_s=300):
    """A cluster that runs, and that the commands of Slurm use; in a folder whose name is short, as sockets need it."""
    home = Path(tempfile.mkdtemp(prefix="slurm"))
    found = Cluster(home, n, timeout_s)
    monkeypatch.setenv("SLURM_CONF", str(found.configuration))
    try:
        found.start()
        yield found
    finally:
        found.stop()
        shutil.rmtree(home, ignore_errors=True)


__all__ = ["cluster", "free_ports", "needs_slurm"]
