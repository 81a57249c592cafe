"""A training or a serving job looked at by itself: no tables of the fleet, an answer in seconds."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from skyrack.core.errors import InputError
from skyrack.design.budget import budget_of
from skyrack.design.sizing import gives_cells, size
from skyrack.environment.exposure_summary import radiation
from skyrack.fleet.power import SatellitePower
from skyrack.fleet.sample_flight import probe
from skyrack.orbits.layout import lay_out
from skyrack.results.progress import Progress
from skyrack.results.run_folder import COMPLETE, RunFolder
from skyrack.run.prepare import check
from skyrack.run.pricing import delivered, price_of, with_prices
from skyrack.run.simulate import manifest_of
from skyrack.scenario import Loaded, Scenario, assumptions_of, dump_yaml, is_campus, load
from skyrack.workload.demand import users
from skyrack.workload.summary import check_workload, workload

Kind = Literal["training", "serving"]
NEEDED_BYTES = 20_000_000
DAY_HOURS = 24.0


@dataclass(frozen=True)
class Job:
    """A job that was looked at."""

    folder: RunFolder
    kind: Kind
    document: dict[str, Any]
    """As workload.json keeps it."""

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.folder.path

    @property
    def result(self) -> dict[str, Any]:
        """The part of the document that is about this job."""
        return dict(self.document[self.kind])


def load_job(source: Any, overrides: dict[str, Any], kind: Kind) -> Loaded:
    """A scenario with a job of this kind, the default one where it states none."""
    if is_campus(source):
        named = "the mapping" if isinstance(source, dict) else source
        raise InputError(f"{named} is a campus on the ground: nothing flies there, so no satellites train or serve")
    plain = load(source, {path: value for path, value in overrides.items() if not path.startswith("workload.")})
    begun: dict[str, Any] = {} if getattr(plain.scenario.workload, kind) is not None else {f"workload.{kind}": {}}
    loaded = load(source, begun | overrides)
    check_workload(_only(loaded.scenario, kind), check(loaded))
    return loaded


def keep_job(loaded: Loaded, kind: Kind, out: Path, on_progress: Callable[[Progress], None] | None = None) -> Job:
    """Look at one job of a scenario and leave it in a folder: workload.json, scenario.yaml, assumptions.json.

    InputError where the job cannot be.
    """
    scenario = _only(loaded.scenario, kind)
    folder = RunFolder.create(out, NEEDED_BYTES)
    begun = time.perf_counter()
    folder.write_text("scenario.yaml", dump_yaml(loaded.scenario))
    folder.write_json("assumptions.json", [vars(row) for row in assumptions_of(loaded)])
    manifest = manifest_of(loaded, "cpu") | {"kind": kind}
    folder.write_json("manifest.json", manifest)

    def worked(done: int, of: int) -> None:
        if on_progress is not None:
            on_progress(Progress("workload", done, of, time.perf_counter() - begun))

    worked(0, 1)
    keep_cells = gives_cells(loaded)
    try:
        exposed = radiation(scenario, lay_out(scenario), budget_of(scenario, size(scenario, keep_cells=keep_cells)))
        document = workload(scenario, exposed, worked)
        _check_possible(document, kind)
    except InputError:
        shutil.rmtree(folder.path, ignore_errors=True)  # nothing came of it, and it would be in the way of the next try
        raise
    document = with_prices(document, _price(scenario, document, keep_cells=keep_cells))
    folder.write_json("workload.json", document)
    folder.write_json("manifest.json", manifest | {"outcome": COMPLETE})
    folder.remove_checkpoint()
    return Job(folder, kind, document)


def _check_possible(document: dict[str, Any], kind: Kind) -> None:
    if kind in document["impossible"]:
        raise InputError(document["impossible"][kind])


def _only(scenario: Scenario, kind: Kind) -> Scenario:
    other = "serving" if kind == "training" else "training"
    return scenario.model_copy(update={"workload": scenario.workload.model_copy(update={other: None})})


def _price(scenario: Scenario, document: dict[str, Any], *, keep_cells: bool) -> dict[str, Any] | None:
    """The price of the fleet that works so; None where it has none."""
    try:
        power: SatellitePower = probe(scenario)
        return price_of(scenario, keep_cells=keep_cells, power=power, delivered=delivered(scenario, document))
    except InputError:
        return None


def begin_at_hour(scenario: Scenario, hour: float) -> float:
    """Seconds after the epoch at which the middle of the serving job falls on an hour of its users' own time.

    By the Sun, at the mean longitude of the users, each counted by the people of the city.
    """
    serving = scenario.workload.serving
    if serving is None:
        raise InputError("workload.serving: the scenario has no serving job")
    if not 0.0 <= hour <= DAY_HOURS:
        raise InputError(f"hour: {hour:g} is not an hour of the day; accepted is from 0 to 24, for example 20")
    places = users(scenario, serving)
    weights = np.maximum(places.people, 1.0)
    east = math.degrees(
        math.atan2(
            float((weights * np.sin(places.longitude_rad)).sum()), float((weights * np.cos(places.longitude_rad)).sum())
        )
    )
    epoch = scenario.epoch
    epoch_hour = epoch.hour + epoch.minute / 60.0 + epoch.second / 3600.0
    ahead_h = (hour - east / 15.0 - epoch_hour) % DAY_HOURS
    begin_s = 3600.0 * ahead_h - 0.5 * float(serving.span_s)
    return begin_s if begin_s >= 0.0 else begin_s + 3600.0 * DAY_HOURS
