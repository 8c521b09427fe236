"""The program of before the newest migration is killed while it posts; this one goes on with its database. Not the other way round."""

from __future__ import annotations

import asyncio
import random
import subprocess
import tarfile
import tomllib
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage import tables
from adapters.storage.database import create_engine
from tests.databases import new_postgresql
from tests.torture.people import People
from tests.torture.platforms import platforms
from tests.torture.world import CHECKOUT, FIRST, Plan, World
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process

VERSIONS = "adapters/storage/migrations/versions"
PRESENT = {path.name for path in (CHECKOUT / VERSIONS).glob("[0-9]*.py")}
NEWEST = max(PRESENT)
PARTS = 5
"""A head, three picks, a foot."""


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(
            f"the program of before cannot be had, for there is no history here: {done.stderr.decode().strip()}"
        )
    return done.stdout


def _unmet(checkout: Path) -> list[str]:
    """What a checkout asks for that is not installed here."""
    found = []
    for one in tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]:
        wanted = Requirement(one)
        try:
            fits = wanted.specifier.contains(version(wanted.name), prereleases=True)
        except PackageNotFoundError:
            fits = False
        found += [] if fits else [one]
    return found


def _is_before(commit: str) -> bool:
    names = [Path(line).name for line in _git("ls-tree", "--name-only", commit, f"{VERSIONS}/").decode().split()]
    return {name for name in names if name[:1].isdigit()} == PRESENT - {NEWEST}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last commit with every migration but the newest, unpacked; before a merge a migration may have borne another number."""
    # First what the newest migration was written on: of the commits that bring one not each is a whole program.
    parents = _git("log", "-m", "--diff-filter=A", "--format=%P", "--", f"{VERSIONS}/{NEWEST}").decode().split()
    commits = [*parents, *_git("rev-list", "HEAD", "--", VERSIONS).decode().split()]
    last = next((commit for commit in commits if _is_before(commit)), None)
    if last is None:
        pytest.skip(f"the program of before cannot be had: {NEWEST} was never committed, or the history is cut short")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=BytesIO(_git("archive", last))) as archive:
        archive.extractall(folder, filter="data")
    if unmet := _unmet(folder):
        pytest.skip(f"the program of before needs what is not installed any more: {unmet}")
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return await new_postgresql()
    return f"sqlite:///{tmp_path / 'paperround.db'}"


async def _let_leases_run_out(engine: AsyncEngine) -> None:
    """Let what the killed program held run out: by PostgreSQL's own clock that takes three minutes, however late it is in the world."""
    async with engine.begin() as connection:
        await connection.execute(update(tables.leases).values(until=FIRST))


async def test_upgrade_in_mid_run(before: Path, address: str, tmp_path: Path) -> None:
    """Killed with half of a digest on Slack, and people at work on it: this program posts the rest, once, and loses nothing."""
    world = World(tmp_path, address, seed=1, runs=0)
    world.weather.fails = 0
    engine = create_engine(address)
    async with platforms(FIRST.replace(day=3), world.weather, world) as outside:
        world.configure(outside)
        old = world.start(entry="scheduler", checkout=before)
        world.lives = [old]
        people = People(random.Random(1), outside, engine, old.page)
        try:
            async with asyncio.timeout(PATIENCE):
                while len(outside.slack.sent()) < PARTS - 3:  # noqa: ASYNC110 - the program is another process
                    await asyncio.sleep(0.05)
            world.plan = plan = Plan("post", 1, "after", delay=0, latest=0)
            while not plan.fired.is_set() and len(outside.slack.sent()) < PARTS:
                await people.act()
                await asyncio.sleep(0.02)
            assert plan.fired.is_set()
            assert 1 <= len(outside.slack.sent()) < PARTS, "it was to be killed with a part of the digest sent"
            assert old.process.poll() is not None
            world.plan = None
            await outside.slack.quiet()
            await _let_leases_run_out(engine)

            await world.settle(engine, outside, people)

            assert not world.findings, world.findings
            assert len(outside.slack.acked) > 0

            refused = world.start(entry="scheduler", checkout=before)
            world.lives.append(refused)
            assert await asyncio.to_thread(refused.process.wait, 30) in {1, 2}, "that version may end as it did then"
            assert "was made by a newer Paper Round" in refused.log.read_text("utf-8")
        finally:
            world.close()
            await people.aclose()
            await engine.dispose()
