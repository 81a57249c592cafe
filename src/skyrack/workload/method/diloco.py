"""Learners work alone for some hundred steps and then exchange what changed."""

from typing import ClassVar

from pydantic import Field

from skyrack.scenario.part import Part
from skyrack.workload.method import Exchange, Setting, overlapped_step_s


class DiLoCo(Part):
    """Distributed low-communication training: Douillard et al., arXiv:2311.08105."""

    name: ClassVar[str] = "diloco"
    workers: int = Field(default=8, ge=2, le=4096)
    inner_steps: int = Field(default=100, ge=1, le=100_000)
    """Between exchanges."""

    @property
    def stops_together(self) -> bool:
        """All wait at the next exchange."""
        return True

    def exchange(self, setting: Setting) -> Exchange:
        """The whole change in one exchange, at the last of the inner steps."""
        whole_s = setting.exchange_s(setting.gradient_bytes)
        late_s = float(overlapped_step_s(setting.step_s, setting.layers, whole_s)) - setting.step_s
        return Exchange(
            late_s / self.inner_steps, setting.gradient_bytes / self.inner_steps, self.inner_steps * setting.step_s
        )
