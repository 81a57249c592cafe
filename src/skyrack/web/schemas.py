"""Bodies of requests and responses, with an example each: the source of the OpenAPI page and the console's types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from skyrack.api.names import MIN_EVENT_S, SPEED_LIMITS, EventKindName, StudyMethod

Figure = float | int | str | bool | None
Scenario = Annotated[
    str | dict[str, Any],
    Field(
        description="Name of a built-in scenario, or the keys of one (it may `extends:` a built-in one).",
        examples=["suncatcher-81"],
    ),
]
Overrides = Annotated[
    dict[str, str | float | int | bool | list[Any] | dict[str, Any] | None],
    Field(
        default_factory=dict,
        description="Dotted paths and what shall stand there.",
        examples=[{"satellite.battery.capacity": "80 kWh"}],
    ),
]

Speed = Annotated[float, Field(ge=SPEED_LIMITS[0], le=SPEED_LIMITS[1], examples=[600.0])]


class Body(BaseModel):
    """Body of a request; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Problem(BaseModel):
    """Reason for which a request was refused."""

    error: Annotated[str, Field(description="One sentence: what, where, what would be accepted.")]
    field: Annotated[str | None, Field(description="Path of the scenario's key that is wrong, where it is one.")] = None


class ScenarioRow(BaseModel):
    """Built-in scenario."""

    name: str
    title: str
    n_sats: int
    n_claims: int


class CheckBody(Body):
    """Scenario to be checked, given as `scenario` or `yaml`."""

    scenario: Scenario | None = None
    yaml: Annotated[str | None, Field(max_length=500_000, description="A scenario as YAML text.")] = None
    overrides: Overrides

    def source(self) -> str | dict[str, Any]:
        """Return the scenario. Raises InputError unless exactly one of `scenario` and `yaml` is given."""
        from skyrack import api

        if (self.scenario is None) == (self.yaml is None):
            raise api.InputError("scenario: write 'scenario' or 'yaml', one of them")
        return api.parse(self.yaml) if self.yaml is not None else (self.scenario or "")


class Checked(BaseModel):
    """Size of the run of a scenario."""

    name: str
    n_sats: int
    n_steps: int
    sat_steps: int
    memory_bytes: float


class RunBody(CheckBody):
    """Run to be simulated."""

    span: Annotated[str | None, Field(max_length=100, examples=["24 h"])] = None
    step: Annotated[str | None, Field(max_length=100, examples=["60 s"])] = None
    output: Annotated[str | None, Field(max_length=100, examples=["30 min"])] = None


class StudyBody(Body):
    """Study to be computed."""

    scenario: Annotated[str, Field(max_length=100, examples=["suncatcher-81"])]
    method: StudyMethod = "sobol"
    samples: Annotated[int, Field(ge=2, le=10_000_000)] = 4096
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1


class Progress(BaseModel):
    """Progress of a worker."""

    stage: str
    done: float
    total: float
    elapsed_s: float
    pid: int


class Row(BaseModel):
    """Run or study in a list."""

    id: str
    kind: Literal["run", "study"]
    scenario: str
    title: str
    state: Literal["queued", "running", "complete", "failed", "cancelled", "interrupted"]
    begun: str
    ended: str | None
    figures: Annotated[dict[str, Figure] | None, Field(description="Some figures of the summary of a complete run.")]
    progress: Progress | None
    error: str | None
    can_resume: bool


class FlightRow(BaseModel):
    """Flight of a user's own job in a list, finished or under way."""

    id: str
    scenario: str
    title: str
    command: str
    state: Literal["running", "complete", "failed", "interrupted"]
    begun: str
    ended: str | None
    problem: str | None
    satellites: Annotated[list[int], Field(description="Numbers of the flown satellites, by rank.")]
    begin_s: Annotated[float, Field(description="Time since the epoch at which the virtual clock starts.")]
    virtual_s: Annotated[float, Field(description="Virtual time that rank 0 has reached.")]
    step: Annotated[int, Field(description="Optimiser steps of rank 0, repeated ones included.")]
    restarts: int
    loss: Annotated[float | None, Field(description="Loss of the last step of rank 0.")]
    time_s: Annotated[list[float], Field(description="Virtual time of some steps of rank 0.")]
    losses: Annotated[list[float | None], Field(description="Loss of these steps.")]


