"""Workload of a scenario: a model to train, a model to serve, and failures."""

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
from skyrack.catalogue.traces import traces
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
    """Parallelism of a training job: tensor, pipeline, expert and data parallel degrees."""

    tensor: int = Field(default=1, ge=1, le=4096)
    """Tensor parallel degree: accelerators that share each layer."""
    pipeline: int = Field(default=1, ge=1, le=4096)
    """Pipeline stages."""
    expert: int = Field(default=1, ge=1, le=4096)
    """Expert parallel degree: accelerators over which the experts of a layer are distributed."""
    data: int | None = Field(default=None, ge=1, le=10_000_000)
    """Data parallel replicas; None: as many as fit."""


class Checkpoint(Part):
    """Checkpoints of a training job, and recovery from them."""

    interval_s: PositiveSeconds | None = None
    """Time between two checkpoints; None: the interval that maximises goodput."""
    overhead_s: Seconds = from_catalogue("workload.training.checkpoint.overhead")
    """Pause of training for each checkpoint, independent of its size."""
    rate_bit_per_s: Annotated[float, Unit("bit_per_s", 0.0, 1e18, low_excluded=True)] = from_catalogue(
        "workload.training.checkpoint.rate"
    )
    """Rate at which each accelerator writes its part of the checkpoint."""
    restart_s: Seconds = from_catalogue("workload.training.checkpoint.restart")
    """Time from a failure to the restart from the last checkpoint."""


Method = Annotated[Any, SlotField("training_method")]


class Training(Part):
    """Training job: a model trained on some of the satellites."""

    model: Model = from_catalogue("workload.training.model")
    tokens: Annotated[float, Field(ge=1.0, le=1e18)] = from_catalogue("workload.training.tokens")
    sequence: int = Field(default=8192, ge=1, le=10_000_000)
    batch_tokens: Annotated[float, Field(ge=1.0, le=1e12)] = from_catalogue("workload.training.batch_tokens")
    """Tokens of one step, summed over all replicas."""
    precision: Precision = "bf16"
    satellites: int | None = Field(default=None, ge=1, le=20_000_000)
    """None: the satellites of one formation, or of one orbital plane."""
    shell: str | None = None
    """None: the shell with the highest compute after power limits and radiation losses."""
    parallel: OrChoose[Parallel] = Field(default=CHOOSE, validate_default=True)
    method: OrChoose[Method] = Field(default=CHOOSE, validate_default=True)
    objective: Literal["time", "cost"] = "time"
    """Objective of every choice that is left to Skyrack."""
    kernel_frac: Divisor = from_catalogue("workload.training.kernel")
    """Kernel efficiency: fraction of peak FLOP/s within one machine, without pipeline bubbles."""
    micro_batch: int = Field(default=1, ge=1, le=4096)
    """Sequences in one micro-batch of the pipeline."""
    checkpoint: Checkpoint = Field(default_factory=Checkpoint)
    sdc_detected_frac: Share = from_catalogue("workload.training.sdc_detected")
    """Fraction of silent data corruptions detected by the gradient norm; each costs one recomputed step."""
    seed: int = Field(default=1, ge=0, lt=2**63)


MIN_GAP_VARIATION, MAX_GAP_VARIATION = 0.05, 50.0


class Target(Part):
    """Service-level objective (SLO) of a user."""

    first_token_s: PositiveSeconds = from_catalogue("workload.serving.target.first_token")
    token_s: PositiveSeconds = from_catalogue("workload.serving.target.token")
    """Mean time per output token (TPOT)."""
    share_frac: PositiveShare = from_catalogue("workload.serving.target.share")
    """Fraction of the requests that must meet both targets."""


def _known_trace(name: str) -> str:
    if not name.endswith((".csv", ".jsonl", ".json")) and name not in traces():
        raise ValueError(f"{name!r} is not a known trace ({', '.join(traces())}) nor a trace file (.csv, .jsonl)")
    return name


