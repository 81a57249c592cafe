"""Scenario reader: find, extend, override and validate a scenario, with one clear sentence for each error."""

from __future__ import annotations

import difflib
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from skyrack.core.errors import InputError
from skyrack.core.file_access import files_are_refused, may_read
from skyrack.scenario.economics import GroundDataCenter
from skyrack.scenario.part import Part
from skyrack.scenario.schema import Scenario
from skyrack.scenario.yaml_text import Path as Keys
from skyrack.scenario.yaml_text import dotted, parse_scalar, parse_yaml

_MAX_EXTENDS = 10
LIBRARY, GROUND_DATA_CENTERS = "library", "campuses"
"""Folders of the built-in scenarios and of the built-in data centers on the ground."""
DEFAULT_GROUND_BASELINE = "hyperscale"
MAX_ELEMENT_BYTES = 50_000_000


@dataclass(frozen=True)
class Loaded:
    """Validated scenario, with the place where each given key was written."""

    scenario: Scenario
    origins: dict[Keys, str]
    """Origin of each key, "file:line" or "--set", by the path of the key."""
    given: dict[str, Any]
    """Keys as they were written, after `extends` and overrides."""


def library_names(library: str = LIBRARY) -> list[str]:
    """Return the sorted names of built-in scenarios, or with `GROUND_DATA_CENTERS` those of data centers on the ground."""
    folder = files("skyrack.scenario") / library
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load(source: str | Path | dict[str, Any], overrides: dict[str, Any] | None = None) -> Loaded:
    """Read a scenario by built-in name, from a file, or from a mapping, and apply `overrides` ("a.b": "3 kW").

    Raises InputError with one sentence: file, line, path of the key, the value given and the values accepted.
    """
    if not isinstance(overrides, Mapping | None):
        raise InputError(
            f"overrides: {overrides!r:.60} is no mapping of keys such as {{'satellite.bus_power': '6 kW'}}"
        )
    data, origins = _read(source, (), LIBRARY)
    _expand_ground_baseline(data, origins)
    for path, value in (overrides or {}).items():
        _override(data, origins, path, parse_scalar(value) if isinstance(value, str) else value)
        _expand_ground_baseline(data, origins)
    _inherit_satellite(data)
    _read_element_files(data, origins)
    try:
        return Loaded(Scenario.model_validate(data), origins, data)
    except ValidationError as error:
        raise InputError(_error_sentence(error, origins, _name_of(source))) from None


@dataclass(frozen=True)
class LoadedGroundDataCenter:
    """Validated data center on the ground, with the place where each given key was written."""

    scenario: GroundDataCenter
    origins: dict[Keys, str]
    given: dict[str, Any]


def load_ground_data_center(
    source: str | Path | dict[str, Any], overrides: dict[str, Any] | None = None
) -> LoadedGroundDataCenter:
    """Read a data center on the ground; parameters and errors are those of `load`."""
    data, origins = _read(source, (), GROUND_DATA_CENTERS)
    for path, value in (overrides or {}).items():
        _override(data, origins, path, parse_scalar(value) if isinstance(value, str) else value)
    try:
        return LoadedGroundDataCenter(GroundDataCenter.model_validate(data), origins, data)
    except ValidationError as error:
        raise InputError(_error_sentence(error, origins, _name_of(source), GroundDataCenter)) from None


P = TypeVar("P", bound=Part)


def load_part(root: type[P], text: str, name: str) -> P:
    """Return a part from YAML text, such as the manifest of a job; `name` is that of the file, for messages.

    Raises InputError with one sentence: file, line, path of the key, the value given and the values accepted.
    """
    needed = [key for key, one in root.model_fields.items() if one.is_required()]
    if not text.strip():
        raise InputError(f"{name}: the file is empty; accepted is a mapping with {', '.join(needed)}")
    data, lines = parse_yaml(text, name)
    if not isinstance(data, dict):
        raise InputError(f"{name}: accepted is a mapping of keys, not {data!r:.60}")
    origins = {path: f"{name}:{line}" for path, line in lines.items()}
    try:
        return root.model_validate(data)
    except ValidationError as error:
        raise InputError(_error_sentence(error, origins, name, root)) from None


