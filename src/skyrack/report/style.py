"""Colours and sizes of figures, and their conversion to SVG."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

SUNLIGHT, ARRAY, COMPUTE, BUS = "#f2c14e", "#d98a1f", "#1f5fa8", "#7fb2dd"
CURTAILED, LOST, UNSERVED, SHADOW = "#a9b4bf", "#8c5a3c", "#c8432b", "#3b4252"
RADIATOR, ELECTRONICS, CHARGE = "#c8432b", "#7b3f98", "#2f8f5b"
KINDS = {"sun-synchronous": "#d98a1f", "walker-delta": "#1f5fa8", "walker-star": "#2f8f5b", "catalogued": "#8a5fa8"}

_RC = {
    "svg.fonttype": "none",
    "svg.hashsalt": "skyrack",
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8a94a0",
    "axes.labelcolor": "#3b4252",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e8ec",
    "grid.linewidth": 0.8,
    "xtick.color": "#5b6672",
    "ytick.color": "#5b6672",
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


@contextmanager
def figure(width_in: float = 8.4, height_in: float = 3.4, columns: int = 1) -> Iterator[tuple[Any, Any]]:
    """Yield a figure in Skyrack's style and its `columns` axes (a single one by itself), without a display."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context(_RC):
        drawing = Figure(figsize=(width_in, height_in))
        FigureCanvasSVG(drawing)
        axes = drawing.subplots(1, columns, squeeze=False)[0]
        yield drawing, axes[0] if columns == 1 else axes


PNG_DPI = 160
_png_by_svg: ContextVar[dict[str, bytes] | None] = ContextVar("png_by_svg", default=None)


@contextmanager
def png_copies() -> Iterator[dict[str, bytes]]:
    """Yield a mapping that receives a PNG copy of each figure that `svg` returns in this context, by its SVG text."""
    copies: dict[str, bytes] = {}
    token = _png_by_svg.set(copies)
    try:
        yield copies
    finally:
        _png_by_svg.reset(token)


def svg(drawing: Any) -> str:
    """Return the figure as SVG text to embed in a page, the same text at each call."""
    from matplotlib import rc_context

    text = io.StringIO()
    with rc_context(_RC):
        # `savefig` would draw everything twice, once to lay it out
        drawing.canvas.print_svg(text, metadata={"Date": None, "Creator": None})
        content = text.getvalue()
        content = content[content.index("<svg") :]
        copies = _png_by_svg.get()
        if copies is not None:
            copies[content] = _png(drawing)
    return content


def _png(drawing: Any) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawing.set_dpi(PNG_DPI)
    image = io.BytesIO()
    FigureCanvasAgg(drawing).print_png(image)
    return image.getvalue()


def scale_of(largest: float, unit: str) -> tuple[float, str]:
    """Return divisor and name of the display unit that suits values up to `largest` W, USD or s."""
    steps = {
        "w": ((1e12, "TW"), (1e9, "GW"), (1e6, "MW"), (1e3, "kW"), (1.0, "W")),
        "usd": ((1e12, "tn USD"), (1e9, "bn USD"), (1e6, "M USD"), (1.0, "USD")),
        "s": ((2 * 86_400.0, "days"), (2 * 3600.0, "hours"), (120.0, "minutes"), (0.0, "s")),
    }[unit]
    if unit == "s":
        name = next(name for size, name in steps if largest >= size)
        return {"days": 86_400.0, "hours": 3600.0, "minutes": 60.0, "s": 1.0}[name], name
    return next(((size, name) for size, name in steps if abs(largest) >= size), steps[-1])
