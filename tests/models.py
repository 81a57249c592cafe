"""Short ways for tests to build what a run's plan holds: layout, constellation, network."""

from __future__ import annotations

from skyrack.buildout.lives import ENDS, ShellLife
from skyrack.buildout.plan import Plan, plan_of
from skyrack.design.readings import Reading
from skyrack.design.sizing import Sizing
from skyrack.fleet.power import SatellitePower
from skyrack.network.history import NetworkHistory, simulate_network
from skyrack.network.snapshot import NetworkModel
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.ground import ground_sites
from skyrack.orbits.layout import lay_out
from skyrack.run.prepare import prepare
from skyrack.scenario import Loaded, Scenario


def constellation_of(scenario: Scenario) -> Constellation:
    """Return the constellation of a scenario."""
    return Constellation(lay_out(scenario))


def network_of(scenario: Scenario) -> NetworkModel:
    """Return the model of a scenario's network."""
    return NetworkModel.of(constellation_of(scenario), scenario.network)


def sizing_of(loaded: Loaded, *, keep_cells: bool = False) -> Sizing:
    """Return the sized satellite of a scenario, by default with the design's own cell."""
    return prepare(loaded, keep_cells=keep_cells).sizing


def reading_of(loaded: Loaded) -> Reading:
    """Return the main reading of a scenario's satellite."""
    return prepare(loaded).reading


def full_life(loaded: Loaded) -> tuple[ShellLife, ...]:
    """Return lives that end with the design life, without dose and wear."""
    shells = prepare(loaded).layout.shells
    life_s = loaded.scenario.design.life_s
    return tuple(ShellLife(shell.name, shell.n_sats, 0.0, None, None, None, life_s, ENDS[0]) for shell in shells)


def buildout_plan_of(loaded: Loaded, power: SatellitePower | None = None) -> Plan:
    """Return the build-out plan of satellites that reach their design life, by default at the power they request."""
    reading = reading_of(loaded)
    return plan_of(reading, power or SatellitePower.as_closed(reading.inputs.compute_lit_w), full_life(loaded))


def history_of(scenario: Scenario, **options: bool) -> NetworkHistory:
    """Return the network of a scenario through its run."""
    return simulate_network(scenario, network_of(scenario), ground_sites(scenario.network), **options)
