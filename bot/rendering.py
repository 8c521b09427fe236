"""
A digest in words: neutral posts of spans, links and blocks. No Block Kit, no embeds, no HTML; each platform dresses them.

Posts are rendered each time from the frozen digest, so the same digest always gives the same posts; only the team's own words on a work are looked up
each time, since who wrote them may take them back. `bot.card` says what a card holds.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.budget import LOOK_MINUTES
from bot.card import (
    MEANING_WORDS,
    NAME_LIMIT,
    NO_WORDS,
    NOTE_LIMIT,
    NOTHING,
    Words,
    block,
    card,
    line_of,
    linked,
    quoted,
    short,
    source_names,
)
from bot.digest.listing import ALSO
from bot.digest.waiting import is_unread
from bot.due import covered_days
from bot.emojis import plain_emoji
from bot.misspellings import unaccented
from bot.model import (
    CARD_PARTS,
    Block,
    BlockRole,
    Button,
    Channel,
    Digest,
    Layout,
    Meaning,
    Pick,
    Post,
    PostRole,
    Section,
    Skip,
    Span,
)
from bot.other_languages import is_hardly_english
from bot.periods import in_words
from bot.pictures import safe_picture
from bot.pressing import press_text, shown_emoji
from bot.receipt import receipt_badges, receipt_line, receipt_rows
from bot.text import counted

_SHOWN_WORKS: Final = 6

HOW_TO_ANSWER: Final[Mapping[Layout, str]] = {
    Layout.CARDS: "Reply in a pick's thread with two sentences in your own words: that is its summary.",
    Layout.COMPACT: "Choose a pick in the menu below the picks to decide on it, to write its summary, or to bring its card; a line's keycap brings its card, too.",
}
"""How one answers a digest: a line of the compact layout has no thread of its own."""

_AT_THE_LINE: Final = "Choose a pick in the menu at its line, or below, to decide on it, to write its summary, or to bring its card; a line's keycap brings its card, too."
"""The same where each line has a menu of its own."""

KEYCAPS: Final = ("1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟")
"""What asks for the card of one of the first ten lines of a message; on such a message they mean only this."""

LINES: Final = 25
"""How many lines a message has at most: what the smallest platform's menu takes."""

_LINES_LENGTH: Final = 3500
"""How many characters of lines a message holds: of the 4,096 that the smallest platform takes, less what markup and menus add."""

_MENU_OF_BEFORE: Final = 820
"""What a menu at a line was taken to need in the digests that say only that there are some (`Digest.menus`)."""

_MENUS_LENGTH: Final = 11_000
"""What lines with their menus may take together: of the 13,200 of the platform that has such, less what titles take that its markup cannot carry."""

BUTTON_WORDS: Final[Mapping[Meaning, str]] = {
    meaning: words[:1].upper() + words[1:] for meaning, words in MEANING_WORDS.items()
}
_SECTION_PLURAL: Final[Mapping[str, tuple[str, str]]] = {
    Section.PAPERS.value: ("paper", "papers"),
    Section.LABS.value: ("lab note", "lab notes"),
    Section.NEWSLETTERS.value: ("newsletter", "newsletters"),
    Section.COMMUNITY.value: ("discussion", "discussions"),
}


HEAD_PART: Final = 0
"""Number of a digest's head among its messages."""


def posting_key(channel: str, week: str, part: int) -> str:
    """
    Give the key under which a platform knows one message of a digest: 24 characters, the same for the same part, for ever.

    Discord admits 25 characters in a nonce; Slack's metadata must hold nothing that tells anybody anything.
    """
    return "pr" + hashlib.blake2b(f"{channel}\n{week}\n{part}".encode(), digest_size=11).hexdigest()


def render(digest: Digest, channel: Channel, words: Words = NO_WORDS) -> list[Post]:
    """
    Turn a digest into its posts in order: head, the picks, what else there was, foot. Part numbers count from 0.

    The picks are a card each, or in the compact layout lines of as few messages as hold them. `words` are what the team wrote about
    works before, by item key.
    """
    posts = [_post(PostRole.HEAD, HEAD_PART, _head(digest, channel, words), digest)]
    if digest.layout is Layout.COMPACT:
        for title, lines in _pick_messages(digest, "The picks"):
            made = _post(PostRole.LIST, len(posts), [block(BlockRole.TITLE, title), *lines], digest)
            posts.append(replace(made, buttons=decision_buttons(channel)))
    else:
        posts += [
            _card_post(pick, part, digest, channel, words) for part, pick in enumerate(digest.picks, start=len(posts))
        ]
    posts += [_post(PostRole.ALSO, part, blocks, digest) for part, blocks in enumerate(_also(digest), len(posts))]
    return [*posts, _post(PostRole.FOOT, len(posts), _foot(digest), digest)]


