"""Gallery of flights: loss and virtual time of four ways to train over laser links, with and without eclipses and upsets.

python benchmarks/flight_gallery.py [SEEDS [METHOD...]]

Each script of examples/flight runs for real on four satellites of `starlink-v3-compute`, one flight for each seed. Delays
change no bit of the result, so that the virtual time at other data rates, and without eclipses, is replayed from the tapes of
the same flights. Upsets depend on the virtual time, so that flights with upsets run for real at every data rate.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from skyrack.flight.course import Course, GroundCourse
from skyrack.flight.faults import Fault, drawn_faults
from skyrack.flight.launch import Launch
from skyrack.flight.record import Record
from skyrack.flight.replay import replay
from skyrack.flight.settings import Settings
from skyrack.flight.timeline import Timeline
from skyrack.results.run_folder import RunFolder
from skyrack.run.flight_timeline import FlightPlan, plan_flight

ROOT = Path(__file__).resolve().parents[1]
SCENARIO, RANKS, MODEL, STEPS = "starlink-v3-compute", 4, "llama-3.1-70b", 60
SPAN_S = 10 * 86_400.0
RATES_BIT_PER_S = {"1 Gbit/s": 1e9, "10 Gbit/s": 1e10, "100 Gbit/s": 1e11, "1 Tbit/s": 1e12}
UPSETS = 100.0
"""Multiple of the rate of silent data corruption in flights with upsets."""
SCRIPTS = {
    "DDP": ("train_ddp.py",),
    "FSDP2": ("train_fsdp.py",),
    "DiLoCo, every 10 steps": ("train_diloco.py", "--inner", "10"),
    "DiLoCo, every 30 steps": ("train_diloco.py", "--inner", "30"),
    "torchft's DiLoCo, every 10 steps": ("train_torchft.py", "--inner", "10"),
}
T_95 = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 8: 2.365, 10: 2.262}
"""Student's t for 95 % intervals of a mean, by the number of seeds."""
RESULTS = ROOT / "benchmarks" / "flight_gallery.json"
PAGE = ROOT / "docs" / "reference" / "flight-gallery.md"


def at_rate(timeline: Timeline, bit_per_s: float, *, eclipses: bool) -> Timeline:
    """Return a timeline whose routes have one data rate, and with full power at all times where eclipses are left out."""
    rate = np.where(
        np.isfinite(timeline.rate_bit_per_s) & (timeline.rate_bit_per_s > 0.0), bit_per_s, timeline.rate_bit_per_s
    )
    changed = replace(timeline, rate_bit_per_s=rate)
    if eclipses:
        return changed
    ones = np.ones_like(timeline.clock_frac)
    return replace(changed, clock_frac=ones, compute_power_frac=ones, sunlit_frac=ones)


def flips(timeline: Timeline, seed: int) -> tuple[Fault, ...]:
    """Return the flips of a flight; failures that stop a satellite are left out, so that losses can be compared."""
    calm = replace(timeline, node_failures_per_s=np.zeros_like(timeline.node_failures_per_s), storms_per_s=0.0)
    return drawn_faults(calm, seed, UPSETS)


def flight(
    plan: FlightPlan, timeline: Timeline, script: tuple[str, ...], seed: int, faults: tuple[Fault, ...]
) -> Record:
    """Fly a script, and return its record; RuntimeError where it does not come to its end."""
    path = Path(tempfile.mkdtemp(prefix="gallery-"))
    folder = RunFolder(path)
    replace(plan, timeline=timeline, conditions=plan.conditions).write(folder)
    settings = Settings(n_ranks=RANKS, seed=seed, large=plan.large, faults=tuple(one.as_dict() for one in faults))
    settings.write(path)
    (path / "ranks").mkdir()
    command = ["torchrun", "--nproc-per-node", str(RANKS), str(ROOT / "examples" / "flight" / script[0]), *script[1:]]
    with (path / "output.txt").open("w") as output:
        ended = Launch(path, [*command, "--steps", str(STEPS), "--seed", str(seed)], None, output).run()
    if ended.problem is not None:
        raise RuntimeError(
            f"{' '.join(script)}, seed {seed}: {ended.problem}\n{(path / 'job.log').read_text()[-2000:]}"
        )
    return Record(path)


def validation_loss(record: Record) -> float:
    """Return the loss on held-out text that the script printed."""
    found = re.search(r"validation loss (\S+)", (record.path / "job.log").read_text())
    return float(found[1]) if found else float("nan")


def interval(values: list[float]) -> tuple[float, float]:
    """Return mean and half width of its 95 % interval."""
    if not all(np.isfinite(values)):
        return float("nan"), float("nan")
    half = T_95.get(len(values), 2.0) * statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return statistics.fmean(values), half


