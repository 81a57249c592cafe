"""Request traces as data: distributions of prompt and output lengths, and burstiness of arrivals."""

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
"""Cumulative probabilities at which quantiles are stored."""


@dataclass(frozen=True)
class TraceStatistics:
    """Statistics of a published request trace."""

    name: str
    title: str
    source: str
    prompt_quantiles: NDArray[np.float64]
    """Prompt length in tokens at the probabilities `LEVELS`."""
    output_quantiles: NDArray[np.float64]
    """Output length in tokens at the probabilities `LEVELS`."""
    rank_correlation: float
    """Spearman's rank correlation of prompt and output length."""
    gap_variation: float
    """Coefficient of variation of interarrival times: standard deviation over mean."""
    turns: float
    """Mean number of requests in a session; an estimate if the trace has no sessions."""


@functools.cache
def traces() -> dict[str, TraceStatistics]:
    """Return all request traces, by name; `tools/build_traces.py` makes them from published traces."""
    text = files("skyrack.catalogue").joinpath("traces.yaml").read_text("utf-8")
    return {
        name: TraceStatistics(
            name,
            **entry | {key: np.array(entry[key], np.float64) for key in ("prompt_quantiles", "output_quantiles")},
        )
        for name, entry in yaml.load(text, Loader=yaml.CSafeLoader).items()
    }


def trace_statistics(name: str) -> TraceStatistics:
    """Return the statistics of one request trace; raise InputError, with the most similar name, if there is none."""
    known = traces()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"{name!r} is not one of the traces ({', '.join(known)}){hint}")
    return known[name]
