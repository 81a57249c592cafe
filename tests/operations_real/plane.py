"""The command line of a control plane on a cluster of Slurm, as its users type it."""

import json
import os
import signal
import subprocess
import sys
import time

SKYRACK = [sys.executable, "-m", "skyrack.cli"]


class Plane:
    """A control plane in a process of its own, which can be killed and started again."""

    def __init__(self, folder, scenario, *options):
        self.folder = folder
        self.command = [*SKYRACK, "operate", scenario, "--engine", "slurm", "--out", str(folder), *map(str, options)]
        self.process = None

    def start(self):
        (self.folder / "address.json").unlink(missing_ok=True)
        self.log = (self.folder.parent / "plane.log").open("a")
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, start_new_session=True)
        end = time.monotonic() + 120.0
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError((self.folder.parent / "plane.log").read_text())
            if (self.folder / "address.json").exists():
                return
            time.sleep(0.1)
        raise AssertionError("the control plane did not open")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
        self.log.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.log.close()

    def ask(self, *arguments):
        """The document that a verb prints."""
        command = [*SKYRACK, *map(str, arguments), "--control", str(self.folder), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
        return json.loads(done.stdout)
