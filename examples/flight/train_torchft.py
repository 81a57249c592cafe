"""DiLoCo by torchft, the fault-tolerant training library of PyTorch: the ranks are its replicas.

pip install torchft
torchrun --nproc-per-node 4 train_torchft.py --steps 60
"""

import argparse
import logging
from datetime import timedelta

import torch
import torch.distributed as dist
from gpt import GPT, Batches, loss_of
from torchft.coordination import LighthouseServer
from torchft.local_sgd import DiLoCo
from torchft.manager import Manager
from torchft.process_group import ProcessGroupGloo

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--inner", type=int, default=10, help="steps between two exchanges")
parser.add_argument("--seed", type=int, default=0)
arguments = parser.parse_args()
logging.getLogger("torchft").setLevel(logging.WARNING)

dist.init_process_group("gloo")
rank, n_ranks = dist.get_rank(), dist.get_world_size()
torch.manual_seed(arguments.seed)
model = GPT()
inner = torch.optim.AdamW(model.parameters(), lr=3e-3)
outer = torch.optim.SGD(model.parameters(), lr=0.7, momentum=0.9, nesterov=True)
batches = Batches(rank, arguments.seed)

lighthouse = LighthouseServer(bind="127.0.0.1:0", min_replicas=n_ranks) if rank == 0 else None
address = [lighthouse.address() if lighthouse is not None else None]
dist.broadcast_object_list(address, 0)
store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
manager = Manager(
    pg=ProcessGroupGloo(timeout=timedelta(seconds=60)),
    load_state_dict=lambda state: model.load_state_dict(state["model"]),
    state_dict=lambda: {"model": model.state_dict()},
    min_replica_size=n_ranks,
    use_async_quorum=False,
    rank=0,
    world_size=1,
    store_addr="127.0.0.1",
    store_port=store.port,
    lighthouse_addr=address[0],
    replica_id=f"replica{rank}",
    hostname="127.0.0.1",
    init_sync=False,
)

with DiLoCo(manager, [model], inner, outer, sync_every=arguments.inner) as _:
    for step in range(arguments.steps):
        loss = loss_of(model, batches.next())
        inner.zero_grad()
        loss.backward()
        inner.step()
        if rank == 0 and step % 10 == 9:
            print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)

if rank == 0:
    print(f"validation loss {batches.validate(model):.4f}", flush=True)
dist.barrier()
manager.shutdown()
if lighthouse is not None:
    lighthouse.shutdown()
dist.destroy_process_group()
