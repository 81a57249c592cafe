"""The verbs: what Skyrack can do, called by the command line, by notebooks and by services alike.

>>> import skyrack
>>> run = skyrack.simulate("spacex-pilot-2027", out="runs/pilot")
>>> run.summary["compute_power_mean_w"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from skyrack.core.errors import InputError, SkyrackError
from skyrack.core.units import display

if TYPE_CHECKING:
    from skyrack.report.compare import Comparison
    from skyrack.run.jobs import Job
    from skyrack.run.routes import Routes
    from skyrack.run.simulate import Progress, Run
    from skyrack.scenario import Loaded
    from skyrack.studies import Study

Source = str | Path | Mapping[str, Any]
"""A scenario: the name of a built-in one, a file, or a mapping of its keys."""

__all__ = [
    "InputError",
    "SkyrackError",
    "build",
    "channels",
    "check",
    "compare",
    "display",
    "doctor",
    "facts",
    "load",
    "open_run",
    "price",
    "reconcile",
    "resume",
    "route",
    "scenarios",
    "schema",
    "serve",
    "show",
    "simulate",
    "size",
    "study",
    "train",
    "write_report",
]

SPAN_AND_STEP = ("span", "step", "output")


def scenarios() -> list[dict[str, Any]]:
    """The built-in scenarios: name, title, number of satellites and of claims; those on the ground have no satellites."""
    from skyrack.scenario import CAMPUSES, library_names, load, load_campus

    rows: list[dict[str, Any]] = []
    for name in library_names():
        scenario = load(name).scenario
        rows.append(
            {"name": name, "title": scenario.title, "n_sats": scenario.n_sats, "n_claims": len(scenario.claims)}
        )
    campuses = ((name, load_campus(name).scenario.title) for name in library_names(CAMPUSES))
    return rows + [{"name": name, "title": title, "n_sats": 0, "n_claims": 0} for name, title in campuses]


def load(source: Source, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Read and check a scenario; InputError says in one sentence what is wrong with it.

    `overrides` maps dotted paths to values: {"satellite.battery.capacity": "80 kWh", "shells.sso.planes": 40}.
    """
    from skyrack.run.simulate import check as check_loaded
    from skyrack.scenario import is_campus
    from skyrack.scenario import load as load_scenario

    given = dict(source) if isinstance(source, Mapping) else source
    if is_campus(given):
        raise InputError(
            f"{source if not isinstance(source, Mapping) else 'the mapping'} is a campus on the ground: nothing flies; price "
            f"it with 'skyrack price', or set it against a fleet with --set rival=NAME"
        )
    loaded = load_scenario(given, dict(overrides or {}))
    check_loaded(loaded)
    return loaded


