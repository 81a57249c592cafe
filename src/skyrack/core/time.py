"""Time scales: UTC in scenarios and results; seconds since the epoch, and Terrestrial Time for the Sun, inside."""

import functools
import math
import warnings
from datetime import UTC, datetime

J2000_JD = 2_451_545.0


@functools.lru_cache(maxsize=64)
def tt_since_j2000_s(moment: datetime) -> float:
    """Return the seconds of Terrestrial Time from 2000-01-01 12:00 TT to a UTC moment, leap seconds included.

    Reference: IAU SOFA through ERFA (dtf2d, utctai, taitt). Beyond the known leap seconds the last offset is kept.
    """
    import erfa

    utc = moment.astimezone(UTC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", erfa.ErfaWarning)  # "dubious year": leap seconds of the future are not known
        day, part = erfa.dtf2d(
            "UTC", utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second + utc.microsecond / 1e6
        )
        day, part = erfa.taitt(*erfa.utctai(day, part))
    return float(((day - J2000_JD) + part) * 86_400.0)


def julian_day(moment: datetime) -> tuple[float, float]:
    """Return the Julian date of a UTC moment: the day, which begins at noon, and the fraction of 86,400 s after it."""
    since_s = (moment.astimezone(UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds()
    day = math.floor(since_s / 86_400.0)
    return J2000_JD + day, since_s / 86_400.0 - day


def utc_since_j2000_s(moment: datetime) -> float:
    """Return the seconds of UTC, without leap seconds, from 2000-01-01 12:00: the argument of the Earth's rotation angle."""
    return (moment.astimezone(UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds()
