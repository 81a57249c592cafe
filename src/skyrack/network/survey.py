"""The network of a scenario, look after look, from top to bottom in `survey`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.constants import DAY_S, SPEED_OF_LIGHT_M_PER_S
from skyrack.core.errors import InputError
from skyrack.core.time import julian_day, tt_since_j2000_s
from skyrack.network.bisection import Bisection, bisection
from skyrack.network.demand import Loaded, demands_of, load_network
from skyrack.network.downlink import Downlink, downlink, station_rates
from skyrack.network.links import WHY_DOWN, LinkPlan, Links, alive
from skyrack.network.routes import Router, Ways
from skyrack.orbits.constellation import Constellation, is_gone
from skyrack.orbits.ephemeris import SunTrack
from skyrack.orbits.formation import Keeping, keeping
from skyrack.orbits.ground import Places, cities_of, station_places, stations_of
from skyrack.scenario import Scenario
from skyrack.scenario.network import Station

Floats = NDArray[np.float64]
MOST_LOOKS = 200_000


@dataclass
class Survey:
    """What was seen of a network."""

    scenario: Scenario
    constellation: Constellation
    cities: Places
    stations: list[Station]
    times_s: Floats
    nearest_m: Floats
    """Way from each city to the nearest compute, (look, city); infinite where there is none."""
    nearest_hops: NDArray[np.int32]
    nearest_satellite: NDArray[np.int32]
    in_sight: NDArray[np.bool_]
    """Whether a city has any satellite in sight, (look, city)."""
    route_m: Floats
    """Way between each two of the routed cities, (look, pair)."""
    route_hops: NDArray[np.int32]
    n_routed: int
    alive: NDArray[np.bool_] = field(default_factory=lambda: np.ones(0, np.bool_))
    """Satellites in order at the first look."""
    n_decayed: int = 0
    """Satellites that SGP4 gave up until the last look."""
    paths: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """Satellites on the way of a pair at a look, (look, pair), where they were asked for."""
    down: dict[str, float] = field(default_factory=dict)
    """Mean share of the links that are down, by reason."""
    first_links: Links | None = None
    rate_mean_bit_per_s: float = 0.0
    """Of the links that are up, mean over links and looks."""
    up_frac: float = 0.0
    halves: Bisection | None = None
    loaded: Loaded | None = None
    brought_down: Downlink | None = None
    handover_s: Floats | None = None
    """How long each city keeps the satellite that is nearest at the first look, until it sets; nan without one."""
    keeping: dict[str, Keeping] = field(default_factory=dict)
    """Of each shell's formation."""

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Numbers of the cities of each routed pair."""
        return [(a, b) for a in range(self.n_routed) for b in range(a + 1, self.n_routed)]


def look_times(scenario: Scenario) -> Floats:
    """When the network is looked at: from the epoch on, as far as the run goes and the scenario asks."""
    network = scenario.network
    span_s = min(scenario.span_s, network.span_s)
    n = math.floor(span_s / network.step_s + 1e-9) + 1
    if n > MOST_LOOKS:
        raise InputError(f"network.step: {n:,} looks are asked for; accepted are {MOST_LOOKS:,} (a longer 'step')")
    return np.arange(n, dtype=np.float64) * network.step_s


def survey(
    scenario: Scenario,
    on_look: Callable[[int, int], None] | None = None,
    *,
    routes_only: bool = False,
    paths: bool = False,
) -> Survey:
    """Look at the network again and again: links, ways, what comes down; capacities at the first look.

    `routes_only` leaves out capacities and the downlink; `paths` keeps every satellite on every way. `on_look` hears how
    many of how many looks are done.
    """
    network = scenario.network
    constellation = Constellation(scenario)
    times_s = look_times(scenario)
    constellation.longest_s = max(float(times_s[-1]), LONGEST_PASS_S)
    cities, stations = cities_of(network), stations_of(network)
    fine = alive(constellation, network)
    plan, router = LinkPlan(constellation, network, fine), Router(constellation, network.access, fine, network.router)
    sun = SunTrack.at(tt_since_j2000_s(scenario.epoch), times_s)
    seen = _empty(scenario, constellation, cities, stations, times_s)
    rates = np.zeros((len(times_s), len(stations)))
    sites = station_places(stations)
    down = np.zeros(len(WHY_DOWN))
    for k, time_s in enumerate(times_s):
        places, speeds = constellation.states(float(time_s))
        gone = is_gone(places)
        usable = fine & ~gone
        plan.alive = router.usable = usable
        seen.n_decayed = max(seen.n_decayed, int(gone.sum()))
        turned = constellation.sidereal_rad(float(time_s))
        links = plan.look(places, speeds, sun.direction[k], network.step_s if k else 0.0)
        ground = cities.at(turned)
        _note_ways(seen, k, router, places, links, ground)
        down += np.bincount(links.state, minlength=len(WHY_DOWN))
        seen.rate_mean_bit_per_s += float(links.rate_bit_per_s.sum())
        if paths:
            _note_paths(seen, k, router, places, links, ground)
        if k == 0:
            seen.first_links, seen.alive = links, usable
        if not routes_only:
            rates[k] = station_rates(stations, sites.at(turned), places, usable)
            if k == 0:
                seen.halves = bisection(places, links, usable)
                seen.loaded = load_network(constellation, network, router, places, links, cities, ground)
        if on_look is not None:
            on_look(k + 1, len(times_s))
    n_links = max(down.sum(), 1.0)
    seen.down = {name: float(count / n_links) for name, count in zip(WHY_DOWN[1:], down[1:], strict=True)}
    seen.up_frac = float(down[0] / n_links) if down.sum() else 0.0
    seen.rate_mean_bit_per_s /= max(float(down[0]), 1.0)
    if not routes_only:
        seen.keeping = _keeping(constellation)
        seen.handover_s = _handover_s(seen, router)
        if stations:
            seen.brought_down = downlink(stations, sites, network.weather, times_s, rates)
    return seen


def check_network(scenario: Scenario) -> None:
    """InputError for whatever can be wrong with a network, before anything flies."""
    network = scenario.network
    times_s = look_times(scenario)
    constellation = Constellation(scenario)
    cities = cities_of(network)
    demands_of(network, cities)
    stations_of(network)
    _empty(scenario, constellation, cities.first(0), [], times_s)
    plan = LinkPlan(constellation, network, alive(constellation, network))
    for measured in scenario.measured:
        jd, fraction = julian_day(scenario.epoch)
        ages_s = np.abs(measured.read.epochs_jd - jd - fraction - times_s[-1] / DAY_S) * DAY_S
        if ages_s.max() > measured.age_limit_s:
            raise InputError(
                f"network.span: at the last look the elements of measured.{measured.name} are up to "
                f"{ages_s.max() / DAY_S:,.0f} days old; accepted are {measured.age_limit_s / DAY_S:,.0f} ('age_limit')"
            )
    if not plan.is_sure:
        plan.pairs(constellation.states(0.0)[0])


def _empty(
    scenario: Scenario, constellation: Constellation, cities: Places, stations: list[Station], times_s: Floats
) -> Survey:
    n, n_cities = len(times_s), len(cities.names)
    n_routed = min(scenario.network.routed_cities, n_cities)
    n_pairs = n_routed * (n_routed - 1) // 2
    if n * max(n_pairs, n_cities) > 2e8:
        raise InputError(
            f"network.routed_cities: {n_pairs:,} pairs at {n:,} looks are too many to keep; take fewer cities or looks"
        )
    return Survey(
        scenario=scenario,
        constellation=constellation,
        cities=cities,
        stations=stations,
        times_s=times_s,
        nearest_m=np.full((n, n_cities), np.inf),
        nearest_hops=np.full((n, n_cities), -1, np.int32),
        nearest_satellite=np.full((n, n_cities), -1, np.int32),
        in_sight=np.zeros((n, n_cities), np.bool_),
        route_m=np.full((n, n_pairs), np.inf),
        route_hops=np.full((n, n_pairs), -1, np.int32),
        n_routed=n_routed,
    )


def _note_ways(seen: Survey, k: int, router: Router, places: Floats, links: Links, ground: Floats) -> None:
    """Ways between the routed cities; to the nearest compute straight up, and where there is a backbone through it."""
    has_backbone = bool(seen.scenario.network.backbone)
    n = ground.shape[1] if has_backbone else seen.n_routed
    who, range_m = router.nearest(places, ground)
    seen.nearest_satellite[k], seen.nearest_m[k] = who, range_m
    seen.nearest_hops[k] = np.where(who >= 0, 1, -1)
    seen.in_sight[k] = who >= 0
    if n == 0:
        return
    found: Ways = router.ways(places, links, np.ascontiguousarray(ground[:, :n]))
    columns, rows = np.triu_indices(seen.n_routed, 1)
    seen.route_m[k], seen.route_hops[k] = found.length_m[rows, columns], found.hops[rows, columns]
    seen.in_sight[k, :n] |= found.in_sight
    if has_backbone:
        farther = found.nearest_m < seen.nearest_m[k]
        seen.nearest_m[k] = np.where(farther, found.nearest_m, seen.nearest_m[k])
        seen.nearest_hops[k] = np.where(farther, found.nearest_hops, seen.nearest_hops[k])
        seen.nearest_satellite[k] = np.where(farther, found.nearest_satellite, seen.nearest_satellite[k])


def _note_paths(seen: Survey, k: int, router: Router, places: Floats, links: Links, ground: Floats) -> None:
    pairs = seen.pairs
    if len(pairs) * len(seen.times_s) > MOST_PATHS:
        raise InputError(
            f"paths: {len(pairs):,} pairs at {len(seen.times_s):,} looks are too many; accepted are {MOST_PATHS:,} ways"
        )
    for pair, (a, b) in enumerate(pairs):
        if np.isfinite(seen.route_m[k, pair]):
            seen.paths[k, pair] = router.path(places, links, ground, a, b)


MOST_PATHS = 200_000
HANDOVER_STEP_S = 15.0
LONGEST_PASS_S = 1800.0


def _handover_s(seen: Survey, router: Router) -> Floats:
    """Time until the nearest satellite of the first look has set over each city, to a step of 15 s; nan without one."""
    chosen = seen.nearest_satellite[0]
    up = (chosen >= 0) & (seen.nearest_hops[0] == 1)
    lasts = np.where(up, 0.0, np.nan)
    time_s = 0.0
    while up.any() and time_s < LONGEST_PASS_S:
        time_s += HANDOVER_STEP_S
        places, _ = seen.constellation.states(time_s)
        ground = seen.cities.at(seen.constellation.sidereal_rad(time_s)).T
        apart = places[chosen] - ground
        far = np.linalg.norm(apart, axis=1)
        upward = (apart * ground).sum(axis=1) / np.linalg.norm(ground, axis=1)
        up &= (upward >= router.sine_limit * far) & (far <= router.range_limit_m)
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
    """Round trip over a way, in milliseconds: light alone, no queues and no work at either end."""
    return 2e3 * np.asarray(length_m) / SPEED_OF_LIGHT_M_PER_S
