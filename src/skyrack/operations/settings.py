"""How a service is set up."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8460


@dataclass(frozen=True)
class Settings:
    """Where a service listens, where it keeps things, and what it lets through."""

    runs: Path
    """The shelf of run folders; the service's own files lie in `.skyrack` in it."""
    studies: Path
    """The shelf of study folders."""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    database_url: str = ""
    """SQLAlchemy's URL; by default a SQLite file beside the runs."""
    workers: int = 1
    """Runs that fly at the same time."""
    threads: int | None = None
    """Threads of each run; by default all cores."""
    twin_threads: int = 1
    body_bytes: int = 1_000_000
    """Largest body of a request."""
    requests_per_s: float = 100.0
    """Of one address, over some seconds."""
    burst: int = 400
    most_clients: int = 200
    """Listeners of the live twin."""
    client_bytes_per_s: float = 200_000.0
    """What one listener gets."""
    send_s: float = 10.0
    """A listener that takes longer than this for one message is dropped."""
    log_level: str = "INFO"

    @property
    def own(self) -> Path:
        """The service's own files."""
        return self.runs / ".skyrack"

    @property
    def url(self) -> str:
        """Where the database is."""
        return self.database_url or f"sqlite:///{(self.own / 'skyrack.db').absolute()}"

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
