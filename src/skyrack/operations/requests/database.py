"""The database: an index of runs and studies, and tokens. The index can be rebuilt from the folders at any time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, Engine, String, create_engine, delete, event, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from skyrack.core.errors import InputError

Scope = Literal["read", "operate"]
SCOPES: tuple[Scope, ...] = ("read", "operate")
PATIENCE_S = 5.0
"""Time (s) after which an attempt to use a locked database is given up."""


class Base(DeclarativeBase):
    """Base of all tables."""


class Entry(Base):
    """Row of a run or a study, from its folder and its request."""

    __tablename__ = "entries"
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    begun: Mapped[str] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    row: Mapped[dict[str, Any]] = mapped_column(JSON)


class Token(Base):
    """Access token; only a digest of it is stored."""

    __tablename__ = "tokens"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    created: Mapped[str] = mapped_column(String(40))


class Database:
    """Connection to the database; every call is one short transaction."""

    def __init__(self, url: str) -> None:
        self.url = url
        is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = (
            {"connect_args": {"timeout": PATIENCE_S}}
            if is_sqlite
            else {"connect_args": {"connect_timeout": round(PATIENCE_S)}, "pool_pre_ping": True}
        )
        try:
            self.engine: Engine = create_engine(url, **options)
        except (ArgumentError, ImportError) as error:
            raise InputError(
                f"database: this URL cannot be used ({error}); write for example 'postgresql+psycopg://user@host/name'"
            ) from None
        if is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)

    def migrate(self) -> None:
        """Bring the tables to this version's schema, over new connections, since those to a lost database stay lost."""
        self.engine.dispose()
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # --- the index

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return all rows of a kind, newest first."""
        with Session(self.engine) as session:
            found = session.scalars(
                select(Entry).where(Entry.kind == kind).order_by(Entry.begun.desc(), Entry.id.desc())
            )
            return [dict(entry.row) for entry in found]

    def replace(self, kind: str, rows: Iterable[dict[str, Any]]) -> None:
        """Replace all rows of a kind by these."""
        with Session(self.engine) as session, session.begin():
            session.execute(delete(Entry).where(Entry.kind == kind))
            session.add_all(
                Entry(kind=kind, id=row["id"], begun=row["begun"], state=row["state"], row=row) for row in rows
            )

    # --- tokens

    def add_token(self, name: str, scope: str) -> str:
        """Add a token and return it; it is not stored and cannot be shown again.

        Raises InputError for an unknown scope, or for a name that is invalid or taken.
        """
        if scope not in SCOPES:
            raise InputError(f"scope: {scope!r} is not known; there are {' and '.join(SCOPES)}")
        if not (1 <= len(name) <= 64 and name.isprintable()):
            raise InputError("name: a token's name has 1 to 64 printable characters")
        token = secrets.token_urlsafe(32)
        with Session(self.engine) as session, session.begin():
            if session.get(Token, name) is not None:
                raise InputError(f"name: there is a token {name!r} already; remove it first")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            session.add(Token(name=name, scope=scope, digest=digest_of(token), created=now))
        return token

    def remove_token(self, name: str) -> None:
        """Remove a token. Raises InputError if there is none of that name."""
        with Session(self.engine) as session, session.begin():
            found = session.get(Token, name)
            if found is None:
                raise InputError(f"name: there is no token {name!r}")
            session.delete(found)

    def tokens(self) -> list[dict[str, str]]:
        """Return name, scope and time of creation of each token."""
        with Session(self.engine) as session:
            found = session.scalars(select(Token).order_by(Token.name))
            return [{"name": token.name, "scope": token.scope, "created": token.created} for token in found]

    def digests(self) -> list[tuple[str, str]]:
        """Return digest and scope of every token."""
        with Session(self.engine) as session:
            return [(token.digest, token.scope) for token in session.scalars(select(Token))]


def digest_of(token: str) -> str:
    """Return the digest of a token. Tokens are 256 random bits, so that a plain digest cannot be inverted."""
    return hashlib.sha256(token.encode()).hexdigest()


def scope_of(token: str, digests: Iterable[tuple[str, str]]) -> str | None:
    """Return the scope of a token; None if it is unknown. All digests are compared, each in constant time."""
    given, found = digest_of(token), None
    for digest, scope in digests:
        if hmac.compare_digest(given, digest):
            found = scope
    return found


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