def main(seeds: int, methods: list[str]) -> None:
    """Fly and replay some methods, by default all, and write the table with the earlier rows of the others."""
    begun = time.monotonic()
    plan = plan_flight(SCENARIO, {}, satellites=RANKS, span_s=SPAN_S, as_model=MODEL)
    earlier = json.loads(RESULTS.read_text()) if methods and RESULTS.is_file() else {"rows": [], "took_min": 0.0}
    rows = [one for one in earlier["rows"] if one["method"] not in methods]
    for name, script in SCRIPTS.items():
        if methods and name not in methods:
            continue
        calm = [flight(plan, plan.timeline, script, seed, ()) for seed in range(seeds)]
        losses = [validation_loss(record) for record in calm]
        ground = replay(calm[0].tapes, GroundCourse(plan.timeline))
        rows.append(row(name, "ground", eclipses=False, losses=losses, hours=[ground.virtual_s / 3600.0]))
        print(f"{time.monotonic() - begun:5.0f} s: {name}, {seeds} flights, loss {losses}", flush=True)
        for rate, bit_per_s in RATES_BIT_PER_S.items():
            for eclipses in (False, True):
                course = Course(at_rate(plan.timeline, bit_per_s, eclipses=eclipses))
                hours = [replay(record.tapes, course).virtual_s / 3600.0 for record in calm]
                rows.append(row(name, rate, eclipses=eclipses, losses=losses, hours=hours))
            slow = at_rate(plan.timeline, bit_per_s, eclipses=True)
            hit = [flight(plan, slow, script, seed, flips(slow, seed)) for seed in range(seeds)]
            counts = [int((record.events()["kind"] == "flip").sum()) for record in hit]
            hours = [record.virtual_s / 3600.0 for record in hit]
            after = [validation_loss(record) for record in hit]
            rows.append(row(name, rate, eclipses=True, losses=after, hours=hours, flips=counts))
            print(f"{time.monotonic() - begun:5.0f} s: {name}, {rate}, flips {counts}, loss {after}", flush=True)
    document = {
        "scenario": SCENARIO,
        "shell": plan.timeline.shell,
        "ranks": RANKS,
        "steps": STEPS,
        "seeds": seeds,
        "large": plan.large.title if plan.large else None,
        "tokens_per_step": plan.large.tokens_per_step if plan.large else None,
        "upsets": UPSETS,
        "sdc_per_satellite_year": float(plan.timeline.sdc_per_s.mean()) * 365.25 * 86_400.0,
        "took_min": earlier["took_min"] + (time.monotonic() - begun) / 60.0,
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(document, indent=1) + "\n")
    PAGE.write_text(page(document))
    print(f"The table is in {PAGE.relative_to(ROOT)}; it took {document['took_min']:.1f} min.")


def row(
    method: str, rate: str, *, eclipses: bool, losses: list[float], hours: list[float], flips: list[int] | None = None
) -> dict[str, Any]:
    """Return a row of the table."""
    mean, half = interval(losses)
    return {
        "method": method,
        "rate": rate,
        "eclipses": eclipses,
        "flips": None if flips is None else statistics.fmean(flips),
        "hours": statistics.fmean(hours),
        "loss": mean if np.isfinite(mean) else None,
        "loss_half_width": half if np.isfinite(half) else None,
        "losses": [one if np.isfinite(one) else None for one in losses],
    }


def page(document: dict[str, Any]) -> str:
    """Return the page of the documentation."""
    lines = [
        "# Gallery of flights",
        "",
        "Loss and virtual time of ways to train over laser links, with and without eclipses and upsets. Made by",
        "`make flight-gallery`; cite it as *Skyrack, gallery of flights*, with the version of Skyrack.",
        "",
        "| method | data rate | eclipses | bits flipped | virtual time (h) | validation loss (mean, 95 % interval) |",
        "|---|---|---|---|---|---|",
    ]
    for one in document["rows"]:
        if one["loss"] is None:
            bad = sum(value is None for value in one["losses"])
            loss = f"not a number in {bad} of {len(one['losses'])} flights"
        else:
            loss = f"{one['loss']:.3f} ± {one['loss_half_width']:.3f}"
        dark = "-" if one["rate"] == "ground" else ("with" if one["eclipses"] else "without")
        hit = "none" if one["flips"] is None else f"{one['flips']:.0f}"
        lines.append(f"| {one['method']} | {one['rate']} | {dark} | {hit} | {one['hours']:.2f} | {loss} |")
    values = document | {"tokens": document["tokens_per_step"] / 1e6, "last_seed": document["seeds"] - 1}
    return "\n".join(lines) + "\n" + METHOD.format(**values)


METHOD = """
## Method

- **Job**: the scripts of `examples/flight`, {steps} steps of a GPT of 216,448 parameters on the reference of the Python
  language, {ranks} ranks, seeds 0 to {last_seed}. Its arithmetic is real: PyTorch on CPUs, in 32 bits. The validation loss
  is that of text which no rank trains on.
- **Time**: each step is charged as one of {large} with {tokens:.1f} million tokens on {ranks} neighbouring satellites
  of shell `{shell}` of `{scenario}`, whose computers stop in the Earth's shadow. All routes have the data rate of the row;
  their delays are those of the scenario. The first step is not charged. Collectives take the faster of a ring and a tree.
- **Without upsets**, delays change no bit of the result: one flight for each method and seed was executed, and its tapes were
  replayed at each data rate, with and without eclipses, with the cost laws of the flight itself. So the loss of these rows is
  the same.
- **With upsets**, every row is executed: bits flip at {upsets:g} times the rate of silent data corruption that the radiation
  model gives ({sdc_per_satellite_year:.0f} a year and satellite), in parameters, gradients, optimiser state, activations and
  messages alike. Slower links give more time for upsets. Failures that stop a satellite are left out.
- **On the ground** the same sequence takes the time of as many machines with 400 Gbit/s for each accelerator.
- Neglected: contention on shared links, loading of data, and what a larger model would make of a flipped bit: the loss is
  that of the small one. The model, {steps} steps and {ranks} ranks are small; the table shows how the methods differ under
  one set of conditions, not what a large model reaches.

All flights took {took_min:.0f} minutes on two busy cores.
"""


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4, sys.argv[2:])
