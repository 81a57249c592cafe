"""What a method works with: the places of a price, the ranges of a plan, and samples computed piece by piece."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.core.atomic_file import write_arrays
from skyrack.core.errors import InputError
from skyrack.economics.cost_model import cost_inputs_document, cost_inputs_of
from skyrack.economics.uncertain_inputs import Pair, drivers
from skyrack.economics.uncertainty import drawn, outputs_of, ranges_of, unit_cube
from skyrack.scenario.provenance import code_digest
from skyrack.studies.engines import Engine
from skyrack.studies.plan import StudyPlan

CHUNK = 8192
Progress = Callable[[int, int], None]


def pair_of(priced: dict[str, Any]) -> Pair:
    """The two places of a price document; InputError where there is no orbital one."""
    if priced.get("orbit") is None or priced.get("ground") is None:
        raise InputError(
            f"{priced.get('name', 'scenario')}: a study needs a price on both sides; this one has none in orbit"
        )
    return Pair(cost_inputs_of(priced["orbit"]), cost_inputs_of(priced["ground"]))


def ranges(plan: StudyPlan, pair: Pair) -> dict[str, tuple[float, float, float]]:
    """Low, mode and high of each drawn input: the plan's, then the catalogue's, then the scenario's own value."""
    found = {}
    for name, (low, value, high) in ranges_of(pair, plan.chosen()).items():
        given = plan.inputs.get(name)
        if given is None:
            found[name] = (low, value, high)
            continue
        least = low if given.low is None else given.low
        most = high if given.high is None else given.high
        if least > most:
            raise InputError(
                f"inputs.{name}: the range is upside down: low {least:g}, high {most:g} (what was left out is the "
                "catalogue's)"
            )
        mode = given.value if given.value is not None else min(max(value, least), most)
        if not least <= mode <= most:
            raise InputError(f"inputs.{name}: {mode:g} lies outside {least:g} to {most:g}")
        found[name] = (least, mode, most)
    return found


def correlations(plan: StudyPlan, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    """The matrix of the plan's correlations; None where it has none."""
    if not plan.correlated:
        return None
    matrix = np.eye(len(names))
    for first, second, strength in plan.correlated:
        i, j = names.index(first), names.index(second)
        matrix[i, j] = matrix[j, i] = strength
    return matrix


def evaluate(
    pair: Pair, chosen: dict[str, tuple[float, float, float]], cube: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    """Inputs and outputs of some points, and whether each failed: a cost that is no finite number above 0."""
    trial = drawn(pair, cube, chosen)
    n = len(cube)
    inputs = {
        name: np.ascontiguousarray(np.broadcast_to(np.asarray(drivers()[name].read(trial), np.float64), (n,)))
        for name in chosen
    }
    with np.errstate(all="ignore"):
        outputs = outputs_of(trial, n)
    values = np.stack(list(outputs.values()))
    failed = ~(np.isfinite(values) & (values > 0.0)).all(axis=0)
    columns: dict[str, NDArray[Any]] = {**inputs, **outputs, "failed": np.asarray(failed)}
    return columns


@dataclass(frozen=True)
class Work:
    """What a method works with: the folder for its pieces, an engine, and somebody to tell."""

    out: Path
    engine: Engine
    progress: Progress

    def evaluate(
        self, pair: Pair, chosen: dict[str, tuple[float, float, float]], cube: NDArray[np.float64], label: str = "a"
    ) -> dict[str, NDArray[Any]]:
        """All points of a cube, piece by piece; pieces that are already there are not computed again."""
        starts = list(range(0, len(cube), CHUNK))
        mark = _digest(pair, chosen, cube)
        files = [self.out / "parts" / f"{label}-{mark}-{start:09d}.npz" for start in starts]
        missing = [(start, file) for start, file in zip(starts, files, strict=True) if _piece(file) is None]
        done = len(cube) - sum(len(cube[start : start + CHUNK]) for start, _ in missing)
        tasks = [(pair, chosen, cube[start : start + CHUNK]) for start, _ in missing]
        for (start, file), piece in zip(missing, self.engine.map(evaluate, tasks), strict=True):
            write_arrays(file, piece)
            done += len(cube[start : start + CHUNK])
            self.progress(done, len(cube))
        pieces = [piece for file in files if (piece := _piece(file)) is not None]
        if len(pieces) < len(files):
            raise InputError(f"{self.out}: pieces of the study vanished while it ran; go on with --resume")
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def cube(self, plan: StudyPlan, names: tuple[str, ...]) -> NDArray[np.float64]:
        """The points of a Monte Carlo study."""
        return unit_cube(plan.method, plan.points, len(names), plan.seed, correlations(plan, names))


def _digest(pair: Pair, chosen: dict[str, tuple[float, float, float]], cube: NDArray[np.float64]) -> str:
    models = [side.cost_model for side in (pair.orbit, pair.ground) if side.cost_model is not None]
    numbers = [cost_inputs_document(pair.orbit), cost_inputs_document(pair.ground), chosen]
    text = json.dumps(numbers) + code_digest(type(model) for model in models)
    return hashlib.sha256(text.encode() + np.ascontiguousarray(cube).tobytes()).hexdigest()[:12]


def _piece(file: Path) -> dict[str, NDArray[Any]] | None:
    """A piece that was kept; None where there is none, or one that cannot be read."""
    try:
        with file.open("rb") as opened, np.load(opened) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
