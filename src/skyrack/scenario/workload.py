"""What the fleet works on, as a scenario writes it: a model to train, a model to serve, and what goes wrong meanwhile."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    WrapSerializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from skyrack.catalogue.parts import Kind
from skyrack.catalogue.traces import streams
from skyrack.scenario.part import Divisor, Part, PositiveShare, Share, Unit, from_catalogue, known_part
from skyrack.scenario.plugin_field import SlotField

CHOOSE = "choose"
Precision = Literal["bf16", "fp8", "int8", "fp4"]
Seconds = Annotated[float, Unit("s", 0.0, 1e7)]
PositiveSeconds = Annotated[float, Unit("s", 1e-3, 1e7)]
Accelerator = Annotated[str, known_part("accelerators")]
Model = Annotated[str, known_part("models")]
PARTS: dict[str, Kind] = {"model": "models", "accelerator": "accelerators"}


def _read_choice(value: Any) -> Any:
    return None if value == CHOOSE else value


def _write_choice(value: Any, serialise: SerializerFunctionWrapHandler) -> Any:
    return CHOOSE if value is None else serialise(value)


class _NamesChoice:
    """Adds the word `choose` to the JSON Schema of a field."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        return {"anyOf": [{"const": CHOOSE, "type": "string"}, *found.get("anyOf", [found])]}


T = TypeVar("T")
OrChoose = Annotated[T | None, BeforeValidator(_read_choice), WrapSerializer(_write_choice), _NamesChoice()]
"""Type of a field that is given, or left to Skyrack with the word `choose` (None inside)."""


class Parallel(Part):
    """How one copy of a model, and all copies, lie over the accelerators."""

    tensor: int = Field(default=1, ge=1, le=4096)
    """Accelerators that share each layer."""
    pipeline: int = Field(default=1, ge=1, le=4096)
    """Stages of layers."""
    expert: int = Field(default=1, ge=1, le=4096)
    """Accelerators over which the experts of a layer are spread."""
    data: int | None = Field(default=None, ge=1, le=10_000_000)
    """Copies; None: as many as find room."""


class Checkpoint(Part):
    """What is written against failures, and what coming back takes."""

    interval_s: PositiveSeconds | None = None
    """Work between two; None: what wastes least."""
    overhead_s: Seconds = from_catalogue("workload.training.checkpoint.overhead")
    """In which work rests for each, whatever its size."""
    rate_bit_per_s: Annotated[float, Unit("bit_per_s", 0.0, 1e18, low_excluded=True)] = from_catalogue(
        "workload.training.checkpoint.rate"
    )
    """At which each accelerator hands over its share."""
    restart_s: Seconds = from_catalogue("workload.training.checkpoint.restart")
    """From a failure to work again from the last checkpoint."""


Method = Annotated[Any, SlotField("training_method")]


class Training(Part):
    """A model to train on some satellites."""

    model: Model = from_catalogue("workload.training.model")
    tokens: Annotated[float, Field(ge=1.0, le=1e18)] = from_catalogue("workload.training.tokens")
    sequence: int = Field(default=8192, ge=1, le=10_000_000)
    batch_tokens: Annotated[float, Field(ge=1.0, le=1e12)] = from_catalogue("workload.training.batch_tokens")
    """Of one step, of all copies together."""
    precision: Precision = "bf16"
    satellites: int | None = Field(default=None, ge=1, le=20_000_000)
    """None: one formation, or one orbital plane."""
    shell: str | None = None
    """None: the one that gives most, by its power and by what radiation leaves of it."""
    parallel: OrChoose[Parallel] = Field(default=CHOOSE, validate_default=True)
    method: OrChoose[Method] = Field(default=CHOOSE, validate_default=True)
    objective: Literal["time", "cost"] = "time"
    """What is chosen for."""
    kernel_frac: Divisor = from_catalogue("workload.training.kernel")
    """Of the peak arithmetic, reached inside one machine without bubbles."""
    micro_batch: int = Field(default=1, ge=1, le=4096)
    """Sequences that go through a pipeline together."""
    checkpoint: Checkpoint = Field(default_factory=Checkpoint)
    silent_caught_frac: Share = from_catalogue("workload.training.silent_caught")
    """Share of silent errors that the norm of the gradient shows; each costs a step done again."""
    seed: int = Field(default=1, ge=0, lt=2**63)


MOST_EVEN, MOST_UNEVEN = 0.05, 50.0


class Target(Part):
    """What a user is promised."""

    first_token_s: PositiveSeconds = from_catalogue("workload.serving.target.first_token")
    token_s: PositiveSeconds = from_catalogue("workload.serving.target.token")
    """Mean time of each later token."""
    share_frac: PositiveShare = from_catalogue("workload.serving.target.share")
    """Of the requests for which both must hold."""


def _known_stream(name: str) -> str:
    if not name.endswith((".csv", ".jsonl", ".json")) and name not in streams():
        raise ValueError(f"{name!r} is not a stream ({', '.join(streams())}) nor a trace file (.csv, .jsonl)")
    return name


