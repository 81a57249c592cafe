"""Latencies against Hypatia, orbits against SGP4's verification, motion and light against others' numbers."""

import functools
import math
from datetime import UTC, datetime
from pathlib import Path

import erfa
import numpy as np
import pytest

from skyrack.catalogue.ground import towns
from skyrack.core.constants import EARTH_RADIUS_M
from skyrack.core.errors import InputError
from skyrack.network.bisection import bisection
from skyrack.network.collective import all_reduce_s
from skyrack.network.history import rtt_ms
from skyrack.network.links import Links
from skyrack.orbits.visibility import place_array
from skyrack.physics.earth import great_circle_m, greenwich_sidereal_rad, place_on_earth
from skyrack.physics.formation import hill_motion
from skyrack.physics.optics import confocal_range_m, link_rate_bit_per_s, received_power_w, telescope_gain
from skyrack.physics.propagation_delay import light_time_s
from skyrack.scenario import load
from skyrack.scenario.tle import read_elements
from tests.conftest import cases, source_of
from tests.models import constellation_of, history_of, network_of

SHARED = Path(__file__).parents[3] / "shared" / "validation" / "hypatia"
TOLERANCE_US = 2.0


def with_checksum(line):
    body = line[:68]
    return body + str(sum(int(c) if c.isdigit() else c == "-" for c in body) % 10)


@functools.cache
def kuiper_text():
    """The elements of Hypatia's case, as its generator writes them."""
    lines = ["34 34"]
    for number in range(34 * 34):
        plane, place = divmod(number, 34)
        node, anomaly = 360.0 * plane / 34, 360.0 * place / 34 + (180.0 / 34 if plane % 2 else 0.0)
        lines.append(f"kuiper_630 {number}")
        first = f"1 {number + 1:05d}U 00000ABC 00001.00000000  .00000000  00000-0  00000+0 0    0"
        second = f"2 {number + 1:05d}  51.9000 {node:8.4f} 0000001   0.0000 {anomaly:8.4f} 14.80000000    0"
        lines += [with_checksum(first), with_checksum(second)]
    return "\n".join(lines) + "\n"


def kuiper(places, laser=None, **network):
    return load(
        {
            "extends": "starlink-v3-compute",
            "name": "kuiper",
            "epoch": "2000-01-01T00:00:00Z",
            "span": "180 s",
            "step": "20 s",
            "shells": [],
            "catalogued": [{"name": "kuiper", "elements": kuiper_text()}],
            "network": {
                "laser": {"sun_exclusion": "0 deg"} | (laser or {}),
                "access": {"range_limit": "1260 km"},
                "cities": [
                    {"name": name, "latitude": f"{latitude} deg", "longitude": f"{longitude} deg"}
                    for name, latitude, longitude in places
                ],
                "routed_cities": len(places),
                "stations": [],
                "step": "20 s",
            }
            | network,
            "claims": [],
            "sources": {},
        }
    ).scenario


def places_kept():
    rows = cases("hypatia_places")
    return [(row["name"], row["latitude_deg"], row["longitude_deg"]) for row in rows], [
        int(row["number"]) for row in rows
    ]


def test_hypatia_kuiper_some_pairs(validate):
    """190 pairs at ten times: reachable alike, hops alike, within 2 us. Nairobi, at the range limit at 20 s, is not here."""
    places, numbers = places_kept()
    seen = history_of(kuiper(places), routes_only=True)
    theirs = {(float(r["t_s"]), int(r["a"]), int(r["b"])): r for r in cases("hypatia_rtt")}
    ours = rtt_ms(seen.route_m)
    worst_us, n = 0.0, 0
    for k, time_s in enumerate(seen.times_s):
        for number, (a, b) in enumerate(seen.pairs):
            row = theirs[time_s, numbers[a], numbers[b]]
            assert bool(row["rtt_ms"]) == bool(np.isfinite(ours[k, number])), row
            if not row["rtt_ms"]:
                continue
            worst_us = max(worst_us, abs(ours[k, number] - float(row["rtt_ms"])) * 1e3)
            assert int(row["hops"]) == seen.route_hops[k, number], row
            n += 1
    assert n > 1800
    validate(f"round trips of {n} ways, worst difference", worst_us, 0.0, TOLERANCE_US, "us", source_of("hypatia_rtt"))


