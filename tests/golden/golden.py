"""Accepted figures of the built-in scenarios: `python -m tests.golden.golden diff|accept`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from skyrack import api
from skyrack.run.outputs import CHANNELS, TIMINGS

GOLDEN = Path(__file__).parent / "figures"
TOLERANCE = 2e-4
"""Share by which a figure may differ between processors: float32 sums fuse differently, eclipses graze differently."""

LOOSE = {
    "throughput_bit_per_s": 0.05,
    "formation_keeping_m_per_s_per_year_km": 0.01,
    "ttft_p50_s": 0.01,
    "ttft_p99_s": 0.02,
}
"""On large fleets the linear program ends early, and another version of its solver may end elsewhere; what a lattice drifts
after its correction is a five-hundredth of what it drifts before, and differs by 0.04 % between processors; who waits behind
whom at a server hangs on the last bit of its power: a bus of 10.0001 kW instead of 10 moves starcloud-88k's times to the
first token by 0.5 % in the middle and 1 % at the end."""

BOOKS = ("energy_closure_frac", "stored_energy_j")
"""Differences of large numbers, which say nothing to four digits."""


def golden_figures(summary: dict[str, Any]) -> dict[str, float]:
    """The numbers of a summary that must not move unnoticed."""
    left_out = (*TIMINGS, *BOOKS, "shells", "claims")
    return {key: value for key, value in summary.items() if key not in left_out}


def main() -> None:
    """Run every built-in scenario; print what moved, or accept it."""
    GOLDEN.mkdir(exist_ok=True)
    for name in (row["name"] for row in api.scenarios() if row["n_sats"]):
        with tempfile.TemporaryDirectory() as folder:
            now = golden_figures(api.simulate(name, out=Path(folder) / "run", report=False).summary)
        file = GOLDEN / f"{name}.json"
        before = json.loads(file.read_text()) if file.exists() else {}
        for key in dict.fromkeys([*before, *now]):
            old, new = before.get(key), now.get(key)
            if old != new:
                is_ratio = old and new is not None and CHANNELS[key].has_true_zero
                change = f"{100 * (new / old - 1):+.4f} %" if is_ratio else ""
                print(f"{name}: {key}: {old} -> {new} {change}")
        if sys.argv[1:] == ["accept"]:
            file.write_text(json.dumps(now, indent=1) + "\n")


if __name__ == "__main__":
    main()
