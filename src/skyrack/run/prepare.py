"""Plan of a run: everything that follows from a scenario before its flight, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.core.machine import available_bytes
from skyrack.design.accelerators import accelerators_per_satellite
from skyrack.design.readings import Reading, reading_of
from skyrack.design.shielding import DoseTable
from skyrack.design.sizing import Sizing, gives_cells, size
from skyrack.environment.exposure_summary import Exposure, expose
from skyrack.fleet.flight import needed_bytes
from skyrack.network.history import MAX_PASS_S, check_network, snapshot_times_s
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import GroundSites, ground_sites
from skyrack.orbits.layout import Layout, lay_out
from skyrack.run.claims import check_claim_quantities
from skyrack.scenario import Loaded, Scenario, check_sources, is_ground_data_center, load
from skyrack.scenario.schema import Basis
from skyrack.workload.reachability import job_window
from skyrack.workload.summary import check_workload

PYTHON_BYTES = 400e6
"""Memory of Python, numba and their libraries before the fleet is built."""


@dataclass(frozen=True)
class Written:
    """Scenario as written: what does not depend on the reading of its satellite, each computed once at its first use."""

    loaded: Loaded
    layout: Layout
    accelerators: int
    """Number of accelerators of one satellite."""
    keep_cells: bool
    """True if the scenario states the efficiency of its cells; otherwise that of the cell of the design applies."""

    @cached_property
    def doses(self) -> DoseTable:
        """Dose rate of each shell by the thickness of the shielding."""
        return DoseTable.of(self.loaded.scenario.environment.radiation, self.layout)

    @cached_property
    def sizing(self) -> Sizing:
        """Sized satellite beside the written one."""
        return size(self.loaded.scenario, self.layout, self.doses, self.accelerators, keep_cells=self.keep_cells)

    @cached_property
    def readings(self) -> dict[Basis, Reading]:
        """Readings that were asked for so far, by basis."""
        return {}

    def exposure(self, shielding_mm: float) -> Exposure:
        """Return the radiation behind a thickness of aluminium (mm), computed once for each."""
        if shielding_mm not in self._exposures:
            scenario = self.loaded.scenario
            self._exposures[shielding_mm] = expose(scenario, self.layout, shielding_mm, self.accelerators)
        return self._exposures[shielding_mm]

    @cached_property
    def _exposures(self) -> dict[float, Exposure]:
        return {}

    @cached_property
    def sites(self) -> GroundSites:
        """Cities and ground stations."""
        return ground_sites(self.loaded.scenario.network)

    @cached_property
    def network(self) -> NetworkModel:
        """Network model with the constellation of all satellites."""
        scenario = self.loaded.scenario
        begin_s, span_s = job_window(scenario, self.layout.n_all)
        times_s = (DAY_S, MAX_PASS_S, float(snapshot_times_s(scenario)[-1]), begin_s + span_s)
        return NetworkModel.of(Constellation(self.layout, max(times_s)), scenario.network)


@dataclass(frozen=True)
class Plan:
    """Scenario before its flight, by one reading of its satellite: everything here belongs to that one satellite."""

    written: Written
    basis: Basis

    @property
    def other(self) -> Plan:
        """Plan of the other reading of the same scenario."""
        return Plan(self.written, "sized" if self.basis == "announced" else "announced")

    @property
    def reading(self) -> Reading:
        """Satellite of this plan; raises InputError where the scenario has no such reading."""
        known = self.written.readings
        if self.basis not in known:
            scenario = self.written.loaded.scenario
            known[self.basis] = reading_of(self.basis, scenario, self.written.layout, self.written.sizing)
        return known[self.basis]

    @property
    def loaded(self) -> Loaded:
        """Scenario as it was read, with the origin of each key."""
        return self.written.loaded

    @property
    def scenario(self) -> Scenario:
        """Scenario with the satellite of this reading."""
        return self.reading.scenario

    @property
    def layout(self) -> Layout:
        """Layout with the satellite of this reading."""
        return self.reading.layout

    @property
    def accelerators(self) -> int:
        """Number of accelerators of one satellite."""
        return self.written.accelerators

    @property
    def sizing(self) -> Sizing:
        """Sized satellite beside the written one."""
        return self.written.sizing

    @property
    def shielding_mm(self) -> float:
        """Thickness of aluminium (mm) round the computers."""
        return self.reading.built.sizes.shielding_mm

    @property
    def exposure(self) -> Exposure:
        """Radiation that the satellites of this reading are exposed to."""
        return self.written.exposure(self.shielding_mm)

    @property
    def sites(self) -> GroundSites:
        """Cities and ground stations."""
        return self.written.sites

    @property
    def network(self) -> NetworkModel:
        """Network model with the constellation of all satellites."""
        return self.written.network


def load_checked(source: Any, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read and check an orbital scenario; raises InputError for a ground data center and for anything wrong."""
    return prepare(load_flown(source, overrides)).loaded


def load_flown(source: Any, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read an orbital scenario; raises InputError for a ground data center."""
    if is_ground_data_center(source):
        raise InputError(
            f"{source if not isinstance(source, dict) else 'the mapping'} is a campus on the ground: nothing flies; price "
            f"it with 'skyrack price', or set it against a fleet with --set ground_baseline=NAME"
        )
    return load(source, dict(overrides or {}))


def prepare(loaded: Loaded, *, keep_cells: bool | None = None) -> Plan:
    """Return the plan of a scenario's main reading after the checks that need no model; InputError for anything wrong.

    `keep_cells` is true if the scenario states the efficiency of its cells; by default this is derived from `loaded`.
    """
    _check_memory(loaded.scenario)
    layout = lay_out(loaded.scenario)
    names = [shell.name for shell in layout.shells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"shells: two shells of a stack come out as {twice!r}; space them by a kilometre or more")
    check_claim_quantities(loaded.scenario.claims, {shell.name: shell.kind for shell in layout.shells})
    check_sources(loaded)
    cells = gives_cells(loaded) if keep_cells is None else keep_cells
    return Plan(Written(loaded, layout, accelerators_per_satellite(loaded.scenario), cells), loaded.scenario.basis)


def check_models(plan: Plan) -> None:
    """Raise InputError where the network or the jobs of a plan are not possible, as far as known before the flight."""
    check_network(plan.scenario, plan.network, plan.sites)
    check_workload(plan.scenario, plan.layout, plan.accelerators)


def _check_memory(scenario: Scenario) -> None:
    """Raise InputError for a run that does not fit into the available memory."""
    needed = needed_bytes(scenario) + PYTHON_BYTES
    available = available_bytes()
    if needed > available:
        raise InputError(
            f"shells: {scenario.n_sats:,} satellites need about {needed / 1e9:.1f} GB of memory, "
            f"{available / 1e9:.1f} GB are free; take fewer satellites or a larger machine"
        )
