"""What the settings accept as a database, the storage understands."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from psycopg import pq

from adapters.conninfo import conninfo_of
from adapters.storage.backup import postgresql_commands
from adapters.storage.database import create_engine
from adapters.storage.failures import name
from bot.channel_fields import InvalidValue
from bot.errors import StorageError
from scheduler.__main__ import _run
from scheduler.logs import Redaction
from scheduler.settings.database_url import check_database, passwords_of

SCHEMES = "sqlite sqlite+aiosqlite sqlite+pysqlite postgresql postgres postgresql+psycopg postgresql+asyncpg Sqlite mysql http".split()
PLACES = (
    "", "/", "/:memory:", "/here.db", "host", "host/db", "me@host/db", "me@corp:p%40ss@host:5432/db?sslmode=require", "me:p@ss@host/db",
    "me:p/ss@host/db", "host:port/db", "[::1]:5432/db", "[::1/db",
)  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_refused_later(scheme: str, place: str) -> None:
    """An address that is no fault of the settings is one that the storage can make an engine of."""
    address = f"{scheme}://{place}"
    try:
        check_database(address)
    except InvalidValue:
        return

    assert create_engine(address).url.get_backend_name() in {"sqlite", "postgresql"}


@pytest.mark.parametrize(
    "address",
    [
        "here.db",
        "sqlite:here.db",
        "mysql://host/db",
        "sqlite:///",
        "postgresql://host:x/db",
        "postgresql://me@host:5432",
        "postgres://me@host/",
        "postgresql:///",
    ],
)
def test_what_the_storage_refuses(address: str) -> None:
    """An address that the storage would refuse is a fault before it is asked."""
    with pytest.raises(StorageError):
        create_engine(address)

    with pytest.raises(InvalidValue):
        check_database(address)


MARK = "s3krit"
SPECIAL = ("@", "/", "?", "#", "&", "=", ":", "%", "+", "[", "]", " ", "\\", "'", "é")
PASSWORDS = (
    *(MARK.join(("", first, "")) for first in SPECIAL),
    *(f"{MARK}{first}x{second}{MARK}" for first in SPECIAL for second in SPECIAL),
    *(f"{MARK}@x/{MARK}?{second}{MARK}" for second in ("", "=", "a=", "user=", "&a=")),
    *(f"@{first}{MARK}" for first in SPECIAL),
)
FORMS = (
    "postgresql://me:{}@127.0.0.1:1/papers", "postgresql://me:{}@127.0.0.1:1/papers?connect_timeout=1", "postgresql://:{}@127.0.0.1:1/papers",
    "postgres://me:{}@[::1]:1/papers", "postgresql://127.0.0.1:1/papers?user=me&password={}", "postgresql://127.0.0.1:1/papers?password={}&user=me",
    "sqlite:///me:{}@host/papers", "mysql://me:{}@host/papers",
)  # fmt: skip


def refusal(address: str) -> InvalidValue | None:
    """What is said of an address that is none."""
    try:
        check_database(address)
    except InvalidValue as error:
        return error
    return None


@pytest.mark.parametrize("form", FORMS)
def test_no_part_of_a_password_is_told(form: str) -> None:
    """Whatever a password has that was not escaped: neither what is refused nor what is made of the address shows part of it, or connects to it."""
    for password in PASSWORDS:
        address = form.format(password)
        if (refused := refusal(address)) is not None:
            assert MARK not in f"{refused} {refused.problem} {refused.remedy} {refused.__context__}"
            continue
        url = create_engine(address).url
        assert (url.host, url.port, url.database) in {("127.0.0.1", 1, "papers"), ("::1", 1, "papers")}, address
        assert MARK not in name(url)
        assert MARK not in " ".join(postgresql_commands(address, Path("copy")))
        hidden = Redaction(passwords_of(address)).text(f"{address} {conninfo_of(address)} {url.query} {url.password}")
        assert MARK not in hidden, address


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me@corp/papers?user=me@corp",
        "postgresql:///papers?host=@socket&user=me@corp&password=p@ss",
        "postgresql://me:p%40ss@host/papers?options=-csearch_path%3Dours&sslmode=require",
        "postgresql://host/papers?password=p%26ss&sslmode=require&application_name=digest",
    ],
)
def test_what_may_hold_an_at(address: str) -> None:
    """An @ is no fault where no password could have ended at it."""
    check_database(address)


def test_parameters_that_libpq_knows() -> None:
    """Behind a password in the query may follow whatever libpq takes."""
    known = {one.keyword.decode() for one in pq.Conninfo.get_defaults() if one.keyword}
    for one in known - {"replication", "authtype", "tty", "scram_client_key", "scram_server_key", "servicefile"}:
        check_database(f"postgresql://host/papers?password=x&{one}=y")


@pytest.mark.parametrize(
    "command", [["move"], ["move", "--abandon"], ["status"], ["migrate"], ["doctor"], ["backup", "copy.db"]]
)
def test_no_command_tells_a_password(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command that takes an address, of its own or by DATABASE_URL, tells nothing of its password, on the terminal or in the log at DEBUG."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERROUND_LOG_LEVEL", "DEBUG")
    own = command[0] == "move"
    if own:
        with pytest.raises(SystemExit):
            run_as(monkeypatch, ["migrate"])
    capsys.readouterr()
    for password in (f"{MARK}@x/{MARK}", f"{MARK}@a/b?{MARK}", f"{MARK}/{MARK}", quote(f"{MARK}@x/{MARK}", safe="")):
        address = f"postgresql://me:{password}@127.0.0.1:1/papers"
        if not own:
            monkeypatch.setenv("DATABASE_URL", address)
        with pytest.raises(SystemExit):
            run_as(monkeypatch, [*command, *([address] if own else [])])
        told = "".join(capsys.readouterr())
        assert told
        assert MARK not in told


def run_as(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """Run the program as its command line does."""
    monkeypatch.setattr(sys, "argv", ["paperround", *words])
    _run()
