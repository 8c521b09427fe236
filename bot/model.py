"""
Domain values: frozen dataclasses, from what a source said to what a team decided.

The name of a value tells the stage of the datum: what a source said is an `Entry`, what it speaks of is an `Item`,
a channel's choice is a `Digest` of `Pick`s, neutral text is a `Post`. All datetimes are aware and in UTC.
`docs/glossary.md` says what each word means and what it is not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

WallTime = time
NINE = WallTime(9, 0)
A_DAY = timedelta(days=1)

CARD_PARTS: Final = 1000
"""A card that somebody asks for is the part with this number and its rank: no digest has so many messages of its own."""


class ItemKind(StrEnum):
    """What sort of thing an item is. Decides how its reading time is estimated."""

    PAPER = "paper"
    POST = "post"
    NEWSLETTER = "newsletter"
    DISCUSSION = "discussion"
    CODE = "code"
    TALK = "talk"


class Section(StrEnum):
    """The parts of a digest, in the order in which they are read. A source belongs to one of them."""

    PAPERS = "papers"
    LABS = "labs"
    NEWSLETTERS = "newsletters"
    COMMUNITY = "community"


class SourceStatus(StrEnum):
    """How a source stands after a collect. The glossary says what each word means."""

    OK = "ok"
    UNCHANGED = "unchanged"
    QUIET = "quiet"
    STALE = "stale"
    FAILING = "failing"
    OFF = "off"
    NEW = "new"

    @property
    def asked(self) -> bool:
        """Whether the source was asked at all: neither is it off, nor has it just not had its turn yet."""
        return self not in {SourceStatus.OFF, SourceStatus.NEW}

    @property
    def answered(self) -> bool:
        """Whether the source was asked and could be read."""
        return self.asked and self is not SourceStatus.FAILING

    @classmethod
    def _missing_(cls, value: object) -> SourceStatus | None:
        """What is stored from before says `failed`."""
        return cls.FAILING if value == "failed" else None


class Rhythm(StrEnum):
    """How often a channel has a digest."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "every second week"
    TWICE_A_WEEK = "twice a week"
    MONTHLY = "monthly"
    DAILY = "daily"


class Layout(StrEnum):
    """How a digest is shown: a message for each pick, or the picks as lines of one message."""

    CARDS = "cards"
    COMPACT = "compact"


class Names(StrEnum):
    """Whether a channel shows who decided what, or how many alone. Words always bear their author's name."""

    SHOWN = "shown"
    COUNTS = "counts"


class ChannelOrigin(StrEnum):
    """Who subscribed a channel: the operator, in the configuration file, or a member, in chat."""

    FILE = "file"
    CHAT = "chat"


class Triage(StrEnum):
    """
    How a channel is asked to decide: by buttons on each card, by reactions, or by both.

    What was decided counts whichever way it was done, so that a change of this loses nothing.
    """

    BOTH = "both"
    BUTTONS = "buttons"
    REACTIONS = "reactions"

    @property
    def by_buttons(self) -> bool:
        """Whether cards bear buttons."""
        return self is not Triage.REACTIONS

    @property
    def by_reactions(self) -> bool:
        """Whether people are told which emoji mean what."""
        return self is not Triage.BUTTONS


