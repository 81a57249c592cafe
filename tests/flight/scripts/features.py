"""Each feature of torch.distributed once; the hashes of its tensors on each rank go to the file RESULT.RANK."""

import hashlib
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

warnings.simplefilter("ignore")
torch.set_num_threads(1)
dist.init_process_group("gloo")
RANK, SIZE = dist.get_rank(), dist.get_world_size()
FEATURES = {}


def feature(function):
    FEATURES[function.__name__] = function
    return function


def digest(*tensors):
    found = hashlib.sha256()
    for tensor in tensors:
        whole = tensor.detach().full_tensor() if hasattr(tensor, "full_tensor") else tensor.detach()
        found.update(whole.float().contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


def mine(n=5):
    return torch.arange(float(n)) + RANK


def network():
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))


def trained(model, steps=4):
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    random = torch.Generator().manual_seed(RANK)
    for _ in range(steps):
        loss = model(torch.randn(8, 32, generator=random)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return digest(*model.parameters())


@feature
def all_reduce_async_out_of_order():
    first, second = mine(), mine(3)
    works = [dist.all_reduce(first, async_op=True), dist.all_reduce(second, async_op=True)]
    works[1].wait()
    works[0].wait()
    return digest(first, second)


@feature
def all_reduce_maximum():
    tensor = mine()
    dist.all_reduce(tensor, dist.ReduceOp.MAX)
    return digest(tensor)


@feature
def future_with_continuation():
    work = dist.all_reduce(mine(), async_op=True)
    return digest(work.get_future().then(lambda done: done.value()[0] * 3).wait())


@feature
def new_group():
    group = dist.new_group([0, SIZE - 1])
    tensor = mine()
    if RANK in (0, SIZE - 1):
        dist.all_reduce(tensor, group=group)
    dist.barrier()
    return digest(tensor)


@feature
def subgroups():
    group, _ = dist.new_subgroups_by_enumeration([[0, 1], [2, 3]])
    tensor = mine()
    dist.all_reduce(tensor, group=group)
    return digest(tensor)


@feature
def barriers():
    dist.barrier()
    dist.barrier(async_op=True).wait()
    dist.monitored_barrier()
    return "passed"


@feature
def send_and_receive():
    tensor = mine()
    if RANK == 0:
        dist.send(tensor, 1)
    elif RANK == 1:
        dist.recv(tensor, 0)
    return digest(tensor)


@feature
def receive_from_any():
    tensor = mine()
    if RANK == 2:
        dist.send(tensor, 3)
    elif RANK == 3:
        assert dist.recv(tensor) == 2
    return digest(tensor)


@feature
def ring_of_messages():
    tensor, got = mine(), torch.zeros(5)
    for work in (dist.isend(tensor, (RANK + 1) % SIZE), dist.irecv(got, (RANK - 1) % SIZE)):
        work.wait()
    return digest(got)


@feature
def batched_messages():
    tensor, got = mine(), torch.zeros(5)
    operations = [
        dist.P2POp(dist.isend, tensor, (RANK + 1) % SIZE),
        dist.P2POp(dist.irecv, got, (RANK - 1) % SIZE),
    ]
    for work in dist.batch_isend_irecv(operations):
        work.wait()
    return digest(got)


@feature
def objects():
    gathered, shared = [None] * SIZE, [{"from": RANK}]
    dist.all_gather_object(gathered, {"rank": RANK})
    dist.broadcast_object_list(shared, 2)
    return f"{gathered} {shared}"


@feature
def gathered_and_scattered_objects():
    gathered, got = ([None] * SIZE if RANK == 0 else None), [None]
    dist.gather_object(RANK, gathered, 0)
    dist.scatter_object_list(got, [one**2 for one in range(SIZE)] if RANK == 0 else None, 0)
    return f"{gathered} {got}"


@feature
def broadcast():
    tensor = mine()
    dist.broadcast(tensor, 3)
    return digest(tensor)


@feature
def reduce():
    tensor = mine()
    dist.reduce(tensor, 1)
    return digest(tensor) if RANK == 1 else "not the root"


@feature
def gather_and_scatter():
    parts, got = ([torch.zeros(5) for _ in range(SIZE)] if RANK == 0 else None), torch.zeros(5)
    dist.gather(mine(), parts, 0)
    dist.scatter(got, [torch.full((5,), float(one)) for one in range(SIZE)] if RANK == 0 else None, 0)
    return digest(got, *(parts or []))


@feature
def all_gather():
    parts = [torch.zeros(5) for _ in range(SIZE)]
    dist.all_gather(parts, mine())
    return digest(*parts)


@feature
def all_gather_into_tensor():
    whole = torch.zeros(5 * SIZE)
    dist.all_gather_into_tensor(whole, mine())
    return digest(whole)


@feature
def reduce_scatter():
    got = torch.zeros(2)
    dist.reduce_scatter(got, [mine(2) + one for one in range(SIZE)])
    return digest(got)


@feature
def reduce_scatter_tensor():
    got = torch.zeros(2)
    dist.reduce_scatter_tensor(got, mine(2 * SIZE))
    return digest(got)


@feature
def all_to_all():
    got = [torch.zeros(2) for _ in range(SIZE)]
    dist.all_to_all(got, [mine(2) * one for one in range(SIZE)])
    return digest(*got)


@feature
def all_to_all_single():
    got = torch.zeros(2 * SIZE)
    dist.all_to_all_single(got, mine(2 * SIZE))
    return digest(got)


@feature
def all_to_all_of_unequal_parts():
    give = [1 + (RANK + one) % 2 for one in range(SIZE)]
    take = [1 + (RANK + one) % 2 for one in range(SIZE)]
    got = torch.zeros(sum(take))
    dist.all_to_all_single(got, mine(sum(give)), take, give)
    return digest(got)


@feature
def coalesced():
    tensors = [mine(), mine(3)]
    with dist.distributed_c10d._coalescing_manager():
        for tensor in tensors:
            dist.all_reduce(tensor)
    return digest(*tensors)


@feature
def functional_collectives():
    from torch.distributed import _functional_collectives as functional

    summed = functional.all_reduce(mine(), "sum", dist.group.WORLD)
    whole = functional.all_gather_tensor(mine(), 0, dist.group.WORLD)
    return digest(summed.clone(), whole.clone())


@feature
def data_parallel():
    return trained(DistributedDataParallel(network(), bucket_cap_mb=0.01))


@feature
def data_parallel_without_synchronisation():
    model = DistributedDataParallel(network())
    with model.no_sync():
        model(torch.ones(2, 32) * RANK).sum().backward()
    model(torch.ones(2, 32)).sum().backward()
    return digest(*(one.grad for one in model.parameters()))


@feature
def data_parallel_with_unused_parameters():
    model = network()
    model.unused = nn.Linear(3, 3)
    parallel = DistributedDataParallel(model, find_unused_parameters=True)
    parallel.module.forward = lambda x: nn.Sequential.forward(model[:2], x)
    parallel(torch.ones(2, 32) * RANK).sum().backward()
    return digest(model[0].weight.grad)


@feature
def data_parallel_static_graph():
    return trained(DistributedDataParallel(network(), static_graph=True))


@feature
def gradient_hook_power_sgd():
    from torch.distributed.algorithms.ddp_comm_hooks import powerSGD_hook

    model = DistributedDataParallel(network())
    state = powerSGD_hook.PowerSGDState(None, matrix_approximation_rank=1, start_powerSGD_iter=2, random_seed=1)
    model.register_comm_hook(state, powerSGD_hook.powerSGD_hook)
    return trained(model)


@feature
def zero_redundancy_optimizer():
    from torch.distributed.optim import ZeroRedundancyOptimizer

    model = DistributedDataParallel(network())
    optimizer = ZeroRedundancyOptimizer(model.parameters(), torch.optim.AdamW, lr=1e-3)
    model(torch.ones(2, 32) * RANK).sum().backward()
    optimizer.step()
    return digest(*model.parameters())


@feature
def synchronised_module_states():
    torch.manual_seed(RANK)
    return digest(*DistributedDataParallel(nn.Linear(4, 4)).parameters())


@feature
def fully_sharded_2():
    from torch.distributed.fsdp import fully_shard

    model = network()
    for layer in model:
        if isinstance(layer, nn.Linear):
            fully_shard(layer)
    fully_shard(model)
    return trained(model)


@feature
def hybrid_sharded():
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    model = network()
    fully_shard(model, mesh=init_device_mesh("cpu", (2, 2), mesh_dim_names=("replicas", "shards")))
    return trained(model)


@feature
def fully_sharded_1():
    from torch.distributed.fsdp import FullyShardedDataParallel

    return trained(FullyShardedDataParallel(network(), device_id=torch.device("cpu")))


@feature
def tensor_parallel():
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

    torch.manual_seed(6)
    model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 4))
    parallelize_module(model, init_device_mesh("cpu", (SIZE,)), {"0": ColwiseParallel(), "2": RowwiseParallel()})
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    random = torch.Generator().manual_seed(2)
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(4, 32, generator=random)).square().mean().backward()
        optimizer.step()
    return digest(*model.parameters())


