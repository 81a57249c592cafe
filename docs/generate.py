"""Pages made from the code and from measured results, so that they cannot drift: docs/generated/*.md."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path

DOCS = Path(__file__).parent
GENERATED = DOCS / "generated"


def main() -> None:
    """Write every generated page."""
    GENERATED.mkdir(exist_ok=True)
    pages = {
        "channels": channels(),
        "units": units(),
        "scenario-keys": scenario_keys(),
        "laws": laws(),
        "validation": validation(),
        "performance": performance(),
        "defaults": defaults(),
        "library": library(),
        "reconcile": reconcile(),
    }
    for name, text in pages.items():
        (GENERATED / f"{name}.md").write_text(text)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += [
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def channels() -> str:
    from skyrack.run.outputs import CHANNELS, where

    rows = [[f"`{c.name}`", c.unit or "-", ", ".join(where(c.name)), c.label] for c in CHANNELS.values()]
    intro = "Every quantity that a run puts out. Units are the suffix of the name: SI, `frac` from 0 to 1.\n\n"
    return "# Channels\n\n" + intro + table(["name", "unit", "found in", "label"], rows)


def units() -> str:
    from skyrack.core.units import UNITS

    known = [unit for unit in UNITS.values() if unit.pint]
    rows = [[u.noun, f"`{u.example}`".replace(" or ", "` or `"), u.name, f"`{u.suffix}`"] for u in known]
    intro = (
        "Quantities of a scenario. Any unit of the same dimension is accepted, so `0.65 Mm` is a length too. Inside, and in "
        "the tables of a run, each is a number in one unit, and the name of the field or column ends in its suffix.\n\n"
    )
    return "# Units\n\n" + intro + table(["quantity", "example", "kept in", "suffix"], rows)


def scenario_keys() -> str:
    from skyrack.scenario import json_schema

    schema = json_schema()
    text = "# Scenario keys\n\nFrom the JSON Schema that `skyrack schema` prints.\n"
    parts = {"Scenario": schema, **schema["$defs"]}
    for name, part in parts.items():
        text += f"\n## {name}\n\n{part.get('description', '').splitlines()[0] if name != 'Scenario' else 'The top of the file.'}\n\n"
        rows = []
        for key, field in part.get("properties", {}).items():
            inner = next((f for f in field.get("anyOf", []) if "description" in f), field)
            kind = field.get("description") or inner.get("description") or _kind(field)
            needed = "yes" if key in part.get("required", []) else ""
            default = field.get("default", "")
            rows.append([f"`{key}`", kind, needed, f"`{default}`" if default not in ("", None) else ""])
        text += table(["key", "what", "required", "default"], rows)
    return text + "".join(_slot_keys(slot, models) for slot, models in sorted(_slots(schema).items()))


def _slots(schema: dict) -> dict[str, dict[str, dict]]:
    """The models of every slot that a scenario names, each with its schema."""
    found: dict[str, dict[str, dict]] = {}
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            slot = str(part.get("description", "")).removeprefix("a model of the slot ")
            if "oneOf" in part and slot != part.get("description"):
                bodies = [body for body in part["oneOf"] if "properties" in body]
                found[slot] = {body["properties"]["model"]["const"]: body for body in bodies}
    return found


def _slot_keys(slot: str, models: dict[str, dict]) -> str:
    """The keys of a slot's built-in models."""
    text = f"\n## Models of the slot {slot}\n"
    for name, body in sorted(models.items()):
        text += f"\n**{name}**: {body.get('description', '').splitlines()[0]}\n"
        rows = [
            [
                f"`{key}`",
                field.get("description") or _kind(field),
                "yes" if key in body["required"] else "",
                _default(field),
            ]
            for key, field in body["properties"].items()
            if key != "model"
        ]
        text += "\n" + table(["key", "what", "required", "default"], rows) if rows else ""
    return text


def _default(field: dict) -> str:
    value = field.get("default", "")
    return f"`{value}`" if value not in ("", None) else ""


