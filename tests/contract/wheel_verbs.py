"""Run by CI in an environment that holds nothing but the wheel: every command of the command line, once, must work.

python wheel_verbs.py

The commands are those of the wheel's own command line. One that has no example here is an error, so that none is forgotten.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TINY = REPOSITORY / "tests" / "tiny.yaml"
LIMIT_S = 600.0

Example = list[str] | Callable[[Path], None]


def start_and_stop(home: Path) -> None:
    """`skyrack up` answers at the address that it prints, and ends by Ctrl-C."""
    command = [*skyrack(), "up", "--port", "0", "--runs", "shelf", "--scenario", "three-body-2800"]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home, env=environment(home))
    try:
        address = next(word for word in service.stdout.readline().split() if word.startswith("http"))
        with urllib.request.urlopen(f"{address}/healthz", timeout=60) as answer:  # noqa: S310 - our own service
            assert answer.status == 200
    finally:
        service.send_signal(signal.SIGINT)
        code = service.wait(60)
        service.stdout.close()
    assert code == 0, f"up: exit code {code} after Ctrl-C"


def fly_without_torch(home: Path) -> None:
    """`skyrack fly` says in one sentence what it needs, in an environment without PyTorch."""
    command = [*skyrack(), "fly", "tiny.yaml", "--satellites", "2", "--", "torchrun", "train.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=home, env=environment(home), check=False)
    assert done.returncode == 2, f"fly: exit code {done.returncode}"
    assert "a flight needs PyTorch" in done.stderr, done.stderr


JOB = """\
name: greeting
command: [echo, hello]
time: {work: 1 min}
"""
HELD: list[subprocess.Popen[str]] = []


def open_control(home: Path) -> None:
    """`skyrack operate --engine psij:local` opens a control plane, which the verbs that follow ask."""
    (home / "job.yaml").write_text(JOB)
    command = [*skyrack(), "operate", "suncatcher-81", "--engine", "psij:local", "--machines", "m0,m1", "--speed", "60"]
    HELD.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home, env=environment(home)))
    said = [HELD[0].stdout.readline() for _ in range(2)]
    assert "The control plane is at http" in said[1], said


def wait_for_job(home: Path) -> None:
    """The job that was submitted is done, and its output is there."""
    for _ in range(120):
        done = subprocess.run(
            [*skyrack(), "logs", "1"], capture_output=True, text=True, cwd=home, env=environment(home), check=True
        )
        if done.stdout == "hello\n":
            return
        time.sleep(0.5)
    raise AssertionError("the job said nothing within a minute")


def close_control(home: Path) -> None:
    """Ctrl-C ends the control plane."""
    HELD[0].send_signal(signal.SIGINT)
    code = HELD[0].wait(60)
    HELD[0].stdout.close()
    assert code == 0, f"operate: exit code {code} after Ctrl-C"


EXAMPLES: dict[str, list[Example]] = {
    "scenarios": [["scenarios"]],
    "show": [["show", "tiny.yaml"], ["show", "hyperscale"]],
    "check": [["check", "tiny.yaml"]],
    "run": [
        ["run", "tiny.yaml", "--out", "a"],
        ["run", "tiny.yaml", "--out", "b", "--set", "satellite.bus_power=200 W"],
    ],
    "report": [["report", "a", "--to", "again.html"]],
    "compare": [["compare", "a", "b"]],
    "size": [["size", "tiny.yaml", "--to", "sized.yaml"]],
    "build": [["build", "tiny.yaml"]],
    "price": [["price", "tiny.yaml"]],
    "reconcile": [["reconcile", "tiny.yaml", "--set", "mccalip.launch_price=20 USD/kg", "--to", "why.html"]],
    "study": [["study", "tiny.yaml", "--method", "latin-hypercube", "--samples", "16", "--out", "study"]],
    "route": [["route", "starlink-v3-compute", "--cities", "Tokyo, London", "--span", "2 min", "--step", "1 min"]],
    "train": [["train", "suncatcher-81", "--satellites", "9", "--model", "llama-3.1-8b"]],
    "serve": [["serve", "starlink-v3-compute", "--cities", "London", "--model", "llama-3.1-8b"]],
    "fly": [fly_without_torch],
    "operate": [["operate", "suncatcher-81", "--span", "2 h", "--policy", "forecast,fifo", "--out", "operated"]],
    "submit": [open_control, ["submit", "job.yaml", "--key", "once"]],
    "jobs": [["jobs", "--all"]],
    "job": [["job", "1"]],
    "logs": [wait_for_job],
    "why": [["why", "1"]],
    "queues": [["queues"]],
    "nodes": [["nodes"]],
    "events": [["events"]],
    "bill": [["bill"]],
    "cancel": [["submit", "job.yaml"], ["cancel", "2"]],
    "user": [["user", "add", "eve", "--role", "viewer"], ["user", "list"], ["user", "remove", "eve"], close_control],
    "facts": [["facts", "radiator"]],
    "schema": [["schema"]],
    "doctor": [["doctor"]],
    "token": [
        ["token", "add", "someone", "--runs", "shelf"],
        ["token", "list", "--runs", "shelf"],
        ["token", "remove", "someone", "--runs", "shelf"],
    ],
    "up": [start_and_stop],
}
"""How each command is called, in an order in which later ones find what earlier ones left."""

LEFT_BEHIND = ("a/report.html", "b/summary.json", "again.html", "sized.yaml", "why.html", "study/report.html")
"""Files that the examples must leave."""


def commands() -> set[str]:
    """All commands of the command line that is installed, those of groups as `group command`."""
    import click
    import typer.main

    from skyrack.cli.main import app

    def named(command: click.Command, name: str) -> Iterator[str]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name
        else:
            for key, one in inner.items():
                yield from named(one, f"{name} {key}".strip())

    return set(named(typer.main.get_command(app), ""))


def without_example() -> str:
    """Sentence about commands without an example, and examples without a command; empty where all agree."""
    known = commands()
    missing, gone = sorted(known - EXAMPLES.keys()), sorted(EXAMPLES.keys() - known)
    parts = [f"no example for {', '.join(missing)}"] if missing else []
    parts += [f"no such command as {', '.join(gone)}"] if gone else []
    return "; ".join(parts)


def skyrack() -> list[str]:
    """The command as the wheel installs it, beside this interpreter."""
    return [str(Path(sys.executable).with_name("skyrack"))]


def environment(home: Path) -> dict[str, str]:
    """Nothing of the checkout, no display, compiled code and home folder within `home`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "SKYRACK", "VIRTUAL_ENV"))}
    return kept | {"HOME": str(home), "SKYRACK_CACHE_DIR": str(home / "cache"), "COLUMNS": "120"}


def run(example: Example, home: Path) -> None:
    """One call of one command; AssertionError where it does not end with 0."""
    if callable(example):
        example(home)
        return
    done = subprocess.run(
        [*skyrack(), *example],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    said = f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert done.returncode == 0, f"skyrack {' '.join(example)}: exit code {done.returncode}\n{said}"
    assert "Traceback" not in done.stderr, said
    assert done.stdout.strip(), f"skyrack {' '.join(example)}: it says nothing"


def main() -> None:
    """Run all examples in a folder far from the checkout."""
    import skyrack as package

    where = Path(package.__file__).resolve()
    assert not where.is_relative_to(REPOSITORY / "src"), f"this is the checkout, not the wheel: {where}"
    assert not without_example(), without_example()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copy(TINY, home)
        for name, examples in EXAMPLES.items():
            for example in examples:
                run(example, home)
            print(f"skyrack {name}: fine", flush=True)
        for name in LEFT_BEHIND:
            assert (home / name).stat().st_size > 0, f"{name} was not written"
    print(f"all {len(EXAMPLES)} commands of the wheel work")


if __name__ == "__main__":
    main()
