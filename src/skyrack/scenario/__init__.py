"""Scenarios: schema, reader, library, and the battery, radiator, power policy and launcher models whose keys they hold."""

from skyrack.scenario.assumptions import Assumption, assumptions_of, check_sources
from skyrack.scenario.load import (
    GROUND_DATA_CENTERS,
    Loaded,
    LoadedGroundDataCenter,
    dump_yaml,
    is_ground_data_center,
    json_schema,
    library_names,
    load,
    load_ground_data_center,
)
from skyrack.scenario.schema import Scenario

__all__ = [
    "GROUND_DATA_CENTERS",
    "Assumption",
    "Loaded",
    "LoadedGroundDataCenter",
    "Scenario",
    "assumptions_of",
    "check_sources",
    "dump_yaml",
    "is_ground_data_center",
    "json_schema",
    "library_names",
    "load",
    "load_ground_data_center",
]
