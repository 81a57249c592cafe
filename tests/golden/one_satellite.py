"""One satellite per column: every number of a run's documents and report that names a satellite names that of its column."""

import html
import json
import re

import pytest

from skyrack.core.units import display

IDENTITY = {
    "wet_mass_kg": "wet_mass_kg",
    "satellite_mass_kg": "wet_mass_kg",
    "satellite_kg": "wet_mass_kg",
    "parts_mass_kg": "parts_mass_kg",
    "parts_kg": "parts_mass_kg",
    "array_area_m2": "array_area_m2",
    "battery_capacity_j": "battery_capacity_j",
    "radiator_area_m2": "radiator_area_m2",
    "shielding_mm": "shielding_mm",
    "accelerators": "accelerators",
    "accelerators_per_satellite": "accelerators",
    "power_per_mass_w_per_kg": "power_per_mass_w_per_kg",
}
"""Key of the column's satellite for each key that names a property of one."""
JOB_SIZES = ("by_size", "tried", "orbit", "ground")
"""Parts of a job in which `accelerators` counts those of the whole job."""


def walked(document, path=()):
    """Yield path, key and value of every value in a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from walked(value, (*path, key))
    elif isinstance(document, list):
        for value in document:
            yield from walked(value, path)
    else:
        yield path[:-1], path[-1], document


def assert_one_satellite(run):
    """Walk summary, growth, exposure, jobs and report of a finished run."""
    growth = json.loads((run.path / "growth.json").read_text())
    columns = {growth["basis"]: growth}
    if growth["other"] is not None:
        columns[growth["other"]["basis"]] = growth["other"]
    for basis, column in columns.items():
        _assert_column(basis, column)
    main = columns[growth["basis"]]
    mine = main["satellite"]
    for name in ("radiation", "workload"):
        for path, key, value in walked(json.loads((run.path / f"{name}.json").read_text())):
            if key in IDENTITY and not set(path) & set(JOB_SIZES):
                assert value == pytest.approx(mine[IDENTITY[key]]), (name, path, key)
    for key, value in run.summary.items():
        if key in IDENTITY:
            assert value == pytest.approx(mine[IDENTITY[key]]), key
        elif key in main["figures"]:
            assert value == pytest.approx(main["figures"][key]), key
        elif key in main["service"]:
            assert value == pytest.approx(main["service"][key]), key
    assert run.summary["compute_power_per_sat_mean_w"] == pytest.approx(main["power"]["delivered_w"])
    _assert_report((run.path / "report.html").read_text(), columns)


def _assert_column(basis, column):
    """Mass, areas, accelerators and life of a column are those of its satellite, wherever they stand."""
    mine = column["satellite"]
    parts = {key: value for key, value in column.items() if key not in ("other", "design", "ranges")}
    for path, key, value in walked(parts):
        if key in IDENTITY and value is not None:
            assert value == pytest.approx(mine[IDENTITY[key]]), (basis, path, key)
        if key == "basis" and path in ((), ("buildout",), ("price",)):
            assert value == basis, path
    lives = {one["shell"]: one["life_s"] for one in column["lives"]}
    assert [one["life_s"] for one in column["shells"]] == pytest.approx(list(lives.values()))
    n_sats = {one["shell"]: one["n_sats"] for one in column["lives"]}
    mean_s = sum(n_sats.values()) / sum(n / lives[shell] for shell, n in n_sats.items())
    assert column["service"]["life_mean_s"] == pytest.approx(mean_s)
    built, price = column["buildout"], column["price"]
    if built is not None:
        reached = built["metrics"]["mass_to_orbit_kg"] / mine["wet_mass_kg"]
        assert reached == pytest.approx(sum(row["mass_to_orbit_kg"] for row in built["months"]) / mine["wet_mass_kg"])
    if price and price["orbit"]:
        years = [life / (365.25 * 86400) for life in lives.values()]
        assert min(years) - 0.1 <= price["life_years"] <= max(years) + 0.1
        inputs = price["orbit"]["cost_inputs"]
        assert inputs["kg_per_w"] == pytest.approx(mine["wet_mass_kg"] / mine["compute_peak_w"])
        assert inputs["it_life_years"] == pytest.approx(price["life_years"])
        arrays = next(row for row in price["environment"] if row["name"] == "solar arrays in orbit at its end")
        assert arrays["orbit"]["value"] == pytest.approx(
            built["metrics"]["active_at_end"] * mine["array_area_m2"] / 1e6
        )


def _assert_report(page, columns):
    """Every mass of a satellite that the report names is one of the columns', and both stand side by side."""
    table = re.search(r'id="readings".*?</table>', page, re.DOTALL)[0]
    rows = re.findall(r"<tr><td>(.*?)</td>(.*?)</tr>", table, re.DOTALL)
    cells = {html.unescape(name): re.findall(r"<td[^>]*>(.*?)</td>", rest, re.DOTALL) for name, rest in rows}
    for place, basis in enumerate(("announced", "sized")):
        if basis in columns:
            satellite = columns[basis]["satellite"]
            for label, key, unit in (
                ("Mass at launch", "wet_mass_kg", "kg"),
                ("Solar array", "array_area_m2", "m2"),
                ("Radiator, each face", "radiator_area_m2", "m2"),
            ):
                assert cells[label][place] in {display(satellite[key], unit, digits) for digits in (3, 4)}, (
                    basis,
                    label,
                )
    known = {
        display(one["satellite"][key], "kg", digits)
        for one in columns.values()
        for key in ("wet_mass_kg", "parts_mass_kg")
        for digits in (3, 4)
    }
    text = html.unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page.partition('id="assumptions"')[0], flags=re.DOTALL))
    mass = r"([\d.,]+ (?:k?t|kg))"
    found = re.findall(
        rf"(?:satellite weighs|kW/t\) as announced and|add up to|at its word \(|of the catalogue \() ?{mass}", text
    )
    assert found
    assert set(found) <= known, set(found) - known
