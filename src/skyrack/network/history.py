"""Simulation of a scenario's network through a run, snapshot by snapshot."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S
from skyrack.core.errors import InputError
from skyrack.core.time import julian_day
from skyrack.network.bisection import Bisection, bisection
from skyrack.network.demand import LoadedNetwork, demands_of, load_network
from skyrack.network.downlink import Downlink, downlink, station_rates
from skyrack.network.links import LINK_STATES
from skyrack.network.snapshot import NetworkModel, NetworkSnapshot
from skyrack.orbits.constellation import Constellation
from skyrack.orbits.formation import Keeping, keeping
from skyrack.orbits.ground import GroundSites, Places
from skyrack.physics.propagation_delay import light_time_s
from skyrack.scenario import Scenario

Floats = NDArray[np.float64]
MAX_SNAPSHOTS = 200_000
"""Maximum number of snapshots of a run."""
MAX_PATHS = 200_000
"""Maximum number of paths whose satellites are kept."""
MAX_KEPT_VALUES = 2e8
"""Maximum number of values kept for each quantity, snapshots times pairs or cities."""


@dataclass
class NetworkHistory:
    """Network of a run: paths at every snapshot, capacities at the first one, and the downlink over time."""

    scenario: Scenario
    constellation: Constellation
    sites: GroundSites
    times_s: Floats
    """Times of the snapshots since the epoch, (snapshot,)."""
    nearest_m: Floats
    """Length of the path from each city to the nearest compute satellite, (snapshot, city); infinite without a path."""
    nearest_hops: NDArray[np.int32]
    """Number of links on that path, the ground link included, (snapshot, city); -1 without a path."""
    nearest_satellite: NDArray[np.int32]
    """Number of the nearest compute satellite, (snapshot, city); -1 without a path."""
    in_sight: NDArray[np.bool_]
    """True if a city sees any satellite, (snapshot, city)."""
    route_m: Floats
    """Length of the path between the cities of each routed pair, (snapshot, pair); infinite without a path."""
    route_hops: NDArray[np.int32]
    """Number of links on that path, ground links included, (snapshot, pair); -1 without a path."""
    n_routed: int
    """Number of cities between which paths are routed."""
    first: NetworkSnapshot | None = None
    """Network at the first snapshot."""
    n_decayed: int = 0
    """Maximum number of decayed satellites, for which SGP4 fails, over the snapshots."""
    paths: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """Satellites on the path of each (snapshot, pair), if requested."""
    down: dict[str, float] = field(default_factory=dict)
    """Mean share of the links in each state except up."""
    rate_mean_bit_per_s: float = 0.0
    """Data rate of the links that are up, mean over links and snapshots."""
    up_frac: float = 0.0
    """Share of the links that are up, mean over snapshots."""
    halves: Bisection | None = None
    """Bisection bandwidth at the first snapshot."""
    loaded: LoadedNetwork | None = None
    """Flow of the demands at the first snapshot."""
    downlink: Downlink | None = None
    """Downlink throughput through time; None without stations."""
    handover_s: Floats | None = None
    """Time until the nearest satellite of the first snapshot sets, (city,); nan without one."""
    keeping: dict[str, Keeping] = field(default_factory=dict)
    """Station keeping of the formation of each shell, by the name of the shell."""

    @property
    def cities(self) -> Places:
        """Cities of the scenario."""
        return self.sites.cities

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Positions of the cities of each routed pair."""
        return [(a, b) for a in range(self.n_routed) for b in range(a + 1, self.n_routed)]


def snapshot_times_s(scenario: Scenario) -> Floats:
    """Return the times of the snapshots in seconds since the epoch; InputError for more than MAX_SNAPSHOTS.

    They cover the span of the run or that of `network.span`, whichever is shorter.
    """
    network = scenario.network
    span_s = min(scenario.span_s, network.span_s)
    n = math.floor(span_s / network.step_s + 1e-9) + 1
    if n > MAX_SNAPSHOTS:
        raise InputError(
            f"network.step: {n:,} snapshots are asked for; accepted are {MAX_SNAPSHOTS:,} (a longer 'step')"
        )
    return np.arange(n, dtype=np.float64) * network.step_s


