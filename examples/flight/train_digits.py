"""Data-parallel training on the handwritten digits of scikit-learn, with checkpoints that a restart resumes from.

pip install scikit-learn
torchrun --nproc-per-node 4 train_digits.py --checkpoint digits.pt
"""

import argparse
import os

import torch
import torch.distributed as dist
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

TRAINED = 1400

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=12)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--checkpoint", default=None, help="file that is written after every epoch, and resumed from")
arguments = parser.parse_args()

dist.init_process_group("gloo")
rank, n_ranks = dist.get_rank(), dist.get_world_size()
digits = load_digits()
pictures, labels = torch.tensor(digits.data / 16.0, dtype=torch.float32), torch.tensor(digits.target)
torch.manual_seed(arguments.seed)
model = DistributedDataParallel(
    nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10))
)
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
first = 0
if arguments.checkpoint and os.path.exists(arguments.checkpoint):
    saved = torch.load(arguments.checkpoint, weights_only=True)
    model.module.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["epoch"]

for epoch in range(first, arguments.epochs):
    order = torch.randperm(TRAINED, generator=torch.Generator().manual_seed(1000 * arguments.seed + epoch))
    for batch in order[rank::n_ranks].split(64 // n_ranks):
        loss = cross_entropy(model(pictures[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if rank == 0 and arguments.checkpoint:
        state = {"model": model.module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}
        torch.save(state, arguments.checkpoint + ".new")
        os.replace(arguments.checkpoint + ".new", arguments.checkpoint)
    dist.barrier()

with torch.no_grad():
    guessed = model.module(pictures[TRAINED:]).argmax(1)
if rank == 0:
    print(f"accuracy {(guessed == labels[TRAINED:]).float().mean().item():.4f}, loss {loss.item():.4f}", flush=True)
dist.destroy_process_group()
