"""A week as it looks in the channel: ten picks, some members, what they said. For tests of the page, and for looking at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.web.channel.board import metadata
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from adapters.web.http import access_store
from adapters.web.pages.context import Site
from bot.events import ChatEvent, ReplyEdited, ReplyPosted
from bot.model import Block, BlockRole, Channel, Member, MessageRef, Post, PostRole, Section, Span
from tests.databases import opened

CHANNEL = Channel(
    name="reading",
    platform="web",
    id="local",
    zone="Europe/Berlin",
    topics=("agent safety", "world models", "evaluation"),
)
START = datetime(2026, 8, 17, 7, 0, tzinfo=UTC)


class Clock:
    """An instant that goes on by some seconds each time it is read."""

    def __init__(self, now: datetime = START, step: float = 1.0) -> None:
        self.now = now
        self._step = timedelta(seconds=step)

    def __call__(self) -> datetime:
        self.now += self._step
        return self.now


@asynccontextmanager
async def engine_at(folder: Path) -> AsyncIterator[AsyncEngine]:
    """An engine with the board's tables, and no others, in a fresh file."""
    async with opened(f"sqlite:///{folder / 'board.db'}") as engine:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
            await connection.run_sync(access_store.metadata.create_all)
        yield engine


async def next_digest(channel) -> str:
    return "Next digest: Monday, 24 August, 09:00"


def site(**changes) -> Site:
    """What the page is told about itself."""
    facts = {
        "channels": (CHANNEL,),
        "next_digest": next_digest,
        "clock": lambda: START + timedelta(hours=3),
    }
    return Site(**{**facts, **changes})


def block(role: BlockRole, *spans: str | Span) -> Block:
    return Block(role=role, spans=tuple(Span(text=span) if isinstance(span, str) else span for span in spans))


def link(text: str, url: str) -> Span:
    return Span(text=text, url=url)


def head(*notes: str) -> Post:
    blocks = (
        block(BlockRole.TITLE, "Paper Round · 10 to 16 August"),
        block(
            BlockRole.BADGES,
            "58 of 60 minutes",
            "10 picks of 812 works",
            "13 of 14 sources read",
            "failed: r/MachineLearning",
        ),
        *(block(BlockRole.NOTE, note) for note in notes),
        block(BlockRole.LEGEND, "⭐ must-read", "👀 to read", "✅ read", "👎 not for us"),
        block(BlockRole.NOTE, "Reply in a pick's thread with two sentences in your own words: that is its summary."),
    )
    return Post(role=PostRole.HEAD, part=0, blocks=blocks, plain="Paper Round · 10 to 16 August")


def pick(rank: int, title: str, *blocks: Block, section: Section = Section.PAPERS, url: str | None = None) -> Post:
    url = url or f"https://arxiv.org/abs/2608.0{rank:04}"
    title_block = Block(role=BlockRole.TITLE, spans=(Span(text=title, url=url, strong=True),))
    return Post(
        role=PostRole.PICK,
        part=rank,
        blocks=(title_block, *blocks),
        plain=title,
        item_key=f"arxiv:2608.0{rank:04}",
        section=section,
        rank=rank,
    )


def foot() -> Post:
    rows = (
        ("Source", "State", "Read", "New", "Newest", "Remark"),
        ("arXiv", "ok", "412", "398", "2026-08-16", ""),
        ("Hugging Face", "ok", "96", "96", "2026-08-16", ""),
        ("Import AI", "ok", "1", "1", "2026-08-10", ""),
        ("Distill", "quiet", "0", "0", "2021-07-02", ""),
        ("The Batch", "stale", "0", "0", "2026-07-24", "nothing since 24 July, usually weekly"),
        ("r/MachineLearning", "failing", "0", "0", "", "answered 429 Too Many Requests three times; next try at 14:20"),
    )
    line = "Read: 13 of 14 sources, 512 entries. Failed: r/MachineLearning. Stale: The Batch. Quiet as usual: Distill."
    receipt = Block(role=BlockRole.RECEIPT, spans=(Span(text=line),), rows=rows)
    blocks = (receipt, block(BlockRole.NOTE, "Left out: 214 papers, 12 posts, 31 lab notes."))
    return Post(role=PostRole.FOOT, part=11, blocks=blocks, plain=line)


HUGGING = "https://huggingface.co/papers/2608.00001"


