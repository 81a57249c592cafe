"""The demonstration on Slurm: a flown job is moved before an eclipse, loses a machine, and ends with the same weights."""

import subprocess
import sys

import pytest

from tests.flights import needs_torch
from tests.slurm import needs_slurm

pytestmark = [needs_torch, needs_slurm, pytest.mark.slow]


def test_the_demonstration_ends_with_the_weights_of_an_undisturbed_run(tmp_path):
    command = [sys.executable, "examples/operations/demo.py", str(tmp_path / "demo")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1500)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert "They are the same." in done.stdout
    assert (tmp_path / "demo" / "report.html").exists()
