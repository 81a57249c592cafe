"""The verbs: what Skyrack can do, called by the command line, by notebooks and by services alike.

>>> import skyrack
>>> run = skyrack.simulate("spacex-pilot-2027", out="runs/pilot")
>>> run.summary["compute_power_mean_w"]
"""

from skyrack.api.economics import build, price, reconcile, size, study
from skyrack.api.flights import flights, fly, open_flight
from skyrack.api.jobs import route, serve, train
from skyrack.api.live import elements, frame_channels, neighbours, run_elements, satellite_frame, twin
from skyrack.api.operate import operate
from skyrack.api.runs import compare, latency, open_run, remove_run, resume, runs, simulate, table, write_report
from skyrack.api.scenarios import Source, channels, check, doctor, facts, load, parse, scenarios, schema, show
from skyrack.core.errors import DiskError, InputError, SkyrackError
from skyrack.core.file_access import no_local_files
from skyrack.core.units import display

__all__ = [
    "DiskError",
    "InputError",
    "SkyrackError",
    "Source",
    "build",
    "channels",
    "check",
    "compare",
    "display",
    "doctor",
    "elements",
    "facts",
    "flights",
    "fly",
    "frame_channels",
    "latency",
    "load",
    "neighbours",
    "no_local_files",
    "open_flight",
    "open_run",
    "operate",
    "parse",
    "price",
    "reconcile",
    "remove_run",
    "resume",
    "route",
    "run_elements",
    "runs",
    "satellite_frame",
    "scenarios",
    "schema",
    "serve",
    "show",
    "simulate",
    "size",
    "study",
    "table",
    "train",
    "twin",
    "write_report",
]
