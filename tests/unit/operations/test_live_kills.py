"""A control plane that is killed at random moments, again and again."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.live_operations import FakeEngine, manifest, same, world

from skyrack.operations.live.controller import Controller
from skyrack.operations.live.service import compile_ahead
from skyrack.operations.live.standing import Standing
from skyrack.operations.table import DONE


class FileEngine(FakeEngine):
    """Engine whose runs are files, so that they outlive the process that asked for them."""

    def __init__(self, folder):
        self.folder, self.lost, self.is_down = folder, set(), False
        folder.mkdir(exist_ok=True)

    @property
    def runs(self):
        found = {}
        for path in self.folder.iterdir():
            text = path.read_text()
            if text:  # else it is being written, or the process was killed while it did
                found[path.name] = type(path)(text)
        return found

    def start(self, run):
        folder = run.script.parent
        try:
            (folder / "begun").mkdir()
        except FileExistsError:
            return
        if (folder.parent / "current").read_text().strip() == folder.name:
            with (self.folder.parent / "begun.txt").open("a") as file:
                file.write(f"{run.name}\n")
            (self.folder / run.name).write_text(str(folder))

    def stop(self, name):
        (self.folder / name).unlink(missing_ok=True)

    def end(self, name, status=0):
        folder = self.runs[name]
        (self.folder / name).unlink()
        (folder / "status.part").write_text(f"{status}\n")
        (folder / "status.part").replace(folder / "status")


def live(path, seed):
    """Open the control plane, submit jobs, let time pass, and write down what was acknowledged; until killed."""
    draw, folder = random.Random(seed), Path(path)
    engine = FileEngine(folder / "engine")
    given = world(engine, None, speed=2000.0)
    compile_ahead(given)
    manifest()
    control = Controller(folder / "control", given)
    print("ready", flush=True)
    with (folder / "acknowledged.txt").open("a", buffering=1) as told:
        while True:
            if control.state.table.n < 400:
                job = control.submit(manifest(f"j{draw.random()}", draw.choice([1, 1, 2, 4]), work="10 min"), "ada")
                told.write(f"{job} {control.standing.orders[job - 1].manifest.name}\n")
            control.tick()
            for name in list(engine.runs):
                if draw.random() < 0.3:
                    engine.end(name)


@pytest.mark.slow
def test_kills_lose_no_acknowledged_job_and_run_none_twice(tmp_path):
    """As many kills as SKYRACK_KILLS says, 15 without it."""
    draw, acknowledged = random.Random(1), tmp_path / "acknowledged.txt"
    compile_ahead(world(FileEngine(tmp_path / "engine"), None))  # once, and kept for the processes that are killed
    kills = int(os.environ.get("SKYRACK_KILLS", "15"))
    for seed in range(kills):
        code = f"from tests.unit.operations.test_live_kills import live; live({str(tmp_path)!r}, {seed})"
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "ready\n", f"the control plane did not open in round {seed}"
        time.sleep(draw.uniform(0.0, 0.4))
        child.kill()
        assert child.wait(30) == -signal.SIGKILL, f"the control plane ended by itself in round {seed}"
        child.stdout.close()
    standing = Standing.of_journal(tmp_path / "control" / "journal")
    told = [line.split() for line in acknowledged.read_text().splitlines()]
    assert len(told) >= kills
    for job, name in told:
        assert standing.orders[int(job) - 1].manifest.name == name
    begun = (tmp_path / "begun.txt").read_text().split()
    assert len(begun) == len(set(begun))
    engine = FileEngine(tmp_path / "engine")
    control = Controller(tmp_path / "control", world(engine, None, speed=2000.0))
    for _ in range(3000):
        control.tick()
        for name in list(engine.runs):
            engine.end(name)
        if (control.state.table.column("state") == DONE).all():
            break
        time.sleep(0.01)
    assert (control.state.table.column("state") == DONE).all()
    assert same(Standing.of_journal(tmp_path / "control" / "journal").table, control.state.table)
