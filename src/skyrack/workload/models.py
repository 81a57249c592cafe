"""A language model as arithmetic sees it, from the catalogue."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from skyrack.catalogue.parts import part
from skyrack.core.errors import InputError

BITS = {"bf16": 16.0, "fp8": 8.0, "int8": 8.0, "fp4": 4.0}
"""Bits of a number in each precision."""


@dataclass(frozen=True)
class LanguageModel:
    """A decoder of transformer blocks, dense or a mixture of experts."""

    name: str
    title: str
    parameters: float
    active_parameters: float
    """Read for one token."""
    layers: int
    width: int
    heads: int
    kv_heads: int
    """Into how many parts keys and values can be split."""
    head_width: int
    kv_width: float
    """Numbers that one layer keeps for each token."""
    feedforward_width: float
    """Of all that is active for one token."""
    vocabulary: int
    weight_bits: float
    """As published."""
    experts: int = 0
    experts_per_token: int = 0
    expert_parameters: float = 0.0
    """Of all experts together."""

    @property
    def head_parameters(self) -> float:
        """Of the matrix from the last layer to the vocabulary; the embedding holds as many again."""
        return float(self.vocabulary * self.width)

    @property
    def linear_parameters(self) -> float:
        """Active parameters that every token meets in a matrix product, the vocabulary's left out."""
        return self.active_parameters - 2.0 * self.head_parameters

    @property
    def resident_parameters(self) -> float:
        """Parameters outside the experts that a step reads: all but the embedding, of which a step reads a few rows."""
        return self.parameters - self.expert_parameters - self.head_parameters

    def weight_bytes(self, bits: float) -> float:
        """Of all parameters."""
        return self.parameters * bits / 8.0

    def kv_bytes_per_token(self, bits: float) -> float:
        """Keys and values of one token in all layers."""
        return self.layers * self.kv_width * bits / 8.0

    @property
    def attention_flops_per_pair(self) -> float:
        """For one token that looks back at one other: scores and their sum, in all layers."""
        return 4.0 * self.layers * self.heads * self.head_width

    def training_flops(self, tokens: float, sequence: float = 0.0) -> float:
        """Forward and backward: 6 for each active parameter and token, and attention over half of a sequence.

        Reference: Kaplan et al., arXiv:2001.08361, sec. 2.1 (recalled).
        """
        return tokens * (6.0 * self.active_parameters + 3.0 * self.attention_flops_per_pair * 0.5 * sequence)


@functools.cache
def language_model(name: str) -> LanguageModel:
    """A model of the catalogue; InputError offers the nearest name."""
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
    """Highest arithmetic of an accelerator; InputError about `key` where the catalogue knows no such precision of it."""
    chip = part("accelerators", accelerator)
    peak = chip.get(f"peak_flops.{precision}")
    if peak is None:
        known = [name.partition(".")[2] for name in chip.figures if name.startswith("peak_flops.")]
        raise InputError(f"{key}: {accelerator} has no {precision!r}; the catalogue knows {', '.join(known)}")
    return peak
