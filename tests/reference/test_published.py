"""Published calculations: each by its own method, against what its author's code or paper gives; and Skyrack's walk."""

import itertools
import json
import math
from dataclasses import fields

import pytest

from skyrack import api
from skyrack.economics import earth_impact as earth
from skyrack.economics.accounts import CostInputs
from skyrack.economics.cost_model import cost_inputs_of
from skyrack.economics.published.delivered_compute import DeliveredCompute
from skyrack.economics.published.epoch import Epoch
from skyrack.economics.published.mccalip import McCalip
from skyrack.economics.published.semianalysis import MatureStarship, SemiAnalysis
from skyrack.economics.published.spacex_memo import SpacexMemo
from skyrack.economics.published.starcloud import Starcloud
from skyrack.economics.published.suncatcher import Suncatcher
from skyrack.economics.reconcile import GROUPS, cost, published_models, reconcile
from skyrack.economics.unit_prices import usd_per_mtoken
from skyrack.scenario import load
from tests.conftest import cases, source_of
from tests.models import buildout_plan_of

MCCALIP = {
    "default": McCalip(),
    "launch_200": McCalip(launch_usd_per_kg=200.0),
    "sun_060": McCalip(sun_fraction=0.6),
    "years_10": McCalip(years=10.0),
    "v3": McCalip(satellite_usd_per_w=25.0, w_per_kg=31.6, satellite_kw=60.0),
    "optimistic": McCalip(
        launch_usd_per_kg=20.0,
        satellite_usd_per_w=5.0,
        w_per_kg=75.0,
        satellite_kw=130.0,
        gpu_failure_percent=1.5,
        nre_musd=0.0,
    ),
}


def table(name, case):
    return {row["quantity"]: float(row["value"]) for row in cases(name) if row["case"] == case}


@pytest.mark.parametrize("case", MCCALIP)
def test_mccalip(case, validate):
    model, theirs = MCCALIP[case], table("mccalip", case)
    fleet, orbital, ground, thermal = model.fleet(), model.orbital(), model.terrestrial(), model.thermal()
    sunward, away = model.view_factors()
    ours = {
        "orbital.totalMassKg": fleet["mass_kg"],
        "orbital.hardwareCost": orbital["hardware"],
        "orbital.launchCost": orbital["launch"],
        "orbital.opsCost": orbital["operations"],
        "orbital.gpuReplacementCost": orbital["replacement"],
        "orbital.nreCost": orbital["nre"],
        "orbital.totalCost": orbital["total"],
        "orbital.costPerW": orbital["usd_per_w"],
        "orbital.lcoe": orbital["usd_per_mwh"],
        "orbital.satelliteCount": fleet["count"],
        "orbital.arrayAreaKm2": fleet["array_km2"],
        "orbital.starshipLaunches": fleet["launches"],
        "orbital.avgCapacityFactor": fleet["average"],
        "orbital.requiredInitialPowerW": fleet["needed_w"],
        "terrestrial.infraCapex": ground["capex_usd_per_w"] * model.target_w,
        "terrestrial.fuelCostPerMWh": ground["fuel_usd_per_mwh"],
        "terrestrial.fuelCostTotal": ground["fuel"],
        "terrestrial.totalCost": ground["total"],
        "terrestrial.costPerW": ground["usd_per_w"],
        "terrestrial.lcoe": ground["usd_per_mwh"],
        "terrestrial.gasConsumptionBCF": ground["gas_bcf"],
        "thermal.vfSideA": sunward,
        "thermal.vfSideB": away,
        "thermal.eqTempK": thermal["panel_k"],
        "thermal.areaRequiredM2": thermal["area_needed_m2"],
        "breakeven": model.breakeven_launch_usd_per_kg(),
    }
    assert set(ours) == set(theirs)
    for name, value in ours.items():
        validate(f"McCalip {case}: {name}", value, theirs[name], 1e-6 * abs(theirs[name]), "", source_of("mccalip"))


def test_mccalip_ratio(validate):
    """Anchor A9."""
    validate("McCalip's ratio", McCalip().results()["ratio"], 3.22, 0.0035, "", "facts.yaml anchor A9")


