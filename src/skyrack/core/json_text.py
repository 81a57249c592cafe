"""JSON text for files and services: accepts NumPy arrays and dataclasses, and writes non-finite numbers as null."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def _as_text(value: Any) -> Any:
    """Return a value that orjson cannot write in a form that it can: sets as sorted lists, NumPy scalars as numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def to_json(content: Any, *, indent: bool = False) -> bytes:
    """Return `content` as UTF-8 JSON; NaN and infinity become null.

    `content` holds mappings, sequences, dataclasses, NumPy arrays, numbers, texts and dates.
    Raises TypeError for anything else.
    """
    return orjson.dumps(content, default=_as_text, option=_OPTIONS | (orjson.OPT_INDENT_2 if indent else 0))


def plain(content: Any) -> Any:
    """Return `content` as lists, dictionaries, numbers and texts only, as they are read back from its JSON."""
    return orjson.loads(to_json(content))
