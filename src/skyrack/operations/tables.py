"""Tables of operations: names, units and labels."""

from __future__ import annotations

from skyrack.results.channels import Channel, Table

JOBS_TABLE = Table(
    "jobs",
    "Jobs of a simulated span of operations, under each policy",
    (
        Channel("policy", "", "Scheduling policy"),
        Channel("job", "", "Number of the job, in order of arrival"),
        Channel("queue", "", "Name of the job's queue"),
        Channel("state", "", "State at the end: queued, running, suspended, done, failed or cancelled"),
        Channel("nodes", "", "Number of satellites of the gang"),
        Channel("arrival_s", "s", "Time since the epoch at which the job was submitted"),
        Channel("staged_s", "s", "Time since the epoch at which its data was in orbit; infinity if it was not"),
        Channel("begin_s", "s", "Time since the epoch at which it began first; nan if it did not"),
        Channel("end_s", "s", "Time since the epoch at which it ended; nan if it did not"),
        Channel("delivered_s", "s", "Time since the epoch at which its results were on the ground; nan before its end"),
        Channel("work_s", "s", "Work: time at full power without overheads"),
        Channel("held_node_s", "s", "Node-seconds held"),
        Channel("useful_node_s", "s", "Node-seconds of work that was kept"),
        Channel("lost_node_s", "s", "Node-seconds of work lost at interruptions and failures"),
        Channel("overhead_node_s", "s", "Node-seconds of checkpoints, restarts and transfers"),
        Channel("dark_node_s", "s", "Node-seconds of waiting for light on held nodes"),
        Channel("job_energy_j", "j", "Energy of computers and bus while the job worked"),
        Channel("job_battery_j", "j", "Part of that energy which came from batteries"),
        Channel("battery_cycles", "", "Full cycles of a battery that the job used, all nodes together"),
        Channel(
            "dose_gy",
            "",
            "Dose of ionising radiation behind the shielding while nodes were held, all nodes together (Gy)",
        ),
        Channel("carbon_kg", "kg", "CO2e of launch, manufacture and re-entry, by node-seconds held"),
        Channel("job_cost_usd", "usd", "Cost by the levelised price of the fleet, by node-seconds held"),
        Channel("stops", "", "Number of unplanned stops by eclipses"),
        Channel("moves", "", "Number of planned moves and suspensions"),
        Channel("node_failures", "", "Number of node failures"),
    ),
)
OPERATIONS_TABLE = Table(
    "operations",
    "Nodes and queue of a simulated span of operations over time, under each policy",
    (
        Channel("policy", "", "Scheduling policy"),
        Channel("time_s", "s", "Time since the epoch"),
        Channel("busy_frac", "frac", "Share of the satellites that jobs held"),
        Channel("waiting", "", "Number of waiting jobs"),
    ),
)
TABLES = (JOBS_TABLE, OPERATIONS_TABLE)
