"""Synchronous data-parallel training: all replicas exchange gradients at every step."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload.method import Exchange, Setting, overlapped_step_s


class Synchronous(Part):
    """Synchronous data-parallel training: one worker that spans all nodes."""

    name: ClassVar[str] = "synchronous"

    @property
    def workers(self) -> int:
        """Number of workers: one."""
        return 1

    @property
    def stops_together(self) -> bool:
        """True: a failure stops all nodes."""
        return True

    def exchange(self, setting: Setting) -> Exchange:
        """Return the cost of an all-reduce of the gradient at every step, layer by layer."""
        whole_s = setting.exchange_s(setting.gradient_bytes)
        extra_s = float(overlapped_step_s(setting.step_s, setting.layers, whole_s)) - setting.step_s
        return Exchange(extra_s, setting.gradient_bytes, setting.step_s)
