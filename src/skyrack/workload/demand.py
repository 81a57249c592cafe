"""Who asks, when: cities by their people and the hour there, and the requests that they send."""

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
"""Requests by the hour of the day where the user is, over their mean: an estimate of the usual shape, up by day and
evening."""
HOURS = HOURS / HOURS.mean()
LEAST_PEOPLE = 1.0


def users(scenario: Scenario, serving: Serving) -> Places:
    """The cities whose people are served; InputError for names that nobody knows."""
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
    """Requests now over their mean of the day, by the Sun's time at some longitudes."""
    local = np.mod(hour_utc + np.degrees(longitude_rad) / 15.0, 24.0)
    share: Floats = np.interp(local, np.arange(25) + 0.5, np.append(HOURS, HOURS[0]), period=24.0)
    return share


@dataclass(frozen=True)
class Demand:
    """Requests of some time and place."""

    places: Places
    weights: Floats
    """Share of each city in the requests of this hour."""
    hour_factor: float
    """Requests of this hour over those of a mean hour."""


def demand_of(scenario: Scenario, serving: Serving) -> Demand:
    """The users' weights in the middle of the time that is looked at."""
    places = users(scenario, serving)
    middle = scenario.epoch + timedelta(seconds=serving.begin_s + 0.5 * serving.span_s)
    hour = middle.hour + middle.minute / 60.0 + middle.second / 3600.0
    people = np.maximum(places.people, LEAST_PEOPLE)
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
    """Requests at a mean rate of all cities together: drawn by the statistics of a trace, or those of a trace at that rate.

    A trial of one replica, of very many, meets a trace's requests in their order and by chance in time. `reach` says when
    periods begin and which cities reach anybody in them, (period, city): requests of others are left out.
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
    if not len(arrival):  # so rare that none came: one stands for them
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
    """The trace's own requests, over and over, in place of drawn ones: its gaps, stretched to as many in the same time.

    Arrivals, prompts, answers, and the number of the request before in the same session.
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
    """Request that each one follows: one of the same city that nobody followed yet, as often as sessions are long."""
    before = np.full(len(place), -1)
    if turns <= 1.0:
        return before
    follows = rng.random(len(place)) < 1.0 - 1.0 / turns
    waiting: dict[int, list[int]] = {}
    for k, city in enumerate(place.tolist()):
        queue = waiting.setdefault(city, [])
        if follows[k] and queue:
            before[k] = queue.pop(0)
        queue.append(k)
        if len(queue) > 64:
            queue.pop(0)
    return before
