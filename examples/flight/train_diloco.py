"""DiLoCo (arXiv:2311.08105): each rank trains by itself, and the ranks exchange what they have learned now and then."""

import argparse

import torch
import torch.distributed as dist
from gpt import GPT, Batches, loss_of

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--inner", type=int, default=10, help="steps between two exchanges")
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()

dist.init_process_group("gloo")
rank, n_ranks = dist.get_rank(), dist.get_world_size()
torch.manual_seed(arguments.seed)
model, shared = GPT(), GPT()
shared.load_state_dict(model.state_dict())
inner = torch.optim.AdamW(model.parameters(), lr=3e-3)
outer = torch.optim.SGD(shared.parameters(), lr=0.7, momentum=0.9, nesterov=True)
batches = Batches(rank, arguments.seed)

for step in range(arguments.steps):
    loss = loss_of(model, batches.next())
    inner.zero_grad()
    loss.backward()
    inner.step()
    if rank == 0 and step % 10 == 9:
        print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)
    if step % arguments.inner == arguments.inner - 1:
        for mine, ours in zip(model.parameters(), shared.parameters(), strict=True):
            ours.grad = ours.detach() - mine.detach()
            dist.all_reduce(ours.grad)
            ours.grad /= n_ranks
        outer.step()
        model.load_state_dict(shared.state_dict())

if rank == 0:
    print(f"validation loss {batches.validate(shared):.4f}", flush=True)
dist.destroy_process_group()