def parts_of(digest: Digest) -> dict[int, str | None]:
    """Give the parts that `render` gives, in order, each with the key of its item; without rendering them, which takes ten times as long."""
    if digest.layout is Layout.COMPACT:
        found: list[str | None] = [None for _ in _pick_messages(digest)]
    else:
        found = [pick.item.key for pick in digest.picks]
    also: list[str | None] = [None for _ in _messages(digest.also[:ALSO], "", digest)]
    return dict(enumerate([None, *found, *also, None]))


def _lines(digest: Digest) -> dict[int, Pick]:
    """The works that are lines, by the part of the card that may be asked for."""
    lines = (*digest.picks, *digest.also) if digest.layout is Layout.COMPACT else digest.also
    return {CARD_PARTS + pick.rank: pick for pick in lines}


class DigestParts(Mapping[int, Post]):
    """
    Every message that a digest may have, by part, each rendered when it is asked for.

    Most are cards that nobody asks for: sixty of them took longer to render than all that is sent.
    """

    def __init__(self, digest: Digest, channel: Channel, words: Words = NO_WORDS) -> None:
        self._digest, self._channel, self._words = digest, channel, words
        self._to_ask_for = _lines(digest)
        self._own: dict[int, Post] | None = None

    def __getitem__(self, part: int) -> Post:
        picks = self._digest.picks
        if part in self._to_ask_for:
            return self._card(self._to_ask_for[part], part)
        if self._own is None and self._digest.layout is Layout.CARDS and 1 <= part <= len(picks):
            return self._card(picks[part - 1], part)
        return self._rendered()[part]

    def __iter__(self) -> Iterator[int]:
        return iter([*self._rendered(), *self._to_ask_for])

    def __len__(self) -> int:
        return len(self._rendered()) + len(self._to_ask_for)

    def _card(self, pick: Pick, part: int) -> Post:
        return _card_post(pick, part, self._digest, self._channel, self._words)

    def _rendered(self) -> dict[int, Post]:
        if self._own is None:
            self._own = {post.part: post for post in render(self._digest, self._channel, self._words)}
        return self._own


def shown_number(line: Block) -> int | None:
    """
    Give the number that a line of a list shows; none where its keycap says the same.

    >>> line = Block(role=BlockRole.LINE, number=2, keycap=KEYCAPS[1])
    >>> shown_number(line), shown_number(replace(line, number=18))
    (None, 18)
    """
    same = line.keycap in KEYCAPS and line.number == KEYCAPS.index(line.keycap) + 1
    return None if same else line.number


def rank_of_keycap(digest: Digest, part: int, emoji: str) -> int | None:
    """Tell for which work a keycap on a message with lines asks; None where it means nothing there."""
    wanted = plain_emoji(emoji)
    lines = _lines_by_part(digest).get(part, [])
    return next((one.number for one in lines if one.keycap and plain_emoji(one.keycap) == wanted), None)


def items_of_list(digest: Digest, part: int) -> list[str]:
    """Give the keys of the picks that are lines of a message of a compact digest; of any other message none."""
    if digest.layout is not Layout.COMPACT:
        return []
    keys = {pick.rank: pick.item.key for pick in digest.picks}
    numbers = [one.number for one in _lines_by_part(digest).get(part, [])]
    return [keys[number] for number in numbers if number in keys]


def _lines_by_part(digest: Digest) -> dict[int, list[Block]]:
    picks = _pick_messages(digest) if digest.layout is Layout.COMPACT else ()
    found = {part: lines for part, (_, lines) in enumerate(picks, start=1)}
    start = 1 + (len(found) if digest.layout is Layout.COMPACT else len(digest.picks))
    return found | {part: lines for part, (_, lines) in enumerate(_messages(digest.also[:ALSO], "", digest), start)}


