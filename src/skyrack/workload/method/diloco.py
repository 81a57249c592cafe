"""DiLoCo: workers train independently for some hundred steps and then synchronise."""

from typing import ClassVar

from pydantic import Field

from skyrack.scenario.part import Part
from skyrack.workload.method import Exchange, Setting, overlapped_step_s


class DiLoCo(Part):
    """Distributed low-communication training: Douillard et al., arXiv:2311.08105."""

    name: ClassVar[str] = "diloco"
    workers: int = Field(default=8, ge=2, le=4096)
    """Number of workers."""
    inner_steps: int = Field(default=100, ge=1, le=100_000)
    """Steps between synchronisations."""

    @property
    def stops_together(self) -> bool:
        """True: all workers wait at the next synchronisation."""
        return True

    def exchange(self, setting: Setting) -> Exchange:
        """Return the cost of one all-reduce of the whole update, overlapped with the last of the inner steps."""
        whole_s = setting.exchange_s(setting.gradient_bytes)
        late_s = float(overlapped_step_s(setting.step_s, setting.layers, whole_s)) - setting.step_s
        return Exchange(
            late_s / self.inner_steps, setting.gradient_bytes / self.inner_steps, self.inner_steps * setting.step_s
        )
