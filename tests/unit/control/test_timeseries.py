"""A decimated series stays short and in order."""

from skyrack.control.timeseries import DecimatedSeries


def test_a_series_stays_short_and_in_order():
    series = DecimatedSeries(max_rows=50)
    assert series.last is None
    for k in range(2000):
        series.add({"time_s": 60.0 * k, "x": k})
    times = [row["time_s"] for row in series.rows()]
    assert len(times) == len(series) <= 50
    assert times == sorted(set(times))
    assert times[-1] == 60.0 * 1999
    series.drop_after(6000.0)
    assert series.last["time_s"] <= 6000.0
