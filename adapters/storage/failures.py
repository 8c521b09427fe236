"""Messages for database errors: the culprit, and the remedy, for the person who runs Paper Round."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from adapters import disk
from bot.errors import StorageError, StorageFull

# The words are those of SQLite's own error codes (https://www.sqlite.org/rescode.html): sqlite3 gives them no class of their own.
_SQLITE = {
    "file is not a database": "is not an SQLite database. Move that file away, or name another one in DATABASE_URL",
    "malformed": "is damaged. Put a backup in its place",
    "unable to open": "cannot be opened. See that it is a file, and that this user may read and write it and its directory",
    "readonly": "cannot be written. See that this user may write the file and its directory",
    "locked": "is held by another program. Stop that program (a second Paper Round, a database browser), then try again",
    "disk i/o": "cannot be read or written: the disk reports an error. Look to the disk, and keep the file off network drives",
    "no such table": "has not been set up. Run `paperround migrate`",
    "no such column": "is older than this program. Run `paperround migrate`",
}

_MAYBE_FULL = ("disk i/o", "unable to open", "readonly")

TAKES_NO_WRITES: Final = "25006"

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "42P01": "has not been set up. Run `paperround migrate`",
    "42703": "is older than this program. Run `paperround migrate`",
    "3F000": (
        "has no schema that this user may make tables in: what search_path names does not exist. Make it with CREATE SCHEMA, or take search_path out of "
        "{given} (its `options`) or off the user (ALTER ROLE)"
    ),
    TAKES_NO_WRITES: (
        "cannot be written: its server takes no writes now, as one that only follows another. See that it becomes the one that does, or name "
        "that one in {given}"
    ),
    "57014": "ended what we asked of it: {reason}. Where it is its statement_timeout, give the user of {given} two minutes or more (ALTER ROLE … SET statement_timeout)",
    "55P03": "let us wait no longer: {reason}. Where it is its lock_timeout, give the user of {given} two minutes or more (ALTER ROLE … SET lock_timeout)",
    "42501": "does not let this user do that. Grant the user of {given} all rights on the schema; or run `paperround migrate` as a user who has them, and "
    "grant this one the rights on rows",
}

# `duplicate_prepared_statement` and `invalid_sql_statement_name`: we name each of them once, so that others use our connection to the server, too.
_POOLED = ("42P05", "26000")
_POOLED_BY_STATEMENT = "statement pooling mode"

_FULL = "53100"

_TOO_MANY = "53300"

# What libpq and the server say before we are connected, each with what is wrong and what to do. psycopg has no code for these, but the words, in
# English unless `lc_messages` says otherwise.
_BEFORE_CONNECTED = (
    (
        re.compile(r'password authentication failed|no password supplied|role "[^"]*" does not exist'),
        "does not let us in: {reason}",
        "See that {given} names a user that it has, and the password, which may stand in PGPASSWORD, too",
    ),
    (
        re.compile(r"no pg_hba.conf entry|pg_hba.conf rejects"),
        "does not let us in: {reason}",
        "Let its pg_hba.conf take this user from this machine; where it says 'no encryption', ask for TLS by sslmode=require in {given}",
    ),
    (
        re.compile(r'database "[^"]*" does not exist'),
        "does not exist on its server",
        "Make it there, with `createdb` or CREATE DATABASE, or name another one in {given}",
    ),
    (
        re.compile(r"server does not support SSL"),
        "takes no TLS, which is asked for: {reason}",
        "Switch it on there (`ssl = on`); or, where nobody else can listen on the way, take sslmode out of {given}, and PGSSLMODE out of the environment",
    ),
    (
        re.compile(r"invalid (?:URI query parameter|connection option|integer value)|invalid \w+ value:|bad value for"),
        "cannot be asked for: {reason}",
        "Mend or leave out what stands behind the question mark of {given}",
    ),
    (
        re.compile(r"certificate"),
        "is not trusted: {reason}",
        "Name the file of the authority that signed its certificate (sslrootcert in {given}), and the server as the certificate does",
    ),
)
_AWAY = ("cannot be reached: {reason}", "See that it runs, and that {given} names it")
_TOO_MANY_WORDS = ("too many clients already", "connection slots are reserved", "too many connections for")


def explain(url: URL, error: DBAPIError, given: str = "DATABASE_URL") -> StorageError:
    """Describe a database error. The text holds neither a password nor a value from the database; `given` is where its address was given."""
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return StorageError(f"{name(url)} {_reason(error)}.")  # the triggers of `write_barrier`, which say why
    if isinstance(error, IntegrityError):
        return StorageError(f"{name(url)} refused a change that contradicts what it holds: {_reason(error)}.")
    if url.get_backend_name() == "sqlite":
        return _sqlite_error(url, error)
    if getattr(error.orig, "sqlstate", None) == _FULL:
        return StorageFull(f"{name(url)} cannot grow: the disk of its server is full. Make room there, then try again.")
    return StorageError(f"{name(url)} {_postgresql_remedy(error, given)}.")


def name(url: URL) -> str:
    """A database's name at the beginning of a sentence: its address, never its password."""
    if url.get_backend_name() == "sqlite":
        return f"The database {url.database}"
    place = f"{url.host or 'local socket'}{f':{url.port}' if url.port else ''}"
    return f"The PostgreSQL database {url.database!r} at {place}"


