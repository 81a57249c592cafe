"""What is compiled ahead is what runs call."""

import subprocess
import sys

import pytest

from skyrack.run import precompile as ahead
from skyrack.run.prepare import prepare
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


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """An empty cache folder, two cores, and nothing compiled in this process."""
    monkeypatch.setattr(ahead, "usable_cores", lambda: 2)
    monkeypatch.setattr(ahead, "compiled_code_dir", lambda: tmp_path)
    monkeypatch.setattr(ahead, "compile_network", lambda plan: None)
    return tmp_path


def test_a_process_beside_does_it(monkeypatch, alone):
    begun = []

    class Told(subprocess.Popen):
        def __init__(self, command, **options):
            begun.append(command)
            super().__init__([sys.executable, "-c", ""], **options)

    monkeypatch.setattr(ahead.subprocess, "Popen", Told)
    with_jobs, without = prepare(load("suncatcher-81")), prepare(load("spacex-pilot-2027"))
    with ahead.precompiled(with_jobs):
        pass
    with ahead.precompiled(without):
        pass
    assert begun == [[sys.executable, "-P", "-m", "skyrack.run.precompile", "training", "serving"]]
    for pattern, _ in ahead.PARTS.values():
        (alone / pattern.replace("*", "1.py311")).touch()
    with ahead.precompiled(with_jobs):
        pass
    assert len(begun) == 1


def test_a_process_that_cannot_begin_or_end_is_no_trouble(monkeypatch, alone):
    plan = prepare(load("suncatcher-81"))
    monkeypatch.setattr(ahead.sys, "executable", str(alone / "none"))
    with ahead.precompiled(plan):
        pass
    stuck = alone / "stuck"
    stuck.write_text("#!/bin/sh\nsleep 60\n")
    stuck.chmod(0o755)
    monkeypatch.setattr(ahead.sys, "executable", str(stuck))
    monkeypatch.setattr(ahead, "MAX_WAIT_S", 0.2)
    with ahead.precompiled(plan):
        pass
