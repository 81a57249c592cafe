"""Skyrack: digital twin and control plane for orbital AI data centers."""

from skyrack.api import (
    channels,
    check,
    compare,
    doctor,
    load,
    open_run,
    resume,
    scenarios,
    schema,
    show,
    simulate,
    write_report,
)

__all__ = [
    "channels",
    "check",
    "compare",
    "doctor",
    "load",
    "open_run",
    "resume",
    "scenarios",
    "schema",
    "show",
    "simulate",
    "write_report",
]
