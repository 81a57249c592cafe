"""The `skyrack` command."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import signal as signals
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from skyrack import api
from skyrack.api.remote import DEFAULT_FOLDER
from skyrack.cli import control as control_verbs
from skyrack.cli import render, render_economics, render_flight, render_network, render_operations, render_workload
from skyrack.cli.progress import ProgressPrinter

app = typer.Typer(
    name="skyrack",
    help="Digital twin of orbital AI data centers: write a scenario, fly it, read what it would really deliver.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help='Replace one key: --set satellite.battery.capacity="80 kWh".'),
]
Basis = Annotated[
    str | None,
    typer.Option(help="announced: the satellite as written; sized: the one that closes. By default the scenario's."),
]
ScenarioArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A built-in scenario or a YAML file.")]


def _overrides(texts: list[str] | None, basis: str | None = None) -> dict[str, str]:
    pairs = {} if basis is None else {"basis": basis}
    for text in texts or []:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise api.InputError(f'--set {text}: write PATH=VALUE, for example --set satellite.bus_power="6 kW"')
        pairs[path.strip()] = value.strip()
    return pairs


@contextmanager
def _interruptible(verb: str = "run") -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"skyrack: interrupted; go on with 'skyrack {verb} --resume DIR'", err=True)
        raise typer.Exit(130) from None


def _put(document: Any) -> None:
    typer.echo(json.dumps(document, indent=1, default=str))


@app.command()
def scenarios(as_json: AsJson = False) -> None:
    """List the built-in scenarios."""
    rows = api.scenarios()
    _put(rows) if as_json else render.scenarios(rows)


@app.command()
def show(scenario: ScenarioArgument, set_: Overrides = None, as_json: AsJson = False) -> None:
    """Show a scenario: its shells, and every number with its source."""
    shown = api.show(scenario, _overrides(set_))
    _put(shown) if as_json else render.scenario(shown)


@app.command()
def check(scenario: ScenarioArgument, set_: Overrides = None, as_json: AsJson = False) -> None:
    """Check a scenario without flying it."""
    found = api.check(scenario, _overrides(set_))
    _put(found) if as_json else render.checked(found)


@app.command()
def run(
    scenario: Annotated[
        str | None, typer.Argument(metavar="[NAME|FILE]", help="A scenario; not with --resume.")
    ] = None,
    set_: Overrides = None,
    basis: Basis = None,
    span: Annotated[str | None, typer.Option(help='Time to simulate, for example "24 h".')] = None,
    step: Annotated[str | None, typer.Option(help='Time step, for example "60 s".')] = None,
    output: Annotated[str | None, typer.Option(help='Output interval, for example "30 min".')] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the run; by default runs/NAME-DATE-TIME.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; by default all cores.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="DIR", help="Resume an interrupted run.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate a scenario and write a run folder with its report."""
    with ProgressPrinter() as progress, _interruptible():
        if resume is not None:
            if scenario is not None or set_ or any((basis, span, step, output, out)) or device != "cpu":
                raise api.InputError(
                    "--resume goes on with a folder's own scenario; leave the name and other options out"
                )
            finished = api.resume(resume, threads=threads, on_progress=progress)
        elif scenario is None:
            raise api.InputError("name a scenario ('skyrack scenarios' lists them), or --resume DIR")
        else:
            finished = api.simulate(
                scenario,
                overrides=_overrides(set_, basis),
                span=span,
                step=step,
                output=output,
                out=out,
                device=device,
                threads=threads,
                on_progress=progress,
            )
    _put(finished.summary) if as_json else render.summary(finished)


