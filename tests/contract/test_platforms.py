"""Linux and macOS alike: nothing that only Linux has is needed; Windows is refused in one sentence.

No Mac is at hand, so that a process without the names that Python has on Linux alone stands for one.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import TESTS

import skyrack

LINUX_ONLY = {
    "os": [
        "sched_getaffinity",
        "sched_setaffinity",
        "sched_getscheduler",
        "sched_getparam",
        "sched_rr_get_interval",
        "fdatasync",
        "posix_fadvise",
        "posix_fallocate",
        "memfd_create",
        "getrandom",
        "eventfd",
        "eventfd_read",
        "eventfd_write",
        "pidfd_open",
        "splice",
        "copy_file_range",
        "O_DIRECT",
        "O_TMPFILE",
        "O_PATH",
        "O_NOATIME",
        "O_RSYNC",
        "getresuid",
        "getresgid",
        "setresuid",
        "setresgid",
        "pipe2",
        "getxattr",
        "setxattr",
        "listxattr",
        "removexattr",
        "setns",
        "unshare",
    ],
    "socket": [
        "TCP_USER_TIMEOUT",
        "TCP_QUICKACK",
        "TCP_CORK",
        "SO_PEERCRED",
        "SO_BINDTODEVICE",
        "SO_MARK",
        "AF_NETLINK",
        "AF_PACKET",
    ],
    "select": ["epoll"],
    "signal": ["SIGPWR", "SIGSTKFLT", "SIGPOLL", "SIGRTMIN", "SIGRTMAX", "sigwaitinfo", "sigtimedwait"],
    "resource": [
        "prlimit",
        "RLIMIT_MSGQUEUE",
        "RLIMIT_NICE",
        "RLIMIT_RTPRIO",
        "RLIMIT_RTTIME",
        "RLIMIT_SIGPENDING",
        "RLIMIT_OFILE",
    ],
    "time": ["CLOCK_BOOTTIME", "CLOCK_TAI"],
}
"""What Python's modules have on Linux and not on macOS."""

AS_ON_A_MAC = """
import importlib, json, sys

import psutil  # the one for Linux, which stands for the one for macOS

for module, names in json.loads(sys.argv[1]).items():
    for name in names:
        vars(importlib.import_module(module)).pop(name, None)

del psutil.Process.cpu_affinity  # macOS binds no process to cores

def refuse(event, arguments):
    path = arguments[0] if event in ("open", "os.listdir", "os.scandir") and arguments else None
    if isinstance(path, str) and path.startswith(("/proc", "/sys", "/dev/shm")):
        frame = sys._getframe(1)
        while frame is not None and "/importlib/" not in frame.f_code.co_filename:
            if "site-packages" in frame.f_code.co_filename:
                return  # a library that has its own way on macOS
            if "/skyrack/" in frame.f_code.co_filename:
                raise OSError(2, "a Mac has no such file", path)
            frame = frame.f_back

sys.addaudithook(refuse)

import skyrack

folder = sys.argv[3]
run = skyrack.simulate(sys.argv[2], out=f"{folder}/run", report=False)
again = skyrack.simulate(sys.argv[2], out=f"{folder}/again", threads=2, report=False)
rows = skyrack.doctor()
priced = skyrack.price("openai-orbital")
listed = skyrack.runs(folder)
print(json.dumps({
    "n_sats": run.summary["n_sats"],
    "same": run.summary["compute_energy_j"] == again.summary["compute_energy_j"],
    "doctor": {row["name"]: row["well"] for row in rows},
    "ratio": priced["ratio"],
    "states": [row["state"] for row in listed],
}))
"""


def test_a_process_without_what_only_linux_has_runs_prices_and_examines(tmp_path):
    command = [sys.executable, "-c", AS_ON_A_MAC, json.dumps(LINUX_ONLY), str(TESTS / "tiny.yaml"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["n_sats"] == 2
    assert found["same"]
    assert found["doctor"]["cores"]
    assert found["doctor"]["memory"]
    assert found["ratio"] > 0.0
    assert found["states"] == ["complete", "complete"]


def sources():
    root = Path(skyrack.__file__).parent
    return [(path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8"))) for path in root.rglob("*.py")]


def names_of_linux(tree):
    """Attributes of modules that only Linux has, unless the function asks first whether they are there."""
    asked = {
        call.args[1].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "hasattr"
        and isinstance(call.args[1], ast.Constant)
    }
    return [
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.attr in LINUX_ONLY.get(node.value.id, ())
        and node.attr not in asked
    ]


def test_no_source_names_what_only_linux_has():
    found = {path: names for path, tree in sources() if (names := names_of_linux(tree))}
    assert not found


def test_no_source_reads_files_of_the_kernel():
    """Memory, cores and processes are asked of psutil, which knows both systems."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.startswith(("/proc", "/sys/", "/dev/shm")), path  # noqa: S108


def test_modules_of_the_operating_system_are_imported_in_one_place():
    """`resource` where machines are asked, `fcntl` nowhere: locks are those of core/file_lock.py."""
    allowed = {("core/machine.py", "resource")}
    found = set()
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {(path, alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((path, node.module))
    assert {pair for pair in found if pair[1] in ("fcntl", "resource", "pwd", "grp", "termios", "msvcrt")} == allowed


@pytest.mark.parametrize("module", ["skyrack.cli.main", "skyrack.cli.__main__"])
def test_windows_is_refused_in_one_sentence(module):
    source = f"import sys; sys.platform = 'win32'; import {module}"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "skyrack: Windows is not supported; use Linux or macOS, or the Windows Subsystem for Linux (WSL)\n"
    )


# --- the folder of compiled code


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        ({"SKYRACK_CACHE_DIR": "{tmp}/own", "XDG_CACHE_HOME": "{tmp}/xdg"}, "own/compiled"),
        ({"XDG_CACHE_HOME": "{tmp}/xdg"}, "xdg/skyrack/compiled"),
        ({}, "home/.cache/skyrack/compiled"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the folders are those of Linux")
def test_compiled_code_is_kept_where_the_user_says(settings, folder, tmp_path):
    environment = {"HOME": str(tmp_path / "home")} | {
        key: value.format(tmp=tmp_path) for key, value in settings.items()
    }
    source = "from skyrack.core.compile_cache import compiled_code_dir; print(compiled_code_dir().parent)"
    done = subprocess.run([sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / folder)


def test_on_a_mac_compiled_code_is_kept_among_its_caches():
    """By the library that knows each system's folders."""
    from platformdirs.macos import MacOS

    assert MacOS("skyrack", appauthor=False).user_cache_path.as_posix().endswith("Library/Caches/skyrack")