def simulate_network(
    scenario: Scenario,
    model: NetworkModel,
    sites: GroundSites,
    on_snapshot: Callable[[int, int], None] | None = None,
    *,
    is_cancelled: Callable[[], bool] = lambda: False,
    routes_only: bool = False,
    paths: bool = False,
) -> NetworkHistory:
    """Simulate a network snapshot by snapshot: links, paths and downlink; capacities at the first snapshot.

    `routes_only` skips capacities and downlink; `paths` keeps every satellite on every path. `on_snapshot` is called
    with the number of completed snapshots and their total. If `is_cancelled` returns True, the history ends early.
    Raises InputError for too many snapshots, pairs or paths, for invalid demands, and for too few laser terminals.
    """
    times_s = snapshot_times_s(scenario)
    history = _empty(scenario, model.constellation, sites, times_s)
    rates = np.zeros((len(times_s), len(sites.stations)))
    counts = np.zeros(len(LINK_STATES))
    snapshot: NetworkSnapshot | None = None
    for k, time_s in enumerate(times_s):
        if is_cancelled():
            return history
        snapshot = model.at(float(time_s), previous=snapshot)
        ground = snapshot.ground(sites.cities)
        _note_paths(history, k, snapshot, ground)
        counts += np.bincount(snapshot.links.state, minlength=len(LINK_STATES))
        history.rate_mean_bit_per_s += float(snapshot.links.rate_bit_per_s.sum())
        history.n_decayed = max(history.n_decayed, snapshot.n_decayed)
        if paths:
            _note_satellites(history, k, snapshot, ground)
        if k == 0:
            history.first = snapshot
        if not routes_only:
            rates[k] = station_rates(
                sites.stations, snapshot.ground(sites.station_places), snapshot.positions_m, snapshot.usable
            )
            if k == 0:
                history.halves = bisection(snapshot.positions_m, snapshot.links, snapshot.usable)
                history.loaded = load_network(snapshot, sites.cities, ground)
        if on_snapshot is not None:
            on_snapshot(k + 1, len(times_s))
    _note_link_states(history, counts)
    if not routes_only:
        history.keeping = _keeping(model.constellation)
        history.handover_s = _handover_s(history, model)
        if sites.stations:
            weather = scenario.network.weather
            history.downlink = downlink(sites.stations, sites.station_places, weather, times_s, rates)
    return history


def check_network(scenario: Scenario, model: NetworkModel, sites: GroundSites) -> None:
    """Raise InputError for an invalid network before the simulation: demands, size, age of elements, terminals."""
    times_s = snapshot_times_s(scenario)
    demands_of(scenario.network, sites.cities)
    _check_size(scenario, len(times_s), len(sites.cities.names))
    for catalogue in scenario.catalogued:
        jd, fraction = julian_day(scenario.epoch)
        ages_s = np.abs(catalogue.read.epochs_jd - jd - fraction - times_s[-1] / DAY_S) * DAY_S
        if ages_s.max() > catalogue.age_limit_s:
            raise InputError(
                f"network.span: at the last snapshot the elements of catalogued.{catalogue.name} are up to "
                f"{ages_s.max() / DAY_S:,.0f} days old; accepted are {catalogue.age_limit_s / DAY_S:,.0f} ('age_limit')"
            )
    if not model.links.is_sure:
        model.links.pairs(model.constellation.states(0.0)[0])


def _check_size(scenario: Scenario, n: int, n_cities: int) -> int:
    """Return the number of routed pairs; InputError if pairs times snapshots exceed MAX_KEPT_VALUES."""
    n_routed = min(scenario.network.routed_cities, n_cities)
    n_pairs = n_routed * (n_routed - 1) // 2
    if n * max(n_pairs, n_cities) > MAX_KEPT_VALUES:
        raise InputError(
            f"network.routed_cities: {n_pairs:,} pairs at {n:,} snapshots are too many to keep; "
            "take fewer cities or snapshots"
        )
    return n_pairs


def _empty(scenario: Scenario, constellation: Constellation, sites: GroundSites, times_s: Floats) -> NetworkHistory:
    n, n_cities = len(times_s), len(sites.cities.names)
    n_pairs = _check_size(scenario, n, n_cities)
    return NetworkHistory(
        scenario=scenario,
        constellation=constellation,
        sites=sites,
        times_s=times_s,
        nearest_m=np.full((n, n_cities), np.inf),
        nearest_hops=np.full((n, n_cities), -1, np.int32),
        nearest_satellite=np.full((n, n_cities), -1, np.int32),
        in_sight=np.zeros((n, n_cities), np.bool_),
        route_m=np.full((n, n_pairs), np.inf),
        route_hops=np.full((n, n_pairs), -1, np.int32),
        n_routed=min(scenario.network.routed_cities, n_cities),
    )


