"""
Registration and dispatch of `/paperround` and 'Add to next digest', as Discord's command tree; `Interactions` answers them.

At each start Discord is asked what it has, and the tree is registered only where that is something else: there are 200 registrations a day
(docs/platform-facts.md#b9).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import discord
from discord import app_commands

from adapters.discord.interactions import Interactions, is_answered
from adapters.discord.rest import Rest
from bot.errors import ChatError
from bot.ports import UnitOfWorkFactory
from bot.usecases.command_edge import WENT_WRONG

COMMAND: Final = "paperround"
MENU: Final = "Add to next digest"
KEEP: Final = "Keep as summary"
_OUTDATED: Final = (
    "This command has changed. Reload Discord (Ctrl+R), and choose it again; /paperround help tells what there is."
)
RETRY_SECONDS: Final = 3600.0
"""How long commands that could not be registered are not tried again: each reconnect is another occasion."""

SETUP_SECONDS: Final = 10.0
"""How long registering may keep a client from connecting."""

_COMMANDS: Final = "/applications/{application_id}/commands"
CHOICES: Final = 25
CHOICE: Final = 100

Choices = Callable[[str, str], Awaitable[Mapping[str, str]]]
"""Suggestions in a channel (its id): value → label. The first argument is 'sources' or 'topics'."""

logger = logging.getLogger(__name__)


class CommandTreeStore(Protocol):
    """Stores what was registered last: the hash of the tree, and what Discord made of it."""

    async def get(self) -> str | None:
        """The stored text; None before the first."""
        ...

    async def put(self, value: str) -> None:
        """Store a text."""
        ...


class InMemoryTreeStore:
    """Keeps it for as long as the process runs."""

    def __init__(self) -> None:
        self._value: str | None = None

    async def get(self) -> str | None:
        """The stored text."""
        return self._value

    async def put(self, value: str) -> None:
        """Store a text."""
        self._value = value


class _Tree(app_commands.CommandTree[Any]):
    """Command tree that answers unknown commands, too: Discord goes on offering what an earlier version registered."""

    def __init__(self, client: discord.Client, interactions: Interactions) -> None:
        super().__init__(client)
        self._interactions = interactions

    async def on_error(self, interaction: discord.Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell the member, and the operator where it is a fault of ours."""
        if is_answered(getattr(error, "original", error)):
            logger.info("Another process answered a member", extra={"action": "answered_elsewhere"})
            return
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            logger.warning("A command is not known: %s", error, extra={"action": "command_not_known"})
            said = _OUTDATED
        else:
            logger.error("A command failed", exc_info=error, extra={"action": "command_failed"})
            said = WENT_WRONG
        if interaction.type is discord.InteractionType.application_command and not interaction.is_expired():
            with contextlib.suppress(discord.DiscordException):
                await self._interactions.say(interaction, said)


