"""A study from its plan to its folder: pieces of samples, each kept as soon as it is there.

study.json      the plan, the base prices, the outcome and what came out
parts/          pieces of samples while it runs; a study that was interrupted goes on from them
samples.parquet all samples: inputs, outputs, and whether the sample failed
report.html     the picture
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from skyrack.core.atomic_file import atomic_path, disk_errors, write_json
from skyrack.core.compile_cache import package_digest
from skyrack.core.errors import InputError
from skyrack.studies.engines import Engine
from skyrack.studies.methods import carry_out
from skyrack.studies.plan import StudyPlan
from skyrack.studies.work import Progress, Work

RUNNING, COMPLETE = "running", "complete"


@dataclass(frozen=True)
class Study:
    """A study that came to its end."""

    path: Path

    @property
    def document(self) -> Any:
        """The content of study.json."""
        return json.loads((self.path / "study.json").read_text("utf-8"))

    @property
    def samples(self) -> Any:
        """All samples as a polars DataFrame."""
        import polars

        return polars.read_parquet(self.path / "samples.parquet")


def run_study(
    plan: StudyPlan, priced: dict[str, Any], out: Path, engine: Engine, progress: Progress | None = None
) -> Study:
    """Carry out a plan on the price of its scenario and leave everything in a new folder."""
    with disk_errors(out):
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InputError(f"{out}: the folder is already in use; name another one, or resume with --resume")
        (out / "parts").mkdir(parents=True, exist_ok=True)
    write_json(
        out / "study.json",
        {
            "outcome": RUNNING,
            "plan": plan.model_dump(mode="json"),
            "laws": package_digest(),
            "price": {side: priced[side] for side in ("name", "orbit", "ground")} if priced.get("orbit") else priced,
        },
    )
    return _carry_on(out, engine, progress)


def resume_study(path: Path, engine: Engine, progress: Progress | None = None) -> Study:
    """Go on with a study that was interrupted; a complete one is returned as it is."""
    document = _document(path)
    if document["outcome"] == COMPLETE:
        return Study(path)
    if document["laws"] != package_digest():
        raise InputError(f"{path}: the study was begun by another version of Skyrack; begin it anew")
    (path / "parts").mkdir(exist_ok=True)
    return _carry_on(path, engine, progress)


def open_study(path: Path) -> Study:
    """A finished study, from its folder alone."""
    if _document(path)["outcome"] != COMPLETE:
        raise InputError(f"{path}: the study is incomplete; go on with 'skyrack study --resume {path}'")
    return Study(path)


def _document(path: Path) -> Any:
    try:
        document = json.loads((path / "study.json").read_text("utf-8"))
        StudyPlan.model_validate(document["plan"])
        document["outcome"], document["laws"], document["price"]["name"]
        if document["outcome"] == COMPLETE:
            document["result"]
    except (OSError, ValueError, KeyError, TypeError):  # a plan that is none is a ValueError too
        raise InputError(f"{path}: this is not the folder of a study; it holds no sound study.json") from None
    return document


def _carry_on(out: Path, engine: Engine, progress: Progress | None) -> Study:
    document = _document(out)
    plan = StudyPlan.model_validate(document["plan"])
    result, samples = carry_out(plan, document["price"], Work(out, engine, progress or (lambda *_: None)))
    if samples is not None:
        _write_table(out / "samples.parquet", samples)
    write_json(out / "study.json", document | {"outcome": COMPLETE, "result": result})
    shutil.rmtree(out / "parts", ignore_errors=True)
    return Study(out)


def _write_table(path: Path, columns: dict[str, NDArray[Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with atomic_path(path) as partial:
        pq.write_table(pa.table(columns), partial, compression="zstd", compression_level=1)
