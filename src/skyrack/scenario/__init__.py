"""Scenarios: schema, reader and built-in library."""

from skyrack.scenario.assumptions import Assumption, assumptions_of, check_sources
from skyrack.scenario.load import (
    CAMPUSES,
    Loaded,
    LoadedCampus,
    dump_yaml,
    is_campus,
    json_schema,
    library_names,
    load,
    load_campus,
)
from skyrack.scenario.schema import Scenario

__all__ = [
    "CAMPUSES",
    "Assumption",
    "Loaded",
    "LoadedCampus",
    "Scenario",
    "assumptions_of",
    "check_sources",
    "dump_yaml",
    "is_campus",
    "json_schema",
    "library_names",
    "load",
    "load_campus",
]
