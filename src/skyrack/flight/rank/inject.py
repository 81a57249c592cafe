"""Faults of a rank: bits that are flipped in its tensors, and its end when its satellite's computers fail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch

from skyrack.flight.faults import Fault

_INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


@dataclass(frozen=True)
class Flip:
    """A bit that was flipped."""

    tensor: str
    index: int
    bit: int
    before: float
    after: float

    def __str__(self) -> str:
        return f"bit {self.bit} of {self.tensor}[{self.index}]: {self.before:.6g} became {self.after:.6g}"


def local(tensor: Any) -> Any:
    """Return the part of a tensor that this rank holds: the shard of a DTensor, otherwise the tensor."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def flip(tensors: list[tuple[str, Any]], fault: Fault) -> Flip | None:
    """Flip the bit of a fault in one of some named tensors, in place; None where there is no number to hit.

    The place is that of the fault among all numbers of all tensors.
    """
    # data: autograd does not notice a flip in memory
    held = [(name, local(tensor).data) for name, tensor in tensors if isinstance(tensor, torch.Tensor)]
    held = [(name, tensor) for name, tensor in held if tensor.numel() and tensor.device.type == "cpu"]
    total = sum(tensor.numel() for _, tensor in held)
    if total == 0:
        return None
    at = min(int(fault.position * total), total - 1)
    for name, tensor in held:
        if at < tensor.numel():
            return _flip_at(name, tensor, at, fault)
        at -= tensor.numel()
    return None


def _flip_at(name: str, tensor: torch.Tensor, at: int, fault: Fault) -> Flip:
    place = tuple(int(one) for one in torch.unravel_index(torch.tensor(at), tensor.shape)) if tensor.dim() else ()
    one = tensor[place].clone().reshape(1)  # tensors need not be contiguous, so that only a copy is read as an integer
    width = 8 * one.element_size()
    bit = min(int(fault.bit_position * width), width - 1) if fault.bit is None else min(fault.bit, width - 1)
    before = float(one) if not one.is_complex() else float(one.real)
    raw = one.view(_INTEGERS[min(one.element_size(), 8)])
    mask = 1 << bit
    # the highest bit is negative in two's complement
    raw[0] = raw[0] ^ (mask if bit < width - 1 or raw.dtype == torch.uint8 else -mask)
    tensor[place] = one[0]
    return Flip(name, at, bit, before, float(one) if not one.is_complex() else float(one.real))


def parameters_of(optimizer: Any) -> list[tuple[str, Any]]:
    """Return the parameters of an optimiser, by group and position."""
    return [
        (f"parameter {g}.{k}", one)
        for g, group in enumerate(optimizer.param_groups)
        for k, one in enumerate(group["params"])
    ]


def gradients_of(optimizer: Any) -> list[tuple[str, Any]]:
    """Return the gradients of the parameters of an optimiser."""
    return [
        (name.replace("parameter", "gradient"), one.grad)
        for name, one in parameters_of(optimizer)
        if one.grad is not None
    ]


def states_of(optimizer: Any) -> list[tuple[str, Any]]:
    """Return the floating-point tensors of the state of an optimiser."""
    return [
        (f"{key} of {name}", value)
        for name, one in parameters_of(optimizer)
        for key, value in sorted(optimizer.state.get(one, {}).items())
        if isinstance(value, torch.Tensor) and value.is_floating_point() and value.numel() > 1
    ]


def tensors_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the floating-point tensors of nested lists, tuples and mappings."""
    if isinstance(value, torch.Tensor):
        if value.is_floating_point():
            yield "tensor", value
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from tensors_in(one)


def weights_sha256(optimizer: Any) -> str:
    """Return a hash of the parameters of an optimiser that this rank holds."""
    found = hashlib.sha256()
    for _, parameter in parameters_of(optimizer):
        tensor = local(parameter).detach().cpu().contiguous()
        found.update(tensor.view(torch.uint8).numpy().tobytes() if tensor.dim() else repr(float(tensor)).encode())
    return found.hexdigest()


def global_bytes(optimizer: Any) -> float:
    """Return the bytes of all parameters of an optimiser, those of other ranks' shards included."""
    return float(sum(one.numel() * one.element_size() for _, one in parameters_of(optimizer)))
