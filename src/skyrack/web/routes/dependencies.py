"""What the addresses share: the queue and the live host of the service, and ids."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from skyrack.api.operations import RequestQueue
from skyrack.web.live import LiveHost


def _desk(request: Request) -> RequestQueue:
    queue: RequestQueue = request.app.state.queue
    return queue


def _live(request: Request) -> LiveHost:
    live: LiveHost = request.app.state.live
    return live


TheQueue = Annotated[RequestQueue, Depends(_desk)]
TheLive = Annotated[LiveHost, Depends(_live)]
Id = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$", description="Name of its folder.", examples=["demo"])
]
Number = Annotated[
    int, Path(ge=0, le=10**9, description="Number of the satellite, as in satellites.parquet.", examples=[0])
]
SignalName = Annotated[str, Path(description="One of those that are listed.", examples=["charge"])]
