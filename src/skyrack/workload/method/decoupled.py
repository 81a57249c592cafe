"""Learners that never wait: each goes on with the changes that have arrived."""

from typing import Annotated, ClassVar

from pydantic import Field

from skyrack.scenario.part import Part, Unit
from skyrack.workload.method import Exchange, Setting


class Decoupled(Part):
    """Decoupled DiLoCo: arXiv:2604.21428. A quorum of workers is enough for an outer step, and a failure stops only
    its own.
    """

    name: ClassVar[str] = "decoupled"
    workers: int = Field(default=8, ge=2, le=4096)
    inner_steps: int = Field(default=100, ge=1, le=100_000)
    fragment_layers: int = Field(default=3, ge=1, le=1000)
    bits: Annotated[float, Unit("frac", 1.0, 32.0)] = Field(default=4.0)

    @property
    def stops_together(self) -> bool:
        """Each worker by itself."""
        return False

    def exchange(self, setting: Setting) -> Exchange:
        """Hidden behind computing as long as the links carry as much as is sent; beyond that, they set the pace."""
        sent = setting.gradient_bytes * self.bits / 16.0
        fragments = setting.layers / self.fragment_layers
        every_s = self.inner_steps / fragments * setting.step_s
        late_s = max(0.0, setting.exchange_s(sent / fragments) - every_s)
        return Exchange(late_s * fragments / self.inner_steps, sent / self.inner_steps, float("inf"))
