"""Decoupled DiLoCo: workers that never wait and continue with the updates that have arrived."""

from typing import Annotated, ClassVar

from pydantic import Field

from skyrack.scenario.part import Part, Unit
from skyrack.workload.method import Exchange, Setting


class Decoupled(Part):
    """Decoupled DiLoCo: arXiv:2604.21428.

    A quorum of workers suffices for an outer step, and a failure stops only its own worker.
    """

    name: ClassVar[str] = "decoupled"
    workers: int = Field(default=8, ge=2, le=4096)
    """Number of workers."""
    inner_steps: int = Field(default=100, ge=1, le=100_000)
    """Steps between two exchanges of the same fragment."""
    fragment_layers: int = Field(default=3, ge=1, le=1000)
    """Layers of a fragment."""
    bits: Annotated[float, Unit("frac", 1.0, 32.0)] = Field(default=4.0)
    """Bits of each communicated number."""

    @property
    def stops_together(self) -> bool:
        """False: a failure stops only its own worker."""
        return False

    def exchange(self, setting: Setting) -> Exchange:
        """Return the cost of communication, which is hidden unless the links are slower than computing."""
        sent = setting.gradient_bytes * self.bits / 16.0
        fragments = setting.layers / self.fragment_layers
        every_s = self.inner_steps / fragments * setting.step_s
        late_s = max(0.0, setting.exchange_s(sent / fragments) - every_s)
        return Exchange(late_s * fragments / self.inner_steps, sent / self.inner_steps, float("inf"))
