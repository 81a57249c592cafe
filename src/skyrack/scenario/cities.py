"""Cities named by a user: a list of names, or the rows of a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from skyrack.catalogue.ground import city_names
from skyrack.core.errors import InputError
from skyrack.core.file_access import may_read


def cities_of_option(given: str | Path) -> list[Any]:
    """Return the cities of `given`: names separated by commas, or the path of a CSV file with latitudes and longitudes.

    Each city is a name of the catalogue, or a mapping of name, latitude and longitude. Raises InputError for an unknown
    name, an unreadable file, or a row that is not a place.
    """
    path = Path(given)
    if path.suffix.lower() == ".csv":
        return _cities_of_file(path)
    names = [name.strip() for name in str(given).split(",") if name.strip()]
    if not names:
        raise InputError(f"cities: {str(given)!r} names no city; write for example 'Tokyo, London' or 'largest-100'")
    for name in names:
        try:
            city_names(name)
        except ValueError as error:
            raise InputError(f"cities: {error}") from None
    return names


def _cities_of_file(path: Path) -> list[dict[str, str]]:
    may_read(path)
    try:
        text = path.read_text("utf-8-sig")
        lines = text.splitlines()
        delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: the file of cities cannot be read ({error})") from None
    head = [name.lower() for name in rows[0]] if rows else []
    if not {"name", "latitude", "longitude"} <= set(head):
        raise InputError(
            f"{path}: a file of cities has the columns name, latitude and longitude (in degrees), not {', '.join(head)!r:.80}"
        )
    cities = []
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        cells = dict(zip(head, row, strict=False))
        if not cells.get("name"):
            raise InputError(f"{path}: line {number}: the place has no name")
        place = {axis: _degrees(path, number, axis, cells.get(axis, ""), most) for axis, most in _MAX_DEGREES.items()}
        cities.append({"name": cells["name"], **place})
    if not cities:
        raise InputError(f"{path}: there is no city in it; write lines such as 'Kiruna,67.9,20.2'")
    return cities


_MAX_DEGREES = {"latitude": 90.0, "longitude": 360.0}


def _degrees(path: Path, number: int, axis: str, cell: str, most: float) -> str:
    """Return an angle of a CSV file with its unit; raise InputError if it is not a number of degrees up to `most`."""
    try:
        degrees = float(cell.removesuffix("deg").removesuffix("\u00b0"))
    except ValueError:
        degrees = float("nan")
    if not abs(degrees) <= most:
        raise InputError(
            f"{path}: line {number}: {axis} {cell!r} is not possible; accepted are degrees from {-most:g} to {most:g}"
        )
    return f"{degrees!r} deg"
