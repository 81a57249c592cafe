"""Verbs of design and economics: size a satellite, build a fleet, price it, reconcile it with published results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.api.folders import next_folder, write_new
from skyrack.api.runs import open_run
from skyrack.api.scenarios import Source
from skyrack.core.errors import InputError

if TYPE_CHECKING:
    from skyrack.studies import Study


def size(source: Source, overrides: Mapping[str, Any] | None = None, *, to: str | Path | None = None) -> dict[str, Any]:
    """Size the satellite of a scenario and return its requirements, mass and cost budgets, and sensitivities.

    `to` is a file for the scenario with the sized satellite in it, ready to simulate. Raises InputError for a wrong
    scenario, or if that file exists already.
    """
    from skyrack.core.json_text import plain
    from skyrack.design.budget import budget_of
    from skyrack.run.prepare import Plan, load_flown, prepare
    from skyrack.scenario import dump_yaml

    plan = prepare(load_flown(_given(source), overrides))
    if to is not None:
        write_new(Path(to), dump_yaml(Plan(plan.written, "sized").scenario))
    document: dict[str, Any] = plain(budget_of(plan.loaded.scenario, plan.sizing))
    return document


def build(source: Source, overrides: Mapping[str, Any] | None = None, *, by: str | None = None) -> dict[str, Any]:
    """Build the fleet of a scenario month by month and return its rows, metrics and required conditions.

    `by` is the date ("2035-01-01") by which the target should be operational, by default the scenario's. Delivered
    compute and the life of each shell's satellites come from a flight of sampled satellites. Raises InputError for a wrong
    date.
    """
    from datetime import date

    from skyrack.buildout.document import buildout_of, history_of
    from skyrack.buildout.plan import plan_of
    from skyrack.core.json_text import plain
    from skyrack.run.prepare import load_flown, prepare
    from skyrack.run.service import sampled_service

    plan = prepare(load_flown(_given(source), overrides))
    try:
        day = date.fromisoformat(by) if by is not None else None
    except ValueError:
        raise InputError(f"by: {by!r} is not a date; write for example '2035-01-01'") from None
    service = sampled_service(plan)
    whole = plan_of(plan.reading, service.power, service.lives, service.available_frac)
    document: dict[str, Any] = plain(buildout_of(plan.reading, whole, history_of(whole, plan.reading), by=day))
    return document


def price(source: Source, overrides: Mapping[str, Any] | None = None, *, jobs: bool = True) -> dict[str, Any]:
    """Return the price of a fleet against its ground baseline, of a ground data center alone, or of a finished run.

    Delivered compute per satellite is simulated with a thinned fleet, tokens and useful FLOPs per accelerator with the
    jobs of the scenario, as `serve` and `train` do; or all of it is taken from the run. Without `jobs` tokens and FLOPs are
    those of the catalogue, in half of the time. Raises InputError if a run has no price.
    """
    from skyrack.core.json_text import plain
    from skyrack.economics.accounts import LINE_TITLES
    from skyrack.economics.document import price_ground_data_center
    from skyrack.economics.unit_prices import UNIT_PRICE_TITLES
    from skyrack.run.pricing import price_scenario
    from skyrack.scenario import is_ground_data_center, load_ground_data_center

    if isinstance(source, str | Path) and Path(source).is_dir():
        if overrides:
            raise InputError(f"{source} is a finished run; --set belongs to scenarios")
        from skyrack.economics.price import is_price

        found: Any = open_run(source).growth
        found = found.get("price") if isinstance(found, dict) else None
        if isinstance(found, dict) and found.get("impossible"):
            raise InputError(f"{source}: this run has no price; {found['impossible']}")
        if not is_price(found):
            raise InputError(f"{source}: this run has no price of this version of Skyrack; run its scenario anew")
        return dict(found)
    given = _given(source)
    if is_ground_data_center(given):
        alone = price_ground_data_center(load_ground_data_center(given, dict(overrides or {})).scenario)
        document: dict[str, Any] = plain(alone) | {"unit_price_titles": UNIT_PRICE_TITLES, "line_titles": LINE_TITLES}
        return document
    priced: dict[str, Any] = plain(price_scenario(given, overrides, with_jobs=jobs))
    return priced


def _given(source: Source) -> Any:
    return dict(source) if isinstance(source, Mapping) else source


def reconcile(
    source: Source = "spacex-million", overrides: Mapping[str, Any] | None = None, *, to: str | Path | None = None
) -> dict[str, Any]:
    """Reproduce published calculations by their own method, and return the bridge from each to the next.

    The last bridge leads to the scenario. `overrides` change keys of the scenario ("economics.launch_price") and inputs
    of published calculations ("mccalip.launch_price": "20 USD/kg"); each calculation in the document lists its inputs.
    `to` is a file for the page with its charts. Raises InputError for a scenario without a fleet in orbit.
    """
    from skyrack.economics.cost_model import cost_inputs_of
    from skyrack.economics.reconcile import published_models, split_changes
    from skyrack.economics.reconcile import reconcile as reconcile_with

    ours, theirs = split_changes(overrides or {})
    published_models(theirs)  # refused before anything is simulated
    priced = price(source, ours, jobs=False)
    if priced.get("orbit") is None:
        raise InputError(f"{source}: there is no orbital price to compare with; name a scenario with satellites")
    orbit, ground = (cost_inputs_of(priced[side]) for side in ("orbit", "ground"))
    found = reconcile_with(priced["orbit"]["name"], orbit, ground, theirs)
    if to is not None:
        from skyrack.report.reconciliation import page

        write_new(Path(to), page(found))
    return found


def study(
    source: Source | None = None,
    changes: Mapping[str, Any] | None = None,
    *,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    engine: str = "local",
    address: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Study:
    """Run a study of a price: of a study file, or of a scenario with all its assumptions as inputs.

    `changes` replace keys of the study ("method", "samples", "seed", "inputs", "set" ...). All results are written to
    the folder `out`, by default studies/NAME-DATE-TIME; `resume` is the folder of an interrupted study.
    """
    from skyrack.report.study import write_page as write_study_page
    from skyrack.studies import load_plan, resume_study, run_study
    from skyrack.studies.engines import engine as engine_called

    if (source is None) == (resume is None):
        raise InputError("name a study or a scenario, or --resume DIR, one of them")
    if resume is not None and (changes or out is not None):
        raise InputError("--resume goes on with a folder's own plan; leave the other options out")
    plan = None
    if source is not None:
        plan = load_plan(_given(source), dict(changes or {}))
        priced = price(plan.scenario, plan.set, jobs=False)
    worker = engine_called(engine, address)
    try:
        if plan is None:
            done = resume_study(Path(str(resume)), worker, on_progress)
        else:
            folder = (
                Path(out) if out is not None else next_folder(f"{Path(plan.scenario).stem}-{plan.method}", "studies")
            )
            done = run_study(plan, priced, folder, worker, on_progress)
    finally:
        worker.close()
    write_study_page(done, done.path / "report.html")
    return done
