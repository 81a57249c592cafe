"""Channels of a satellite frame: one byte for each satellite, with its scale.

A byte from 0 to 253 is a value between the channel's ends; 254 marks a satellite whose computers are down, 255 one that is
lost. Bytes are for drawing: exact values come from `TwinView.satellite`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS, DOWN, LOST = 253, 254, 255


@dataclass(frozen=True)
class FrameChannel:
    """One quantity of every satellite, and the ends of its scale."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    sentence: str

    def encode(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Return values in the channel's unit as bytes; values beyond an end are clipped to it."""
        scaled: NDArray[np.float32] = (values - np.float32(self.low)) * np.float32(STEPS / (self.high - self.low))
        np.clip(scaled, 0.0, STEPS, out=scaled)
        return np.rint(scaled).astype(np.uint8)


def twin_channels(electronics_limit_k: float, oldest_s: float) -> Mapping[str, FrameChannel]:
    """Return the channels of a twin by name, in order.

    Parameters are the electronics' temperature limit and the age of the oldest satellite at the epoch.
    """
    hot_k = float(np.ceil((electronics_limit_k + 5.0) / 10.0) * 10.0)
    cold_k = hot_k - 120.0
    full_charge = "Energy in the battery over its present capacity."
    delivered = "Compute energy delivered since the epoch over that of peak power all the time."
    age = "Time since launch, at the epoch, according to the build-out."
    listed = (
        FrameChannel("sunlight", "Sunlight", "frac", 0.0, 1.0, "Sunlit fraction since the last update."),
        FrameChannel("charge", "Battery charge", "frac", 0.0, 1.0, full_charge),
        FrameChannel("radiator", "Radiator temperature", "K", cold_k, hot_k, "Temperature of the radiator."),
        FrameChannel("electronics", "Electronics temperature", "K", cold_k, hot_k, "Temperature of the electronics."),
        FrameChannel("load", "Compute load", "frac", 0.0, 1.0, "Mean compute power over peak, since the last update."),
        FrameChannel("delivered", "Delivered compute", "frac", 0.0, 1.0, delivered),
        FrameChannel("age", "Age", "s", 0.0, max(oldest_s, 1.0), age),
    )
    return MappingProxyType({channel.name: channel for channel in listed})