class Rows(BaseModel):
    """List of all runs or studies, newest first."""

    rows: list[Row]
    source: Annotated[
        Literal["index", "folders"], Field(description="Where the list is from: 'folders' while the database is gone.")
    ]


class FrameChannel(BaseModel):
    """Quantity of every satellite, sent as one byte: value = low + byte / 253 * (high - low)."""

    name: str
    title: str
    unit: str
    low: float
    high: float
    sentence: str


class Comparison(BaseModel):
    """Comparison of two runs."""

    first: str
    second: str
    figures: list[dict[str, Figure]]
    keys: list[dict[str, str]]
    n_equal: int


class LoadBody(Body):
    """Scenario to be loaded as the live twin."""

    scenario: Scenario
    overrides: Overrides
    speed: Speed = 60.0
    playing: bool = True
    anew: Annotated[bool, Field(description="Begin at the epoch, even where this scenario flew here last.")] = False


class SpeedBody(Body):
    """Speed of the clock (simulated seconds per second)."""

    speed: Speed


class StepBody(Body):
    """Number of steps to simulate now."""

    steps: Annotated[int, Field(ge=1, le=1440, examples=[10])] = 1


class SeekBody(Body):
    """Time to go to."""

    time_s: Annotated[
        float, Field(ge=0.0, le=1e9, description="Seconds since the scenario's epoch.", examples=[86_400.0])
    ]


class EventBody(Body):
    """Event to inject now."""

    kind: EventKindName
    target: Annotated[
        str,
        Field(
            max_length=100,
            description="Number of a satellite or batch, name of a shell or site, level of a storm.",
            examples=["0"],
        ),
    ]
    lasts_s: Annotated[float | None, Field(ge=MIN_EVENT_S, le=1e9)] = None


class EventRow(BaseModel):
    """Event of the twin."""

    kind: str
    target: str
    begins_s: float
    ends_s: float | None


class TwinStatus(BaseModel):
    """State of the twin's clock."""

    sequence: Annotated[int, Field(description="Grows with each view: of two, the one with the larger is the later.")]
    time_s: float
    speed: float
    held_speed: Annotated[
        float, Field(description="Speed that was reached; below `speed` where the machine is too slow.")
    ]
    is_playing: bool
    seeks_s: Annotated[float | None, Field(description="Where a seek is going to.")]
    n_events: int
    trouble: str | None


class Twin(BaseModel):
    """Live twin."""

    name: str
    title: str
    epoch: str
    n_sats: int
    n_batches: int
    storm_levels: list[str]
    sites: list[str]
    status: TwinStatus
    figures: dict[str, float | None]
    sunlit_by_shell: list[float | None]
    events: list[EventRow]
    channels: list[FrameChannel]


class TwinOrNone(BaseModel):
    """Live twin, if one is loaded."""

    twin: Twin | None
    is_loading: bool
    trouble: str | None


class History(BaseModel):
    """Figures of the twin over time, decimated as they become many."""

    fleet: list[dict[str, Any]]
    ground: Annotated[list[dict[str, Any]], Field(description="Network snapshots: latency, reachability, downlink.")]


class Satellite(BaseModel):
    """Present exact values of one satellite of the twin; null if it is lost, and before the first step."""

    number: int
    shell: str
    plane: int
    altitude_m: float
    inclination_rad: float
    raan_rad: float
    phase_rad: float
    is_alive: bool
    is_down: bool
    launch_batch: int
    age_s: float
    charge_j: float | None
    charge_frac: float | None
    electronics_temp_k: float | None
    radiator_temp_k: float | None
    sunlit_frac: float | None
    array_power_w: float | None
    compute_power_w: float | None
    compute_energy_j: float


class Link(BaseModel):
    """Present laser link of one satellite."""

    number: int
    is_compute: bool
    range_m: float
    is_up: bool
    rate_bit_per_s: float


class Neighbour(BaseModel):
    """Satellite near another one."""

    number: int
    range_m: float
    along_m: Annotated[float, Field(description="Ahead along the orbit.")]
    up_m: Annotated[float, Field(description="Away from the Earth.")]
    across_m: Annotated[float, Field(description="Across the orbit, along its normal.")]


class Version(BaseModel):
    """Versions of Skyrack and Python."""

    skyrack: str
    python: str


class Health(BaseModel):
    """Health of the service."""

    status: Literal["ok", "degraded"]
    database: bool
    runs_writable: bool
    twin: Literal["none", "loading", "flying", "stopped"]
    console: bool
