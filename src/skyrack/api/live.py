"""The twin with a clock, and what a picture of a fleet needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.api.runs import open_run
from skyrack.api.scenarios import Source, load, parse
from skyrack.core.errors import InputError

if TYPE_CHECKING:
    from skyrack.control import LiveTwin
    from skyrack.control.frame_channels import Signal
    from skyrack.control.realtime import View
    from skyrack.control.replay import Picture
    from skyrack.orbits.export import Elements


def twin(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    folder: str | Path,
    speed: float = 60.0,
    is_playing: bool = True,
    threads: int = 1,
    on_view: Callable[[View], None] | None = None,
) -> LiveTwin:
    """A fleet that flies by the clock, `speed` times as fast, in a thread that `start` begins and `close` ends.

    It leaves its state in `folder` and goes on from there where the folder holds one of the same scenario and version.
    Commands: `play`, `pause`, `run_at`, `step`, `seek`, `inject`, `forget`; `view` is what was last seen, `satellite` gives
    exact values. `on_view` is called after every look, about once a second, from the twin's thread.
    """
    import hashlib

    from skyrack.control.realtime import take_up
    from skyrack.control.snapshots import TwinSnapshots
    from skyrack.control.twin import Twin
    from skyrack.scenario import dump_yaml

    loaded = load(source, overrides)
    shelf = TwinSnapshots(Path(folder), hashlib.sha256(dump_yaml(loaded.scenario).encode()).hexdigest())
    return take_up(
        Twin(loaded, threads=threads),
        shelf,
        name=loaded.scenario.name,
        speed=speed,
        is_playing=is_playing,
        on_view=on_view,
    )


def elements(source: Source, overrides: Mapping[str, Any] | None = None) -> Elements:
    """The orbits of a scenario, with the Sun and the Earth's turning: what a globe draws."""
    from skyrack.orbits.export import elements_of
    from skyrack.run.prepare import load_flown, prepare

    plan = prepare(load_flown(dict(source) if isinstance(source, Mapping) else source, overrides))
    return elements_of(plan.scenario, plan.layout)


def run_elements(path: str | Path) -> Elements:
    """The same of a finished run, from its folder."""
    from skyrack.orbits.export import elements_of
    from skyrack.run.prepare import prepare
    from skyrack.scenario import load as load_scenario

    plan = prepare(load_scenario(parse((open_run(path).path / "scenario.yaml").read_text("utf-8"))))
    return elements_of(plan.scenario, plan.layout)


def signals(path: str | Path) -> list[Signal]:
    """What the satellites of a finished run can be coloured by, with the ends of each scale."""
    from skyrack.control.replay import signals_of_run

    return signals_of_run(open_run(path))


def picture(path: str | Path, signal: str) -> Picture:
    """One byte of each satellite of a finished run, for a picture; InputError where there is no such signal."""
    from skyrack.control.replay import SHOWN, picture_of_run

    if signal not in SHOWN:
        raise InputError(f"signal: {signal!r:.60} is not known; there are {', '.join(SHOWN)}")
    return picture_of_run(open_run(path), signal)


def near(path: str | Path, number: int, time_s: float) -> list[dict[str, Any]]:
    """Satellites near one of a finished run at a time: `number`, and `along_m`, `up_m`, `across_m` beside it."""
    from skyrack.control.ground_view import Outlook
    from skyrack.scenario import load as load_scenario

    folder = open_run(path).path
    scenario = load_scenario(parse((folder / "scenario.yaml").read_text("utf-8"))).scenario
    if not 0 <= number < scenario.n_sats:
        raise InputError(f"number: {number} is not there; accepted are 0 to {scenario.n_sats - 1:,}")
    return Outlook(scenario).near(number, time_s)
