"""Places on the ground, as data: cities, regions of terrestrial data centers, ground stations, the outline of the land.

Cities are the thousand largest of GeoNames (CC BY 4.0), the land is Natural Earth's (public domain); `tools/build_ground.py`
makes both. Regions are the well-known locations of the large cloud providers, recalled to a hundredth of a degree.
"""

from __future__ import annotations

import csv
import difflib
import functools
import json
import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

_LARGEST = re.compile(r"largest-([1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Town:
    """City of the catalogue, or region of terrestrial data centers."""

    name: str
    latitude_deg: float
    longitude_deg: float
    people: float


def _rows(name: str) -> list[dict[str, str]]:
    text = files("skyrack.catalogue").joinpath(name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@functools.cache
def towns() -> dict[str, Town]:
    """Return the thousand largest cities, by name, the largest first."""
    return {row["name"]: _town(row) for row in _rows("cities.csv")}


@functools.cache
def regions() -> dict[str, Town]:
    """Return the regions of terrestrial data centers, by name."""
    return {row["name"]: _town(row) for row in _rows("regions.csv")}


def _town(row: dict[str, str]) -> Town:
    people = float(row.get("people") or 0.0)
    return Town(row["name"], float(row["latitude_deg"]), float(row["longitude_deg"]), people)


CONTINENTS = {
    "africa": "AO BF BJ CD CF CG CI CM DJ DZ EG ER ET GA GH GN KE LR LY MA MG ML MR MW MZ NE NG RW SD SL SN SO TD TG TN "
    "TZ UG ZA ZM ZW",
    "asia": "AE AF AM AZ BD CN GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MY NP OM PH PK SA SG SY TH TJ "
    "TM TR TW UZ VN YE",
    "europe": "AT BA BE BG BY CZ DE DK ES FI FR GB GR HR HU IE IT LT LV MD NL NO PL PT RO RS RU SE UA XK",
    "north-america": "CA CU DO GT HN HT JM MX NI SV US",
    "oceania": "AU NZ",
    "south-america": "AR BO BR CL CO EC PE PY UY VE",
}
"""Country codes of the catalogue's cities, by continent; Russia counts as Europe and Turkey as Asia."""


@functools.cache
def continent_cities(name: str) -> list[str]:
    """Return the names of the catalogue's cities on a continent, the largest first."""
    countries = set(CONTINENTS[name].split())
    return [row["name"] for row in _rows("cities.csv") if row["country"] in countries]


def city_names(entry: str) -> list[str]:
    """Return the names of the cities that `entry` stands for.

    A city stands for itself, `largest-100` for the hundred largest, `europe` for all cities of that continent. Raises
    ValueError, with the most similar name, for an unknown city.
    """
    if entry.strip().lower() in CONTINENTS:
        return continent_cities(entry.strip().lower())
    largest = _LARGEST.fullmatch(entry.strip())
    if largest and int(largest[1]) <= len(towns()):
        return list(towns())[: int(largest[1])]
    found = _plain_names().get(_plain(entry))
    if found is None:
        near = difflib.get_close_matches(_plain(entry), _plain_names(), n=1)
        hint = f"did you mean {_plain_names()[near[0]]!r}?" if near else "others are written with their coordinates"
        raise ValueError(f"{entry!r} is not one of the catalogue's {len(towns())} cities; {hint}")
    return [found]


@functools.cache
def _plain_names() -> dict[str, str]:
    return {_plain(name): name for name in towns()}


def _plain(name: str) -> str:
    """Return a name without accents and in lower case."""
    bare = unicodedata.normalize("NFKD", name.strip().replace("\u2019", "'"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).lower()


@functools.cache
def _stations() -> Any:
    text = files("skyrack.catalogue").joinpath("stations.yaml").read_text("utf-8")
    return yaml.load(text, Loader=yaml.CSafeLoader)


def station_names(entry: str) -> list[str]:
    """Return the names of the stations that `entry` stands for: itself, or the stations of a group such as `optical-nine`.

    Raises ValueError, with the most similar name, for an unknown station.
    """
    known = _stations()
    if entry in known["groups"]:
        return list(known["groups"][entry])
    if entry not in known["stations"]:
        names = [*known["groups"], *known["stations"]]
        near = difflib.get_close_matches(entry, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
        raise ValueError(f"{entry!r} is not a ground station of the catalogue; {hint}")
    return [entry]


def station_keys(name: str) -> dict[str, Any]:
    """Return the keys of one station as a scenario would write them."""
    return {"name": name, **_stations()["stations"][name]}


@functools.cache
def land() -> tuple[Any, ...]:
    """Return the coastlines: rings, each a list of longitude and latitude in degrees."""
    return tuple(json.loads(files("skyrack.catalogue").joinpath("land.json").read_text("utf-8")))