def test_hypatia_kuiper_all_pairs(validate):
    """All 100 cities, all ten times."""
    if not SHARED.is_dir():
        pytest.skip("the full table of Hypatia's round trips is not in the repository")
    rows = [line.split(",") for line in (SHARED / "ground_stations_top_100.txt").read_text().splitlines()]
    assert kuiper_text().splitlines()[1:] == (SHARED / "kuiper_630_tles.txt").read_text().splitlines()[1:]
    seen = history_of(kuiper([(row[1], row[2], row[3]) for row in rows]), routes_only=True)
    table = np.load(SHARED / "kuiper_630_rtt_100x100.npz")
    first, second = np.triu_indices(100, 1)
    worst_us, other_hops = 0.0, 0
    for k, time_s in enumerate(table["t_s"]):
        theirs, ours = table["rtt_ms"][k][first, second], rtt_ms(seen.route_m[k])
        aside = (time_s == 20.0) & ((first == 96) | (second == 96))
        assert (np.isfinite(ours) == np.isfinite(theirs))[~aside].all()
        there = np.isfinite(theirs) & ~aside
        worst_us = max(worst_us, float(np.abs(ours - theirs)[there].max()) * 1e3)
        other_hops += int((seen.route_hops[k] != table["hops"][k][first, second])[there].sum())
    assert other_hops == 0
    assert int((~np.isfinite(table["rtt_ms"][:, first, second])).sum()) == 99
    validate(
        "round trips of all 49,401 ways, worst difference", worst_us, 0.0, TOLERANCE_US, "us", source_of("hypatia_rtt")
    )


@pytest.mark.parametrize(("first", "second"), [("Manila", "Dalian"), ("Manila", "St"), ("St", "Dalian")])
def test_hypatia_every_100_ms(first, second, validate):
    """Three pairs for 200 s at 100 ms, as published with Hypatia."""
    if not SHARED.is_dir():
        pytest.skip("Hypatia's series of round trips are not in the repository")
    rows = [line.split(",") for line in (SHARED / "ground_stations_top_100.txt").read_text().splitlines()]
    numbers = {"Manila": 17, "St": 73, "Dalian": 85}
    a, b = sorted((numbers[first], numbers[second]))
    scenario = kuiper([(rows[k][1], rows[k][2], rows[k][3]) for k in (a, b)], step="100 ms", span="199.9 s").model_copy(
        update={"span_s": 199.9}
    )
    seen = history_of(scenario, routes_only=True)
    series = np.loadtxt(SHARED / f"kuiper_630_networkx_rtt_{1156 + a}_to_{1156 + b}.txt", delimiter=",")
    theirs, ours = series[:, 1] / 1e6, rtt_ms(seen.route_m[:, 0])
    assert len(theirs) == len(ours) == 2000
    apart_us = np.where(np.isfinite(ours) & (theirs > 0.0), np.abs(ours - theirs) * 1e3, np.inf)
    apart_us[~np.isfinite(ours) & (theirs == 0.0)] = 0.0
    aside = np.flatnonzero(apart_us > TOLERANCE_US)
    assert len(aside) <= 2
    for k in aside:  # a satellite on the range limit to within 100 m, like the pairs that the reference names
        assert nearest_to_limit_m(seen, float(seen.times_s[k])) < 100.0
    worst_us = float(np.delete(apart_us, aside).max())
    source = "Hypatia, kuiper_630 networkx round trips every 100 ms"
    validate(f"round trips {first} - {second}, worst of 2,000", worst_us, 0.0, TOLERANCE_US, "us", source)


def nearest_to_limit_m(seen, time_s):
    places, _ = seen.constellation.states(time_s)
    ground = seen.cities.at(seen.constellation.sidereal_rad(time_s))
    ranges = np.linalg.norm(places[:, :, None] - ground[None], axis=1)
    return float(np.abs(ranges - 1_260_000.0).min())


def test_mean_elements_against_sgp4(validate):
    """What circular orbits with secular J2 in place of SGP4 do to latency: stated, not small."""
    shell = {"name": "k", "kind": "walker-delta", "inclination": "51.9 deg", "altitude": "630 km"}
    shell |= {"planes": 34, "satellites_per_plane": 34, "phasing": 17}
    places, _ = places_kept()
    measured = history_of(kuiper(places), routes_only=True)
    circular = kuiper(places).model_copy(
        update={
            "catalogued": (),
            "shells": load(
                {"extends": "starlink-v3-compute", "shells": [shell], "claims": [], "sources": {}}
            ).scenario.shells,
        }
    )
    laid_out = history_of(circular, routes_only=True)
    both = np.isfinite(measured.route_m) & np.isfinite(laid_out.route_m)
    difference = np.abs(rtt_ms(measured.route_m) - rtt_ms(laid_out.route_m))[both]
    source = "our own SGP4 run of Hypatia's case, against circular J2 orbits laid out at 630 km"
    validate(
        "round trips by mean elements against SGP4, median difference",
        float(np.median(difference)),
        0.0,
        1.5,
        "ms",
        source,
    )


