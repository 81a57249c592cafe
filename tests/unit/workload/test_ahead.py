"""The serving engine compiled ahead is the one that jobs call."""

import subprocess
import sys

from skyrack.scenario import load
from skyrack.workload import ahead

CODE = """
import sys
from skyrack import api
from skyrack.workload import ahead, engine
from tests.unit.workload.test_jobs import FLEET
ahead.compile_engine()
assert len(engine.serve.signatures) == 1
api.serve(FLEET, out=sys.argv[1])
print(len(engine.serve.signatures))
"""


def test_jobs_need_no_other_signature(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "job")], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "1", done.stderr


def test_a_process_beside_does_it(monkeypatch, tmp_path):
    begun = []

    class Told(subprocess.Popen):
        def __init__(self, command, **options):
            begun.append(command)
            super().__init__([sys.executable, "-c", ""], **options)

    monkeypatch.setattr(ahead.subprocess, "Popen", Told)
    monkeypatch.setattr(ahead.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(ahead, "compiled_code_dir", lambda: tmp_path)
    with ahead.compiled_beside(load("spacex-million").scenario):
        pass
    with ahead.compiled_beside(load("spacex-pilot-2027").scenario):  # serves nothing
        pass
    assert begun == [[sys.executable, "-P", "-m", "skyrack.workload.ahead"]]


def test_a_process_that_cannot_begin_or_end_is_no_trouble(monkeypatch, tmp_path):
    monkeypatch.setattr(ahead.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(ahead, "compiled_code_dir", lambda: tmp_path)
    scenario = load("spacex-million").scenario
    monkeypatch.setattr(ahead.sys, "executable", str(tmp_path / "none"))
    with ahead.compiled_beside(scenario):
        pass
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nsleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(ahead.sys, "executable", str(stuck))
    monkeypatch.setattr(ahead, "LONGEST_S", 0.2)
    with ahead.compiled_beside(scenario):
        pass
