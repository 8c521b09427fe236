"""View models of the page: the board's rows in, what a template needs out. Pure functions; templates do the escaping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from urllib.parse import urlsplit

from adapters.web.channel.board import BoardMessage, BoardReaction, BoardReply
from adapters.web.channel.emojis import NAMES
from bot.card import MEANING_WORDS
from bot.model import CARD_PARTS, Block, BlockRole, Channel, Member, MessageRef, Post, PostRole, Reaction, Section, Span
from bot.text import safe_url as core_safe_url
from bot.text import visible
from bot.triage import decisions, meaning_of

SECTION_NAMES: Mapping[Section, str] = {
    Section.PAPERS: "Papers",
    Section.LABS: "Labs",
    Section.NEWSLETTERS: "Newsletters",
    Section.COMMUNITY: "Community",
}

_MAX_URL = 2000
_HUES = 8
_NAMED = 50
_ADDRESS = re.compile(r"https?://[^\s<>\"。，、；！？]+")
_BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "」": "「", "』": "『", "】": "【", "》": "《"}
_AFTER_ADDRESS = frozenset(".,;:!?'*_~`|…’‘”“›‹»«。，、；：！？")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """
    One emoji under a message: who added it, and what it means in this channel, if anything.

    Of a decision in a channel that shows counts alone, nobody is `named`.
    """

    emoji: str
    name: str
    meaning: str | None
    who: tuple[str, ...]
    mine: bool
    names_shown: bool = True

    @property
    def label(self) -> str:
        """The chip in words, for a tooltip."""
        return f"{self.meaning or self.name}: {', '.join(self.named) or 'nobody yet'}"

    @property
    def spoken(self) -> str:
        """The chip in words for a screen reader, with the number that is seen on it: who speaks to the page says what they see."""
        return f"{self.label} ({len(self.who)})" if self.who and self.names_shown else self.label

    @property
    def named(self) -> tuple[str, ...]:
        """Who added it, the first of them by name: ten thousand names would be a megabyte of page."""
        if not self.names_shown:
            return (str(len(self.who)),) if self.who else ()
        more = len(self.who) - _NAMED
        return self.who if more <= 0 else (*self.who[:_NAMED], f"{more:,} more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A member's avatar: initials on one of a few colours, always the same ones."""

    name: str
    initials: str
    hue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """One reply in a thread. `aside` is true where it begins with `//` and so is kept out of the summaries."""

    id: str
    face: Face
    spans: tuple[Span, ...]
    text: str
    at: datetime
    edited: bool
    mine: bool
    acknowledged: bool
    aside: bool
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One message with everything people have done to it."""

    id: str
    post: Post
    at: datetime
    chips: tuple[Chip, ...]
    replies: tuple[ReplyView, ...]

    @property
    def title(self) -> str:
        """The message in a few words."""
        block = next((block for block in self.post.blocks if block.role is BlockRole.TITLE), None)
        return "".join(span.text for span in block.spans) if block else self.post.plain.partition("\n")[0]

    @property
    def decisions(self) -> tuple[Chip, ...]:
        """The chips that are decisions of somebody."""
        return tuple(chip for chip in self.chips if chip.meaning and chip.who)

    @property
    def summaries(self) -> int:
        """How many of the replies are recorded."""
        return sum(reply.acknowledged for reply in self.replies)

    @property
    def faces(self) -> tuple[Face, ...]:
        """Who has replied, each once, in order of their first reply."""
        return tuple({reply.face: None for reply in self.replies})

    def blocks(self, *roles: str) -> tuple[Block, ...]:
        """The blocks in these roles, in their order."""
        return tuple(block for block in self.post.blocks if block.role in roles)

    def blocks_but(self, *roles: str) -> tuple[Block, ...]:
        """The blocks in all other roles, in their order."""
        return tuple(block for block in self.post.blocks if block.role not in roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Divider:
    """A line across the page: a new day, or a new section of the digest."""

    kind: str
    text: str


DigestView = tuple[Divider | MessageView, ...]
"""One digest from head to foot, with its dividers."""


def message_views(
    channel: Channel,
    messages: Sequence[BoardMessage],
    reactions: Sequence[BoardReaction],
    replies: Sequence[BoardReply],
    viewer: Member | None,
) -> list[MessageView]:
    """The messages as `viewer` sees them, in the order given."""
    viewer_id = viewer.id if viewer else None
    return [
        MessageView(
            id=message.message_id,
            post=message.post,
            at=message.posted_at,
            chips=_chips(channel, [one for one in reactions if one.message_id == message.message_id], viewer_id),
            replies=tuple(_reply_view(one, viewer_id) for one in replies if one.parent_id == message.message_id),
        )
        for message in messages
    ]


def digest_views(views: Iterable[MessageView], zone: tzinfo, today: datetime) -> list[DigestView]:
    """The messages as digests, newest digest first: within each, the order of posting and the dividers between."""
    groups: list[list[MessageView]] = []
    by_week: dict[str, list[MessageView]] = {}
    for view in views:
        if view.post.role is PostRole.HEAD or not groups:
            groups.append([])
            by_week[view.post.week] = groups[-1]
        # A card that somebody asked for stands with its digest, whatever was posted since.
        (by_week.get(view.post.week, groups[-1]) if _on_demand(view) else groups[-1]).append(view)
    return [_with_dividers(_cards_before_foot(group), zone, today) for group in reversed(groups)]


def _on_demand(view: MessageView) -> bool:
    return view.post.part > CARD_PARTS


def _cards_before_foot(group: Sequence[MessageView]) -> list[MessageView]:
    own = [view for view in group if not _on_demand(view)]
    asked = sorted((view for view in group if _on_demand(view)), key=lambda view: view.post.part)
    # A notice may stand behind the foot.
    foot = next((number for number, view in enumerate(own) if view.post.role is PostRole.FOOT), len(own))
    return [*own[:foot], *asked, *own[foot:]]


def face(member: Member) -> Face:
    """A member's avatar."""
    words = member.name.split()
    initials = "".join(word[0] for word in (words if len(words) < 3 else [words[0], words[-1]]))  # noqa: PLR2004 - two letters fit
    return Face(name=member.name, initials=initials.upper()[:2], hue=sum(member.id.encode()) % _HUES)


