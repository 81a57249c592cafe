"""A fleet that advances under a clock, and what can be asked of it at any time.

The physics is that of a run: the same fleet, the same laws, the same driver. What differs is that somebody decides, look
after look, how far it flies, and that things may happen to it on the way (`events`). A satellite that is lost flies on in
the arrays, since no satellite acts on another, but counts no more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.events import LOSSES, Event, Targets
from skyrack.control.frame_channels import DOWN, LOST, Signal, signals_of
from skyrack.control.launches import Launches, launches_of
from skyrack.core.constants import EARTH_RADIUS_M, TWO_PI
from skyrack.core.errors import InputError
from skyrack.environment.exposure_summary import storm_interruptions
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight, chunk_of
from skyrack.fleet.intervals import POWERS
from skyrack.fleet.tables import TOTALS
from skyrack.orbits.ground import stations_of
from skyrack.orbits.layout import Layer, lay_out
from skyrack.scenario import Loaded
from skyrack.workload.failures import stopped_frac

_ROW = {name: row for row, name in enumerate(TOTALS)}
_POWERS = {power: energy for power, energy in POWERS.items() if energy != "discharged_j"}
"""Discharged energy ages the battery and so is never set back; the power of a look is not told from it."""
QUANTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Twin:
    """The fleet of a scenario now. Satellites are numbered layer after layer, as in a run's satellites.parquet."""

    def __init__(self, loaded: Loaded, *, threads: int = 1, seed: int = 1) -> None:
        self.loaded, self.scenario = loaded, loaded.scenario
        self.shells = shells = lay_out(self.scenario)
        self.flight = Flight(self.scenario, shells, samples=(1, 1))
        self.driver = CpuDriver(threads)
        self.seed = seed
        self.step = 0
        """Steps flown since the epoch."""
        self.events: list[Event] = []
        sizes = [fleet.layer.n_sats for fleet in self.flight.layers]
        self.firsts = np.concatenate([[0], np.cumsum(sizes)])
        """Number of the first satellite of each layer, and the end."""
        self.n_sats = int(self.firsts[-1])
        self._planes_before = _planes_before([fleet.layer for fleet in self.flight.layers])
        self.delivered_j = np.zeros(self.n_sats)
        """Energy given to computers that were up, since the epoch."""
        self.launches: Launches = launches_of(loaded, self.n_sats)
        limit_k = max(shell.satellite.electronics.temperature_limit_k for shell in shells)
        self.signals: dict[str, Signal] = signals_of(limit_k, self.launches.oldest_s)
        self.targets = Targets(
            self.n_sats,
            self.launches.n_batches,
            [shell.name for shell in shells],
            [station.name for station in stations_of(self.scenario.network)],
            self.scenario.workload.failures.storm_s,
        )
        self.is_alive: Bools = np.ones(self.n_sats, np.bool_)
        self.is_down: Bools = np.zeros(self.n_sats, np.bool_)
        self._flown_s = 0.0
        self._interruptions: dict[str, Floats] = {}
        self.figures: dict[str, float] = {}
        """Of the last look: flat SI names, those of fleet.parquet."""
        self.sunlit_by_shell: list[float | None] = []
        """Of the last look; None for a shell that is lost."""
        self._look()

    @property
    def time_s(self) -> float:
        """Since the scenario's epoch."""
        return self.step * self.scenario.step_s

    # --- the clock

    def advance(self, n_steps: int) -> dict[str, float]:
        """Fly some steps and look; what is summed is summed over just these steps. Returns the figures."""
        for fleet in self.flight.layers:
            kept = fleet.totals[_ROW["discharged_j"]].copy()  # ages the battery
            fleet.totals[:] = 0.0
            fleet.totals[_ROW["discharged_j"]] = kept
        self.flight.fly(chunk_of((n_steps,), self.step, self.scenario.step_s), self.driver)
        self.step += n_steps
        self._flown_s = n_steps * self.scenario.step_s
        self._apply_events()
        up = self.is_alive & ~self.is_down
        for fleet, mine in self._layers():
            self.delivered_j[mine] += fleet.totals[_ROW["compute_j"], : fleet.layer.n_sats] * up[mine]
        self._look()
        return self.figures

    def inject(self, kind: str, target: str, lasts_s: float | None = None) -> Event:
        """Let something happen now; InputError if it cannot."""
        event = self.targets.event(kind, target, self.time_s, lasts_s)
        if kind in LOSSES and any((had.kind, had.target) == (event.kind, event.target) for had in self.events):
            raise InputError(f"target: {target} is lost already, or will be at its time")
        self.events.append(event)
        self._apply_events()
        self._look()
        return event

    def forget(self, position: int) -> None:
        """Take an event back, as if it had not happened."""
        del self.events[position]
        self._apply_events()
        self._look()

    # --- state, to be kept and taken up

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """All that later steps depend on but scenario and events."""
        real = list(self._layers())
        return {
            "step": np.array(self.step),
            "states": np.concatenate([fleet.states[:, : fleet.layer.n_sats] for fleet, _ in real], axis=1),
            "discharged_j": np.concatenate(
                [fleet.totals[_ROW["discharged_j"], : fleet.layer.n_sats] for fleet, _ in real]
            ),
            "delivered_j": self.delivered_j.copy(),
        }

    def restore(self, kept: dict[str, NDArray[Any]]) -> None:
        """Go on from a snapshot; sums of the last look are gone until the next."""
        self.step = int(kept["step"])
        self.delivered_j = kept["delivered_j"].copy()
        for fleet, mine in self._layers():
            n = fleet.layer.n_sats
            fleet.states[:, :n] = kept["states"][:, mine]
            fleet.states[:, n:] = fleet.states[:, n - 1 : n]
            fleet.totals[:] = 0.0
            fleet.totals[_ROW["discharged_j"], :n] = kept["discharged_j"][mine]
        self._flown_s = 0.0
        self._apply_events()
        self._look()

    # --- what can be asked

    def bytes_of(self, signal: str) -> NDArray[np.uint8]:
        """One signal of every satellite, for a picture (see `signals`)."""
        coded = self.signals[signal].bytes_of(self.values_of(signal))
        if signal != "age":
            coded[self.is_down] = DOWN
        coded[~self.is_alive] = LOST
        return coded

    def values_of(self, signal: str) -> NDArray[np.float32]:
        """One signal of every satellite, in its unit."""
        if signal == "age":
            return np.asarray(self.launches.age_s, np.float32)
        values = np.empty(self.n_sats, np.float32)
        for fleet, mine in self._layers():
            values[mine] = self._of_layer(signal, fleet, mine)
        return values

    def _of_layer(self, signal: str, fleet: Any, mine: slice) -> NDArray[Any]:
        n, flown_s = fleet.layer.n_sats, max(self._flown_s, 1e-9)
        peak_w = max(fleet.design.compute.peak_power_w, 1e-9)
        if signal == "charge":
            return np.asarray(fleet.states[0, :n] / fleet.capacity_j[:n])
        if signal == "electronics":
            return np.asarray(fleet.states[1, :n])
        if signal == "radiator":
            return np.asarray(fleet.states[2, :n])
        if signal == "sunlight":
            return np.asarray(fleet.totals[_ROW["sunlit_s"], :n] / flown_s)
        if signal == "load":
            return np.asarray(fleet.totals[_ROW["compute_j"], :n] / (flown_s * peak_w))
        return np.asarray(self.delivered_j[mine] / max(self.time_s * peak_w, 1e-9))

    def satellite(self, number: int) -> dict[str, Any]:
        """Exact values of one satellite now: where it is, and how it fares."""
        layer = int(np.searchsorted(self.firsts, number, side="right")) - 1
        fleet, own = self.flight.layers[layer], number - int(self.firsts[layer])
        orbit, time_s = fleet.layer, self.time_s
        flown_s = self._flown_s or math.nan
        is_alive, is_up = bool(self.is_alive[number]), bool(self.is_alive[number] and not self.is_down[number])

        def found(value: float) -> float | None:
            """Of a lost satellite nothing is known; nor are means before a step."""
            return float(value) if is_alive and math.isfinite(value) else None

        return {
            "number": number,
            "shell": self.shells[orbit.shell].name,
            "plane": self._planes_before[layer] + own // orbit.sats_per_plane,
            "altitude_m": orbit.radius_m - EARTH_RADIUS_M,
            "inclination_rad": orbit.inclination_rad,
            "raan_rad": float((orbit.raan_rad[own] + orbit.raan_rate_rad_per_s * time_s) % TWO_PI),
            "phase_rad": float((orbit.phase_rad[own] + orbit.phase_rate_rad_per_s * time_s) % TWO_PI),
            "is_alive": is_alive,
            "is_down": is_alive and not is_up,
            "launch_batch": int(self.launches.batch_of(number)),
            "age_s": float(self.launches.age_s[number]) + time_s,
            "charge_j": found(fleet.states[0, own]),
            "charge_frac": found(fleet.states[0, own] / fleet.capacity_j[own]),
            "electronics_temp_k": found(fleet.states[1, own]),
            "radiator_temp_k": found(fleet.states[2, own]),
            "sunlit_frac": found(fleet.totals[_ROW["sunlit_s"], own] / flown_s),
            "array_power_w": found(fleet.totals[_ROW["array_j"], own] / flown_s),
            "compute_power_w": found(fleet.totals[_ROW["compute_j"], own] / flown_s * is_up),
            "compute_energy_j": float(self.delivered_j[number]),
        }

    def _layers(self) -> Any:
        return (
            (fleet, slice(int(first), int(past)))
            for fleet, first, past in zip(self.flight.layers, self.firsts[:-1], self.firsts[1:], strict=True)
        )

    # --- what is found at a look

    def _look(self) -> None:
        n_alive = int(self.is_alive.sum())
        sums = dict.fromkeys(("sunlit_s", "throttled_s", "waiting_j", *_POWERS.values()), 0.0)
        shells = np.zeros((2, len(self.shells)))
        for fleet, mine in self._layers():
            alive = self.is_alive[mine].astype(np.float64)
            totals = fleet.totals[:, : fleet.layer.n_sats]
            lit_s = float(totals[_ROW["sunlit_s"]] @ alive)
            shells[:, fleet.layer.shell] += lit_s, alive.sum()
            sums["sunlit_s"] += lit_s
            for name in ("throttled_s", *_POWERS.values()):
                sums[name] += float(totals[_ROW[name]] @ alive)
            sums["waiting_j"] += float(totals[_ROW["compute_j"]] @ (alive * self.is_down[mine]))
        flown_s = self._flown_s or math.nan  # nothing can be said of powers before a step
        sat_s = n_alive * flown_s or math.nan
        figures = {
            "time_s": self.time_s,
            "n_alive": float(n_alive),
            "n_down": float((self.is_down & self.is_alive).sum()),
            "sunlit_frac": sums["sunlit_s"] / sat_s,
            "throttled_frac": sums["throttled_s"] / sat_s,
            **{power: sums[energy] / flown_s for power, energy in _POWERS.items()},
            "waiting_power_w": sums["waiting_j"] / flown_s,
        }
        figures["compute_power_w"] -= figures["waiting_power_w"]
        for name, signal, unit in (
            ("charge", "charge", "frac"),
            ("electronics_temp", "electronics", "k"),
            ("radiator_temp", "radiator", "k"),
        ):
            values = self.values_of(signal)
            living = values if n_alive == self.n_sats else values[self.is_alive]
            found = np.quantile(living, list(QUANTILES.values())) if n_alive else np.full(len(QUANTILES), np.nan)
            for level, value in zip(QUANTILES, found, strict=True):
                figures[f"{name}_{level}_{unit}"] = float(value)
        self.figures = figures
        self.sunlit_by_shell = [
            float(lit_s / (n * flown_s)) if n and self._flown_s else None
            for lit_s, n in zip(shells[0], shells[1], strict=True)
        ]

    # --- events

    def _apply_events(self) -> None:
        """Who is alive and who is down now, from the events up to now."""
        self.is_alive[:] = True
        self.is_down[:] = False
        for event in self.events:
            if not event.is_on(self.time_s):
                continue
            if event.kind in LOSSES:
                self.is_alive[self._lost_by(event)] = False
            elif event.kind == "solar-storm":
                self.is_down |= self._stopped_by(event)

    def _lost_by(self, event: Event) -> slice:
        if event.kind == "lose-satellite":
            return slice(int(event.target), int(event.target) + 1)
        if event.kind == "lose-batch":
            return self.launches.batch(int(event.target))
        mine = [m for fleet, m in self._layers() if self.shells[fleet.layer.shell].name == event.target]
        return slice(mine[0].start, mine[-1].stop)

    def _stopped_by(self, event: Event) -> Bools:
        """Satellites whose computers boot anew, each time block drawn by itself: an interruption stops one for a reboot.

        Of satellites whose computers do not all boot together as many fewer stop as leave the same share of the fleet up.
        """
        reboot_s = max(self.scenario.workload.failures.reboot_s, self.scenario.step_s)
        lasts_s = (event.ends_s or self.time_s) - event.begins_s
        each = self._interruptions.get(event.target)
        if each is None:
            layers = [fleet.layer for fleet in self.flight.layers]
            each = storm_interruptions(self.scenario, layers, self.launches.accelerators, event.target)
            each = each * stopped_frac(self.scenario, max(self.launches.accelerators, 1))
            self._interruptions[event.target] = each
        # of an event shorter than a reboot no more interruptions fall into it than it brings
        share = 1.0 - np.exp(-each * min(reboot_s / lasts_s, 1.0))
        block = int(self.time_s // reboot_s)
        draw = np.random.Generator(np.random.Philox(key=[self.seed + int(event.begins_s), block])).random(
            self.n_sats, np.float32
        )
        return np.asarray(draw < np.repeat(share, np.diff(self.firsts)).astype(np.float32))

    @property
    def sites_down(self) -> set[str]:
        """Ground sites that are down now."""
        return {event.target for event in self.events if event.kind == "site-down" and event.is_on(self.time_s)}


def _planes_before(layers: list[Layer]) -> list[int]:
    """Planes of the same shell in earlier layers, for each layer."""
    counts: dict[int, int] = {}
    before = []
    for layer in layers:
        before.append(counts.get(layer.shell, 0))
        counts[layer.shell] = before[-1] + len(layer.plane_raan_rad)
    return before
