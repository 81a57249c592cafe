"""Settings of a service."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8460


@dataclass(frozen=True)
class Settings:
    """Addresses, folders, limits and numbers of processes of a service."""

    runs: Path
    """Folder that holds the run folders; the service's own files are in `.skyrack` in it."""
    studies: Path
    """Folder that holds the study folders."""
    flights: Path = Path("flights")
    """Folder that holds the folders of flights."""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    database_url: str = ""
    """SQLAlchemy URL; by default a SQLite file beside the runs."""
    workers: int = 1
    """Number of runs that are simulated at the same time."""
    threads: int | None = None
    """Threads of each run; by default all cores."""
    twin_threads: int = 1
    body_bytes: int = 1_000_000
    """Maximum size of a request body (bytes)."""
    requests_per_s: float = 100.0
    """Request rate of one address (1/s), averaged over some seconds."""
    burst: int = 400
    most_clients: int = 200
    """Maximum number of clients of the live stream."""
    client_bytes_per_s: float = 200_000.0
    """Bandwidth of one client of the live stream (bytes/s)."""
    send_s: float = 10.0
    """Maximum time (s) in which a client must accept a message; a slower one is dropped."""
    log_level: str = "INFO"

    @property
    def own(self) -> Path:
        """Folder of the service's own files."""
        return self.runs / ".skyrack"

    @property
    def url(self) -> str:
        """URL of the database."""
        return self.database_url or f"sqlite:///{(self.own / 'skyrack.db').absolute()}"

    @property
    def is_loopback(self) -> bool:
        """True if only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Return True if an address belongs to this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
