"""PSI/J as an engine, by its executor for this machine: a run is signalled, found again, and stopped."""

import gc
import time

import pytest

pytest.importorskip("psij", reason="PSI/J is not installed: pip install 'skyrack[psij]'")

from skyrack.core.errors import InputError
from skyrack.operations.engines.psij import PsiJ
from skyrack.operations.engines.runs import JobFolder, Placed
from skyrack.operations.manifest import Manifest

# PSI/J leaves pipes of its processes to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def collected():
    yield
    gc.collect()


SCRIPT = "trap 'echo saved; exit 75' USR1; echo on $SKYRACK_SATELLITES; for i in $(seq 600); do sleep 0.1; done"


def until(condition, most_s=90.0):
    end = time.monotonic() + most_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    assert condition()


@pytest.fixture
def job(tmp_path):
    manifest = Manifest.model_validate({"name": "a", "script": SCRIPT, "time": {"work": "1 h"}})
    folder = JobFolder(tmp_path, 1)
    folder.write(manifest)
    return folder, lambda number: folder.prepare(f"sky1-1-{number}", number, manifest, Placed(("s1",), ("m0",), 0.0))


def test_a_run_saves_on_its_signal(tmp_path, job):
    folder, prepare = job
    engine = PsiJ("local", ("m0",), tmp_path)
    run = prepare(1)
    engine.start(run)
    engine.start(run)  # the second one finds that the run has begun, and ends
    until(lambda: folder.has_begun(1) and "on s1" in folder.log(1).read_text())
    folder.ask_checkpoint(1)
    until(lambda: folder.status(1) == 75)
    assert folder.was_signalled(1)
    assert folder.log(1).read_text().count("on s1") == 1


def test_another_process_finds_the_run_and_ends_it_by_its_file(tmp_path, job):
    folder, prepare = job
    PsiJ("local", ("m0",), tmp_path).start(prepare(1))
    until(lambda: folder.has_begun(1))
    again = PsiJ("local", ("m0",), tmp_path)
    assert again.observe().runs == {"sky1-1-1"}
    folder.allow(None)
    until(lambda: folder.status(1) == 137)


def test_a_superseded_run_never_begins(tmp_path, job):
    folder, prepare = job
    engine = PsiJ("local", ("m0",), tmp_path)
    first = prepare(1)
    prepare(2)
    engine.start(first)
    until(lambda: folder.status(1) is not None)
    assert not folder.log(1).exists()


def test_an_unknown_executor(tmp_path):
    with pytest.raises(InputError, match="--engine psij:cloud: accepted are"):
        PsiJ("cloud", (), tmp_path)
