"""
Error boundary of commands, the same on every platform: a member always gets an answer, whatever fails behind it.

Adapters call `answer_command` instead of the command sink itself, `answer_after` for what follows it, and `propose_links` for 'Add to next digest' on a message.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.model import Answer, Block, BlockRole, CommandCall, Span
from bot.ports import CommandSink

MOST_LINKS: Final = 5
"""Most links of one message that are proposed."""

STARTING: Final = "Paper Round is starting. Please try again in a moment."
"""The answer to a member while there is no command sink yet."""

WENT_WRONG: Final = "That went wrong on our side. The operator finds the reason in the log."
"""The answer to a member after a fault of ours, which is logged."""

logger = logging.getLogger(__name__)


async def answer_command(sink: CommandSink | None, call: CommandCall) -> Answer:
    """Let the core answer a call. What fails behind it is logged, and said in general words; without a sink we are still starting."""
    if sink is None:
        return one_line(STARTING)
    try:
        return await sink(call)
    except Exception:
        # The edge: a member must get an answer, and the operator the reason.
        logger.exception("A command failed: %s", call.text.partition(" ")[0], extra={"action": "command_failed"})
        return one_line(WENT_WRONG)


async def answer_after(answer: Answer) -> Answer | None:
    """
    Give what takes an answer's place, when it is there; None where nothing does, for it says the same or there is nothing to wait for.

    What fails is logged, and said in general words; a form stays as it is then.
    """
    if answer.then is None:
        return None
    try:
        later = await answer.then()
    except Exception:
        # The edge, as above.
        logger.exception("An answer could not be completed", extra={"action": "answer_not_completed"})
        return None if answer.form is not None else one_line(WENT_WRONG)
    return None if later == replace(answer, then=later.then) else later


async def propose_links(links: Sequence[str], ask: Callable[[str], Awaitable[Answer]]) -> Answer:
    """Propose every link of a message, at most `MOST_LINKS`, by asking `add URL`; give what came of all of them, each line once."""
    if not links:
        return one_line("There is no link in this message that could be proposed.")
    answers = [await ask(f"add {url}") for url in list(dict.fromkeys(links))[:MOST_LINKS]]
    return Answer(blocks=tuple(dict.fromkeys(block for one in answers for block in one.blocks)))


def one_line(text: str) -> Answer:
    """An answer of one sentence."""
    return Answer(blocks=(Block(role=BlockRole.NOTE, spans=(Span(text=text),)),))
