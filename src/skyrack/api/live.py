"""The twin under a clock, and the arrays that a drawing of a fleet needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skyrack.api.runs import open_run
from skyrack.api.scenarios import Source, load, parse
from skyrack.core.errors import InputError

if TYPE_CHECKING:
    from skyrack.control.clock import Clock
    from skyrack.control.frame_channels import FrameChannel
    from skyrack.control.realtime import TwinRunner
    from skyrack.control.replay import SatelliteFrame
    from skyrack.control.view import TwinView
    from skyrack.orbits.export import Elements


def twin(
    source: Source,
    overrides: Mapping[str, Any] | None = None,
    *,
    folder: str | Path,
    speed: float = 60.0,
    is_playing: bool = True,
    threads: int = 1,
    on_view: Callable[[TwinView], None] | None = None,
    clock: Clock | None = None,
) -> TwinRunner:
    """Return a fleet that flies by a clock, `speed` times as fast, in a thread that `start` begins and `close` ends.

    It saves its state in `folder`, and continues from there where the folder holds one of the same scenario and version.
    Commands: `play`, `pause`, `set_speed`, `step`, `seek`, `inject`, `forget`. `view` is the newest view of the fleet, and
    `satellite` gives exact values. `on_view` is called with every new view, about once a second, in the twin's thread.
    `clock` is the wall clock where none is given.
    """
    import hashlib

    from skyrack.control.clock import WallClock
    from skyrack.control.realtime import TwinRunner
    from skyrack.control.snapshots import TwinSnapshots
    from skyrack.control.twin import Twin
    from skyrack.scenario import dump_yaml

    loaded = load(source, overrides)
    digest = hashlib.sha256(dump_yaml(loaded.scenario).encode()).hexdigest()
    return TwinRunner.resume(
        Twin(loaded, threads=threads),
        TwinSnapshots(Path(folder), digest),
        clock=clock or WallClock(),
        speed=speed,
        is_playing=is_playing,
        on_view=on_view,
    )


def elements(source: Source, overrides: Mapping[str, Any] | None = None) -> Elements:
    """Return the orbits of a scenario, with the Sun and the Earth's rotation: what a globe draws."""
    from skyrack.orbits.export import elements_of
    from skyrack.run.prepare import load_flown, prepare

    plan = prepare(load_flown(dict(source) if isinstance(source, Mapping) else source, overrides))
    return elements_of(plan.scenario, plan.layout)


def run_elements(path: str | Path) -> Elements:
    """Return the orbits of a finished run from its folder (see `elements`)."""
    from skyrack.orbits.export import elements_of
    from skyrack.run.prepare import prepare
    from skyrack.scenario import load as load_scenario

    plan = prepare(load_scenario(parse((open_run(path).path / "scenario.yaml").read_text("utf-8"))))
    return elements_of(plan.scenario, plan.layout)


def frame_channels(path: str | Path) -> list[FrameChannel]:
    """Return the channels by which the satellites of a finished run can be coloured, with the ends of each scale."""
    from skyrack.control.replay import run_channels

    return run_channels(open_run(path))


def satellite_frame(path: str | Path, channel: str) -> SatelliteFrame:
    """Return one channel of a finished run as a byte of each satellite; InputError where there is no such channel."""
    from skyrack.control.replay import SHOWN, run_frame

    if channel not in SHOWN:
        raise InputError(f"channel: {channel!r:.60} is not known; there are {', '.join(SHOWN)}")
    return run_frame(open_run(path), channel)


def neighbours(path: str | Path, number: int, time_s: float) -> list[dict[str, Any]]:
    """Return the satellites within 100 km of one of a finished run at a time (s since the epoch).

    Each has its `number`, `range_m`, and its place beside the one asked for: `along_m`, `up_m`, `across_m`.
    """
    from skyrack.control.ground_view import GroundView
    from skyrack.run.prepare import prepare
    from skyrack.scenario import load as load_scenario

    plan = prepare(load_scenario(parse((open_run(path).path / "scenario.yaml").read_text("utf-8"))))
    if not 0 <= number < plan.layout.n_sats:
        raise InputError(f"number: {number} is not there; accepted are 0 to {plan.layout.n_sats - 1:,}")
    return GroundView(plan.network, plan.sites).neighbours(number, time_s)
