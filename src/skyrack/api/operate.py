"""Operations: jobs on a fleet under scheduling policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.api.folders import next_folder
from skyrack.api.scenarios import Source

if TYPE_CHECKING:
    from skyrack.operations.simulated_run import OperatedFolder
    from skyrack.results.progress import Progress


def operate(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    trace: str = "acme-like",
    span: str = "24 h",
    begin: str = "0 s",
    policies: Sequence[str] = ("forecast", "sunlit-requeue", "sunlit-now", "fifo"),
    load: float | None = None,
    jobs: int | None = None,
    gpus_per_satellite: float = 1.0,
    checkpoint_every: str = "best",
    checkpoint_time: str = "20 s",
    restart_time: str = "1 min",
    data_in: str = "0 B",
    data_out: str = "0 B",
    failures: bool = True,
    seed: int = 1,
    out: str | Path | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> OperatedFolder:
    """Simulate the operation of a scenario's fleet under scheduling policies, in virtual time; keep it in a folder.

    `trace` is a generator ("acme-like", "seren-like", "philly-like", "helios-like") or a trace file (Acme, Helios, Philly,
    PAI, SWF). A generated trace has as many `jobs`, or the `load` (demand over capacity, by default 0.35).
    `gpus_per_satellite` of the trace stand for one satellite. `policies` are names, or files with a class,
    `my_policy.py:MyPolicy`; all operate the same jobs. `checkpoint_every` ("best" by the failure rate of each gang, or a
    time), `checkpoint_time` and `restart_time` tell how jobs save their state. `data_in` and `data_out` pass the ground
    stations for each satellite of a job, before its start and after its end. `failures=False` leaves node failures out.
    Raises InputError for anything wrong, before the first policy runs.
    """
    from skyrack.operations.simulated_run import Asked, operate_scenario
    from skyrack.report.operations import write_operations_page

    given = dict(source) if isinstance(source, Mapping) else source
    asked = Asked(
        trace=trace,
        span=span,
        begin=begin,
        policies=tuple(policies),
        load=load,
        jobs=jobs,
        gpus_per_satellite=gpus_per_satellite,
        checkpoint_every=checkpoint_every,
        checkpoint_time=checkpoint_time,
        restart_time=restart_time,
        data_in=data_in,
        data_out=data_out,
        failures=failures,
        seed=seed,
    )
    name = str(given.get("name", "operations")) if isinstance(given, dict) else Path(str(given)).stem
    folder = Path(out) if out is not None else next_folder(name, "operations")
    found = operate_scenario(given, dict(overrides or {}), asked, folder, on_progress)
    write_operations_page(found.path)
    return found
