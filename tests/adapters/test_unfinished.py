"""Unfinished files are nobody else's to read, and gone once nobody writes them any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from adapters.exports.vault import write_vault
from adapters.storage.backup import backup, restore
from adapters.storage.instance import alone_at
from adapters.unfinished import remove_abandoned, write_whole, written_beside
from bot.errors import StorageError, StorageFull
from tests.adapters.exports.conftest import make_export
from tests.databases import migrated_sqlite
from tests.small_disk import small_disk

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


EXPORT = """
from pathlib import Path
from adapters.exports.place import write_file
write_file(Path(sys.argv[1]) / "export.json", "What somebody wrote")
"""
VAULT = """
from pathlib import Path
from adapters.exports.vault import write_vault
from tests.adapters.exports.conftest import make_export
write_vault(make_export(), Path(sys.argv[1]))
"""
ENV_FILE = """
from pathlib import Path
from scheduler.env_file import set_variables
set_variables(Path(sys.argv[1]) / ".env", {"SLACK_BOT_TOKEN": "a secret"})
"""
SUPPRESSION_LIST = """
from pathlib import Path
from types import SimpleNamespace as Values
from adapters.storage.compaction import write_list_beside
engine = Values(dialect=Values(name="sqlite"), url=Values(database=str(Path(sys.argv[1]) / "paperround.db")))
write_list_beside(engine, "the key", ["a hash"])
"""
KILL = """
import os, pathlib, sys
pathlib.Path.replace = lambda *_: os._exit(9)
"""


@pytest.mark.process
@pytest.mark.parametrize("written", [EXPORT, VAULT, ENV_FILE, SUPPRESSION_LIST])
def test_whatever_is_written(tmp_path: Path, written: str) -> None:
    """What is left of an export, of `.env` or of the list of the forgotten is for its owner alone, and gone once it is written again."""

    def run(script: str) -> list[Path]:
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=30)
        return [path for path in tmp_path.rglob(".*") if ".partial" in path.name]

    left = run(KILL + written)
    assert left
    assert {0o600} == {path.stat().st_mode & 0o777 for path in left}
    assert [] == run("import sys" + written)
    assert [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_long_name(tmp_path: Path) -> None:
    """A file whose name is as long as a name may be can be written, in whatever script."""
    for name in ("x" * 255, "研" * 85):
        write_whole(tmp_path / name, "words")
    assert {"x" * 255, "研" * 85} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.process
def test_what_cannot_be_written(tmp_path: Path) -> None:
    """The file that was there stays as it was, and the disk that is full is named."""
    with small_disk(1) as disk:
        file = disk.path / "export.json"
        write_whole(file, "before")
        disk.fill()
        with pytest.raises(StorageFull, match=f"{file} cannot grow: the disk at {disk.path} is full"):
            write_whole(file, "x" * 100_000)
        with pytest.raises(StorageFull, match=f"the disk at {disk.path} is full"):
            write_vault(make_export(), disk.path / "vault")

        assert "before" == file.read_text()
        assert [] == [path for path in disk.path.rglob(".*") if ".partial" in path.name]


def test_where_nothing_can_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no lock can be had, the place is named, and no file of ours that nobody asked for."""

    def refuses(lock: FileLock, **_: object) -> None:
        raise Timeout(lock.lock_file)

    monkeypatch.setattr(FileLock, "acquire", refuses)
    with pytest.raises(StorageError, match=r"export\.json cannot be written: nothing can be locked in") as caught:
        write_whole(tmp_path / "export.json", "words")
    assert "partial" not in str(caught.value)
