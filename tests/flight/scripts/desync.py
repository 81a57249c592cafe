"""Ranks whose sequences of collectives differ."""

import torch
import torch.distributed as dist

dist.init_process_group("gloo")
dist.barrier()
if dist.get_rank() == 0:
    dist.all_reduce(torch.ones(5))
else:
    dist.broadcast(torch.ones(7), 0)