def week() -> list[Post]:
    """The posts of one digest, head to foot."""
    seen, why, body, by, badges, quote = (
        BlockRole.SEEN,
        BlockRole.WHY,
        BlockRole.BODY,
        BlockRole.BYLINE,
        BlockRole.BADGES,
        BlockRole.QUOTE,
    )
    arxiv = link("arXiv", "https://arxiv.org/abs/2608.00001")
    return [
        head(),
        pick(
            1,
            "OpenART: Scaling Agent Red Teaming via Open-Ended Environment Evolution",
            block(badges, "paper", "9 min", link("code ★ 8", "https://github.com/openart/openart")),
            block(by, "Yuki Tanaka, Maren Höfner, Josué Álvarez and 6 more"),
            block(seen, link("Hugging Face (98 votes)", HUGGING), arxiv),
            block(why, "more votes than 99 % of this week's papers", "your topic 'agent safety'"),
            block(
                body,
                "A red-teaming arena whose environments evolve while the agent works in them. Existing suites fix their "
                "scenarios in advance, so agents learn the suite and not the skill; OpenART lets an adversary rewrite tools, "
                "files and goals between steps and keeps whatever made the agent fail. Over 40,000 episodes it finds failure "
                "modes that static suites miss, and tests long-horizon safety rather than single refusals. The strongest "
                "agent resists 61 % of short attacks and 9 % of those that unfold over more than fifty steps.",
            ),
            block(
                quote,
                "“the first arena I would trust to embarrass my own agent”",
                link("Import AI", "https://jack-clark.net/"),
            ),
        ),
        pick(
            2,
            "LLMRouter: One Benchmark for Every Router, and Why the Routers Tie",
            block(badges, "paper", "7 min", link("code ★ 1,204", "https://github.com/llmrouter/llmrouter")),
            block(by, "Åsa Lindqvist, Paweł Zieliński"),
            block(
                seen,
                link("Hugging Face (61 votes, 12 comments)", HUGGING),
                arxiv,
                link("r/MachineLearning (210 votes)", "https://reddit.com/r/MachineLearning"),
            ),
            block(why, "seen in 3 places", "your topic 'evaluation'"),
            block(
                body,
                "Twelve routers, nine model pools, one protocol. Once prices are counted honestly, the best learned router beats a two-line heuristic by less than a point.",
            ),
        ),
        pick(
            3,
            "Wie groß ist groß genug? Über die Prüfung von Sprachmodellen an deutschsprachigen Gerichtsurteilen",
            block(badges, "paper", "6 min"),
            block(by, "Jörg Müßiggang, Käthe Übelacker"),
            block(seen, arxiv),
            block(why, "your topic 'evaluation'"),
            block(
                body,
                "Wir prüfen elf Modelle an 3.400 anonymisierten Urteilen; Größe hilft, aber nicht dort, wo Fristen zu berechnen sind.",
            ),
        ),
        pick(
            4,
            "نماذج اللغة الكبيرة والاستدلال الرياضي باللغة العربية: دراسة مقارنة",
            block(badges, "paper", "8 min", link("code ★ 31", "https://github.com/example/arabic-math")),
            block(by, "ليلى حداد, Omar Khalil"),
            block(seen, link("Hugging Face (17 votes)", HUGGING)),
            block(why, "you have rated almost nothing on multilingual reasoning"),
            block(
                body,
                "نقارن بين تسعة نماذج في مسائل رياضية مكتوبة بالعربية أصلًا، لا مترجمة، ونجد أن الترجمة إلى الإنجليزية قبل الحل لا تساعد دائمًا.",
            ),
        ),
        pick(
            5,
            "DreamX-Phi 1.0: Action-Conditioned Video World Model for Robotic Manipulation",
            block(badges, "paper", "8 min", link("code ★ 23", "https://github.com/dreamx/phi"), "exploration"),
            block(by, "Wen Li, Priya Raman, Tomás Ortega and 14 more"),
            block(seen, link("Hugging Face (61 votes)", HUGGING), arxiv),
            block(why, "you have rated almost nothing on robotics", "61 votes"),
            block(
                body,
                "A video world model that takes the arm's next action as a condition and predicts four seconds ahead at 12 frames a second on one GPU.",
            ),
        ),
        pick(
            6,
            "Towards a Unified, Provably Robust, Memory-Efficient, Distribution-Free, Continually Self-Calibrating Framework for "
            "Long-Horizon Multi-Agent Credit Assignment under Partial Observability with Sparse, Delayed and Possibly Adversarial "
            "Feedback: Theory, Algorithms, and an Extensive Study over 214 Environments",
            block(badges, "paper", "11 min"),
            block(by, "A. Nonymous"),
            block(seen, arxiv),
            block(why, "more votes than 80 % of this week's papers"),
        ),
        pick(
            7,
            "How we test agents before they touch a real browser",
            block(badges, "post", "5 min"),
            block(seen, link("DeepMind", "https://deepmind.google/blog")),
            block(why, "your topic 'agent safety'"),
            block(body, "A walk through three layers of rehearsal, with the numbers of what each of them caught."),
            section=Section.LABS,
        ),
        pick(
            8,
            "Import AI 468: 23 RSI ideas; PostTrainBench+; and how trust and transparency interplay with AI racing",
            block(badges, "newsletter", "11 min"),
            block(by, "Jack Clark"),
            block(seen, link("Import AI", "https://jack-clark.net/")),
            block(seen, "speaks of 2 works in this digest (1, 6)"),
            section=Section.NEWSLETTERS,
        ),
        pick(
            9,
            "[D] Has anybody reproduced the LLMRouter numbers?",
            block(badges, "discussion", "4 min"),
            block(seen, link("r/MachineLearning (188 votes, 94 comments)", "https://reddit.com/r/MachineLearning")),
            block(why, "speaks of pick 2", "94 comments"),
            section=Section.COMMUNITY,
        ),
        pick(
            10,
            "[P] A tiny library for reading arXiv listings without tears",
            block(badges, "code", "3 min"),
            section=Section.COMMUNITY,
        ),
        foot(),
    ]


