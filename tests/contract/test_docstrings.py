"""Do docstrings begin as the language guide asks: with a verb or a noun phrase?"""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "skyrack"
ROOMS = ("core", "physics", "catalogue", "scenario")
RIDDLES = re.compile(r"(Of|What|How|The same|As|Whether|Where|So many|Who|Why|From|In which|At which|That|By|For)\b")
MODULES = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]


def texts(tree):
    """Docstrings of a module, its classes and functions, and the strings below fields and constants."""
    return [
        (node.lineno, node.value.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_docstring_begins_with_a_verb_or_a_noun(path):
    found = [
        f"{path.name}:{line}: {text:.60}" for line, text in texts(ast.parse(path.read_text())) if RIDDLES.match(text)
    ]
    assert not found
