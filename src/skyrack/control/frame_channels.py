"""What is shown of each satellite: a byte, with its scale.

A byte from 0 to 253 is a value between the signal's ends; 254 says that the satellite's computers are down, 255 that it is
lost. Bytes are for pictures: exact values come from `Twin.satellite`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS, DOWN, LOST = 253, 254, 255


@dataclass(frozen=True)
class Signal:
    """One quantity of every satellite."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    sentence: str

    def bytes_of(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Values as bytes; what lies beyond an end joins it."""
        scaled: NDArray[np.float32] = (values - np.float32(self.low)) * np.float32(STEPS / (self.high - self.low))
        np.clip(scaled, 0.0, STEPS, out=scaled)
        return np.rint(scaled).astype(np.uint8)


def signals_of(electronics_limit_k: float, age_most_s: float) -> dict[str, Signal]:
    """The signals of a fleet whose electronics bear so much and whose oldest satellite is so old at the epoch."""
    hot_k = float(np.ceil((electronics_limit_k + 5.0) / 10.0) * 10.0)
    listed = (
        Signal("sunlight", "Sunlight", "frac", 0.0, 1.0, "Share of full sunlight, mean since the last look."),
        Signal("charge", "Battery charge", "frac", 0.0, 1.0, "Energy in the battery over what it holds now when full."),
        Signal("radiator", "Radiator temperature", "K", hot_k - 120.0, hot_k, "Temperature of the radiator."),
        Signal("electronics", "Electronics temperature", "K", hot_k - 120.0, hot_k, "Temperature of the electronics."),
        Signal("load", "Compute load", "frac", 0.0, 1.0, "Compute power over its peak, mean since the last look."),
        Signal(
            "delivered",
            "Delivered compute",
            "frac",
            0.0,
            1.0,
            "Energy given to compute since the epoch over peak power all the time.",
        ),
        Signal(
            "age", "Age", "s", 0.0, max(age_most_s, 1.0), "Time since launch, at the epoch, as the build-out has it."
        ),
    )
    return {signal.name: signal for signal in listed}
