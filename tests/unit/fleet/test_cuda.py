"""The CUDA driver in Numba's simulator, against the CPU driver."""

import os
import subprocess
import sys

import pytest

CODE = """
import sys, yaml, numpy as np
from skyrack.orbits.layout import lay_out
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.cuda import CudaDriver
from skyrack.fleet.flight import Flight
from skyrack.scenario import load
scenario = load(yaml.safe_load(open(sys.argv[1])), {"shells.pair.satellites_per_plane": 5}).scenario
flown = []
for driver in (CpuDriver(1), CudaDriver()):
    flight = Flight(scenario, lay_out(scenario))
    flown.append((flight, flight.advance(driver)))
(cpu, a), (gpu, b) = flown
n = cpu.layers[0].layer.n_sats
np.testing.assert_allclose(gpu.layers[0].states[:3, :n], cpu.layers[0].states[:3, :n], rtol=2e-5)
np.testing.assert_allclose(gpu.layers[0].totals[:, :n], cpu.layers[0].totals[:, :n], rtol=1e-3, atol=600.0)
np.testing.assert_allclose(gpu.layers[0].extremes[:3, :n], cpu.layers[0].extremes[:3, :n], rtol=2e-5)
np.testing.assert_allclose(b.sums[..., :9], a.sums[..., :9], rtol=1e-4, atol=1e4)
assert (a.histograms.sum(axis=-1) == b.histograms.sum(axis=-1)).all()
assert a.traces.keys() == b.traces.keys()
for pair in a.traces:
    np.testing.assert_allclose(b.traces[pair][:, 5:], a.traces[pair][:, 5:], rtol=2e-5)
print("same")
"""


def test_in_the_simulator():
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    probe = subprocess.run(
        [sys.executable, "-c", "from numba import cuda; print(cuda.is_available())"],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    if "True" not in probe.stdout:
        pytest.skip("this Numba has no CUDA simulator")
    done = subprocess.run(
        [sys.executable, "-c", CODE, "tests/tiny.yaml"], capture_output=True, text=True, env=environment, check=False
    )
    assert done.stdout.strip() == "same", done.stderr


def test_without_a_gpu_one_sentence_says_so(tiny, tmp_path):
    from numba import cuda

    from skyrack import api
    from skyrack.core.errors import InputError

    if cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(InputError, match="none was found; take --device cpu"):
        api.simulate(tiny, out=tmp_path / "r", device="cuda")