def _card_post(pick: Pick, part: int, digest: Digest, channel: Channel, words: Words) -> Post:
    made = _post(PostRole.PICK, part, card(pick, digest, channel, words), digest, pick=pick)
    picture = safe_picture(pick.item.picture) if channel.pictures else None
    return replace(made, buttons=decision_buttons(channel), picture=picture)


def decision_buttons(channel: Channel) -> tuple[Button, ...]:
    """Give the buttons by which a channel decides on a card, in the order of the meanings; none where it decides by reactions."""
    if not channel.triage.by_buttons:
        return ()
    emoji = shown_emoji(channel)
    return tuple(
        Button(words=f"{emoji.get(meaning, '')} {words}".strip(), asks=press_text(meaning))
        for meaning, words in BUTTON_WORDS.items()
    )


def _post(role: PostRole, part: int, blocks: Sequence[Block], digest: Digest, *, pick: Pick | None = None) -> Post:
    shown = [one for one in blocks if one.spans]
    return Post(
        role=role,
        part=part,
        blocks=tuple(shown),
        plain="\n".join(in_plain(one) for one in shown if is_told(one)),
        item_key=pick.item.key if pick else None,
        section=pick.section if pick else None,
        rank=pick.rank if pick else None,
        explore=pick.explore if pick else False,
        classic=pick.classic if pick else False,
        week=digest.week,
    )


def in_plain(one: Block) -> str:
    """Give a block as one line of plain text."""
    number = f"{one.number}. " if one.number is not None else ""
    return number + one.joint.join(span.text for span in one.spans)


def is_told(one: Block) -> bool:
    """Tell whether a block belongs to what notifications and screen readers have instead of the blocks."""
    return one.role is not BlockRole.MORE


# ---- lines


_HOW_TO_ASK: Final = block(
    BlockRole.ASKING, "React with a line's keycap or choose its number, and the work gets its card and thread here."
)
"""How a line becomes a card, in words that are true on every platform with menus and keycaps. The compact layout's head says it of all its lines."""


def _also(digest: Digest) -> Iterable[list[Block]]:
    """Give the blocks of the message (or, with long addresses, messages) on what came next; the last one goes further."""
    shown, further = digest.also[:ALSO], digest.also[ALSO:]
    messages, names = list(_messages(shown, "Also this week", digest)), source_names(digest)
    for number, (title, lines) in enumerate(messages, start=1):
        rest = (
            [replace(line_of(pick, names), role=BlockRole.MORE) for pick in further] if number == len(messages) else []
        )
        yield [
            block(BlockRole.TITLE, title),
            *lines,
            *rest,
            *([] if digest.layout is Layout.COMPACT else [_HOW_TO_ASK]),
        ]


