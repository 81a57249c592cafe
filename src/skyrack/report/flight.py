"""Page of a flight (placeholder while the launcher is tried)."""

from pathlib import Path


def write_flight_page(path: Path) -> Path:
    return path
