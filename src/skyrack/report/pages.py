"""HTML pages: the environment of their templates, and how one gets its name only when it is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skyrack.core.atomic_file import write_text
from skyrack.core.units import display


def rendered(template: str, filters: dict[str, Any] | None = None, **content: Any) -> str:
    """A page from its template; texts of users are escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("skyrack.report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"shown": display, "plain": plain}
    environment.filters |= filters or {}
    return environment.get_template(template).render(**content)


def written(text: str, to: Path) -> Path:
    """Write a page at once or not at all, and return its path."""
    write_text(to, text)
    return to


def plain(number: float) -> str:
    """A number of three digits, whole from a hundred on: no exponent where thousands do."""
    return f"{number:,.0f}" if abs(number) >= 100.0 else f"{number:.3g}"


def count(number: float) -> str:
    """A number of things as people write it: whole, or of two digits where it is small; in words from a billion on."""
    for size, name in ((1e12, "trillion"), (1e9, "billion")):
        if number >= size:
            return f"{number / size:.3g} {name}"
    return f"{number:,.0f}" if number >= 10.0 else f"{number:.2g}"
