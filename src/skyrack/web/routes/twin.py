"""The live twin: load it, drive its clock, let things happen, listen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response, WebSocket, WebSocketDisconnect

from skyrack.api.operations import MissingError
from skyrack.web.encoding import encode_signal
from skyrack.web.live import Listener, LiveHost, message_of
from skyrack.web.routes.dependencies import Number, SignalName, TheLive
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

router = APIRouter(prefix="/api/twin", tags=["twin"])
Position = Annotated[int, Path(ge=0, le=10**9, description="Which event, counted from 0.", examples=[0])]
WISH_S = 0.1
"""Time between two wishes of a listener."""
log = logging.getLogger("skyrack.web.live")


@router.get("", response_model=TwinOrNone)
def twin(live: TheLive) -> Any:
    """The live twin, where one is loaded: clock, figures, events, and what can be seen of it."""
    flying = None if live.twin is None else _described(live.twin)
    return {"twin": flying, "is_loading": live.is_loading, "trouble": live.trouble}


@router.post("", response_model=Twin)
def load(body: LoadBody, live: TheLive) -> Any:
    """Fly a scenario by the clock, in place of the one before.

    The scenario that flew here last goes on where it was, at its own speed, unless `anew`; another one begins at its epoch.
    """
    live.load(body.scenario, body.overrides, body.speed, is_playing=body.playing, anew=body.anew)
    return _described(live.here)


@router.delete("", status_code=204)
def unload(live: TheLive) -> None:
    """Stop the twin and forget it."""
    live.unload()


@router.post("/play", response_model=TwinStatus)
def play(live: TheLive) -> Any:
    """Let the clock run."""
    live.here.play()
    return live.here.view.status


@router.post("/pause", response_model=TwinStatus)
def pause(live: TheLive) -> Any:
    """Stop the clock, and a seek."""
    live.here.pause()
    return live.here.view.status


@router.post("/speed", response_model=TwinStatus)
def speed(body: SpeedBody, live: TheLive) -> Any:
    """Set how fast it flies."""
    live.here.run_at(body.speed)
    return live.here.view.status


@router.post("/step", response_model=TwinStatus)
def step(body: StepBody, live: TheLive) -> Any:
    """Stop the clock and fly some steps."""
    live.here.step(body.steps)
    return live.here.view.status


@router.post("/seek", response_model=TwinStatus)
def seek(body: SeekBody, live: TheLive) -> Any:
    """Go to a time: forward by flying there, backward from an earlier state."""
    live.here.seek(body.time_s)
    return live.here.view.status


@router.post("/events", response_model=EventRow, status_code=201)
def happen(body: EventBody, live: TheLive) -> Any:
    """Let something happen now."""
    return live.here.inject(body.kind, body.target, body.lasts_s)


@router.delete("/events/{position}", status_code=204)
def undo(position: Position, live: TheLive) -> None:
    """Take an event back, as if it had not happened."""
    if position >= len(live.here.twin.events):
        raise MissingError(f"there is no event {position}")
    live.here.forget(position)


@router.get("/history", response_model=History)
def history(live: TheLive) -> Any:
    """What was seen so far: the fleet by time, and looks from the ground."""
    here = live.here
    return {
        "rows": [
            {name: (value if name == "shells" else _finite(value)) for name, value in row.items()}
            for row in here.track.rows()
        ],
        "outlooks": here.outlooks.rows(),
    }


@router.get("/economics")
def economics(live: TheLive) -> dict[str, Any]:
    """Price against the ground and build-out of the twin's scenario, as `skyrack price` and `skyrack build` find them."""
    return live.economics()


@router.get("/elements", responses=BINARY, response_class=Response)
def elements(live: TheLive) -> Response:
    """The orbits of its satellites (see `skyrack.web.encoding`)."""
    live.here  # noqa: B018 - MissingError where there is none
    return Binary(live.elements)


