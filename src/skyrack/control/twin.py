"""A fleet that advances under a clock.

The physics is that of a run: the same fleet, the same laws, the same driver. The difference is that somebody decides, update
after update, how far it flies, and that events may happen to it on the way. Satellites whose computers are down are commanded
to 0 W, so that they cool and their batteries fill. A lost satellite flies on in the arrays, since no satellite acts on
another, but is counted no more.

A twin belongs to one thread. Other threads read its views, which never change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.control.events import LOSSES, Event, Targets
from skyrack.control.figures import ROW, fleet_figures, sunlit_by_shell
from skyrack.control.frame_channels import FrameChannel, twin_channels
from skyrack.control.launches import launches_of
from skyrack.control.outages import Availability, Bools, Outages
from skyrack.control.twin_layout import TwinLayout
from skyrack.control.view import FleetView, SatelliteStates, TwinDescription
from skyrack.core.errors import InputError
from skyrack.fleet.cpu import CpuDriver
from skyrack.fleet.flight import Flight, LayerFleet, chunk_of
from skyrack.run.prepare import prepare
from skyrack.scenario import Loaded

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]


class Twin:
    """The fleet of a scenario now."""

    def __init__(self, loaded: Loaded, *, threads: int = 1, seed: int = 1) -> None:
        self.loaded, self.scenario = loaded, loaded.scenario
        self.plan = prepare(loaded)
        self.flight = Flight(self.scenario, self.plan.layout, sampled=())
        self.driver = CpuDriver(threads)
        self.layout = TwinLayout(self.plan.layout, launches_of(self.plan))
        self.step = 0
        """Steps flown since the epoch."""
        self.events: list[Event] = []
        self.delivered_energy_j: Floats = np.zeros(self.layout.n_sats)
        """Energy given to computers since the epoch; replaced, never written into."""
        limit_k = max(shell.satellite.electronics.temperature_limit_k for shell in self.plan.layout.shells)
        self.channels: Mapping[str, FrameChannel] = twin_channels(limit_k, self.layout.launches.oldest_s)
        self.targets = Targets(
            self.layout.n_sats,
            self.layout.launches.n_batches,
            self.layout.shells,
            [station.name for station in self.plan.sites.stations],
            self.scenario.workload.failures.storm_s,
        )
        self._outages = Outages(self.scenario, self.layout, seed)
        self.availability: Availability = self._outages.at((), 0.0)
        """Who is lost and who is down at the present time, and so while the next chunk begins."""
        self._flown_s = 0.0
        self._states: SatelliteStates | None = None
        self._update()

    @property
    def time_s(self) -> float:
        """Time since the scenario's epoch."""
        return self.step * self.scenario.step_s

    @property
    def n_sats(self) -> int:
        """Satellites, lost ones too."""
        return self.layout.n_sats

    @property
    def is_alive(self) -> Bools:
        """Satellites that are not lost, by number; it cannot be written."""
        return self.availability.is_alive

    @property
    def is_down(self) -> Bools:
        """Satellites whose computers are down, by number; it cannot be written."""
        return self.availability.is_down

    # --- time

    def advance(self, n_steps: int) -> dict[str, float]:
        """Fly some steps, apply the events up to then and return the figures; sums run over just these steps."""
        for fleet in self.flight.layers:
            discharged_j = fleet.totals[ROW["discharged_j"]].copy()  # ages the battery
            fleet.totals[:] = 0.0
            fleet.totals[ROW["discharged_j"]] = discharged_j
        command_w = np.where(self.availability.is_up, np.inf, 0.0)
        self.flight.fly(chunk_of((n_steps,), self.step, self.scenario.step_s), self.driver, command_w)
        self.step += n_steps
        self._flown_s = n_steps * self.scenario.step_s
        self._states = None
        self._apply_events()
        self.delivered_energy_j = self.delivered_energy_j + self._totals("compute_j")
        self._update()
        return self.figures

    def inject(self, kind: str, target: str, lasts_s: float | None = None) -> Event:
        """Let an event happen now and return it; InputError where it cannot happen."""
        event = self.targets.event(kind, target, self.time_s, lasts_s)
        if kind in LOSSES and any((had.kind, had.target) == (event.kind, event.target) for had in self.events):
            raise InputError(f"target: {target} is lost already, or will be at its time")
        self.events.append(event)
        self._apply_events()
        self._update()
        return event

    def forget(self, position: int) -> None:
        """Remove an event, as if it had not happened."""
        del self.events[position]
        self._apply_events()
        self._update()

    # --- state, to be saved and restored

    def snapshot(self) -> Arrays:
        """Return everything that later steps depend on, apart from scenario and events."""
        return {
            "step": np.array(self.step),
            "states": np.concatenate([fleet.states[:, : fleet.layer.n_sats] for fleet in self.flight.layers], axis=1),
            "capacity_j": np.concatenate([fleet.capacity_j[: fleet.layer.n_sats] for fleet in self.flight.layers]),
            "discharged_j": self._totals("discharged_j"),
            "delivered_j": self.delivered_energy_j.copy(),
        }

    def restore(self, saved: Arrays) -> None:
        """Continue from a snapshot; sums since the last update are unknown until the next step."""
        self.step = int(saved["step"])
        self.delivered_energy_j = saved["delivered_j"].copy()
        for fleet, mine in self._layers():
            n = fleet.layer.n_sats
            fleet.states[:, :n] = saved["states"][:, mine]
            fleet.states[:, n:] = fleet.states[:, n - 1 : n]
            fleet.capacity_j[:n] = saved["capacity_j"][mine]
            fleet.capacity_j[n:] = fleet.capacity_j[n - 1]
            fleet.totals[:] = 0.0
            fleet.totals[ROW["discharged_j"], :n] = saved["discharged_j"][mine]
        self._flown_s = 0.0
        self._states = None
        self._apply_events()
        self._update()

    # --- views

    def view(self) -> FleetView:
        """Return the fleet as it is now; it never changes."""
        if self._states is None:
            self._states = self._copy_states()
        return FleetView(
            layout=self.layout,
            channels=self.channels,
            time_s=self.time_s,
            flown_s=self._flown_s,
            figures=MappingProxyType(self.figures),
            sunlit_by_shell=self.sunlit_by_shell,
            events=tuple(self.events),
            availability=self.availability,
            states=self._states,
        )

    def description(self) -> TwinDescription:
        """Return the facts that never change."""
        return TwinDescription(
            name=self.scenario.name,
            title=self.scenario.title,
            epoch=self.scenario.epoch.isoformat(),
            n_sats=self.n_sats,
            n_batches=self.targets.n_batches,
            storm_levels=tuple(self.targets.storm_levels),
            sites=tuple(self.targets.sites),
            channels=tuple(self.channels.values()),
        )

    def _copy_states(self) -> SatelliteStates:
        layers = self.flight.layers
        charge_j, electronics_k, radiator_k = (
            np.concatenate([fleet.states[row, : fleet.layer.n_sats] for fleet in layers]) for row in range(3)
        )
        return SatelliteStates(
            charge_j=charge_j,
            capacity_j=np.concatenate([fleet.capacity_j[: fleet.layer.n_sats] for fleet in layers]),
            electronics_temp_k=electronics_k,
            radiator_temp_k=radiator_k,
            sunlit_s=self._totals("sunlit_s"),
            array_energy_j=self._totals("array_j"),
            compute_energy_j=self._totals("compute_j"),
            delivered_energy_j=self.delivered_energy_j,
        )

    # --- parts

    def _layers(self) -> Iterator[tuple[LayerFleet, slice]]:
        return zip(self.flight.layers, self.layout.slices(), strict=True)

    def _totals(self, name: str) -> Floats:
        """A row of the totals of all satellites, by number, as a copy."""
        return np.concatenate([fleet.totals[ROW[name], : fleet.layer.n_sats] for fleet in self.flight.layers])

    def _apply_events(self) -> None:
        self.availability = self._outages.at(self.events, self.time_s)

    def _update(self) -> None:
        """Evaluate the fleet as it is now."""
        layers = self.flight.layers
        self.figures: dict[str, float] = fleet_figures(
            layers, self.layout, self.availability, self.time_s, self._flown_s
        )
        self.sunlit_by_shell = sunlit_by_shell(layers, self.layout, self.is_alive, self._flown_s)
