"""Streams of requests as data: how long prompts and answers are, and how unevenly they come."""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from skyrack.core.errors import InputError

LEVELS = np.concatenate([np.linspace(0.0, 0.98, 50), [0.99, 0.995, 0.999, 1.0]])
"""At which quantiles are kept."""


@dataclass(frozen=True)
class Stream:
    """What is known of a stream of requests."""

    name: str
    title: str
    source: str
    prompt_quantiles: NDArray[np.float64]
    """Tokens at the levels `LEVELS`."""
    output_quantiles: NDArray[np.float64]
    rank_correlation: float
    """Spearman's, of prompt and answer."""
    gap_variation: float
    """Deviation of the gaps between arrivals over their mean."""
    turns: float
    """Requests of a session, mean: an estimate where the trace has no sessions."""


@functools.cache
def streams() -> dict[str, Stream]:
    """All streams, by name; made by `tools/build_streams.py` from published traces."""
    text = files("skyrack.catalogue").joinpath("streams.yaml").read_text("utf-8")
    return {
        name: Stream(
            name,
            **entry | {key: np.array(entry[key], np.float64) for key in ("prompt_quantiles", "output_quantiles")},
        )
        for name, entry in yaml.load(text, Loader=yaml.CSafeLoader).items()
    }


def stream(name: str) -> Stream:
    """One stream; InputError offers the nearest name."""
    known = streams()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{name!r} is not one of the streams ({', '.join(known)}){hint}")
    return known[name]
