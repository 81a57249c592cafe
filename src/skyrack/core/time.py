"""Time at the border (UTC) and inside (seconds since the scenario's epoch; Terrestrial Time for the Sun)."""

import functools
import warnings
from datetime import UTC, datetime

J2000_JD = 2_451_545.0


@functools.lru_cache(maxsize=64)
def tt_since_j2000_s(moment: datetime) -> float:
    """Seconds of Terrestrial Time from 2000-01-01 12:00 TT to a UTC moment, leap seconds included.

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
