"""A script for GPUs alone."""

import torch
import torch.distributed as dist

dist.init_process_group("nccl")
torch.nn.Linear(4, 4).to("cuda")
