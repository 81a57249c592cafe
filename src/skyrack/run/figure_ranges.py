"""Ranges of a run's figures: life, mass, build-out and price computed anew for samples of the uncertain inputs.

The inputs are those with a range in the catalogue that life, mass, build-out or price depend on; each follows the
distribution of `economics.uncertainty`. The flight of the fleet is not repeated: figures of it alone have no range, and a
satellite of another size is taken to deliver the same power.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from pydantic import BaseModel

from skyrack.buildout.cohorts import History
from skyrack.buildout.document import buildout_of, figures_of, history_of
from skyrack.buildout.plan import plan_of
from skyrack.catalogue import defaults
from skyrack.catalogue.parts import Kind, part
from skyrack.core.errors import InputError
from skyrack.core.units import strip_unit, to_si, unit_suffix
from skyrack.design.built_satellite import assemble
from skyrack.design.closure import close
from skyrack.design.inputs import Inputs
from skyrack.design.readings import Reading
from skyrack.economics.document import pair_of, priced_figures
from skyrack.economics.uncertain_inputs import drivers
from skyrack.economics.uncertainty import spread, unit_cube
from skyrack.results.channels import figure_values
from skyrack.run.prepare import Plan
from skyrack.run.service import Service, requested_w, uptime_frac

N_SAMPLES = 40
SEED = 1
SCENARIO_INPUTS = (
    *(f"design.{name}" for name in ("dose_limit", "structure", "power_margin", "mass_margin", "coolant_drop")),
    *(f"design.{name}" for name in ("conversion_efficiency", "avionics_mass", "specific_impulse", "solar_flux")),
    *(f"buildout.{name}" for name in ("infant_failures", "failures_per_year", "accelerator_losses_per_year")),
    *(f"buildout.{name}" for name in ("raising", "spares", "disposal", "wear_out_lives", "idle_cost")),
    "buildout.factory.learning",
    *(f"economics.{name}" for name in ("cost_of_capital_per_year", "integration", "ground_segment", "one_off")),
    *(f"economics.{name}" for name in ("insurance", "operations_per_year", "build", "sold")),
    "workload.failures.thermal_cycles",
)
"""Keys of a scenario whose ranges in the catalogue are sampled."""
PART_INPUTS: dict[str, tuple[Kind, str, str]] = {
    "array_kg_per_m2": ("cells", "cell", "panel_kg_per_m2"),
    "array_usd_per_w": ("cells", "cell", "price_usd_per_w"),
    "battery_j_per_kg": ("batteries", "battery", "energy_j_per_kg"),
    "battery_usd_per_j": ("batteries", "battery", "price_usd_per_j"),
    "radiator_kg_per_m2": ("radiators", "radiator", "kg_per_m2"),
    "radiator_usd_per_m2": ("radiators", "radiator", "price_usd_per_m2"),
    "accelerator_kg": ("accelerators", "accelerator", "mass_kg"),
}
"""Kind of part, key of the design that names it, and figure of it, by the field of the sizing inputs."""
GROUND_DRIVERS = ("ground_energy", "ground_pue", "ground_facility", "ground_capital", "ground_life", "ground_repairs")
LAUNCH_PRICE, COMPUTER_PRICE, GPU_HOUR_PRICE = "launch_price", "computer_price", "economics.gpu_hour_price"
KEPT_ELSEWHERE = ("cost_ratio",)
"""Figures whose range is that of the price, from many more samples."""
NEGLIGIBLE_FRAC = 1e-6


@dataclass(frozen=True)
class Uncertain:
    """Uncertain input: low end, value in this run, and high end."""

    low: float
    value: float
    high: float


def figure_ranges(plan: Plan, service: Service, history: History) -> dict[str, tuple[float, float]]:
    """Return the 5th and 95th percentile of each figure that depends on the sampled inputs, by its name.

    Samples whose satellite does not close or cannot be launched are left out; where fewer than half remain, there are no
    ranges.
    """
    asked = uncertain_inputs(plan, service, history)
    cube = unit_cube("latin-hypercube", N_SAMPLES, len(asked), SEED)
    columns = {
        name: spread(cube[:, column], one.low, one.value, one.high) for column, (name, one) in enumerate(asked.items())
    }
    rows = []
    for number in range(N_SAMPLES):
        try:
            rows.append(_figures(plan, service, {name: float(column[number]) for name, column in columns.items()}))
        except InputError:
            continue
    found: dict[str, tuple[float, float]] = {}
    if 2 * len(rows) < N_SAMPLES:
        return found
    for name in rows[0]:
        values = np.array([row[name] for row in rows if row.get(name) is not None], np.float64)
        if name in KEPT_ELSEWHERE or 2 * len(values) < N_SAMPLES:
            continue
        low, high = (float(np.quantile(values, level)) for level in (0.05, 0.95))
        if high - low > NEGLIGIBLE_FRAC * max(abs(high), abs(low)):
            found[name] = (low, high)
    return found


def uncertain_inputs(plan: Plan, service: Service, history: History) -> dict[str, Uncertain]:
    """Return the sampled inputs of a plan by name: keys of the scenario, fields of `PART_INPUTS`, and drivers of a price.

    A range is that of the catalogue, widened where the value of the run lies outside. Launch and GPU-hour prices are
    factors on those of the run.
    """
    reading = plan.reading
    found = {}
    for path in SCENARIO_INPUTS:
        stated, (owner, name) = defaults()[path], _owner(reading.scenario, path)
        suffix = unit_suffix(name)
        low, high = (float(str(end)) if suffix is None else to_si(end, suffix) for end in (stated.low, stated.high))
        found[path] = _widened(low, high, float(getattr(owner, name)))
    for field, (kind, key, name) in PART_INPUTS.items():
        figure = part(kind, getattr(reading.scenario.design, key)).figures[name]
        if figure.low is not None and figure.high is not None:
            found[field] = _widened(float(figure.low), float(figure.high), float(getattr(reading.inputs, field)))
    try:
        pair = pair_of(
            reading,
            history,
            requested_w=requested_w(reading.scenario),
            uptime_frac=uptime_frac(reading.scenario, service.power) * service.available_frac,
        )
    except InputError:  # nothing can be priced, and only the build-out has ranges
        pair = None
    if pair is not None:
        table = drivers()
        for name in (COMPUTER_PRICE, *GROUND_DRIVERS):
            low, value, high = table[name].around(pair)
            found[name] = Uncertain(low, value, high)
        low, value, high = table[LAUNCH_PRICE].around(pair)
        found[LAUNCH_PRICE] = Uncertain(low / max(value, 1e-9), 1.0, high / max(value, 1e-9))
    rent = defaults()[GPU_HOUR_PRICE]
    usual, low, high = (to_si(text, "usd_per_hour") for text in (rent.value, rent.low, rent.high))
    found[GPU_HOUR_PRICE] = Uncertain(low / usual, 1.0, high / usual)
    return found


def _widened(low: float, high: float, value: float) -> Uncertain:
    return Uncertain(min(low, value), value, max(high, value))


@functools.cache
def _field(model: type[BaseModel], key: str) -> str:
    """Return the name of the field of a model that a scenario writes as `key`."""
    return next(name for name in model.model_fields if strip_unit(name) == key)


def _owner(model: BaseModel, path: str) -> tuple[BaseModel, str]:
    """Return the model that holds a key of a scenario, and the name of its field."""
    section, _, rest = path.partition(".")
    name = _field(type(model), section)
    return _owner(getattr(model, name), rest) if rest else (model, name)


def _changed(model: BaseModel, path: str, value: float) -> Any:
    """Return a model with another value of one key."""
    section, _, rest = path.partition(".")
    name = _field(type(model), section)
    return model.model_copy(update={name: _changed(getattr(model, name), rest, value) if rest else value})


def _figures(plan: Plan, service: Service, values: Mapping[str, float]) -> dict[str, float | None]:
    """Return the figures of build-out and price with other values of the inputs."""
    reading = _reading(plan, values)
    scenario = reading.scenario
    endurance = scenario.workload.failures.thermal_cycles / plan.scenario.workload.failures.thermal_cycles
    lives = service.lives_with(scenario, plan.written.doses, plan.shielding_mm, endurance)
    whole = plan_of(reading, service.power, lives, service.available_frac)
    history = history_of(whole, reading)
    built = figure_values(figures_of(reading, buildout_of(reading, whole, history, rate_tolerance_frac=0.05)))
    if COMPUTER_PRICE not in values:
        return built
    dearer = history["launch_usd_per_kg"] * values[LAUNCH_PRICE]
    history = replace(history, columns=history.columns | {"launch_usd_per_kg": dearer})
    priced = priced_figures(
        reading,
        history,
        requested_w=requested_w(scenario),
        uptime_frac=uptime_frac(scenario, service.power) * service.available_frac,
        drivers={name: values[name] for name in (COMPUTER_PRICE, *GROUND_DRIVERS)},
        rent_factor=values[GPU_HOUR_PRICE],
    )
    return {**built, **priced}


def _reading(plan: Plan, values: Mapping[str, float]) -> Reading:
    """Return the reading of a plan with other values of the inputs; InputError where its satellite does not close."""
    reading, scenario = plan.reading, plan.scenario
    changes: dict[str, Any] = {field: values[field] for field in PART_INPUTS if field in values}
    for path in SCENARIO_INPUTS:
        scenario = _changed(scenario, path, values[path])
        name = _owner(scenario, path)[1]
        if path.startswith("design.") and name in Inputs.__dataclass_fields__:
            changes[name] = values[path]
    stated = scenario.economics.launch_price_usd_per_kg
    if stated is not None and LAUNCH_PRICE in values:  # it takes the place of the launchers' prices
        scenario = _changed(scenario, "economics.launch_price", stated * values[LAUNCH_PRICE])
    inputs = replace(reading.inputs, **changes)
    shell = next(one for one in plan.layout.shells if one.name == reading.built.shell)
    if plan.basis == "sized":
        built = close(shell.name, shell.layers[0], plan.sizing.year, inputs, plan.shielding_mm).built
    else:
        built = replace(
            assemble(shell.name, shell.layers[0], plan.sizing.year, inputs, reading.built.sizes),
            announced_kg=reading.built.announced_kg,
            announced_stowed_m3=reading.built.announced_stowed_m3,
        )
    return replace(reading, scenario=scenario, built=built, inputs=inputs)
