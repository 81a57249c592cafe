"""`python -m skyrack.web.describe`: the OpenAPI description of the service as JSON, for whoever makes types from it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from skyrack.web.app import create_app
from skyrack.web.settings import Settings


def describe() -> str:
    """The description, without starting anything."""
    with tempfile.TemporaryDirectory() as scratch:
        app = create_app(Settings(runs=Path(scratch) / "runs", studies=Path(scratch) / "studies"))
        return json.dumps(app.openapi(), indent=1)


if __name__ == "__main__":
    sys.stdout.write(describe())
