"""Data-parallel training of a small GPT, as one would write it for any cluster: it knows nothing of satellites.

torchrun --nproc-per-node 4 train_ddp.py --steps 60
"""

import argparse
import os

import torch
import torch.distributed as dist
from gpt import GPT, Batches, loss_of
from torch.nn.parallel import DistributedDataParallel

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--checkpoint", default=None, help="file that is written every ten steps, and resumed from")
arguments = parser.parse_args()

dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(arguments.seed)
model = DistributedDataParallel(GPT(), bucket_cap_mb=0.2)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
batches, first = Batches(rank, arguments.seed), 0

if arguments.checkpoint and os.path.exists(arguments.checkpoint):
    saved = torch.load(arguments.checkpoint, weights_only=True)
    model.module.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["step"]
    batches.skip(first)

for step in range(first, arguments.steps):
    loss = loss_of(model, batches.next())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if rank == 0 and step % 10 == 9:
        print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)
        if arguments.checkpoint:
            state = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            torch.save(state, arguments.checkpoint + ".new")
            os.replace(arguments.checkpoint + ".new", arguments.checkpoint)

if rank == 0:
    print(f"validation loss {batches.validate(model.module):.4f}", flush=True)
dist.destroy_process_group()
