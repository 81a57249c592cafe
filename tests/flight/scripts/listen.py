"""A script that wants to know of eclipses: it stops training when the signal comes. listen.py RESULT"""

import os
import signal
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

heard = []
if os.environ.get("SKYRACK_FLIGHT"):
    signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(signal.Signals(number).name))
dist.init_process_group("gloo")
model = DistributedDataParallel(nn.Linear(8, 8))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(12):
    model(torch.ones(4, 8)).sum().backward()
    optimizer.step()
Path(f"{sys.argv[1]}.{dist.get_rank()}").write_text(" ".join(heard))
dist.destroy_process_group()
