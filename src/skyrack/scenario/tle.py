"""Catalogued satellites: orbital elements as TLE or OMM, parsed strictly and propagated by SGP4 with WGS 72."""

from __future__ import annotations

import csv
import functools
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.errors import InputError

_STARTS = re.compile(r"[12] [ 0-9A-Z][ 0-9]{3}[0-9]")
"""Start of a TLE line: line number and catalogue number."""
_COUNTS = re.compile(r"\s*(\d+)\s+(\d+)\s*")


@dataclass(frozen=True)
class Elements:
    """Orbital elements of a set of catalogued satellites."""

    names: tuple[str, ...]
    records: tuple[Any, ...]
    """sgp4's Satrec of each satellite, initialised with WGS 72."""
    planes: int | None
    """Number of orbital planes if the text begins with the numbers of planes and of satellites per plane, as in Hypatia."""

    @property
    def n_sats(self) -> int:
        """Return the number of satellites."""
        return len(self.records)

    @functools.cached_property
    def _together(self) -> Any:
        from sgp4.api import SatrecArray

        return SatrecArray(list(self.records))

    @property
    def epochs_jd(self) -> NDArray[np.float64]:
        """Return the epoch of each satellite's elements, as a Julian date of UTC."""
        return np.array([record.jdsatepoch + record.jdsatepochF for record in self.records])

    @property
    def newest_epoch(self) -> datetime:
        """Return the latest epoch of all elements, in UTC."""
        days = float(self.epochs_jd.max()) - 2_440_587.5
        return datetime.fromtimestamp(round(days * 86_400.0, 3), UTC)

    def states(self, jd: float, fraction: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return positions (m) and velocities (m/s) in the frame TEME, with axes (satellite, time, xyz).

        The times are the Julian date `jd` plus each day of `fraction`. Values are nan where SGP4 fails, for example after
        decay.
        """
        wrong, places, speeds = self._together.sgp4(np.full(len(fraction), jd), fraction)
        places[wrong != 0] = np.nan
        speeds[wrong != 0] = np.nan
        return places * 1e3, speeds * 1e3


@functools.lru_cache(maxsize=16)
def read_elements(text: str) -> Elements:
    """Return the satellites of a text of TLE lines (with or without names), or of OMM as JSON, XML or CSV.

    Raises InputError, which names the line or the entry, the error and the accepted form.
    """
    start = text.lstrip()[:1]
    planes = None
    if start in ("[", "{"):
        entries = list(_from_omm(_json_entries(text)))
    elif start == "<":
        entries = list(_from_omm(_xml_entries(text)))
    elif "MEAN_MOTION" in text.split("\n", 1)[0]:
        entries = list(_from_omm(csv.DictReader(io.StringIO(text))))
    else:
        counts = _COUNTS.fullmatch(text.split("\n", 1)[0])
        planes = int(counts[1]) if counts else None
        entries = list(_from_tle(text))
        if counts and int(counts[1]) * int(counts[2]) != len(entries):
            raise InputError(
                f"line 1: {counts[1]} planes of {counts[2]} satellites are announced, {len(entries)} satellites follow"
            )
    if not entries:
        raise InputError("there are no satellites in it; accepted are TLE lines, or OMM as JSON, XML or CSV")
    names, records = zip(*entries, strict=True)
    return Elements(names, records, planes)


def _from_tle(text: str) -> Iterator[tuple[str, Any]]:
    from sgp4.api import WGS72, Satrec

    for name, number, first, second in _tle_sets(text):
        for place, line in ((number - 1, first), (number, second)):
            _check_tle_line(place, line)
        if first[2:7] != second[2:7]:
            raise InputError(f"line {number}: satellite {second[2:7]} follows the first line of satellite {first[2:7]}")
        record = Satrec.twoline2rv(first, second, WGS72)
        _check_record(f"line {number}", record)
        yield name or first[2:7].strip(), record


def _tle_sets(text: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield of each TLE: name (or an empty text), number of its second line, first line, second line."""
    lines = [(number, line.rstrip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if lines and _COUNTS.fullmatch(lines[0][1]):
        lines = lines[1:]
    name, first = "", ""
    for number, line in lines:
        kind = line[0] if _STARTS.match(line) else ""
        if first and kind != "2":
            raise InputError(f"line {number}: the second line of a TLE is expected, {line[:30]!r} is given")
        if first:
            yield name, number, first, line
            name, first = "", ""
        elif kind == "2":
            raise InputError(f"line {number}: a second TLE line without a first one before it")
        elif kind == "1":
            first = line
        elif name:
            raise InputError(f"line {number}: the first line of a TLE is expected, {line[:30]!r} is given")
        else:
            name = line.removeprefix("0 ").strip()
    if first:
        raise InputError(f"line {lines[-1][0]}: the text ends after the first line of a TLE")
    if name and len(lines) > 1:
        raise InputError(f"line {lines[-1][0]}: the text ends after the name {name[:30]!r}")


def _check_tle_line(number: int, line: str) -> None:
    if len(line) < 69:
        raise InputError(f"line {number}: a TLE line has 69 characters, this one has {len(line)}")
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10
    if str(total) != line[68]:
        raise InputError(f"line {number}: the checksum is {line[68]!r}, the characters before it add up to {total}")


def _check_record(where: str, record: Any) -> None:
    if record.error:
        from sgp4.api import SGP4_ERRORS

        raise InputError(f"{where}: SGP4 cannot fly these elements: {SGP4_ERRORS.get(record.error, record.error)}")


def _json_entries(text: str) -> Iterator[dict[str, str]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"this begins like JSON and is none: {error}") from None
    for entry in found if isinstance(found, list) else [found]:
        if not isinstance(entry, dict):
            raise InputError(f"an OMM is an object of fields, not {entry!r:.40}")
        yield {str(key): str(value) for key, value in entry.items()}


def _xml_entries(text: str) -> Iterator[dict[str, str]]:
    from sgp4 import omm

    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise InputError("OMM in XML with a document type is not read; take that line out")
    try:
        yield from omm.parse_xml(io.StringIO(text))
    except (ValueError, KeyError, AttributeError, SyntaxError) as error:
        raise InputError(f"this begins like XML and is no OMM: {error}") from None


def _from_omm(entries: Any) -> Iterator[tuple[str, Any]]:
    from sgp4 import omm
    from sgp4.api import Satrec

    for number, fields in enumerate(entries, 1):
        record = Satrec()
        # the fields that a TLE has and an OMM may leave out
        complete = {"CLASSIFICATION_TYPE": "U", "ELEMENT_SET_NO": "999", "REV_AT_EPOCH": "0", "EPHEMERIS_TYPE": "0"}
        complete |= {key: value for key, value in fields.items() if value not in (None, "", "None")}
        try:
            omm.initialize(record, complete)
        except KeyError as error:
            raise InputError(f"entry {number}: the field {error} is missing") from None
        except ValueError as error:
            raise InputError(f"entry {number}: {error}") from None
        _check_record(f"entry {number}", record)
        yield str(complete.get("OBJECT_NAME") or complete.get("NORAD_CAT_ID")), record
