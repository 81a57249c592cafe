"""Data-parallel training that saves its state on SIGUSR1 and ends with status 75, as one would write it for any scheduler.

srun python train.py --checkpoint state.pt --weights weights.pt      (or torchrun --nproc-per-node 2 train.py ...)
"""

import argparse
import os
import signal
import sys
import time

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

SAVED = 75
parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=400)
parser.add_argument("--pace", type=float, default=0.0, help="seconds that a step takes at least")
parser.add_argument("--checkpoint", required=True, help="state to go on from, written every fifty steps and on SIGUSR1")
parser.add_argument("--weights", required=True, help="file of the final weights")
arguments = parser.parse_args()

asked = torch.zeros(1)
signal.signal(signal.SIGUSR1, lambda *_: asked.fill_(1.0))
if "SLURM_PROCID" in os.environ:  # as srun starts it
    os.environ |= {
        "RANK": os.environ["SLURM_PROCID"],
        "WORLD_SIZE": os.environ["SLURM_NTASKS"],
        "MASTER_ADDR": "127.0.0.1",
    }
    os.environ["MASTER_PORT"] = str(20_000 + int(os.environ["SLURM_JOB_ID"]) % 4_000)
dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
network = nn.Sequential(nn.Linear(256, 1536), nn.GELU(), nn.Linear(1536, 1536), nn.GELU(), nn.Linear(1536, 16))
model = DistributedDataParallel(network)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
teacher, first = nn.Linear(256, 16), 0
if os.path.exists(arguments.checkpoint):
    saved = torch.load(arguments.checkpoint, weights_only=True)
    model.module.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["step"]
    print(f"rank {rank} goes on from step {first}", flush=True)


def save(step):
    if rank == 0:
        state = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
        torch.save(state, arguments.checkpoint + ".new")
        os.replace(arguments.checkpoint + ".new", arguments.checkpoint)


for step in range(first, arguments.steps):
    begun = time.monotonic()
    given = torch.randn(192, 256, generator=torch.Generator().manual_seed(1000 * step + rank))
    loss = nn.functional.mse_loss(model(given), teacher(given).detach().sin())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    together = asked.clone()
    dist.all_reduce(together, dist.ReduceOp.MAX)  # all ranks stop at the same step
    if together.item() > 0.0:
        save(step + 1)
        if rank == 0:
            print(f"saved after step {step + 1}", flush=True)
        dist.destroy_process_group()
        sys.exit(SAVED)
    time.sleep(max(arguments.pace - (time.monotonic() - begun), 0.0))
    if step % 50 == 49:
        save(step + 1)
        if rank == 0:
            print(f"step {step + 1}: loss {loss.item():.4f}", flush=True)
if rank == 0:
    torch.save(model.module.state_dict(), arguments.weights)
dist.destroy_process_group()
