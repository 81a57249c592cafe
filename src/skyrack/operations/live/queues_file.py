"""File of queues: names, parents, shares and quotas of a control plane, in YAML.

queues:
- {name: research, share: 2}
- {name: production, share: 3}
- {name: training, parent: production, max_satellites: 64}
"""

from __future__ import annotations

import math
from pathlib import Path

from pydantic import Field

from skyrack.core.errors import InputError
from skyrack.operations.queues import HALF_LIFE_S, Queue, QueueTree
from skyrack.scenario.load import load_part
from skyrack.scenario.part import Part


class QueueEntry(Part):
    """Queue of jobs."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    parent: str | None = None
    share: float = Field(default=1.0, gt=0.0, le=1e9)
    """Weight among the queues of one parent."""
    max_satellites: int | None = Field(default=None, ge=1)
    """Number of satellites that the jobs of this queue and of those below it may hold together."""


class QueuesFile(Part):
    """All queues of a control plane."""

    queues: tuple[QueueEntry, ...] = Field(min_length=1, max_length=10_000)


def read_queues(path: Path | None) -> QueueTree:
    """Return the queues of a file; one queue called default without a file. Raises InputError for a wrong file."""
    if path is None:
        return QueueTree()
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path}: it cannot be read as text; name a file of queues in YAML") from None
    found = load_part(QueuesFile, text, str(path))
    return QueueTree(
        tuple(
            Queue(one.name, one.parent, one.share, math.inf if one.max_satellites is None else one.max_satellites)
            for one in found.queues
        ),
        HALF_LIFE_S,
    )
