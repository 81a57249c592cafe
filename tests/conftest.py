"""Fixtures for all tests, and the record of comparisons that the validation page is made from."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("skyrack", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("skyrack")

TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--validation-json", default=None, help="write every comparison with a reference to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash_validation = []  # type: ignore[attr-defined]


@pytest.fixture
def validate(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare our value with somebody else's, and keep the comparison for the validation page."""

    def compare(quantity: str, ours: float, theirs: float, tolerance: float, unit: str, source: str) -> None:
        request.config.stash_validation.append(  # type: ignore[attr-defined]
            {
                "quantity": quantity,
                "ours": ours,
                "theirs": theirs,
                "tolerance": tolerance,
                "unit": unit,
                "source": source,
            }
        )
        assert abs(ours - theirs) <= tolerance, (
            f"{quantity}: ours {ours}, theirs {theirs}, tolerance {tolerance} {unit}"
        )

    return compare


def pytest_sessionfinish(session: pytest.Session) -> None:
    target = session.config.getoption("--validation-json")
    if target:
        Path(target).write_text(json.dumps(session.config.stash_validation, indent=1))  # type: ignore[attr-defined]


def cases(name: str) -> list[dict[str, str]]:
    """Rows of a file of reference values; its first line names their source."""
    text = (TESTS / "reference" / "cases" / f"{name}.csv").read_text()
    return list(csv.DictReader(text.splitlines()[1:]))


def source_of(name: str) -> str:
    """The source that a file of reference values names."""
    return (TESTS / "reference" / "cases" / f"{name}.csv").read_text().splitlines()[0].removeprefix("# ")


@pytest.fixture
def tiny() -> dict[str, Any]:
    """A scenario of 2 satellites and 20 steps, as a mapping of its own for each test."""
    import yaml

    return dict(yaml.safe_load((TESTS / "tiny.yaml").read_text()))
