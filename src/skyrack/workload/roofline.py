"""Roofline model of one iteration of a serving engine, as a sum over kinds of work.

Matrix products take the time of their arithmetic or of reading the weights, whichever is longer; attention in decode is
limited by reading keys and values, attention in prefill by arithmetic; norms and activations read and write the vectors
of the tokens; tensor-parallel accelerators all-reduce twice per layer; and the engine has an overhead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.core.jit import law
from skyrack.workload.models import BITS, LanguageModel, peak_flops

VECTOR_BYTES = 2.0
"""Bytes of a number of the activations (16 bits)."""


class Pace(NamedTuple):
    """Time (s) of each kind of work on one group of accelerators at full power."""

    token_s: float
    """Arithmetic of the matrix products of one token."""
    answer_s: float
    """Arithmetic of the output head for one token."""
    weights_s: float
    """Read of all weights that every token uses."""
    experts_s: float
    """Read of all experts."""
    missed_share: float
    """Share of the experts that one token does not use."""
    context_s: float
    """Read of the keys and values of one context token."""
    pair_s: float
    """Attention of one prompt token to one token before it."""
    vector_s: float
    """Norms and activations of one token."""
    reduce_s: float
    """Latency of all-reduces per iteration, independent of size."""
    reduce_token_s: float
    """All-reduces per token."""
    overhead_s: float
    """Overhead of the engine per iteration."""
    request_s: float
    """Overhead of the engine per request of an iteration."""


class Iteration(NamedTuple):
    """Time of one iteration and of the arithmetic in it."""

    time_s: float
    arithmetic_s: float


@law
def iteration(pace, writing, context, prompt_tokens, prompt_pairs, answers, clock, bandwidth):
    """Return the time of an iteration that decodes one token for each of `writing` requests with chunks of prompts.

    The decoding requests have `context` tokens in total. The iteration also prefills `prompt_tokens`, which attend to
    `prompt_pairs` pairs of tokens, and ends with `answers` new tokens. `clock` and `bandwidth` are arithmetic rate and
    memory bandwidth over those at full power.

    Neglected: overlap of one kind of work with another, and of an iteration with the overhead of the engine. Reference:
    Williams, Waterman and Patterson, Commun. ACM 52 (2009) 65 (roofline); compared with measured iterations of H100 on
    the validation page.
    """
    tokens = writing + prompt_tokens
    read_share = 1.0 - pace.missed_share**tokens
    products_s = (tokens * pace.token_s + answers * pace.answer_s) / clock
    weights_s = (pace.weights_s + pace.experts_s * read_share) / bandwidth
    arithmetic_s = products_s + prompt_pairs * pace.pair_s / clock
    time_s = (
        max(products_s, weights_s)
        + prompt_pairs * pace.pair_s / clock
        + (context * pace.context_s + tokens * pace.vector_s) / bandwidth
        + pace.reduce_s
        + tokens * pace.reduce_token_s
        + pace.overhead_s
        + answers * pace.request_s
    )
    return Iteration(time_s, arithmetic_s)


@dataclass(frozen=True)
class Efficiency:
    """Efficiency of real kernels, independent of the accelerator."""

    arithmetic_frac: float
    """Share of the peak FLOP/s that matrix products reach."""
    bandwidth_frac: float
    """Share of the memory bandwidth that kernels reach."""
    hop_s: float
    """Latency of an all-reduce within a machine."""
    overhead_s: float
    """Overhead of the engine per iteration."""
    request_s: float
    """Overhead of the engine per request of an iteration: scheduling, sampling, response."""
    memory_frac: float
    """Share of the memory for weights, keys and values."""


@dataclass(frozen=True)
class TensorParallelGroup:
    """Group of accelerators of one type that serve one replica of a model by tensor parallelism."""

    model: LanguageModel
    accelerator: str
    size: int
    """Number of accelerators that share each layer."""
    precision: str
    """Precision of the weights and their arithmetic."""
    kv_precision: str
    """Precision of keys and values."""
    efficiency: Efficiency

    def __post_init__(self) -> None:
        """Raise InputError for a size that does not divide or hold the model, and for unknown precisions."""
        if self.kv_precision not in BITS:
            raise InputError(f"kv_precision: {self.kv_precision!r} is not one of {', '.join(BITS)}")
        peak_flops(self.accelerator, self.precision)
        if self.model.heads % self.size:
            raise InputError(
                f"group: {self.size} accelerators cannot share the {self.model.heads} heads of {self.model.name}; take a "
                "number that divides them"
            )
        most = int(part("accelerators", self.accelerator)["scale_up_accelerators"])
        if self.size > most:
            raise InputError(
                f"group: {self.size} accelerators are asked for; {self.accelerator} links {most} in a machine"
            )
        if self.kv_tokens < 1:
            chip = part("accelerators", self.accelerator)["memory_bytes"]
            raise InputError(
                f"group: {self.model.name} in {self.precision} takes {self.weight_bytes / 1e9:,.0f} GB, {self.size} x "
                f"{self.accelerator} hold {self.size * chip * self.efficiency.memory_frac / 1e9:,.0f} GB for it; take "
                "a larger group or fewer bits"
            )

    @property
    def weight_bits(self) -> float:
        """Bits per weight: those of the precision, but at most those of the published weights."""
        return min(BITS[self.precision], self.model.weight_bits)

    @property
    def weight_bytes(self) -> float:
        """Memory of the weights of the whole model."""
        return self.model.weight_bytes(self.weight_bits)

    @property
    def kv_tokens(self) -> int:
        """Capacity of the key-value cache in tokens, in the memory that the weights leave."""
        memory = self.size * part("accelerators", self.accelerator)["memory_bytes"] * self.efficiency.memory_frac
        replicas = self.size / min(self.size, self.model.kv_heads)
        each = self.model.kv_bytes_per_token(BITS[self.kv_precision]) * replicas
        return int((memory - self.weight_bytes) / each)

    @property
    def pace(self) -> Pace:
        """Time of each kind of work at full power."""
        chip, model, real = part("accelerators", self.accelerator), self.model, self.efficiency
        flops = self.size * peak_flops(self.accelerator, self.precision) * real.arithmetic_frac
        wide = "bf16" if chip.get("peak_flops.bf16") else self.precision
        attention_flops = self.size * peak_flops(self.accelerator, wide) * real.arithmetic_frac
        each = chip["bandwidth_bytes_per_s"] * real.bandwidth_frac
        kv_parts = min(self.size, model.kv_heads)
        bits = self.weight_bits
        # every accelerator computes all norms and residual sums; the rest is shared
        whole_width = 10.0 * model.width
        shared_width = 3.0 * model.feedforward_width + 4.0 * model.head_width * (model.heads + 2.0 * model.kv_heads)
        moved = VECTOR_BYTES * model.layers * (whole_width + shared_width / self.size)
        sums = 2.0 * model.layers if self.size > 1 else 0.0
        ring = 2.0 * (self.size - 1) / self.size * model.width * VECTOR_BYTES / chip["scale_up_bytes_per_s"]
        return Pace(
            token_s=2.0 * model.linear_parameters / flops,
            answer_s=2.0 * model.head_parameters / flops,
            weights_s=model.resident_parameters * bits / 8.0 / (self.size * each),
            experts_s=model.expert_parameters * bits / 8.0 / (self.size * each),
            missed_share=1.0 - model.experts_per_token / model.experts if model.experts else 1.0,
            context_s=model.kv_bytes_per_token(BITS[self.kv_precision]) / (kv_parts * each),
            pair_s=model.attention_flops_per_pair / attention_flops,
            vector_s=moved / each,
            reduce_s=sums * real.hop_s,
            reduce_token_s=sums * ring,
            overhead_s=real.overhead_s,
            request_s=real.request_s,
        )
