"""A team with a channel, some sources, and a week that passes: what the scenarios are told with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.due import channel_window
from bot.exporting import as_document
from bot.model import Attention, Channel, Digest, Entry, ItemKind, Member, Section, SourceReport, SourceSpec
from bot.ports import UnitOfWorkFactory
from bot.usecases.collect import collect
from bot.usecases.compile import compile_digest, due_digest
from bot.usecases.deliver import deliver, freeze
from bot.usecases.recall import remember
from bot.usecases.reconcile import reconcile
from bot.usecases.record import Recorder
from tests.fake_chat import FakeChat
from tests.fake_sources import FakeSource

ADA, GRACE = Member(id="u1", name="Ada"), Member(id="u2", name="Grace")

SPECS = (
    SourceSpec(id="arxiv", kind="arxiv", name="arXiv", url="https://export.arxiv.org/", section=Section.PAPERS),
    SourceSpec(
        id="votes", kind="huggingface", name="Hugging Face", url="https://huggingface.co/", section=Section.PAPERS
    ),
    SourceSpec(id="letter", kind="feed", name="The Letter", url="https://letter.example/", section=Section.NEWSLETTERS),
    SourceSpec(id="lab", kind="feed", name="A Lab", url="https://lab.example/", section=Section.LABS),
)
_KINDS = {Section.PAPERS: ItemKind.PAPER, Section.NEWSLETTERS: ItemKind.NEWSLETTER, Section.LABS: ItemKind.POST}


class Team:
    """One channel on one platform. Time stands still until it is told to pass."""

    def __init__(self, channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> None:
        self.channel = channel
        self.now = now
        self.chat = FakeChat(channel.platform, clock=self._tick)
        self.unit_of_work = unit_of_work
        self.sources = {spec.id: FakeSource(spec) for spec in SPECS}
        self.recorder = Recorder(unit_of_work, self.clock, {channel.platform: self.chat})

    def clock(self) -> datetime:
        return self.now

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def published(self, source_id: str, title: str, url: str, at: datetime, **said) -> Entry:
        """A source says something."""
        spec = self.sources[source_id].spec
        attention = Attention(votes=said.pop("votes", None))
        entry = Entry(
            source_id=source_id, external_id=url, kind=_KINDS[spec.section], section=spec.section, title=title, url=url,
            published=at, attention=attention, **said,
        )  # fmt: skip
        self.sources[source_id].entries.append(entry)
        return entry

    async def listens(self) -> None:
        """The bot starts: it hears, applies what waits and makes whole what it missed."""
        await self.chat.listen(self.recorder.receive)
        await self.recorder.apply_waiting()
        await reconcile({self.channel.platform: self.chat}, self.unit_of_work, self.recorder.receive_all, self.clock)

    async def collects(self) -> Sequence[SourceReport]:
        since = self.now - timedelta(days=7)
        return await collect(SPECS, self.sources, self.unit_of_work, self.clock, since=since)

    async def wakes(self) -> Digest | None:
        """The clock ticks: collect, and deliver what is due. Gives the digest that was frozen now."""
        due = await due_digest(self.channel, self.unit_of_work, self.now)
        digest = None
        if due:
            await self.collects()
            week, window = due
            digest = await compile_digest(self.channel, week, window, self.unit_of_work, specs=SPECS, now=self.now)
            await freeze(digest, self.channel, self.unit_of_work)
        async with self.unit_of_work() as uow:
            weeks = await uow.digests.weeks(self.channel.name)
        for week in weeks:
            await deliver(self.channel, week, self.chat, self.unit_of_work, self.clock, owner="we")
        return digest

    async def preview(self, week: str) -> Digest:
        window = channel_window(self.channel, week)
        return await compile_digest(self.channel, week, window, self.unit_of_work, specs=SPECS, now=self.now)

    async def export(self) -> dict[str, dict]:
        """What the team knows, by title."""
        items = as_document(await remember([self.channel], self.unit_of_work))["items"]
        return {item["title"]: item for item in items}
