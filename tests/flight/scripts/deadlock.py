"""Ranks that wait for each other in different groups."""

import torch
import torch.distributed as dist

dist.init_process_group("gloo")
groups = [dist.new_group([0, 1]) for _ in range(2)]
dist.all_reduce(torch.ones(5), group=groups[dist.get_rank()])
