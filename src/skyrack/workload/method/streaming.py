"""Streaming DiLoCo: workers exchange their updates in fragments of a few layers while they continue to train."""

from typing import Annotated, ClassVar

from pydantic import Field

from skyrack.scenario.part import Part, Unit
from skyrack.workload.method import Exchange, Setting


class StreamingDiLoCo(Part):
    """Streaming DiLoCo: Douillard et al., arXiv:2501.18512."""

    name: ClassVar[str] = "streaming-diloco"
    workers: int = Field(default=8, ge=2, le=4096)
    """Number of workers."""
    inner_steps: int = Field(default=100, ge=1, le=100_000)
    """Steps between two exchanges of the same fragment."""
    fragment_layers: int = Field(default=3, ge=1, le=1000)
    """Layers of a fragment."""
    bits: Annotated[float, Unit("frac", 1.0, 32.0)] = Field(default=4.0)
    """Bits of each communicated number."""
    overlap_steps: Annotated[float, Unit("frac", 0.0, 100.0)] = Field(default=1.5)
    """Steps of computing that overlap with an exchange: two thirds for the backward pass alone; 1.5 fits the paper's
    overlap of one to two steps best."""

    @property
    def stops_together(self) -> bool:
        """True: all workers wait at the next exchange."""
        return True

    def exchange(self, setting: Setting) -> Exchange:
        """Return the cost of the all-reduce of a fragment every few steps, overlapped with `overlap_steps`."""
        fragments = setting.layers / self.fragment_layers
        sent = setting.gradient_bytes * self.bits / 16.0
        late_s = max(0.0, setting.exchange_s(sent / fragments) - self.overlap_steps * setting.step_s)
        every = self.inner_steps / fragments
        return Exchange(late_s / every, sent / self.inner_steps, every * setting.step_s)
