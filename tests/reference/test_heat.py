"""View factors, radiators and the published thermal anchors."""

import math

import numpy as np
import pytest

from skyrack.core.constants import STEFAN_BOLTZMANN_W_PER_M2_K4
from skyrack.physics.radiator import emitted_w_per_m2, net_flux_w_per_m2, radiator_temperature_k
from skyrack.physics.two_node import forced_response, free_response, two_node_constants
from skyrack.physics.view_factor import plate_to_sphere_view_factor
from tests.conftest import cases, source_of

SPHERE_KM = 6371.0


@pytest.mark.parametrize("row", cases("view_factors"), ids=lambda r: f"{r['altitude_km']} km {r['tilt_deg']} deg")
def test_view_factors(row, validate):
    rho = math.asin(SPHERE_KM / (SPHERE_KM + float(row["altitude_km"])))
    ours = plate_to_sphere_view_factor(math.cos(math.radians(float(row["tilt_deg"]))), rho)
    where = f"at {row['altitude_km']} km, tilt {row['tilt_deg']} deg"
    validate(f"view factor {where}", ours, float(row["view_factor"]), 1e-6, "", source_of("view_factors"))


def test_edge_on_view_factor_of_mccalip(validate):
    rho = math.asin(SPHERE_KM / (SPHERE_KM + 550.0))
    source = "exact value beside the calculator's 0.0212; facts of validation/README"
    validate("edge-on view factor at 550 km", plate_to_sphere_view_factor(0.0, rho), 0.2578, 5e-5, "", source)


@pytest.mark.parametrize("row", cases("radiator_temperatures"), ids=lambda r: f"{r['heat_w']} W")
def test_radiator_temperatures(row, validate):
    ours = radiator_temperature_k(*(float(row[key]) for key in ("heat_w", "area_m2", "emissivity", "sink_k")))
    source = source_of("radiator_temperatures")
    validate(f"radiator temperature for {row['heat_w']} W", ours, float(row["temperature_k"]), 0.01, "K", source)


@pytest.mark.parametrize("row", cases("net_fluxes"), ids=lambda r: f"{r['temperature_k']} K, sink {r['sink_k']} K")
def test_net_fluxes(row, validate):
    ours = net_flux_w_per_m2(*(float(row[key]) for key in ("temperature_k", "emissivity", "sink_k")))
    where = f"at {row['temperature_k']} K, e {row['emissivity']}, sink {row['sink_k']} K"
    validate(f"net flux {where}", ours, float(row["net_w_per_m2"]), 0.01, "W/m2", source_of("net_fluxes"))


def test_starcloud_radiator_and_array(validate):
    """Anchor A5: the white paper's own terms, and the areas that follow from them."""
    source = "Starcloud white paper, walk-through of its thermal terms (anchor A5)"
    both_faces = 2.0 * emitted_w_per_m2(293.15, 0.92)
    net = both_faces - 0.09 * 1361.0 - 14.0
    array_km2 = 5e9 / (1361.0 * 0.22 * 0.9) / 1e6
    validate("Starcloud radiator, both faces at 20 degC", both_faces, 770.0, 7.7, "W/m2", source)
    validate("Starcloud radiator, net", net, 633.0, 6.33, "W/m2", source)
    validate("Starcloud radiator side for 5 GW", math.sqrt(5e9 / net / 1e6), 2.8, 0.028, "km", source)
    validate("Starcloud array side for 5 GW", math.sqrt(array_km2), 4.0, 0.32, "km", source)
    hotter = (333.15 / 293.15) ** 4
    validate("Starcloud radiator, gain at 60 degC", hotter, 1.67, 0.0167, "", source)


def test_ai1_sheet(validate):
    """Anchor A7: the published sheet agrees with itself."""
    source = "SpaceX AI1 sheet of June 2026 via press (anchor A7)"
    temperature_c = (700.0 / (0.9 * STEFAN_BOLTZMANN_W_PER_M2_K4)) ** 0.25 - 273.15
    validate("AI1 array area from 150 kW and 250 W/m2", 150e3 / 250.0, 600.0, 18.0, "m2", source)
    validate("AI1 radiator from 110 m2 and 1,400 W/m2", 110.0 * 1400.0, 154e3, 4.6e3, "W", source)
    validate("AI1 radiating temperature at emissivity 0.9", temperature_c, 69.0, 2.0, "degC", source)
    validate("AI1 mass from 70 kW/t", 150.0 / 70.0, 2.14, 0.06, "t", source)
    validate("AI1 satellites for a gigawatt", 1e9 / 150e3, 6700.0, 201.0, "", source)


def test_two_nodes_against_scipy():
    """A cold start with a sudden load, 60 s steps against scipy's Radau: 0.3 K on the way, 0.02 K at the end."""
    from scipy.integrate import solve_ivp

    masses, coupling, emission, step_s = (950e3, 500e3), 15e3, 2 * 110 * 0.9 * STEFAN_BOLTZMANN_W_PER_M2_K4, 60.0
    heat_w, surroundings_w = 126e3, 12e3

    def slope(_, state):
        flow = coupling * (state[0] - state[1])
        return [(heat_w - flow) / masses[0], (surroundings_w + flow - emission * state[1] ** 4) / masses[1]]

    node = two_node_constants(*masses, coupling, emission, 390.0, step_s)
    state = (260.0, 250.0)
    exact = solve_ivp(slope, (0.0, 7200.0), state, "Radau", rtol=1e-9, atol=1e-9, t_eval=np.arange(1, 121) * step_s)
    for theirs in exact.y.T:
        free = free_response(*state, surroundings_w, node)
        state = forced_response(free, heat_w, 0.0, 0.0, 0.0, node)
        assert state == pytest.approx(tuple(theirs), abs=0.3)
    assert state == pytest.approx(tuple(exact.y.T[-1]), abs=0.02)
