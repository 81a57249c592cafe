"""Flights against others' numbers: ASTRA-sim's network, and the formula by which `skyrack train` computes a step."""

from pathlib import Path

import numpy as np
import pytest

from skyrack.flight.collectives import GroupLinks, operation_s
from skyrack.flight.course import Course
from skyrack.flight.launch import Launch
from skyrack.flight.record import Record
from skyrack.flight.settings import Settings
from skyrack.physics.collectives import hierarchical_all_reduce_s, ring_all_reduce_s, tree_all_reduce_s
from skyrack.results.run_folder import RunFolder
from skyrack.run.flight_timeline import plan_flight
from skyrack.workload.method import overlapped_step_s
from tests.flights import needs_torch

ASTRA = "ASTRA-sim, astra-network-analytical, expected values of its tests"
GIB_PER_S = 2.0**30
MIB = 2.0**20


@pytest.mark.parametrize(
    ("name", "hops", "hop_ns", "gib_per_s", "theirs_ns"),
    [
        ("ring, three hops", 3, 500.0, 50.0, 21_031.0),
        ("fully connected", 1, 500.0, 50.0, 20_031.0),
        ("switch", 2, 500.0, 50.0, 20_531.0),
        ("first dimension of three", 1, 50.0, 200.0, 4_932.0),
        ("second dimension", 1, 500.0, 100.0, 10_265.0),
        ("third dimension", 2, 2000.0, 50.0, 23_531.0),
    ],
)
def test_message_of_a_mebibyte(name, hops, hop_ns, gib_per_s, theirs_ns, validate):
    """A message takes the delay of its hops, and its size over the data rate."""
    rate = gib_per_s * GIB_PER_S
    route = GroupLinks(2, hops * hop_ns * 1e-9, rate, hops * hop_ns * 1e-9, rate, hops * hop_ns * 1e-9, rate)
    ours_ns = 1e9 * operation_s("broadcast", MIB, route, "auto")
    validate(f"message of 1 MiB, {name}", ours_ns, theirs_ns, 1.0, "ns", ASTRA)


def test_ring_is_the_sum_of_its_messages(validate):
    """An all-reduce of 8 MiB on ASTRA-sim's ring of eight: 14 rounds of one chunk of a MiB to the next node."""
    message_ns = 20_031.0
    ours_ns = 1e9 * ring_all_reduce_s(8 * MIB, 8, 500e-9, 50.0 * GIB_PER_S)
    validate("all-reduce of 8 MiB on a ring of eight", ours_ns, 14 * message_ns, 14.0, "ns", ASTRA)


def test_levels_are_the_sums_of_their_messages(validate):
    """All-reduce of 8 MiB over 2 x 4 nodes at the rates of ASTRA-sim's first two dimensions, message by message."""
    first_ns, second_ns = 50.0 + 4.0 * 4882.8125, 500.0 + 9765.625
    theirs_ns = 2.0 * 1.0 * first_ns + 2.0 * 3.0 * second_ns
    levels = [(2, 50e-9, 200.0 * GIB_PER_S), (4, 500e-9, 100.0 * GIB_PER_S)]
    ours_ns = 1e9 * hierarchical_all_reduce_s(8 * MIB, levels)
    validate("all-reduce of 8 MiB over 2 x 4 nodes", ours_ns, theirs_ns, 1.0, "ns", ASTRA)


GPT = """
import sys
sys.path.insert(0, {examples!r})
import torch, torch.distributed as dist
from gpt import GPT, Batches, loss_of
from torch.nn.parallel import DistributedDataParallel
dist.init_process_group("gloo")
torch.manual_seed(0)
model = DistributedDataParallel(GPT(width=64, layers={layers}), bucket_cap_mb=0.19)
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
batches = Batches(dist.get_rank(), size=2)
for _ in range(6):
    loss = loss_of(model, batches.next())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
dist.destroy_process_group()
"""
LAYERS, RANKS = 8, 8


@needs_torch
@pytest.mark.slow
@pytest.mark.parametrize("channel_rate", ["400 Gbit/s", "2 Gbit/s", "0.12 Gbit/s"])
def test_step_of_a_flown_gpt_is_that_of_the_training_formula(tmp_path, channel_rate, validate):
    """Eight ranks, one gradient bucket for each layer: limited by computing, by both alike, and by communication."""
    laser = {"network.laser.channel_rate": channel_rate, "network.laser.channels": 24}
    plan = plan_flight(
        "suncatcher-81", laser, satellites=RANKS, begin_s=4560.0, span_s=21_600.0, as_model="llama-3.1-70b"
    )
    path = tmp_path / "f"
    path.mkdir()
    plan.write(RunFolder(path))
    Settings(n_ranks=RANKS, large=plan.large, algorithm="tree").write(path)
    (path / "ranks").mkdir()
    script = tmp_path / "job.py"
    examples = str(Path(__file__).parents[2] / "examples" / "flight")
    script.write_text(GPT.format(examples=examples, layers=LAYERS))
    with (tmp_path / "output.txt").open("w") as output:
        ended = Launch(path, ["torchrun", "--nproc-per-node", str(RANKS), str(script)], None, output).run()
    assert ended.problem is None
    record = Record(path)
    rows = [row for row in record.rows[0] if "step" in row]
    flown_s = (rows[-1]["time_s"] - rows[0]["time_s"]) / (len(rows) - 1)
    timeline, gradient = record.timeline, plan.large.gradient_bytes
    clock = float(np.mean([Course(timeline).rate_frac(rank, rows[0]["time_s"])[0] for rank in range(RANKS)]))
    compute_s = plan.large.flops_per_step / timeline.orbit.flops_per_s / clock
    links, _ = Course(timeline).links(tuple(range(RANKS)), 0.0)
    exchange_s = 2.0 * gradient / timeline.orbit.scale_up_bytes_per_s
    exchange_s += tree_all_reduce_s(gradient, links.tree_depth_s, links.tree_bytes_per_s)
    formula_s = float(overlapped_step_s(compute_s, LAYERS, exchange_s))
    what = f"step of a GPT on 8 satellites, {channel_rate} on each of 24 channels"
    validate(what, flown_s, formula_s, 0.01 * formula_s, "s", "skyrack train: overlapped_step_s (arXiv:2501.18512)")