@dataclass
class Recorder:
    """Listens to the channel and keeps what it hears; marks summaries as recorded, as the core does."""

    chat: WebChannel
    events: list[ChatEvent]
    broken: bool = False

    async def __call__(self, event: ChatEvent) -> None:
        if self.broken:
            raise RuntimeError("the database is away")
        self.events.append(event)
        if isinstance(event, ReplyPosted | ReplyEdited) and not event.text.startswith("//"):
            await self.chat.acknowledge(event.ref)


async def furnished(engine: AsyncEngine, clock: Clock | None = None) -> tuple[WebChannel, Recorder]:
    """A channel that somebody listens to, with nothing in it."""
    chat = WebChannel(BoardStore(engine), clock or Clock())
    recorder = Recorder(chat, [])
    await chat.listen(recorder)
    return chat, recorder


async def post_week(chat: WebChannel, week_key: str = "2026-W34", posts: list[Post] | None = None) -> list[MessageRef]:
    """Post a whole digest; gives the addresses in order."""
    return [await chat.post(CHANNEL, post, f"{week_key}/{post.part}") for post in posts or week()]


PEOPLE = {name: Member(id=f"demo-{name}", name=name) for name in ("Ada", "Grace", "Linus", "Jörg Müller", "ليلى")}


async def lively(chat: WebChannel, refs: list[MessageRef]) -> None:
    """Let the team react and reply."""
    for member in PEOPLE.values():
        await chat.rename(member)

    async def react(names: str, place: int, emoji: str) -> None:
        for name in names.split(", "):
            await chat.react("local", refs[place].message_id, PEOPLE[name], emoji, put=True)

    async def reply(name: str, place: int, text: str) -> str:
        kept = await chat.reply("local", refs[place].message_id, PEOPLE[name], text=text, token=text)
        return kept.message_id

    await react("Ada, Grace", 1, "⭐")
    await react("Linus", 1, "👀")
    await react("Jörg Müller, ليلى, Ada", 1, "🔥")
    await react("Grace, Jörg Müller", 2, "✅")
    await react("Linus", 2, "👎")
    await react("ليلى", 4, "⭐")
    await react("Linus, Ada", 6, "😴")
    await reply(
        "Ada",
        1,
        "The environments evolve with the agent, so it cannot learn the suite. The number to remember is 9 % over long attacks, and the code runs on one machine.",
    )
    await reply(
        "Linus",
        1,
        "// did anybody get their docker image to build? https://github.com/openart/openart/issues/12 says no",
    )
    mended = await reply("Jörg Müller", 1, "Guter Aufbau.")
    await chat.edit(
        "local",
        mended,
        PEOPLE["Jörg Müller"],
        "Guter Aufbau, aber die Angriffe sind alle von einem Modell geschrieben. Wir sollten unsere eigenen dazunehmen.",
    )
    await reply("Grace", 2, "The benchmark is the gift, the routers tie. Use the two-line heuristic and move on.")
