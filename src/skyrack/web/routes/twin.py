"""The live twin: load it, drive its clock, let events happen, listen to it."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Response, WebSocket, WebSocketDisconnect

from skyrack.api.operations import MissingError
from skyrack.web.encoding import finite
from skyrack.web.listener import Listener
from skyrack.web.live import LiveHost
from skyrack.web.routes.dependencies import ChannelName, Number, TheLive
from skyrack.web.routes.runs import BINARY, Binary
from skyrack.web.schemas import (
    EventBody,
    EventRow,
    History,
    Link,
    LoadBody,
    Neighbour,
    Satellite,
    SeekBody,
    SpeedBody,
    StepBody,
    Twin,
    TwinOrNone,
    TwinStatus,
)

if TYPE_CHECKING:
    from skyrack.api.types import TwinRunner

router = APIRouter(prefix="/api/twin", tags=["twin"])
Position = Annotated[int, Path(ge=0, le=10**9, description="Number of the event, counted from 0.", examples=[0])]
MESSAGE_INTERVAL_S = 0.1
"""Time between two messages that are taken from one client."""
MAX_MESSAGE = 1000
"""Most letters of a message."""
log = logging.getLogger("skyrack.web.live")


@router.get("", response_model=TwinOrNone)
def twin(live: TheLive) -> Any:
    """The live twin, where one is loaded: clock, figures, events, channels."""
    described = None if live.twin is None else _described(live.twin)
    return {"twin": described, "is_loading": live.is_loading, "trouble": live.trouble}


@router.post("", response_model=Twin)
def load(body: LoadBody, live: TheLive) -> Any:
    """Fly a scenario by the clock, in place of the twin before it.

    The scenario that flew here last continues where it was, at its own speed, unless `anew`; another one begins at its epoch.
    """
    live.load(body.scenario, body.overrides, body.speed, is_playing=body.playing, anew=body.anew)
    return _described(live.require_twin())


@router.delete("", status_code=204)
def unload(live: TheLive) -> None:
    """Stop the twin and delete what it saved."""
    live.unload()


@router.post("/play", response_model=TwinStatus)
def play(live: TheLive) -> Any:
    """Let the clock run."""
    runner = live.require_twin()
    runner.play()
    return _status(runner)


@router.post("/pause", response_model=TwinStatus)
def pause(live: TheLive) -> Any:
    """Stop the clock, and a seek."""
    runner = live.require_twin()
    runner.pause()
    return _status(runner)


@router.post("/speed", response_model=TwinStatus)
def speed(body: SpeedBody, live: TheLive) -> Any:
    """Set the simulated seconds a second."""
    runner = live.require_twin()
    runner.set_speed(body.speed)
    return _status(runner)


@router.post("/step", response_model=TwinStatus)
def step(body: StepBody, live: TheLive) -> Any:
    """Stop the clock and fly some steps."""
    runner = live.require_twin()
    runner.step(body.steps)
    return _status(runner)


@router.post("/seek", response_model=TwinStatus)
def seek(body: SeekBody, live: TheLive) -> Any:
    """Go to a time: forward by flying there, back from an earlier state."""
    runner = live.require_twin()
    runner.seek(body.time_s)
    return _status(runner)


@router.post("/events", response_model=EventRow, status_code=201)
def inject(body: EventBody, live: TheLive) -> Any:
    """Let an event happen now."""
    return asdict(live.require_twin().inject(body.kind, body.target, body.lasts_s))


@router.delete("/events/{position}", status_code=204)
def forget(position: Position, live: TheLive) -> None:
    """Remove an event, as if it had not happened."""
    runner = live.require_twin()
    if position >= len(runner.view.fleet.events):
        raise MissingError(f"there is no event {position}")
    runner.forget(position)


@router.get("/history", response_model=History)
def history(live: TheLive) -> Any:
    """Figures over time, of the fleet and of its network."""
    runner = live.require_twin()
    fleet = [{"shells": row["shells"]} | finite(_without_shells(row)) for row in runner.fleet_history()]
    return {"fleet": fleet, "ground": runner.ground_history()}


def _without_shells(row: dict[str, Any]) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "shells"}


@router.get("/economics")
def economics(live: TheLive) -> dict[str, Any]:
    """Price against the ground and build-out of the twin's scenario, as `skyrack price` and `skyrack build` compute them."""
    return live.economics()