@feature
def distributed_tensor():
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor

    mesh = init_device_mesh("cpu", (SIZE,))
    split = distribute_tensor(torch.arange(32.0).reshape(8, 4), mesh, [Shard(0)])
    whole = split.redistribute(mesh, [Replicate()])
    return digest(whole.to_local(), whole.redistribute(mesh, [Shard(1)]).to_local())


@feature
def pipeline():
    from torch.distributed.pipelining import PipelineStage, ScheduleGPipe

    torch.manual_seed(7)
    layers = [nn.Linear(32, 32) for _ in range(SIZE)]
    stage = PipelineStage(layers[RANK], RANK, SIZE, torch.device("cpu"))
    schedule = ScheduleGPipe(stage, 4, loss_fn=lambda out, target: (out - target).square().mean())
    if RANK == 0:
        schedule.step(torch.ones(8, 32))
    elif RANK == SIZE - 1:
        schedule.step(target=torch.zeros(8, 32), losses=[])
    else:
        schedule.step()
    return digest(layers[RANK].weight.grad)


def folder(name):
    shared = [tempfile.mkdtemp(prefix=name) if RANK == 0 else None]
    dist.broadcast_object_list(shared, 0)
    return shared[0]


@feature
def distributed_checkpoint():
    from torch.distributed import checkpoint
    from torch.distributed.fsdp import fully_shard

    model, other, path = network(), network(), folder("dcp")
    fully_shard(model)
    fully_shard(other)
    checkpoint.save({"model": model.state_dict()}, checkpoint_id=path)
    for one in other.parameters():
        one.data.zero_()
    state = {"model": other.state_dict()}
    checkpoint.load(state, checkpoint_id=path)
    other.load_state_dict(state["model"])
    return digest(*other.parameters())