class Serving(Part):
    """A model to serve to the cities of the network."""

    model: Model = from_catalogue("workload.serving.model")
    precision: Precision = from_catalogue("workload.serving.precision")
    """Of the weights; a model published with fewer bits keeps them."""
    kv_precision: Precision = "bf16"
    group: OrChoose[int] = Field(default=CHOOSE, validate_default=True)
    """Accelerators that share one copy; chosen: the smallest machine-wide number that leaves half of its memory free."""
    requests: int = Field(default=256, ge=1, le=4096)
    """Of one copy at work at once."""
    batch_tokens: int = Field(default=2048, ge=16, le=1_000_000)
    """Of one iteration."""
    stream: Annotated[str, BeforeValidator(_known_stream)] = from_catalogue("workload.serving.stream")
    """Of the catalogue, or a trace file."""
    gap_variation: OrChoose[float] = from_catalogue("workload.serving.gap_variation")
    """Deviation of the gaps between arrivals over their mean; chosen: the stream's own."""
    requests_per_second: OrChoose[float] = Field(default=CHOOSE, validate_default=True)
    """Of all cities, mean over the day; chosen: `load` of what the satellites in reach could serve within the target."""
    load_frac: PositiveShare = from_catalogue("workload.serving.load")
    cities: tuple[str, ...] = ()
    """Users; empty: the network's cities. A continent's name stands for its cities."""
    begin_s: Seconds = from_catalogue("workload.serving.begin")
    """After the epoch."""
    span_s: Annotated[float, Unit("s", 10.0, 10 * 86_400.0)] = from_catalogue("workload.serving.span")
    policy: Annotated[Any, SlotField("serving_policy")] = from_catalogue("workload.serving.policy")
    detour_s: Annotated[float, Unit("s", 0.0, 10.0)] = from_catalogue("workload.serving.detour")
    """How much farther than the nearest satellite a request may be sent, one way."""
    eclipse: Literal["keep decode", "run on"] = "keep decode"
    """Below `shed_below` of its power a satellite begins no prompts, or goes on as it can."""
    shed_below_frac: Share = from_catalogue("workload.serving.shed_below")
    target: Target = Field(default_factory=Target)
    replicas: int = Field(default=120, ge=1, le=5000)
    """Copies that are simulated; each stands for as many of the fleet."""
    seed: int = Field(default=1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _rates_make_sense(self) -> Serving:
        if self.requests_per_second is not None and not 0.0 < self.requests_per_second < 1e12:
            raise ValueError(f"'requests_per_second' is {self.requests_per_second:g}; a rate above zero is needed")
        if self.gap_variation is not None and not MOST_EVEN <= self.gap_variation <= MOST_UNEVEN:
            raise ValueError(
                f"'gap_variation' is {self.gap_variation:g}; from {MOST_EVEN:g} to {MOST_UNEVEN:g} is accepted"
            )
        if self.group is not None and not 1 <= self.group <= 4096:
            raise ValueError(f"'group' is {self.group}; from 1 to 4096 accelerators are accepted")
        return self


class Failures(Part):
    """What goes wrong beside radiation."""

    interruptions_per_accelerator_year: Annotated[float, Field(ge=0.0, le=1e4)] = from_catalogue(
        "workload.failures.interruptions_per_accelerator_year"
    )
    """Of a large job, by hardware, software and network."""
    storms_per_year: Annotated[float, Field(ge=0.0, le=1e3)] = from_catalogue("workload.failures.storms_per_year")
    """Solar storms in which the whole fleet rests."""
    storm_s: Seconds = from_catalogue("workload.failures.storm")
    galactic_gy: Annotated[float, Unit("gy", 0.0, 10.0)] = from_catalogue("workload.failures.galactic")
    """Dose of cosmic rays in a year beyond the magnetic field, at solar minimum."""
    scrub_s: PositiveSeconds = from_catalogue("workload.failures.scrub")
    """Time in which all memory is read and mended once."""
    same_word_frac: Share = from_catalogue("workload.failures.same_word")
    """Share of the upsets of several bits that hit one word, where neighbours belong to different ones."""
    reboot_s: Seconds = from_catalogue("workload.failures.reboot")
    """Of the computers that boot together."""
    reboot_together: Annotated[int, Field(ge=1)] = from_catalogue("workload.failures.reboot_together")
    """Accelerators that an interruption of one stops; a satellite with fewer stops as a whole."""
    batch_faults_per_year: Annotated[float, Field(ge=0.0, le=100.0)] = from_catalogue(
        "workload.failures.batch_faults_per_year"
    )
    """Faults common to all satellites of one launch or one software."""
    batch_frac: Share = from_catalogue("workload.failures.batch")
    """Share of the fleet that each takes out."""
    batch_time_s: Seconds = from_catalogue("workload.failures.batch_time")
    thermal_cycles: Annotated[float, Field(gt=1.0)] = from_catalogue("workload.failures.thermal_cycles")
    """Cycles of 100 K after which 63 % of boards have failed."""
    thermal_exponent: Annotated[float, Field(ge=1.0, le=6.0)] = from_catalogue("workload.failures.thermal_exponent")


class Kernels(Part):
    """What kernels and engines reach on any accelerator."""

    arithmetic_frac: Divisor = from_catalogue("workload.kernels.arithmetic")
    bandwidth_frac: Divisor = from_catalogue("workload.kernels.bandwidth")
    memory_frac: Divisor = from_catalogue("workload.kernels.memory")
    hop_s: Annotated[float, Unit("s", 0.0, 1.0)] = from_catalogue("workload.kernels.hop")
    overhead_s: Annotated[float, Unit("s", 0.0, 10.0)] = from_catalogue("workload.kernels.overhead")
    request_s: Annotated[float, Unit("s", 0.0, 1.0)] = from_catalogue("workload.kernels.request")


class Workload(Part):
    """What the fleet works on. Each job is looked at by itself, as if the fleet had no other."""

    training: Annotated[Training | None, Field(default=None)]
    serving: Annotated[Serving | None, Field(default=None)]
    failures: Failures = Field(default_factory=Failures)
    kernels: Kernels = Field(default_factory=Kernels)
