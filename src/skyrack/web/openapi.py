"""`python -m skyrack.web.openapi`: the OpenAPI description of the service as JSON, from which types are generated."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from skyrack.api.operations import Settings
from skyrack.web.app import create_app


def describe() -> str:
    """Return the OpenAPI description as JSON, without starting the service."""
    with tempfile.TemporaryDirectory() as scratch:
        app = create_app(Settings(runs=Path(scratch) / "runs", studies=Path(scratch) / "studies"))
        return json.dumps(app.openapi(), indent=1)


if __name__ == "__main__":
    sys.stdout.write(describe())
