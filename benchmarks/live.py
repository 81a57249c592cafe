"""The live twin of a million satellites on one core, with twenty listeners, and the console's speed beside it.

    python benchmarks/live.py [--write]

The service is bound to one core and the listeners to another. `--write` keeps the figures in benchmarks/live.json, from
which the performance page is made. The console's part needs node, Chromium and `npm ci` in console/.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

CLIENTS, SECONDS, SPEED = 20, 40.0, 60.0
CHANNELS = ("charge", "radiator", "electronics", "load", "delivered")
ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "live.json"


def start(home: Path, core: int | None) -> tuple[subprocess.Popen[str], str]:
    """A service on its own folders, bound to a core, with the million loaded."""
    command = [sys.executable, "-m", "skyrack.web", "up", "--port", "0", "--scenario", "spacex-million"]
    child = subprocess.Popen(
        [*command, "--runs", str(home / "runs"), "--studies", str(home / "studies")], stdout=subprocess.PIPE, text=True
    )
    if core is not None:
        os.sched_setaffinity(child.pid, {core})
    assert child.stdout is not None
    address = next(word for word in child.stdout.readline().split() if word.startswith("http"))
    while ask(address, "/api/twin")["twin"] is None:
        time.sleep(0.2)
    return child, address


def ask(address: str, path: str) -> Any:
    with urllib.request.urlopen(address + path, timeout=60) as answer:  # noqa: S310 - our own service
        return json.load(answer)


async def listen(address: str, channel: str, until: float, tally: dict[str, Any]) -> None:
    """One listener: counts what it gets."""
    async with connect(address.replace("http", "ws") + "/api/twin/stream", max_size=None, compression=None) as socket:
        await socket.send(json.dumps({"channel": channel}))
        while time.monotonic() < until:
            message = await socket.recv()
            tally["bytes"] += len(message)
            if isinstance(message, str):
                tally["views"].append(json.loads(message)["status"]["held_speed"])
            else:
                tally["frames"] += 1


def cpu_s(pid: int) -> float:
    """Processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load_test() -> dict[str, Any]:
    """The twin at 60 times the clock with all listeners."""
    home = Path(tempfile.mkdtemp(prefix="skyrack-live-"))
    cores = sorted(os.sched_getaffinity(0))
    service, address = start(home, cores[0])
    try:
        time.sleep(15.0)  # caches warm, first look from the ground over
        os.sched_setaffinity(0, {cores[-1]})
        tallies: list[dict[str, Any]] = [{"bytes": 0, "frames": 0, "views": []} for _ in range(CLIENTS)]
        first_s, begun, used = (
            ask(address, "/api/twin")["twin"]["status"]["time_s"],
            time.monotonic(),
            cpu_s(service.pid),
        )

        async def all_listen() -> None:
            until = time.monotonic() + SECONDS
            await asyncio.gather(
                *(listen(address, CHANNELS[k % len(CHANNELS)], until, tally) for k, tally in enumerate(tallies))
            )

        asyncio.run(all_listen())
        wall_s = time.monotonic() - begun
        last_s = ask(address, "/api/twin")["twin"]["status"]["time_s"]
        return {
            "clients": CLIENTS,
            "speed_asked": SPEED,
            "speed_held": (last_s - first_s) / wall_s,
            "core_frac": (cpu_s(service.pid) - used) / wall_s,
            "bytes_per_client_s_most": max(tally["bytes"] for tally in tallies) / wall_s,
            "views_per_s_least": min(len(tally["views"]) for tally in tallies) / wall_s,
            "frames_per_s_least": min(tally["frames"] for tally in tallies) / wall_s,
        }
    finally:
        os.sched_setaffinity(0, set(cores))
        service.terminate()
        service.wait()
        shutil.rmtree(home, ignore_errors=True)


def console() -> list[dict[str, Any]]:
    """How fast the console comes up and draws in headless Chromium with software graphics."""
    if shutil.which("node") is None or not (ROOT / "console" / "node_modules").is_dir():
        print("the console is not measured: it needs node and 'npm ci' in console/", file=sys.stderr)
        return []
    rows = []
    for scenario in ("suncatcher-81", "starcloud-88k", "spacex-million"):
        done = subprocess.run(
            ["node", "test/speed.mjs", scenario],  # noqa: S607 - whichever node there is
            cwd=ROOT / "console",
            capture_output=True,
            text=True,
            check=True,
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    return rows


def main() -> None:
    found = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "live": load_test(), "console": console()}
    print(json.dumps(found, indent=1))
    if "--write" in sys.argv:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
