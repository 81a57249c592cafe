"""Strict YAML reader: plain data with line numbers, nothing executable.

`no` and `12:30` stay texts, `1e6` is a number, a key given twice is an error, anchors and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from skyrack.core.errors import InputError

MAX_BYTES = 1_000_000
MAX_DEPTH = 30

Path = tuple[str | int, ...]


class _PlainLoader(yaml.CSafeLoader):
    """YAML loader with the numbers and booleans of YAML 1.2; dates stay texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (as its base class declares it)


_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9][0-9_]{0,30}$"), list("-+0123456789")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9][0-9_]{0,30}\.?[0-9_]{0,40}|\.[0-9][0-9_]{0,40})(?:[eE][-+]?[0-9]{1,4})?$"),
    list("-+.0123456789"),
)
_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:null": lambda _: None,
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": lambda text: int(text.replace("_", "")),
    "tag:yaml.org,2002:float": lambda text: float(text.replace("_", "")),
    "tag:yaml.org,2002:str": str,
}


def parse_yaml(text: str, name: str) -> tuple[Any, dict[Path, int]]:
    """Return the data in `text` and the line number of each path. `name` is the file name for messages.

    Raises InputError for invalid YAML, for tags, aliases and repeated keys, and for an empty, too long or too deep text.
    """
    if len(text) > MAX_BYTES:
        raise InputError(f"{name}: the file has {len(text):,} characters; accepted are up to {MAX_BYTES:,}")
    try:
        _check_events(text, name)
        root = yaml.compose(text, Loader=_PlainLoader)
    except yaml.YAMLError as error:
        raise InputError(_yaml_error(error, name)) from None
    if root is None:
        raise InputError(
            f"{name}: the file is empty; a scenario with at least 'name', 'shells' and 'satellite' is needed"
        )
    lines: dict[Path, int] = {}
    return _build(root, (), name, lines, set()), lines


def parse_scalar(text: str) -> Any:
    """Return a value given on the command line: a number, a boolean, a text, or a flow list or mapping."""
    return parse_yaml(text, "--set")[0] if text.strip() else text


def _check_events(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise InputError(
                f"{name}:{_line(event)}: the tag {tag!r} is not accepted; write plain texts, numbers, lists and keys"
            )
        if isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = _line(event)
                raise InputError(f"{name}:{line}: nested more than {MAX_DEPTH} levels deep; a scenario needs about six")
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.events.AliasEvent):
            line = _line(event)
            raise InputError(f"{name}:{line}: '*{event.anchor}' is a YAML alias; write the value out, or use 'extends'")


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _build(node: Any, path: Path, name: str, lines: dict[Path, int], seen: set[int]) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if isinstance(node, yaml.ScalarNode):
        return _SCALARS[node.tag](node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_build(child, (*path, index), name, lines, seen) for index, child in enumerate(node.value)]
    mapping: dict[str, Any] = {}
    for key_node, child in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise InputError(f"{name}:{key_line}: a key must be a plain word")
        key = key_node.value
        if key in mapping:
            raise InputError(f"{name}:{key_line}: {dotted((*path, key))}: the key is given twice; keep one of them")
        mapping[key] = _build(child, (*path, key), name, lines, seen)
        lines[(*path, key)] = key_line
    return mapping


def _yaml_error(error: yaml.YAMLError, name: str) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    where = f"{name}:{mark.line + 1}" if mark else name
    return f"{where}: this is not valid YAML ({problem}); check indentation, quotes and colons around here"


def dotted(path: Path) -> str:
    """Return a path of keys as text: `shells.0.altitude`."""
    return ".".join(str(step) for step in path) or "(top)"