def _kind(field: dict) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "$ref" in field:
        return "see " + field["$ref"].rsplit("/", 1)[1]
    if "enum" in field:
        return "one of " + ", ".join(f"`{value}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_kind(inner) for inner in field["anyOf"] if inner.get("type") != "null")
    if field.get("type") == "array":
        return "list of " + _kind(field.get("items", {}))
    return str(field.get("type", "a value"))


def laws() -> str:
    from skyrack.core.jit import Law

    text = "# Laws\n\nEvery law of `skyrack.physics`, with its equation, reference and range, as the code states it.\n"
    root = Path(importlib.import_module("skyrack.physics").__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = "skyrack.physics." + path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
        module = importlib.import_module(name.removesuffix(".__init__"))
        own = [
            law
            for law in vars(module).values()
            if isinstance(law, Law)
            and law.py_func.__module__ == module.__name__
            and not law.py_func.__name__.startswith("_")
        ]
        if own:
            text += f"\n## {module.__name__.removeprefix('skyrack.physics.')}\n\n{inspect.getdoc(module)}\n"
        for law in own:
            text += f"\n### {law.py_func.__name__}\n\n```\n{law.py_func.__name__}{inspect.signature(law.py_func)}\n\n{inspect.getdoc(law.py_func)}\n```\n"
    return text


def validation() -> str:
    text = "# Validation\n\nEvery comparison that the reference tests make, from the last run of `make docs`: with an independent value or, where the source says so, with a slower method or a balance computed by Skyrack.\n\n"
    file = GENERATED / "validation.json"
    if not file.exists():
        return text + "The reference tests have not been run for this build; `make docs` runs them.\n"
    found = json.loads(file.read_text())
    worst = max(found, key=_used)
    text += f"{len(found)} comparisons; the one closest to its tolerance is *{worst['quantity']}*.\n\n"
    text += "The largest share of its tolerance that any comparison with a source uses:\n\n"
    groups: dict[str, list] = {}
    for row in found:
        groups.setdefault(row["source"], []).append(row)
    overview = [
        [f"[{source}](#source-{number})", str(len(rows)), f"{100 * max(map(_used, rows)):.0f} %"]
        for number, (source, rows) in enumerate(groups.items())
    ]
    text += table(["source", "comparisons", "of the tolerance"], overview)
    for number, (source, rows) in enumerate(groups.items()):
        text += f"\n(source-{number})=\n## {source}\n\n"
        cells = [
            [
                r["quantity"],
                f"{r['ours']:.9g}",
                f"{r['theirs']:.9g}",
                f"{r['ours'] - r['theirs']:.1e}",
                f"{r['tolerance']:g}",
                r["unit"],
            ]
            for r in rows
        ]
        text += table(["quantity", "ours", "theirs", "difference", "tolerance", "unit"], cells)
    return text


def _used(row: dict) -> float:
    """Share of its tolerance that a comparison uses; identities have none."""
    miss = abs(row["ours"] - row["theirs"])
    return miss / row["tolerance"] if row["tolerance"] else float(miss > 0.0)


def performance() -> str:
    folder = DOCS.parent / "benchmarks" / "results"
    machines = sorted(
        (json.loads(file.read_text()) for file in folder.glob("*.json")), key=lambda run: run["date"], reverse=True
    )
    found = machines[0]

    def rows(name: str, found: dict = found) -> list[list[str]]:
        return [
            [r["way"], f"{r['median_per_s']:.3g}", f"{r['best_per_s']:.3g}", f"{r['ratio']:.3g}"] for r in found[name]
        ]

    text = "# Performance\n\nEach table compares implementations that were measured in turn in one run of `make bench`; ratios are of medians.\n"
    text += "\n## Satellite steps\n\nSatellite steps per second with all physics enabled.\n"
    for run in machines:
        text += f"\n{run['machine']}; {run['date']}, commit {run['commit']}, {run['rounds']} rounds:\n\n"
        text += table(["implementation", "median /s", "best /s", "times scalar"], rows("steps", run))
    text += f"\n## Prices, network snapshots and requests\n\nOn the first of these machines ({found['machine']}, {found['date']}).\n"
    text += "\nLevelised costs of orbit and ground:\n\n"
    text += table(["implementation", "median /s", "best /s", "ratio"], rows("samples"))
    text += "\nNetwork snapshots of 72 x 22 satellites with +Grid: RTT and hops between all pairs of 100 cities. The results "
    text += f"differ by {found['looks_apart_us']:.3f} us at most.\n\n"
    text += table(["implementation", "median /s", "best /s", "ratio"], rows("looks"))
    text += (
        "\nRequests of the conversation trace to Llama 3.1 8B on one H100. Both engines give the same times to 1e-9 s "
    )
    text += "(tested). Vidur 0.0.26 installs but downloads its profiles before the first request, so it could not be timed.\n\n"
    text += table(["implementation", "median /s", "best /s", "ratio"], rows("requests"))
    text += "\nOne network snapshot of growing parts of `spacex-million`, up to all of its satellites:\n\n" + _drawn(
        _growth(found)
    )
    text += "\n" + table(
        [
            "satellites",
            "nearest compute of 1,000 cities, s",
            "paths between 100 cities, s",
            "peak memory so far, GiB",
        ],
        [
            [f"{r['n_sats']:,}", f"{r['nearest_s']:.3f}", f"{r['routes_s']:.3f}", f"{r['peak_rss_bytes'] / 2**30:.2f}"]
            for r in found["growth"]
        ],
    )
    return text + "\n" + _live() + (DOCS / "science" / "performance-notes.md").read_text()


def _live() -> str:
    """The live twin and the console, as `benchmarks/live.py` found them."""
    found = json.loads((DOCS.parent / "benchmarks" / "live.json").read_text())
    live = found["live"]
    text = f"""## Live twin and console

`spacex-million` at {live["speed_asked"]:g} times real time with {live["clients"]} listeners, the service on one core: sustained
{live["speed_held"]:.1f} times real time with {100 * live["core_frac"]:.0f} % of the core; {live["bytes_per_client_s_most"] / 1e3:.0f} kB a second
for the busiest listener, {live["frames_per_s_least"]:.2f} frames a second for the slowest.

Headless Chromium with software graphics, 1280 x 800; with a graphics processor a frame takes one screen refresh (not measured here).
For comparison, measured on such a machine before the console was written: Cesium's moving points 823 ms a frame for 100,000 and 2,368 ms for a million,
deck.gl 2,386 ms for 100,000 and no result for a million within 240 s.

"""
    rows = [
        [
            row["scenario"],
            f"{row['first_paint_ms'] / 1e3:.1f}",
            f"{row['ready_ms'] / 1e3:.1f}",
            f"{row['sample_frame_ms']}",
            "-" if row["all_frame_ms"] is None else f"{row['all_frame_ms']}",
        ]
        for row in found["console"]
    ]
    heads = ["scenario", "first paint, s", "ready, s", "frame of the sample, ms", "frame of all, ms"]
    return text + table(heads, rows) + "\n"


def _growth(found: dict) -> str:
    """Time of a network snapshot over the number of satellites, beside N log N."""
    import numpy as np
    from skyrack.report.style import COMPUTE, RADIATOR, figure, svg

    n = np.array([row["n_sats"] for row in found["growth"]], float)
    with figure(width_in=7.0, height_in=3.6) as (drawing, axes):
        for key, colour, label in (
            ("routes_s", COMPUTE, "paths between 100 cities"),
            ("nearest_s", RADIATOR, "nearest compute of 1,000 cities"),
        ):
            seconds = np.array([row[key] for row in found["growth"]])
            axes.loglog(n, seconds, "o-", ms=4, color=colour, label=label)
            steady = seconds[1] * n * np.log(n) / (n[1] * np.log(n[1]))
            axes.loglog(n, steady, "--", lw=0.9, color=colour, alpha=0.6)
        axes.plot([], [], "--", color="#8a94a0", lw=0.9, label="N log N from 25,000 on")
        axes.set(xlabel="satellites", ylabel="time of a network snapshot (s)")
        axes.legend()
        return svg(drawing)


def reconcile() -> str:
    """The published calculations, and the bridge between each two of them, with its charts."""
    from skyrack import api
    from skyrack.report.reconciliation import SIDES, explained, overview, straight, waterfall

    found = api.reconcile("spacex-million")
    titles = {model["name"]: model["title"] for model in found["models"]}
    text = (DOCS / "science" / "reconcile-intro.md").read_text() + _drawn(overview(found))
    rows = []
    for model in found["models"]:
        costs = [f"{model[side]['usd_per_kw_year']:,.0f}" if model[side] else "-" for side in SIDES]
        counts = "; ".join(f"{side}: {model[side]['counts']}" for side in SIDES if model[side]) or "-"
        ratio = "-" if model["ratio"] is None else f"{model['ratio']:.2f}"
        rows.append([model["title"], *costs, ratio, counts, model["source"]])
    text += "\n" + table(["calculation", "orbit", "ground", "ratio", "a kilowatt is", "source"], rows)
    text += f"\n## Why {found['straight'][0]['ratio_after']:.2f} times, and not what others publish\n"
    text += "\nEach bar is the factor by which a group of assumptions changes the cost ratio; red makes orbit dearer.\n"
    for step in found["straight"]:
        text += f"\n### {titles[step['before']]}: {step['ratio_before']:.2f} times\n\n{_drawn(straight(step))}"
    for side, steps in found["walks"].items():
        text += f"\n## {'In orbit' if side == 'orbit' else 'On the ground'}: bridge from one to the next\n"
        for step in steps:
            text += f"\n### {titles[step['before']]} to {titles[step['after']]}\n\n"
            text += _drawn(waterfall(step, SIDES[side]))
            text += f"\nThe parts explain {explained(step)} of the gap of {step['gap']:+,.0f} USD a year.\n"
    text += '\n## Inputs\n\nEach can be changed: `skyrack reconcile --set mccalip.launch_price="20 USD/kg"`.\n'
    for model in found["models"]:
        if model["inputs"]:
            rows = [[f"`{model['name']}.{row['key']}`", f"{row['value']:g} {row['unit']}"] for row in model["inputs"]]
            text += f"\n**{model['title']}**\n\n" + table(["key", "as published"], rows)
    text += "\n## Reproduced, and not repeated\n"
    for model in found["models"]:
        if model["notes"]:
            text += f"\n**{model['title']}**\n\n" + "".join(f"- {note}\n" for note in model["notes"])
    return text


def _drawn(chart: str) -> str:
    fitting = chart.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)
    return f"\n```{{raw}} html\n{fitting}\n```\n"


def defaults() -> str:
    from skyrack.catalogue import defaults as known

    rows = [
        [
            f"`{d.path}`",
            d.value,
            f"{d.low or ''} .. {d.high or ''}" if d.low or d.high else "",
            d.confidence,
            d.source,
            d.reason,
        ]
        for d in known().values()
    ]
    return "# Defaults\n\nThe value of each key that a scenario leaves out, and who says so.\n\n" + table(
        ["key", "value", "range", "confidence", "source", "why"], rows
    )


def library() -> str:
    from skyrack.scenario import GROUND_DATA_CENTERS, library_names, load, load_ground_data_center

    text = "# Built-in scenarios\n"
    for name in library_names():
        scenario = load(name).scenario
        text += f"\n## `{name}`\n\n**{scenario.title}**, {scenario.n_sats:,} satellites.\n\n{scenario.description}\n"
    text += "\n# Ground data centers\n"
    for name in library_names(GROUND_DATA_CENTERS):
        campus = load_ground_data_center(name).scenario
        text += f"\n## `{name}`\n\n**{campus.title}**, {campus.power_w / 1e6:,.0f} MW.\n\n{campus.description}\n"
    return text


if __name__ == "__main__":
    main()