@app.command()
def size(
    scenario: ScenarioArgument,
    set_: Overrides = None,
    to: Annotated[Path | None, typer.Option(help="Write the scenario with the sized satellite to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Size the satellite: requirements, mass, cost, binding constraint and sensitivities."""
    found = api.size(scenario, _overrides(set_), to=to)
    _put(found) if as_json else render.sizing(found)


@app.command()
def build(
    scenario: ScenarioArgument,
    set_: Overrides = None,
    basis: Basis = None,
    by: Annotated[
        str | None, typer.Option(help="Date by which the target should be operational, as 2035-01-01.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build the fleet month by month, and list the conditions that its target requires."""
    found = api.build(scenario, _overrides(set_, basis), by=by)
    _put(found) if as_json else render.buildout(found)


@app.command()
def price(
    scenario: Annotated[
        str, typer.Argument(metavar="NAME|FILE|RUN", help="A scenario, a ground data center, or a run folder.")
    ],
    set_: Overrides = None,
    basis: Basis = None,
    no_jobs: Annotated[
        bool, typer.Option("--no-jobs", help="Take tokens and FLOPs from the catalogue instead of simulating the jobs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Price a fleet against its ground baseline, line by line, with the cost drivers."""
    found = api.price(scenario, _overrides(set_, basis), jobs=not no_jobs)
    _put(found) if as_json else render_economics.price(found)


@app.command()
def reconcile(
    scenario: Annotated[
        str, typer.Argument(metavar="[NAME|FILE|RUN]", help="Last calculation of the bridge: a scenario or a run.")
    ] = "spacex-million",
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help='Change a key of the scenario, or an input of a published calculation (mccalip.launch_price="20 USD/kg").',
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Write the page with its charts to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Reproduce published calculations, and explain their differences one assumption at a time."""
    found = api.reconcile(scenario, _overrides(set_), to=to)
    _put(found) if as_json else render_economics.reconciliation(found)
    if to is not None and not as_json:
        typer.echo(f"page: {to}")


@app.command()
def study(
    source: Annotated[
        str | None, typer.Argument(metavar="[NAME|FILE]", help="A scenario, or a study file; not with --resume.")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="sobol, latin-hypercube, tornado, sobol-indices, grid or pareto.")
    ] = None,
    samples: Annotated[int | None, typer.Option(min=2, help="Number of samples.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of the random numbers.")] = None,
    inputs: Annotated[
        str | None, typer.Option(help="Assumptions that are sampled, separated by commas; by default all.")
    ] = None,
    set_: Overrides = None,
    basis: Basis = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default studies/NAME-METHOD-DATE-TIME.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="DIR", help="Resume an interrupted study.")] = None,
    engine: Annotated[str, typer.Option(help="local or ray.")] = "local",
    address: Annotated[str | None, typer.Option(help="HOST:PORT of a Ray cluster.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sample a price many times, and report its cost drivers and when orbit is cheaper."""
    asked = {"method": method, "samples": samples, "seed": seed}
    changes: dict[str, Any] = {key: value for key, value in asked.items() if value is not None}
    if inputs is not None:
        changes["inputs"] = {name.strip(): None for name in inputs.split(",") if name.strip()}
    if set_ or basis:
        changes["set"] = _overrides(set_, basis)
    with ProgressPrinter() as progress, _interruptible("study"):
        done = api.study(
            source, changes, out=out, resume=resume, engine=engine, address=address, on_progress=progress.samples
        )
    _put(done.document["result"]) if as_json else render_economics.study(done)


@app.command()
def route(
    source: Annotated[
        str, typer.Argument(metavar="NAME|FILE", help="A scenario, or a file of orbital elements (TLE or OMM).")
    ],
    cities: Annotated[
        str | None,
        typer.Option(help="Names separated by commas, largest-100, or a CSV file of name, latitude, longitude."),
    ] = None,
    span: Annotated[str | None, typer.Option(help='Time to simulate, for example "24 h".')] = None,
    step: Annotated[str | None, typer.Option(help='Time between two snapshots, for example "100 ms".')] = None,
    paths: Annotated[bool, typer.Option("--paths", help="Write every satellite on every path.")] = False,
    set_: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default routes/NAME-DATE-TIME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate latency and hops between cities over a fleet or a real constellation, as Parquet."""
    with ProgressPrinter() as progress:
        found = api.route(
            source,
            _overrides(set_),
            cities=cities,
            span=span,
            step=step,
            paths=paths,
            out=out,
            on_progress=progress,
        )
    document = {"folder": str(found.path), "figures": found.figures, "network": found.document}
    _put(document) if as_json else render_network.routes(found)


@app.command()
def train(
    scenario: ScenarioArgument,
    satellites: Annotated[int | None, typer.Option(min=1, help="Number of satellites of the job.")] = None,
    model: Annotated[str | None, typer.Option(help="A model of the catalogue, for example llama-3.1-70b.")] = None,
    set_: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default jobs/NAME-training-DATE-TIME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate training on satellites and on the ground: days, goodput, losses."""
    with ProgressPrinter() as progress:
        job = api.train(scenario, _overrides(set_), satellites=satellites, model=model, out=out, on_progress=progress)
    _put(job.document) if as_json else render_workload.training(job)


@app.command()
def serve(
    scenario: ScenarioArgument,
    model: Annotated[str | None, typer.Option(help="A model of the catalogue, for example llama-3.1-70b.")] = None,
    cities: Annotated[
        str | None, typer.Option(help="Names separated by commas, largest-100, or a continent: europe.")
    ] = None,
    hour: Annotated[float | None, typer.Option(help="Local hour of the day of the users, for example 20.")] = None,
    trace: Annotated[
        str | None, typer.Option(help="conversation, code, or a trace file (Azure, BurstGPT, Mooncake).")
    ] = None,
    set_: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default jobs/NAME-serving-DATE-TIME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate serving to cities from satellites and from the ground: latency, tokens, cost."""
    with ProgressPrinter() as progress:
        job = api.serve(
            scenario,
            _overrides(set_),
            model=model,
            cities=cities,
            hour=hour,
            trace=trace,
            out=out,
            on_progress=progress,
        )
    _put(job.document) if as_json else render_workload.serving(job)


@app.command()
def fly(
    scenario: ScenarioArgument,
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- COMMAND...", help="What starts the job: torchrun --nproc-per-node 8 train.py"),
    ],
    satellites: Annotated[
        int | None, typer.Option(min=1, help="Number of satellites: one for each rank of the job.")
    ] = None,
    on: Annotated[
        str, typer.Option(metavar="NAME,NAME...", help="Names of the satellites, as a control plane gives them.")
    ] = "",
    shell: Annotated[str | None, typer.Option(help="Shell of the satellites; by default the best one.")] = None,
    begin: Annotated[str, typer.Option(help='Start after the epoch, for example "6 h".')] = "0 s",
    span: Annotated[str, typer.Option(help="Virtual time for which conditions are computed.")] = "24 h",
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="MODEL", help="Large model for which the script's own stands: llama-3.1-70b."),
    ] = None,
    tokens: Annotated[
        float | None, typer.Option(help="Tokens in a step of the large model, all ranks together.")
    ] = None,
    faults: Annotated[
        str, typer.Option(help="none, rates, a multiple of the rates such as x1000, or a file with a list.")
    ] = "none",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the faults.")] = 1,
    mode: Annotated[str, typer.Option(help="Source of the computing time: counted, cpu-time or recorded.")] = "counted",
    recorded: Annotated[
        Path | None, typer.Option(metavar="FLIGHT", help="Earlier flight of the same script, for --mode recorded.")
    ] = None,
    cpu_time_scale: Annotated[
        float, typer.Option(help="Virtual seconds for each second of CPU time, for --mode cpu-time.")
    ] = 1.0,
    collectives: Annotated[str, typer.Option(help="auto, ring or tree.")] = "auto",
    on_ground: Annotated[bool, typer.Option("--on-ground", help="Run on as many machines on the ground.")] = False,
    notice: Annotated[
        str | None, typer.Option(help='Send a signal to the ranks so long before an eclipse: "5 min".')
    ] = None,
    signal: Annotated[str, typer.Option(help="Signal of --notice.")] = "SIGUSR1",
    replay: Annotated[
        str | None, typer.Option(metavar="N,N...", help="Replay the flight on more satellites: 81,1000.")
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also write losses and times for TensorBoard.")
    ] = False,
    otlp: Annotated[
        bool, typer.Option("--otlp", help="Also write the steps as spans of OpenTelemetry (OTLP/JSON).")
    ] = False,
    set_: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default flights/NAME-DATE-TIME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run your own PyTorch script for real, each rank as a satellite, on a virtual clock."""
    signals.signal(signals.SIGTERM, signals.default_int_handler)  # ends as Ctrl-C does: what was flown is kept
    with ProgressPrinter() as progress:
        try:
            flown = api.fly(
                scenario,
                command,
                _overrides(set_),
                satellites=satellites,
                shell=shell,
                on=[name.strip() for name in on.split(",") if name.strip()],
                begin=begin,
                span=span,
                as_model=as_,
                tokens=tokens,
                faults=faults,
                seed=seed,
                mode=mode,
                recorded=recorded,
                cpu_time_scale=cpu_time_scale,
                collectives=collectives,
                on_ground=on_ground,
                notice=notice,
                signal=signal,
                replay=_whole_numbers("--replay", replay),
                tensorboard=tensorboard,
                otlp=otlp,
                out=out,
                output=sys.stderr if as_json else sys.stdout,
                on_progress=progress,
                on_flight=progress.flight,
            )
        except KeyboardInterrupt:
            typer.echo("skyrack: interrupted; the folder holds the flight up to here", err=True)
            raise typer.Exit(130) from None
    _put(flown.summary) if as_json else render_flight.flight(flown)
    if flown.problem is not None:
        typer.echo(f"skyrack: {flown.problem}", err=True)
        raise typer.Exit(flown.status if 0 < flown.status < 128 else 1)


@app.command()
def operate(
    scenario: ScenarioArgument,
    trace: Annotated[
        str,
        typer.Option(
            help="acme-like, seren-like, philly-like, helios-like, or a file (Acme, Helios, Philly, PAI, SWF)."
        ),
    ] = "acme-like",
    span: Annotated[str, typer.Option(help='Time to simulate, for example "7 d".')] = "24 h",
    begin: Annotated[str, typer.Option(help='Start after the epoch, for example "6 h".')] = "0 s",
    policy: Annotated[
        str, typer.Option(help="Policies separated by commas; your own as FILE.py:CLASS.")
    ] = "forecast,sunlit-requeue,sunlit-now,fifo",
    load: Annotated[float | None, typer.Option(help="Demand of a generated trace over the fleet's capacity.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Number of jobs of a generated trace.")] = None,
    gpus_per_satellite: Annotated[float, typer.Option(help="GPUs of the trace that stand for one satellite.")] = 1.0,
    checkpoint_every: Annotated[
        str, typer.Option(help="Time between periodic checkpoints; best follows from the failure rate of each gang.")
    ] = "best",
    checkpoint_time: Annotated[str, typer.Option(help="Time that a checkpoint takes.")] = "20 s",
    restart_time: Annotated[str, typer.Option(help="Time to restart from a checkpoint.")] = "1 min",
    data_in: Annotated[
        str, typer.Option(help="Data for each satellite of a job that must be in orbit before it starts.")
    ] = "0 B",
    data_out: Annotated[str, typer.Option(help="Results of each satellite of a job that come down.")] = "0 B",
    no_failures: Annotated[bool, typer.Option("--no-failures", help="Leave node failures out.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of trace and failures.")] = 1,
    engine: Annotated[
        str,
        typer.Option(
            help="simulated; or slurm, ray:ADDRESS, psij:EXECUTOR: jobs are taken and executed for real, see 'submit'."
        ),
    ] = "simulated",
    machines: Annotated[
        str, typer.Option(metavar="NAME,NAME...", help="Machines of the engine; by default all of a cluster.")
    ] = "",
    arc: Annotated[int, typer.Option(min=1, help="Neighbouring satellites for which machines stand together.")] = 8,
    speed: Annotated[float, typer.Option(help="Virtual seconds in each second, with an engine.")] = 1.0,
    tick: Annotated[str, typer.Option(help="Wall time between two looks at the engine.")] = "1 s",
    queues: Annotated[Path | None, typer.Option(help="File of queues in YAML, with an engine.")] = None,
    engine_option: Annotated[
        list[str] | None, typer.Option(help="Option for every sbatch, for example --partition=orbit.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the control plane; 0 takes a free one.")] = 0,
    set_: Overrides = None,
    out: Annotated[Path | None, typer.Option(help="Folder; by default operations/NAME-DATE-TIME.")] = None,
    as_json: AsJson = False,
) -> None:
    """Operate a fleet: simulate a trace of jobs under several policies, or take jobs and execute them on an engine."""
    if engine != "simulated":
        names = [name.strip() for name in policy.split(",") if name.strip()]
        arguments = [scenario, "--engine", engine, "--policy", names[0], "--machines", machines, "--arc", str(arc)]
        arguments += ["--speed", str(speed), "--tick", tick, "--begin", begin, "--port", str(port)]
        arguments += ["--out", str(out or DEFAULT_FOLDER)]
        arguments += [] if queues is None else ["--queues", str(queues)]
        arguments += [f"--engine-option={one}" for one in engine_option or []]
        arguments += [f"--set={name}={value}" for name, value in _overrides(set_).items()]
        _become_service("operate", arguments)
    with ProgressPrinter() as progress:
        found = api.operate(
            scenario,
            _overrides(set_),
            trace=trace,
            span=span,
            begin=begin,
            policies=[name.strip() for name in policy.split(",") if name.strip()],
            load=load,
            jobs=jobs,
            gpus_per_satellite=gpus_per_satellite,
            checkpoint_every=checkpoint_every,
            checkpoint_time=checkpoint_time,
            restart_time=restart_time,
            data_in=data_in,
            data_out=data_out,
            failures=not no_failures,
            seed=seed,
            out=out,
            on_progress=progress,
        )
    _put(found.summary) if as_json else render_operations.operated(found)


for _verb in control_verbs.VERBS:
    app.command()(_verb)


def _whole_numbers(option: str, text: str | None) -> list[int]:
    try:
        return [int(part) for part in (text or "").split(",") if part.strip()]
    except ValueError:
        raise api.InputError(
            f"{option} {text}: accepted are whole numbers separated by commas, for example 81,1000"
        ) from None


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    to: Annotated[Path | None, typer.Option(help="Path of the page; by default RUN/report.html.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write it as PDF too, beside the page (extra 'pdf').")] = False,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="Write all tables as an Excel workbook, beside the page.")
    ] = False,
    figures: Annotated[
        bool, typer.Option("--figures", help="Write every figure as SVG and PNG to 'figures', beside the page.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the report of a finished run again: as a page, and as PDF, workbook and single figures."""
    page = api.write_report(folder, to, pdf=pdf, xlsx=xlsx, figures=figures)
    found = {"report": page}
    found |= {"pdf": page.with_suffix(".pdf")} if pdf else {}
    found |= {"xlsx": page.with_suffix(".xlsx")} if xlsx else {}
    found |= {"figures": page.parent / "figures"} if figures else {}
    if as_json:
        _put({name: str(path) for name, path in found.items()})
        return
    for name, path in found.items():
        typer.echo(f"{name}: {path}")


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN")],
    second: Annotated[Path, typer.Argument(metavar="RUN")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs side by side, the important differences first."""
    found = api.compare(first, second)
    _put(found.as_dict()) if as_json else render.comparison(found)


@app.command()
def facts(
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORD]...", help="All of them must match.")] = None,
    as_json: AsJson = False,
) -> None:
    """Search the catalogue: value, range, source, date, confidence, and who disagrees."""
    found = api.facts(" ".join(words or []))
    if not found:
        raise api.InputError(
            f"no fact matches {' '.join(words or [])!r}; try one word, such as radiator, launch or H100"
        )
    _put(found) if as_json else render.facts(found)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file."""
    _put(api.schema())


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Report what this machine has and what is missing."""
    rows = api.doctor()
    _put(rows) if as_json else render.doctor(rows)
    if not all(row["well"] for row in rows):
        raise typer.Exit(1)


@app.command()
def up(
    scenario: Annotated[str | None, typer.Option(help="Built-in scenario of the live twin.")] = None,
    runs: Annotated[Path, typer.Option(help="Folder that holds the run folders.")] = Path("runs"),
    studies: Annotated[Path, typer.Option(help="Folder that holds the study folders.")] = Path("studies"),
    flights: Annotated[Path, typer.Option(help="Folder that holds the folders of flights.")] = Path("flights"),
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but this machine's own needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8460,
    database: Annotated[
        str, typer.Option(metavar="URL", help="SQLite beside the runs, or postgresql+psycopg://...")
    ] = "",
    workers: Annotated[int, typer.Option(min=1, help="Number of runs simulated at the same time.")] = 1,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of each run; by default all cores.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the console in a browser.")] = False,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "warning",
) -> None:
    """Open the console: the service, the twin under a clock, and a web page to watch and control it."""
    if scenario is not None and scenario not in {row["name"] for row in api.scenarios() if row["n_sats"]}:
        raise api.InputError(f"--scenario {scenario}: it is not built in; 'skyrack scenarios' lists those that are")
    arguments = ["--runs", str(runs), "--studies", str(studies), "--flights", str(flights)]
    arguments += ["--host", host, "--port", str(port)]
    arguments += ["--database", database, "--workers", str(workers), "--log-level", log_level]
    arguments += ["--threads", str(threads)] if threads is not None else []
    arguments += ["--scenario", scenario] if scenario is not None else []
    _become_service("up", [*arguments, *(["--open"] if open_ else [])])


@app.command()
def token(
    action: Annotated[str, typer.Argument(metavar="add|list|remove")],
    name: Annotated[str | None, typer.Argument(help="Name of the token.")] = None,
    scope: Annotated[str, typer.Option(help="read or operate.")] = "read",
    runs: Annotated[Path, typer.Option(help="Folder that holds the run folders.")] = Path("runs"),
    database: Annotated[str, typer.Option(metavar="URL", help="Database, as for 'skyrack up'.")] = "",
) -> None:
    """Add, list or remove the tokens that give access to the service from other machines."""
    arguments = [action, *([name] if name is not None else []), "--scope", scope]
    _become_service("token", [*arguments, "--runs", str(runs), "--database", database])


def _become_service(verb: str, arguments: list[str]) -> None:
    """Replace this process by `python -m skyrack.web`, since the command line imports no other door."""
    needed = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "prometheus_client", "websockets")
    missing = [package for package in needed if importlib.util.find_spec(package) is None]
    if missing:
        raise api.InputError(f"the service needs {', '.join(missing)}; install them with: pip install 'skyrack[web]'")
    os.execv(sys.executable, [sys.executable, "-m", "skyrack.web", verb, *arguments])  # noqa: S606 - our own module


def main() -> None:
    """Run the command; an invalid input ends with one sentence and exit code 2."""
    _mend_streams()
    try:
        app(standalone_mode=True)
    except api.SkyrackError as error:
        typer.echo(f"skyrack: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        typer.echo(f"skyrack: {error}", err=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python would report once more that stdout cannot be written
        sys.exit(1)


def _mend_streams() -> None:
    """Replace a missing output stream, and let streams print "?" for characters that their encoding lacks."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (for as long as the process lives)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