@pytest.mark.parametrize("norad", sorted({row["norad"] for row in cases("sgp4")}))
def test_sgp4_verification(norad, validate):
    rows = [row for row in cases("sgp4") if row["norad"] == norad]
    lines = (rows[0]["line1"], rows[0]["line2"])
    if norad in ("33333", "33334", "33335"):  # cases with deliberately wrong checksums, mended here
        with pytest.raises(InputError, match="checksum"):
            read_elements("\n".join(lines))
        lines = tuple(with_checksum(line) for line in lines)
    if norad == "33334":  # a case that SGP4 must refuse
        with pytest.raises(InputError, match="SGP4 cannot fly"):
            read_elements("\n".join(lines))
        return
    elements = read_elements("\n".join(lines))
    record = elements.records[0]
    worst_km = 0.0
    for row in rows:
        fraction = np.array([record.jdsatepochF + float(row["minutes"]) / 1440.0])
        places, _ = elements.states(record.jdsatepoch, fraction)
        theirs = np.array([float(row[f"{axis}_km"]) for axis in "xyz"])
        worst_km = max(worst_km, float(np.abs(places[0, 0] / 1e3 - theirs).max()))
    validate(f"SGP4 verification case {norad}", worst_km, 0.0, 1e-6, "km", source_of("sgp4"))


def test_omm_says_the_same_as_tle():
    line1, line2 = (next(row for row in cases("sgp4") if row["norad"] == "6251")[f"line{k}"] for k in (1, 2))
    from sgp4 import exporter

    record = read_elements(line1 + "\n" + line2).records[0]
    fields = exporter.export_omm(record, "DELTA 1 DEB")
    import csv
    import io
    import json

    as_json = json.dumps([fields])
    table = io.StringIO()
    writer = csv.DictWriter(table, fields)
    writer.writeheader()
    writer.writerow(fields)
    for text in (as_json, table.getvalue()):
        found = read_elements(text)
        assert found.names == ("DELTA 1 DEB",)
        ours, _ = found.states(record.jdsatepoch, np.array([record.jdsatepochF + 0.3]))
        theirs, _ = read_elements(line1 + "\n" + line2).states(record.jdsatepoch, np.array([record.jdsatepochF + 0.3]))
        assert np.abs(ours - theirs).max() < 2.0  # OMM writes the epoch to the microsecond, the TLE to 0.9 ms


