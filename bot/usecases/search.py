"""Search: what the team's question finds among works and the team's own words, with the places where it stands."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from bot.card import LINE_TITLE, linked, short
from bot.channel_sources import hidden_from, shown_to
from bot.dedupe import fold
from bot.item_keys import item_key
from bot.model import Answer, Block, BlockRole, Channel, CommandCall, Item, Meaning, SourceSpec, Span, Summary
from bot.periods import newest
from bot.ports import SearchQuestion, UnitOfWork, UnitOfWorkFactory
from bot.search.excerpt import Run, beginning, marked
from bot.search.query import LANGUAGE, Query, parse
from bot.search.tokens import tokens
from bot.search_documents import INDEXED, VERSION, own_scope, visible
from bot.text import counted, safe_url
from bot.triage import meaning_of
from bot.usecases.answers import command, say, title
from bot.usecases.command_context import CommandContext
from bot.usecases.export import called
from bot.usecases.own_sources import own_sources_of
from bot.usecases.source_names import names_of_sources

logger = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Results that are shown without asking for more."""

_IN_CHAT: Final = 8
_EXCERPTS: Final = 3
_BATCH: Final = 400


@dataclass(frozen=True, slots=True)
class Excerpt:
    """
    A place where the question stands: `where` in words, and the text there, with what was found marked.

    `source` is the id of the source that is quoted, empty for what is no quotation.
    """

    where: str
    runs: tuple[Run, ...]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    A work that answers a question: its title with what was found marked, and the places where the question stands, the team's words first.

    Where the question asks for words of the team, or of a member, and these do not hold what is looked for, their beginning comes first.

    `digests` are those (channel, week) that brought it, oldest first, and `summaries` how many the team has of it, of what one may read.
    """

    item: Item
    title: tuple[Run, ...]
    excerpts: tuple[Excerpt, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()
    summaries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """What a question found, best first. `more`: there are more behind these."""

    query: Query
    found: tuple[Found, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Shown:
    """What whoever asks may see: the channels they read, the sources of which they may not know, and the names of those that they may."""

    readable: Collection[str]
    hidden: frozenset[str]
    names: Mapping[str, str]


async def search(
    text: str,
    channels: Sequence[Channel],
    readable: Collection[str],
    unit_of_work: UnitOfWorkFactory,
    *,
    most: int = AT_ONCE,
    skip: int = 0,
    asker: tuple[str, str] | None = None,
    specs: Sequence[SourceSpec] = (),
) -> SearchResult:
    """
    Answer a question in the language of `bot.search.query`; an address, an arXiv number or a DOI is a question for that work.

    Decisions and words count as far as their channel is `readable`; where a channel shows no names beside decisions, `by:` finds what a
    member wrote there, and what they decided for themselves alone (`asker`: platform and member id). `source:` takes the name of one of
    `specs`, or under which a source was read once, as well as an id, and they are quoted by their names. Raises `UsageError`, which says what is wrong with the question.
    """
    key = _address(text)
    query = parse(text)
    here = [one for one in channels if one.name in readable]
    async with unit_of_work() as uow:
        own = await own_sources_of(uow)
        hidden = hidden_from(here, own)
        names = await names_of_sources(specs, uow)
        show = _Shown(readable, hidden, {one: name for one, name in names.items() if one not in hidden})
        if key and (found := await _found(Query(), [key], show, uow)):
            return SearchResult(query=Query(), found=tuple(found))
        sources = tuple(one for one in _source_ids(query.sources, show.names) if one not in hidden)
        if query.sources and not sources:
            return SearchResult(query=query, found=())
        only, writers = await _only(query, here, asker, uow)
        question = SearchQuestion(
            terms=query.terms,
            sources=sources,
            weeks=query.weeks,
            has_code="code" in query.has,
            has_summary="summary" in query.has,
            only=only,
        )
        scopes = [*readable, *map(own_scope, sorted(own - hidden))]
        keys = await uow.search.find(question, scopes, most + 1, skip)
        found = await _found(query, keys[:most], show, uow, writers)
    return SearchResult(query=query, found=tuple(found), more=len(keys) > most)


async def complete(unit_of_work: UnitOfWorkFactory) -> None:
    """
    Index everything that is stored, if the index is not of this version.

    The index is empty after an update that brought it, and of no use after one that changes how words are cut. It goes through the
    works in the order of their keys, some hundreds in a transaction, and goes on where it was stopped.
    """
    done = 0
    while True:
        async with unit_of_work() as uow:
            note_ = await uow.notes.get(INDEXED) or ""
            version, _, at = note_.partition(" ")
            if note_ == VERSION:
                return
            keys = await uow.search.keys_after(at if version == VERSION else "", _BATCH)
            await uow.search.refresh(keys)
            await uow.notes.put(INDEXED, f"{VERSION} {keys[-1]}" if keys else VERSION)
            await uow.commit()
        done += len(keys)
        if not keys:
            logger.info("Indexed %s works for the search", done, extra={"action": "search_indexed"})


def _source_ids(asked: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """
    Give the ids that are meant by ids or names of sources (`names`, by id), whatever their case, as in `import-ai` or "Import AI".

    What is no name of a known source may be the id of one that was.
    """
    found: list[str] = []
    for one in asked:
        words = tokens(one, asked=True)
        named = [known for known, name in names.items() if one.casefold() == known.casefold() or words == tokens(name)]
        found += named or [one]
    return tuple(dict.fromkeys(found))


def _address(text: str) -> str | None:
    word = text.strip().strip("<>")
    if not word or any(sign.isspace() for sign in word):
        return None
    url = safe_url(word) or (f"https://doi.org/{word}" if word.startswith("10.") and "/" in word else None)
    return item_key(url) if url else None


async def _only(
    query: Query, channels: Sequence[Channel], asker: tuple[str, str] | None, uow: UnitOfWork
) -> tuple[frozenset[str] | None, frozenset[str]]:
    """
    The works among which members and decisions leave the answer, None where the question names neither; and the ids of the members whom
    it names.
    """
    if not query.by and not query.decisions:
        return None, frozenset()
    emojis = await uow.decided.emojis()
    signs = {channel.name: _signs(channel, emojis) for channel in channels}
    if not query.by:
        return await uow.decided.works(signs, query.decisions), frozenset()
    shown = {channel.name: signs[channel.name] for channel in channels if channel.names_shown}
    mine = {
        channel.name: signs[channel.name]
        for channel in channels
        if not channel.names_shown and asker and channel.platform == asker[0]
    }
    me = [asker[1]] if asker else []
    people = [*await uow.decided.people(shown), *await uow.decided.writers(list(signs))]
    people += await uow.decided.people(mine, me) if mine else []
    sets: list[frozenset[str]] = []
    named: set[str] = set()
    for name in query.by:
        meant = called(name, people)
        named |= meant
        works = await uow.decided.works(shown, query.decisions, meant)
        if mine and meant & set(me):
            works |= await uow.decided.works(mine, query.decisions, me)
        sets.append(works if query.decisions else works | await uow.decided.written(list(signs), meant))
    return frozenset.intersection(*sets), frozenset(named)


def _signs(channel: Channel, emojis: Sequence[str]) -> dict[str, Meaning]:
    """What those of these emoji mean that mean anything in a channel."""
    return {emoji: meaning for emoji in emojis if (meaning := meaning_of(emoji, channel.meanings))}


async def _found(
    query: Query, keys: Sequence[str], show: _Shown, uow: UnitOfWork, writers: frozenset[str] = frozenset()
) -> list[Found]:
    """Give the works under these keys as they are shown; `writers` are the members whom the question names, by id."""
    readable = show.readable
    canonical = await uow.items.canonical(keys)
    wanted = list(dict.fromkeys(canonical[key] for key in keys))
    known = await _items_of(wanted, show, uow)
    written: dict[str, list[Summary]] = defaultdict(list)
    for one in await uow.summaries.of_items(wanted):
        if one.channel in readable and one.text:
            written[one.item_key].append(one)
    brought = await uow.digests.brought(wanted)
    return [
        _with_excerpts(
            query,
            known[key],
            show.names,
            _said(query, written[key], writers),
            len(written[key]),
            [one for one in brought.get(key, ()) if one[0] in readable],
        )
        for key in wanted
        if key in known
    ]


async def _items_of(keys: Collection[str], show: _Shown, uow: UnitOfWork) -> dict[str, Item]:
    """
    Give the works under these canonical keys as sources tell of them; where none does, as the digest of a readable channel froze them.

    What was proposed in other channels is left out, and what others' own sources said; a key of which nothing may be shown is missing.
    """
    readable = show.readable
    found = {item.key: item for item in fold(visible(await uow.entries.of_items(keys), readable, show.hidden))}
    missing = set(keys) - found.keys()
    for key, digests in (await uow.digests.brought(missing)).items() if missing else ():
        for channel, week in digests:
            digest = await uow.digests.get(channel, week) if channel in readable else None
            frozen = [pick.item for pick in (*digest.picks, *digest.also)] if digest else []
            same = await uow.items.canonical([item.key for item in frozen])
            found |= {same[item.key]: replace(item, key=key) for item in frozen if same[item.key] == key}
    return found


def _with_excerpts(
    query: Query,
    item: Item,
    names: Mapping[str, str],
    said: Sequence[Excerpt],
    summaries: int,
    digests: Sequence[tuple[str, str]],
) -> Found:
    terms = query.wanted
    texts = [
        *(
            (f"quoted by {names.get(mention.source_id, mention.source_id)}", mention.quote, mention.source_id)
            for mention in item.mentions
        ),
        ("by", ", ".join((*item.authors, *item.institutions)), ""),
        ("abstract", item.abstract, ""),
    ]
    excerpts = (Excerpt(where, runs, source) for where, text, source in texts if (runs := marked(text, terms)))
    return Found(
        item=item,
        title=marked(item.title, terms, width=len(item.title) + 1) or (Run(item.title),),
        excerpts=tuple(islice((*said, *excerpts), _EXCERPTS)),
        digests=tuple(digests),
        summaries=summaries,
    )


def _said(query: Query, written: Sequence[Summary], writers: Collection[str]) -> list[Excerpt]:
    """
    Excerpts of the team's words that hold what is looked for: those of the members whom the question names first, then the newest.

    Whoever asks for a member's words, or for works that have words, wants to read them: where these hold nothing of what is looked for,
    the newest is shown from its beginning, before the places where it stands.
    """
    ordered = sorted(written, key=lambda one: (one.member.id in writers, one.at), reverse=True)
    held = [(one, runs) for one in ordered if (runs := marked(one.text, query.wanted))]
    asked_for = [one for one in ordered if one.member.id in writers or (not query.by and "summary" in query.has)]
    if asked_for and not any(one in asked_for for one, _ in held):
        held.insert(0, (asked_for[0], beginning(asked_for[0].text)))
    return [Excerpt(f"{one.member.name or 'a member'}, {one.at:%Y-%m-%d}", runs) for one, runs in held]


async def find(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`find WORDS`: the best results in all that this member may read, for them alone."""
    if not rest:
        return say(f"Ask like this: {command('find reward models by:ada')}. You can use {LANGUAGE}.")
    readable = {channel.name, *await context.readable_by(call.platform, call.member.id)}
    asker = call.platform, call.member.id
    result = await search(
        rest,
        await context.channels(),
        readable,
        context.unit_of_work,
        most=_IN_CHAT,
        asker=asker,
        specs=shown_to([channel], await context.specs()),
    )
    if not result.found:
        return say("Nothing was found for that. Fewer words find more; a beginning like agent* finds what begins so.")
    head = f"Found: {len(result.found)}{', and more' if result.more else ''}"
    return Answer(blocks=(title(head), *(block for one in result.found for block in _blocks(one))))


def _blocks(one: Found) -> list[Block]:
    week = newest(week for _, week in one.digests)
    remarks = [
        *([week] if week else []),
        *([counted(one.summaries, "summary", "summaries")] if one.summaries else []),
    ]
    work = linked(short(one.item.title, LINE_TITLE) or "(untitled)", one.item.url, strong=True)
    line = Block(role=BlockRole.BODY, spans=(work, *((Span(text=f" · {' · '.join(remarks)}"),) if remarks else ())))
    return [line, *map(_quoted, _up_to_found(one.excerpts))]


def _up_to_found(excerpts: Sequence[Excerpt]) -> Sequence[Excerpt]:
    """The first excerpt, and where what is looked for stands only in the next one, that one, too."""
    return excerpts[: 1 if excerpts and any(run.marked for run in excerpts[0].runs) else 2]


def _quoted(one: Excerpt) -> Block:
    runs = [Span(text=run.text, strong=run.marked) for run in one.runs]
    return Block(role=BlockRole.NOTE, spans=(Span(text=f"{one.where}: "), *runs))