class Meaning(StrEnum):
    """What a member decided about an item."""

    MUST_READ = "must-read"
    TO_READ = "to-read"
    READ = "read"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """
    A configured place we collect from.

    `kind` names the adapter that can ask it (`feed`, `arxiv`, `huggingface`, ...), `url` is its whole endpoint,
    `options` is what only that adapter understands (say, arXiv's categories). `quiet` marks a source that publishes
    rarely, so that its silence is no fault. `trusted` is true for what the operator's own configuration named: only such
    a source may point at a private address, and only if `fetch.allow_private` says so.
    `usual_days` is how often it usually publishes, in days, as known beforehand; None where nothing is known.
    `seconds` is how long asking it may take in all, where that is longer than is usual. One that is `offered` is off until
    somebody switches it on: no receipt tells of it. One of a channel's `own` was added in chat, and is read by those channels alone that
    added it (`bot.channel_sources`).
    """

    id: str
    kind: str
    name: str
    url: str
    section: Section
    item_kind: ItemKind = ItemKind.POST
    enabled: bool = True
    quiet: bool = False
    trusted: bool = True
    usual_days: float | None = None
    seconds: float | None = None
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    off_because: str | None = None
    offered: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How much notice a source's readers took. None where the source does not count it."""

    votes: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address inside an entry's text, with the words of the anchor and the words around it (at most 280 characters)."""

    url: str
    text: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What one source said once, kept as said. Unique by (`source_id`, `external_id`).

    Text fields are plain text: markup is removed and control characters are stripped, but nothing is escaped yet, since
    escaping belongs to the platform that shows it. `url` is what the source links to, `about` the address of the work
    itself where that is another one (a Hugging Face page speaks of an arXiv paper), or what stands for one where `url` is
    but the page of the source (`keys.entry_address`). `brief` is the source's own one-line summary, made by machine as a rule, so
    never shown as the author's. `institutions` are the labs that stand behind the work, where the source names them.
    `published` is the instant at which *this source* spoke, None where it did not say. With `whole_day` the source gave a day only,
    and `published` is the first instant of that day in the source's zone. `work_date` is when the work itself appeared (a paper's
    submission), where the source says that beside its own date. `words` is the length of the full text in words where the source
    gives it. `picture` is the address of a picture that the source shows beside it (`bot.pictures`). An entry that is only `supporting` adds to a work that others speak of, and makes no item where nobody else does.
    """

    source_id: str
    external_id: str
    kind: ItemKind
    section: Section
    title: str
    url: str
    about: str | None = None
    authors: tuple[str, ...] = ()
    abstract: str = ""
    brief: str = ""
    published: datetime | None = None
    whole_day: bool = False
    work_date: datetime | None = None
    attention: Attention = Attention()
    words: int | None = None
    code_url: str | None = None
    code_stars: int | None = None
    project_url: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    institutions: tuple[str, ...] = ()
    supporting: bool = False
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """
    An entry, or a link inside a newsletter's entry, that speaks of an item.

    Unique by (`key`, `source_id`, `external_id`). `direct` is true where the entry itself is about the item, false where
    it only links to it; `quote` is then the words around the link. `at` is when it counts: when the source spoke, or when we first saw it.
    `spoke` is the source's own date for it, None where it gave none; with `whole_day` that is a day, and `spoke` its first instant.
    """

    key: str
    source_id: str
    external_id: str
    url: str
    title: str
    direct: bool = True
    quote: str = ""
    at: datetime
    spoke: datetime | None = None
    whole_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """
    An entry as the database holds it: with the instant we first saw it.

    `backlog`: it was old already when we first asked its source. `late`: it reached us after the time its date speaks of had
    been read, so it counts from when we saw it.
    """

    entry: Entry
    first_seen: datetime
    backlog: bool = False
    late: bool = False

    @property
    def at(self) -> datetime:
        """When it counts: when its source spoke, or when we first saw it, if it is late, undated or dated in the future."""
        published = self.entry.published
        return self.first_seen if self.late or published is None or published > self.first_seen else published

    @property
    def until(self) -> datetime:
        """
        The end of the time in which its source may have spoken: `at` itself, or of an entry that has a day only, that day's end.

        The end is not included, as in a `Window`.
        """
        published = self.entry.published
        if self.late or published is None or not self.entry.whole_day:
            return self.at
        return max(self.at, published + A_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    The one thing (paper, post, code, talk) behind one or more entries: what is ranked and triaged.

    `brief` is the short summary that the source `brief_by` (its id) gives, made by a machine. `institutions` are the labs behind
    the work, where a source names them.
    `published` is when a source first spoke of it, `work_date` when the work itself appeared, where a source says so.
    """

    key: str
    kind: ItemKind
    section: Section
    title: str
    url: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    published: datetime
    work_date: datetime | None = None
    words: int | None = None
    code_url: str | None = None
    code_stars: int | None = None
    project_url: str | None = None
    tags: tuple[str, ...] = ()
    attention: Mapping[str, Attention] = field(default_factory=lambda: MappingProxyType({}))
    mentions: tuple[Mention, ...] = ()
    brief: str = ""
    brief_by: str = ""
    institutions: tuple[str, ...] = ()
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an item scored as it did, in words that a reader of the digest understands."""

    name: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The result of ranking one item: a number to sort by (higher is better) and the reasons for it, strongest first."""

    value: float
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """
    How one source did in one collect. `seconds` is wall time; `newest` the newest entry's instant, as far as is known.

    `error` is a sentence for the reader where `state` is failing, stale, off or new. `fetched` counts the entries the source
    gave, `new` those never seen before. `partial`: it answered, but not with everything of the window, and `error` says why.
    `failing_since` is the instant (UTC) of the first failure in a row, where `state` is failing.
    """

    id: str
    kind: str
    state: SourceStatus
    fetched: int = 0
    new: int = 0
    newest: datetime | None = None
    seconds: float = 0.0
    error: str | None = None
    name: str = ""
    partial: bool = False
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The span of time a digest covers: from `start` (included) to `end` (not included), UTC."""

    start: datetime
    end: datetime


class PickRole(StrEnum):
    """What a pick was chosen for: by taste, drawn to explore, or as the week's classic."""

    TASTE = "taste"
    EXPLORED = "explored"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """
    One item's place in a digest. `rank` counts from 1. `item` is frozen as it was when the digest was compiled.

    `sentence` is what the language model `sentence_by` said of it, where one is switched on.
    `minutes` is how long reading it takes; looking at its card takes one minute more (`bot.budget`). One that explores was drawn with
    the probability `propensity`, by which what comes of it is weighed (`bot.ranking.exploration`). A `classic` is the week's work from the
    list of basics (`bot.classics`).
    """

    rank: int
    section: Section
    item: Item
    minutes: int
    score: float
    reasons: tuple[Reason, ...] = ()
    explore: bool = False
    sentence: str = ""
    sentence_by: str = ""
    propensity: float | None = None
    classic: bool = False

    @property
    def role(self) -> PickRole:
        """What it was chosen for."""
        if self.classic:
            return PickRole.CLASSIC
        return PickRole.EXPLORED if self.explore else PickRole.TASTE