def _note_link_states(history: NetworkHistory, counts: Floats) -> None:
    n_links = max(counts.sum(), 1.0)
    history.down = {name: float(count / n_links) for name, count in zip(LINK_STATES[1:], counts[1:], strict=True)}
    history.up_frac = float(counts[0] / n_links) if counts.sum() else 0.0
    history.rate_mean_bit_per_s /= max(float(counts[0]), 1.0)


def _note_paths(history: NetworkHistory, k: int, snapshot: NetworkSnapshot, ground_m: Floats) -> None:
    """Record the paths between the routed cities, and to the nearest compute satellite, direct or by a backbone."""
    has_backbone = bool(history.scenario.network.backbone)
    n = ground_m.shape[1] if has_backbone else history.n_routed
    who, range_m = snapshot.nearest(ground_m)
    history.nearest_satellite[k], history.nearest_m[k] = who, range_m
    history.nearest_hops[k] = np.where(who >= 0, 1, -1)
    history.in_sight[k] = who >= 0
    if n == 0:
        return
    found = snapshot.paths(np.ascontiguousarray(ground_m[:, :n]))
    columns, rows = np.triu_indices(history.n_routed, 1)
    history.route_m[k], history.route_hops[k] = found.length_m[rows, columns], found.hops[rows, columns]
    history.in_sight[k, :n] |= found.in_sight
    if has_backbone:
        farther = found.nearest_m < history.nearest_m[k]
        history.nearest_m[k] = np.where(farther, found.nearest_m, history.nearest_m[k])
        history.nearest_hops[k] = np.where(farther, found.nearest_hops, history.nearest_hops[k])
        history.nearest_satellite[k] = np.where(farther, found.nearest_satellite, history.nearest_satellite[k])


def _note_satellites(history: NetworkHistory, k: int, snapshot: NetworkSnapshot, ground_m: Floats) -> None:
    pairs = history.pairs
    if len(pairs) * len(history.times_s) > MAX_PATHS:
        raise InputError(
            f"paths: {len(pairs):,} pairs at {len(history.times_s):,} snapshots are too many; "
            f"accepted are {MAX_PATHS:,} paths"
        )
    for pair, (a, b) in enumerate(pairs):
        if np.isfinite(history.route_m[k, pair]):
            history.paths[k, pair] = snapshot.path(ground_m, a, b)


HANDOVER_STEP_S = 15.0
"""Time resolution of handover times."""
MAX_PASS_S = 1800.0
"""Maximum handover time that is computed."""


def _handover_s(history: NetworkHistory, model: NetworkModel) -> Floats:
    """Return the time until the nearest satellite of the first snapshot sets at each city, to 15 s; nan without one."""
    chosen = history.nearest_satellite[0]
    up = (chosen >= 0) & (history.nearest_hops[0] == 1)
    lasts = np.where(up, 0.0, np.nan)
    time_s = 0.0
    while up.any() and time_s < MAX_PASS_S:
        time_s += HANDOVER_STEP_S
        positions_m, _ = history.constellation.states(time_s)
        ground = history.cities.at(history.constellation.sidereal_rad(time_s)).T
        apart = positions_m[chosen] - ground
        far = np.linalg.norm(apart, axis=1)
        upward = (apart * ground).sum(axis=1) / np.linalg.norm(ground, axis=1)
        up &= (upward >= model.min_elevation_sine * far) & (far <= model.range_limit_m)
        lasts[up] = time_s
    return lasts


def _keeping(constellation: Constellation) -> dict[str, Keeping]:
    found = {}
    for grid in constellation.grids:
        layer, name = grid.layer, constellation.shells[grid.shell].name
        if layer is not None and layer.formation is not None and name not in found:
            found[name] = keeping(layer.formation, constellation.motion(layer))
    return found


def rtt_ms(length_m: Any) -> Any:
    """Return the propagation RTT in milliseconds over paths of a length in metres, without queueing and processing."""
    return 2e3 * light_time_s(np.asarray(length_m))
