"""How long one iteration of a serving engine takes: a roofline for each kind of work, one after the other.

The matrix products take as long as their arithmetic or as reading the weights, whichever is longer; attention of tokens being
written reads keys and values; attention of prompts is arithmetic; norms and activations read and write the tokens' vectors;
accelerators that share a model add up their parts twice a layer; and the engine spends some time of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError
from skyrack.core.jit import law
from skyrack.workload.models import BITS, LanguageModel, peak_flops

VECTOR_BYTES = 2.0
"""Activations are kept in 16 bits."""


class Pace(NamedTuple):
    """Seconds that each kind of work takes on one group of accelerators at full power."""

    token_s: float
    """Arithmetic of one token's matrix products."""
    answer_s: float
    """Arithmetic of one token's vocabulary."""
    weights_s: float
    """Reading all weights that every token meets."""
    experts_s: float
    """Reading all experts."""
    missed_share: float
    """Share of the experts that one token leaves unread."""
    context_s: float
    """Reading keys and values of one token of context."""
    pair_s: float
    """Attention of one token of a prompt to one before it."""
    vector_s: float
    """Norms and activations of one token."""
    reduce_s: float
    """Adding up, whatever the size."""
    reduce_token_s: float
    """Adding up, for each token."""
    overhead_s: float
    request_s: float
    """Work of the engine for each request of an iteration."""


class Iteration(NamedTuple):
    """Time of one iteration and of the arithmetic in it."""

    time_s: float
    arithmetic_s: float


@law
def iteration(pace, writing, context, prompt_tokens, prompt_pairs, answers, clock, bandwidth):
    """Time of an iteration that writes one token for each of `writing` requests, whose contexts hold `context` tokens in all.

    It also reads `prompt_tokens` of prompts, whose tokens look back `prompt_pairs` times, and ends with `answers` new tokens.
    `clock` and `bandwidth` are arithmetic and memory over those at full power.

    Neglected: overlap of one kind of work with another, and of an iteration with the engine's own work.
    Reference: Williams, Waterman and Patterson, Commun. ACM 52 (2009) 65 (the roofline); held against measured iterations
    of H100 on the validation page.
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
    """What real kernels reach, whatever the machine."""

    arithmetic_frac: float
    """Of the peak arithmetic, by matrix products."""
    bandwidth_frac: float
    """Of the memory's bandwidth."""
    hop_s: float
    """Least time of adding up over the links inside a machine."""
    overhead_s: float
    """Of the engine, each iteration."""
    request_s: float
    """Of the engine, for each request of an iteration: scheduling, sampling, answering."""
    memory_frac: float
    """Of the memory, for weights, keys and values."""


@dataclass(frozen=True)
class TensorParallelGroup:
    """Accelerators of one kind that serve one replica of a model together."""

    model: LanguageModel
    accelerator: str
    size: int
    """Accelerators that share each layer (tensor parallel)."""
    precision: str
    """Of the weights and their arithmetic."""
    kv_precision: str
    efficiency: Efficiency

    def __post_init__(self) -> None:
        """InputError for a group that cannot be."""
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
        """Of the precision, but no more than published: a model of 4.25 bits stays one."""
        return min(BITS[self.precision], self.model.weight_bits)

    @property
    def weight_bytes(self) -> float:
        """Of the whole model."""
        return self.model.weight_bytes(self.weight_bits)

    @property
    def kv_tokens(self) -> int:
        """Tokens whose keys and values find room beside the weights."""
        memory = self.size * part("accelerators", self.accelerator)["memory_bytes"] * self.efficiency.memory_frac
        replicas = self.size / min(self.size, self.model.kv_heads)
        each = self.model.kv_bytes_per_token(BITS[self.kv_precision]) * replicas
        return int((memory - self.weight_bytes) / each)

    @property
    def pace(self) -> Pace:
        """What each kind of work takes."""
        chip, model, real = part("accelerators", self.accelerator), self.model, self.efficiency
        flops = self.size * peak_flops(self.accelerator, self.precision) * real.arithmetic_frac
        wide = "bf16" if chip.get("peak_flops.bf16") else self.precision
        attention_flops = self.size * peak_flops(self.accelerator, wide) * real.arithmetic_frac
        each = chip["bandwidth_bytes_per_s"] * real.bandwidth_frac
        kv_parts = min(self.size, model.kv_heads)
        bits = self.weight_bits
        # norms and sums are done by every accelerator, the rest is shared
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
