"""Demand for a served model: requests of cities by population and local time of day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.ground import city_names
from skyrack.catalogue.traces import trace_statistics, traces
from skyrack.core.errors import InputError
from skyrack.core.jit import driver
from skyrack.orbits.ground import Places, cities_of
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Serving
from skyrack.workload.engine import Requests, new_requests
from skyrack.workload.requests import Trace, draw_gaps, draw_requests, read_trace

Floats = NDArray[np.float64]
HOURS = np.array(
    [
        *(0.45, 0.30, 0.22, 0.18, 0.20, 0.30, 0.50, 0.80, 1.10, 1.30, 1.40, 1.40),
        *(1.35, 1.35, 1.40, 1.40, 1.35, 1.30, 1.30, 1.40, 1.50, 1.40, 1.10, 0.75),
    ]
)
"""Diurnal profile: requests by local hour over their mean; an estimate with peaks by day and in the evening."""
HOURS = HOURS / HOURS.mean()
OPEN_SESSIONS = 64
"""Number of open sessions of a city that a request may continue."""
MIN_PEOPLE = 1.0
"""Minimum population that counts for a city."""


def users(scenario: Scenario, serving: Serving) -> Places:
    """Return the cities whose users are served; InputError for unknown names or no city at all."""
    if not serving.cities:
        found = cities_of(scenario.network)
    else:
        try:
            names = dict.fromkeys(name for entry in serving.cities for name in city_names(entry))
        except ValueError as error:
            raise InputError(f"workload.serving.cities: {error}") from None
        found = cities_of(scenario.network.model_copy(update={"cities": tuple(names)}))
    if not found.names:
        raise InputError("workload.serving.cities: there is no city to serve; name some, or a continent such as europe")
    return found


def hour_share(longitude_rad: Floats, hour_utc: float) -> Floats:
    """Return the requests at an hour of UTC over their daily mean, by the local solar time at these longitudes."""
    local = np.mod(hour_utc + np.degrees(longitude_rad) / 15.0, 24.0)
    share: Floats = np.interp(local, np.arange(25) + 0.5, np.append(HOURS, HOURS[0]), period=24.0)
    return share


@dataclass(frozen=True)
class Demand:
    """Distribution of requests over cities at one hour."""

    places: Places
    weights: Floats
    """Share of each city in the requests of this hour, (city,)."""
    hour_factor: float
    """Requests of this hour over those of an average hour."""


def demand_of(scenario: Scenario, serving: Serving) -> Demand:
    """Return the demand at the middle of the simulated time; InputError for unknown cities."""
    places = users(scenario, serving)
    middle = scenario.epoch + timedelta(seconds=serving.begin_s + 0.5 * serving.span_s)
    hour = middle.hour + middle.minute / 60.0 + middle.second / 3600.0
    people = np.maximum(places.people, MIN_PEOPLE)
    now = people * hour_share(places.longitude_rad, hour)
    return Demand(places, now / now.sum(), float(now.sum() / people.sum()))


def requests_at(
    serving: Serving,
    demand: Demand,
    rate_per_s: float,
    begin_s: float,
    span_s: float,
    seed: int,
    reach: tuple[Floats, NDArray[np.bool_]] | None = None,
    *,
    sessions: bool = True,
    is_trial: bool = False,
) -> Requests:
    """Return requests at a mean rate of all cities together, sampled from trace statistics or replayed from a trace.

    In a trial of one replica out of very many (`is_trial`), requests of a trace keep their order but arrive at random.
    `reach` holds the begins of the periods and, (period, city), True for cities that reach a replica; requests of other
    cities are left out. Without `sessions` every request is independent. Raises InputError for an unreadable trace.
    """
    rng = np.random.Generator(np.random.Philox(key=[seed, 1]))
    begins, reaches = reach or (np.array([begin_s]), np.ones((1, len(demand.weights)), np.bool_))
    ends = np.append(begins[1:], np.inf)
    is_known = serving.trace in traces()
    variation = serving.gap_variation
    if variation is None:
        variation = trace_statistics(serving.trace).gap_variation if is_known else 1.0
    arrivals, places = [], []
    for begin, end, mine in zip(begins, ends, reaches, strict=True):
        first, last = max(begin, begin_s), min(end, begin_s + span_s)
        weights = np.where(mine, demand.weights, 0.0)
        if last <= first or weights.sum() <= 0.0:
            continue
        came = first + _arrivals(rate_per_s * float(weights.sum()), last - first, variation, rng)
        arrivals.append(came)
        at = np.searchsorted(np.cumsum(weights), rng.random(len(came)) * weights.sum(), side="right")
        places.append(np.minimum(at, np.flatnonzero(mine)[-1]))
    arrival, place = np.concatenate([np.empty(0), *arrivals]), np.concatenate([np.empty(0, np.int64), *places])
    if not len(arrival):  # none at a very low rate: one request stands for them
        period = int(reaches.any(axis=1).argmax())
        arrival, place = np.array([max(begins[period], begin_s)]), np.flatnonzero(reaches[period])[:1]
    if is_known:
        prompt, output = draw_requests(trace_statistics(serving.trace), arrival, seed)
        before = _sessions(place, trace_statistics(serving.trace).turns, rng) if sessions else np.full(len(arrival), -1)
    else:
        trace = read_trace(Path(serving.trace))
        arrival, prompt, output, before = _of_trace(trace, arrival, begin_s, keeps_gaps=not is_trial)
        before = before if sessions else np.full(len(arrival), -1)
    told = np.where(before >= 0, prompt[before] + output[before], 0)
    return new_requests(arrival, prompt, output, cached=np.minimum(told, prompt - 1), place=place, before=before)


def _arrivals(rate_per_s: float, span_s: float, variation: float, rng: np.random.Generator) -> Floats:
    n = max(1, math.ceil(1.3 * rate_per_s * span_s + 50.0))
    came = np.cumsum(draw_gaps(n, rate_per_s, variation, rng))
    return np.asarray(came[came < span_s])


def _of_trace(
    trace: Trace, arrival: Floats, begin_s: float, *, keeps_gaps: bool
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the requests of a trace, repeated, with its gaps scaled to the same number of requests in the same time.

    Returns arrivals (s), prompt and output tokens, and the number of the previous request of the same session (-1:
    none).
    """
    number = np.arange(len(arrival))
    turns, at = np.divmod(number, len(trace.prompt))
    whole_s = trace.span_s * len(trace.prompt) / max(len(trace.prompt) - 1, 1)
    own_s = turns * whole_s + trace.arrival_s[at]
    stretched = begin_s + own_s * (float(arrival[-1]) - begin_s) / max(float(own_s[-1]), 1e-9)
    before = np.where(trace.before[at] >= 0, turns * len(trace.prompt) + trace.before[at], -1)
    if not keeps_gaps or trace.span_s <= 0.0:
        stretched = arrival
    return stretched, trace.prompt[at], trace.output[at], before


