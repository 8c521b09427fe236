"""The wheel, as `pipx install` or `uvx` get it: nothing of the checkout is there, and everything that the program reads is in it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest

from tests.scenarios.program import FromDisk

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.process, pytest.mark.slow]


class Installed(FromDisk):
    """The program of a wheel, by its own command."""

    installed: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.installed / "paperround"), *arguments]

    def environ(self) -> dict[str, str]:
        return {name: value for name, value in super().environ().items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, made as `python -m build --no-isolation` makes them, from a checkout with somebody's settings in it."""
    folder = tmp_path_factory.mktemp("dist")
    hatchling = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    theirs = ROOT / f"team-{uuid4().hex}.toml"
    theirs.touch()
    try:
        subprocess.run(hatchling, cwd=ROOT, check=True, capture_output=True)
    finally:
        theirs.unlink()
    return folder


@pytest.fixture
def installed(built: Path, tmp_path: Path) -> Installed:
    """
    The wheel in an environment without the checkout. Its dependencies are those of the tests' own environment, since tests ask no
    package index; with PAPERROUND_REQUIRE_WHEEL, as `.ci/run` sets it, pip installs both into an empty one.
    """
    home = tmp_path / "environment"
    if os.environ.get("PAPERROUND_REQUIRE_WHEEL"):
        _install(next(built.glob("*.whl")), home)
    else:
        _unpack(next(built.glob("*.whl")), home)
    folder = tmp_path / "work"
    folder.mkdir()
    program = Installed(folder)
    program.installed = home / "bin"
    return program


def _install(wheel: Path, home: Path) -> None:
    venv.create(home, with_pip=True)
    # Not compiled: the program starts once, and reads a quarter of what its dependencies bring.
    pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", str(wheel)], check=True)


def _unpack(wheel: Path, home: Path) -> None:
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A path file names a folder and reads none of the path files in it: the editable checkout stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    script = home / "bin" / "paperround"
    script.write_text(f"#!{home}/bin/python\nfrom scheduler.__main__ import main\nmain()\n", "utf-8")
    script.chmod(0o755)


def test_up_sample(installed: Installed) -> None:
    """The sample week comes up from the wheel alone, with page, styles and classics."""
    where = subprocess.run(
        [str(installed.installed / "python"), "-c", "import bot; print(bot.__file__)"],
        cwd=installed.folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(ROOT) not in where.stdout
    try:
        assert installed.up("--sample").startswith("http://127.0.0.1:")
    finally:
        assert installed.stop() == 0


def test_the_sdist_builds_the_same(built: Path) -> None:
    """The sdist has what a wheel is made of, the licence among it, and nothing that tests install beside themselves."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        code = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert code <= names
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names
    assert not [name for name in names if "node_modules" in name or name.endswith(".db")]
    # Whatever else lies in a checkout: settings that git may know (docs/operations.md, Heroku), and what only runs our own machines.
    assert not [name for name in names if name.startswith(("team-", ".ci"))]
    assert {"Makefile", "requirements-dev.lock", "tests/conftest.py", "docs/operations.md", "compose.yaml"} <= names
