"""Battery between a varying supply and a varying load, and its capacity fade."""

from typing import NamedTuple

from skyrack.core.constants import JULIAN_YEAR_S
from skyrack.core.jit import law


class BatteryExchange(NamedTuple):
    """Energy flows of a battery in one step; powers are means over the step."""

    charge_j: float
    """Stored energy at the end of the step."""
    curtailed_w: float
    """Curtailed surplus: not stored and not used."""
    short_w: float
    """Unserved part of the deficit."""
    discharged_w: float
    """Power delivered to the load."""
    lost_w: float
    """Power dissipated inside the battery."""


class Refill(NamedTuple):
    """Result of the part of a step in which a surplus precedes the deficit."""

    charge_j: float
    """Stored energy at the end of that part."""
    stored_j: float
    """Energy stored from the surplus."""
    offered_j: float
    """Energy that the whole surplus would store."""
    later_j: float
    """Energy that the cells can still accept from a surplus after the deficit."""


@law
def refill(charge_j, surplus_w, surplus_first, capacity_j, charge_limit_j, charge_efficiency, step_s):
    """Store a surplus that precedes the deficit, if it does.

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
    """Curtailed surplus in W, from the energy that all of it would have stored and the energy that was stored.

    A part of `battery_exchange`, whose reference holds here too. Reference: The New SMAD, sec. 21.2.
    """
    return (offered_j - stored_j) * (1.0 / (charge_efficiency * step_s))


@law
def serve_deficit(
    refilled, deficit_w, essential_share, capacity_j, reserve_j, charge_efficiency, discharge_efficiency, step_s
):
    """Serve the deficit, then store the remaining surplus.

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
    """Store a surplus and serve a deficit during one step (a step that crosses the shadow's edge has both).

    All powers are means over the step. `surplus_first` is true if the surplus precedes the deficit (into shadow) and false
    if it follows (out of shadow). Charging stops at `capacity_j`, which `charge_j` must not exceed, and when the cells have
    accepted `charge_limit_j`. Discharging stops at `reserve_j`, except for `essential_share` of the deficit, which may empty
    the battery. Nothing is clamped silently: surplus that is not stored is `curtailed_w`, unserved deficit is `short_w`, and
    surplus = curtailed + change of charge + lost + discharged.

    Valid: constant efficiencies (no dependence on rate, temperature or charge). Reference: Wertz, Everett and Puschell,
    Space Mission Engineering: The New SMAD, sec. 21.2 (energy balance over an orbit).
    """
    refilled = refill(charge_j, surplus_w, surplus_first, capacity_j, charge_limit_j, charge_efficiency, step_s)
    return serve_deficit(
        refilled, deficit_w, essential_share, capacity_j, reserve_j, charge_efficiency, discharge_efficiency, step_s
    )


@law
def battery_health_frac(full_cycles, age_s, fade_per_cycle_frac, fade_per_year_frac):
    """Remaining fraction of a battery's beginning-of-life capacity, never below zero.

    1 - k_cycle N - k_calendar t, with N the equivalent full cycles (energy discharged over beginning-of-life
    capacity). Linear fade: the early square-root part, the knee at the end of life, and the effects of temperature and
    depth are neglected.

    Valid: down to about 0.7. Reference: Schmalstieg et al., J. Power Sources 257 (2014) 325 (cycle plus calendar terms).
    """
    return max(1.0 - fade_per_cycle_frac * full_cycles - fade_per_year_frac * age_s / JULIAN_YEAR_S, 0.0)
