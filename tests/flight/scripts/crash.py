"""A script that fails after it has joined."""

import torch.distributed as dist

dist.init_process_group("gloo")
raise SystemExit("no data" if dist.get_rank() == 0 else 1)
