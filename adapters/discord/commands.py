"""
`/paperround` and 'Add to next digest', as Discord's command tree; what they do is the desk's.

The tree is registered with Discord only when it is another one than last time: there are 200 registrations a day (docs/platform-facts.md#b9).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import discord
from discord import app_commands

from adapters.discord.interactions import Interactions
from bot.ports import UnitOfWorkFactory

MENU: Final = "Add to next digest"
_OUTDATED: Final = (
    "This command has changed. Reload Discord (Ctrl+R), and choose it anew; /paperround help tells what there is."
)
CHOICES: Final = 25
CHOICE: Final = 100

Choices = Callable[[str, str], Awaitable[Mapping[str, str]]]
"""Gives what can be chosen in a channel (its id): value → label. The first argument is 'sources' or 'topics'."""

logger = logging.getLogger(__name__)


class TreeMemory(Protocol):
    """Remembers one short text between runs: which tree was registered last."""

    async def get(self) -> str | None:
        """Give what was put last; None before that."""
        ...

    async def put(self, value: str) -> None:
        """Remember this from now on."""
        ...


class Forgetful:
    """Remembers for as long as the process runs."""

    def __init__(self) -> None:
        self._value: str | None = None

    async def get(self) -> str | None:
        """Give what was put last."""
        return self._value

    async def put(self, value: str) -> None:
        """Remember this."""
        self._value = value


class _Tree(app_commands.CommandTree[Any]):
    """A tree that answers even where it does not know what was asked: Discord goes on offering what an earlier version registered."""

    def __init__(self, client: discord.Client, desk: Interactions) -> None:
        super().__init__(client)
        self._desk = desk

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the member, and the operator where it is a fault of ours."""
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            logger.warning("A command is not known: %s", error, extra={"action": "command_not_known"})
            said = _OUTDATED
        else:
            logger.error("A command failed", exc_info=error, extra={"action": "command_failed"})
            said = "That went wrong on our side. The operator finds the reason in the log."
        if interaction.type is discord.InteractionType.application_command and not interaction.is_expired():
            with contextlib.suppress(discord.DiscordException):
                await self._desk.say(interaction, said)