@router.get("/signals/{name}", responses=BINARY, response_class=Response)
def signal(name: SignalName, live: TheLive) -> Response:
    """One byte of every satellite now (see `skyrack.web.encoding`)."""
    here = live.here
    values = here.bytes_of(name)
    return Binary(encode_signal(here.view.sequence, list(here.twin.signals).index(name), values))


@router.get("/satellites/{number}", response_model=Satellite)
def satellite(number: Number, live: TheLive) -> Any:
    """Exact values of one satellite now."""
    _require_satellite(live, number)
    return live.here.satellite(number)


@router.get("/satellites/{number}/links", response_model=list[Link])
def links(number: Number, live: TheLive) -> Any:
    """Its laser links now."""
    _require_satellite(live, number)
    return live.here.links(number)


@router.get("/satellites/{number}/near", response_model=list[Neighbour])
def near(number: Number, live: TheLive) -> Any:
    """Satellites within a hundred kilometres of it now, itself first, as one flying beside it would see them."""
    _require_satellite(live, number)
    return live.here.near(number)


@router.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    """Views as text about once a second, and the signal that was asked for as bytes.

    The client may send {"signal": "charge"}, or {"signal": null} for none.
    """
    live: LiveHost = socket.app.state.live
    if len(live.listeners) >= live.settings.most_clients:
        await socket.close(1013, f"there are {live.settings.most_clients} listeners already")
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept("skyrack" if "skyrack" in offered else None)
    listener = Listener(live.settings.client_bytes_per_s)
    live.listeners.add(listener)
    if live.twin is not None:
        listener.waiting = message_of(live.twin.view), {}
        listener.has_news.set()
    tasks = {asyncio.create_task(live.serve(socket, listener)), asyncio.create_task(_hear(socket, listener, live))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        live.listeners.discard(listener)
        for task in tasks:
            task.add_done_callback(_say_what_broke)
            task.cancel()


def _say_what_broke(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, WebSocketDisconnect):
        log.error("the stream stumbled", exc_info=error)


async def _hear(socket: WebSocket, listener: Listener, live: LiveHost) -> None:
    try:
        while True:
            await _take(await socket.receive_text(), listener, live)
            await asyncio.sleep(WISH_S)
    except KeyError:
        await socket.close(1007, "a message is a text")
    except RecursionError:
        await socket.close(1007, "it is nested too deeply")
    except ValueError as error:
        await socket.close(1007, str(error)[:120])


async def _take(text: str, listener: Listener, live: LiveHost) -> None:
    if len(text) > 1000:
        raise ValueError("a message of at most 1,000 letters is wanted")
    wish = json.loads(text)
    if not isinstance(wish, dict) or "signal" not in wish:
        raise ValueError('a message such as {"signal": "charge"} is wanted')
    name = wish["signal"]
    here = live.twin
    if name is not None and (not isinstance(name, str) or here is None or name not in here.twin.signals):
        raise ValueError("there is no such signal")
    listener.look_at(name)
    if name is not None:
        with contextlib.suppress(TimeoutError):  # it comes with a later view
            await asyncio.to_thread(here.refresh)


def _require_satellite(live: LiveHost, number: int) -> None:
    if number >= live.here.twin.n_sats:
        raise MissingError(f"there is no satellite {number}; there are 0 to {live.here.twin.n_sats - 1:,}")


def _described(here: Any) -> dict[str, Any]:
    flying, view = here.twin, here.view
    return {
        "name": here.name,
        "title": flying.scenario.title,
        "epoch": flying.scenario.epoch.isoformat(),
        "n_sats": flying.n_sats,
        "n_batches": flying.targets.n_batches,
        "storm_levels": list(flying.targets.storm_levels),
        "sites": list(flying.targets.sites),
        "status": view.status,
        "figures": {name: _finite(value) for name, value in view.figures.items()},
        "sunlit_by_shell": view.sunlit_by_shell,
        "events": [event.as_dict() for event in list(flying.events)],
        "signals": [vars(signal) for signal in flying.signals.values()],
    }


def _finite(value: Any) -> Any:
    return value if value - value == 0.0 else None