@pytest.mark.parametrize("year", [2000, 2027, 2049])
def test_sidereal_time(year, validate):
    moment = datetime(year, 5, 17, 7, 23, 11, tzinfo=UTC)
    since_s = (moment - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds()
    theirs = erfa.gmst82(2451545.0, since_s / 86400.0)
    ours = greenwich_sidereal_rad(since_s)
    apart = math.degrees((ours - theirs + math.pi) % (2 * math.pi) - math.pi) * 3600.0
    validate(f"Greenwich sidereal time in {year}", apart, 0.0, 0.01, "arcsec", "ERFA gmst82")


def test_places_on_the_ellipsoid(validate):
    worst_m = 0.0
    for latitude, longitude, altitude_m in (
        (0.0, 0.0, 0.0),
        (51.5, -0.1, 35.0),
        (-33.9, 151.2, 5000.0),
        (89.9, 10.0, -20.0),
    ):
        a, b = math.radians(latitude), math.radians(longitude)
        theirs = erfa.gd2gc(1, b, a, altitude_m)
        worst_m = max(worst_m, float(np.abs(np.array(place_on_earth(a, b, altitude_m)) - theirs).max()))
    validate("places on the ellipsoid", worst_m, 0.0, 1e-6, "m", "ERFA gd2gc, WGS 84")


def test_great_circle(validate):
    """London - Sydney, 16,993.9 km on a sphere of 6371.0088 km."""
    a, b = (math.radians(51.5085), math.radians(-0.1257)), (math.radians(-33.8679), math.radians(151.2073))
    first, second = (
        np.array([math.cos(p[0]) * math.cos(p[1]), math.cos(p[0]) * math.sin(p[1]), math.sin(p[0])]) for p in (a, b)
    )
    theirs = 6371.0088 * math.atan2(np.linalg.norm(np.cross(first, second)), first @ second)
    validate(
        "great circle London - Sydney", great_circle_m(*a, *b) / 1e3, theirs, 1e-6, "km", "vector formula by atan2"
    )


# --- light and links


SUNCATCHER = "arXiv:2511.19468 (Suncatcher), anchor A3"


def test_optical_budget(validate):
    gain = telescope_gain(0.10, 1.55e-6, 0.8)
    validate("telescope gain", 10.0 * math.log10(gain), 105.1, 0.1, "dB", SUNCATCHER)
    validate(
        "received power at 5,000 km", 1e6 * received_power_w(5.0, gain, 1.55e-6, 0.5, 5e6), 1.6, 0.048, "uW", SUNCATCHER
    )
    needed_w = 9.6e12 * 196 * 6.62607015e-34 * 299792458.0 / 1.55e-6
    validate("power for 9.6 Tbit/s", 1e3 * needed_w, 0.24, 0.0072, "mW", SUNCATCHER)
    for across, published_km, tolerance in ((1, 5.0, 0.15), (2, 1.25, 0.0375), (4, 0.32, 0.0096)):
        ours = confocal_range_m(0.10 / across, 1.55e-6) / 1e3
        validate(f"confocal range of {across} x {across} beams", ours, published_km, tolerance, "km", SUNCATCHER)


def test_dwdm_range(validate):
    """The paper says about 300 km in a caption; its own inputs give 414 km (dispute C11): anywhere between is accepted."""

    def rate(range_m):
        return link_rate_bit_per_s(range_m, 5.0, 0.10, 1.55e-6, 0.8, 0.0, 0.5, 196.0, 24.0, 400e9, 1.0)

    low, high = 1e3, 5e6
    while high - low > 1.0:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rate(middle) >= 9.6e12 * (1 - 1e-9) else (low, middle)
    validate("longest range of 9.6 Tbit/s", low / 1e3, 360.0, 60.0, "km", SUNCATCHER)


def test_bandwidth_of_a_formation_link(validate):
    assert link_rate_bit_per_s(200.0, 5.0, 0.10, 1.55e-6, 0.8, 1e-6, 0.5, 196.0, 24.0, 400e9, 1.0) == 9.6e12
    parallel = link_rate_bit_per_s(200.0, 5.0, 0.10, 1.55e-6, 0.8, 1e-6, 0.5, 196.0, 24.0, 400e9, 4.0)
    validate("16 parallel beams at 200 m, times one", parallel / 9.6e12, 16.0, 1e-9, "", SUNCATCHER)


def test_starlink_lasers_as_flown(validate):
    """The default terminal at the longest range that Starlink's are said to have, against what they are said to carry."""
    laser = load("starlink-v3-compute").scenario.network.laser
    from skyrack.network.links import budget_numbers

    ours = link_rate_bit_per_s(5.4e6, *budget_numbers(laser)) / 1e9
    validate(
        "a Starlink laser at 5,400 km", ours, 150.0, 50.0, "Gbit/s", "Brashears, SPIE Photonics West 2024 (100-200)"
    )


@pytest.mark.parametrize("sides", [(89, 90), (20, 20, 20)])
def test_bisection_of_a_torus(sides, validate):
    """van Berkel's tori of 12.5 GB/s links: 2.25 and 10 TB/s."""
    n = math.prod(sides)
    index = np.arange(n).reshape(sides)
    pairs = np.concatenate(
        [np.stack([index.ravel(), np.roll(index, -1, axis).ravel()], axis=1) for axis in range(len(sides))]
    )
    links = Links(
        pairs.astype(np.int32), np.ones(len(pairs)), np.full(len(pairs), 12.5e9), np.zeros(len(pairs), np.uint8)
    )
    grid = np.stack(np.meshgrid(*(np.arange(side) for side in sides), indexing="ij"), -1).reshape(n, -1)
    places = np.zeros((n, 3))
    places[:, : len(sides)] = grid
    found = bisection(places, links, np.ones(n, bool))
    assert found.n_components == 1
    theirs = 2.25 if len(sides) == 2 else 10.0
    validate(
        f"bisection of a {len(sides)}-D torus",
        found.rate_bit_per_s / 1e12,
        theirs,
        0.03 * theirs,
        "TB/s",
        "van Berkel, arXiv:2607.14172",
    )


def test_light_times(validate):
    source = "anchor A16: CODATA, WGS 84"
    validate("light to the Moon", light_time_s(384_400e3), 1.282, 0.0064, "s", source)
    validate("light to Mars at its farthest", light_time_s(401e9) / 60.0, 22.3, 0.11, "min", source)
    validate("round trip to a geostationary satellite overhead", 2e3 * light_time_s(35_786e3), 239.0, 1.2, "ms", source)


def test_all_reduce(validate):
    """NCCL's accounting: bus bandwidth = 2 (n - 1) / n x bytes / time, which a ring brings to the rate of its links."""
    took_s = all_reduce_s(1e9, 400e9, 20, 0.0)
    source = "nccl-tests, PERFORMANCE.md, for many members"
    validate("bus bandwidth of an all-reduce", 2 * 8e9 / took_s / 1e9, 400.0, 1e-9, "Gbit/s", source)


# --- formations


@pytest.mark.parametrize("row", cases("hill"), ids=lambda r: f"{r['case'][:20]} {r['orbits']}")
def test_hill_motion(row, validate):
    n = 0.0010715405850764842
    start = [float(row[key]) for key in ("x0", "y0", "z0", "vx0", "vy0", "vz0")]
    ours = hill_motion(float(row["orbits"]) * 2.0 * math.pi / n, n, *start)
    theirs = [float(row[key]) for key in ("x", "y", "z", "vx", "vy", "vz")]
    worst = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
    validate(f"Hill motion, {row['case']}, {row['orbits']} orbits", worst, 0.0, 1e-6, "m or m/s", source_of("hill"))


def gravity_by_hand(place):
    """Gradient of the potential by finite differences: nothing of ours in it but the constants."""

    def potential(x):
        r = np.linalg.norm(x)
        return (
            3.986004418e14 / r * (1.0 - 1.0826358191967e-3 * (EARTH_RADIUS_M / r) ** 2 * (1.5 * (x[2] / r) ** 2 - 0.5))
        )

    step = 50.0
    weights = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
    found = np.zeros(3)
    for axis in range(3):
        for k, weight in weights:
            move = np.zeros(3)
            move[axis] = k * step
            found[axis] += weight * (potential(place + move) - potential(place - move)) / step
    return found


def test_gravity_is_the_gradient_of_its_potential():
    from skyrack.physics.formation import gravity

    for place in ([7.0e6, 1e5, 2e6], [1e6, -3e6, 6.5e6]):
        ours, theirs = np.array(gravity(*place)), gravity_by_hand(np.array(place))
        assert np.abs(ours - theirs).max() < 1e-7 * np.abs(theirs).max()


@pytest.mark.parametrize("lattice", ["square", "tilted"])
def test_formation_against_numerical_integration(lattice, validate):
    """A day of Suncatcher's cluster, every satellite on its own under central gravity and J2, against our map."""
    from scipy.integrate import solve_ivp

    scenario = load("suncatcher-81", {"shells.cluster.formation.lattice": lattice}).scenario
    constellation = constellation_of(scenario)
    motion = constellation.motion(constellation.grids[0].layer)
    path = motion.follow(86_400.0)
    chosen = [1, 30, 60, 80]
    starts = np.vstack([motion.reference, motion.reference + motion.true_starts[chosen]])

    def rates(_, state):
        table = state.reshape(-1, 6)
        x, y, z = table[:, :3].T
        r2 = x * x + y * y + z * z
        r = np.sqrt(r2)
        k = 1.5 * 1.0826358191967e-3 * EARTH_RADIUS_M**2 / r2
        central = -3.986004418e14 / (r2 * r)
        five = 5.0 * z * z / r2
        out = np.empty_like(table)
        out[:, :3] = table[:, 3:]
        out[:, 3:] = np.stack(
            [
                central * x * (1 + k * (1 - five)),
                central * y * (1 + k * (1 - five)),
                central * z * (1 + k * (3 - five)),
            ],
            1,
        )
        return out.ravel()

    times = np.linspace(0.0, 86_400.0, 97)
    solution = solve_ivp(rates, (0.0, 86_400.0), starts.ravel(), method="DOP853", rtol=1e-12, atol=1e-6, t_eval=times)
    worst_m = 0.0
    for k, time_s in enumerate(times):
        table = solution.y[:, k].reshape(-1, 6)
        up = table[0, :3] / np.linalg.norm(table[0, :3])
        normal = np.cross(table[0, :3], table[0, 3:])
        normal /= np.linalg.norm(normal)
        axes = np.array([up, np.cross(normal, up), normal])
        theirs = (table[1:, :3] - table[0, :3]) @ axes.T
        ours = path.offsets_m(float(time_s))[chosen]
        worst_m = max(worst_m, float(np.linalg.norm(ours - theirs, axis=1).max()))
    validate(
        f"a day of the {lattice} formation, worst", worst_m, 0.0, 1.0, "m", "scipy DOP853, two-body and J2, float64"
    )


def test_suncatcher_lattice(validate):
    from skyrack.orbits.formation import keeping

    scenario = load("suncatcher-81").scenario
    constellation = constellation_of(scenario)
    layer = constellation.grids[0].layer
    assert constellation.n_sats == 81
    kept = keeping(layer.formation, constellation.motion(layer))
    source = "arXiv:2511.19468 (Suncatcher), section on formation flight"
    validate("least distance of neighbours", kept.neighbour_min_m, 100.0, 2.0, "m", source)
    validate("largest distance of neighbours", kept.neighbour_max_m, 200.0, 4.0, "m", source)
    assert kept.nearest_m > 98.0
    assert kept.drift_m_per_s_per_year_km < 3.0 < kept.drift_uncorrected_m_per_s_per_year_km
    validate("keeping after the correction", kept.drift_m_per_s_per_year_km, 1.5, 1.5, "m/s a year and km", source)


def test_a_city_to_itself_overhead(validate):
    """Round trip straight up to 550 km is 3.67 ms: the nearest satellite is never nearer."""
    scenario = load("starlink-v3-compute", {"network.step": "2 h", "network.cities": ["largest-20"]}).scenario
    seen = history_of(scenario, routes_only=True)
    least = float(rtt_ms(seen.nearest_m).min())
    assert least > 2e3 * 530e3 / 299792458.0
    validate(
        "median round trip to the nearest of 3,168",
        float(np.median(rtt_ms(seen.nearest_m))),
        3.9,
        0.4,
        "ms",
        "2 x 540 km / c, and slant",
    )
    assert len(towns()) == 1000


def test_router_agrees_with_networkx():
    """Lengths of all pairs of a small fleet, against networkx's Dijkstra on the same graph."""
    import networkx

    scenario = load(
        "starlink-v3-compute",
        {"shells.low.planes": 12, "shells.low.phasing": 5, "shells.high.planes": 9, "shells.high.phasing": 2},
    ).scenario
    snapshot = network_of(scenario).at(321.0)
    places, links = snapshot.positions_m, snapshot.links
    town = list(towns().values())[:12]
    angles = [np.radians([getattr(t, f"{axis}_deg") for t in town]) for axis in ("latitude", "longitude")]
    ground = np.ascontiguousarray(place_array(*angles, np.zeros(12), snapshot.sidereal_rad))
    ways = snapshot.paths(ground)
    graph = networkx.Graph()
    for (a, b), length in zip(links.pairs[links.is_up], links.range_m[links.is_up], strict=True):
        graph.add_edge(int(a), int(b), weight=float(length))
    for c in range(12):
        up = ground[:, c] / np.linalg.norm(ground[:, c])
        apart = places - ground[:, c]
        length = np.linalg.norm(apart, axis=1)
        for k in np.flatnonzero(apart @ up >= math.sin(math.radians(25)) * length):
            graph.add_edge(f"city{c}", int(k), weight=float(length[k]))
    graph.add_nodes_from(f"city{c}" for c in range(12))
    for a in range(12):
        others = [f"city{c}" for c in range(12) if c != a]
        reduced = graph.copy()
        for b in others:
            only = reduced.copy()
            only.remove_nodes_from(name for name in others if name != b)
            try:
                theirs = networkx.dijkstra_path_length(only, f"city{a}", b)
            except networkx.NetworkXNoPath:
                theirs = math.inf
            low, high = sorted((a, int(b[4:])))
            ours = ways.length_m[high, low]
            assert (math.isinf(theirs) and math.isinf(ours)) or abs(ours - theirs) < 20.0, (a, b, ours, theirs)
