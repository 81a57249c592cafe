"""The type of a scenario's field that names one of a slot's models."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from skyrack.catalogue import default_value
from skyrack.core.errors import InputError
from skyrack.core.plugins import model_of, models_of


@dataclass(frozen=True)
class SlotField:
    """Marks a field that holds a model of a slot: written `conical`, or `{model: conical, key: value}`.

    The slot's packages are first looked at when a scenario is read or its schema is printed, never when Skyrack is imported.
    """

    slot: str
    default: str | None = None
    """Path of the catalogue's default that names the model which a mapping without `model` means; None: `model` is needed."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._choose, serialization=core_schema.plain_serializer_function_ser_schema(written)
        )

    def _choose(self, value: Any) -> Any:
        known = models_of(self.slot)
        keys = {"model": value} if isinstance(value, str) else value
        if not isinstance(keys, dict):
            if type(value) in known.values():
                return value
            raise ValueError(f"{value!r:.60} is not a model; known are {', '.join(known)}")
        name = keys.get("model", self.default and default_value(self.default))
        try:
            chosen = model_of(self.slot, str(name))
        except InputError as error:
            raise _located(str(error), ("model",) if "model" in keys and keys is value else (), name) from None
        try:
            return _adapter(chosen).validate_python({key: value for key, value in keys.items() if key != "model"})
        except ValidationError as error:
            raise _explained(error, chosen, str(name) if "model" in keys else None) from None

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        models = models_of(self.slot)
        implied = default_value(self.default) if self.default else None
        bare = [name for name, model in models.items() if not _needed(model)]
        branches: list[JsonSchemaValue] = [{"type": "string", "enum": bare}] if bare else []
        branches += [_model_schema(name, model, handler, is_implied=name == implied) for name, model in models.items()]
        return {"description": f"a model of the slot {self.slot}", "examples": sorted(models), "oneOf": branches}


def written(model: Any) -> dict[str, Any]:
    """Return a model as a scenario writes it: its name and its own keys."""
    keys = _adapter(type(model)).dump_python(model, mode="json", by_alias=True, exclude_none=True)
    return {"model": model.name, **keys}


_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(model: type[Any]) -> TypeAdapter[Any]:
    if model not in _adapters:
        _adapters[model] = TypeAdapter(model)
    return _adapters[model]


def _needed(model: type[Any]) -> list[str]:
    """Keys of a model that have no default."""
    return list(_adapter(model).json_schema(by_alias=True).get("required", []))


def _model_schema(name: str, model: type[Any], handler: GetJsonSchemaHandler, *, is_implied: bool) -> JsonSchemaValue:
    """A reference to the schema of one model, to which its name is added."""
    found = handler(_adapter(model).core_schema)
    body = handler.resolve_ref_schema(found)
    own = {key: value for key, value in body.get("properties", {}).items() if key != "model"}
    needed = [] if is_implied else ["model"]
    body |= {
        "type": "object",
        "properties": {"model": {"const": name, "type": "string"}, **own},
        "required": [*needed, *_needed(model)],
        "additionalProperties": False,
    }
    return found


def _explained(error: ValidationError, chosen: type[Any], name: str | None) -> ValidationError:
    """Return the error with the model's name and keys in its sentence, where it is about a key that does not exist."""
    first = error.errors(include_url=False)[0]
    key, problem = str(first["loc"][-1]) if first["loc"] else "", first["type"]
    if problem in ("extra_forbidden", "unexpected_keyword_argument"):
        sentence = _unknown_key(key, list(_adapter(chosen).json_schema(by_alias=True).get("properties", {})), name)
    elif problem == "missing" and name is not None:
        sentence = f"{name} needs the key {key!r}"
    else:
        return error
    return _located(sentence, first["loc"], first["input"])


def _located(sentence: str, place: tuple[int | str, ...], given: Any) -> ValidationError:
    """A sentence about what stands at a place within the field."""
    problem = PydanticCustomError("value_error", "{sentence}", {"sentence": sentence})
    return ValidationError.from_exception_data("slot", [InitErrorDetails(type=problem, loc=place, input=given)])


def _unknown_key(key: str, known: list[str], name: str | None) -> str:
    if name is not None:
        return f"{key!r} is not a key of {name}; known are {', '.join(['model', *known])}"
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return "unknown key; " + (f"did you mean {near[0]!r}?" if near else f"known here are {', '.join(known)}")
