"""The type of a field that names one of a slot's models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, ValidationError, WithJsonSchema

from skyrack.core.plugins import models_of, names_of


def _slot_complaint(error: ValidationError, chosen: type[Any], name: str) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in first["loc"])
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        known = [str(field.alias) for field in getattr(chosen, "model_fields", {}).values()]
        return f"{key!r} is not a key of {name}; known are {', '.join(['model', *known])}"
    if first["type"] == "missing":
        return f"{name} needs the key {key!r}"
    if key.startswith("links") and name == "own":
        return (
            f"{key}: {first['input']!r:.40} is not a list of pairs of satellites' numbers, for example [[0, 1], [1, 2]]"
        )
    return f"{key}: {first['msg'].removeprefix('Value error, ')}"


def slot(name: str) -> Any:
    """Type of a field that names one of a slot's models: `conical`, or `{model: conical, key: value}`."""

    def choose(value: Any) -> Any:
        known = models_of(name)
        keys = {"model": value} if isinstance(value, str) else value
        if not isinstance(keys, dict):
            if type(value) in known.values():
                return value
            raise ValueError(f"{value!r} is not a model; known are {', '.join(known)}")
        chosen = known.get(str(keys.get("model")))
        if chosen is None:
            raise ValueError(f"{keys.get('model')!r} is not a known model; known are {', '.join(known)}")
        own = {key: value for key, value in keys.items() if key != "model"}
        try:
            return TypeAdapter(chosen).validate_python(own)
        except ValidationError as error:
            raise ValueError(_slot_complaint(error, chosen, keys["model"])) from None

    def write(model: Any) -> Any:
        keys = TypeAdapter(type(model)).dump_python(model, mode="json", by_alias=True)
        return {"model": model.name, **keys}

    schema = {"description": f"a model of the slot {name}", "examples": names_of(name)}
    return Annotated[Any, BeforeValidator(choose), PlainSerializer(write), WithJsonSchema(schema)]
