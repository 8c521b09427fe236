"""The manifest asks the workspace for exactly what the code uses: no scope too many, no event too few (docs/platform-facts.md#a15, #a21)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from adapters.slack.api import HISTORY
from adapters.slack.commands import COMMAND, HOME, SHORTCUT
from adapters.slack.doctor import SCOPES
from adapters.slack.events import _TABLE
from adapters.slack.intake import NEWS
from adapters.slack.summary_forms import KEEP
from bot.usecases.commands import HELP
from tests.adapters.slack.manifest_without_history import JSON, LESS, as_json, made

FOLDER = Path(__file__).parents[3] / "adapters" / "slack"
BOTH = ("channels", "groups")

# What Slack's reference pages say each method needs of a bot that works in public and private channels.
NEEDED = {
    "auth.test": set(),
    "apps.connections.open": set(),  # an app-level token's connections:write
    "views.open": set(),
    "views.update": set(),
    "views.publish": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.delete": {"chat:write"},
    "conversations.history": {f"{kind}:history" for kind in BOTH},
    "conversations.replies": {f"{kind}:history" for kind in BOTH},
    "conversations.list": {f"{kind}:read" for kind in BOTH},
    "conversations.info": {f"{kind}:read" for kind in BOTH},
    "reactions.add": {"reactions:write"},
    "reactions.get": {"reactions:read"},
    "reactions.remove": {"reactions:write"},
    "users.conversations": {f"{kind}:read" for kind in BOTH},
    "users.info": {"users:read"},
    "apps.manifest.create": set(),  # an app-configuration token, when the app is made
    "auth.teams.list": set(),  # which workspaces of an organisation let us in
}


@pytest.fixture
def manifest():
    return yaml.safe_load((FOLDER / "manifest.yaml").read_text("utf-8"))


def called_methods() -> set[str]:
    """Every Web API method that the source names."""
    pattern = re.compile(r"\"((?:auth|apps|views|chat|conversations|reactions|users)\.[a-zA-Z.]+)\"")
    return {name for path in FOLDER.glob("*.py") for name in pattern.findall(path.read_text("utf-8"))}


def test_scopes(manifest):
    """The scopes are those of the methods that are called, of the events, and of commands."""
    assert set(NEEDED) == called_methods()
    wanted = {"commands"}.union(*NEEDED.values())

    assert sorted(wanted) == manifest["oauth_config"]["scopes"]["bot"]
    assert sorted(wanted) == sorted(SCOPES)


def test_usage_hint(manifest):
    """What Slack shows behind the command is every line of the help, within the 1,000 characters that Slack takes."""
    (command,) = manifest["features"]["slash_commands"]

    assert " · ".join(line for line, _ in HELP) == command["usage_hint"]
    assert len(command["usage_hint"]) <= 1000


def test_events(manifest):
    """The events are those the table reads, the news of channels, and the home tab."""
    messages = {f"message.{kind}" for kind in BOTH}
    read = {kind for kind in _TABLE if not kind.startswith("message/")} | messages

    assert sorted(read | NEWS | {HOME}) == manifest["settings"]["event_subscriptions"]["bot_events"]


def test_ways_to_ask(manifest):
    """The command and the shortcut bear the names that bolt listens to, and ids arrive escaped."""
    (command,) = manifest["features"]["slash_commands"]
    shortcuts = manifest["features"]["shortcuts"]

    assert (COMMAND, True) == (command["command"], command["should_escape"])
    assert [(SHORTCUT, "message"), (KEEP, "message")] == [(one["callback_id"], one["type"]) for one in shortcuts]


def test_slack_takes_it(manifest):
    """It keeps to what Slack's schema asks: version, lengths, and the switches it must be told."""
    shown = manifest["display_information"]
    switches = manifest["settings"]

    assert 2 == manifest["_metadata"]["major_version"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert [True, True, False, True] == [
        switches["interactivity"]["is_enabled"],
        switches["socket_mode_enabled"],
        switches["token_rotation_enabled"],
        switches["org_deploy_enabled"],
    ]


def test_without_history(manifest):
    """The second manifest is the first without the right to read channels, and without the events that need it; its words promise less."""
    assert LESS.read_text("utf-8") == made(), "run python -m tests.adapters.slack.manifest_without_history"
    assert JSON.read_text("utf-8") == as_json(), "run python -m tests.adapters.slack.manifest_without_history"
    less = yaml.safe_load(made())
    scopes, events = (
        manifest["oauth_config"]["scopes"]["bot"],
        manifest["settings"]["event_subscriptions"]["bot_events"],
    )

    assert less["oauth_config"]["scopes"]["bot"] == [one for one in scopes if one not in HISTORY]
    assert less["settings"]["event_subscriptions"]["bot_events"] == [
        one for one in events if not one.startswith("message.")
    ]
    assert "reply" not in less["display_information"]["long_description"]