@router.get("/elements", responses=BINARY, response_class=Response)
def elements(live: TheLive) -> Response:
    """The orbits of its satellites (see `skyrack.web.encoding`)."""
    live.require_twin()
    return Binary(live.elements)


@router.get("/frames/{name}", responses=BINARY, response_class=Response)
def satellite_frame(name: ChannelName, live: TheLive) -> Response:
    """One channel as a byte of every satellite now (see `skyrack.web.encoding`)."""
    return Binary(live.frames.frame(live.require_twin().view, name))


@router.get("/satellites/{number}", response_model=Satellite)
def satellite(number: Number, live: TheLive) -> Any:
    """Exact values of one satellite now."""
    return _with_satellite(live, number).satellite(number)


@router.get("/satellites/{number}/links", response_model=list[Link])
def links(number: Number, live: TheLive) -> Any:
    """Its laser links now."""
    return _with_satellite(live, number).links(number)


@router.get("/satellites/{number}/neighbours", response_model=list[Neighbour])
def neighbours(number: Number, live: TheLive) -> Any:
    """Satellites within 100 km of it now, itself first, nearest first."""
    return _with_satellite(live, number).neighbours(number)


@router.websocket("/stream")
async def stream(socket: WebSocket, live: TheLive) -> None:
    """Views as text about once a second, and frames of the channel that was asked for as bytes.

    The client may send {"channel": "charge"}, or {"channel": null} for none.
    """
    if len(live.listeners) >= live.settings.most_clients:
        await socket.close(1013, f"there are {live.settings.most_clients} listeners already")
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept("skyrack" if "skyrack" in offered else None)
    listener = live.connect()
    tasks = {asyncio.create_task(live.serve(socket, listener)), asyncio.create_task(_receive(socket, listener, live))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        live.disconnect(listener)
        for task in tasks:
            task.add_done_callback(_log_error)
            task.cancel()


def _log_error(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, WebSocketDisconnect):
        log.error("the stream failed", exc_info=error)


async def _receive(socket: WebSocket, listener: Listener, live: LiveHost) -> None:
    """Follow a client's messages; a wrong one ends the stream."""
    try:
        while True:
            await live.choose(listener, _channel_of(await socket.receive_text()))
            await asyncio.sleep(MESSAGE_INTERVAL_S)
    except KeyError:
        await socket.close(1007, "a message is a text")
    except RecursionError:
        await socket.close(1007, "it is nested too deeply")
    except ValueError as error:
        await socket.close(1007, str(error)[:120])


def _channel_of(message: str) -> str | None:
    """Return the channel that a message asks for; ValueError where it is another kind of message."""
    if len(message) > MAX_MESSAGE:
        raise ValueError(f"a message has at most {MAX_MESSAGE:,} letters")
    wanted = json.loads(message)
    if not isinstance(wanted, dict) or "channel" not in wanted:
        raise ValueError('a message is of the form {"channel": "charge"}')
    channel = wanted["channel"]
    if channel is not None and not isinstance(channel, str):
        raise ValueError("a channel is a name or null")
    return channel


def _with_satellite(live: LiveHost, number: int) -> TwinRunner:
    runner = live.require_twin()
    n_sats = runner.description.n_sats
    if number >= n_sats:
        raise MissingError(f"there is no satellite {number}; accepted are 0 to {n_sats - 1:,}")
    return runner


def _status(runner: TwinRunner) -> dict[str, Any]:
    return asdict(runner.view.status)


def _described(runner: TwinRunner) -> dict[str, Any]:
    view = runner.view
    return asdict(runner.description) | {
        "status": asdict(view.status),
        "figures": finite(view.fleet.figures),
        "sunlit_by_shell": view.fleet.sunlit_by_shell,
        "events": [asdict(event) for event in view.fleet.events],
    }
