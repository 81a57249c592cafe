"""Manifest of a job: what a user asks for, in YAML, in the header of a script, or in the labels of a Kubernetes object.

name: fine-tune
kind: fine-tuning
command: [torchrun, --nproc-per-node, "8", train.py]
gang: {satellites: 64, shape: ring}
needs: {light: required}
time: {work: 6 h, deadline: 2 d}
checkpoint: {every: 15 min, takes: 20 s, size: 40 GB, restart: 1 min}
queue: research
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, model_validator

from skyrack.core.errors import InputError
from skyrack.scenario.load import load_part
from skyrack.scenario.part import Part, Unit

Seconds = Annotated[float, Unit("s", 0.0, 1e9)]
PositiveSeconds = Annotated[float, Unit("s", 1e-3, 1e9)]
Bytes = Annotated[float, Unit("bytes", 0.0, 1e21)]
Word = Annotated[str, Field(min_length=1, max_length=100_000, pattern=r"^[^\x00]*$")]
HEADER = re.compile(r"^#SKYRACK\s+(.*)$", re.M)


class GangRequest(Part):
    """Satellites that start, move and stop together."""

    satellites: int = Field(default=1, ge=1, le=10_000_000)
    shape: Literal["ring", "block", "any"] = "any"
    """An arc of one ring, a block of neighbouring rings, or whichever fits."""
    rings: int | None = Field(default=None, ge=1, le=10_000)
    """Number of neighbouring rings of a block, over which the gang is spread evenly."""


class NeedsRequest(Part):
    """Needs of each satellite of a job."""

    light: Literal["required", "preferred", "battery"] = "preferred"
    """Sunlight at all times, sunlight where it can be had, or no preference as long as batteries last."""


class TimeRequest(Part):
    """Work and times of a job; times count from its submission."""

    work_s: PositiveSeconds
    """Time that the job takes at full power, without checkpoints."""
    start_after_s: Seconds = Field(default="0 s", validate_default=True)
    deadline_s: PositiveSeconds | None = None


class CheckpointRequest(Part):
    """Checkpoints of a job."""

    every_s: PositiveSeconds = Field(default="15 min", validate_default=True)
    takes_s: Seconds = Field(default="20 s", validate_default=True)
    size_bytes: Bytes = Field(default="10 GB", validate_default=True)
    """Size of one checkpoint, all satellites together."""
    restart_s: Seconds = Field(default="1 min", validate_default=True)
    signal: Literal["SIGUSR1", "SIGUSR2", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] = "SIGUSR1"
    """Signal on which the job saves its state and ends with `saved_status`."""
    saved_status: int = Field(default=0, ge=0, le=127)
    """Exit status that says: saved, to be continued. With 0, a job that ends by itself as the signal comes is run once more,
    and should find that nothing is left to do; with another, such as 75, that cannot happen."""


class DataRequest(Part):
    """Data that must be in orbit before a job starts, and that comes down after it."""

    in_bytes: Bytes = Field(default="0 B", validate_default=True)
    out_bytes: Bytes = Field(default="0 B", validate_default=True)


class BudgetRequest(Part):
    """Limits of what a job may cost."""

    money_usd: Annotated[float, Unit("usd", 0.0, 1e15, low_excluded=True)] | None = None
    energy_j: Annotated[float, Unit("j", 0.0, 1e21, low_excluded=True)] | None = None


class Manifest(Part):
    """Manifest of a job."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    kind: Literal["training", "fine-tuning", "batch", "serving"] = "batch"
    command: tuple[Word, ...] = ()
    """Program and arguments, each a word of its own."""
    script: str | None = Field(default=None, max_length=1_000_000)
    """Text of a script, in place of a command."""
    gang: GangRequest = Field(default_factory=GangRequest)
    needs: NeedsRequest = Field(default_factory=NeedsRequest)
    time: TimeRequest
    checkpoint: CheckpointRequest = Field(default_factory=CheckpointRequest)
    data: DataRequest = Field(default_factory=DataRequest)
    near: tuple[str, ...] = ()
    """Cities of the catalogue that must be able to see the fleet."""
    queue: str = Field(default="default", min_length=1, max_length=80)
    priority: int = Field(default=0, ge=-1000, le=1000)
    preemptible: bool = True
    retries: int = Field(default=10, ge=0, le=1_000_000)
    budget: BudgetRequest = Field(default_factory=BudgetRequest)

    @model_validator(mode="after")
    def _has_one_task(self) -> Manifest:
        if bool(self.command) == bool(self.script):
            raise ValueError("a job has either 'command' or 'script'")
        if self.gang.shape == "ring" and (self.gang.rings or 1) > 1:
            raise ValueError("'gang' of shape ring has one ring; take shape block for more")
        return self

    def to_document(self) -> dict[str, Any]:
        """Return the manifest as JSON has it; `Manifest.model_validate` reads it back."""
        return self.model_dump(mode="json", by_alias=True)


