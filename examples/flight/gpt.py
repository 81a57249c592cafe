"""A small GPT and a text to train it on: Python's own documentation, which every installation of Python holds."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

CHARACTERS = "\n" + "".join(map(chr, range(32, 127)))


class Block(nn.Module):
    """Transformer block: causal attention and a feed-forward layer."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.into_attention, self.out_of_attention = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feedforward = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, width = x.shape
        shape = (batch, length, 3, self.heads, width // self.heads)
        query, key, value = self.into_attention(self.before_attention(x)).view(shape).permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out_of_attention(seen.transpose(1, 2).reshape(x.shape))
        return x + self.feedforward(self.before_forward(x))


class GPT(nn.Module):
    """Language model of characters."""

    def __init__(self, width: int = 64, layers: int = 4, heads: int = 4, length: int = 64) -> None:
        super().__init__()
        self.characters, self.places = nn.Embedding(len(CHARACTERS), width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, len(CHARACTERS), bias=False)

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        places = torch.arange(text.shape[1])
        return self.head(self.norm(self.blocks(self.characters(text) + self.places(places))))


def loss_of(model: nn.Module, text: torch.Tensor) -> torch.Tensor:
    """Return the mean loss of predicting each next character of some texts, (text, character)."""
    return cross_entropy(model(text[:, :-1]).flatten(0, 1), text[:, 1:].flatten())


def documentation() -> torch.Tensor:
    """Return the reference of the Python language, character by character, as numbers."""
    from pydoc_data.topics import topics

    numbers = {character: number for number, character in enumerate(CHARACTERS)}
    return torch.tensor([numbers[one] for topic in sorted(topics) for one in topics[topic] if one in numbers])


class Batches:
    """Random batches of a text, different for each rank and the same in every run of one seed."""

    def __init__(self, rank: int, seed: int = 0, size: int = 8, length: int = 65) -> None:
        self.text, self.size, self.length = documentation(), size, length
        self.held_out = self.text[-8192:]
        self.random = torch.Generator().manual_seed(1000 * seed + rank)

    def next(self) -> torch.Tensor:
        starts = torch.randint(0, len(self.text) - 8192 - self.length, (self.size,), generator=self.random)
        return torch.stack([self.text[start : start + self.length] for start in starts.tolist()])

    def skip(self, steps: int) -> None:
        """Leave out the batches of some steps, after a restart."""
        for _ in range(steps):
            torch.randint(0, len(self.text), (self.size,), generator=self.random)

    @torch.no_grad()
    def validate(self, model: nn.Module) -> float:
        """Return the loss on text that no rank trains on."""
        whole = len(self.held_out) // self.length * self.length
        return float(loss_of(model, self.held_out[:whole].view(-1, self.length)))
