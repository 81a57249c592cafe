"""Every module of the package can be the first one that a program imports."""

import os
import pkgutil
import subprocess
import sys

import pytest

import skyrack

NOT_IMPORTED = {"skyrack.cli.__main__": "runs the command line, as `python -m skyrack.cli` does"}
"""Modules that are programs, and why they are left out."""
PARTS = 2
"""Processes among which the modules are divided, so that the tests' workers share them."""

FIRST_IMPORTS = """
import importlib, os, sys

# what takes long and is not ours, once for all; nothing of skyrack
import matplotlib, numba, numpy, psutil, pyarrow, pydantic, rich.table, scipy.sparse, sgp4.api, sqlalchemy
import starlette.applications, typer, yaml

assert not [name for name in sys.modules if name.partition(".")[0] == "skyrack"]
failed = []
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:  # a process of its own, in which this import is the first one of the package
        try:
            importlib.import_module(name)
        except BaseException as error:
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        failed.append(name)
sys.exit(f"{len(failed)} modules cannot be imported first: {', '.join(failed)}" if failed else 0)
"""


def modules() -> list[str]:
    return ["skyrack", *(found.name for found in pkgutil.walk_packages(skyrack.__path__, "skyrack."))]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_every_module_can_be_imported_first(part, tmp_path):
    chosen = [name for name in modules() if name not in NOT_IMPORTED][part::PARTS]
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_IMPORTS, *chosen], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_left_out_is_there():
    assert set(NOT_IMPORTED) <= set(modules())
    assert len(modules()) > 200
