"""PDF of a report page, by WeasyPrint (the extra `pdf`)."""

from __future__ import annotations

from pathlib import Path

from skyrack.core.atomic_file import write_bytes
from skyrack.core.errors import InputError


def write_pdf(page: Path, to: Path) -> Path:
    """Write a report page as PDF and return its path. Raises InputError where WeasyPrint or its libraries are missing."""
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"--pdf: WeasyPrint is needed and cannot be loaded ({reason}); install it with pip install 'skyrack[pdf]' and "
            "the library Pango of your system, or print the page from a browser"
        ) from None
    write_bytes(to, weasyprint.HTML(string=page.read_text("utf-8"), base_url=str(page.parent)).write_pdf())
    return to
