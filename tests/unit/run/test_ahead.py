"""What is compiled ahead is what runs call."""

import subprocess
import sys

import pytest

from skyrack.run import precompile as ahead
from skyrack.scenario import load

CODE = """
import sys
from numba.core.registry import CPUDispatcher
from skyrack import api
from skyrack.run import precompile as ahead
from tests.unit.workload.test_jobs import FLEET

def compiled():
    modules = [m for name, m in sys.modules.items() if name.startswith(("skyrack.network", "skyrack.workload"))]
    found = {f"{v.__module__}.{v.__name__}": v for m in modules for v in vars(m).values() if type(v) is CPUDispatcher}
    return {name: sum(one.stats.cache_misses.values()) for name, one in found.items()}

for _, compile_part in ahead.PARTS.values():
    compile_part()
before = compiled()
api.simulate(FLEET, out=sys.argv[1], report=False)
after = compiled()
print(len(before), sorted(name for name in after if after[name] != before.get(name, 0)))
"""


def test_runs_need_no_other_signature(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "run")], capture_output=True, text=True, check=False
    )
    number, others = done.stdout.split(maxsplit=1)
    assert int(number) > 8, done.stderr
    assert others.strip() == "[]", done.stderr


@pytest.mark.parametrize("part", ahead.PARTS)
def test_a_part_leaves_the_file_it_is_known_by(part):
    ahead.PARTS[part][1]()
    assert ahead.is_compiled(ahead.PARTS[part][0])


def test_a_process_beside_does_it(monkeypatch, tmp_path):
    begun = []

    class Told(subprocess.Popen):
        def __init__(self, command, **options):
            begun.append(command)
            super().__init__([sys.executable, "-c", ""], **options)

    monkeypatch.setattr(ahead.subprocess, "Popen", Told)
    monkeypatch.setattr(ahead.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(ahead, "compiled_code_dir", lambda: tmp_path)
    with ahead.compiled_beside(load("spacex-million").scenario) as finish:
        finish()
    with ahead.compiled_beside(load("spacex-pilot-2027").scenario):  # has no jobs
        pass
    assert begun == [[sys.executable, "-P", "-m", "skyrack.run.precompile", "training", "serving"]]
    for pattern, _ in ahead.PARTS.values():
        (tmp_path / pattern.replace("*", "1.py311")).touch()
    with ahead.compiled_beside(load("spacex-million").scenario) as finish:
        finish()
    assert len(begun) == 1


def test_a_process_that_cannot_begin_or_end_is_no_trouble(monkeypatch, tmp_path):
    monkeypatch.setattr(ahead.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(ahead, "compiled_code_dir", lambda: tmp_path)
    scenario = load("spacex-million").scenario
    monkeypatch.setattr(ahead.sys, "executable", str(tmp_path / "none"))
    with ahead.compiled_beside(scenario) as finish:
        finish()
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nsleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(ahead.sys, "executable", str(stuck))
    monkeypatch.setattr(ahead, "LONGEST_S", 0.2)
    with ahead.compiled_beside(scenario) as finish:
        finish()