class Commands:
    """Adds our commands to a client, and registers them where Discord has others. `now` gives seconds, for the pause after a failure."""

    def __init__(
        self,
        interactions: Interactions,
        rest: Rest,
        *,
        choices: Choices | None = None,
        memory: CommandTreeStore | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interactions = interactions
        self._rest = rest
        self._choices = choices
        self._memory = memory or InMemoryTreeStore()
        self._now = now
        self._failed_at: float | None = None

    async def setup(self, client: discord.Client) -> None:
        """Prepare a client that has just logged in. Whatever is wrong with the commands, the gateway is connected all the same."""
        tree = self.tree(client)
        if self._failed_at is not None and self._now() - self._failed_at < RETRY_SECONDS:
            return  # each reconnect makes another client, and each try counts
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                await self.register(tree)
        except Exception as error:  # noqa: BLE001 - the edge: an answer that we do not understand must not keep events from us
            self._failed_at = self._now()
            reason = error.reason if isinstance(error, ChatError) else repr(error)
            logger.warning(
                "The commands could not be registered: %s", reason, extra={"action": "commands_not_registered"}
            )

    async def once_registered(self) -> bool:
        """Whether our commands were ever registered, so that they should be there."""
        return await self._memory.get() is not None

    def tree(self, client: discord.Client) -> app_commands.CommandTree[Any]:
        """Give our commands as a client's tree."""
        tree = _Tree(client, self._interactions)
        tree.add_command(_group(self._interactions, self.suggested))
        tree.add_command(_menu(self._interactions))
        tree.add_command(_keep(self._interactions))
        return tree

    async def register(self, tree: app_commands.CommandTree[Any], *, anyway: bool = False) -> int:
        """
        Register our commands where Discord has none of them, or others; with `anyway` in any case. Give how many there are.

        What was registered is no proof that it still is: a program with the same token may have emptied or replaced it. Raises `ChatError`.
        """
        application = str(tree.client.application_id or await self._rest.application())
        payload = [command.to_dict(tree) for command in tree.get_commands()]
        told = _hash_of(application, payload)
        if not anyway and await self._stands(application, payload, told):
            return len(payload)
        answer = await self._rest.ask("PUT", _COMMANDS, json=payload, application_id=application)
        # Registered it is, whatever shape the answer has: without marks of it, its names are compared next time.
        await self._memory.put(_note(told, answer))
        logger.info("Registered %s commands with Discord", len(payload), extra={"action": "commands_registered"})
        return len(payload)

    async def _stands(self, application: str, payload: list[dict[str, Any]], told: str) -> bool:
        """Whether Discord has what was registered last, and that is what we would register."""
        known, _, marks = (await self._memory.get() or "").partition(" ")
        if known != told:
            return False
        try:
            there = await self._rest.ask("GET", _COMMANDS, application_id=application)
        except ChatError as error:
            logger.info("Discord does not tell our commands: %s", error.reason, extra={"action": "commands_not_seen"})
            return True
        if marks == _marks(there):
            return True
        if marks or not _names(payload) <= _names(there):
            return False
        await self._memory.put(_note(told, there))
        return True

    async def suggested(
        self, interaction: discord.Interaction, what: str, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Suggestions that fit what was typed so far; none where none are known."""
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


def _hash_of(application: str, payload: list[dict[str, Any]]) -> str:
    """Hash of a tree: the same commands for the same application have the same one."""
    said = json.dumps([application, payload], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _note(told: str, answer: Any) -> str:
    return f"{told} {_marks(answer)}".strip()


def _marks(commands: Any) -> str:
    """Ids and versions of registered commands, which change with every registration; '' where Discord tells none."""
    found = commands if isinstance(commands, list) else []
    marks = [f"{one.get('id')}:{one.get('version')}" for one in found if isinstance(one, Mapping) and one.get("id")]
    return ",".join(sorted(marks))


def _names(commands: Any) -> set[str]:
    found = commands if isinstance(commands, list) else []
    return {str(one.get("name")) for one in found if isinstance(one, Mapping)}


Suggested = Callable[[discord.Interaction, str, str], Awaitable[list[app_commands.Choice[str]]]]

_PLAIN: Final = {
    "now": "See the next digest as it stands; only you see it",
    "more": "The works that came after those of 'also this week'",
    "settings": "Weekday, time, zone, budget, exploration, topics, layout, what emoji mean",
    "resume": "Post here again",
    "setup": "Bring the digest into this channel",
    "stop": "No digest any more; what was written is kept",
    "status": "The next digest, the last one, and whether all is well",
    "page": "The library in a browser: weeks, works, words, figures",
    "help": "What you can ask",
}


def _group(interactions: Interactions, suggested: Suggested) -> app_commands.Group:
    # Not bound to Manage Server as a whole (default_member_permissions): reading is for everybody, and Discord knows rights for a
    # command only with all its sub-commands. Who may change things is checked where it is changed.
    group = app_commands.Group(
        name=COMMAND, description="The week's research, chosen for this channel", guild_only=True
    )
    for name, about in _PLAIN.items():
        group.add_command(_plain(interactions, name, about))
    group.add_command(_topics(interactions, suggested))
    group.add_command(_numbered(interactions, "card", "The card of a line of the digest, with a thread of its own"))
    group.add_command(_numbered(interactions, "why", "All there is to say of a work of the digest"))
    for verb, (about, what) in _WORDED.items():
        group.add_command(_worded(interactions, verb, about, what))
    for verb, about in _WISHES.items():
        group.add_command(_wish(interactions, verb, about))
    group.add_command(_pause(interactions))
    group.add_command(_add(interactions))
    group.add_command(_summary(interactions))
    group.add_command(_sources(interactions, suggested))
    return group


def _plain(interactions: Interactions, name: str, about: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=name, description=about)
    async def command(interaction: discord.Interaction) -> None:
        await interactions.ask(interaction, name)

    return command


def _topics(interactions: Interactions, suggested: Suggested) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="topics", description="What this channel is about; with topics given, set them")
    @app_commands.describe(set="Topics, separated by commas")
    async def command(interaction: discord.Interaction, set: str = "") -> None:  # noqa: A002 - members read it
        await interactions.ask(interaction, f"topics {set}".strip())

    @command.autocomplete("set")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggested(interaction, "topics", typed)

    return command


_WORDED: Final = {
    "review": (
        "The digest before it goes out, for its editors",
        "remove 3, move 5 1, add and an address, undo, join; 12h or off",
    ),
    "stats": (
        "How much was sent, marked and summarised here, and what exploration tells",
        "me: my own figures, for me alone",
    ),
    "mine": (
        "My reading list, and what I owe a summary",
        "follow, unfollow, mute or unmute, and a name: for my list alone",
    ),
    "remind": (
        "My list and what I owe, once a week, to me alone",
        "A day and a time, like monday 10:00, and a zone; or off",
    ),
    "find": (
        "Search works and our own words",
        'Words, "a phrase", begin*, by:MEMBER, decision:must-read, week:2026-W30, has:code',
    ),
    "taste": ("What this channel seems to like; with links, tell it", "Links to works you like, history, or forget"),
    "classics": (
        "The corner for the basics: one classic a week",
        "add and an address and why it lasts; remove and an address; off, own or shipped",
    ),
}

_WISHES: Final = {"follow": "What always comes first in this channel", "mute": "What never comes in this channel"}


def _worded(interactions: Interactions, verb: str, about: str, words: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=verb, description=about)
    @app_commands.describe(what=words)
    async def command(interaction: discord.Interaction, what: str = "") -> None:
        await interactions.ask(interaction, f"{verb} {what}".strip())

    return command


def _wish(interactions: Interactions, verb: str, about: str) -> app_commands.Command[Any, ..., None]:
    # One command for both ways: Discord allows 25 in a group (docs/platform-facts.md#b9).
    @app_commands.command(name=verb, description=about)
    @app_commands.describe(
        what="author:, lab:, word: or source: and a name, separated by commas",
        remove="Take it off the list instead",
    )
    async def command(interaction: discord.Interaction, what: str = "", *, remove: bool = False) -> None:
        await interactions.ask(interaction, f"{'un' if remove else ''}{verb} {what}".strip())

    return command


def _numbered(interactions: Interactions, verb: str, about: str) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=verb, description=about)
    @app_commands.describe(number="Its number in the digest")
    async def command(interaction: discord.Interaction, number: app_commands.Range[int, 1, 999]) -> None:
        await interactions.ask(interaction, f"{verb} {number}")

    return command


def _pause(interactions: Interactions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="pause", description="Post nothing here until it is resumed")
    @app_commands.describe(why="A word for the others")
    async def command(interaction: discord.Interaction, why: str = "") -> None:
        await interactions.ask(interaction, f"pause {why}".strip())

    return command


def _add(interactions: Interactions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="add", description="Propose something for the next digest")
    @app_commands.describe(url="The address of a paper, a post, a repository")
    async def command(interaction: discord.Interaction, url: str) -> None:
        await interactions.ask(interaction, f"add {url}")

    return command


def _summary(interactions: Interactions) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name="summary", description="Write the summary of the pick in whose thread you are")
    async def command(interaction: discord.Interaction) -> None:
        await interactions.summarise(interaction)

    return command


_OF_A_SOURCE: Final = {
    "remove": "Follow a source no longer in this channel",
    "enable": "Read a source in this channel again",
    "disable": "Do without a source in this channel; others that share it go on reading it",
    "check": "Ask a source now, and say how it went",
}


def _sources(interactions: Interactions, suggested: Suggested) -> app_commands.Group:
    group = app_commands.Group(name="sources", description="Where we read")

    @group.command(name="list", description="Every source and how it stands")
    async def listed(interaction: discord.Interaction) -> None:
        await interactions.ask(interaction, "sources")

    @group.command(name="add", description="Follow another source")
    @app_commands.describe(url="The address of a feed, or of a page that has one")
    async def added(interaction: discord.Interaction, url: str) -> None:
        await interactions.ask(interaction, f"sources add {url}")

    for name, about in _OF_A_SOURCE.items():
        group.add_command(_named_source(interactions, suggested, name, about))
    return group


def _named_source(
    interactions: Interactions, suggested: Suggested, name: str, about: str
) -> app_commands.Command[Any, ..., None]:
    @app_commands.command(name=name, description=about)
    @app_commands.describe(source="Which one")
    async def command(interaction: discord.Interaction, source: str) -> None:
        await interactions.ask(interaction, f"sources {name} {source}")

    @command.autocomplete("source")
    async def complete(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await suggested(interaction, "sources", typed)

    return command


def _keep(interactions: Interactions) -> app_commands.ContextMenu:
    async def keep(interaction: discord.Interaction, message: discord.Message) -> None:
        await interactions.keep(interaction, message)

    menu = app_commands.ContextMenu(name=KEEP, callback=keep)
    menu.guild_only = True
    return menu


def _menu(interactions: Interactions) -> app_commands.ContextMenu:
    async def add(interaction: discord.Interaction, message: discord.Message) -> None:
        await interactions.add(interaction, message)

    menu = app_commands.ContextMenu(name=MENU, callback=add)
    menu.guild_only = True
    return menu


class StoredTree:
    """`CommandTreeStore` in the database: Discord allows few registrations a day."""

    NAME: Final = "discord commands"

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    async def get(self) -> str | None:
        """The stored hash; None if nothing was."""
        async with self._unit_of_work() as uow:
            return await uow.notes.get(self.NAME)

    async def put(self, value: str) -> None:
        """Store a hash."""
        async with self._unit_of_work() as uow:
            await uow.notes.put(self.NAME, value)
            await uow.commit()
