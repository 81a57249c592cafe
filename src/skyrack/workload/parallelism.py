"""How a model lies over accelerators, and what one step of training then takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.scenario.workload import Parallel, Training
from skyrack.workload.method import Exchange, Setting, TrainingMethod, overlapped_step_s
from skyrack.workload.models import LanguageModel, language_model, peak_flops

STATE_BYTES = 12.0
"""Of each parameter, kept once for all replicas: weights in 32 bits and two moments (ZeRO, stage 1)."""
WORKING_BYTES = 4.0
"""Of each parameter, on every copy: weights and gradients in 16 bits."""
ACTIVATION_BYTES = 20.0
"""For each token, width and layer, with what is cheap computed again: an estimate between 34 (nothing) and 2 (all)."""
MOST_STAGES_EACH = 8
"""Pieces into which a pipeline's stage is interleaved, at most."""
Linked = Callable[[float, int], float]
"""Seconds in which so many neighbouring nodes add up so many bytes, each ending with the sum; infinite where they cannot."""


@dataclass(frozen=True)
class Cluster:
    """Accelerators in nodes: satellites in orbit, machines on the ground."""

    accelerator: str
    nodes: int
    per_node: int
    """Accelerators of a node, linked inside."""
    exchange_s: Linked
    link_bit_per_s: float
    """Of a node to its neighbours, each way."""
    hop_s: float
    """Time to a neighbour."""
    memory_frac: float = 0.9
    """Of the accelerators' memory, that a job may take."""
    name: str = "satellites"
    """Of its nodes, many."""
    connected_frac: Callable[[int], float] = lambda _: 1.0
    """Share of the time in which so many neighbouring nodes are joined by links."""

    @property
    def accelerators(self) -> int:
        """In all."""
        return self.nodes * self.per_node


@dataclass(frozen=True)
class Step:
    """One step of training on one layout."""

    parallel: Parallel
    workers: int
    accelerators: int
    """That take part."""
    compute_s: float
    """Arithmetic alone, at full power."""
    bubble_s: float
    """Stages of a pipeline that wait for their first or last piece."""
    inside_s: float
    """Exchanges inside a worker that computing does not hide."""
    outer: Exchange
    """Between workers."""
    memory_bytes: float
    """Of one accelerator."""
    nodes_per_worker: int

    @property
    def learner_s(self) -> float:
        """Step of one worker."""
        return self.compute_s + self.bubble_s + self.inside_s

    @property
    def step_s(self) -> float:
        """With the mean share of the exchange between workers."""
        return self.learner_s + self.outer.extra_s

    @property
    def utilisation_frac(self) -> float:
        """Share of the step in which all accelerators compute."""
        return self.compute_s / self.step_s


