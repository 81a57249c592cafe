"""Record of a flight: what its ranks wrote, as tables and figures of its folder."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.flight.course import Course, GroundCourse
from skyrack.flight.faults import Fault, read_faults
from skyrack.flight.log import read_log
from skyrack.flight.replay import Replayed, WideFleet, check_alike, replay, replay_wide
from skyrack.flight.settings import Settings
from skyrack.flight.tables import EVENTS_TABLE, PHASES, STEPS_TABLE, FlightFigures
from skyrack.flight.tape import Tape, read_tapes
from skyrack.flight.timeline import Hardware, Timeline
from skyrack.results.parquet import write_table
from skyrack.results.run_folder import RunFolder

SUMMARY = "flight_summary.json"
FAULT_KINDS = ("flip", "kill")
"""Faults that a rank writes down when they happen; the others are written by the record, since they are times alone."""

SHARED_KINDS = ("calibrated", "restart", "nccl", "timeline ends", "not charged")
"""Events of all ranks alike, of which the table holds one."""


@dataclass(frozen=True)
class Side:
    """Figures of a flight in orbit, on the ground, or on more satellites."""

    nodes: int
    is_measured: bool
    """True for the flight itself, False for a replay of its tapes."""
    virtual_s: float
    step_s: float | None
    """Mean time between two steps of the last attempt; None for fewer than two steps."""
    n_steps: int
    phases_s: dict[str, float]
    """Mean time of a node in each phase."""
    energy_j: float
    cost_usd: float | None
    is_whole: bool
    """False where the timeline ended before the tape."""


class Record:
    """Record of the ranks of a flight, read from its folder."""

    def __init__(self, path: Path) -> None:
        """Read the record of a flight's folder; raises InputError where its timeline is missing or damaged."""
        self.path = path
        self.settings, self.timeline = Settings.read(path), Timeline.read(path)
        self.rows: list[list[dict[str, Any]]] = [
            list(read_log(file)) if (file := path / "ranks" / f"{rank}.jsonl").is_file() else []
            for rank in range(self.settings.n_ranks)
        ]

    @cached_property
    def attempts(self) -> int:
        """Number of attempts: one more than there were restarts."""
        return 1 + max((row["attempt"] for rows in self.rows for row in rows), default=0)

    @cached_property
    def ends(self) -> list[dict[str, Any]]:
        """Last row of each rank in the last attempt, if it came to its end."""
        found = []
        for rows in self.rows:
            ends = [row for row in rows if "end" in row and row["attempt"] == self.attempts - 1]
            found += ends[-1:]
        return found

    @property
    def is_complete(self) -> bool:
        """True if every rank came to the end of the script."""
        return len(self.ends) == self.settings.n_ranks and all(row["end"]["is_complete"] for row in self.ends)

    @property
    def n_faults_due(self) -> int:
        """Number of faults whose time the flight has reached."""
        return sum(fault.time_s <= self.virtual_s for fault in self.faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Faults of the flight."""
        return read_faults(self.settings.faults)

    @property
    def hardware(self) -> Hardware:
        """Computers of a node."""
        return self.timeline.orbit if self.settings.place == "orbit" else self.timeline.ground

    @cached_property
    def virtual_s(self) -> float:
        """Virtual time that the flight reached."""
        return max((float(row["time_s"]) for rows in self.rows for row in rows), default=0.0)

    def steps(self) -> dict[str, Any]:
        """Return the columns of the table of steps."""
        columns: dict[str, list[Any]] = {channel.name: [] for channel in STEPS_TABLE.columns}
        for rank, rows in enumerate(self.rows):
            mine = [row for row in rows if "step" in row]
            energy_j = self._energy_j(rank, np.array([row["time_s"] for row in mine], np.float64))
            for row, drawn_j in zip(mine, energy_j, strict=True):
                columns["rank"].append(rank)
                columns["energy_j"].append(float(drawn_j))
                columns["loss"].append(float(row["loss"]))
                for name in ("attempt", "step", "time_s", "flop", "bytes", *(f"{phase}_s" for phase in PHASES)):
                    columns[name].append(row[name])
        kinds = {"rank": np.int32, "attempt": np.int32, "step": np.int64}
        return {name: np.array(values, kinds.get(name, np.float64)) for name, values in columns.items()}

    def _energy_j(self, rank: int, time_s: Any) -> Any:
        if self.settings.place == "ground":
            return time_s * self.hardware.power_w
        return self.timeline.energy_j(rank, time_s)

    def events(self) -> dict[str, Any]:
        """Return the columns of the table of events, in order of virtual time: of the ranks, eclipses, and lasting faults."""
        rows = [
            (float(row["time_s"]), rank, str(row["event"]), str(row["detail"]))
            for rank, rows in enumerate(self.rows)
            for row in rows
            if "event" in row and (rank == 0 or row["event"] not in SHARED_KINDS)
        ]
        course = Course(self.timeline)
        if self.settings.place == "orbit":
            for rank in range(self.settings.n_ranks):
                turns = [turn for turn in course.sunlit_changes(rank) if turn[0] <= self.virtual_s]
                rows += [(time_s, rank, "sunlight" if is_lit else "eclipse", "") for time_s, is_lit in turns]
        rows += [
            (fault.time_s, fault.rank, fault.kind, _in_words(fault))
            for fault in self.faults
            if fault.kind not in FAULT_KINDS and fault.time_s <= self.virtual_s
        ]
        rows.sort(key=lambda row: (row[0], row[1], row[2], row[3]))
        times, ranks, kinds, details = zip(*rows, strict=True) if rows else ((), (), (), ())
        return {
            "time_s": np.array(times, np.float64),
            "rank": np.array(ranks, np.int32),
            "kind": np.array(kinds, str),
            "detail": np.array(details, str),
        }

    @cached_property
    def tapes(self) -> tuple[Tape, ...]:
        """Tapes of the last attempt."""
        return read_tapes(self.path, self.settings.n_ranks, self.attempts - 1)

    def summary(self, wide: tuple[WideFleet, ...] = ()) -> dict[str, Any]:
        """Return the content of flight_summary.json: the flight, its replay on the ground, and on more satellites."""
        flown = self._flown()
        events = dict(Counter(self.events()["kind"].tolist()))
        found: dict[str, Any] = {
            "scenario": self.timeline.scenario,
            "shell": self.timeline.shell,
            "satellites": list(self.timeline.satellites),
            "is_complete": self.is_complete,
            "attempts": self.attempts,
            "accelerator": self.hardware.title,
            "accelerators": self.hardware.accelerators,
            "large": None if self.settings.large is None else asdict(self.settings.large),
            "parameters": self._of_ends("parameters"),
            "weights_sha256": [row["end"]["weights_sha256"] for row in self.ends],
            "uncharged": dict(sum((Counter(row["end"]["uncharged"]) for row in self.ends), Counter())),
            "uncounted": max((row["end"]["uncounted"] for row in self.ends), default=0),
            "loss_first": self._loss(first=True),
            "loss_last": self._loss(first=False),
            "flop": sum(rows[-1].get("flop", 0.0) for rows in self._last_counts()),
            "bytes": sum(rows[-1].get("bytes", 0.0) for rows in self._last_counts()),
            "events": events,
            "n_faults": len(self.faults),
            "n_faults_due": self.n_faults_due,
            "flown": asdict(flown),
            "figures": asdict(self._figures(flown, events)),
            "replays": [],
            "not_replayed": None,
        }
        if not self.is_complete:
            found["not_replayed"] = "the flight did not come to its end"
            return found
        replays = []
        if self.settings.place == "orbit":
            course = GroundCourse(self.timeline, (), self.settings.algorithm)
            replays.append(("ground", self._replayed(replay(self.tapes, course), self.timeline.ground, 1.0)))
        found["not_replayed"] = check_alike(self.tapes)
        if self.settings.place == "orbit" and found["not_replayed"] is None:
            for fleet in wide:
                larger = replay_wide(self.tapes, self.timeline, fleet)
                power_frac = float(fleet.compute_power_frac[: 1 + int(larger.virtual_s / fleet.step_s)].mean())
                replays.append((f"{fleet.nodes}", self._replayed(larger, self.hardware, power_frac)))
        found["replays"] = [{"place": place, **asdict(side)} for place, side in replays]
        return found

    def _figures(self, flown: Side, events: dict[str, int]) -> FlightFigures:
        return FlightFigures(
            virtual_s=flown.virtual_s,
            n_steps=flown.n_steps,
            flight_step_s=flown.step_s,
            flight_energy_j=flown.energy_j,
            flight_cost_usd=flown.cost_usd,
            loss_first=self._loss(first=True),
            loss_last=self._loss(first=False),
            **{f"{name}_s": flown.phases_s[name] for name in PHASES},
            n_restarts=self.attempts - 1,
            n_flips=events.get("flip", 0),
            n_eclipses=events.get("eclipse", 0),
        )

    def _of_ends(self, name: str) -> Any:
        return self.ends[0]["end"][name] if self.ends else None

    def _last_counts(self) -> Iterator[list[dict[str, Any]]]:
        for rows in self.rows:
            counted = [row for row in rows if "flop" in row]
            if counted:
                yield counted

    def _loss(self, *, first: bool) -> float | None:
        """Return the mean loss over the ranks at the first step of the flight, or at the last that all have made."""
        attempt = 0 if first else self.attempts - 1
        steps = [
            [float(row["loss"]) for row in rows if "step" in row and row["attempt"] == attempt] for rows in self.rows
        ]
        n = min((len(one) for one in steps), default=0)
        if n == 0:
            return None
        found = float(np.mean([one[0 if first else n - 1] for one in steps]))
        return found if math.isfinite(found) else None

    def _flown(self) -> Side:
        energy_j = [float(self._energy_j(rank, np.array([self.virtual_s]))[0]) for rank in range(self.settings.n_ranks)]
        phases = {name: self._phase_s(name) for name in PHASES}
        steps = [row for row in self.rows[0] if "step" in row]
        last = [row["time_s"] for row in steps if row["attempt"] == self.attempts - 1]
        took_s = [after - before for before, after in itertools.pairwise(last)]
        return Side(
            nodes=self.settings.n_ranks,
            is_measured=True,
            virtual_s=self.virtual_s,
            step_s=float(np.mean(took_s)) if took_s else None,
            n_steps=len(steps),
            phases_s=phases,
            energy_j=sum(energy_j),
            cost_usd=self._cost_usd(sum(energy_j), self.hardware),
            is_whole=self.is_complete,
        )

    def _phase_s(self, name: str) -> float:
        """Return the time of a rank in a phase, mean over the ranks."""
        return sum(float(rows[-1][f"{name}_s"]) for rows in self._last_counts()) / max(1, len(self.rows))

    def _replayed(self, replayed: Replayed, hardware: Hardware, power_frac: float) -> Side:
        """Return the figures of a replay whose computers draw a mean fraction of their peak power."""
        energy_j = replayed.nodes * power_frac * hardware.power_w * replayed.virtual_s
        steps = replayed.step_time_s
        return Side(
            nodes=replayed.nodes,
            is_measured=False,
            virtual_s=replayed.virtual_s,
            step_s=float(np.diff(steps).mean()) if len(steps) > 1 else None,
            n_steps=len(steps),
            phases_s=replayed.phases_s,
            energy_j=energy_j,
            cost_usd=self._cost_usd(energy_j, hardware),
            is_whole=replayed.is_whole,
        )

    def _cost_usd(self, energy_j: float, hardware: Hardware) -> float | None:
        return None if hardware.usd_per_j is None else energy_j * hardware.usd_per_j

    def write(self, folder: RunFolder, wide: tuple[WideFleet, ...] = ()) -> dict[str, Any]:
        """Write steps.parquet, events.parquet and flight_summary.json, and return the latter's content."""
        write_table(folder, STEPS_TABLE, iter([self.steps()]))
        write_table(folder, EVENTS_TABLE, iter([self.events()]))
        found = self.summary(wide)
        folder.write_json(SUMMARY, found)
        return found


def _in_words(fault: Fault) -> str:
    """Return a lasting fault in words."""
    lasts = f"for {fault.lasts_s:,.0f} s"
    if fault.kind == "outage":
        return f"route to rank {fault.other} down {lasts}" if fault.other >= 0 else f"all routes down {lasts}"
    return f"at {fault.factor:.0%} of its rate {lasts}" if fault.kind == "slow" else lasts
