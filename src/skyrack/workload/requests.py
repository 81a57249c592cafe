"""Requests to a language model: read from trace files, or drawn like those of one."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skyrack.catalogue.traces import LEVELS, TraceStatistics
from skyrack.core.errors import InputError
from skyrack.core.file_access import may_read

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
MOST_TOKENS = 10_000_000
BLOCK_TOKENS = 512
"""Of one prefix hash in a Mooncake trace."""


@dataclass(frozen=True)
class Trace:
    """Requests in the order of their arrival."""

    name: str
    arrival_s: Floats
    """Since the first one."""
    prompt: Whole
    output: Whole
    before: Whole
    """Number of the request that came last in the same session, -1 for none or where the trace does not say."""
    prefix: Whole
    """Tokens at the begin of a prompt that some earlier request had too: what an endless cache would save."""
    n_failed: int = 0
    """Requests without an answer in the trace, left out here."""

    @property
    def span_s(self) -> float:
        """From the first arrival to the last."""
        return float(self.arrival_s[-1])

    @property
    def statistics(self) -> dict[str, float]:
        """Counts, rates, tokens, and how unevenly requests come (deviation of the gaps over their mean)."""
        gaps = np.diff(self.arrival_s)

        def of(values: Whole) -> tuple[float, float, float]:
            return float(values.mean()), float(np.median(values)), float(np.percentile(values, 99))

        names = ("mean", "p50", "p99")
        return {
            "requests": float(len(self.prompt)),
            "span_s": self.span_s,
            "requests_per_s": len(self.prompt) / self.span_s if self.span_s > 0.0 else math.nan,
            **{f"prompt_{name}": value for name, value in zip(names, of(self.prompt), strict=True)},
            **{f"output_{name}": value for name, value in zip(names, of(self.output), strict=True)},
            "gap_variation": float(gaps.std() / gaps.mean()) if len(gaps) and gaps.mean() > 0.0 else math.nan,
            "prefix_frac": float(self.prefix.sum() / self.prompt.sum()),
        }


def read_trace(path: Path) -> Trace:
    """A trace of requests: Azure or BurstGPT (CSV), Mooncake or a log of vLLM (JSON lines).

    The format is told by the names of the fields. Requests without an answer (BurstGPT counts zero tokens for them) are left
    out. InputError names the line and what is wrong: a missing, negative or unreadable field, or times that go back.
    """
    may_read(path)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; name a trace of requests (CSV or JSON lines)") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from None
    rows = list(_json_rows(path, text) if text.lstrip()[:1] == "{" else _csv_rows(path, text))
    if not rows:
        raise InputError(f"{path}: there are no requests in it")
    times = np.array([row.time_s for row in rows])
    back = np.flatnonzero(np.diff(times) < 0.0)
    if back.size:
        raise InputError(
            f"{path}:{rows[int(back[0]) + 1].line}: this request came before the one above it; times must not go back"
        )
    answered = [row for row in rows if row.output > 0]
    if not answered:
        raise InputError(f"{path}: no request in it has an answer")
    before, last = np.full(len(answered), -1), dict[Any, int]()
    prefix, seen = np.zeros(len(answered), np.int64), set[int]()
    for k, row in enumerate(answered):
        if row.session is not None:
            before[k] = last.get(row.session, -1)
            last[row.session] = k
        for block in row.blocks:
            if block not in seen:
                break
            prefix[k] += BLOCK_TOKENS
        seen.update(row.blocks)
    prompt = np.array([row.prompt for row in answered])
    times = np.array([row.time_s for row in answered])
    return Trace(
        name=path.stem,
        arrival_s=times - times[0],
        prompt=prompt,
        output=np.array([row.output for row in answered]),
        before=before,
        prefix=np.minimum(prefix, prompt),
        n_failed=len(rows) - len(answered),
    )


@dataclass(frozen=True)
class _Row:
    line: int
    time_s: float
    prompt: int
    output: int
    session: Any = None
    blocks: tuple[int, ...] = ()


CSV_FORMATS = {
    ("TIMESTAMP", "ContextTokens", "GeneratedTokens"): "date",
    ("Timestamp", "Request tokens", "Response tokens"): "seconds",
}
"""Columns of time, prompt and answer, and how time is written: Azure's traces, and BurstGPT's."""


def _csv_rows(path: Path, text: str) -> Iterator[_Row]:
    table = csv.DictReader(text.splitlines())
    names = table.fieldnames or []
    columns = next((known for known in CSV_FORMATS if all(name in names for name in known)), None)
    if columns is None:
        wanted = " or ".join(", ".join(known) for known in CSV_FORMATS)
        raise InputError(f"{path}:1: the columns are {', '.join(names) or 'not named'}; accepted are {wanted}")
    for row in table:
        line = table.line_num
        written = row[columns[0]]
        time_s = (
            _date_s(path, line, written) if CSV_FORMATS[columns] == "date" else _number(path, line, columns[0], written)
        )
        prompt, output = (_tokens(path, line, name, row[name]) for name in columns[1:])
        yield _Row(line, time_s, prompt, output, row.get("Session ID") or None)


def _json_rows(path: Path, text: str) -> Iterator[_Row]:
    for line, written in enumerate(text.splitlines(), 1):
        if not written.strip():
            continue
        try:
            entry = json.loads(written)
        except ValueError:
            raise InputError(f"{path}:{line}: this line is not JSON") from None
        if not isinstance(entry, dict):
            raise InputError(f"{path}:{line}: this line is not an object with the fields of one request")
        if "input_length" in entry or "timestamp" in entry:
            names, per_s = ("timestamp", "input_length", "output_length"), 1e3
        else:
            names, per_s = ("queued_ts", "input_toks", "output_toks"), 1.0
        missing = next((name for name in names if name not in entry), None)
        if missing is not None:
            raise InputError(f"{path}:{line}: the field {missing!r} is missing")
        blocks = entry.get("hash_ids", ())
        if not isinstance(blocks, list | tuple) or not all(isinstance(block, int) for block in blocks):
            raise InputError(f"{path}:{line}: 'hash_ids' is not a list of whole numbers")
        prompt, output = (_tokens(path, line, name, entry[name]) for name in names[1:])
        time_s = _number(path, line, names[0], entry[names[0]]) / per_s
        yield _Row(line, time_s, prompt, output, entry.get("session_id"), tuple(blocks))


def _date_s(path: Path, line: int, written: Any) -> float:
    # Azure writes ten millionths of a second, more than datetime reads
    whole, _, fraction = str(written).partition(".")
    try:
        seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
        return seconds + float(f"0.{fraction.removesuffix('Z').partition('+')[0] or 0}")
    except ValueError:
        raise InputError(f"{path}:{line}: {written!r} is not a time such as '2023-11-16 18:17:03.9799600'") from None


def _number(path: Path, line: int, name: str, written: Any) -> float:
    try:
        number = float(written)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(written, bool) or not math.isfinite(number) or number < 0.0:
        raise InputError(f"{path}:{line}: {name!r} is {written!r:.40}; a number of zero or more is needed")
    return number


def _tokens(path: Path, line: int, name: str, written: Any) -> int:
    number = _number(path, line, name, written)
    if number != int(number) or number > MOST_TOKENS:
        raise InputError(f"{path}:{line}: {name!r} is {written!r:.40}; a whole number of tokens is needed")
    return int(number)


def draw_requests(shape: TraceStatistics, arrival_s: Floats, seed: int) -> tuple[Whole, Whole]:
    """Prompts and answers for some arrivals, distributed like those of the trace.

    A Gaussian pair with the trace's rank correlation, each number of it carried over to the quantiles of the trace.
    """
    from scipy.special import ndtr

    rng = np.random.Generator(np.random.Philox(key=seed))
    pair = rng.standard_normal((2, len(arrival_s)))
    # of a Gaussian pair the rank correlation is 6/pi asin(rho/2)
    rho = 2.0 * math.sin(math.pi * shape.rank_correlation / 6.0)
    pair[1] = rho * pair[0] + math.sqrt(1.0 - rho**2) * pair[1]

    def carried(ranks: Floats, quantiles: Floats) -> Whole:
        tokens = np.exp(np.interp(ranks, LEVELS, np.log(quantiles)))
        return np.maximum(np.rint(tokens), 1.0).astype(np.int64)

    return carried(ndtr(pair[0]), shape.prompt_quantiles), carried(ndtr(pair[1]), shape.output_quantiles)


def draw_gaps(n: int, rate_per_s: float, variation: float, rng: np.random.Generator) -> Floats:
    """Gaps between arrivals with a given mean rate and deviation over mean: gamma distributed, exponential for one."""
    shape = 1.0 / variation**2
    return rng.gamma(shape, 1.0 / (shape * rate_per_s), n)
