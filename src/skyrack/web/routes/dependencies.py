"""Shared dependencies of the endpoints: the components of the services, and the parameters in paths."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path
from starlette.requests import HTTPConnection

from skyrack.api.control import Controller, User
from skyrack.api.operations import Database, RequestQueue, Settings
from skyrack.web.access import Access
from skyrack.web.gauges import Gauges
from skyrack.web.live import LiveHost
from skyrack.web.metrics import Metrics


def _queue(connection: HTTPConnection) -> RequestQueue:
    queue: RequestQueue = connection.app.state.queue
    return queue


def _live(connection: HTTPConnection) -> LiveHost:
    live: LiveHost = connection.app.state.live
    return live


def _settings(connection: HTTPConnection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


def _database(connection: HTTPConnection) -> Database:
    database: Database = connection.app.state.database
    return database


def _metrics(connection: HTTPConnection) -> Metrics:
    metrics: Metrics = connection.app.state.metrics
    return metrics


def _control(connection: HTTPConnection) -> Controller:
    control: Controller = connection.app.state.control
    return control


def _access(connection: HTTPConnection) -> Access:
    access: Access = connection.app.state.access
    return access


def _gauges(connection: HTTPConnection) -> Gauges:
    gauges: Gauges = connection.app.state.gauges
    return gauges


def _caller(connection: HTTPConnection, authorization: Annotated[str, Header()] = "") -> User:
    return _access(connection).caller(authorization)


Control = Annotated[Controller, Depends(_control)]
TheAccess = Annotated[Access, Depends(_access)]
TheGauges = Annotated[Gauges, Depends(_gauges)]
Caller = Annotated[User, Depends(_caller)]
TheQueue = Annotated[RequestQueue, Depends(_queue)]
TheLive = Annotated[LiveHost, Depends(_live)]
TheSettings = Annotated[Settings, Depends(_settings)]
TheDatabase = Annotated[Database, Depends(_database)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]
Id = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$", description="Name of its folder.", examples=["demo"])
]
Number = Annotated[
    int, Path(ge=0, le=10**9, description="Number of the satellite, as in satellites.parquet.", examples=[0])
]
ChannelName = Annotated[str, Path(description="One of the channels that are listed.", examples=["charge"])]
