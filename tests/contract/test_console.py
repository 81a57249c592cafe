"""The console: whole, built from its source, small, of this service's addresses; and driven in a real browser."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra 'web'")

ROOT = Path(__file__).parents[2]
CONSOLE, STATIC = ROOT / "console", ROOT / "src" / "skyrack" / "web" / "static"
SCRIPT_BYTES = 250_000
GIVE_UP_S = 600
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def node(*arguments, seconds):
    if shutil.which("node") is None or not (CONSOLE / "node_modules").is_dir():
        pytest.skip("the console's tools are not here; they need node and 'npm ci' in console/")
    return subprocess.run(
        ["node", *arguments],
        cwd=CONSOLE,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env=os.environ | {"PYTHON": sys.executable},
    )


@pytest.mark.parametrize("page", ["index.html", "api.html"])
def test_every_file_that_a_page_names_is_there_and_none_is_elsewhere(page):
    text = (STATIC / page).read_text()
    named = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert not [name for name in named if re.match(r"https?:|//", name)]
    for name in named:
        if name.startswith("/assets/"):
            assert (STATIC / name.lstrip("/")).is_file()
    for asset in (STATIC / "assets").iterdir():
        if asset.suffix == ".gz":
            continue
        assert asset.with_name(asset.name + ".gz").is_file()
        for chunk in re.findall(r'(?:from|import\()"\./([^"]+)"', asset.read_text()):
            assert (STATIC / "assets" / chunk).is_file()


def test_the_scripts_are_small():
    sizes = [path.stat().st_size for path in (STATIC / "assets").glob("*.js.gz")]
    assert sum(sizes) < SCRIPT_BYTES


def test_the_build_is_that_of_the_source(tmp_path):
    done = node("build/build.mjs", str(tmp_path / "static"), seconds=GIVE_UP_S)
    assert done.returncode == 0, done.stderr
    fresh = {p.relative_to(tmp_path / "static"): p for p in (tmp_path / "static").rglob("*") if p.is_file()}
    kept = {p.relative_to(STATIC): p for p in STATIC.rglob("*") if p.is_file()}
    assert fresh.keys() == kept.keys(), "build the console anew: make console"
    for name, path in fresh.items():
        assert path.read_bytes() == kept[name].read_bytes(), f"{name}: build the console anew: make console"


def test_the_source_is_sound_and_its_types_and_facts_are_the_engines():
    done = node("node_modules/typescript/bin/tsc", "--noEmit", seconds=GIVE_UP_S)
    assert done.returncode == 0, done.stdout
    kept = {path: path.read_text() for path in (CONSOLE / "src" / name for name in ("openapi.d.ts", "facts.ts"))}
    try:
        done = node("build/types.mjs", seconds=GIVE_UP_S)
        assert done.returncode == 0, done.stderr
        for path, text in kept.items():
            assert path.read_text() == text, f"{path.name}: make the types and facts anew: make console"
    finally:
        for path, text in kept.items():
            path.write_text(text)


def test_names_of_the_engine_are_written_nowhere_else():
    from skyrack.api.names import names

    made = {CONSOLE / "src" / "facts.ts", CONSOLE / "src" / "openapi.d.ts"}
    package = ROOT / "src" / "skyrack"
    doors = [path for room in ("api", "cli", "web") for path in (package / room).rglob("*.py")]
    console = [path for path in (CONSOLE / "src").rglob("*.ts*") if path not in made]
    for kind in names()["event_kinds"]:
        for path in (*doors, *console):
            assert f'"{kind["name"]}"' not in path.read_text(), path
    methods = ", ".join(f'"{name}"' for name in names()["study_methods"])
    assert not [path for path in doors if methods in path.read_text()]


def test_parts_that_need_no_browser_do_what_they_should():
    done = node("--test", "--test-reporter=spec", "test/axis.test.mjs", "test/units.test.mjs", seconds=120)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.slow
def test_people_can_do_all_of_it_in_a_browser():
    if not any(shutil.which(name) for name in BROWSERS):
        pytest.skip("there is no Chromium here")
    done = node("--test", "--test-reporter=spec", "--test-timeout=1500000", "test/console.test.mjs", seconds=1600)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_dashboard_asks_for_figures_that_there_are(tmp_path):
    from starlette.testclient import TestClient

    from skyrack.operations.requests.settings import Settings
    from skyrack.web.app import create_app

    dashboard = json.loads((ROOT / "src" / "skyrack" / "web" / "grafana.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"skyrack_\w+", target["expr"])
    }
    settings = Settings(runs=tmp_path / "runs", studies=tmp_path / "studies")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        assert client.post("/api/twin", json={"scenario": "suncatcher-81"}).status_code == 200
        known = set(re.findall(r"^(skyrack_\w+)", client.get("/metrics").text, re.M))
    assert asked <= known
