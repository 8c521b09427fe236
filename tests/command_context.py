"""The core's own commands on fakes: a channel, and somebody who asks there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from adapters.classics.shipped import shipped
from adapters.discord.platform import WORDS as DISCORD_WORDS
from adapters.slack.workspace import WORDS as SLACK_WORDS
from bot.errors import ChatError, SourceError
from bot.item_keys import item_key
from bot.model import Answer, Channel, CommandCall, FoundFeed, FoundWork, ItemKind, Post
from bot.ports import Batch, Chat
from bot.rendering import posting_key
from bot.usecases.channel_list import ChannelList
from bot.usecases.command_context import CommandContext, Subscribing, SubscriptionRules
from bot.usecases.command_edge import answer_after
from bot.usecases.commands import Commands
from bot.usecases.compile import compile_digest
from bot.usecases.deliver import deliver, freeze
from bot.usecases.record import Recorder
from bot.usecases.sources import with_owners
from tests.factories import ADA, NOW, WEEK, WINDOW, at, channel, digest_of, entry, mention, spec, stored
from tests.fake_chat import FakeChat
from tests.fake_storage import FakeDatabase


class Finder:
    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        if "nothing" in url:
            raise SourceError(url, "names no feed")
        return FoundFeed(url=f"{url}/feed", title="Our Lab", entries=3)


class Works:
    """Knows some works by their address."""

    def __init__(self) -> None:
        self.known: dict[str, FoundWork] = {}
        self.asked: list[str] = []
        self.together: set[str] = set()
        """Addresses that are told of together with others."""
        self.asked_together: list[list[str]] = []
        self.lists: dict[str, list[FoundWork]] = {}
        """What stands in a list at an address."""
        self.lists_asked: list[str] = []
        self.lists_down: set[str] = set()
        """Addresses of lists that do not answer."""
        self.dies_at = 0
        """At the how manieth question the process dies; never, if none."""

    async def find(self, url: str) -> FoundWork:
        self.asked.append(url)
        if len(self.asked) == self.dies_at:
            raise RuntimeError("the process dies here")
        found = self.known.get(item_key(url) or "")
        if found is None:
            raise SourceError(url, "did not answer")
        return found

    async def find_together(self, urls: Sequence[str]) -> dict[str, FoundWork | None]:
        self.asked_together.append(list(urls))
        return {url: self.known.get(item_key(url) or "") for url in urls if url in self.together}

    def is_list(self, url: str) -> bool:
        return url in self.lists or url in self.lists_down

    async def listed(self, url: str) -> list[FoundWork]:
        self.lists_asked.append(url)
        if url in self.lists_down:
            raise SourceError(url, "did not answer")
        return self.lists.get(url, [])

    def know(self, address: str, title: str, kind: ItemKind | None = None, **more) -> None:
        self.known[item_key(address) or ""] = FoundWork(**{"url": address, "title": title, "kind": kind, **more})


class CommandFixture:
    """A channel on a fake platform, and somebody who asks; on another database than the fake one, if `database` is one."""

    def __init__(
        self,
        platform: str = "fake",
        rules: SubscriptionRules | None = None,
        database: FakeDatabase | None = None,
        spread: timedelta = timedelta(0),
    ) -> None:
        self.database = database or FakeDatabase()
        self.channel = channel(platform=platform, id="C1")
        self.chat = FakeChat()
        self.works = Works()
        self.direct = {"fake"}
        self.readable = frozenset({self.channel.name})
        self.specs = [spec("arxiv"), spec("letter")]
        self.channels = [self.channel]
        self.recorder = Recorder(self.database.unit_of_work, lambda: NOW, {"fake": self.chat})
        self.rules = rules or SubscriptionRules()
        self.refusal: ChatError | None = None
        self.announced: list[tuple[Channel, Post, str]] = []
        self.on: Chat | None = None
        self.collected = self.delivered = 0
        self.context = CommandContext(
            unit_of_work=self.database.unit_of_work,
            clock=lambda: NOW,
            channels=lambda: ChannelList(self.channels, self.database.unit_of_work, spread=spread).read(),
            tables=frozenset,
            specs=self.known,
            preview=self.preview,
            check=self.checked,
            finder=self.finder,
            works=self.opened_works,
            classics=shipped,
            readable_by=self.readable_by,
            message_url=self.chat.message_url,
            direct=self.direct,
            subscribing=Subscribing(
                rules=self.rules,
                check=self.admitted,
                title=self.titled,
                collect=self.collect,
                deliver=self.deliver,
                announce=self.announce,
            ),
            words={"slack": SLACK_WORDS, "discord": DISCORD_WORDS},
            spread=spread,
        )
        self.commands = Commands(self.context)

    async def readable_by(self, platform, member_id):
        return self.readable

    async def known(self):
        settings = self.database.tables.source_settings
        added = [
            spec(one.id, kind="feed", name=one.values["name"], url=one.values["url"])
            for one in settings.values()
            if "url" in one.values
        ]
        return with_owners([*self.specs, *added], settings)

    async def admitted(self, one):
        if self.refusal:
            raise self.refusal

    async def titled(self, one):
        return "Reading Group"

    async def collect(self):
        self.collected += 1

    def deliver(self):
        self.delivered += 1

    async def announce(self, one, post, key):
        self.announced.append((one, post, key))
        if self.on:
            await self.on.post(one, post, posting_key(one.name, key, 0))

    def announce_on(self, chat: Chat) -> None:
        """Post what is announced, on a platform."""
        self.on = chat

    async def preview(self, one):
        return await compile_digest(one, WEEK, WINDOW, self.database.unit_of_work, specs=self.specs, now=NOW)

    async def checked(self, one):
        return f"{one.name} answered."

    @asynccontextmanager
    async def finder(self):
        yield Finder()

    @asynccontextmanager
    async def opened_works(self):
        yield self.works

    async def posted(self) -> None:
        await freeze(
            digest_of(["arxiv:2608.01234"], channel=self.channel.name), self.channel, self.database.unit_of_work
        )
        await self.chat.listen(self.recorder.receive)
        await deliver(self.channel, WEEK, self.chat, self.database.unit_of_work, lambda: NOW, owner="we")

    async def ask(self, text: str, *, admin: bool = False, **what) -> str:
        """Ask, and give the answer as lines of text."""
        where = {"channel_id": "C1", "platform": "fake", "member": ADA} | what
        self.answer = await self.commands(CommandCall(text=text, admin=admin, **where))
        return lines_of(self.answer)

    async def ask_to_the_end(self, text: str, **what) -> str:
        """Ask, and give the answer as it is when all of it is there."""
        said = await self.ask(text, **what)
        later = await answer_after(self.answer)
        self.answer = later or self.answer
        return lines_of(later) if later else said

    async def publish(self, number: str, title: str, *authors: str, days: float = 2) -> None:
        """Let arXiv bring a work, so many days ago."""
        when, about = at(days=days), f"https://arxiv.org/abs/{number}"
        work = stored(entry(number, title=title, authors=authors, about=about, published=when))
        said = mention(f"arxiv:{number}", "arxiv", number, at=when)
        async with self.database.unit_of_work() as uow:
            await uow.entries.store([Batch(source_id="arxiv", entries=(work,), mentions=(said,), titles={})])
            await uow.commit()


def lines_of(answer: Answer) -> str:
    """An answer as lines of text."""
    return "\n".join("".join(span.text for span in block.spans) for block in answer.blocks)
