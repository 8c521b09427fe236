"""
Phrase: a language model says of each pick in one sentence what is new, where the operator switched one on.

It never holds a digest up: there is a deadline for all of them, and a pick without a sentence shows what it would have shown. What was said
once is kept and not asked again, and what may be spent in a week is bounded.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import SummarizerError
from bot.machine_sentence import MOST_TOKENS, accepted, question
from bot.model import Digest, Item, ItemKind, MachineSentence, Pick
from bot.ports import Clock, Summarizer, UnitOfWorkFactory

logger = logging.getLogger(__name__)

SECONDS: Final = 30.0
"""How long all sentences of a digest may take together."""

AT_ONCE: Final = 4
WEEK: Final = timedelta(days=7)
_SHORTEST: Final = 200
_CHARACTERS_A_TOKEN: Final = 3


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
    picks = [
        replace(pick, sentence=found[pick.item.key], sentence_by=model) if found.get(pick.item.key) else pick
        for pick in digest.picks
    ]
    return replace(digest, picks=tuple(picks))


def _wants_one(pick: Pick) -> bool:
    item = pick.item
    quoted = any(not mention.direct and mention.quote for mention in item.mentions)
    return item.kind is ItemKind.PAPER and len(item.abstract) >= _SHORTEST and not quoted


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
        spent = await uow.sentences.tokens_since(clock() - WEEK)
    found |= {item.key: known[keys[item.key]] for item in items if keys[item.key] in known}
    open_items = [item for item in items if keys[item.key] not in known]
    left = phrasing.weekly_tokens - spent
    for start in range(0, len(open_items), AT_ONCE):
        batch = []
        for item in open_items[start : start + AT_ONCE]:
            # Reserved before it is asked: several questions at once must not pass the bound together.
            left -= _most_tokens(item)
            if left < 0:
                logger.warning("What a model may cost in a week is spent", extra={"action": "sentences_spent"})
                break
            batch.append(item)
        said = await asyncio.gather(*(_ask(item, phrasing, keys[item.key], clock()) for item in batch))
        async with unit_of_work() as uow:
            await uow.sentences.put([one for one in said if one])
            await uow.commit()
        answered = dict(zip((item.key for item in batch), said, strict=True))
        found |= {key: one.text for key, one in answered.items() if one}
        if left < 0 or not any(said):
            return  # spent, or a model that does not answer: another round of waiting helps nobody


async def _ask(item: Item, phrasing: Phrasing, key: str, now: datetime) -> MachineSentence | None:
    try:
        answer, tokens = await phrasing.summarizer.complete(question(item.title, item.abstract), MOST_TOKENS)
    except SummarizerError as error:
        logger.warning("No sentence for %s: %s", item.key, error, extra={"action": "sentence_failed"})
        return None
    # One that is not taken is kept, too, as nothing: it would not be taken the next time either.
    text = accepted(answer, item.title, item.abstract)
    return MachineSentence(key=key, text=text, tokens=tokens or _most_tokens(item), at=now)


def sentence_key(model: str, item: Item) -> str:
    """Name what a model is asked: the same model, question and work have the same name, 40 characters."""
    asked = "\n".join([model, *(part["content"] for part in question(item.title, item.abstract))])
    return hashlib.blake2b(asked.encode(), digest_size=20).hexdigest()


def _most_tokens(item: Item) -> int:
    asked = sum(len(part["content"]) for part in question(item.title, item.abstract))
    return asked // _CHARACTERS_A_TOKEN + MOST_TOKENS
