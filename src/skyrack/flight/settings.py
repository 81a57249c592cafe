"""Settings of a flight, as its launcher writes them and the processes of the job read them: the file flight.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from skyrack.core.errors import InputError
from skyrack.flight.collectives import Algorithm

Mode = Literal["counted", "cpu-time", "recorded"]
MODES: tuple[Mode, ...] = ("counted", "cpu-time", "recorded")
SETTINGS = "flight.json"


@dataclass(frozen=True)
class LargeModel:
    """Large model for which the script's small one stands: one step of the script is charged as one step of this job."""

    name: str
    title: str
    parameters: float
    tokens_per_step: float
    """Tokens of a step of all nodes together."""
    flops_per_step: float
    """FLOPs of a step of one node."""
    gradient_bytes: float
    """Bytes of the gradient: two for each parameter."""


@dataclass(frozen=True)
class Settings:
    """Settings of a flight that the processes of the job need."""

    n_ranks: int
    seed: int = 1
    place: Literal["orbit", "ground"] = "orbit"
    """Place of the job: on the satellites of the timeline, or on as many machines on the ground."""
    mode: Mode = "counted"
    """Source of the computing time: counted FLOPs, measured CPU time, or the record of an earlier flight."""
    cpu_time_scale: float = 1.0
    """Virtual seconds at full power for each second of CPU time, in the mode cpu-time."""
    recorded: str | None = None
    """Folder of the earlier flight, in the mode recorded."""
    algorithm: Algorithm = "auto"
    large: LargeModel | None = None
    notice_s: float | None = None
    """Virtual time before an eclipse at which the script is notified by a signal; None: without notice."""
    signal: str = "SIGUSR1"
    faults: tuple[dict[str, Any], ...] = field(default=())
    """Faults, drawn or listed, in order of time (see `skyrack.flight.faults`)."""

    def write(self, path: Path) -> None:
        """Write flight.json to a folder."""
        (path / SETTINGS).write_text(json.dumps(asdict(self), indent=1), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Read flight.json of a folder; raises InputError where it is missing or damaged."""
        try:
            content = json.loads((path / SETTINGS).read_text("utf-8"))
            large = None if content["large"] is None else LargeModel(**content["large"])
            return cls(**content | {"large": large, "faults": tuple(content["faults"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path / SETTINGS}: it cannot be read ({error})") from None


def check_choice(option: str, value: str, accepted: tuple[str, ...]) -> None:
    """Raise InputError where a value is not among the accepted ones."""
    if value not in accepted:
        raise InputError(f"{option} {value}: accepted are {', '.join(accepted)}")