def is_ground_data_center(source: str | Path | dict[str, Any]) -> bool:
    """Return true if a name, file or mapping is a data center on the ground rather than a scenario.

    It is one if it is built in, extends a built-in one, or has a key `power` and neither `shells` nor `satellite`.
    """
    names = library_names(GROUND_DATA_CENTERS)
    if isinstance(source, str | Path) and str(source) in names:
        return True
    if isinstance(source, str | Path):
        if files_are_refused() or Path(source).suffix not in (".yaml", ".yml") or not Path(source).is_file():
            return False
        try:
            source = parse_yaml(Path(source).read_text("utf-8"), str(source))[0]
        except (InputError, OSError, UnicodeDecodeError):
            return False
    if not isinstance(source, dict) or "shells" in source:
        return False
    return source.get("extends") in names or (
        "extends" not in source and "power" in source and "satellite" not in source
    )


def _expand_ground_baseline(data: dict[str, Any], origins: dict[Keys, str]) -> None:
    """Replace the name of the ground baseline by its keys; keys without a name change the default baseline."""
    rival = data.get("ground_baseline", DEFAULT_GROUND_BASELINE)
    if isinstance(rival, dict) and "name" not in rival:
        rival = {"extends": DEFAULT_GROUND_BASELINE} | rival
    if isinstance(rival, str):
        found, inner = _read(rival, (), GROUND_DATA_CENTERS)
    elif isinstance(rival, dict) and "extends" in rival:
        found, inner = _read(rival, (), GROUND_DATA_CENTERS)
        inner |= {
            path[1:]: origin for path, origin in origins.items() if path[:1] == ("ground_baseline",) and len(path) > 1
        }
    else:
        return
    data["ground_baseline"] = found
    for path, origin in inner.items():
        origins[("ground_baseline", *path)] = origin


def _name_of(source: Any) -> str:
    return "(mapping)" if isinstance(source, dict) else str(source)


def _read(
    source: str | Path | dict[str, Any], seen: tuple[str, ...], library: str
) -> tuple[dict[str, Any], dict[Keys, str]]:
    if not isinstance(source, str | Path | dict):
        raise InputError(f"{source!r:.60} is not a scenario; give a built-in name, a file or a mapping")
    if isinstance(source, dict):
        data, name, folder = source, "(mapping)", Path()
        lines: dict[Keys, int] = {}
    else:
        text, name, folder = _find(source, library)
        data, lines = parse_yaml(text, name)
    if not isinstance(data, dict):
        raise InputError(f"{name}: a scenario is a mapping of keys such as 'name:' and 'shells:', not {data!r:.60}")
    origins = {path: f"{name}:{line}" for path, line in lines.items()}
    data = _with_paths_beside(data, folder)
    base = data.get("extends")
    if base is None:
        return _copy(data), origins
    if not isinstance(base, str):
        raise InputError(f"{origins.get(('extends',), name)}: extends: {base!r} is not the name or file of a scenario")
    if name in seen:
        raise InputError(f"{origins.get(('extends',), name)}: extends: {base!r} leads back to itself; break the circle")
    if len(seen) >= _MAX_EXTENDS:
        raise InputError(
            f"{origins.get(('extends',), name)}: extends: {base!r} is the end of a chain of more than {_MAX_EXTENDS}; "
            "put some of them together"
        )
    inner, inner_origins = _read(_beside(base, folder), (*seen, name), library)
    own = {key: value for key, value in data.items() if key != "extends"}
    return _merge(inner, own), {**inner_origins, **origins}