def read_manifest(path: Path) -> Manifest:
    """Return the manifest of a file: YAML of a job, a Kubernetes Job or JobSet with Kueue's label, or a script with a header.

    Raises InputError with one sentence for anything else.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path}: it cannot be read as text; name a manifest in YAML, or a script") from None
    if text.startswith("#!"):
        return of_script(text, str(path))
    if re.search(r"^kind:\s*(Job|JobSet)\s*$", text, re.M) and re.search(r"^apiVersion:", text, re.M):
        return of_kubernetes(text, str(path))
    return load_part(Manifest, text, str(path))


OPTIONS: dict[str, tuple[str, ...]] = {
    "job-name": ("name",),
    "satellites": ("gang", "satellites"),
    "nodes": ("gang", "satellites"),
    "shape": ("gang", "shape"),
    "rings": ("gang", "rings"),
    "light": ("needs", "light"),
    "time": ("time", "work"),
    "begin": ("time", "start_after"),
    "deadline": ("time", "deadline"),
    "checkpoint-every": ("checkpoint", "every"),
    "checkpoint-time": ("checkpoint", "takes"),
    "checkpoint-size": ("checkpoint", "size"),
    "restart-time": ("checkpoint", "restart"),
    "signal": ("checkpoint", "signal"),
    "saved-status": ("checkpoint", "saved_status"),
    "queue": ("queue",),
    "partition": ("queue",),
    "priority": ("priority",),
    "kind": ("kind",),
    "near": ("near",),
    "retries": ("retries",),
    "preemptible": ("preemptible",),
    "data-in": ("data", "in"),
    "data-out": ("data", "out"),
    "budget-money": ("budget", "money"),
    "budget-energy": ("budget", "energy"),
}
"""Options of a script's header, and the keys of a manifest that they set."""
WHOLE = ("satellites", "nodes", "rings", "priority", "retries", "saved-status")


def of_script(text: str, name: str) -> Manifest:
    """Return the manifest of a script whose lines `#SKYRACK --option=value` say what it needs, as those of sbatch do."""
    data: dict[str, Any] = {"name": Path(name).stem, "script": text}
    for match in HEADER.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        try:
            words = shlex.split(match[1], comments=True)
        except ValueError as error:
            raise InputError(f"{name}:{line}: {match[0]!r}: {error}") from None
        for word in words:
            option, is_set, value = word.removeprefix("--").partition("=")
            if not word.startswith("--") or not is_set or option not in OPTIONS:
                known = ", ".join(f"--{one}" for one in OPTIONS)
                raise InputError(f"{name}:{line}: {word!r} is no option; accepted are {known}, each as --option=value")
            _set(data, OPTIONS[option], _value(option, value))
    if "work" not in data.get("time", {}):
        raise InputError(f'{name}: the header lacks the work; write for example: #SKYRACK --time="6 h"')
    return load_part(Manifest, yaml.safe_dump(data, sort_keys=False), name)


def _value(option: str, value: str) -> Any:
    if option in WHOLE and re.fullmatch(r"-?\d{1,12}", value):
        return int(value)
    if option == "near":
        return [city.strip() for city in value.split(";" if ";" in value else ",") if city.strip()]
    return value


