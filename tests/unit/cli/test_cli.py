"""The command line: exit codes, one sentence, JSON alone on stdout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import TESTS


def skyrack(*arguments, **options):
    command = [sys.executable, "-m", "skyrack.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def flown(tmp_path_factory):
    """A run that the command line made, its folder and what the process printed; tests only read it."""
    home = tmp_path_factory.mktemp("cli")
    done = skyrack("run", TESTS / "tiny.yaml", "--out", home / "r", "--json")
    assert done.returncode == 0, done.stderr
    return home / "r", done


def test_run_prints_one_json_document(flown):
    folder, done = flown
    assert json.loads(done.stdout) == json.loads((folder / "summary.json").read_text())
    assert "flying the fleet" in done.stderr


def test_run_report_compare_resume(flown, tmp_path):
    folder, _ = flown
    done = skyrack(
        "run", TESTS / "tiny.yaml", "--out", tmp_path / "a", "--set", "satellite.bus_power=200 W", "--span", "10 min"
    )
    assert done.returncode == 0, done.stderr
    assert "report:" in done.stdout
    again = skyrack("report", folder, "--to", tmp_path / "x.html")
    assert again.returncode == 0
    assert (tmp_path / "x.html").exists()
    resumed = skyrack("run", "--resume", folder, "--json")
    assert json.loads(resumed.stdout)["n_sats"] == 2
    compared = skyrack("compare", tmp_path / "a", folder, "--json")
    assert {"key": "span", "first": "600.0 s", "second": "1200.0 s"} in json.loads(compared.stdout)["keys"]
    assert skyrack("compare", tmp_path / "a", folder).returncode == 0


@pytest.mark.parametrize("command", [["scenarios"], ["show", "suncatcher-81"], ["check", "suncatcher-81"], ["doctor"]])
def test_looking_around(command):
    plain, as_json = skyrack(*command), skyrack(*command, "--json")
    assert plain.returncode == as_json.returncode == 0, plain.stderr
    assert plain.stdout
    json.loads(as_json.stdout)


def test_schema():
    assert json.loads(skyrack("schema").stdout)["title"] == "Scenario"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "spacex-milion"], "did you mean 'spacex-million'"),
        (["run"], "name a scenario"),
        (["run", "suncatcher-81", "--set", "x"], "write PATH=VALUE"),
        (["run", "suncatcher-81", "--set", "step=20 min"], "longer than a tenth of an orbit"),
        (["run", "suncatcher-81", "--device", "tpu"], "there are cpu and cuda"),
        (["run", "suncatcher-81", "--resume", "x"], "leave the name and other options out"),
        (["run", "--resume", "nowhere"], "not a run folder"),
        (["check", "nofile.yaml"], "there is no such file"),
        (["report", "nowhere"], "not a run folder"),
        (["run", "suncatcher-81", "--out", "x" * 300], "the name is too long"),
        (["compare", "nowhere", "nowhere"], "not a run folder"),
        (["show", "suncatcher-81", "--set", "satellite.battery.capacity=20 kW"], "is a power"),
    ],
)
def test_wrong_input_ends_with_two_and_one_sentence(arguments, words, tmp_path):
    done = skyrack(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_output_that_cannot_be_written(flown, tmp_path):
    """A full disk behind the standard output, none at all, and one that knows no degree sign."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "skyrack.cli", "scenarios"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["skyrack: [Errno 28] No space left on device"]
    closed = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m skyrack.cli schema >&-"], capture_output=True, text=True, check=False
    )
    assert (closed.returncode, closed.stderr) == (0, "")
    copy = shutil.copytree(flown[0], tmp_path / "r")
    done = skyrack("run", "--resume", copy, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "report:" in done.stdout


def test_a_damaged_folder_is_told_by_its_file(flown, tmp_path):
    shutil.copytree(flown[0], tmp_path / "r")
    for name, content in (("scenario.yaml", ": ["), ("growth.json", "[]")):
        kept = (tmp_path / "r" / name).read_text()
        (tmp_path / "r" / name).write_text(content)
        done = skyrack("report", tmp_path / "r")
        assert done.returncode == 1
        assert done.stderr == f"skyrack: {tmp_path}/r/{name}: the file is damaged; begin the run anew\n"
        (tmp_path / "r" / name).write_text(kept)


def test_help_is_quick_to_import():
    """The heavy libraries stay out until a verb needs them."""
    heavy = ("numba", "polars", "matplotlib", "pyarrow", "pint")
    code = f"import sys, skyrack.cli.main; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
