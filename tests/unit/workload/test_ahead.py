"""The serving engine compiled ahead is the one that jobs call."""

import subprocess
import sys

from tests.unit.workload.test_jobs import FLEET

from skyrack import api
from skyrack.core.cache import compiled_code_dir
from skyrack.scenario import load
from skyrack.workload import ahead, engine


def test_jobs_need_no_other_signature(tmp_path):
    ahead.compile_engine()
    compiled = set(engine.serve.signatures)
    api.serve(FLEET, out=tmp_path / "job")
    assert set(engine.serve.signatures) == compiled


def test_a_process_beside_does_it(monkeypatch):
    begun = []

    class Told(subprocess.Popen):
        def __init__(self, command, **options):
            begun.append(command)
            super().__init__([sys.executable, "-c", ""], **options)

    monkeypatch.setattr(ahead.subprocess, "Popen", Told)
    monkeypatch.setattr(ahead.os, "sched_getaffinity", lambda _: {0, 1})
    with ahead.compiled_beside(load("spacex-million").scenario):
        pass
    with ahead.compiled_beside(load("spacex-pilot-2027").scenario):  # serves nothing
        pass
    expected = [[sys.executable, "-m", "skyrack.workload.ahead"]]
    assert begun == (expected if compiled_code_dir() is not None else [])
