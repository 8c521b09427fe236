"""`.env.example` and the settings are one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scheduler.settings.settings import environment_names, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def described() -> list[tuple[str, str]]:
    """Each setting of the example with the comment directly above it."""
    return re.findall(r"^# (.+)\n(?:# )?([A-Z][A-Z_]+)=", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)


def test_every_setting_once() -> None:
    """Every setting stands in the example once, in order, with its description directly above it, and nothing else does."""
    expected = [(description, name) for name, description in environment_names().items()]

    assert expected == described()
    assert len(expected) * 3 - 1 == len(EXAMPLE.read_text("utf-8").splitlines())


def test_it_is_a_valid_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BackupResult as it is, the example changes nothing; with every value it shows switched on, it has no fault."""
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    plain = load_settings()
    text = EXAMPLE.read_text("utf-8")

    (tmp_path / ".env").write_text(text, "utf-8")
    assert plain == load_settings()

    (tmp_path / ".env").write_text(re.sub(r"^# ([A-Z][A-Z_]+=.)", r"\1", text, flags=re.MULTILINE), "utf-8")
    (tmp_path / "paperround.toml").touch()
    assert load_settings().now is not None