def step_of(cluster: Cluster, training: Training, parallel: Parallel, method: TrainingMethod) -> Step:
    """The step of a layout; InputError where it does not divide, does not fit or has no links."""
    model = language_model(training.model)
    workers = method.workers
    if workers > cluster.nodes:
        raise InputError(
            f"workload.training.method: {workers} workers need as many {cluster.name}; there are {cluster.nodes}"
        )
    nodes = cluster.nodes // workers
    tensor, pipeline = parallel.tensor, parallel.pipeline
    usable = cluster.per_node // tensor * tensor
    _check_divides(model, cluster, parallel, usable)
    replicas, pieces, memory = _fit(model, cluster, training, parallel, workers, nodes, usable)
    used = replicas * tensor * pipeline
    flops = model.training_flops(training.batch_tokens / workers, training.sequence)
    compute_s = flops / (used * peak_flops(cluster.accelerator, training.precision) * training.kernel_frac)
    tensor_s = _tensor_s(model, training, cluster, parallel, replicas, workers)
    # some replicas get a piece more than others, and all wait for them
    whole = math.ceil(pieces - 1e-9)
    stages = (pipeline - 1) / (_interleaved(model, parallel) * whole)
    bubble_s = (compute_s + tensor_s) * (whole / pieces * (1.0 + stages) - 1.0)
    across_s = _across_s(model, training, cluster, parallel, pieces, used, workers)
    inside_s = tensor_s + max(0.0, across_s - compute_s)
    span = max(1, math.ceil(tensor * pipeline / usable))
    # each node adds up the parameters that it holds: all of those outside the experts, and its share of the experts
    held = min(1.0, max(1, usable // (tensor * pipeline)) / parallel.expert)
    gradient = 2.0 * (model.parameters - (1.0 - held) * model.expert_parameters) / span
    taking_part = max(1, math.ceil(used / usable))
    own_s = (
        2.0
        * 2.0
        * model.parameters
        / (tensor * pipeline)
        / part("accelerators", cluster.accelerator)["scale_up_bytes_per_s"]
    )
    within_s = own_s if replicas > 1 else 0.0
    if taking_part > span:
        within_s += cluster.exchange_s(gradient, taking_part)
    inside_s += float(overlapped_step_s(compute_s + bubble_s, model.layers, within_s)) - compute_s - bubble_s
    if not math.isfinite(inside_s):
        raise InputError(
            f"workload.training: {taking_part} neighbouring {cluster.name} are not joined by links that are up; "
            "take fewer, another shell or another topology"
        )
    setting = Setting(
        compute_s + bubble_s + inside_s, model.layers, gradient, lambda size: cluster.exchange_s(size, cluster.nodes)
    )
    outer = method.exchange(setting) if workers > 1 else Exchange(0.0, gradient, setting.step_s)
    if not math.isfinite(outer.extra_s):
        raise InputError(
            f"workload.training.satellites: the {cluster.nodes:,} {cluster.name} are not joined by links that are "
            "up; take fewer, another shell or another topology"
        )
    return Step(
        parallel=parallel.model_copy(update={"data": replicas}),
        workers=workers,
        accelerators=used * workers,
        compute_s=compute_s,
        bubble_s=bubble_s,
        inside_s=inside_s,
        outer=outer,
        memory_bytes=memory,
        nodes_per_worker=nodes,
    )


def _fit(
    model: LanguageModel,
    cluster: Cluster,
    training: Training,
    parallel: Parallel,
    workers: int,
    nodes: int,
    usable: int,
) -> tuple[int, float, float]:
    """Replicas of the model in a worker, the pieces of the batch that each takes in turn, and bytes of an accelerator.

    InputError where there is no room for that.
    """
    tensor, pipeline = parallel.tensor, parallel.pipeline
    room = nodes * usable // (tensor * pipeline)
    replicas = parallel.data if parallel.data is not None else _replicas(room, training, workers, parallel)
    if parallel.data is not None and parallel.data > room:
        raise InputError(
            f"workload.training.parallel: {parallel.data} x {tensor} x {pipeline} accelerators are asked for; "
            f"a worker has {nodes * usable:,}"
        )
    if replicas < 1:
        raise InputError(
            f"workload.training: {model.name} over {tensor} x {pipeline} accelerators finds no room in {nodes} of the "
            f"{cluster.name} with {cluster.per_node} each, or its batch is less than a sequence for each replica"
        )
    sequences = training.batch_tokens / workers / training.sequence
    pieces = sequences / replicas / training.micro_batch
    if pieces < 1.0 - 1e-9:
        raise InputError(
            f"workload.training.batch_tokens: {sequences:,.0f} sequences for {replicas:,} replicas of the model; each needs "
            f"{training.micro_batch}"
        )
    memory = _memory_bytes(model, training, parallel, replicas, pieces)
    room_bytes = part("accelerators", cluster.accelerator)["memory_bytes"] * cluster.memory_frac
    if memory > room_bytes:
        raise InputError(
            f"workload.training.parallel: {model.name} over {tensor} x {pipeline} x {parallel.expert} takes "
            f"{memory / 1e9:,.0f} GB of each {cluster.accelerator}, which gives {room_bytes / 1e9:,.0f}; spread it wider"
        )
    return replicas, pieces, memory


def _check_divides(model: LanguageModel, cluster: Cluster, parallel: Parallel, usable: int) -> None:
    where = "workload.training.parallel"
    if model.heads % parallel.tensor:
        raise InputError(f"{where}.tensor: {parallel.tensor} does not divide the {model.heads} heads of {model.name}")
    if parallel.tensor > cluster.per_node or usable == 0:
        raise InputError(
            f"{where}.tensor: {parallel.tensor} accelerators share a layer; one of the {cluster.name} has "
            f"{cluster.per_node}"
        )
    if model.layers < parallel.pipeline:
        raise InputError(f"{where}.pipeline: {parallel.pipeline} stages for the {model.layers} layers of {model.name}")
    if parallel.expert > 1 and (model.experts == 0 or model.experts % parallel.expert):
        raise InputError(
            f"{where}.expert: {parallel.expert} does not divide the {model.experts} experts of {model.name}"
        )


def _interleaved(model: LanguageModel, parallel: Parallel) -> int:
    """Pieces of a stage that take turns: each shortens the wait, and sends its own activations on."""
    return min(max(1, model.layers // parallel.pipeline), MOST_STAGES_EACH)


def _replicas(room: int, training: Training, workers: int, parallel: Parallel) -> int:
    """As many replicas as there is room for and the batch feeds with a piece each."""
    sequences = training.batch_tokens / workers / training.sequence / training.micro_batch
    most = min(room, math.floor(sequences + 1e-9))
    return most - most % parallel.expert


def _memory_bytes(model: LanguageModel, training: Training, parallel: Parallel, replicas: int, pieces: float) -> float:
    """Of one accelerator: weights, gradients, its share of the optimiser's state, activations of the pieces under way."""
    shared = parallel.tensor * parallel.pipeline
    dense = (model.parameters - model.expert_parameters) / shared
    experts = model.expert_parameters / (shared * parallel.expert)
    state = dense / replicas + experts / max(1.0, replicas / parallel.expert)
    under_way = min(parallel.pipeline, pieces)
    layers = model.layers / parallel.pipeline
    tokens = training.sequence * training.micro_batch
    activations = ACTIVATION_BYTES * tokens * model.width * layers * under_way / parallel.tensor
    return WORKING_BYTES * (dense + experts) + STATE_BYTES * state + activations


def _tensor_s(
    model: LanguageModel, training: Training, cluster: Cluster, parallel: Parallel, replicas: int, workers: int
) -> float:
    """Time of the sums over accelerators that share each layer: four a layer, forward and back, which nothing hides."""
    if parallel.tensor == 1:
        return 0.0
    tokens = training.batch_tokens / workers / replicas
    ring = 2.0 * (parallel.tensor - 1) / parallel.tensor * 2.0 * model.width
    each = part("accelerators", cluster.accelerator)["scale_up_bytes_per_s"]
    return 4.0 * tokens * model.layers / parallel.pipeline * ring / each


def _across_s(
    model: LanguageModel,
    training: Training,
    cluster: Cluster,
    parallel: Parallel,
    pieces: float,
    used: int,
    workers: int,
) -> float:
    """Time of what goes over the links between nodes in a step: activations between stages, tokens to their experts."""
    took_s = 0.0
    if parallel.tensor * parallel.pipeline > cluster.per_node:
        piece_bits = 16.0 * training.micro_batch * training.sequence * model.width
        took_s += (
            2.0 * pieces * _interleaved(model, parallel) * piece_bits / cluster.link_bit_per_s
            + 2.0 * parallel.pipeline * cluster.hop_s
        )
    group = parallel.tensor * parallel.expert
    if model.experts and group > cluster.per_node:
        away = 1.0 - cluster.per_node / group
        tokens = training.batch_tokens / workers / max(1, used // cluster.per_node)
        took_s += (
            4.0 * model.layers * model.experts_per_token * model.width * 16.0 * tokens * away / cluster.link_bit_per_s
        )
    return took_s


def layouts(cluster: Cluster, training: Training) -> Iterator[Parallel]:
    """Layouts worth trying: powers of two that divide, inside a machine for tensors."""
    model = language_model(training.model)
    most = min(cluster.per_node, int(part("accelerators", cluster.accelerator)["scale_up_accelerators"]))
    tensors = [2**k for k in range(8) if 2**k <= most and model.heads % 2**k == 0]
    stages = [n for n in range(1, min(model.layers, 64) + 1) if model.layers % n == 0]
    experts = [1] if not model.experts else [n for n in (1, 2, 4, 8, 16, 32, 64) if model.experts % n == 0]
    for tensor in tensors:
        for pipeline in stages:
            for expert in experts:
                yield Parallel(tensor=tensor, pipeline=pipeline, expert=expert)