class Serving(Part):
    """Serving job: a model served to the cities of the network."""

    model: Model = from_catalogue("workload.serving.model")
    precision: Precision = from_catalogue("workload.serving.precision")
    """Precision of the weights; a model published with fewer bits keeps them."""
    kv_precision: Precision = "bf16"
    group: OrChoose[int] = Field(default=CHOOSE, validate_default=True)
    """Accelerators of one replica; chosen: the smallest number within a machine that leaves half of the memory free."""
    requests: int = Field(default=256, ge=1, le=4096)
    """Maximum number of concurrent requests in one replica."""
    batch_tokens: int = Field(default=2048, ge=16, le=1_000_000)
    """Maximum number of tokens in one iteration."""
    trace: Annotated[str, BeforeValidator(_known_trace)] = from_catalogue("workload.serving.trace")
    """Request trace: a name of the catalogue, or a trace file."""
    gap_variation: OrChoose[float] = from_catalogue("workload.serving.gap_variation")
    """Coefficient of variation of interarrival times; chosen: that of the trace."""
    requests_per_second: OrChoose[float] = Field(default=CHOOSE, validate_default=True)
    """Demand: requests of all cities, daily mean; chosen: that of the world today, up to the capacity of the fleet."""
    world_requests_per_second: Annotated[float, Field(gt=0.0, le=1e12)] = from_catalogue(
        "workload.serving.world_requests_per_second"
    )
    """Demand of the world today, daily mean; unused where `requests_per_second` is stated."""
    load_frac: PositiveShare = from_catalogue("workload.serving.load")
    """Requests of a replica over the maximum within the SLO; the job uses as many replicas as its demand needs at it."""
    cities: tuple[str, ...] = ()
    """Cities of the users; empty: the network's cities. The name of a continent stands for its cities."""
    begin_s: Seconds = from_catalogue("workload.serving.begin")
    """Start of the simulated interval after the epoch."""
    span_s: Annotated[float, Unit("s", 10.0, 10 * 86_400.0)] = from_catalogue("workload.serving.span")
    policy: Annotated[Any, SlotField("serving_policy")] = from_catalogue("workload.serving.policy")
    detour_s: Annotated[float, Unit("s", 0.0, 10.0)] = from_catalogue("workload.serving.detour")
    """Maximum additional one-way delay of a request over the nearest satellite."""
    eclipse: Literal["keep decode", "run on"] = "keep decode"
    """Behaviour below `prefill_min_power` of full power: start no new prompts, or continue at reduced speed."""
    prefill_min_power_frac: Share = from_catalogue("workload.serving.prefill_min_power")
    target: Target = Field(default_factory=Target)
    replicas: int = Field(default=120, ge=1, le=5000)
    """Simulated replicas; each represents an equal number of the fleet's replicas."""
    seed: int = Field(default=1, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _rates_make_sense(self) -> Serving:
        if self.requests_per_second is not None and not 0.0 < self.requests_per_second < 1e12:
            raise ValueError(f"'requests_per_second' is {self.requests_per_second:g}; a rate above zero is needed")
        if self.gap_variation is not None and not MIN_GAP_VARIATION <= self.gap_variation <= MAX_GAP_VARIATION:
            raise ValueError(
                f"'gap_variation' is {self.gap_variation:g}; from {MIN_GAP_VARIATION:g} to {MAX_GAP_VARIATION:g} is accepted"
            )
        if self.group is not None and not 1 <= self.group <= 4096:
            raise ValueError(f"'group' is {self.group}; from 1 to 4096 accelerators are accepted")
        return self


class Failures(Part):
    """Failures of hardware, software and network, and the recovery from radiation errors."""

    interruptions_per_accelerator_year: Annotated[float, Field(ge=0.0, le=1e4)] = from_catalogue(
        "workload.failures.interruptions_per_accelerator_year"
    )
    """Interruptions of a large job by hardware, software and network failures."""
    storms_per_year: Annotated[float, Field(ge=0.0, le=1e3)] = from_catalogue("workload.failures.storms_per_year")
    """Solar storms, during which the whole fleet is idle."""
    storm_s: Seconds = from_catalogue("workload.failures.storm")
    galactic_gy: Annotated[float, Unit("gy", 0.0, 10.0)] = from_catalogue("workload.failures.galactic")
    """Dose of galactic cosmic rays in a year outside the magnetosphere, at solar minimum."""
    scrub_s: PositiveSeconds = from_catalogue("workload.failures.scrub")
    """Scrubbing period: time in which all memory is read and corrected once."""
    same_word_frac: Share = from_catalogue("workload.failures.same_word")
    """Fraction of multiple-bit upsets within one word of interleaved memory."""
    reboot_s: Seconds = from_catalogue("workload.failures.reboot")
    """Reboot time of the computers that boot together."""
    reboot_together: Annotated[int, Field(ge=1)] = from_catalogue("workload.failures.reboot_together")
    """Accelerators stopped by an interruption of one of them; a satellite with fewer stops as a whole."""
    batch_faults_per_year: Annotated[float, Field(ge=0.0, le=100.0)] = from_catalogue(
        "workload.failures.batch_faults_per_year"
    )
    """Common-cause faults of all satellites of one launch or one software version."""
    batch_frac: Share = from_catalogue("workload.failures.batch")
    """Fraction of the fleet lost to each common-cause fault."""
    batch_time_s: Seconds = from_catalogue("workload.failures.batch_time")
    thermal_cycles: Annotated[float, Field(gt=1.0)] = from_catalogue("workload.failures.thermal_cycles")
    """Thermal cycles of 100 K after which 63 % of the boards have failed."""
    thermal_exponent: Annotated[float, Field(ge=1.0, le=6.0)] = from_catalogue("workload.failures.thermal_exponent")


class Kernels(Part):
    """Efficiencies and overheads of kernels and serving engines on any accelerator."""

    arithmetic_frac: Divisor = from_catalogue("workload.kernels.arithmetic")
    bandwidth_frac: Divisor = from_catalogue("workload.kernels.bandwidth")
    memory_frac: Divisor = from_catalogue("workload.kernels.memory")
    hop_s: Annotated[float, Unit("s", 0.0, 1.0)] = from_catalogue("workload.kernels.hop")
    overhead_s: Annotated[float, Unit("s", 0.0, 10.0)] = from_catalogue("workload.kernels.overhead")
    request_s: Annotated[float, Unit("s", 0.0, 1.0)] = from_catalogue("workload.kernels.request")


class Workload(Part):
    """Workload of the fleet. Each job is simulated alone, as if the fleet had no other."""

    training: Annotated[Training | None, Field(default=None)]
    serving: Annotated[Serving | None, Field(default=None)]
    failures: Failures = Field(default_factory=Failures)
    kernels: Kernels = Field(default_factory=Kernels)
