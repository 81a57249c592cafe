"""Run by CI in an environment that holds nothing but the wheel: its service must bring the console.

python serve_wheel.py
"""

import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path


def main() -> None:
    assert shutil.which("node") is None, "this environment has node; the wheel must do without"
    with tempfile.TemporaryDirectory() as home:
        service = subprocess.Popen(
            [sys.executable, "-m", "skyrack.web", "up", "--port", "0", "--runs", str(Path(home) / "runs")],
            stdout=subprocess.PIPE,
            text=True,
            cwd=home,
        )
        try:
            address = next(word for word in service.stdout.readline().split() if word.startswith("http"))
            page = fetch(address + "/")
            names = re.findall(r"/assets/[\w.-]+", page.decode())
            assert len(names) >= 2, page
            for name in names:
                assert len(fetch(address + name)) > 1000, name
            assert b'"console":true' in fetch(address + "/healthz")
        finally:
            service.terminate()
            service.wait(20)
    print("the wheel serves the console")


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=300) as answer:  # noqa: S310 - our own service
        assert answer.status == 200
        return answer.read()


if __name__ == "__main__":
    main()
