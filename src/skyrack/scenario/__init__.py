"""Scenarios: their schema, how they are read, and the built-in library."""

from skyrack.scenario.assumptions import Assumption, assumptions_of, check_sources
from skyrack.scenario.load import Loaded, dump_yaml, json_schema, library_names, load
from skyrack.scenario.schema import Scenario

__all__ = [
    "Assumption",
    "Loaded",
    "Scenario",
    "assumptions_of",
    "check_sources",
    "dump_yaml",
    "json_schema",
    "library_names",
    "load",
]
