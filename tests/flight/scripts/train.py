"""Data-parallel training of a small network: train.py WEIGHTS [CHECKPOINT [LAST STEP]]."""

import hashlib
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

STEPS = 12
dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
model = DistributedDataParallel(nn.Sequential(nn.Linear(32, 64), nn.Tanh(), nn.Linear(64, 4)), bucket_cap_mb=0.004)
optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
checkpoint = sys.argv[2] if len(sys.argv) > 2 else None
last, first = int(sys.argv[3]) if len(sys.argv) > 3 else STEPS, 0
if checkpoint and os.path.exists(checkpoint):
    saved = torch.load(checkpoint, weights_only=True)
    model.module.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["step"]
for step in range(first, last):
    random = torch.Generator().manual_seed(100 * step + rank)
    loss = model(torch.randn(16, 32, generator=random)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if checkpoint and rank == 0 and step % 3 == 2:
        state = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
        torch.save(state, checkpoint + ".new")
        os.replace(checkpoint + ".new", checkpoint)
    if checkpoint:
        dist.barrier()
total = loss.detach().clone()
dist.all_reduce(total)
content = b"".join(one.detach().numpy().tobytes() for one in model.parameters())
Path(f"{sys.argv[1]}.{rank}").write_text(f"{hashlib.sha256(content).hexdigest()} {total.item()!r}")
dist.destroy_process_group()
