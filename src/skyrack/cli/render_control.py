"""Answers of a control plane on the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from skyrack.api import display
from skyrack.cli.render import CONSOLE


def _table(*heads: str) -> Table:
    return Table(*heads, box=None, pad_edge=False)


def _print(table: Table, rows: list[Any], nothing: str) -> None:
    CONSOLE.print(table if rows else nothing)


def _since(time_s: float | None) -> str:
    return "-" if time_s is None else display(time_s, "s")


def _money(usd: float | None) -> str:
    return "-" if usd is None else f"{usd:,.2f} USD"


def jobs(rows: list[dict[str, Any]]) -> None:
    """Print jobs, one a line."""
    table = _table(
        "job", "name", "user", "queue", "state", "satellites", "submitted", "began", "ended", "saved", "cost"
    )
    for row in rows:
        table.add_row(
            str(row["job"]),
            Text(row["name"]),
            Text(row["user"]),
            Text(row["queue"]),
            row["state"],
            f"{row['n_satellites']:,}",
            _since(row["arrival_s"]),
            _since(row["begin_s"]),
            _since(row["end_s"]),
            f"{100.0 * row['saved_frac']:.0f} %",
            _money(row["job_cost_usd"]),
        )
    _print(table, rows, "No jobs wait or run.")


def job(found: dict[str, Any]) -> None:
    """Print one job."""
    CONSOLE.print(Text(f"job {found['job']}: {found['name']} is {found['state']}", style="bold"))
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    satellites = ", ".join(found["satellites"][:12]) + (" ..." if len(found["satellites"]) > 12 else "")
    rows = (
        ("user, queue", f"{found['user']}, {found['queue']}"),
        ("satellites", f"{found['n_satellites']:,}" + (f": {satellites}" if satellites else "")),
        ("submitted, began, ended", " / ".join(_since(found[name]) for name in ("arrival_s", "begin_s", "end_s"))),
        ("attempts, failures, moves", f"{found['attempts']}, {found['failures']}, {found['moves']}"),
        ("work saved", f"{100.0 * found['saved_frac']:.0f} %"),
        ("satellite-hours held", f"{found['held_node_s'] / 3600.0:.4g}"),
        ("of them useful", f"{found['useful_node_s'] / 3600.0:.4g}"),
        ("energy", display(found["job_energy_j"], "j")),
        ("cost", _money(found["job_cost_usd"])),
    )
    for name, text in rows:
        table.add_row(name, Text(text))
    CONSOLE.print(table)
    if "why" in found:
        CONSOLE.print(Text(f"It waits: {found['why']['reason']}."))


def why(found: dict[str, Any], now_s: float) -> None:
    """Print why a job waits."""
    CONSOLE.print(Text(f"job {found['job']}: {found['reason']}."))
    start_s = found["earliest_start_s"]
    if start_s is not None:
        CONSOLE.print(f"Earliest start as far as known: in {display(max(start_s - now_s, 0.0), 's')}.")
    for one in found["what_would_help"]:
        CONSOLE.print(Text(f"It would help: {one}."))


def queues(rows: list[dict[str, Any]]) -> None:
    """Print queues."""
    table = _table("queue", "share", "satellites held", "quota", "waiting", "jobs", "past use (satellite-hours)")
    for row in rows:
        table.add_row(
            Text(row["name"]),
            f"{100.0 * row['share_frac']:.0f} %",
            f"{row['nodes_held']:,}",
            "-" if row["max_nodes"] is None else f"{row['max_nodes']:,.0f}",
            f"{row['waiting']:,}",
            f"{row['jobs']:,}",
            f"{row['use_node_s'] / 3600.0:.4g}",
        )
    CONSOLE.print(table)


def nodes(rows: list[dict[str, Any]]) -> None:
    """Print satellites."""
    table = _table("satellite", "machine", "state", "job", "power", "changes in")
    for row in rows:
        table.add_row(
            Text(row["satellite"]),
            Text(row["machine"]),
            row["state"],
            "-" if row["job"] is None else str(row["job"]),
            "yes" if row["has_power"] else "no",
            _since(row["changes_in_s"]),
        )
    CONSOLE.print(table)


def events(rows: list[dict[str, Any]]) -> None:
    """Print events."""
    table = _table("time", "what", "job", "satellite", "user", "detail")
    for row in rows:
        job = "" if row["job"] is None else str(row["job"])
        text = row["detail"] or ", ".join(row.get("satellites", ())[:8])
        table.add_row(
            display(row["time_s"], "s"),
            row["what"],
            job,
            Text(row["satellite"] or ""),
            Text(row["user"] or ""),
            Text(text),
        )
    _print(table, rows, "Nothing has happened yet.")


def bill(rows: list[dict[str, Any]]) -> None:
    """Print accounts."""
    table = _table("user", "queue", "jobs", "satellite-hours", "energy", "cost")
    for row in rows:
        table.add_row(
            Text(row["user"]),
            Text(row["queue"]),
            f"{row['jobs']:,}",
            f"{row['node_s'] / 3600.0:.4g}",
            display(row["energy_j"], "j"),
            _money(row["cost_usd"]),
        )
    CONSOLE.print(table)


def users(known: list[Any]) -> None:
    """Print users."""
    table = _table("user", "role", "satellites at most")
    for one in known:
        table.add_row(Text(one.name), one.role, "-" if one.max_satellites is None else f"{one.max_satellites:,}")
    _print(table, known, "No users yet.")
