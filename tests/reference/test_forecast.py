"""The forecast against a fleet in flight: light and power of satellites of each shell of each built-in scenario."""

import itertools

import numpy as np
import pytest

from skyrack.fleet.sample_flight import fly_samples
from skyrack.forecast.forecast import Forecast
from skyrack.forecast.light import POWERED, SUNLIT
from skyrack.forecast.power import MIN_RATE_FRAC
from skyrack.run.prepare import load_flown, prepare

DAY_S = 86_400.0
SETTLED_S = 0.5 * DAY_S
"""Time after which the cycle of the batteries, which begin full, has settled."""
FULL = 0.9999


def outages_of(intervals):
    """Outages (begin, end) between the intervals in which a condition holds."""
    return [(end, begin) for (_, end), (begin, _) in itertools.pairwise(intervals)]


def flown_outages(is_up, time_s, step_s):
    """Outages of a flight, from the middle of the first step that is not wholly up to the middle of the last one."""
    change = np.diff(is_up.astype(int))
    begins, ends = (time_s[1:] - 0.5 * step_s)[change < 0], (time_s[:-1] - 0.5 * step_s)[change > 0]
    return list(zip(begins, ends[ends >= begins[:1].sum()], strict=False))


def check_outages(forecast, flown, begin_s, step_s):
    """Outages of a flight and of its forecast begin and end within a step of each other; one may lack those of two steps."""
    for some, others in ((forecast, flown), (flown, forecast)):
        for begin, end in some:
            if begin_s < begin and end < DAY_S - 600.0 and end - begin > 2.0 * step_s:
                near = min(others, key=lambda one: abs(one[0] - begin) + abs(one[1] - end))
                assert abs(near[0] - begin) <= step_s
                assert abs(near[1] - end) <= step_s


def check(name):
    plan = prepare(load_flown(name))
    forecast = Forecast.of(plan, 0.0, DAY_S)
    refs = [ref for shell in range(len(plan.layout.shells)) for ref in plan.layout.spread(3, [shell])]
    flown = fly_samples(plan.scenario, plan.layout, refs, DAY_S)
    for k, ref in enumerate(flown.satellites):
        node = int(forecast.rings.node_of[ref.number])
        lit = outages_of(forecast.light.intervals(node, 0.0, DAY_S, SUNLIT))
        check_outages(
            lit, flown_outages(flown.sunlit_frac[:, k] > FULL, flown.time_s, flown.step_s), 600.0, flown.step_s
        )
        shell = plan.layout.layers[ref.layer].shell
        power = forecast.powers[shell]
        if power.dark_rate_frac <= MIN_RATE_FRAC:  # without a battery for computers, power is light
            continue
        powered = outages_of(forecast.light.intervals(node, 0.0, DAY_S, POWERED))
        peak_w = plan.layout.shells[shell].satellite.compute.peak_power_w
        is_served = flown.compute_frac[:, k] * peak_w > FULL * min(power.lit_w, power.dark_w)
        check_outages(powered, flown_outages(is_served, flown.time_s, flown.step_s), SETTLED_S, flown.step_s)


@pytest.mark.parametrize("name", ["suncatcher-81", "starlink-v3-compute"])
def test_light_and_power_agree_with_the_flown_fleet(name):
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "lunar-pole",
        "openai-orbital",
        "spacex-million",
        "spacex-pilot-2027",
        "starcloud-5gw",
        "starcloud-88k",
        "sunrise-51600",
        "three-body-2800",
    ],
)
def test_light_and_power_agree_with_the_flown_fleet_everywhere(name):
    check(name)
