"""All copies exchange gradients at every step."""

from typing import ClassVar

from skyrack.scenario.part import Part
from skyrack.workload.method import Exchange, Setting, overlapped_step_s


class Synchronous(Part):
    """Data parallel as usual: one worker, spread over everything."""

    name: ClassVar[str] = "synchronous"

    @property
    def workers(self) -> int:
        """One."""
        return 1

    @property
    def stops_together(self) -> bool:
        """A failure stops all."""
        return True

    def exchange(self, setting: Setting) -> Exchange:
        """The gradient at every step, layer by layer."""
        whole_s = setting.exchange_s(setting.gradient_bytes)
        extra_s = float(overlapped_step_s(setting.step_s, setting.layers, whole_s)) - setting.step_s
        return Exchange(extra_s, setting.gradient_bytes, setting.step_s)
