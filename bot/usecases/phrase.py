"""
Phrase: a language model says of each pick in one sentence what is new, where the operator switched one on.

It never holds a digest up: there is a deadline for all of them, and a pick without a sentence shows what it would have shown. What was said
once is kept and not asked again; two digests that want one sentence at once ask once.

What may be spent in a week is bounded for all channels and processes together: what a question may cost is reserved before it is asked, and stays
spent where the answer comes too late, or never.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import SummarizerError
from bot.machine_sentence import MOST_TOKENS, accepted, question
from bot.model import Digest, Item, ItemKind, MachineSentence, Pick
from bot.ports import Clock, Summarizer, UnitOfWorkFactory
from bot.quotations import quotation_of

logger = logging.getLogger(__name__)

SECONDS: Final = 30.0
"""How long all sentences of a digest may take together."""

AT_ONCE: Final = 4
MOST_FAILURES: Final = 5
"""Questions of a digest that may fail before no more are asked: one hiccup, as of a model that is being loaded, is no reason to leave all out."""
WEEK: Final = timedelta(days=7)
_KNOWN: Final = 5 * WEEK
"""For how long it is remembered what the dearest answer has cost."""
_SHORTEST: Final = 200
_CHARACTERS_A_TOKEN: Final = 2
"""Fewer than English has (four), since formulas and names have fewer, and what is reserved has to suffice."""
_ENVELOPE: Final = 50
"""Tokens that a server puts around a question and its answer."""
_LOOK_SECONDS: Final = 0.5
_LOCK: Final = "sentences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """A model to ask, and how many tokens it may cost in seven days, question and answer together."""

    summarizer: Summarizer
    weekly_tokens: int
    seconds: float = SECONDS


async def phrase(digest: Digest, phrasing: Phrasing, unit_of_work: UnitOfWorkFactory, clock: Clock) -> Digest:
    """Give a digest with a machine's sentence at each pick that got one in time. Raises nothing for a model that fails."""
    found: dict[str, str] = {}
    try:
        async with asyncio.timeout(phrasing.seconds):
            await _ask_all(
                [pick.item for pick in digest.picks if _wants_one(pick)], found, phrasing, unit_of_work, clock
            )
    except TimeoutError:
        logger.warning("Not every pick has its sentence: time is up", extra={"action": "sentences_late"})
    model = phrasing.summarizer.model
    return replace(
        digest, picks=tuple(_with_sentence(pick, found.get(pick.item.key, ""), model) for pick in digest.picks)
    )


def _with_sentence(pick: Pick, said: str, model: str) -> Pick:
    # What was kept was taken by the check of its time, which may have been laxer.
    sentence = accepted(said, pick.item.title, pick.item.abstract) if said else ""
    return replace(pick, sentence=sentence, sentence_by=model) if sentence else pick


def _wants_one(pick: Pick) -> bool:
    item = pick.item
    return item.kind is ItemKind.PAPER and len(item.abstract) >= _SHORTEST and quotation_of(item) is None