def _with_paths_beside(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return `data` with the files that it names relative to `folder`, the folder of the scenario that names them."""
    measured = data.get("catalogued")
    if isinstance(measured, list):
        data = data | {"catalogued": [_elements_beside(entry, folder) for entry in measured]}
    rival = data.get("ground_baseline")
    if isinstance(rival, str):
        return data | {"ground_baseline": str(_beside(rival, folder))}
    if isinstance(rival, dict) and isinstance(rival.get("extends"), str):
        return data | {"ground_baseline": rival | {"extends": str(_beside(rival["extends"], folder))}}
    return data


def _elements_beside(entry: Any, folder: Path) -> Any:
    named = entry.get("elements") if isinstance(entry, dict) else None
    if not isinstance(named, str) or "\n" in named:
        return entry
    return entry | {"elements": str(folder / named)}


def _beside(base: str, folder: Path) -> str | Path:
    return folder / base if base.endswith((".yaml", ".yml")) else base


def _find(source: str | Path, library: str) -> tuple[str, str, Path]:
    path = Path(source)
    is_file = path.suffix in (".yaml", ".yml") or (
        not files_are_refused() and len(str(source)) < 200 and path.is_file()
    )
    if is_file:
        may_read(path)
        try:
            return path.read_text("utf-8"), str(path), path.parent
        except FileNotFoundError:
            raise InputError(f"{path}: there is no such file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: the file cannot be read as text ({error})") from None
    known = library_names(library)
    if str(source) not in known:
        campuses = library_names(GROUND_DATA_CENTERS)
        if library == LIBRARY and str(source) in campuses:
            raise InputError(f"{source}: this is a campus on the ground, not a scenario; name it as 'ground_baseline'")
        near = difflib.get_close_matches(str(source), [*known, *campuses], n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"built in are {', '.join(known)}; a file must end in .yaml"
        what = "scenario" if library == LIBRARY else "campus"
        raise InputError(f"{source!s:.100}: there is no such {what}; {hint}")
    return (files("skyrack.scenario") / library / f"{source}.yaml").read_text("utf-8"), f"{source}.yaml", Path()


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _merge(base: Any, own: Any) -> Any:
    """Return `base` updated by `own`: mappings are merged key by key, anything else is replaced."""
    if isinstance(base, dict) and isinstance(own, dict):
        return {**base, **{key: _merge(base.get(key), value) for key, value in own.items()}}
    return _copy(own)


def _inherit_satellite(data: dict[str, Any]) -> None:
    """Complete each shell's own `satellite` with the keys of the scenario's satellite that it leaves out."""
    shells = data.get("shells")
    for shell in shells if isinstance(shells, list) else []:
        if isinstance(shell, dict) and isinstance(shell.get("satellite"), dict):
            shell["satellite"] = _merge(data.get("satellite"), shell["satellite"])


def _read_element_files(data: dict[str, Any], origins: dict[Keys, str]) -> None:
    """Replace the name of each file of orbital elements by its text, so that the scenario is self-contained."""
    entries = data.get("catalogued")
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        named = entry.get("elements") if isinstance(entry, dict) else None
        if not isinstance(named, str | Path) or "\n" in str(named):
            continue
        where = origins.get(("catalogued", number, "elements"), f"catalogued.{number}.elements")
        may_read(named)
        try:
            if Path(named).stat().st_size > MAX_ELEMENT_BYTES:
                raise InputError(f"{where}: {named} holds more than {MAX_ELEMENT_BYTES // 1_000_000} MB of elements")
            entry["elements"] = Path(named).read_text("utf-8")
        except FileNotFoundError:
            raise InputError(f"{where}: there is no file {str(named)!r} of orbital elements (TLE or OMM)") from None
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{where}: {named} cannot be read as text ({error})") from None


def _override(data: dict[str, Any], origins: dict[Keys, str], path: str, value: Any) -> None:
    """Set `path` in `data`; a list is entered by position or by the `name` of its entry."""
    if not isinstance(path, str):
        raise InputError(f"overrides: {path!r} is not the path of a key; write for example 'satellite.bus_power'")
    if path == "extends":
        raise InputError("--set extends: only a file can say what it extends; give that scenario itself")
    place: Any = data
    steps = path.split(".")
    keys: Keys = ()
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(place, list):
            step_in_list = _position(place, step, path)
            keys = (*keys, step_in_list)
            if following is None:
                place[step_in_list] = value
            else:
                place = place[step_in_list]
            continue
        if not isinstance(place, dict):
            raise InputError(f"--set {path}: {dotted(keys)} has no keys; it is {place!r}")
        keys = (*keys, step)
        if following is None:
            place[step] = value
        else:
            place = place.setdefault(step, {})
    for below in [path for path in origins if path[: len(keys)] == keys]:
        del origins[below]
    origins[keys] = "--set"


def _position(entries: list[Any], step: str, path: str) -> int:
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    if step in names:
        return names.index(step)
    if step.isdecimal() and step.isascii() and len(step) < 6 and int(step) < len(entries):
        return int(step)
    known = ", ".join(str(name) for name in names if name) or f"0 to {len(entries) - 1}"
    raise InputError(f"--set {path}: there is no {step!r}; known are {known}")


FORMER_KEYS = {
    "rival": "ground_baseline",
    "measured": "catalogued",
    "silent_caught": "sdc_detected",
    "shed_below": "prefill_min_power",
    "stream": "trace",
}
"""Keys of scenarios of version 0.1, and their present names, for the error that refuses them."""


def _error_sentence(error: ValidationError, origins: dict[Keys, str], name: str, root: type[Part] = Scenario) -> str:
    first = error.errors(include_url=False)[0]
    path = tuple(first["loc"])
    # a problem of a whole part is found where the key was written that it names
    named = [(*path, key) for key in re.findall(r"'([a-z_]+)'", first["msg"]) if (*path, key) in origins]
    known = [*named, *(path[:n] for n in range(len(path), 0, -1))]
    where = next((origins[one] for one in known if one in origins), name)
    return f"{where}: {dotted(path)}: {_problem_sentence(first, path, root)}"


def _problem_sentence(problem: Any, path: Keys, root: type[Part]) -> str:
    kind, given = problem["type"], problem["input"]
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1], root)
        now = FORMER_KEYS.get(str(path[-1]))
        if now in known:
            return f"unknown key; it is called {now!r} now"
        near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known here are {', '.join(known)}"
        return f"unknown key; {hint}"
    if kind == "missing":
        return "the key is missing and has no default"
    message = problem["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return str(message)
    shown = "nothing" if given is None else f"{given!r:.60}"
    if kind == "bool_type":
        return f"{shown} is not accepted: it should be true or false"
    return f"{shown} is not accepted: {message[0].lower()}{message[1:]}"


def _keys_at(path: Keys, root: type[Part]) -> list[str]:
    """Return the keys of the part at `path`."""
    part = root
    for step in path:
        if isinstance(step, int):
            continue
        field = next((f for f in part.model_fields.values() if f.alias == step), None)
        inner = _part_in(field.annotation) if field else None
        if inner is None:
            break
        part = inner
    known = [str(field.alias) for field in part.model_fields.values()]
    return [*known, "extends"] if part is root else known


def _part_in(annotation: Any) -> type[Part] | None:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next((found for arg in typing.get_args(annotation) if (found := _part_in(arg))), None)


def dump_yaml(scenario: Scenario | GroundDataCenter) -> str:
    """Return the scenario, with every default written out, as YAML that loads to the same scenario."""
    data = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file; each quantity carries the unit in which it is kept."""
    schema = Scenario.model_json_schema(by_alias=True)
    schema["properties"]["extends"] = {"type": "string", "description": "name or file of a scenario to start from"}
    schema["properties"]["ground_baseline"] = {
        "description": f"data center on the ground: a name, a file, or its keys; by default {DEFAULT_GROUND_BASELINE}",
        "anyOf": [
            {"type": "string", "examples": library_names(GROUND_DATA_CENTERS)},
            {"$ref": "#/$defs/GroundDataCenter"},
        ],
    }
    schema["required"].remove("ground_baseline")
    campus = schema["$defs"]["GroundDataCenter"]
    campus["properties"]["extends"] = {"type": "string", "description": "name or file of a campus to start from"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
