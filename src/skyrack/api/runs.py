"""Runs: simulate a scenario into a folder, open it, report on it, compare two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.api.folders import next_folder
from skyrack.api.scenarios import Source
from skyrack.core.errors import InputError

if TYPE_CHECKING:
    from skyrack.report.compare import Comparison
    from skyrack.results.progress import Progress
    from skyrack.results.table_slice import TableSlice
    from skyrack.run.finished import Run

SPAN_AND_STEP = ("span", "step", "output")


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
    """Simulate a scenario, keep everything in a run folder, and write its report.

    `span`, `step` and `output` replace the scenario's own. `out` is the folder, by default runs/NAME-DATE-TIME.
    """
    from skyrack.run.prepare import load_flown
    from skyrack.run.simulate import simulate as run_scenario

    changed = dict(overrides or {})
    changed |= {key: value for key, value in zip(SPAN_AND_STEP, (span, step, output), strict=True) if value is not None}
    loaded = load_flown(dict(source) if isinstance(source, Mapping) else source, changed)
    folder = Path(out) if out is not None else next_folder(loaded.scenario.name)
    run = run_scenario(loaded, folder, device=device, threads=threads, on_progress=on_progress)
    if report:
        write_report(run.path)
    return run


def resume(
    path: str | Path,
    *,
    threads: int | None = None,
    report: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
) -> Run:
    """Resume an interrupted run; its summary is that of an uninterrupted one, to the bit."""
    from skyrack.run.simulate import resume as resume_run

    run = resume_run(Path(path), threads=threads, on_progress=on_progress)
    if report and not (run.path / "report.html").exists():
        write_report(run.path)
    return run


def open_run(path: str | Path) -> Run:
    """Open a finished run from its folder alone. Raises InputError or RunError if it holds no complete run."""
    from skyrack.results.run_folder import RunFolder
    from skyrack.run.finished import Run

    folder = RunFolder.open(path)
    folder.require_complete()
    if "kind" in folder.manifest:
        from skyrack.run.finished import KINDS

        raise InputError(f"{path}: this folder is {KINDS[folder.manifest['kind']]}, not a run")
    return Run(folder)


def write_report(
    path: str | Path,
    to: str | Path | None = None,
    *,
    pdf: bool = False,
    xlsx: bool = False,
    figures: bool = False,
) -> Path:
    """Write the HTML report of a finished run from its folder alone, and return its path.

    Beside it and with its name, `pdf` writes the page as PDF (extra `pdf`) and `xlsx` a workbook with all tables; `figures`
    writes every figure as SVG and PNG to a folder `figures` beside it, which the page links to. Raises InputError where the
    PDF cannot be made.
    """
    from skyrack.report.page import write_page

    run = open_run(path)
    target = Path(to) if to is not None else run.path / "report.html"
    page = write_page(run, target, figures_to=target.parent / "figures" if figures else None)
    if xlsx:
        from skyrack.report.workbook import write_workbook

        write_workbook(run, target.with_suffix(".xlsx"))
    if pdf:
        from skyrack.report.pdf import write_pdf

        write_pdf(page, target.with_suffix(".pdf"))
    return page


def compare(first: str | Path, second: str | Path) -> Comparison:
    """Return the differences between two runs, or between two flights, the important ones first.

    Raises InputError if a folder holds neither, or if one holds a run and the other a flight.
    """
    from skyrack.flight.listing import KIND
    from skyrack.report.compare import compare_flights, compare_runs
    from skyrack.results.run_folder import RunFolder
    from skyrack.run.flight import open_flown

    are_flights = [RunFolder.open(path).manifest.get("kind") == KIND for path in (first, second)]
    if all(are_flights):
        return compare_flights(open_flown(Path(first)), open_flown(Path(second)))
    if any(are_flights):
        raise InputError(f"{first} and {second}: one is a run, the other a flight; compare two of one kind")
    return compare_runs(open_run(first), open_run(second))


def runs(folder: str | Path = "runs", only: str | None = None) -> list[dict[str, Any]]:
    """Return the runs below a folder, newest first: id, scenario, state and figures.

    The state is "complete", "running" or "interrupted". Folders without a run, or with a damaged one, are left out.
    `only` is the id of a single run.
    """
    from skyrack.results.run_list import list_runs, row_of

    if only is not None:
        row = row_of(Path(folder) / only)
        return [] if row is None else [row]
    return list_runs(Path(folder))


def remove_run(path: str | Path) -> None:
    """Delete a run folder. Raises InputError if it is none, or if a process is writing it."""
    from skyrack.results.run_list import remove

    remove(Path(path))


def table(
    path: str | Path, name: str, *, columns: list[str] | None = None, first: int = 0, rows: int | None = None
) -> Any:
    """Return a table of a finished run as a polars DataFrame: all columns and rows, or those that are named.

    `first` is the number of the first row, `rows` how many follow. Raises InputError if there is no such table or
    column.
    """
    return table_slice(path, name, columns=columns, first=first, rows=rows).frame()


def table_slice(
    path: str | Path, name: str, *, columns: list[str] | None = None, first: int = 0, rows: int | None = None
) -> TableSlice:
    """Return a table of a finished run (see `table`) to be read batch by batch in little memory."""
    from skyrack.results.table_slice import slice_table

    return slice_table(open_run(path).folder, name, columns, first, rows)


def latency(path: str | Path) -> dict[str, list[float | None]]:
    """Return the latency of a finished run by snapshot.

    Columns: `time_s`, `rtt_p50_ms` and `rtt_p95_ms` (cities to the nearest compute satellite), `reachable_frac`.
    """
    from skyrack.results.run_list import latency_by_time

    return latency_by_time(open_run(path).folder)
