"""What members ask about a digest's lines: the card of one, what comes after them, and all there is to say of a work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.card import card, line_of, source_names
from bot.digest.listing import ALSO, FURTHER
from bot.few_words import in_few_words
from bot.model import CARD_PARTS, Answer, Channel, CommandCall, Digest, LeftOut, Pick, PostingState
from bot.periods import newest
from bot.ports import Clock, UnitOfWork, UnitOfWorkFactory
from bot.usecases.answers import as_lines, command, named, note, numbered, say, title
from bot.usecases.cards import ShownIn, ask_for_card, earlier_words, line_of_rank, own_words
from bot.usecases.command_context import Bring

# Of any rhythm, extra digests among them: 2026-08-17-extra.
_NUMBER: Final = re.compile(r"(?:(\S{1,40})/)?#?(\d{1,3})\.?")


async def bring_card(
    rest: str, call: CommandCall, channel: Channel, unit_of_work: UnitOfWorkFactory, clock: Clock, bring: Bring | None
) -> Answer:
    """`card N`: the card of a line, with its thread, into the channel."""
    asked = _NUMBER.fullmatch(rest)
    if asked is None:
        return say(f"Say which one by its number in the list, like: {command('card 14')}")
    async with unit_of_work() as uow:
        digest = await find_digest(channel, asked[1], uow)
        rank = int(asked[2])
        pick = line_of_rank(digest, rank) if digest else None
        if digest is None or pick is None:
            return _no_line(digest, rank)
        state = await uow.channels.get(channel.name)
        if state and state.paused_because:
            return say(f"Nothing is posted here until: {command('resume')}")
        postings = {posting.part: posting for posting in await uow.postings.of(channel.name, digest.week)}
        known = postings.get(CARD_PARTS + rank)
        await ask_for_card(digest, pick, call.member, clock(), uow)
        await uow.commit()
    if known and known.state is PostingState.POSTED:
        return say(f"{rank} has its card already; it stands in the channel.")
    if bring:
        await bring(channel, digest.week)
    return say(f"{rank} gets its card, with a thread of its own.")


async def further_lines(channel: Channel, unit_of_work: UnitOfWorkFactory) -> Answer:
    """`more`: the works that came after 'also this week', and where these are few the first of those behind them."""
    async with unit_of_work() as uow:
        digest = await find_digest(channel, None, uow)
    if digest is None or not (digest.also[ALSO:] or digest.beyond):
        return say("There is nothing more this week.")
    further = digest.also[ALSO:]
    beyond = digest.beyond[: max(0, FURTHER - len(further))]
    lines = [numbered(pick, _why(pick, digest)) for pick in further]
    if further:
        lines.append(note(f"A card of one: {command(f'card {further[0].rank}')}"))
    if beyond:
        # These have no number: a digest keeps their titles and why they came alone.
        for heading, works in _by_topics(beyond, channel):
            lines.append(note(heading))
            lines += [named(one.title, one.url, in_few_words(one.why)) for one in works]
    return Answer(blocks=(title("More of this week"), *lines))


def _by_topics(works: Sequence[LeftOut], channel: Channel) -> list[tuple[str, list[LeftOut]]]:
    """Part works into those that are on a topic of the channel and the others; each with a heading."""
    if not channel.topics:
        return [("Next in order:", list(works))]
    on_topic = [one for one in works if (_says_a_topic(one, channel) if one.on_topic is None else one.on_topic)]
    others = [one for one in works if one not in on_topic]
    parts = [("Next in order:", on_topic), ("Not on your topics, but next in order:", others)]
    return [(heading, mine) for heading, mine in parts if mine]


def _says_a_topic(work: LeftOut, channel: Channel) -> bool:
    """Tell by the words of its reason whether a work is on a topic, which a digest of before has nothing else to tell by."""
    return any(f"'{topic}'" in work.why for topic in channel.topics)


async def all_about(
    rest: str, channel: Channel, unit_of_work: UnitOfWorkFactory, shown_in: ShownIn = own_words
) -> Answer:
    """`why N`: everything that is known of a work of the digest, the numbers and the whole abstract among it."""
    readable = await shown_in(channel)
    asked = _NUMBER.fullmatch(rest)
    if asked is None:
        return say(f"Say which one by its number in the digest, like: {command('why 3')}")
    async with unit_of_work() as uow:
        digest = await find_digest(channel, asked[1], uow)
        pick = next((p for p in (*digest.picks, *digest.also) if p.rank == int(asked[2])), None) if digest else None
        if digest is None or pick is None:
            return _no_line(None, int(asked[2]))
        words = await earlier_words(digest, readable, uow)
    return Answer(blocks=tuple(as_lines(card(pick, digest, channel, words))))


async def find_work(rest: str, channel: Channel, uow: UnitOfWork) -> tuple[Digest, Pick] | None:
    """Find a pick or line by `N` or `WEEK/N`, in the latest digest where no week is given; None where there is none."""
    asked = _NUMBER.fullmatch(rest)
    digest = await find_digest(channel, asked[1], uow) if asked else None
    if asked is None or digest is None:
        return None
    pick = next((one for one in (*digest.picks, *digest.also) if one.rank == int(asked[2])), None)
    return (digest, pick) if pick else None


async def find_digest(channel: Channel, week: str | None, uow: UnitOfWork) -> Digest | None:
    """Give the digest of a week, else the latest one; the sample week's where there is no other."""
    weeks = await uow.digests.weeks(channel.name)
    wanted = week or newest(weeks)
    return await uow.digests.get(channel.name, wanted) if wanted else None


def _no_line(digest: Digest | None, rank: int) -> Answer:
    if digest is None:
        return say(f"There is no work with the number {rank} here.")
    if any(pick.rank == rank for pick in digest.picks):
        return say(f"{rank} is a pick, and has its card already.")
    numbers = [pick.rank for pick in digest.also]
    if not numbers:
        return say("This week's digest has no further works.")
    return say(f"There is no work with the number {rank}. The list goes from {numbers[0]} to {numbers[-1]}.")


def _why(pick: Pick, digest: Digest) -> str:
    return next((span.text for span in line_of(pick, source_names(digest)).spans[1:]), "")