@pytest.mark.parametrize(("case", "model"), [("2026", SemiAnalysis()), ("mature", MatureStarship())])
def test_semianalysis(case, model, validate):
    theirs = table("semianalysis", case)
    given = {name.removeprefix("inputs."): value for name, value in theirs.items() if name.startswith("inputs.")}
    for field in fields(model):  # the inputs are those of the case, all of them
        if field.name == "t_sink":
            continue
        key = {name.lower(): name for name in given}[field.name]
        assert getattr(model, field.name) == given[key], field.name
    plant, capital, results = model.plant(), model.capital(), model.results()
    sold, sold_ground = model.sold_kwh()
    year, year_ground = model.year_musd()
    ours = {
        "pt.bus_kW": plant["bus_kw"],
        "pt.E_batt_kWh": plant["battery_kwh"],
        "pt.arr_BOL_kW": plant["array_kw"],
        "pt.A_array": plant["array_m2"],
        "pt.A_rad": plant["radiator_m2"],
        "pt.M_dry": plant["dry_kg"],
        "cap_s.C_it": capital["it"],
        "cap_s.C_platform": capital["platform"],
        "cap_s.C_launch": capital["launch"],
        "cap_s.C_ins": capital["insurance"],
        "cap_s.total": capital["total"],
        "lcoc_s": results["orbit_usd_per_kwh"],
        "lcoc_g": results["ground_usd_per_kwh"],
        "ratio": results["ratio"],
        "breakeven_launch": results["breakeven_launch_usd_per_kg"],
        "kwh_s": sold,
        "kwh_g": sold_ground,
        "ann_s": year,
        "ann_g": year_ground,
        "sa.gpu_hr_s": results["orbit_usd_per_gpu_hour"],
        "sa.gpu_hr_g": results["ground_usd_per_gpu_hour"],
        "sa.pflop_hr_s": results["orbit_usd_per_pflop_hour"],
        "sa.btok_s": results["orbit_usd_per_gtoken"],
        "sa.btok_g": results["ground_usd_per_gtoken"],
    }
    for name, value in ours.items():
        validate(
            f"SemiAnalysis-like {case}: {name}",
            value,
            theirs[name],
            1e-6 * abs(theirs[name]),
            "",
            source_of("semianalysis"),
        )


def test_semianalysis_published_pair(validate):
    source = "SemiAnalysis, To Boldly Go (2026-06-03), by a secondary source"
    results = SemiAnalysis().results()
    validate("GPU-hour in orbit, 2026", results["orbit_usd_per_gpu_hour"], 10.91, 0.02 * 10.91, "USD", source)
    validate("GPU-hour on the ground, 2026", results["ground_usd_per_gpu_hour"], 2.49, 0.02 * 2.49, "USD", source)


def test_delivered_compute(validate):
    source = "github:jman4162/spacedc-mdao @ 90ef481, factors and cost lines as printed"
    results = DeliveredCompute().results()
    validate("PFLOP-day, 1 MW in orbit", results["orbit_usd_per_pflop_day"], 1237.0068423243006, 1.237, "USD", source)
    validate("PFLOP-day, hyperscale", results["ground_usd_per_pflop_day"], 66.03641377709826, 0.066, "USD", source)


def test_suncatcher(validate):
    """Anchors A1 and A2."""
    rows = {
        "v2 mini at 200": (Suncatcher(), 810.0),
        "v1 at 200": (Suncatcher(mass_kg=260.0, power_w=7080.0), 1470.0),
        "OneWeb at 200": (Suncatcher(mass_kg=150.0, power_w=800.0), 7500.0),
        "Iridium at 200": (Suncatcher(mass_kg=860.0, power_w=2000.0, life_years=12.5), 6900.0),
        "v2 mini at 3,622": (Suncatcher(launch_usd_per_kg=3622.0), 14_700.0),
        "v1 at 3,622": (Suncatcher(mass_kg=260.0, power_w=7080.0, launch_usd_per_kg=3622.0), 26_600.0),
        "OneWeb at 3,622": (Suncatcher(mass_kg=150.0, power_w=800.0, launch_usd_per_kg=3622.0), 135_800.0),
        "Iridium at 3,622": (
            Suncatcher(mass_kg=860.0, power_w=2000.0, life_years=12.5, launch_usd_per_kg=3622.0),
            124_600.0,
        ),
    }
    source = "facts.yaml anchor A1, Suncatcher table 1"
    for name, (model, theirs) in rows.items():
        validate(
            f"launched power price, {name} USD/kg",
            model.launched_power_price(),
            theirs,
            0.015 * theirs,
            "USD/kW/yr",
            source,
        )
    low, high = Suncatcher(), Suncatcher(energy_usd_per_kwh=0.25, pue=1.4)
    validate(
        "power on the ground, low", low.results()["terrestrial_usd_per_kw_year"], 570.0, 14.25, "USD/kW/yr", source
    )
    validate(
        "power on the ground, high", high.results()["terrestrial_usd_per_kw_year"], 3000.0, 75.0, "USD/kW/yr", source
    )
    source = "facts.yaml anchor A2"
    validate("mass to 200 USD/kg", low.mass_to_price_t(200.0), 370_000.0, 9250.0, "t", source)
    validate("mass to 300 USD/kg", low.mass_to_price_t(300.0), 104_000.0, 2600.0, "t", source)


def test_starcloud(validate):
    """Anchor A5, the money."""
    results = Starcloud().results()
    source = "facts.yaml anchor A5, Starcloud white paper"
    validate("Starcloud, orbit", results["orbit_usd"] / 1e6, 8.2, 0.082, "M USD", source)
    validate("Starcloud, ground", results["ground_usd"] / 1e6, 167.0, 1.67, "M USD", source)
    validate("Starcloud, energy on the ground", results["ground_energy_usd"] / 1e6, 140.0, 1.4, "M USD", source)
    validate("Starcloud, energy in orbit", results["orbit_energy_usd_per_kwh"], 0.0021, 2.1e-5, "USD/kWh", source)


