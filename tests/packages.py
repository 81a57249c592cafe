"""Real packages for tests: their files and their entry points in a folder, as an installer leaves them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path


def install(site: Path, pyproject: str, files: Mapping[str, str]) -> Path:
    """Leave a package in `site` as `pip install --target` would: its files, and what `pyproject.toml` says of it."""
    project = tomllib.loads(pyproject)["project"]
    for name, text in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project.get("entry-points", {})
    lines = [
        line for group, points in groups.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


def model_package(site: Path, slot: str, name: str, code: str, *, package: str = "acme", version: str = "1.0") -> Path:
    """Leave a package with one model, `Model`, of one slot."""
    module = package.replace("-", "_")
    pyproject = f"""
[project]
name = "{package}"
version = "{version}"
[project.entry-points."skyrack.{slot}"]
{name} = "{module}:Model"
"""
    return install(site, pyproject, {f"{module}.py": code})


def with_packages(*sites: Path) -> dict[str, str]:
    """The environment of a process that finds the packages of these folders first."""
    before = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, sites), *([before] if before else [])])}


def run_python(
    code: str, *sites: Path, args: tuple[str, ...] = (), more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own that finds the packages of these folders; `more` is added to its environment."""
    command, environment = [sys.executable, "-c", code, *args], with_packages(*sites) | dict(more or {})
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def run_skyrack(*args: str, sites: tuple[Path, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the command line with the packages of these folders."""
    command = [sys.executable, "-m", "skyrack.cli", *args]
    return subprocess.run(command, env=with_packages(*sites), capture_output=True, text=True, check=False)