@dataclass(frozen=True, slots=True)
class ShownPick:
    """So much of a pick as learning from it takes: the week of its digest, when that was compiled (UTC), its canonical key, and its role."""

    week: str
    at: datetime
    item_key: str
    role: PickRole


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A work that a week's digest had no place for, not even as a line: so much of it as a list shows. `why` is its first reason."""

    key: str
    section: Section
    title: str
    url: str
    why: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A week that has no digest in a channel, and why. Unique by (`channel`, `week`); `at` is when that was decided, UTC."""

    channel: str
    week: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedWork:
    """A work as a digest names it without a card: its key, title and address."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recap:
    """
    What a digest opens with: what the team made of the works before it.

    Of `told` the team's words are quoted, looked up each time and never frozen, since their author may take them back. `owed` were
    marked must-read and nobody has written a word on them; each work is there once.
    """

    told: tuple[NamedWork, ...] = ()
    owed: tuple[NamedWork, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """
    One channel's choice for one week, unique by (`channel`, `week`) and frozen before the first post.

    `minutes` is what its picks cost (`bot.budget`): a minute for looking at each, and `rate` times the reading time of all, since
    that is the share of cards this channel marks. At most `budget_minutes`, unless a single pick costs more than that. In a digest of
    before, `rate` is None and `minutes` the sum of the reading times.
    `also` are the works that came next, best first, with ranks that go on behind the picks': lines without a message of their own.
    `beyond` are those behind these, best first, as many as make a hundred with `also`.
    `unmatched` are the channel's topics that no work of the week is about. `changed` is since when the team marks hardly anything that
    its taste chose, where that is new: what it liked before counts little then.
    `skipped` are the weeks since the last digest that had none, with the reason.
    `recap` is what the team made of the works before. `left_out` counts, by section, the candidates that did not fit. `sample` marks the sample week that ships with us,
    `late` a digest that is sent well after it fell due.
    """

    channel: str
    week: str
    window: Window
    budget_minutes: int
    minutes: int
    picks: tuple[Pick, ...]
    left_out: Mapping[str, int]
    sources: tuple[SourceReport, ...]
    compiled_at: datetime
    sample: bool = False
    late: bool = False
    skipped: tuple[Skip, ...] = ()
    rate: float | None = None
    also: tuple[Pick, ...] = ()
    unmatched: tuple[str, ...] = ()
    changed: datetime | None = None
    layout: Layout = Layout.CARDS
    beyond: tuple[LeftOut, ...] = ()
    recap: Recap = Recap()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSpan:
    """What a frozen digest covers, without its works. `newest` is the latest instant at which any of its sources had spoken, UTC."""

    week: str
    window: Window
    compiled_at: datetime
    newest: datetime | None = None


class Classics(StrEnum):
    """Where the classics of a channel come from: the list that ships with us behind its own, its own alone, or nowhere."""

    SHIPPED = "shipped"
    OWN = "own"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """
    A subscribed channel. `name` is what the command line calls it, and the key of all that is kept of it; `id` is what its platform
    calls it. `team` is the platform's id of the workspace or server it is in; "" on the local page, and where only one is served and
    nobody named it.

    `weekday` counts from 1 (Monday) to 7 (Sunday), as ISO 8601 does; `time` is local wall-clock time in `zone` (an IANA
    name). `explore` is the share of the paper picks, 0 to 1, that come from outside the channel's topics. `meanings` maps an
    emoji to what it means here. A digest that is `catch_up` late is not sent any more. `follow` and `mute` are what it always
    and what it never wants to see, each as `author:`, `lab:`, `word:` or `source:` and a name (`bot.following`).
    Of its `sources` (all, if it names none) it reads those that are not in `sources_off`, and beside them `sources_added`
    (`bot.channel_sources`).
    Its `description` says in a sentence or two what it is about, and so in which sense its `topics` are meant.
    A decision that is a `half_life` old teaches the ranking half as much as a fresh one. `names` says whether names stand beside
    decisions.
    Its `editors`, by member id, are told privately what they must know, and see a digest `review` before it is due, if that is more than 0.
    `classics` says where the week's work for the basics comes from. With `alerts` it is told at once of new works by the authors, or about
    the words, that it follows (`bot.alert`). With `pictures` a card shows the picture that a source gives of its work.
    """

    name: str
    platform: str
    id: str
    zone: str = "UTC"
    weekday: int = 1
    time: WallTime = NINE
    budget_minutes: int = 60
    explore: float = 0.2
    topics: tuple[str, ...] = ()
    description: str = ""
    meanings: Mapping[str, Meaning] = field(default_factory=lambda: DEFAULT_MEANINGS)
    sources: tuple[str, ...] = ()
    sources_added: tuple[str, ...] = ()
    sources_off: tuple[str, ...] = ()
    team: str = ""
    origin: ChannelOrigin = ChannelOrigin.FILE
    catch_up: timedelta = timedelta(hours=48)
    layout: Layout = Layout.CARDS
    follow: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()
    half_life: timedelta = timedelta(weeks=52)
    rhythm: Rhythm = Rhythm.WEEKLY
    triage: Triage = Triage.BOTH
    classics: Classics = Classics.SHIPPED
    names: Names = Names.SHOWN
    review: timedelta = timedelta(0)
    editors: tuple[str, ...] = ()
    alerts: bool = False
    pictures: bool = False

    @property
    def workspace(self) -> str:
        """The workspace or server that the channel is in, as its platform names it; "" where only one is served."""
        return self.team or self.id.rpartition("/")[0]

    @property
    def names_shown(self) -> bool:
        """Whether names stand beside decisions."""
        return self.names is Names.SHOWN


DEFAULT_MEANINGS: Mapping[str, Meaning] = MappingProxyType(
    {"⭐": Meaning.MUST_READ, "👀": Meaning.TO_READ, "✅": Meaning.READ, "👎": Meaning.SKIP}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """The address of a sent message: which platform, which channel there, which message in it."""

    platform: str
    channel_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on a platform. `id` is the platform's and never changes; `name` is what people call them."""

    id: str
    name: str = ""


class BlockRole(StrEnum):
    """What a block of a post is, so that each platform can dress it in its own way."""

    TITLE = "title"
    BADGES = "badges"
    BYLINE = "byline"
    SEEN = "seen"
    WHY = "why"
    WORDS = "words"
    NEW = "new"
    BODY = "body"
    QUOTE = "quote"
    LINE = "line"
    MORE = "more"
    NOTE = "note"
    LEGEND = "legend"
    DECISIONS = "decisions"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of plain text; with `url`, a link (always http or https); with `strong`, emphasised."""

    text: str
    url: str | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """
    One line or paragraph of a post. `rows` is the table that a receipt opens to; the first row is its head.

    A `line` of a list bears the `number` of its work in the digest, and on the first ten lines of a message the `keycap` that asks for
    its card. `more` is what a card shows only to those who ask for it.
    """

    role: BlockRole
    spans: tuple[Span, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    number: int | None = None
    keycap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """
    A button: its words, and what it asks (`asks`), as a member could type it behind the command, or as `bot.pressing` writes a decision.

    One that is `chosen` shows what the member who sees it has decided.
    """

    words: str
    asks: str
    chosen: bool = False


class PostRole(StrEnum):
    """What a post is in its digest; a notice (a hello, an alert, a pause) is in none."""

    HEAD = "head"
    PICK = "pick"
    LIST = "list"
    ALSO = "also"
    FOOT = "foot"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """
    One message of a digest, or a notice, in neutral form: no Block Kit, no embeds, no HTML, nothing escaped.

    `part` counts from 0 (the head); a card that was asked for bears 1,000 and its rank. `item_key` is set on a pick's post. `plain`
    is the same as one string, for notifications and screen readers. `section` groups picks where a platform can show that;
    those to `explore` are a group of their own, and so is the `classic`. `week` is the digest's.

    `buttons` are a card's decisions, or those that each line of a list offers; a channel that decides by reactions alone has none. Those
    of a foot or a notice stand below it. `picture` is the address of a picture of the work, where the channel wants pictures.
    """

    role: PostRole
    part: int
    blocks: tuple[Block, ...]
    plain: str
    item_key: str | None = None
    section: Section | None = None
    rank: int | None = None
    explore: bool = False
    classic: bool = False
    week: str = ""
    buttons: tuple[Button, ...] = ()
    picture: str | None = None


class PostingState(StrEnum):
    """How far a message has come."""

    PENDING = "pending"
    SENDING = "sending"
    POSTED = "posted"
    LEFT_OUT = "left_out"
    """The platform will not take it, not even in its plainest form; or the digest's time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """
    The right to do a piece of work (`name`) alone, until `until` (UTC).

    `owner` is who has it; `token` grows with every claim, so that an owner who slept can tell that somebody else had it since.
    """

    name: str
    owner: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One message to be sent, with its state. Unique by (`channel`, `week`, `part`); `key` is what the platform is given."""

    channel: str
    week: str
    part: int
    key: str
    item_key: str | None
    state: PostingState = PostingState.PENDING
    attempt: int = 0
    attempted_at: datetime | None = None
    ref: MessageRef | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """
    A new work that a channel is told of at once, in a message outside its digests. Unique by (`channel`, `item_key`), for ever.

    `day` is the channel's own calendar day on which it was planned, `at` the instant (UTC); `key` is what the platform is given. What the
    message says is kept, so that a second try says the same.
    """

    channel: str
    item_key: str
    day: date
    at: datetime
    key: str
    title: str
    url: str
    why: str
    source: str
    state: PostingState = PostingState.PENDING
    attempted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """A fact: this member had (`present`) or took back this emoji on that message, as last heard at `at`."""

    ref: MessageRef
    member: Member
    emoji: str
    present: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """
    A fact: this member chose (`present`) or took back a decision on a work by a button, at `at`. Unique by `event_id`.

    `ref` is the message that bore the button. The last press of a member, work and meaning is the one that stands.
    """

    event_id: str
    channel: str
    item_key: str
    ref: MessageRef
    member: Member
    meaning: Meaning
    present: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """
    What a member thinks of one item in its channel, by reaction or by button, since `at`.

    Each member has at most one interest (must-read, to-read or skip) in an item, and beside it may have read it.
    """

    channel: str
    item_key: str
    member: Member
    meaning: Meaning
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSentence:
    """
    What a language model answered once. Unique by `key`, which names model, question and work; an empty `text` was not taken.

    `tokens` is what it cost, question and answer together, at `at` (UTC).
    """

    key: str
    text: str
    tokens: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWishes:
    """What a member follows and mutes for their own reading list (`bot.following`). Unique by platform and member id."""

    follow: tuple[str, ...] = ()
    mute: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """
    A member's wish for a weekly message with their reading list. Unique by `platform` and `member_id`.

    `weekday` (1 for Monday to 7), `time` and `zone` are the member's; `next_at` is when the next one is due, UTC. `since` is when one fell
    due that could not be sent yet, None while none waits.
    """

    platform: str
    member_id: str
    weekday: int
    time: WallTime
    zone: str
    next_at: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRequest:
    """
    A member wanted to see the card of a work that was a line. Unique by (`channel`, `week`, `rank`, `member.id`); `at` is the first time.

    It says something of what the channel cares about, though less than a decision does.
    """

    channel: str
    week: str
    rank: int
    item_key: str
    member: Member
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLink:
    """A web address that somebody shared in a channel, and when (UTC)."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TasteWork:
    """
    A work that a channel liked before we knew it: from a list somebody handed over. Unique by (`channel`, `key`).

    It counts as a to-read decision taken at `at` (UTC). `origin` says where it came from, in words for people; who shared it is not kept.
    """

    channel: str
    key: str
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    at: datetime
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """
    A member's own words on an item. Unique by (`ref.platform`, `ref.channel_id`, `ref.message_id`), the reply's address.

    `parent` is the message it answers. A deleted summary keeps its row with `deleted_at` set and an empty text.
    """

    ref: MessageRef
    parent: MessageRef
    channel: str
    item_key: str
    member: Member
    text: str
    at: datetime
    edited_at: datetime | None = None
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """
    What is kept of a channel, those of the configuration file included. Unique by `name`, and by `platform` and `id` together.

    `started` is when it was first served; `paused_because` says in words why nothing is posted there, None while all is well.
    `values` are what people set from chat: keys of a `[[channels]]` table, laid over the configuration. `stopped` is when a
    subscription made in chat was ended: what was written stays, and the name is given to no other channel. `set_up_by` is the
    member who made it.
    """

    name: str
    platform: str = ""
    id: str = ""
    team: str = ""
    origin: ChannelOrigin = ChannelOrigin.FILE
    set_up_by: str = ""
    stopped: datetime | None = None
    started: datetime | None = None
    paused_because: str | None = None
    paused_at: datetime | None = None
    paused_by_people: bool = False
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall:
    """
    Somebody asked us something in chat: `/paperround TEXT`, a button, a form, the home tab.

    `channel_id` is the platform's, empty where it was asked outside any channel. `admin` says whether the platform lets this
    member change things; the adapter has asked it just now. `guest` says that they are no full member of the workspace, or not known:
    no setting gives them that right. `values` are a form's fields by name. `team` is the workspace or server it
    was asked in, `zone` the member's own time zone (an IANA name), each "" where the platform does not tell.
    """

    platform: str
    channel_id: str
    member: Member
    admin: bool
    text: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    team: str = ""
    zone: str = ""
    guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What we answer to one member alone, in neutral blocks, and with `form` the fields to be filled in (name → present value).

    `faults` are what was wrong with a form's fields, by field name; nothing was changed then. `buttons` stand below the blocks,
    `values` are for the adapter alone, `submit` is the label of the form's own. With `then` this is shown at once, and its result takes its place when it is there; it may take
    minutes, and raises nothing. One without anything is not shown: what there is to see stands on the message that was acted on.
    """

    blocks: tuple[Block, ...] = ()
    form: Mapping[str, str] | None = None
    buttons: tuple[Button, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    submit: str = "Save"
    then: Callable[[], Awaitable[Answer]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply as a platform shows it now; under a list, `rank` is the number of the line that it is about, if it names one."""

    ref: MessageRef
    member: Member
    text: str
    at: datetime
    edited_at: datetime | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """
    What a platform shows on one message at this moment: the reactions of people (never our own) and the replies.

    `hidden`: it does not let us read the words of all replies, so what it shows of them says nothing about what we know.
    """

    ref: MessageRef
    reactions: tuple[tuple[Member, str], ...] = ()
    replies: tuple[Reply, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """
    What asking a source gave.

    `state` is the source's own note to itself for next time (ETag, cursor); the core keeps it and never looks inside.
    `not_modified` says that the source answered that nothing has changed; `entries` is then empty.
    `note` is a sentence about something odd that did not stop us (say, entries dropped over the cap); `partial` says that
    something of the window is missing for it. `newest` is the instant of the source's newest entry even where that one is not among `entries`; `rhythm_days` the usual distance
    between its entries in days, as its own dates show it. `rests_until` is the instant before which the source says that
    it will have nothing new. `gap` is a sentence that says why something of the time since the last look may be lost for good:
    the source showed it in between, and shows it no more.
    """

    entries: tuple[Entry, ...] = ()
    state: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    not_modified: bool = False
    note: str | None = None
    partial: bool = False
    newest: datetime | None = None
    rhythm_days: float | None = None
    rests_until: datetime | None = None
    gap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSetting:
    """
    What people set for a source while we run: laid over the catalogue and the configuration file. Unique by `id`.

    `values` are keys of a `[sources.<id>]` table. `trusted` is true where the operator set it at the command line; only then may
    a new source point at a private address. `by` says who set it, for people.
    """

    id: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    trusted: bool = False
    by: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """
    A source that was found behind an address: its own address, what it calls itself, and how many entries it gave, None where it was
    not asked.

    Of another kind than `feed`, it is told from the address alone, with the `options` that say what to ask for. `section` and
    `item_kind` are where such a source belongs, if that is known. `titles` are those of its newest entries. `instead` says what is
    followed where the address that was given is of a part of it alone, like one post: 'all of the newsletter'.
    """

    url: str
    title: str
    entries: int | None = 0
    kind: str = "feed"
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    section: Section | None = None
    item_kind: ItemKind | None = None
    titles: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWork:
    """
    What was found out of a work behind an address that a person gave.

    `url` is the address that answered in the end; `published` is when the work appeared (UTC), `kind` what it is, each None where nobody
    says.
    """

    url: str
    title: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    published: datetime | None = None
    code_url: str | None = None
    kind: ItemKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """
    A feed in somebody's list, not asked yet: its address, its title there, and the `section` it stands under, if that is one of ours.

    `problem` says what the row is instead, if it is no feed.
    """

    url: str
    title: str = ""
    section: Section | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """
    What we remember of a source between collects. Unique by `id`.

    `full_read` is when it was last asked for everything, and not only for what has changed. `gap` says why something of it may
    be lost for good, `gap_at` when that was noticed; it is then asked every `look_every` hours. All instants are UTC.
    """

    id: str
    state: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    first_success: datetime | None = None
    last_success: datetime | None = None
    newest: datetime | None = None
    rhythm_days: float | None = None
    failures: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None
    report: SourceReport | None = None
    full_read: datetime | None = None
    gap: str | None = None
    gap_at: datetime | None = None
    look_every: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that `doctor` examined: whether it is well, what was found, and the remedy where it is not."""

    well: bool
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformWords:
    """
    How a platform is spoken of: its `name`, whom it takes for an admin (`admins`, as in 'Only ... may pause the channel'), and the
    commands it offers beside those of the core, each with what it does.
    """

    name: str
    admins: str = "those who keep this channel"
    commands: tuple[tuple[str, str], ...] = ()
