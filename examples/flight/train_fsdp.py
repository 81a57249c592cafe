"""Training of a small GPT whose weights, gradients and optimiser state are spread over the ranks (FSDP2)."""

import argparse

import torch
import torch.distributed as dist
from gpt import GPT, Batches, loss_of
from torch.distributed.fsdp import fully_shard

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()

dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(arguments.seed)
model = GPT()
for block in model.blocks:
    fully_shard(block)
fully_shard(model)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
batches = Batches(rank, arguments.seed)

for step in range(arguments.steps):
    loss = loss_of(model, batches.next())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if rank == 0 and step % 10 == 9:
        print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)

validation = batches.validate(model)
if rank == 0:
    print(f"validation loss {validation:.4f}", flush=True)
dist.destroy_process_group()
