"""Several workspaces: what is missing, and what does not go together, is said before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.slack.oauth.encryption import new_key
from adapters.slack.settings import is_key, keys_in
from bot.errors import SettingsError
from scheduler.bootstrap import configuration
from scheduler.settings.settings import environment_names

WHOLE = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "hush-hush", "SLACK_SIGNING_SECRET": "sign-sign"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with nothing of ours in the environment."""
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, str]:
    """What the program says of these settings, by key."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        configuration()
    assert not [secret for secret in environment.values() if len(secret) > 3 and secret in str(caught.value)]
    return {fault.key: f"{fault.problem}. {fault.remedy}" for fault in caught.value.faults}


def test_the_whole_of_it(monkeypatch):
    """With everything there nothing is wrong, and each key is a secret of its own."""
    old, new = new_key(), new_key()
    for name, value in {**WHOLE, "PAPERROUND_KEYS": f"{new}, {old}"}.items():
        monkeypatch.setenv(name, value)

    settings = configuration()

    assert {old, new, "hush-hush", "sign-sign"} <= settings.all_secrets()
    assert not [secret for secret in (old, new, "hush-hush") if secret in repr(settings)]


def test_a_client_id_alone(monkeypatch):
    """All that is missing is named at once; for keys, with the command that makes one."""
    found = faults(monkeypatch, SLACK_CLIENT_ID="1.2")

    assert ["PAPERROUND_KEYS", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"] == sorted(found)
    assert "paperround keys new" in found["PAPERROUND_KEYS"]


def test_one_workspace_and_several(monkeypatch):
    """A token for one workspace does not stand beside an app for several: nobody could tell which one counts."""
    found = faults(
        monkeypatch, **WHOLE, PAPERROUND_KEYS=new_key(), SLACK_BOT_TOKEN="xoxb-mine", SLACK_APP_TOKEN="xapp-mine"
    )

    assert ["SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"] == sorted(found)
    assert "/slack/install" in found["SLACK_BOT_TOKEN"]


@pytest.mark.parametrize("keys", ["a password", "c2hvcnQ=", ",", "!" * 44])
def test_what_is_no_key(monkeypatch, keys):
    """A key is one that we make: a password is none, and is not shown."""
    assert "paperround keys new" in faults(monkeypatch, PAPERROUND_KEYS=keys)["PAPERROUND_KEYS"]


def test_keys_in_a_list():
    """Spaces and a comma at the end do no harm."""
    assert ("a", "b") == keys_in(" a ,b, ")
    assert is_key(new_key())


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ('platform = "slack"\nid = "C1"\nteam = "T1"', "one workspace"),
        ('team = "T1"', "on web"),
        ('platform = "slack"\nid = "C1"\nteam = "reading"', "is no workspace"),
    ],
)
def test_a_workspace_where_none_belongs(monkeypatch, folder, channel, words):
    """A channel's workspace is for shared installs, and is an id."""
    (folder / "paperround.toml").write_text(f'[[channels]]\nname = "a"\n{channel}\n')

    assert words in faults(monkeypatch)["channels[0].team"]


def test_channels_of_one_name(monkeypatch, folder):
    """`#reading` of two workspaces are two places; twice in one workspace it is one."""
    for name, value in {**WHOLE, "PAPERROUND_KEYS": new_key()}.items():
        monkeypatch.setenv(name, value)
    table = '[[channels]]\nname = "{}"\nplatform = "slack"\nid = "#reading"\nteam = "{}"\n'
    (folder / "paperround.toml").write_text(table.format("a", "T1") + table.format("b", "T2"))
    assert ["T1/#reading", "T2/#reading"] == [channel.id for channel in configuration().channel_list()]

    (folder / "paperround.toml").write_text(table.format("a", "T1") + table.format("b", "T1"))
    with pytest.raises(SettingsError, match="one and the same place"):
        configuration()
