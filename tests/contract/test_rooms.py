"""Do the rooms keep to themselves? The doors see typed views of the engine, and one clock tells the time."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "skyrack"
WEB = sorted((PACKAGE / "web").rglob("*.py"))
TIMED = [path for room in ("control", "operations", "web") for path in sorted((PACKAGE / room).rglob("*.py"))]
CLOCK = PACKAGE / "control" / "clock.py"
HOLDERS = ("app.py", "control_app.py", "dependencies.py")
"""Modules that put the service's parts into the application's state, and that take them out with their types."""
VERBS = ("get", "post", "delete", "websocket", "exception_handler")


def is_any(annotation):
    return isinstance(annotation, ast.Name) and annotation.id == "Any"


def is_route(function):
    """Whether a function answers requests: the framework reads its result by the response model, not by its type."""
    return any(
        isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) and d.func.attr in VERBS
        for d in function.decorator_list
    )


def untyped(tree):
    """Parameters, results and variables that are annotated as Any, by line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if is_any(argument.annotation):
                    yield f"line {argument.lineno}: {argument.arg} is Any"
            if is_any(node.returns) and not is_route(node):
                yield f"line {node.lineno}: {node.name} returns Any"
        elif isinstance(node, ast.AnnAssign) and is_any(node.annotation):
            yield f"line {node.lineno}: {ast.unparse(node.target)} is Any"


def reached(tree, *, is_holder=False):
    """Private attributes of other objects, and untyped ones of the application's state, by line."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if node.attr.startswith("_") and not node.attr.startswith("__") and not is_own:
            yield f"line {node.lineno}: {ast.unparse(node)} is private"
        if node.attr == "state" and isinstance(node.value, ast.Name | ast.Attribute) and not is_holder:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
            if owner == "app":
                yield f"line {node.lineno}: {ast.unparse(node)} has no types; take a dependency"


def tells_time(tree):
    """Imports of the module `time`, and events and timers that no clock gave, by line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name == "time" for alias in node.names):
            yield f"line {node.lineno}: import time"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            yield f"line {node.lineno}: from time import ..."
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "threading.Event":
            yield f"line {node.lineno}: threading.Event waits by the wall clock"


@pytest.mark.parametrize("path", WEB, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_service_sees_the_engine_through_types(path):
    tree = ast.parse(path.read_text())
    assert list(untyped(tree)) == []
    assert list(reached(tree, is_holder=path.name in HOLDERS)) == []


@pytest.mark.parametrize("path", TIMED, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_one_clock_tells_the_time(path):
    assert path == CLOCK or list(tells_time(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    ("check", "code", "word"),
    [
        (untyped, "class Host:\n    def __init__(self):\n        self.twin: Any = None", "self.twin is Any"),
        (untyped, "def described(here: Any) -> dict: ...", "here is Any"),
        (untyped, "class Host:\n    @property\n    def here(self) -> Any: ...", "here returns Any"),
        (reached, "live.require_twin()._twin.scenario.title", "_twin is private"),
        (reached, "request.app.state.live.twin.scenario", "request.app.state has no types"),
        (tells_time, "import time\ntime.sleep(1)", "import time"),
        (tells_time, "from time import monotonic", "from time"),
        (tells_time, "self.done = threading.Event()", "wall clock"),
    ],
)
def test_these_checks_find_what_they_look_for(check, code, word):
    (found,) = check(ast.parse(code))
    assert word in found


@pytest.mark.slow
def test_mypy_sees_every_attribute_of_the_live_twin(tmp_path):
    """As the host of the twin is typed, whoever reaches an attribute that its runner does not show is told so."""
    wrong = (
        "live.require_twin().twin.scenario.title",
        "live.require_twin().targets",
        "live.twin.track",
        "live.require_twin().view.fleet.flight",
        "live.require_twin().description.scenario",
    )
    right = ("live.require_twin().view.status.time_s", "live.require_twin().description.n_batches")
    head = "from skyrack.web.live import LiveHost\n\n\ndef look(live: LiveHost) -> None:\n    assert live.twin is not None\n"
    module = tmp_path / "probe.py"
    module.write_text(head + "".join(f"    print({expression})\n" for expression in (*wrong, *right)))
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(module)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if "has no attribute" in line]
    first = head.count("\n") + 1
    assert [int(line.split(":")[1]) for line in lines] == list(range(first, first + len(wrong))), done.stdout
