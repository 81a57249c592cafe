"""Short ways for tests to build what a run's plan holds: layout, constellation, network."""

from __future__ import annotations

from skyrack.design.sizing import Sizing
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


def history_of(scenario: Scenario, **options: bool) -> NetworkHistory:
    """Return the network of a scenario through its run."""
    return simulate_network(scenario, network_of(scenario), ground_sites(scenario.network), **options)
