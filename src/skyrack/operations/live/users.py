"""Users of a control plane: who may do what, by tokens of which only digests are kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import orjson

from skyrack.core.atomic_file import write_json
from skyrack.core.errors import InputError

Role = Literal["viewer", "user", "operator"]
"""A viewer reads; a user also submits jobs and cancels her own; an operator does everything."""
FILE = "users.json"
TOKEN = "token"  # noqa: S105 - the name of a file


@dataclass(frozen=True)
class User:
    """User with a role, and a limit on the satellites of her live jobs."""

    name: str
    role: Role
    digest: str
    """SHA-256 of the token."""
    max_satellites: int | None = None

    @property
    def may_submit(self) -> bool:
        """True for users and operators."""
        return self.role != "viewer"

    @property
    def may_operate(self) -> bool:
        """True for operators."""
        return self.role == "operator"


def users(folder: Path) -> list[User]:
    """Return the users of a control plane's folder."""
    path = folder / FILE
    if not path.exists():
        return []
    return [User(**one) for one in orjson.loads(path.read_bytes())]


def add_user(folder: Path, name: str, role: str, max_satellites: int | None = None) -> str:
    """Add a user and return the token, which is kept nowhere. Raises InputError for a name or role that is not accepted."""
    if role not in get_args(Role):
        raise InputError(f"--role {role}: accepted are {', '.join(get_args(Role))}")
    if not name or not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or len(name) > 80:
        raise InputError(f"{name!r}: accepted is a name of letters, digits, hyphens, dots and underscores")
    known = users(folder)
    if any(one.name == name for one in known):
        raise InputError(f"{name}: there is such a user already; remove it first")
    token = secrets.token_urlsafe(24)
    _write(folder, [*known, User(name, cast("Role", role), digest_of(token), max_satellites)])
    return token


def remove_user(folder: Path, name: str) -> None:
    """Remove a user. Raises InputError where there is none of this name."""
    known = users(folder)
    if all(one.name != name for one in known):
        raise InputError(f"{name}: there is no such user; known are {', '.join(one.name for one in known) or 'none'}")
    _write(folder, [one for one in known if one.name != name])


def _write(folder: Path, known: list[User]) -> None:
    write_json(folder / FILE, [asdict(one) for one in known], is_durable=True)
    (folder / FILE).chmod(0o600)


def digest_of(token: str) -> str:
    """Return the digest by which a token is known."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_of(known: list[User], token: str) -> User | None:
    """Return the user of a token; None where nobody has it."""
    digest = digest_of(token)
    found = None
    for one in known:
        if hmac.compare_digest(one.digest, digest):
            found = one
    return found
