"""Inputs and samples of the methods: both sides of a price, ranges of a plan, and samples computed in chunks."""

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
    """Return the two sides of a price document; raises InputError where there is no price in orbit."""
    if priced.get("orbit") is None or priced.get("ground") is None:
        raise InputError(
            f"{priced.get('name', 'scenario')}: a study needs a price on both sides; this one has none in orbit"
        )
    lives = priced.get("life_range_years")
    return Pair(
        cost_inputs_of(priced["orbit"]),
        cost_inputs_of(priced["ground"]),
        None if lives is None else (lives[0], lives[1]),
    )


def ranges(plan: StudyPlan, pair: Pair) -> dict[str, tuple[float, float, float]]:
    """Return low, mode and high of each sampled input: from the plan, else from the catalogue and the scenario.

    Raises InputError unless low <= mode <= high.
    """
    found = {}
    for name, (low, value, high) in ranges_of(pair, plan.chosen()).items():
        given = plan.inputs.get(name)
        if given is None:
            found[name] = (low, value, high)
            continue
        lowest = low if given.low is None else given.low
        highest = high if given.high is None else given.high
        if lowest > highest:
            raise InputError(
                f"inputs.{name}: the range is upside down: low {lowest:g}, high {highest:g} (omitted ends are those of the "
                "catalogue)"
            )
        mode = given.value if given.value is not None else min(max(value, lowest), highest)
        if not lowest <= mode <= highest:
            raise InputError(f"inputs.{name}: {mode:g} lies outside {lowest:g} to {highest:g}")
        found[name] = (lowest, mode, highest)
    return found


def correlations(plan: StudyPlan, names: tuple[str, ...]) -> NDArray[np.float64] | None:
    """Return the correlation matrix of a plan, shape (name, name); None where it has no correlations."""
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
    """Return inputs and outputs at the points of `cube`, shape (sample, input), as columns of shape (sample,).

    `failed` is true where an output is not a finite number above 0.
    """
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
    """Means of a method to compute samples: the folder for chunks, an engine, and a progress callback."""

    out: Path
    engine: Engine
    progress: Progress

    def evaluate(
        self, pair: Pair, chosen: dict[str, tuple[float, float, float]], cube: NDArray[np.float64], label: str = "a"
    ) -> dict[str, NDArray[Any]]:
        """Return `evaluate` at all points of a cube, computed in chunks; stored chunks are not computed again."""
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
            raise InputError(f"{self.out}: chunks of the study disappeared while it ran; resume it with --resume")
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}

    def cube(self, plan: StudyPlan, names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return the points of a Monte Carlo study, shape (sample, name)."""
        return unit_cube(plan.method, plan.points, len(names), plan.seed, correlations(plan, names))


def _digest(pair: Pair, chosen: dict[str, tuple[float, float, float]], cube: NDArray[np.float64]) -> str:
    models = [side.cost_model for side in (pair.orbit, pair.ground) if side.cost_model is not None]
    numbers = [cost_inputs_document(pair.orbit), cost_inputs_document(pair.ground), chosen]
    text = json.dumps(numbers) + code_digest(type(model) for model in models)
    return hashlib.sha256(text.encode() + np.ascontiguousarray(cube).tobytes()).hexdigest()[:12]


def _piece(file: Path) -> dict[str, NDArray[Any]] | None:
    """Return a stored chunk; None where there is none or it cannot be read."""
    try:
        with file.open("rb") as opened, np.load(opened) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