class Commands:
    """Puts our commands on a client, and registers them where they have changed."""

    def __init__(self, desk: Interactions, *, choices: Choices | None = None, memory: TreeMemory | None = None) -> None:
        self._desk = desk
        self._choices = choices
        self._memory = memory or Forgetful()

    async def setup(self, client: discord.Client) -> None:
        """Prepare a client that has just logged in."""
        tree = _Tree(client, self._desk)
        tree.add_command(_group(self._desk, self.suggested))
        tree.add_command(_menu(self._desk))
        await self.register(tree)

    async def register(self, tree: app_commands.CommandTree[Any]) -> None:
        """Tell Discord our commands, if they are others than last time. Failing that, the old ones go on."""
        digest = tree_hash(tree)
        if digest == await self._memory.get():
            return
        try:
            await tree.sync()
        except discord.DiscordException as error:
            logger.warning(
                "The commands could not be registered: %s", error, extra={"action": "commands_not_registered"}
            )
        else:
            await self._memory.put(digest)

    async def suggested(
        self, interaction: discord.Interaction, what: str, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Give the choices that fit what was typed so far; none where nobody knows any."""
        if self._choices is None:
            return []
        channel = interaction.channel
        channel_id = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
        known = await self._choices(what, str(channel_id or ""))
        before, comma, last = typed.rpartition(",") if what == "topics" else ("", "", typed)
        wanted = last.strip().casefold()
        fitting = [(value, label) for value, label in known.items() if wanted in f"{value} {label}".casefold()]
        start = f"{before}, " if comma else ""
        return [
            app_commands.Choice(name=(start + label)[:CHOICE] or value, value=start + value)
            for value, label in fitting[:CHOICES]
            if len(start + value) <= CHOICE
        ]


def tree_hash(tree: app_commands.CommandTree[Any]) -> str:
    """Name a tree: the same commands for the same application have the same name."""
    commands = [command.to_dict(tree) for command in tree.get_commands()]
    said = json.dumps([tree.client.application_id, commands], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


Suggested = Callable[[discord.Interaction, str, str], Awaitable[list[app_commands.Choice[str]]]]

_PLAIN: Final = {
    "now": "See the next digest as it stands; only you see it",
    "more": "The works that came after those of 'also this week'",
    "settings": "Weekday, time, zone, budget, exploration, topics, layout, what emoji mean",
    "resume": "Post here again",
    "status": "The next digest, the last one, and whether all is well",
    "help": "What you can ask",
}


def _group(desk: Interactions, suggested: Suggested) -> app_commands.Group:
    # Not bound to Manage Server as a whole (default_member_permissions): reading is for everybody, and Discord knows rights for a
    # command only with all its sub-commands. Who may change things is checked where it is changed.
    group = app_commands.Group(
        name="paperround", description="The week's research, chosen for this channel", guild_only=True
    )
    for name, words in _PLAIN.items():
        group.add_command(_plain(desk, name, words))
    group.add_command(_topics(desk, suggested))
    group.add_command(_numbered(desk, "card", "The card of a line of the digest, with a thread of its own"))
    group.add_command(_numbered(desk, "why", "All there is to say of a work of the digest"))
    for verb, (about, what) in _WORDED.items():
        group.add_command(_worded(desk, verb, about, what))
    group.add_command(_pause(desk))
    group.add_command(_add(desk))
    group.add_command(_summary(desk))
    group.add_command(_sources(desk, suggested))
    return group


def _plain(desk: Interactions, name: str, about: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=name, description=about)
    async def command(interaction: discord.Interaction) -> None:
        await desk.ask(interaction, name)

    return command


def _topics(desk: Interactions, suggested: Suggested) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="topics", description="What this channel is about; with topics given, set them")
    @app_commands.describe(set="Topics, separated by commas")
    async def command(interaction: discord.Interaction, set: str = "") -> None:  # noqa: A002 - members read it
        await desk.ask(interaction, f"topics {set}".strip())

    @command.autocomplete("set")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggested(interaction, "topics", typed)

    return command


_WORDED: Final = {
    "mine": (
        "My reading list, and what I owe a summary",
        "follow, unfollow, mute or unmute, and a name: for my list alone",
    ),
    "follow": (
        "What always comes first in this channel",
        "author:, lab:, word: or source: and a name, separated by commas",
    ),
    "unfollow": ("Follow no more", "What to take away, as it is listed"),
    "mute": ("What never comes in this channel", "author:, lab:, word: or source: and a name, separated by commas"),
    "unmute": ("Mute no more", "What to take away, as it is listed"),
    "taste": ("What this channel seems to like; with links, tell it", "Links to works you like, or forget"),
}


def _worded(desk: Interactions, verb: str, about: str, words: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=verb, description=about)
    @app_commands.describe(what=words)
    async def command(interaction: discord.Interaction, what: str = "") -> None:
        await desk.ask(interaction, f"{verb} {what}".strip())

    return command


def _numbered(desk: Interactions, verb: str, about: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=verb, description=about)
    @app_commands.describe(number="Its number in the digest")
    async def command(interaction: discord.Interaction, number: app_commands.Range[int, 1, 999]) -> None:
        await desk.ask(interaction, f"{verb} {number}")

    return command


def _pause(desk: Interactions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="pause", description="Post nothing here until it is resumed")
    @app_commands.describe(why="A word for the others")
    async def command(interaction: discord.Interaction, why: str = "") -> None:
        await desk.ask(interaction, f"pause {why}".strip())

    return command


def _add(desk: Interactions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="add", description="Propose something for the next digest")
    @app_commands.describe(url="The address of a paper, a post, a repository")
    async def command(interaction: discord.Interaction, url: str) -> None:
        await desk.ask(interaction, f"add {url}")

    return command


def _summary(desk: Interactions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="summary", description="Write the summary of the pick in whose thread you are")
    async def command(interaction: discord.Interaction) -> None:
        await desk.summarise(interaction)

    return command


def _sources(desk: Interactions, suggested: Suggested) -> app_commands.Group:
    group = app_commands.Group(name="sources", description="Where we read")

    @group.command(name="list", description="Every source and how it stands")
    async def listed(interaction: discord.Interaction) -> None:
        await desk.ask(interaction, "sources")

    @group.command(name="add", description="Follow another source")
    @app_commands.describe(url="The address of a feed, or of a page that has one")
    async def added(interaction: discord.Interaction, url: str) -> None:
        await desk.ask(interaction, f"sources add {url}")

    for name, about in (("remove", "Follow a source no longer"), ("check", "Ask a source now, and say how it went")):
        group.add_command(_named_source(desk, suggested, name, about))
    return group


def _named_source(
    desk: Interactions, suggested: Suggested, name: str, about: str
) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=name, description=about)
    @app_commands.describe(source="Which one")
    async def command(interaction: discord.Interaction, source: str) -> None:
        await desk.ask(interaction, f"sources {name} {source}")

    @command.autocomplete("source")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggested(interaction, "sources", typed)

    return command


def _menu(desk: Interactions) -> app_commands.ContextMenu:
    async def add(interaction: discord.Interaction, message: discord.Message) -> None:
        await desk.add(interaction, message)

    menu = app_commands.ContextMenu(name=MENU, callback=add)
    menu.guild_only = True
    return menu


class TreeNote:
    """Remembers in the database which commands Discord was told last: it admits few such calls a day."""

    NAME: Final = "discord commands"

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    async def get(self) -> str | None:
        """Give what was noted last; None if nothing was."""
        async with self._unit_of_work() as uow:
            return await uow.notes.get(self.NAME)

    async def put(self, value: str) -> None:
        """Note what Discord was told."""
        async with self._unit_of_work() as uow:
            await uow.notes.put(self.NAME, value)
            await uow.commit()