def safe_url(url: str | None) -> str | None:
    """The address if a browser may be sent there: http or https, with a host and no user before it, not endless. None otherwise."""
    if not url or len(url) > _MAX_URL or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc else None


def linked(text: str) -> tuple[Span, ...]:
    """A person's text with the addresses in it as links; those with a user before the host, or without a fair host, stay words."""
    spans: list[Span] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        if len(match[0]) > _MAX_URL:
            continue
        address = _without_what_follows(match[0])
        if (url := core_safe_url(address)) is None:
            continue
        spans += [Span(text=text[end : match.start()]), Span(text=address, url=url)]
        end = match.start() + len(address)
    return tuple(span for span in [*spans, Span(text=text[end:])] if span.text)


def _without_what_follows(address: str) -> str:
    """
    An address without the punctuation of the sentence around it; a bracket belongs to it where it was opened in it, as in Wikipedia's.

    The rule is that of GitHub's autolinks (https://github.github.com/gfm/#extended-autolink-path-validation).
    """
    while address:
        last = address[-1]
        opened = _BRACKETS.get(last)
        if last in _AFTER_ADDRESS or (opened and address.count(last) > address.count(opened)):
            address = address[:-1]
        else:
            break
    return address


def day_name(at: datetime, today: datetime) -> str:
    """A day as a person says it; with the year where it is another one."""
    year = f" {at.year}" if at.year != today.year else ""
    return f"{at:%A}, {at.day} {at:%B}{year}"


def _with_dividers(group: Sequence[MessageView], zone: tzinfo, today: datetime) -> DigestView:
    rows: list[Divider | MessageView] = []
    day: date | None = None
    section: str | None = None
    for view in group:
        local = view.at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            rows.append(Divider(kind="day", text=day_name(local, today.astimezone(zone))))
        if (name := _section_of(view)) and name != section:
            section = name
            rows.append(Divider(kind="section", text=name))
        rows.append(view)
    return tuple(rows)


def _section_of(view: MessageView) -> str | None:
    """Say under which heading a message stands; None for one that goes with what is before it."""
    post = view.post
    if post.role in {PostRole.LIST, PostRole.ALSO}:
        return view.title
    if post.role is not PostRole.PICK:
        return None
    if _on_demand(view):
        return "Asked for"
    if post.explore:
        return "Exploration"
    if post.classic:
        return "Basics"
    return SECTION_NAMES[Section(post.section)] if post.section else None


def _chips(channel: Channel, reactions: Sequence[BoardReaction], viewer_id: str | None) -> tuple[Chip, ...]:
    """
    First the emoji that mean something here, used or not, then whatever else people have put there.

    Of a member's decisions a chip shows those that stand, as everywhere else: ⭐ gives way to a later 👎, and is back when that is taken back.
    """
    emojis = dict.fromkeys([*channel.meanings, *(reaction.emoji for reaction in reactions)])
    ref = MessageRef(platform=channel.platform, channel_id=channel.id, message_id="")
    acts = [
        ("", Reaction(ref=ref, member=one.member, emoji=one.emoji, present=one.present, at=one.at)) for one in reactions
    ]
    standing = {(one.member.id, one.meaning) for one in decisions(channel.name, channel.meanings, acts)}

    def who(emoji: str) -> list[Member]:
        meaning = meaning_of(emoji, channel.meanings)
        put = [one.member for one in reactions if one.emoji == emoji]
        return [member for member in put if meaning is None or (member.id, meaning) in standing]

    return tuple(_chip(channel, emoji, who(emoji), viewer_id) for emoji in emojis)


def _chip(channel: Channel, emoji: str, members: Sequence[Member], viewer_id: str | None) -> Chip:
    meaning = meaning_of(emoji, channel.meanings)
    return Chip(
        emoji=emoji,
        name=NAMES.get(emoji, emoji),
        meaning=MEANING_WORDS[meaning] if meaning else None,
        who=tuple(member.name for member in members),
        mine=any(member.id == viewer_id for member in members),
        names_shown=channel.names_shown or meaning is None,
    )


def _reply_view(reply: BoardReply, viewer_id: str | None) -> ReplyView:
    return ReplyView(
        id=reply.message_id,
        face=face(reply.member),
        spans=linked(visible(reply.text)),
        text=reply.text,
        at=reply.at,
        edited=reply.edited_at is not None,
        mine=reply.member.id == viewer_id,
        acknowledged=reply.acknowledged,
        aside=reply.text.startswith("//"),
        revision=reply.revision,
    )
