"""A battery between a varying supply and a varying load, and how it fades."""

from typing import NamedTuple

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.law import law


class BatteryExchange(NamedTuple):
    """What a battery did in one step."""

    charge_j: float
    """Energy held at the end of the step."""
    spilled_w: float
    """Surplus that found no room."""
    short_w: float
    """Deficit that was not covered."""
    discharged_w: float
    """Power delivered."""
    lost_w: float
    """Power turned into heat inside the battery."""


@law
def battery_exchange(
    charge_j,
    surplus_w,
    deficit_w,
    essential_share,
    surplus_first,
    capacity_j,
    reserve_j,
    charge_limit_w,
    charge_efficiency,
    discharge_efficiency,
    step_s,
):
    """Store a surplus and cover a deficit during one step (a step may hold both, when it crosses the shadow's edge).

    `surplus_first` is 1 where the surplus comes before the deficit (into shadow) and 0 where it comes after (out of it).
    Charging stops at `capacity_j` and at `charge_limit_w`. Discharging stops at `reserve_j`, but for `essential_share` of
    the deficit, which may empty the battery. Nothing is clamped silently: what does not fit is `spilled_w`, what is
    missing is `short_w`, and surplus = spilled + stored + lost + discharged.

    Valid: constant efficiencies (no dependence on rate, temperature or charge). Reference: Wertz, Everett and Puschell,
    Space Mission Engineering: The New SMAD, sec. 21.2 (energy balance over an orbit).
    """
    stored_per_w_j = charge_efficiency * step_s
    drawn_per_w_j = step_s / discharge_efficiency
    chargeable_w = min(surplus_w, charge_limit_w)
    before_w = surplus_first * min(chargeable_w, max(capacity_j - charge_j, 0.0) * (1.0 / stored_per_w_j))
    full_j = charge_j + before_w * stored_per_w_j
    # until the reserve is reached all is served, from then on the essential share alone
    above_reserve_w = max(full_j - reserve_j, 0.0) * (1.0 / drawn_per_w_j)
    wanted_w = min(deficit_w, above_reserve_w * (1.0 - essential_share) + deficit_w * essential_share)
    discharged_w = min(wanted_w, full_j * (1.0 / drawn_per_w_j))
    left_j = full_j - discharged_w * drawn_per_w_j
    after_w = (1.0 - surplus_first) * min(chargeable_w, max(capacity_j - left_j, 0.0) * (1.0 / stored_per_w_j))
    charged_w = before_w + after_w
    return BatteryExchange(
        left_j + after_w * stored_per_w_j,
        surplus_w - charged_w,
        deficit_w - discharged_w,
        discharged_w,
        charged_w * (1.0 - charge_efficiency) + discharged_w * (1.0 / discharge_efficiency - 1.0),
    )


@law
def battery_health_frac(full_cycles, age_s, fade_per_cycle_frac, fade_per_year_frac):
    """Share of its first capacity that a used battery still has, never below zero.

    1 - k_cycle N - k_calendar t, with N the equivalent full cycles (energy discharged over first capacity). Linear
    fade: the early square-root part and the knee at the end of life are left out, and so are temperature and depth.

    Valid: down to about 0.7. Reference: Schmalstieg et al., J. Power Sources 257 (2014) 325 (cycle plus calendar terms).
    """
    return max(1.0 - fade_per_cycle_frac * full_cycles - fade_per_year_frac * age_s / JULIAN_YEAR_S, 0.0)
