"""The plan of a run: all that a scenario comes to before it flies, computed once and handed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.core.machine import available_bytes
from skyrack.design.accelerators import accelerators_per_satellite
from skyrack.design.sizing import Sizing, gives_cells, size
from skyrack.environment.shielding import ShellShielding, shielding_by_shell
from skyrack.fleet.flight import needed_bytes
from skyrack.network.history import MAX_PASS_S, check_network, snapshot_times_s
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import GroundSites, ground_sites
from skyrack.orbits.layout import Layout, lay_out
from skyrack.run.claims import check_claim_quantities
from skyrack.scenario import Loaded, Scenario, check_sources, is_ground_data_center, load
from skyrack.workload.reachability import job_window
from skyrack.workload.summary import check_workload

PYTHON_BYTES = 400e6
"""Memory of Python, numba and their libraries before the fleet is laid out."""


@dataclass(frozen=True)
class Plan:
    """A scenario before it flies: layout, satellites, accelerators, shielding and ground sites, each determined once.

    What costs time is computed when it is first asked for, and kept.
    """

    loaded: Loaded
    layout: Layout
    accelerators: int
    """Accelerators of one satellite."""
    keep_cells: bool
    """Whether the scenario itself states the efficiency of its cells; otherwise the design's cell does."""

    @property
    def scenario(self) -> Scenario:
        """The scenario as it was read."""
        return self.loaded.scenario

    @cached_property
    def shielding(self) -> tuple[ShellShielding, ...]:
        """Radiation shielding of each shell."""
        design = self.scenario.design
        return shielding_by_shell(self.scenario.environment.radiation, self.layout, design.life_s, design.dose_limit_gy)

    @cached_property
    def sizing(self) -> Sizing:
        """The sized satellite beside the one that is written."""
        return size(self.scenario, self.layout, self.shielding, self.accelerators, keep_cells=self.keep_cells)

    @cached_property
    def sites(self) -> GroundSites:
        """Cities and ground stations."""
        return ground_sites(self.scenario.network)

    @cached_property
    def network(self) -> NetworkModel:
        """The network's model, with the constellation of all satellites."""
        begin_s, span_s = job_window(self.scenario, self.layout.n_all)
        times_s = (DAY_S, MAX_PASS_S, float(snapshot_times_s(self.scenario)[-1]), begin_s + span_s)
        return NetworkModel.of(Constellation(self.layout, max(times_s)), self.scenario.network)


def load_checked(source: Any, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read a scenario that flies and check it; raises InputError for a ground campus and for anything that is wrong."""
    return prepare(load_flown(source, overrides)).loaded


def load_flown(source: Any, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read a scenario that flies; raises InputError for a ground campus."""
    if is_ground_data_center(source):
        raise InputError(
            f"{source if not isinstance(source, dict) else 'the mapping'} is a campus on the ground: nothing flies; price "
            f"it with 'skyrack price', or set it against a fleet with --set ground_baseline=NAME"
        )
    return load(source, dict(overrides or {}))


def prepare(loaded: Loaded, *, keep_cells: bool | None = None) -> Plan:
    """Return the plan of a scenario after the checks that need no model; raises InputError for whatever is wrong.

    `keep_cells` says whether the scenario stated the efficiency of its cells, where that is known better than from `loaded`.
    """
    _check_memory(loaded.scenario)
    layout = lay_out(loaded.scenario)
    names = [shell.name for shell in layout.shells]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError(f"shells: two shells of a stack come out as {twice!r}; space them by a kilometre or more")
    check_claim_quantities(loaded.scenario.claims, names)
    check_sources(loaded)
    cells = gives_cells(loaded) if keep_cells is None else keep_cells
    return Plan(loaded, layout, accelerators_per_satellite(loaded.scenario), cells)


def check_models(plan: Plan) -> None:
    """Raise InputError where the network or the jobs of a plan cannot be, as far as that is known before it flies."""
    check_network(plan.scenario, plan.network, plan.sites)
    check_workload(plan.scenario, plan.layout, plan.accelerators)


def _check_memory(scenario: Scenario) -> None:
    """Refuse a run that cannot fit into memory before it starts."""
    needed = needed_bytes(scenario) + PYTHON_BYTES
    available = available_bytes()
    if needed > available:
        raise InputError(
            f"shells: {scenario.n_sats:,} satellites need about {needed / 1e9:.1f} GB of memory, "
            f"{available / 1e9:.1f} GB are free; take fewer satellites or a larger machine"
        )
