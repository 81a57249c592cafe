"""The index and the tokens of a service, in SQLite."""

import pytest
from sqlalchemy.exc import SQLAlchemyError

from skyrack.core.errors import InputError
from skyrack.operations.requests.database import Database, digest_of, scope_of


@pytest.fixture
def database(tmp_path):
    found = Database(f"sqlite:///{tmp_path / 'index.db'}")
    found.migrate()
    yield found
    found.close()


def row(id_, begun, state="complete"):
    return {"id": id_, "begun": begun, "state": state, "figures": {"n_sats": 2}}


def test_rows_come_back_newest_first_and_kinds_are_apart(database):
    database.replace("run", [row("a", "2027-01-01"), row("b", "2027-01-03"), row("c", "2027-01-02")])
    database.replace("study", [row("a", "2027-01-01")])
    assert [one["id"] for one in database.entries("run")] == ["b", "c", "a"]
    database.replace("run", [])
    assert database.entries("run") == []
    assert database.entries("study") == [row("a", "2027-01-01")]


def test_rows_that_cannot_be_written_leave_those_before(database):
    database.replace("run", [row("a", "2027-01-01")])
    with pytest.raises(SQLAlchemyError):
        database.replace("run", [row("b", "2027-01-01"), row("b", "2027-01-01")])
    assert [one["id"] for one in database.entries("run")] == ["a"]


def test_migrating_twice_keeps_what_is_there(database):
    database.replace("run", [row("a", "2027-01-01")])
    database.migrate()
    assert len(database.entries("run")) == 1


def test_a_token_is_known_by_its_digest_alone(database):
    token = database.add_token("desk", "operate")
    assert database.digests() == [(digest_of(token), "operate")]
    assert scope_of(token, database.digests()) == "operate"
    assert scope_of(token[:-1], database.digests()) is None
    assert token not in str(database.tokens())
    database.remove_token("desk")
    assert database.tokens() == []


@pytest.mark.parametrize(
    ("name", "scope", "words"),
    [
        ("x", "admin", "there are read and operate"),
        ("", "read", "1 to 64 printable"),
        ("a\nb", "read", "1 to 64 printable"),
        ("desk", "read", "there is a token 'desk' already"),
    ],
)
def test_a_token_that_cannot_be_is_refused(database, name, scope, words):
    database.add_token("desk", "read")
    with pytest.raises(InputError, match=words):
        database.add_token(name, scope)


def test_what_is_no_database_is_said_so(database):
    with pytest.raises(InputError, match="this URL cannot be used"):
        Database("nonsense")
    with pytest.raises(InputError, match="there is no token 'x'"):
        database.remove_token("x")
