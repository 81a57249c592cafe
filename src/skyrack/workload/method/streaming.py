"""Learners exchange their change in fragments of a few layers, one after the other, while they go on."""

from typing import Annotated, ClassVar

from pydantic import Field

from skyrack.scenario.part import Part, Unit
from skyrack.workload.method import Exchange, Setting


class StreamingDiLoCo(Part):
    """Streaming DiLoCo: Douillard et al., arXiv:2501.18512."""

    name: ClassVar[str] = "streaming-diloco"
    workers: int = Field(default=8, ge=2, le=4096)
    inner_steps: int = Field(default=100, ge=1, le=100_000)
    """Between two exchanges of the same fragment."""
    fragment_layers: int = Field(default=3, ge=1, le=1000)
    bits: Annotated[float, Unit("frac", 1.0, 32.0)] = Field(default=4.0)
    """Of each number exchanged."""
    overlap_steps: Annotated[float, Unit("frac", 0.0, 100.0)] = Field(default=1.5)
    """Steps of computing that hide an exchange: two thirds where only the backward pass does, 1.5 fits the paper's overlap of
    one to two steps best."""

    @property
    def stops_together(self) -> bool:
        """All wait at the next exchange."""
        return True

    def exchange(self, setting: Setting) -> Exchange:
        """One fragment every few steps, of which some computing is the cover."""
        fragments = setting.layers / self.fragment_layers
        sent = setting.gradient_bytes * self.bits / 16.0
        late_s = max(0.0, setting.exchange_s(sent / fragments) - self.overlap_steps * setting.step_s)
        every = self.inner_steps / fragments
        return Exchange(late_s / every, sent / self.inner_steps, every * setting.step_s)