async def _ask_all(
    items: list[Item],
    found: dict[str, str],
    phrasing: Phrasing,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    keys = {item.key: sentence_key(phrasing.summarizer.model, item) for item in items}
    async with unit_of_work() as uow:
        known = await uow.sentences.get_all(keys.values())
    found |= {item.key: known[keys[item.key]] for item in items if keys[item.key] in known}
    open_items = [item for item in items if keys[item.key] not in known]
    elsewhere: dict[str, str] = {}
    failures = 0
    while open_items:
        batch = {keys[item.key]: item for item in open_items[:AT_ONCE]}
        turn = await _reserve(batch, phrasing, unit_of_work, clock())
        if turn.waits:
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        open_items = [item for item in open_items if keys[item.key] not in {*turn.reserved, *turn.elsewhere}]
        elsewhere |= {key: batch[key].key for key in turn.elsewhere}
        answered = await asyncio.gather(
            *(_ask(batch[key], key, found, phrasing, unit_of_work, clock) for key in turn.reserved)
        )
        if turn.spent:
            logger.warning("What a model may cost in a week is spent", extra={"action": "sentences_spent"})
            break
        failures += answered.count(False)
        if failures >= MOST_FAILURES and not any(answered):
            break  # a model that does not answer: another round of waiting helps nobody
    await _await_others(elsewhere, found, phrasing, unit_of_work, clock)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What of a batch may be asked, and what another digest is asking at this moment; by key of the question."""

    reserved: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()
    spent: bool = False
    waits: bool = False
    """The model's first answer is under way, and will tell what one costs."""


async def _reserve(
    batch: Mapping[str, Item], phrasing: Phrasing, unit_of_work: UnitOfWorkFactory, now: datetime
) -> _Turn:
    """Reserve what the questions of a batch may cost, as far as the week's bound allows: read and written by one process at a time."""
    async with unit_of_work() as uow:
        await uow.leases.lock(_LOCK)
        under_way = now - timedelta(seconds=phrasing.seconds)
        # A model's answers may be dearer than they should be (it thinks, or counts otherwise): they are reserved for as they turned out.
        dearest = await uow.sentences.dearest_since(now - _KNOWN)
        if not dearest and await uow.sentences.open_since(None, under_way):
            return _Turn(waits=True)
        known = await uow.sentences.get_all(batch)
        elsewhere = await uow.sentences.open_since(batch, under_way) | known.keys()
        left = phrasing.weekly_tokens - await uow.sentences.tokens_since(now - WEEK)
        reserved, spent = dict[str, int](), False
        for key, item in batch.items():
            if key in elsewhere:
                continue
            most = max(_most_tokens(item), dearest)
            left -= most
            if left < 0:
                spent = True
                break
            reserved[key] = most
            if not dearest:
                break  # the first answer alone: what one costs is not known yet
        await uow.sentences.reserve(reserved, now)
        await uow.commit()
    return _Turn(tuple(reserved), frozenset(elsewhere), spent)


async def _ask(
    item: Item, key: str, found: dict[str, str], phrasing: Phrasing, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> bool:
    """Ask for one sentence and keep what came of it at once, so that time running out loses no answer. Tell whether there was an answer."""
    try:
        answer, tokens = await phrasing.summarizer.complete(question(item.title, item.abstract), MOST_TOKENS)
    except SummarizerError as error:
        logger.warning("No sentence for %s: %s", item.key, error, extra={"action": "sentence_failed"})
        async with unit_of_work() as uow:
            await uow.sentences.release([key], paid=not error.free)
            await uow.commit()
        return False
    # One that is not taken is kept, too, as nothing: it would not be taken the next time either.
    text = accepted(answer, item.title, item.abstract)
    said = MachineSentence(key=key, text=text, tokens=tokens or _most_tokens(item), at=clock())
    found[item.key] = text
    async with unit_of_work() as uow:
        await uow.sentences.put([said])
        await uow.commit()
    return True


async def _await_others(
    elsewhere: dict[str, str], found: dict[str, str], phrasing: Phrasing, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> None:
    """Wait for the sentences that another digest is asking for, by key of the question; not for one that nobody asks for any more."""
    while elsewhere:
        async with unit_of_work() as uow:
            known = await uow.sentences.get_all(elsewhere)
            asked = await uow.sentences.open_since(elsewhere, clock() - timedelta(seconds=phrasing.seconds))
        found |= {elsewhere[key]: text for key, text in known.items()}
        elsewhere = {key: item for key, item in elsewhere.items() if key in asked}
        if elsewhere:
            await asyncio.sleep(_LOOK_SECONDS)


def sentence_key(model: str, item: Item) -> str:
    """Name what a model is asked: the same model, question and work have the same name, 40 characters."""
    asked = "\n".join([model, *(part["content"] for part in question(item.title, item.abstract))])
    return hashlib.blake2b(asked.encode(), digest_size=20).hexdigest()


def _most_tokens(item: Item) -> int:
    asked = sum(len(part["content"]) for part in question(item.title, item.abstract))
    return asked // _CHARACTERS_A_TOKEN + MOST_TOKENS + _ENVELOPE