def test_epoch(validate):
    source = "Epoch AI, facts gd.tco.epoch; the rate of 6.5 % is Skyrack's"
    results = Epoch().results()
    validate("a gigawatt and a year, 5 years of life", results["usd_bn_per_gw_year"], 8.5, 0.085, "bn USD", source)
    validate("the same, 3 years", results["usd_bn_per_gw_year_3_years"], 12.0, 0.12, "bn USD", source)
    validate("the same, 7 years", results["usd_bn_per_gw_year_7_years"], 7.0, 0.07, "bn USD", source)


def test_spacex_memo(validate):
    """Anchor A6."""
    source = "facts.yaml anchor A6"
    results = SpacexMemo().results()
    validate("power of a million tonnes a year", results["gw_per_year"], 100.0, 0.0, "GW/yr", source)
    validate("flights for it", results["flights_needed_per_year"], 5000.0, 0.0, "/yr", source)
    validate("power of hourly flights", results["hourly_gw_per_year"], 175.0, 0.5, "GW/yr", source)
    validate("mass for 100 GW at 70 kW/t", results["mt_for_100_gw_at_70_kw_per_t"], 1.43, 0.005, "Mt", source)


def test_tokens_carbon_and_sustainment(validate):
    """Anchors A12, A15 and A22."""
    validate("tokens of a GB300", usd_per_mtoken(2.65, 6000.0), 0.12, 0.0048, "USD/Mtok", "facts.yaml anchor A12")
    validate("tokens of an H200", usd_per_mtoken(1.41, 90.0), 4.20, 0.168, "USD/Mtok", "facts.yaml anchor A12")
    source = "facts.yaml anchor A15, Ohs et al."
    falcon = earth.KEROSENE_KGCO2E_PER_KG.value + earth.REENTRY_KGCO2E_PER_KG.high
    starship = earth.METHANE_KG * earth.METHANE_KGCO2_PER_KG / 200e3 + earth.REENTRY_KGCO2E_PER_KG.value
    validate("up and down by Falcon 9, as the table of the Earth has it", falcon, 178.8, 1.788, "kgCO2e/kg", source)
    validate("up and down by Starship at 200 t, likewise", starship, 135.0, 1.35, "kgCO2e/kg", source)
    sustained = CostInputs(kg_per_w=6.6e3 / 1e6, launch_usd_per_kg=200.0, it_life_years=1.0, plant_life_years=1.0)
    validate("launching 6.6 t/MW each year", cost(sustained), 1320.0, 1e-9, "USD/kW/yr", "facts.yaml anchor A22")


def test_launch_curve_of_the_build_out(validate):
    """Anchor A2, by the catalogue's launcher as the build-out prices it."""
    loaded = load("spacex-million")
    plan = buildout_plan_of(loaded)
    source = "facts.yaml anchor A2"
    for mass_t, theirs in ((370_000.0, 200.0), (104_000.0, 300.0)):
        ours = plan.vehicles[0].usd_per_kg(1e3 * mass_t)
        validate(f"price of launch after {mass_t:,.0f} t", ours, theirs, 0.025 * theirs, "USD/kg", source)


def test_translations_cost_what_the_originals_do():
    for model in published_models().values():
        for found in (model.orbit(), model.ground()):
            if found is not None:
                assert cost(found.inputs) == pytest.approx(found.usd_per_kw_year, rel=1e-9)
    for model in MCCALIP.values():
        assert cost(model.orbit().inputs) == pytest.approx(model.orbit().usd_per_kw_year, rel=1e-9)


def test_the_walk_explains_each_gap():
    priced = api.price("spacex-million", jobs=False)
    found = reconcile("spacex-million", *(cost_inputs_of(priced[side]) for side in ("orbit", "ground")))
    covered = {name for group in GROUPS.values() for name in group}
    assert covered == {field.name for field in fields(CostInputs)} - {"sold_frac", "compute_per_w"}
    for side, steps in found["walks"].items():
        assert len(steps) >= 6
        for step, following in itertools.pairwise(steps):
            assert step["after"] == following["before"]
            assert step["usd_per_kw_year_after"] == following["usd_per_kw_year_before"]
        for step in steps:
            assert abs(step["unexplained"]) <= 0.01 * abs(step["gap"])
        assert steps[-1]["usd_per_kw_year_after"] == pytest.approx(priced[side]["prices"]["usd_per_kw_year"])
    direct = {step["before"]: step for step in found["straight"]}
    assert {"semianalysis-2026", "semianalysis-mature"} <= set(direct)
    assert "starcloud" not in direct  # without computers there is nothing to compare
    away = [abs(math.log(step["ratio_after"] / step["ratio_before"])) for step in found["straight"]]
    assert away == sorted(away)
    for step in direct.values():
        factors = [factor for groups in step["factors"].values() for factor in groups.values()]
        assert step["ratio_after"] == pytest.approx(priced["ratio"])
        assert step["ratio_before"] * math.prod(factors) * step["unexplained_factor"] == pytest.approx(priced["ratio"])
        assert step["unexplained_factor"] == pytest.approx(1.0, abs=0.01)
    assert "NaN" not in json.dumps(found)
