"""The table of platforms: every mark in it stands on something in the code, and every row is marked for every platform."""

from __future__ import annotations

import inspect
import pkgutil
from pathlib import Path

import pytest

from bot.ports import Chat

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "platforms.md").read_text("utf-8")
PLATFORMS = ("web", "slack", "discord")

EVIDENCE: dict[str, tuple[str | None, str | None, str | None]] = {
    "the digest: head, a message a pick, foot": (
        "channel.chat:WebChannel.post",
        "chat:SlackChat.post",
        "chat:DiscordChat.post",
    ),
    "never posted twice": ("channel.store:BoardStore.add_message", "chat:SlackChat.find", "chat:DiscordChat.find"),
    "a thread for each pick": ("channel.chat:WebChannel.reply", "events:is_reply", "threads:Threads.open"),
    "what came next, as lines": ("channel.views:_section_of", "blocks:_lines", "embeds:_line_lead"),
    "a line's card for whoever asks": (
        "pages.actions:Actions._card",
        "commands:SlackCommands.pressed",
        "interactions:Interactions._ask_by_component",
    ),
    "what a card leaves out": ("channel.views:MessageView.blocks_but", "blocks:_more", "embeds:_components"),
    "the picture that a source gives of a work": (None, "blocks:_with_picture", "embeds:_pick"),
    "forum channels": (None, None, "threads:Forum.post"),
    "buttons are decisions": (None, "commands:SlackCommands.decided", "presses:Presses.store"),
    "reactions are decisions": (
        "channel.chat:WebChannel.react",
        "events:parse_event",
        "events:Translator.reaction_added",
    ),
    "emoji of one's own": (None, "emojis:character_of", "emojis:Emojis.named"),
    "all reactions cleared at once": (None, None, "events:Translator.reactions_cleared"),
    "replies in the thread are summaries": (
        "channel.chat:WebChannel.reply",
        "events:is_reply",
        "events:Translator.message_posted",
    ),
    "replies that point at the card are, too": (None, None, "snapshot:References.to"),
    "editing and deleting a reply": (
        "channel.chat:WebChannel.edit",
        "events:_changed",
        "events:Translator.messages_deleted",
    ),
    "summaries written in a form": (None, "summaries:FormSummaries.write", "threads:FormSummaries.write"),
    "any message kept as a summary": (None, "summary_forms:SummaryForms.keep", "interactions:Interactions.keep"),
    "📝 acknowledges a summary": (
        "channel.chat:WebChannel.acknowledge",
        "chat:SlackChat.acknowledge",
        "chat:DiscordChat.acknowledge",
    ),
    "the card shows who decided what": (
        "channel.views:MessageView.decisions",
        "chat:SlackChat.redraw",
        "chat:DiscordChat.redraw",
    ),
    "the legend as ready reactions": (None, "chat:SlackChat._seed", "chat:DiscordChat._seed"),
    "what happened while we were away": (
        "channel.chat:WebChannel.snapshot",
        "chat:SlackChat.snapshot",
        "chat:DiscordChat.snapshot",
    ),
    "`/paperround`": (None, "commands:SlackCommands.command", "commands:Commands.setup"),
    "set up in chat": (None, "intake:Joined", "arrivals:Arrivals.take"),
    "settings in a form": (None, "answers:form_view", "answers:pages_of"),
    "suggestions while typing": (None, None, "commands:Commands.suggested"),
    "propose a message's links": (None, "commands:SlackCommands.shortcut", "interactions:Interactions.add"),
    "the library, as far as one may read": (
        "library.viewer:viewer_of",
        "membership:SlackMembership.reader",
        "membership:DiscordMembership.reader",
    ),
    "a page of one's own": (None, "commands:publish", None),
    "buttons under messages": (None, "commands:SlackCommands.pressed", "interactions:Interactions.pressed"),
    "who may change things": (None, "commands:SlackCommands._is_member", "interactions:Interactions._call"),
    "lost channels are paused, and resume": (None, "intake:ChannelNews", "access:ChannelNews"),
    "works where words are hidden": (None, "api:Identity.reads_history", "replies:is_hidden"),
    "an editor's pass": (None, "chat:SlackChat.tell", "chat:DiscordChat.tell"),
    "members of an organisation's other workspaces": (None, "people:outsider", None),
    "a role is notified by the head": (None, None, "chat:DiscordChat._role"),
    "the head is published to followers": (None, None, "chat:DiscordChat._crosspost"),
    "set up from the command line": (None, "setup:check_bot_token", "setup:check_token"),
    "behind a firewall": ("http.server:PageServer", "socket_mode:SocketModeEvents", "supervisor:Supervisor"),
    "over signed HTTP": (None, "http_events:HttpEvents", None),
    "several workspaces at once": (None, "oauth.workspaces:Workspaces", "client:Listener"),
    "`paperround doctor`": ("http.binding:check_binding", "doctor:examine", "doctor:examine"),
}

# A row that is marked for one platform alone: what the others must not have, or the table is out of date.
ABSENT = {
    "slack": ("forum", "interactions", "threads"),
    "web": ("commands", "answers", "forum"),
    "discord": ("oauth", "http_events"),
}


def rows() -> dict[str, list[str]]:
    """The table: the marks of each row, by its first cell."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    return {cells[0]: cells[1:] for cells in lines[1:]}


def test_rows():
    """Every row has its evidence, and every evidence its row, in the same order."""
    assert list(EVIDENCE) == list(rows())


@pytest.mark.parametrize("row", EVIDENCE)
def test_marks(row):
    """A platform is marked where there is something in its adapter, and only there."""
    expected = ["✓" if name else "–" for name in EVIDENCE[row]]

    assert expected == [cell[0] for cell in rows()[row]]


@pytest.mark.parametrize(
    "name",
    [
        f"adapters.{platform}.{name}"
        for names in EVIDENCE.values()
        for platform, name in zip(PLATFORMS, names, strict=True)
        if name
    ],
)
def test_evidence(name):
    """What a mark stands on is there."""
    assert pkgutil.resolve_name(name) is not None


@pytest.mark.parametrize("platform", ABSENT)
def test_absent(platform):
    """What the table says a platform does without has not been built meanwhile."""
    folder = ROOT / "adapters" / platform

    assert set() == {path.stem for path in folder.glob("*.py")} & set(ABSENT[platform])


@pytest.mark.parametrize(
    "name",
    ["adapters.web.channel.chat:WebChannel", "adapters.slack.chat:SlackChat", "adapters.discord.chat:DiscordChat"],
)
def test_methods(name):
    """Each platform takes what the port takes, argument by argument."""
    platform = pkgutil.resolve_name(name)
    asked = {
        method: inspect.signature(getattr(Chat, method))
        for method in ("post", "find", "snapshot", "acknowledge", "listen", "stop_listening", "close")
    }

    assert {method: list(signature.parameters) for method, signature in asked.items()} == {
        method: list(inspect.signature(getattr(platform, method)).parameters) for method in asked
    }
