"""Faults of a flight: drawn from the rates of the radiation model by seed and satellite, or listed for an experiment.

All faults are known before the flight, each with its virtual time, so that a flight is reproduced by its seed and scenario
whatever the machine that executes it. Kinds:

flip     one bit of a parameter, gradient, optimiser state, activation or collective payload (silent data corruption)
kill     a satellite's computers fail and reboot: its process is killed, and the job restarts from the script's checkpoint
stuck    a satellite computes nothing for a while
slow     a satellite computes at a fraction of its rate for a while
outage   the routes of a satellite, or those between two, are down for a while
storm    a solar storm: no satellite computes for a while
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError
from skyrack.flight.timeline import Timeline

Kind = Literal["flip", "kill", "stuck", "slow", "outage", "storm"]
Target = Literal["parameter", "gradient", "optimizer", "activation", "payload"]
KINDS: tuple[str, ...] = get_args(Kind)
TARGETS: tuple[str, ...] = get_args(Target)
TARGET_WEIGHTS = (1.0, 1.0, 1.0, 1.0, 1.0)
"""Relative chance of each target of a silent corruption; how they divide is not known, so that all are equal."""
MAX_DRAWN = 200_000
"""Maximum number of faults that are drawn for a flight."""


@dataclass(frozen=True)
class Fault:
    """One fault."""

    kind: Kind
    time_s: float
    """Virtual time since the start of the flight."""
    rank: int = -1
    """Rank of the satellite; -1 for all."""
    target: Target | None = None
    """Target of a flip."""
    position: float = 0.0
    """Place of the flipped number among all of the target, from 0 to 1."""
    bit_position: float = 0.0
    """Place of the flipped bit in the number, from 0 (lowest) to 1, where `bit` is None."""
    bit: int | None = None
    """Flipped bit, from 0 (lowest) to the width of the number less one."""
    lasts_s: float = 0.0
    """Duration of an outage, a storm, a stuck or slow satellite."""
    factor: float = 0.0
    """Rate of a slow satellite over its usual one."""
    other: int = -1
    """Rank at the other end of an outage; -1 for all routes of the satellite."""

    @property
    def ends_s(self) -> float:
        """Virtual time at which a lasting fault ends."""
        return self.time_s + self.lasts_s

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as a mapping of plain values."""
        return asdict(self)


def read_faults(rows: Sequence[dict[str, Any]]) -> tuple[Fault, ...]:
    """Return faults from the mappings that `as_dict` wrote."""
    return tuple(Fault(**row) for row in rows)


def drawn_faults(timeline: Timeline, seed: int, scale: float) -> tuple[Fault, ...]:
    """Return faults at `scale` times the rates of a timeline, in order of time.

    Flips follow the rate of silent data corruption and kills that of detected failures, each satellite by a random stream of
    its own (seed, satellite). Storms last a day, so that they are drawn at their own rate, whatever the scale. Raises
    InputError for more than `MAX_DRAWN` faults.
    """
    expected = scale * float((timeline.sdc_per_s + timeline.node_failures_per_s).sum()) * timeline.step_s
    if expected > MAX_DRAWN:
        raise InputError(
            f"--faults: {scale:g} times the rates give about {expected:,.0f} faults in {timeline.span_s / 3600:,.0f} h; "
            f"accepted are up to {MAX_DRAWN:,}: take a lower rate or a shorter --span"
        )
    found: list[Fault] = []
    for rank in range(timeline.n_ranks):
        random = np.random.default_rng([seed, timeline.satellites[rank], 0])
        for time_s in _arrivals(random, timeline, scale * timeline.sdc_per_s[:, rank]):
            target: Any = TARGETS[int(random.choice(len(TARGETS), p=np.array(TARGET_WEIGHTS) / sum(TARGET_WEIGHTS)))]
            found.append(Fault("flip", time_s, rank, target, float(random.random()), float(random.random())))
        random = np.random.default_rng([seed, timeline.satellites[rank], 1])
        found += [
            Fault("kill", time_s, rank)
            for time_s in _arrivals(random, timeline, scale * timeline.node_failures_per_s[:, rank])
        ]
    random = np.random.default_rng([seed, 2])
    rate = np.full(len(timeline.time_s), timeline.storms_per_s if scale > 0.0 else 0.0)
    found += [Fault("storm", time_s, lasts_s=timeline.storm_s) for time_s in _arrivals(random, timeline, rate)]
    return in_order(found)


