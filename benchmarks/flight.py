"""CPU time of a flight beside that of the same job without one: steps of a small GPT on two ranks, in turn in one run.

python benchmarks/flight.py [ROUNDS]
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.flights import folder_of, timeline  # noqa: E402

from skyrack.flight.launch import environment  # noqa: E402
from skyrack.flight.settings import Settings  # noqa: E402

RANKS = 2
SCRIPT = """
import sys, time
sys.path.insert(0, {examples!r})
import torch, torch.distributed as dist
from gpt import GPT, Batches, loss_of
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo")
torch.manual_seed(0)
model = DistributedDataParallel(GPT(width={width}, layers=4))
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
batches = Batches(dist.get_rank())
took = []
for step in range({steps}):
    before = time.process_time()
    loss = loss_of(model, batches.next())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    took.append(time.process_time() - before)
if dist.get_rank() == 0:
    took = sorted(took[{steps} // 3:])
    parameters = sum(one.numel() for one in model.parameters())
    print("CPU", 1e3 * took[len(took) // 2], "parameters", parameters, flush=True)
"""


def cpu_ms(script: Path, given: dict[str, str]) -> tuple[float, int]:
    """Return the median CPU time of a step of rank 0 in its last two thirds, and the number of parameters."""
    command = [str(Path(sys.executable).parent / "torchrun"), "--nproc-per-node", str(RANKS), str(script)]
    done = subprocess.run(command, env=given, capture_output=True, text=True, check=True)
    found = re.search(r"CPU (\S+) parameters (\d+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1]), int(found[2])


def main(rounds: int) -> None:
    """Print the CPU time of a step without a flight, with one whose work is known, and with one that counts it first."""
    for width, steps in ((64, 60), (256, 24)):
        with tempfile.TemporaryDirectory() as scratch:
            script = Path(scratch) / "job.py"
            script.write_text(SCRIPT.format(examples=str(ROOT / "examples" / "flight"), width=width, steps=steps))
            command = ["torchrun"]
            found: dict[str, list[float]] = {"plain": [], "known": [], "counted": []}
            parameters = 0
            for number in range(rounds):
                for name in ("plain", "counted", "known"):
                    given = os.environ | {"OMP_NUM_THREADS": "1", "PET_STANDALONE": "1"}
                    if name != "plain":
                        recorded = str(Path(scratch) / f"counted{number}") if name == "known" else None
                        mode = "recorded" if recorded else "counted"
                        settings = Settings(n_ranks=RANKS, mode=mode, recorded=recorded)  # type: ignore[arg-type]
                        folder = folder_of(Path(scratch) / f"{name}{number}", timeline(RANKS), settings)
                        given = environment(folder, command, restarts=False)
                    took, parameters = cpu_ms(script, given)
                    found[name].append(took)
            plain = min(found["plain"])
            line = ", ".join(
                f"{name} {min(values):.2f} ms ({100 * (min(values) / plain - 1):+.1f} %)"
                for name, values in found.items()
            )
            spread = 100 * (max(found["plain"]) / plain - 1)
            print(f"{parameters:,} parameters, CPU time of a step: {line}; the plain rounds differ by {spread:.0f} %")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