def _messages(picks: Sequence[Pick], title: str, digest: Digest, *, menu: int = 0) -> Iterable[tuple[str, list[Block]]]:
    """
    Share lines out over as few messages as hold them, each with its title; the first ten lines of each have a keycap.

    With a `menu` each line has so much room for one of its own, and the messages are about as long as one another.
    """
    names = source_names(digest)
    lines = [line_of(pick, names) for pick in picks]
    shared = _shared_out(lines, menu)
    if menu and len(shared) > 1:
        even = _shared_out(lines, menu, most=-(-len(lines) // len(shared)))
        shared = even if len(even) == len(shared) else shared
    for number, message in enumerate(shared):
        numbered = [replace(one, keycap=keycap) for one, keycap in zip(message, KEYCAPS, strict=False)]
        yield (title if number == 0 else f"{title}, continued"), [*numbered, *message[len(numbered) :]]


def _shared_out(lines: Sequence[Block], menu: int, most: int = LINES) -> list[list[Block]]:
    messages: list[list[Block]] = []
    length = 0
    for line in lines:
        size = sum(len(span.text) + len(span.url or "") + 12 for span in line.spans)
        held = len(messages[-1]) + 1 if messages else 1
        full = length + size + menu * held > _MENUS_LENGTH if menu else False
        if not messages or held > most or length + size > _LINES_LENGTH or full:
            messages.append([])
            length = 0
        length += size
        messages[-1].append(line)
    return messages


def _pick_messages(digest: Digest, title: str = "") -> Iterable[tuple[str, list[Block]]]:
    """Share the picks of a compact digest out; one of before keeps the messages it was sent in."""
    return _messages(digest.picks, title, digest, menu=_menu_of(digest))


def _menu_of(digest: Digest) -> int:
    return digest.line_menu or (_MENU_OF_BEFORE if digest.menus else 0)


# ---- head and foot


def _head(digest: Digest, channel: Channel, words: Words) -> list[Block]:
    looked_through = _chosen(digest) + sum(digest.left_out.values())
    chosen = counted(_chosen(digest), "pick", "picks")
    if digest.left_out:
        chosen += f" of {counted(looked_through, 'work', 'works')}"
    badges = [
        time_in_words(digest),
        f"{chosen}, and a classic" if any(pick.classic for pick in digest.picks) else chosen,
        *receipt_badges(digest.sources, digest.compiled_at, channel.zone),
    ]
    return [
        block(BlockRole.TITLE, f"Paper Round · {span_of_days(*covered_days(digest.window, channel.zone))}"),
        block(BlockRole.BADGES, *badges),
        *_notes(digest),
        *_recap(digest, channel, words),
        block(BlockRole.LEGEND, *(legend(channel.meanings) if channel.triage.by_reactions else ())),
        _how_to_answer(digest),
    ]


def _how_to_answer(digest: Digest) -> Block:
    if digest.layout is Layout.COMPACT:
        return block(BlockRole.ASKING, _AT_THE_LINE if digest.line_menu else HOW_TO_ANSWER[digest.layout])
    return block(BlockRole.NOTE, HOW_TO_ANSWER[digest.layout])


def _chosen(digest: Digest) -> int:
    """Count the picks that were chosen among the week's works; a classic comes from a list."""
    return sum(1 for pick in digest.picks if not pick.classic)


def _recap(digest: Digest, channel: Channel, words: Words) -> list[Block]:
    """Open with what the team wrote since the last digest, in its own words, and name once what it owes a word."""
    zone = ZoneInfo(channel.zone)
    quotes = [
        quote
        for work in digest.recap.told
        for quote in quoted(words.get(work.key, NOTHING).summaries, channel, zone, work=work)
    ]
    opening = [block(BlockRole.NOTE, Span(text="Last week, in our words", strong=True)), *quotes] if quotes else []
    owed = digest.recap.owed
    if not owed:
        return opening
    named = [linked(short(work.title, NAME_LIMIT) or "(untitled)", work.url) for work in owed]
    parted = [span for one in named for span in (one, Span(text=", "))][:-1]
    lead = "Marked must-read, and nobody has written a word on " + ("it" if len(owed) == 1 else "them") + " yet: "
    return [*opening, block(BlockRole.NOTE, lead, *parted)]


def time_in_words(digest: Digest) -> str:
    """
    Say how long a digest takes: to look at, and to read what is likely to be marked.

    A digest of before, whose picks were all to be read, says the sum of their reading times.
    """
    if digest.rate is None:
        return f"{digest.minutes} of {digest.budget_minutes} minutes"
    look = counted(LOOK_MINUTES * len(digest.picks), "minute", "minutes")
    return f"look {look}, read about {round(digest.rate * sum(pick.minutes for pick in digest.picks))}"


def _notes(digest: Digest) -> list[Block]:
    notes = []
    if digest.sample:
        notes.append(
            "Sample week: invented papers that ship with Paper Round, to try it out. Nothing here was collected."
        )
    if digest.late:
        notes.append("This digest is late: it fell due while Paper Round could not send it.")
    notes += _skipped(digest.skipped)
    if digest.changed:
        day = f"{digest.changed.day} {digest.changed:%B}"
        notes.append(
            f"Since {day} you marked hardly anything of what is like your earlier marks, so those count little now."
        )
    elif digest.looking_around and any(pick.explore for pick in digest.picks):
        notes.append(
            "Hardly anything of the last digest was marked. In case you want something else by now, more papers than usual come from outside."
        )
    if any(reason.name == "typical" for pick in digest.picks for reason in pick.reasons):
        notes.append(
            "I do not know yet what you want, and too few works here have votes to go by, so I took some that many of this week's are like, and a few others for variety. "
            "Tell me by /paperround topics with three to seven words, or mark what you like."
        )
    notes += [*topics_in_words(digest), *shortness_in_words(digest)]
    if not _chosen(digest):
        none = "None of the sources could be read."
        notes.append(none if is_unread(digest) else "Nothing new this week that was worth your time.")
    return [block(BlockRole.NOTE, note) for note in notes]


IN_ENGLISH: Final = "Works are in English, and topics are looked for by their words: write them in English, too."


def check_in_words(respelt: Mapping[str, str], unmatched: Sequence[str], when: str) -> list[str]:
    """Say in sentences which topics were mistyped, and which no work of a time is about (`bot.topic_check`): `when` the works are of, as in 'this week'."""
    found = []
    told = [(typed, right) for typed, right in respelt.items() if unaccented(typed) != unaccented(right)]
    if told:
        taken = [f"'{short(typed, NAME_LIMIT)}' for '{short(right, NAME_LIMIT)}'" for typed, right in told]
        found.append(f"Nobody wrote some words of your topics {when}, so I took {_some_of(taken, 'and')}.")
    if unmatched:
        named = [f"'{short(topic, NAME_LIMIT)}'" for topic in unmatched]
        found.append(f"Nothing {when} was about {_some_of(named, 'or')}.")
        if any(map(is_hardly_english, unmatched)):
            found.append(IN_ENGLISH)
    return found


def topics_in_words(digest: Digest) -> list[str]:
    """Say in sentences which of the channel's topics were mistyped, which no work of the week is about, or shows, which are unclear, and of which all was shown before."""
    found = check_in_words(dict(digest.respelt), () if is_unread(digest) else digest.unmatched, "this week")
    if digest.in_passing:
        named = [f"'{short(topic, NAME_LIMIT)}'" for topic in digest.in_passing]
        found.append(f"This week's works speak of {_some_of(named, 'and')} only in passing, or in another sense.")
    if digest.barely_named:
        named = [f"'{short(topic, NAME_LIMIT)}'" for topic in digest.barely_named]
        it = "it" if len(named) == 1 else "these"
        found.append(
            f"Hardly any paper this week names {_some_of(named, 'or')}, so I took only a few that share a word with {it} or come near."
        )
    if digest.unclear:
        named = [f"'{short(topic, NAME_LIMIT)}'" for topic in digest.unclear]
        found.append(
            f"This week's works mean several things by {_some_of(named, 'and')}. Say in a sentence what you work on (/paperround settings, 'What you work on'), and I take it as you do."
        )
    if digest.muted:
        named = [f"'{short(topic, NAME_LIMIT)}'" for topic in digest.muted]
        found.append(f"All that was about {_some_of(named, 'or')} is muted here.")
    if digest.used_up:
        named = [f"'{short(topic, NAME_LIMIT)}'" for topic in digest.used_up]
        found.append(f"You have had all that I found about {_some_of(named, 'and')}; nothing new came since.")
    return found


def shortness_in_words(digest: Digest) -> list[str]:
    """Say why a digest is short, where the week had little of what the channel asks for, and which mutes or choice of sources keep more of it out."""
    if not digest.short or not _chosen(digest):
        return []
    reached, added, kept_out = digest.short.reached, digest.short.added, digest.short.kept_out[:_SHOWN_WORKS]
    few = f"Only {counted(reached, 'paper')} this week" if reached else "No paper this week"
    if kept_out:
        few = f"Without what you mute, {few[0].lower()}{few[1:]}"
    read = [short(name, NAME_LIMIT) for name in digest.short.read]
    where = f" in the only source{'s' if len(read) > 1 else ''} you read, {_some_of(read, 'and')}" if read else ""
    more = (
        f"I added {counted(added, 'other')}, and the rest of your time is yours"
        if added
        else "The rest of your time is yours"
    )
    muted = [
        f"You mute {short(wish, NAME_LIMIT)}, so your topic '{short(topic, NAME_LIMIT)}' brings little."
        for topic, wish in digest.short.muted[:_SHOWN_WORKS]
    ]
    others = [f"{short(wish, NAME_LIMIT)} keeps out {counted(number, 'paper')}" for wish, number in kept_out]
    on_topic = any(reason.name == "topics" for pick in digest.picks for reason in pick.reasons)
    if digest.unmatched and added and not (reached or on_topic or muted or kept_out or read):
        # That nothing was about the topics is said already.
        return [f"I took {counted(added, 'other')} instead, and the rest of your time is yours."]
    if digest.barely_named and reached and not (added or muted or kept_out or read):
        # That few were is said already, and of these some are a guess.
        return [f"{more}."]
    were = "was" if reached == 1 else "were"
    # Some are near in other words or mention a topic: of all of them it is true that they come near.
    wanted = (
        f"{were} like what you liked" if reached and digest.unmatched and not on_topic else "came near what you ask for"
    )
    return [
        f"{few} {wanted}{where}. {more}.",
        *muted,
        *([f"Of what you mute, {_some_of(others, 'and')} on that."] if others else []),
    ]


def _some_of(named: Sequence[str], joint: str) -> str:
    """Name the first of some, and how many others there are."""
    shown, more = named[:_SHOWN_WORKS], len(named) - _SHOWN_WORKS
    if more > 0:
        return f"{', '.join(shown)} {joint} {counted(more, 'other')}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {joint} {shown[-1]}"


def _skipped(skips: Sequence[Skip]) -> list[str]:
    """Say which weeks had no digest, and why, a line for each reason."""
    weeks: dict[str, list[str]] = {}
    for skip in skips:
        weeks.setdefault(short(skip.because, NOTE_LIMIT), []).append(in_words(skip.week))
    return [f"No digest came for {_listed(names)}: {because}." for because, names in weeks.items()]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def with_left_out(foot: Post, titles: Sequence[str]) -> Post:
    """Name in a digest's foot, or in whichever message comes last, the picks that the platform took in no form; without any, it stays as it is."""
    if not titles:
        return foot
    named = ", ".join(f"“{short(title, NAME_LIMIT)}”" for title in titles[:_SHOWN_WORKS])
    more = f" and {len(titles) - _SHOWN_WORKS} more" if len(titles) > _SHOWN_WORKS else ""
    note = f"Chosen, but not taken by the platform: {named}{more}."
    return replace(foot, blocks=(*foot.blocks, block(BlockRole.NOTE, note)), plain=f"{foot.plain}\n{note}")


def legend(meanings: Mapping[str, Meaning]) -> list[str]:
    """Say what each emoji means in a channel, each in a few words: `⭐ must-read`."""
    return [f"{emoji} {MEANING_WORDS[meaning]}" for emoji, meaning in meanings.items()]


def span_of_days(first: date, last: date) -> str:
    """
    Say a span of days in words, the year only where it changes.

    >>> span_of_days(date(2026, 8, 10), date(2026, 8, 16))
    '10 to 16 August'
    """
    if first == last:
        return f"{first.day} {first:%B}"
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{start} to {last.day} {last:%B}"


def local_time(instant: datetime, zone: str) -> str:
    """
    Say an instant on a channel's wall clock, with the zone's name where that is not UTC.

    >>> from datetime import UTC
    >>> local_time(datetime(2026, 8, 24, 7, tzinfo=UTC), "Europe/Berlin")
    'Monday 24 August, 09:00 (Europe/Berlin)'
    """
    at = instant.astimezone(ZoneInfo(zone))
    return f"{at:%A} {at.day} {at:%B}, {at:%H:%M}" + ("" if zone == "UTC" else f" ({zone})")


def _foot(digest: Digest) -> list[Block]:
    blocks = []
    if digest.sources:
        blocks.append(
            Block(
                role=BlockRole.RECEIPT,
                spans=(
                    Span(
                        text=receipt_line(
                            digest.sources,
                            (_chosen(digest), _chosen(digest) + sum(digest.left_out.values())),
                            digest.window,
                        )
                    ),
                ),
                rows=receipt_rows(digest.sources),
            )
        )
    listed = Counter(pick.section.value for pick in digest.also[:ALSO])
    left = [
        counted(number, *_SECTION_PLURAL.get(section, (section, section)))
        for section, left_out in digest.left_out.items()
        if (number := left_out - listed[section]) > 0
    ]
    if left:
        blocks.append(block(BlockRole.NOTE, "Left out: " + ", ".join(left) + "."))
    return blocks or [block(BlockRole.NOTE, "That was the round.")]
