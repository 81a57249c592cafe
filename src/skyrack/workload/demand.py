"""Who asks, when: cities by their people and the hour there, and the requests that they send."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.ground import city_names
from skyrack.catalogue.streams import stream, streams
from skyrack.core.errors import InputError
from skyrack.network.ground import Places, cities_of
from skyrack.scenario import Scenario
from skyrack.scenario.workload import Serving
from skyrack.workload.engine import Requests, new_requests
from skyrack.workload.requests import draw_gaps, draw_requests, read_trace

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
    return np.interp(local, np.arange(25) + 0.5, np.append(HOURS, HOURS[0]), period=24.0)


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
    serving: Serving, demand: Demand, rate_per_s: float, begin_s: float, span_s: float, seed: int
) -> Requests:
    """Requests at a mean rate from the cities: drawn like a stream, or those of a trace at that rate."""
    rng = np.random.Generator(np.random.Philox(key=[seed, 1]))
    if serving.stream in streams():
        kind = stream(serving.stream)
        n = max(1, math.ceil(1.3 * rate_per_s * span_s + 50.0))
        arrival = np.cumsum(draw_gaps(n, rate_per_s, kind.gap_variation, rng))
        arrival = arrival[arrival < span_s] if (arrival < span_s).any() else arrival[:1] * 0.0
        prompt, output = draw_requests(kind, arrival, seed)
        turns = kind.turns
    else:
        trace = read_trace(Path(serving.stream))
        arrival, prompt, output = trace.arrival_s, trace.prompt, trace.output
        whole_s = max(trace.span_s * len(arrival) / max(len(arrival) - 1, 1), 1e-6)
        scale = len(arrival) / whole_s / rate_per_s
        times = max(1, math.ceil(span_s / (whole_s * scale)))
        arrival = (arrival[None, :] + whole_s * np.arange(times)[:, None]).ravel() * scale
        kept = arrival < span_s
        arrival, prompt, output = arrival[kept], np.tile(prompt, times)[kept], np.tile(output, times)[kept]
        turns = 1.0
    place = np.searchsorted(np.cumsum(demand.weights), rng.random(len(arrival)), side="right")
    place = np.minimum(place, len(demand.weights) - 1)
    before = _sessions(place, turns, rng)
    told = np.where(before >= 0, prompt[before] + output[before], 0)
    return new_requests(
        begin_s + arrival,
        prompt,
        output,
        cached=np.minimum(told, prompt - 1),
        place=place,
        before=before,
    )


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