def _set(data: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        data = data.setdefault(key, {})
    data[path[-1]] = value


QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
JOBSET_VERSION = "jobset.x-k8s.io/v1alpha2"
ANNOTATIONS = "skyrack.dev/"
"""Prefix of the annotations of a Kubernetes object that set the options of a script's header."""


def of_kubernetes(text: str, name: str) -> Manifest:
    """Return the manifest of a Kubernetes Job or JobSet: its queue is Kueue's label, its gang the number of its pods.

    Annotations such as `skyrack.dev/time: 6 h` set the options of a script's header.
    """
    try:
        found = yaml.safe_load(text)
        metadata = dict(found["metadata"])
        labels, annotations = dict(metadata.get("labels") or {}), dict(metadata.get("annotations") or {})
        pods, command = _pods_and_command(found["kind"], found["spec"])
    except (yaml.YAMLError, KeyError, TypeError, IndexError, ValueError) as error:
        raise InputError(
            f"{name}: this is no Job or JobSet with a container ({type(error).__name__}: {error})"
        ) from None
    data: dict[str, Any] = {"name": str(metadata.get("name", "job")), "command": command, "gang": {"satellites": pods}}
    data["queue"] = str(labels.get(QUEUE_LABEL, "default"))
    for key, value in annotations.items():
        option = str(key).removeprefix(ANNOTATIONS)
        if str(key).startswith(ANNOTATIONS):
            if option not in OPTIONS:
                raise InputError(f"{name}: annotation {key}: accepted after {ANNOTATIONS} are {', '.join(OPTIONS)}")
            _set(data, OPTIONS[option], _value(option, str(value)))
    if "work" not in data.get("time", {}):
        raise InputError(f"{name}: it lacks the work; annotate it with {ANNOTATIONS}time: 6 h")
    return load_part(Manifest, yaml.safe_dump(data, sort_keys=False), name)


def _pods_and_command(kind: str, spec: dict[str, Any]) -> tuple[int, list[str]]:
    """Return the number of pods of a Job or JobSet, and what each executes. Raises ValueError for pods that differ."""
    if kind == "JobSet":
        sets = spec["replicatedJobs"]
        pods = sum(int(one.get("replicas", 1)) * int(one["template"]["spec"].get("parallelism", 1)) for one in sets)
        templates = [one["template"]["spec"]["template"] for one in sets]
    else:
        pods, templates = int(spec.get("parallelism", 1)), [spec["template"]]
    if any(one != templates[0] for one in templates):
        raise ValueError("its replicated jobs differ; accepted are equal ones")
    container = templates[0]["spec"]["containers"][0]
    words = container.get("command") or [], container.get("args") or []
    if not all(isinstance(one, list) for one in words):
        raise ValueError("command and args are lists of words, such as [echo, hi]")
    return pods, [*words[0], *words[1]]


def to_kubernetes(manifest: Manifest, image: str) -> dict[str, Any]:
    """Return a JobSet for a cluster with JobSet and Kueue: one pod for each satellite, all started together.

    Annotations keep what Kubernetes has no field for; `of_kubernetes` reads the manifest back. Whether and where a job runs
    again is decided by the control plane: no retries here. Raises InputError for a name that Kubernetes does not accept.
    """
    name = manifest.name.lower().replace("_", "-").replace(".", "-").strip("-")
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?", name):
        raise InputError(f"name: {manifest.name}: Kubernetes accepts up to 52 letters, digits and hyphens")
    n = manifest.gang.satellites
    document, annotations = manifest.to_document(), {}
    for option, path in OPTIONS.items():
        value: Any = document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value in (None, [], ()) or path in (("name",), ("queue",), ("gang", "satellites")):
            continue
        annotations[ANNOTATIONS + option] = (
            "".join(f"{city};" for city in value) if isinstance(value, list) else str(value)
        )
    task = ["bash", "-c", manifest.script] if manifest.script is not None else list(manifest.command)
    pod = {
        "restartPolicy": "Never",
        "containers": [{"name": "task", "image": image, "command": task}],
        "terminationGracePeriodSeconds": max(30, round(manifest.checkpoint.takes_s)),
    }
    job = {
        "parallelism": n,
        "completions": n,
        "completionMode": "Indexed",
        "backoffLimit": 0,
        "template": {"metadata": {"labels": {ANNOTATIONS + "job": name}}, "spec": pod},
    }
    return {
        "apiVersion": JOBSET_VERSION,
        "kind": "JobSet",
        "metadata": {"name": name, "labels": {QUEUE_LABEL: manifest.queue}, "annotations": annotations},
        "spec": {
            "suspend": True,  # Kueue admits it as a whole
            "failurePolicy": {"maxRestarts": 0},
            "replicatedJobs": [{"name": "satellites", "replicas": 1, "template": {"spec": job}}],
        },
    }