def show(source: Source, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A scenario with every number, its source, range and confidence, and its shells laid out."""
    from skyrack.design import lay_out
    from skyrack.scenario import assumptions_of, check_sources, dump_yaml, is_campus, load_campus

    given = dict(source) if isinstance(source, Mapping) else source
    if is_campus(given):
        campus = load_campus(given, dict(overrides or {}))
        check_sources(campus)
        return {
            "name": campus.scenario.name,
            "title": campus.scenario.title,
            "description": campus.scenario.description,
            "n_sats": 0,
            "shells": [],
            "assumptions": [vars(row) for row in assumptions_of(campus)],
            "claims": [],
            "scenario": dump_yaml(campus.scenario),
        }
    loaded = load(source, overrides)
    scenario = loaded.scenario
    return {
        "name": scenario.name,
        "title": scenario.title,
        "description": scenario.description,
        "n_sats": scenario.n_sats,
        "shells": [
            {
                "name": shell.name,
                "kind": shell.kind,
                "altitude_m": shell.altitude_m,
                "inclination_rad": shell.inclination_rad,
                "n_sats": shell.n_sats,
            }
            for shell in lay_out(scenario)
        ],
        "assumptions": [vars(row) for row in assumptions_of(loaded)],
        "claims": [claim.model_dump(mode="json") for claim in scenario.claims],
        "scenario": dump_yaml(scenario),
    }


def check(source: Source, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Whether a scenario can run, and what the run would take; raises InputError where it cannot."""
    from skyrack.design import lay_out
    from skyrack.fleet.flight import needed_bytes
    from skyrack.network.survey import check_network
    from skyrack.run.workload import check_workload

    scenario = load(source, overrides).scenario
    check_network(scenario)
    check_workload(scenario, lay_out(scenario))
    n_steps = round(scenario.span_s / scenario.step_s)
    return {
        "name": scenario.name,
        "n_sats": scenario.n_sats,
        "n_steps": n_steps,
        "sat_steps": scenario.n_sats * n_steps,
        "memory_bytes": needed_bytes(scenario),
    }


def size(source: Source, overrides: Mapping[str, Any] | None = None, *, to: str | Path | None = None) -> dict[str, Any]:
    """Close the satellite of a scenario: what it needs, weighs and costs, what binds, and what would move it most.

    `to` is a file for the scenario with the closed satellite in it, ready to fly.
    """
    from skyrack.design.budget import budget_of
    from skyrack.design.sizing import gives_cells
    from skyrack.design.sizing import size as size_scenario
    from skyrack.scenario import dump_yaml

    loaded = load(source, overrides)
    scenario = loaded.scenario
    found = size_scenario(scenario, keep_cells=gives_cells(loaded))
    if to is not None:
        sized = scenario.model_copy(
            update={
                "satellite": found.sized(),
                "design": scenario.design.model_copy(update={"fins_included": True}),
            }
        )
        _write_new(Path(to), dump_yaml(sized))
    return budget_of(scenario, found)


def build(source: Source, overrides: Mapping[str, Any] | None = None, *, by: str | None = None) -> dict[str, Any]:
    """Build the fleet of a scenario month by month: rows, answers, and what must be true for its target.

    `by` is the day ("2035-01-01") on which the target should be at work, by default the scenario's. Delivered compute is
    what the policy asks for; a run holds it against light, heat and power.
    """
    from datetime import date

    from skyrack.buildout.rows import grow, history_of
    from skyrack.design.sizing import gives_cells
    from skyrack.design.sizing import size as size_scenario

    loaded = load(source, overrides)
    try:
        day = date.fromisoformat(by) if by is not None else None
    except ValueError:
        raise InputError(f"by: {by!r} is not a date; write for example '2035-01-01'") from None
    found = size_scenario(loaded.scenario, keep_cells=gives_cells(loaded))
    return grow(loaded.scenario, found, *history_of(loaded.scenario, found), by=day)


def price(source: Source, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The price of a fleet against its rival on the ground, or of a campus alone, or of a finished run.

    What a satellite delivers is flown with a thinned fleet, or taken from the run.
    """
    from skyrack.economics.document import price_campus
    from skyrack.run.growth import price_scenario
    from skyrack.scenario import is_campus, load_campus

    if isinstance(source, str | Path) and Path(source).is_dir():
        if overrides:
            raise InputError(f"{source} is a finished run; --set belongs to scenarios")
        from skyrack.economics.document import is_price

        found: Any = open_run(source).growth
        found = found.get("price") if isinstance(found, dict) else None
        if isinstance(found, dict) and found.get("impossible"):
            raise InputError(f"{source}: this run has no price; {found['impossible']}")
        if not is_price(found):
            raise InputError(f"{source}: this run has no price of this version of Skyrack; run its scenario anew")
        return dict(found)
    given = dict(source) if isinstance(source, Mapping) else source
    if is_campus(given):
        return price_campus(load_campus(given, dict(overrides or {})).scenario)
    load(source, overrides)
    return price_scenario(given, dict(overrides or {}))


def reconcile(
    source: Source = "spacex-million", overrides: Mapping[str, Any] | None = None, *, to: str | Path | None = None
) -> dict[str, Any]:
    """Published calculations by their own method, and the walk from one to the next, down to a scenario of Skyrack's.

    `to` is a file for the page with its charts.
    """
    from skyrack.economics.accounts import Place
    from skyrack.economics.reconcile import reconcile as reconcile_with

    priced = price(source, overrides)
    if priced.get("orbit") is None:
        raise InputError(f"{source}: there is no orbital price to walk to; name a fleet that flies")
    sides = (Place(**priced[side]["place"]) for side in ("orbit", "ground"))
    found = reconcile_with(priced["orbit"]["name"], *sides)
    if to is not None:
        from skyrack.report.reconciliation import page

        _write_new(Path(to), page(found))
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
    """Draw many samples of a price: a study file, or a scenario with all its assumptions.

    `changes` replace keys of the study ("method", "samples", "seed", "inputs", "set" ...). Everything is left in the folder
    `out`, by default studies/NAME-DATE-TIME; `resume` is the folder of one that was interrupted.
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
        plan = load_plan(dict(source) if isinstance(source, Mapping) else source, dict(changes or {}))
        priced = price(plan.scenario, plan.set)
    worker = engine_called(engine, address)
    try:
        if plan is None:
            done = resume_study(Path(str(resume)), worker, on_progress)
        else:
            folder = (
                Path(out) if out is not None else _next_folder(f"{Path(plan.scenario).stem}-{plan.method}", "studies")
            )
            done = run_study(plan, priced, folder, worker, on_progress)
    finally:
        worker.close()
    write_study_page(done, done.path / "report.html")
    return done


def simulate(
    source: Source,
    *,
    overrides: Mapping[str, Any] | None = None,
    span: str | None = None,
    step: str | None = None,
    output: str | None = None,
    out: str | Path | None = None,
    device: str = "cpu",
    threads: int | None = None,
    report: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Fly a scenario, keep everything in a run folder, and write its report.

    `span`, `step` and `output` replace the scenario's own. `out` is the folder, by default runs/NAME-DATE-TIME.
    """
    from skyrack.run import simulate as run_scenario

    changed = dict(overrides or {})
    changed |= {key: value for key, value in zip(SPAN_AND_STEP, (span, step, output), strict=True) if value is not None}
    loaded = load(source, changed)
    folder = Path(out) if out is not None else _next_folder(loaded.scenario.name)
    run = run_scenario(loaded, folder, device=device, threads=threads, on_progress=on_progress)
    if report:
        write_report(run.path)
    return run


def route(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    cities: str | Path | None = None,
    span: str | None = None,
    step: str | None = None,
    paths: bool = False,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Routes:
    """Latency and links between cities over a fleet, look after look, without flying its power and heat.

    `source` is a scenario, or a file of orbital elements (TLE or OMM) of a real constellation, which is then looked at from
    the newest epoch in it. `cities` are names with commas, `largest-100`, or a CSV file with name, latitude and longitude in
    degrees. `span` and `step` say when the network is looked at. Left in `out`, by default routes/NAME-DATE-TIME:
    routes.parquet (cities to cities), city_latency.parquet (to the nearest compute), scenario.yaml and network.json, and with
    `paths` also paths.parquet (every satellite on every way, in its order).
    """
    from skyrack.run.routes import keep_routes, scenario_of

    given = dict(source) if isinstance(source, Mapping) else source
    loaded = load(*scenario_of(given, dict(overrides or {}), cities, span, step))
    folder = Path(out) if out is not None else _next_folder(loaded.scenario.name, "routes")
    return keep_routes(loaded, folder, on_progress, paths=paths)


def train(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    satellites: int | None = None,
    model: str | None = None,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Job:
    """Train a model on satellites of a scenario, and on the ground beside it: days, goodput, what it is lost to, cost.

    `satellites` and `model` are short for the scenario's `workload.training.satellites` and `.model`. Left in `out`, by
    default jobs/NAME-training-DATE-TIME: workload.json, scenario.yaml and a page with pictures, report.html.
    """
    asked = {"workload.training.satellites": satellites, "workload.training.model": model}
    return _job(source, dict(overrides or {}), asked, "training", out, on_progress)


def serve(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    model: str | None = None,
    cities: str | None = None,
    hour: float | None = None,
    stream: str | None = None,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Job:
    """Serve a model to cities from the satellites of a scenario, and from regions on the ground beside it.

    `cities` are names with commas, a continent or `largest-100`; `hour` is the time of day where they are; `stream` is one of
    the catalogue's or a trace file. Left in `out`, by default jobs/NAME-serving-DATE-TIME, as by `train`.
    """
    named = None if cities is None else [name.strip() for name in cities.split(",") if name.strip()]
    asked = {"workload.serving.model": model, "workload.serving.cities": named, "workload.serving.stream": stream}
    return _job(source, dict(overrides or {}), asked, "serving", out, on_progress, hour=hour)


def _job(
    source: Source,
    overrides: dict[str, Any],
    asked: dict[str, Any],
    kind: Literal["training", "serving"],
    out: str | Path | None,
    on_progress: Callable[[Progress], None] | None,
    *,
    hour: float | None = None,
) -> Job:
    from skyrack.report.workload import write_job_page
    from skyrack.run.jobs import begin_at_hour, keep_job, load_job

    given = dict(source) if isinstance(source, Mapping) else source
    changed = overrides | {path: value for path, value in asked.items() if value is not None}
    loaded = load_job(given, changed, kind)
    if hour is not None:
        begin_s = begin_at_hour(loaded.scenario, hour)
        loaded = load_job(given, changed | {"workload.serving.begin": f"{begin_s!r} s"}, kind)
    folder = Path(out) if out is not None else _next_folder(f"{loaded.scenario.name}-{kind}", "jobs")
    job = keep_job(loaded, kind, folder, on_progress)
    write_job_page(job, job.path / "report.html")
    return job


def resume(
    path: str | Path,
    *,
    threads: int | None = None,
    report: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Go on with an interrupted run; its summary will be that of an undisturbed one, to the bit."""
    from skyrack.run import resume as resume_run

    run = resume_run(Path(path), threads=threads, on_progress=on_progress)
    if report and not (run.path / "report.html").exists():
        write_report(run.path)
    return run


def open_run(path: str | Path) -> Run:
    """A finished run, from its folder alone."""
    from skyrack.run import Run, RunFolder

    folder = RunFolder.open(path)
    folder.require_complete()
    if "kind" in folder.manifest:
        from skyrack.run.simulate import KINDS

        raise InputError(f"{path}: this folder is {KINDS[folder.manifest['kind']]}, not a run")
    return Run(folder)


def write_report(path: str | Path, to: str | Path | None = None) -> Path:
    """Write the HTML report of a finished run, from its folder alone; returns where it is."""
    from skyrack.report.page import write_page

    run = open_run(path)
    return write_page(run, Path(to) if to is not None else run.path / "report.html")


def compare(first: str | Path, second: str | Path) -> Comparison:
    """Two runs side by side, the differences that matter first."""
    from skyrack.report.compare import compare_runs

    return compare_runs(open_run(first), open_run(second))


def schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    from skyrack.scenario import json_schema

    return json_schema()


def channels() -> list[dict[str, Any]]:
    """Every quantity that a run puts out: name, unit, where it is found, one sentence."""
    from skyrack.run import CHANNELS

    return [vars(channel) | {"where": list(channel.where)} for channel in CHANNELS.values()]


def facts(words: str = "") -> list[dict[str, Any]]:
    """Facts of the catalogue that match every word: value, range, source, date, confidence, and who disagrees."""
    from skyrack.catalogue import disputes, find_facts

    return [
        vars(fact)
        | {
            "disputes": [
                {"id": dispute.id, "about": dispute.about, "readings": list(dispute.readings), "choice": dispute.choice}
                for dispute in disputes()
                if fact.id in dispute.facts
            ]
        }
        for fact in find_facts(words)
    ]


def doctor() -> list[dict[str, Any]]:
    """What this machine has, and what is missing for which feature."""
    from skyrack.run.doctor import examine

    return examine()


def _write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet."""
    try:
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} exists already; name another file") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


def _next_folder(name: str, shelf: str = "runs") -> Path:
    """SHELF/NAME-DATE-TIME, with a number if two begin in one second."""
    stem = f"{shelf}/{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number = 1
    while Path(stem if number == 1 else f"{stem}-{number}").exists():
        number += 1
    return Path(stem if number == 1 else f"{stem}-{number}")