def _sessions(place: NDArray[np.int64], turns: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the number of the previous request of the session of each request, -1 for none.

    Sessions have a mean number of `turns`; a request continues an open session of its own city.
    """
    before = np.full(len(place), -1)
    if turns <= 1.0:
        return before
    follows = rng.random(len(place)) < 1.0 - 1.0 / turns
    continue_sessions(np.ascontiguousarray(place, np.int64), follows, int(place.max(initial=0)) + 1, before)
    return before


@driver
def continue_sessions(place, follows, n_places, before):  # type: ignore[no-untyped-def]
    """Write to `before` the request that each request with `follows` continues: the oldest open session of its place.

    Of each place the latest `OPEN_SESSIONS` requests are open.
    """
    waiting = np.empty((n_places, OPEN_SESSIONS), np.int64)
    first, count = np.zeros(n_places, np.int64), np.zeros(n_places, np.int64)
    for k in range(len(place)):
        city = place[k]
        if follows[k] and count[city] > 0:
            before[k] = waiting[city, first[city]]
            first[city], count[city] = (first[city] + 1) % OPEN_SESSIONS, count[city] - 1
        if count[city] == OPEN_SESSIONS:
            first[city], count[city] = (first[city] + 1) % OPEN_SESSIONS, count[city] - 1
        waiting[city, (first[city] + count[city]) % OPEN_SESSIONS] = k
        count[city] += 1
