"""A battery between a varying supply and a varying load, and how it fades."""

from typing import NamedTuple

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.jit import law


class BatteryExchange(NamedTuple):
    """What a battery did in one step."""

    charge_j: float
    """Energy held at the end of the step."""
    curtailed_w: float
    """Surplus that found no room."""
    short_w: float
    """Deficit that was not covered."""
    discharged_w: float
    """Power delivered."""
    lost_w: float
    """Power turned into heat inside the battery."""


class Refill(NamedTuple):
    """The part of a step in which a surplus comes before the deficit."""

    charge_j: float
    """Energy held at its end."""
    stored_j: float
    """What it brought."""
    offered_j: float
    """What the whole surplus would bring."""
    later_j: float
    """What the cells can still take in of a surplus that comes after the deficit."""


@law
def refill(charge_j, surplus_w, surplus_first, capacity_j, charge_limit_j, charge_efficiency, step_s):
    """Store a surplus that comes before the deficit, where it does.

    The first part of `battery_exchange`, whose reference holds here too. Reference: The New SMAD, sec. 21.2.
    """
    # energies are those that enter and leave the cells
    offered_j = surplus_w * (charge_efficiency * step_s)
    taken_j = min(offered_j, charge_limit_j)
    first_j = taken_j if surplus_first else 0.0
    stored_j = min(first_j, capacity_j - charge_j)
    return Refill(charge_j + stored_j, stored_j, offered_j, taken_j - first_j)


@law
def curtailed_w(offered_j, stored_j, charge_efficiency, step_s):
    """What of a surplus found no room, from what all of it would have brought and what was stored.

    A part of `battery_exchange`, whose reference holds here too. Reference: The New SMAD, sec. 21.2.
    """
    return (offered_j - stored_j) * (1.0 / (charge_efficiency * step_s))


@law
def serve_deficit(
    refilled, deficit_w, essential_share, capacity_j, reserve_j, charge_efficiency, discharge_efficiency, step_s
):
    """Cover the deficit, then store what surplus is left.

    The second part of `battery_exchange`, whose reference holds here too. Reference: The New SMAD, sec. 21.2.
    """
    stored_per_w_j = charge_efficiency * step_s
    drawn_per_w_j = step_s / discharge_efficiency
    full_j = refilled.charge_j
    # until the reserve is reached all is served, from then on the essential share alone
    asked_j = deficit_w * drawn_per_w_j
    above_reserve_j = max(full_j - reserve_j, 0.0)
    wanted_j = asked_j - (1.0 - essential_share) * max(asked_j - above_reserve_j, 0.0)
    drawn_j = min(wanted_j, full_j)
    left_j = full_j - drawn_j
    after_j = min(refilled.later_j, capacity_j - left_j)
    stored_j = refilled.stored_j + after_j
    return BatteryExchange(
        left_j + after_j,
        curtailed_w(refilled.offered_j, stored_j, charge_efficiency, step_s),
        (asked_j - drawn_j) * (1.0 / drawn_per_w_j),
        drawn_j * (1.0 / drawn_per_w_j),
        stored_j * (1.0 / stored_per_w_j - 1.0 / step_s) + drawn_j * (1.0 / step_s - 1.0 / drawn_per_w_j),
    )


@law
def battery_exchange(
    charge_j,
    surplus_w,
    deficit_w,
    essential_share,
    surplus_first,
    capacity_j,
    reserve_j,
    charge_limit_j,
    charge_efficiency,
    discharge_efficiency,
    step_s,
):
    """Store a surplus and cover a deficit during one step (a step may hold both, when it crosses the shadow's edge).

    All powers are means over the step. `surplus_first` says whether the surplus comes before the deficit (into shadow) or
    after it (out of it). Charging stops at `capacity_j`, which `charge_j` must not exceed, and where the cells have taken
    in `charge_limit_j`. Discharging stops at `reserve_j`, but for `essential_share` of the deficit, which may empty the
    battery. Nothing is clamped silently: what does not fit is `curtailed_w`, what is missing is `short_w`, and surplus =
    curtailed + stored + lost + discharged.

    Valid: constant efficiencies (no dependence on rate, temperature or charge). Reference: Wertz, Everett and Puschell,
    Space Mission Engineering: The New SMAD, sec. 21.2 (energy balance over an orbit).
    """
    refilled = refill(charge_j, surplus_w, surplus_first, capacity_j, charge_limit_j, charge_efficiency, step_s)
    return serve_deficit(
        refilled, deficit_w, essential_share, capacity_j, reserve_j, charge_efficiency, discharge_efficiency, step_s
    )


@law
def battery_health_frac(full_cycles, age_s, fade_per_cycle_frac, fade_per_year_frac):
    """Share of its first capacity that a used battery still has, never below zero.

    1 - k_cycle N - k_calendar t, with N the equivalent full cycles (energy discharged over first capacity). Linear
    fade: the early square-root part and the knee at the end of life are left out, and so are temperature and depth.

    Valid: down to about 0.7. Reference: Schmalstieg et al., J. Power Sources 257 (2014) 325 (cycle plus calendar terms).
    """
    return max(1.0 - fade_per_cycle_frac * full_cycles - fade_per_year_frac * age_s / JULIAN_YEAR_S, 0.0)