@feature
def asynchronous_checkpoint():
    from torch.distributed import checkpoint
    from torch.distributed.fsdp import fully_shard

    model = network()
    fully_shard(model)
    checkpoint.async_save({"model": model.state_dict()}, checkpoint_id=folder("async")).result()
    return digest(*model.parameters())


@feature
def compiled():
    import torch._dynamo

    found = trained(torch.compile(DistributedDataParallel(network()), backend="aot_eager"), 3)
    return f"{found}, compiled: {torch._dynamo.utils.counters['frames']['ok'] > 0}"


@feature
def uneven_inputs():
    from torch.distributed.algorithms.join import Join

    model = DistributedDataParallel(network())
    with Join([model]):
        for _ in range(2 + RANK):
            model(torch.ones(2, 32)).sum().backward()
    return digest(*(one.grad for one in model.parameters()))


@feature
def autocast():
    model = DistributedDataParallel(network())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(torch.ones(2, 32) * RANK).square().mean()
    loss.backward()
    return digest(*(one.grad for one in model.parameters()))


@feature
def recomputed_activations():
    from torch.utils.checkpoint import checkpoint

    model = DistributedDataParallel(network())
    inner = model.module

    def forward(x):
        return checkpoint(lambda y: nn.Sequential.forward(inner, y), x, use_reentrant=False)

    inner.forward = forward
    model(torch.ones(2, 32) * RANK).square().mean().backward()
    return digest(*(one.grad for one in model.parameters()))


@feature
def key_value_store():
    store = dist.distributed_c10d._get_default_store()
    store.set(f"key {RANK}", str(RANK))
    dist.barrier()
    return store.get(f"key {(RANK + 1) % SIZE}").decode()


@feature
def backend_is_named():
    return f"{dist.get_backend()} {dist.is_initialized()} {dist.get_world_size()}"


@feature
def group_made_again():
    dist.destroy_process_group()
    os.environ["MASTER_PORT"] = os.environ["SECOND_PORT"]
    os.environ["TORCHELASTIC_USE_AGENT_STORE"] = "False"
    dist.init_process_group("gloo")
    tensor = mine()
    dist.all_reduce(tensor)
    return digest(tensor)


results = {}
for name, function in FEATURES.items():
    try:
        torch.manual_seed(0)
        results[name] = str(function())
    except Exception as error:  # noqa: BLE001 - what fails must fail in the same way in orbit
        results[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"
    dist.barrier()
Path(f"{sys.argv[1]}.{RANK}").write_text(json.dumps(results))
dist.destroy_process_group()
