"""Compiled code is kept under a digest of all rooms that it is made from."""

import ast
from pathlib import Path

import skyrack
from skyrack.core.compile_cache import COMPILED_ROOMS, LAW_ROOMS

PACKAGE = Path(skyrack.__file__).parent


def imported(path):
    """Names of the modules of Skyrack that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("skyrack."):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.startswith("skyrack."))


def test_a_change_of_any_source_of_compiled_code_gives_another_digest():
    """A driver inlines what it calls from other modules: all of them must count, or old machine code would be used."""
    compiled = [path for path in PACKAGE.rglob("*.py") if "skyrack.core.jit" in imported(path)]
    rooms = {path.relative_to(PACKAGE).parts[0] for path in compiled}
    assert {"fleet", "forecast", "operations", "physics"} <= rooms
    assert rooms <= set(COMPILED_ROOMS)
    assert set(LAW_ROOMS) <= set(COMPILED_ROOMS)