def pooled(given: str) -> str:
    """What is wrong where a pooler lends its connections for a transaction or a statement, and what to do: what stands behind a database's name."""
    return (
        "lies behind a pooler that gives each transaction another of its connections (PgBouncer's pool_mode = transaction or statement): LISTEN hears nothing there, and limits of time and "
        f"prepared statements are those of others. Name the server itself in {given}, or let the pooler keep a connection for each client, and as many as all "
        "processes want (pool_mode = session)"
    )


def _sqlite_error(url: URL, error: DBAPIError) -> StorageError:
    file = Path(url.database or ".").absolute()
    if not file.parent.is_dir():
        return StorageError(
            f"{name(url)} cannot be made: the directory {file.parent} does not exist. "
            "Make it, or name another place in DATABASE_URL."
        )
    return sqlite_error(name(url), str(error.orig), file)


def sqlite_error(what: str, said: str, file: Path) -> StorageError:
    """
    Describe what SQLite said of a file, which is called `what`: what is wrong, and what to do.

    On a full disk SQLite says so only where it writes pages. That its index of the log or a file beside the database cannot be made
    is an I/O error or a file that cannot be opened; so the disk itself is asked.
    """
    words = said.lower()
    doubtful = any(one in words for one in _MAYBE_FULL)
    if "full" in words or (doubtful and disk.is_full(disk.fault(file.parent))):
        return disk.full(what, file)
    if doubtful and disk.no_descriptors():
        return disk.too_many(what)
    known = next((remedy for one, remedy in _SQLITE.items() if one in words), None)
    first = said.strip().splitlines()[0].rstrip(".:") if said.strip() else "without a word"
    return StorageError(f"{what} {known or f'failed: {first}'}.")


def _postgresql_remedy(error: DBAPIError, given: str) -> str:
    code = getattr(error.orig, "sqlstate", None)
    if code == _TOO_MANY or any(one in str(error.orig) for one in _TOO_MANY_WORDS):
        return (
            f"has no connection left for us: {_reason(error)}. Raise max_connections of its server (or the limit of the user or the "
            "database), or run fewer processes"
        )
    if code is None and not isinstance(
        error, DataError
    ):  # psycopg has no code for what happened before it was connected
        words = str(error.orig)
        wrong, remedy = next((told for pattern, *told in _BEFORE_CONNECTED if pattern.search(words)), _AWAY)
        return f"{wrong.format(reason=_reason(error))}. {remedy.format(given=given)}"
    if code in _POOLED or _POOLED_BY_STATEMENT in str(error.orig):
        return pooled(given)
    if code in _POSTGRESQL:
        return _POSTGRESQL[code].format(given=given, reason=_reason(error))
    return f"failed: {_reason(error)}"


def _reason(error: DBAPIError) -> str:
    """The first line of what the driver said. The lines after it may repeat the rejected row."""
    said = str(error.orig or error).strip()
    return said.splitlines()[0].rstrip(".:") if said else type(error).__name__