def _arrivals(random: np.random.Generator, timeline: Timeline, rate_per_s: NDArray[np.float64]) -> Iterator[float]:
    """Yield the arrival times (s) of a Poisson process whose rate is constant within each step of the timeline."""
    edges_s = np.concatenate([[0.0], timeline.time_s])
    hazard = np.concatenate([[0.0], np.cumsum(rate_per_s) * timeline.step_s])
    reached = 0.0
    while True:
        reached += float(random.exponential())
        if reached >= hazard[-1]:
            return
        yield float(np.interp(reached, hazard, edges_s))


def in_order(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Return faults in order of time, then of rank and kind."""
    return tuple(sorted(faults, key=lambda one: (one.time_s, one.rank, one.kind)))


def listed_faults(path: Path, timeline: Timeline) -> tuple[Fault, ...]:
    """Return the faults of a YAML file: a list of mappings with `at`, `kind` and what the kind needs.

    Example: `- {at: 20 min, kind: flip, satellite: 3, target: gradient, bit: 30}`. A satellite is named by its rank, or is
    `all`. Raises InputError that names the entry for anything wrong in it.
    """
    import yaml

    try:
        rows = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: the list of faults cannot be read ({str(error).splitlines()[0]})") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(
            f"{path}: a list of faults is needed, each a mapping such as {{at: 20 min, kind: kill, satellite: 3}}"
        )
    return in_order([_listed(f"{path}, entry {k + 1}", row, timeline) for k, row in enumerate(rows)])


NEEDS = {
    "flip": {"satellite", "target"},
    "kill": {"satellite"},
    "stuck": {"satellite", "lasts"},
    "slow": {"satellite", "lasts", "factor"},
    "outage": {"satellite", "lasts"},
    "storm": {"lasts"},
}
MAY = {"flip": {"position", "bit"}, "outage": {"other"}}
MAX_BIT = 63
"""Highest bit that can be named; a number with fewer bits is hit in its highest one."""


def _listed(where: str, row: dict[str, Any], timeline: Timeline) -> Fault:
    kind = row.get("kind")
    if kind not in KINDS:
        raise InputError(f"{where}: kind {kind!r:.60}; accepted are {', '.join(KINDS)}")
    known = {"at", "kind"} | NEEDS[kind] | MAY.get(kind, set())
    for key in row:
        if key not in known:
            raise InputError(f"{where}: a {kind} has no {key!r:.60}; it has {', '.join(sorted(known))}")
    for key in sorted({"at"} | NEEDS[kind]):
        if key not in row:
            raise InputError(f"{where}: a {kind} needs {key!r}")
    time_s = _seconds(f"{where}, at", row["at"])
    if time_s >= timeline.span_s:
        raise InputError(f"{where}, at: {time_s:,.0f} s is after the end of the timeline ({timeline.span_s:,.0f} s)")
    return Fault(kind, time_s, **_details(where, row, timeline.n_ranks))


def _details(where: str, row: dict[str, Any], n_ranks: int) -> dict[str, Any]:
    """Return the fields of a listed fault besides its kind and time."""
    found: dict[str, Any] = {}
    if "satellite" in row:
        found["rank"] = _rank(f"{where}, satellite", row["satellite"], n_ranks, may_be_all=row["kind"] != "flip")
    if "other" in row:
        found["other"] = _rank(f"{where}, other", row["other"], n_ranks)
    if "lasts" in row:
        found["lasts_s"] = _seconds(f"{where}, lasts", row["lasts"])
    if "factor" in row:
        found["factor"] = _number(f"{where}, factor", row["factor"], 0.0, 1.0)
    if row["kind"] == "flip":
        if row["target"] not in TARGETS:
            raise InputError(f"{where}, target: {row['target']!r:.60}; accepted are {', '.join(TARGETS)}")
        found["target"] = row["target"]
        found["position"] = _number(f"{where}, position", row.get("position", 0.0), 0.0, 1.0)
        found["bit"] = int(_number(f"{where}, bit", row.get("bit", 30), 0.0, MAX_BIT))
    return found


def _seconds(where: str, value: Any) -> float:
    from skyrack.core.units import to_si

    try:
        found = (
            float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else to_si(str(value), "s")
        )
    except InputError:
        found = math.nan
    if not 0.0 <= found < 1e10:
        raise InputError(
            f"{where}: {value!r:.60} is not a time; accepted are texts such as '20 min' and numbers of seconds"
        )
    return found


def _number(where: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise InputError(f"{where}: {value!r:.60}; accepted is a number from {low:g} to {high:g}")
    return float(value)


def _rank(where: str, value: Any, n_ranks: int, *, may_be_all: bool = False) -> int:
    if may_be_all and value == "all":
        return -1
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < n_ranks:
        more = ", or all" if may_be_all else ""
        raise InputError(f"{where}: {value!r:.60}; accepted are the ranks 0 to {n_ranks - 1}{more}")
    return value
