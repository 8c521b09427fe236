"""What a sent message is redrawn with: what its readers decided, and that its paper was withdrawn since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.card import MEANING_WORDS, byline
from bot.model import Block, BlockRole, Channel, Decision, Meaning, Post, Span
from bot.pressing import shown_emoji
from bot.rendering import BUTTON_WORDS, in_plain, is_told

_NAMED: Final = frozenset({Meaning.MUST_READ, Meaning.TO_READ, Meaning.READ})


WITHDRAWN: Final = "Its authors have withdrawn this paper since it was sent."


def with_withdrawal(post: Post) -> Post:
    """Give a pick's post with the sentence that its paper was withdrawn since, right below the title."""
    note = Block(role=BlockRole.NOTE, spans=(Span(text=WITHDRAWN, strong=True),))
    return replace(post, blocks=(*post.blocks[:1], note, *post.blocks[1:]), plain=f"{post.plain}\n{WITHDRAWN}")


def with_decisions(post: Post, taken: Sequence[Decision], channel: Channel) -> Post:
    """
    Give a pick's post with what its readers decided: who, for what is worth a name and where the channel shows names; else how many.

    Who decided last is named first, so that members see what they chose. Without decisions the post stays as it is.
    """
    emoji = shown_emoji(channel)
    spans, said = [], []
    for meaning in Meaning:
        members = [decision.member.name or "somebody" for decision in reversed(taken) if decision.meaning is meaning]
        if members:
            named = channel.names_shown and meaning in _NAMED
            who = byline(members) if named else str(len(members))
            spans.append(Span(text=f"{emoji.get(meaning) or BUTTON_WORDS[meaning]} {who}"))
            said.append(f"{MEANING_WORDS[meaning]}: {who}")
    if not spans:
        return post
    decided = Block(role=BlockRole.DECISIONS, spans=tuple(spans))
    # In words in the plain text, which screen readers and notifications have instead of the blocks.
    return replace(post, blocks=(*post.blocks, decided), plain="\n".join([post.plain, *said]))


def with_line_decisions(post: Post, taken: Mapping[int, Sequence[Decision]], channel: Channel) -> Post:
    """Give a list with how many decided what on each line, by the line's number."""
    emoji = shown_emoji(channel)
    blocks = []
    for one in post.blocks:
        counts = Counter(decision.meaning for decision in taken.get(one.number or 0, ()))
        said = " ".join(f"{emoji.get(m) or BUTTON_WORDS[m]} {counts[m]}" for m in Meaning if counts[m])
        lined = one.role is BlockRole.LINE and said
        blocks.append(replace(one, spans=(*one.spans, Span(text=said))) if lined else one)
    return replace(post, blocks=tuple(blocks), plain="\n".join(in_plain(one) for one in blocks if is_told(one)))
