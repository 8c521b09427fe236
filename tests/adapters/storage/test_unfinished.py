"""Unfinished copies are nobody else's to read, and gone once nobody writes them any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.backup import backup, restore
from adapters.storage.instance import alone_at
from adapters.storage.unfinished import remove_abandoned, written_beside
from tests.databases import migrated_sqlite

AT = datetime(2026, 8, 17, 9, tzinfo=UTC)

BACKUP = """
import os, sys
from pathlib import Path
from adapters.storage.backup import backup
backup(Path(sys.argv[1]), Path(sys.argv[2]), force=True, progress=lambda done, total: {kill})
"""
RESTORE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from adapters.storage.backup import restore
os.fsync = lambda handle: os._exit(9)
restore(Path(sys.argv[2]), Path(sys.argv[1]), datetime(2026, 8, 17, 9, tzinfo=UTC))
"""
KILLED = {
    "while it copies": BACKUP.format(kill="os._exit(9)"),
    "before it has its name": BACKUP.format(kill="setattr(os, 'fsync', lambda handle: os._exit(9))"),
    "while it restores": RESTORE,
}


@pytest.fixture
async def database(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    (tmp_path / "paperround.db").chmod(0o644)
    return tmp_path / "paperround.db"


def unfinished(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if ".partial" in path.name)


@pytest.mark.process
@pytest.mark.parametrize("killed", KILLED.values(), ids=KILLED.keys())
def test_after_a_kill(database: Path, tmp_path: Path, killed: str) -> None:
    """What a killed backup or restore leaves is for its owner alone to read; the next backup and the next restore remove it."""
    copy = tmp_path / "copy.db"
    backup(database, copy)

    def kill() -> None:
        command = [sys.executable, "-c", killed, str(database), str(copy)]
        assert 9 == subprocess.run(command, check=False, timeout=30).returncode
        left = unfinished(tmp_path)
        assert left
        assert {0o600} == {path.stat().st_mode & 0o777 for path in left}

    kill()
    backup(database, tmp_path / "another.db")
    assert [] == unfinished(tmp_path)

    kill()
    restore(tmp_path / "another.db", database, AT)
    assert [] == unfinished(tmp_path)


def test_one_that_is_being_written_stays(tmp_path: Path) -> None:
    """A copy that somebody writes is left alone, however long it takes; so is what is not a copy of ours."""
    mine = tmp_path / ".notes.abcdefgh.partial"
    mine.write_text("A download of somebody else's")
    os.utime(mine, (0, 0))

    with written_beside(tmp_path / "copy.db") as partial:
        os.utime(partial, (0, 0))
        assert 0 == remove_abandoned(tmp_path)
        assert partial.exists()
    assert [mine] == unfinished(tmp_path)


def test_those_of_older_versions(tmp_path: Path) -> None:
    """A copy without a lock, as older versions wrote it, is removed with all that belongs to it, once it is an hour old."""
    for name in ("old", "new"):
        for suffix in ("", "-wal", "-journal", ".lock"):
            (tmp_path / f".{name}.db.abc_1234.partial{suffix}").write_bytes(b"SQLite format 3\0")
    os.utime(tmp_path / ".old.db.abc_1234.partial", (0, time.time() - 3700))

    assert 1 == remove_abandoned(tmp_path)

    assert 4 == len(unfinished(tmp_path))
    assert {".new.db.abc_1234.partial"} == {
        path.name.partition(".partial")[0] + ".partial" for path in unfinished(tmp_path)
    }


def test_no_directory(tmp_path: Path) -> None:
    """Where there is no such directory, there is nothing to remove."""
    assert 0 == remove_abandoned(tmp_path / "none")


def test_a_database_that_is_served_is_none(tmp_path: Path) -> None:
    """The lock of a served database is not mistaken for that of a copy."""
    with alone_at(str(tmp_path / "paperround.db")):
        assert 0 == remove_abandoned(tmp_path)
        assert (tmp_path / "paperround.db.lock").exists()
