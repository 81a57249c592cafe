"""Tables of a flight: names, units and labels, without anything that computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from skyrack.results.channels import Channel, Figure, Table


@dataclass(frozen=True)
class FlightFigures:
    """Figures of a flight by which two are compared; times of phases are means over the ranks."""

    virtual_s: Annotated[float, Figure("s", "Virtual time of the flight")]
    n_steps: Annotated[int, Figure("", "Optimiser steps of the flight, repeated ones included")]
    flight_step_s: Annotated[float | None, Figure("s", "Mean time of an optimiser step, restarts excluded")]
    flight_energy_j: Annotated[float, Figure("j", "Energy of the computers during the flight")]
    flight_cost_usd: Annotated[float | None, Figure("usd", "Cost of the flight at the levelised price of energy")]
    loss_first: Annotated[float | None, Figure("", "Loss at the first step, mean over the ranks")]
    loss_last: Annotated[float | None, Figure("", "Loss at the last step, mean over the ranks")]
    compute_s: Annotated[float, Figure("s", "Virtual time of computing at full power")]
    power_s: Annotated[float, Figure("s", "Virtual time lost to the power limit, eclipses included")]
    waiting_s: Annotated[float, Figure("s", "Virtual time of waiting for other satellites")]
    communication_s: Annotated[float, Figure("s", "Virtual time of exposed communication")]
    outage_s: Annotated[float, Figure("s", "Virtual time of waiting for routes that are down")]
    restart_s: Annotated[float, Figure("s", "Virtual time lost to failures, reboots and restarts")]
    n_restarts: Annotated[int, Figure("", "Restarts of the job after the loss of a satellite")]
    n_flips: Annotated[int, Figure("", "Bits flipped by silent data corruption")]
    n_eclipses: Annotated[int, Figure("", "Eclipses of the flown satellites")]


ROUTES_TABLE = Table(
    "routes",
    "Routes between the flown satellites",
    (
        Channel("time_s", "s", "Time since the epoch from which the route holds"),
        Channel("first", "", "Rank at one end"),
        Channel("second", "", "Rank at the other end"),
        Channel("delay_s", "s", "Propagation delay of the route; infinite without one"),
        Channel("rate_bit_per_s", "bit_per_s", "Data rate of the slowest link on the route; zero without one"),
        Channel("hops", "", "Number of links on the route; -1 without one"),
    ),
)
CONTACTS_TABLE = Table(
    "contacts",
    "Contacts of the flown satellites with ground stations",
    (
        Channel("rank", "", "Rank"),
        Channel("station", "", "Name of the ground station"),
        Channel("begin_s", "s", "Time since the epoch at which the station sees the satellite first"),
        Channel("end_s", "s", "Time since the epoch at which it sees the satellite last"),
        Channel("rate_bit_per_s", "bit_per_s", "Mean data rate of the contact under a clear sky"),
    ),
)
STEPS_TABLE = Table(
    "steps",
    "Optimiser steps of a flight",
    (
        Channel("rank", "", "Rank"),
        Channel("attempt", "", "Number of restarts before the step"),
        Channel("step", "", "Number of the step within the attempt"),
        Channel("time_s", "s", "Virtual time at the end of the step since the start of the flight"),
        Channel("loss", "", "Loss of the rank's own batch; nan where no scalar was differentiated"),
        Channel("flop", "", "FLOPs charged since the start of the flight"),
        Channel("bytes", "", "Bytes of collectives charged since the start of the flight"),
        Channel("compute_s", "s", "Virtual time of computing at full power"),
        Channel("power_s", "s", "Virtual time lost to the power limit, eclipses included"),
        Channel("waiting_s", "s", "Virtual time of waiting for other satellites"),
        Channel("communication_s", "s", "Virtual time of exposed communication"),
        Channel("outage_s", "s", "Virtual time of waiting for routes that are down"),
        Channel("restart_s", "s", "Virtual time of detection, reboot and restart"),
        Channel("energy_j", "j", "Energy of the computers since the start of the flight"),
    ),
)
EVENTS_TABLE = Table(
    "events",
    "Events of a flight: faults, outages, eclipses, restarts",
    (
        Channel("time_s", "s", "Virtual time since the start of the flight"),
        Channel("rank", "", "Rank; -1 for all of them"),
        Channel("kind", "", "Kind of the event"),
        Channel("detail", "", "What happened"),
    ),
)
PHASE_TITLES = {
    "compute": "computing at full power",
    "power": "power limit, eclipses included",
    "waiting": "waiting for other satellites",
    "communication": "exposed communication",
    "outage": "routes down",
    "restart": "failures and restarts",
}
"""Title of each phase into which the virtual time of a rank is divided; each is a column of the table of steps."""
PHASES = tuple(PHASE_TITLES)
