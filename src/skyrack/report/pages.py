"""HTML pages: the environment of their templates, and atomic writing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from skyrack.core.atomic_file import write_text
from skyrack.core.units import display


def rendered(template: str, filters: dict[str, Any] | None = None, **content: Any) -> str:
    """Return a page rendered from its template; texts of users are escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("skyrack.report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters |= {"shown": display, "plain": plain}
    environment.filters |= filters or {}
    return environment.get_template(template).render(**content)


def written(text: str, to: Path) -> Path:
    """Write a page atomically, and return its path."""
    write_text(to, text)
    return to


def plain(number: float) -> str:
    """Return a number as text with three significant figures; whole, with thousands separators, from a hundred on."""
    return f"{number:,.0f}" if abs(number) >= 100.0 else f"{number:.3g}"


def count(number: float) -> str:
    """Return a count as text: with four significant figures from ten on, two below, in words from a billion on."""
    for size, name in ((1e12, "trillion"), (1e9, "billion")):
        if number >= size:
            return f"{number / size:.3g} {name}"
    return f"{float(f'{number:.4g}'):,.0f}" if number >= 10.0 else f"{number:.2g}"
