"""Language models of the catalogue: parameters, memory and FLOPs."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError

BITS = {"bf16": 16.0, "fp8": 8.0, "int8": 8.0, "fp4": 4.0}
"""Bits of a number in each precision."""


@dataclass(frozen=True)
class LanguageModel:
    """Decoder-only transformer, dense or a mixture of experts."""

    name: str
    title: str
    parameters: float
    active_parameters: float
    """Number of parameters that are used for one token."""
    layers: int
    width: int
    """Width of the residual stream (hidden size)."""
    heads: int
    kv_heads: int
    """Number of key-value heads, i.e. parts into which keys and values can be split."""
    head_width: int
    kv_width: float
    """Numbers in the key-value cache of one layer for each token."""
    feedforward_width: float
    """Width of the feed-forward layers that are active for one token."""
    vocabulary: int
    """Number of tokens of the vocabulary."""
    weight_bits: float
    """Bits per parameter of the published weights."""
    experts: int = 0
    experts_per_token: int = 0
    expert_parameters: float = 0.0
    """Number of parameters of all experts together."""

    @property
    def head_parameters(self) -> float:
        """Number of parameters of the output head (last layer to vocabulary); the embedding has as many again."""
        return float(self.vocabulary * self.width)

    @property
    def linear_parameters(self) -> float:
        """Number of active parameters in matrix products, without embedding and output head."""
        return self.active_parameters - 2.0 * self.head_parameters

    @property
    def resident_parameters(self) -> float:
        """Number of parameters outside the experts that a step reads: all but the embedding (a few rows are read)."""
        return self.parameters - self.expert_parameters - self.head_parameters

    def weight_bytes(self, bits: float) -> float:
        """Return the memory (bytes) of all parameters at a number of bits each."""
        return self.parameters * bits / 8.0

    def kv_bytes_per_token(self, bits: float) -> float:
        """Return the memory (bytes) of the keys and values of one token in all layers."""
        return self.layers * self.kv_width * bits / 8.0

    @property
    def attention_flops_per_pair(self) -> float:
        """FLOPs of attention from one token to one other in all layers: scores and weighted sum."""
        return 4.0 * self.layers * self.heads * self.head_width

    def training_flops(self, tokens: float, sequence: float = 0.0) -> float:
        """Return the FLOPs of forward and backward pass: 6 per active parameter and token, plus attention.

        Attention covers half of a sequence on average.

        Reference: Kaplan et al., arXiv:2001.08361, sec. 2.1 (recalled).
        """
        return tokens * (6.0 * self.active_parameters + 3.0 * self.attention_flops_per_pair * 0.5 * sequence)


@functools.cache
def language_model(name: str) -> LanguageModel:
    """Return a model of the catalogue; InputError for an unknown name, with the nearest one."""
    figures = part("models", name)
    whole = ("layers", "width", "heads", "kv_heads", "head_width", "vocabulary", "experts", "experts_per_token")
    return LanguageModel(
        name=name,
        title=figures.title,
        **{
            key: int(figure.value) if key in whole else figure.value  # type: ignore[arg-type]
            for key, figure in figures.figures.items()
        },
    )


def peak_flops(accelerator: str, precision: str, key: str = "precision") -> float:
    """Return the peak FLOP/s of an accelerator in a precision; InputError about `key` if the catalogue has none."""
    chip = part("accelerators", accelerator)
    peak = chip.get(f"peak_flops.{precision}")
    if peak is None:
        known = [name.partition(".")[2] for name in chip.figures if name.startswith("peak_flops.")]
        raise InputError(f"{key}: {accelerator} has no {precision!r}; the catalogue knows {', '.join(known)}")
    return peak
