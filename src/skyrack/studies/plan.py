"""What a study asks: of which scenario, by which method, over which inputs."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from skyrack.core.errors import InputError
from skyrack.economics.uncertain_inputs import drivers
from skyrack.scenario.yaml_text import parse_yaml

Method = Literal["sobol", "latin-hypercube", "tornado", "sobol-indices", "grid", "pareto"]
METHODS: tuple[Method, ...] = get_args(Method)
MOST_SAMPLES = 50_000_000
MOST = 1e7
"""No price, mass or life of an assumption is larger."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Input(_Part):
    """One input: a range, or values for a grid; what is left out is the catalogue's or the scenario's."""

    low: Annotated[float | None, Field(default=None, allow_inf_nan=False)]
    value: Annotated[float | None, Field(default=None, allow_inf_nan=False)]
    high: Annotated[float | None, Field(default=None, allow_inf_nan=False)]
    values: tuple[Any, ...] = Field(default=(), max_length=1000)
    """For a grid: numbers of a driver, or texts with a unit for a key of the scenario."""

    @field_validator("low", "value", "high", mode="before")
    @classmethod
    def _is_a_plain_number(cls, given: Any) -> Any:
        if given is not None and (isinstance(given, bool) or not isinstance(given, int | float)):
            raise ValueError(
                f"{given!r} is not a plain number; write it without its unit, as the catalogue's range has it"
            )
        return given

    @model_validator(mode="before")
    @classmethod
    def _is_a_range(cls, given: Any) -> Any:
        if not isinstance(given, dict | Input):
            raise ValueError(  # noqa: TRY004 (pydantic)
                f"{given!r} is not a range; write for example {{low: 15, high: 500}}"
            )
        return given

    @model_validator(mode="after")
    def _is_right_way_up(self) -> Input:
        ends = [end for end in (self.low, self.value, self.high) if end is not None]
        if ends != sorted(ends):
            raise ValueError(
                f"the range is upside down: low {self.low}, value {self.value}, high {self.high}; accepted is low <= value "
                "<= high"
            )
        return self


class StudyPlan(_Part):
    """A study, as its file has it."""

    name: str = Field(default="study", pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")
    scenario: str
    set: dict[str, Any] = Field(default_factory=dict)
    """Overrides of the scenario."""
    method: Method = "sobol"
    samples: int = Field(default=16_384, ge=2, le=MOST_SAMPLES, strict=True)
    """For Sobol sequences and indices, rounded up to a power of two."""
    seed: int = Field(default=1, ge=0, le=2**32 - 1, strict=True)
    inputs: dict[str, Input | None] = Field(default_factory=dict)
    """By the name of a driver, or for a grid also by a key of the scenario; none: all drivers."""
    correlated: tuple[tuple[str, str, float], ...] = ()
    """Pairs of inputs and how they go together, from -1 to 1 (Gaussian copula)."""
    designs: Annotated[int, Field(default=120, ge=8, le=100_000, strict=True)]
    """For `pareto`: how many designs are tried."""

    @field_validator("inputs")
    @classmethod
    def _are_known(cls, inputs: dict[str, Input | None]) -> dict[str, Input | None]:
        for name in inputs:
            if "." not in name and name not in drivers():
                near = difflib.get_close_matches(name, drivers(), n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(drivers())}"
                raise ValueError(f"{name!r} is not an assumption of a price; {hint}")
        return inputs

    @model_validator(mode="after")
    def _inputs_fit_the_method(self) -> StudyPlan:
        for name, given in self.inputs.items():
            if given is not None and "." not in name:
                _require_possible(name, given)
        keys = [name for name in self.inputs if "." in name]
        if keys and self.method != "grid":
            raise ValueError(f"{keys[0]!r} is a key of the scenario; only a grid goes through those")
        if self.method == "grid":
            if not self.inputs:
                raise ValueError("a grid needs inputs, each with 'values'")
            empty = next((name for name, given in self.inputs.items() if given is None or not given.values), None)
            if empty:
                raise ValueError(f"input {empty!r} needs 'values' for a grid")
        return self

    @model_validator(mode="after")
    def _correlations_fit(self) -> StudyPlan:
        if self.correlated and self.method not in ("sobol", "latin-hypercube"):
            raise ValueError(
                f"correlated: {self.method} does not draw; correlations belong to sobol and latin-hypercube"
            )
        together = [frozenset(pair[:2]) for pair in self.correlated]
        if len(set(together)) < len(together):
            raise ValueError("correlated: a pair of inputs is named twice")
        names = self.chosen()
        for first, second, strength in self.correlated:
            missing = next((name for name in (first, second) if name not in names), None)
            if missing:
                raise ValueError(f"correlated: {missing!r} is not an input of this study")
            if not -1.0 < strength < 1.0 or first == second:
                raise ValueError(f"correlated: {first} and {second} at {strength:g}; accepted is above -1 and below 1")
        return self

    def chosen(self) -> tuple[str, ...]:
        """The drivers that are drawn, in the order of the catalogue's table."""
        return tuple(name for name in drivers() if not self.inputs or name in self.inputs)

    @property
    def points(self) -> int:
        """Samples, rounded up to a power of two where the method asks for one."""
        if self.method in ("sobol", "sobol-indices"):
            return 1 << (self.samples - 1).bit_length()
        return self.samples


def _require_possible(name: str, given: Input) -> None:
    """ValueError for a number that an assumption cannot have."""
    unit = drivers()[name].unit
    numbers = [end for end in (given.low, given.value, given.high) if end is not None]
    numbers += [one for one in given.values if isinstance(one, int | float) and not isinstance(one, bool)]
    for number in numbers:
        too_low = number < 0.0 or (number == 0.0 and unit == "years" and "life" in name)
        if too_low or (unit == "frac" and number >= 1.0) or not number <= MOST:
            accepted = (
                "a share from 0 to below 1"
                if unit == "frac"
                else f"a number of {unit or 'at least 1'} from 0 to {MOST:g}"
            )
            raise ValueError(f"inputs.{name}: {number:g} is not possible; accepted is {accepted}")


def load_plan(source: str | Path | dict[str, Any], changes: dict[str, Any]) -> StudyPlan:
    """A study from a file, a mapping, or the name of a scenario with all drivers; `changes` replace its keys.

    Raises InputError with one sentence.
    """
    if isinstance(source, dict):
        given, where = dict(source), "(mapping)"
    else:
        given, where = _read(source), str(source)
    asked = dict(changes)
    if isinstance(given.get("set"), dict) and isinstance(asked.get("set"), dict):
        asked["set"] = given["set"] | asked["set"]
    if (asked.get("method") or given.get("method")) == "pareto" and "samples" in asked:
        asked["designs"] = asked.pop("samples")
    try:
        return StudyPlan.model_validate(given | asked)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = f"unknown key; known are {', '.join(StudyPlan.model_fields)}"
        raise InputError(f"{where}: {key}: {message}".replace(": : ", ": ")) from None


def _read(source: str | Path) -> dict[str, Any]:
    path = Path(source)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        try:
            content = parse_yaml(path.read_text("utf-8"), str(path))[0]
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: the file cannot be read as text ({error})") from None
        if isinstance(content, dict) and "scenario" in content:
            named = content["scenario"]
            if isinstance(named, str) and named.endswith((".yaml", ".yml")):
                content["scenario"] = str(path.parent / named)
            return content
    return {"scenario": str(source)}
