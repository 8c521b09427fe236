"""What a post on Reddit is, by its flair and its words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from adapters.sources.parse.marketing import decided

if TYPE_CHECKING:
    from adapters.sources.kinds.reddit_api import RedditPost

BEGINNER: Final = "beginner"
SELF_PROMOTION: Final = "self-promotion"
QUESTION: Final = "question"
"""What asks its readers for something, or proposes what nobody has tried yet: often worth an answer, seldom worth a team's minutes."""

_FLAIRS: Final = {"research": "[R]", "discussion": "[D]", "project": "[P]", "news": "[N]"}
_MARKED: Final = re.compile(r"\[\s*([RDPN])\s*\]", re.IGNORECASE)

_ASKS: Final = re.compile(
    r"\bbeginners?\b|\bfresh(?:man|men|ers?)\b|\bnewbie|\bnoob\b|\bnew to (?:ml|ai|machine|deep)\b|\beli5\b"
    r"|\bget(?:ting)? started\b|\bwhere (?:do|should|to) (?:i )?(?:start|begin)\b|\broadmap\b|\bprerequisites?\b|\bself.?taught\b|\btrying to (?:switch|get into|break into)\b"
    r"|\bcareers?\b|\b(?:finding|getting|landing) an? .*\bjobs?\b|\bjob market\b|\binternships?\b|\bresume\b|\bsalar(?:y|ies)\b|\binterviews?\b|\bmasters?\b.*\bworth\b"
    r"|\badvice\b|\b(?:help|guide) (?:me|needed|with)\b|\bneed(?:ed)? (?:help|advice|guidance)\b|\burgent\b|\bplease help\b|\bhelp (?:detecting|building|choosing)\b"
    r"|\bendorse(?:ment|r)?\b|\bwhat (?:do you think )?(?:are )?my chances\b|\bchance me\b|\bhow (?:do|can|should|would) i\b|\bcan (?:i|someone|anyone)\b|\bshould i\b"
    r"|\bstill (?:relevant|worth)\b|\brecommended?\b.*\b(?:papers|books|courses|resources)\b|\b(?:which|what|best) (?:laptop|gpu|course|book|degree|llm|ai models?)\b"
    r"|\bhow to (?:build|start|learn|choose|become|make|train)\b|\bwould you choose\b|\bany (?:information|tips|suggestions|recommendations)\b",
    re.IGNORECASE,
)
_ASKS_IN_TEXT: Final = re.compile(
    r"\bi(?:['’]m| am) (?:a (?:complete |total )?(?:beginner|newbie)|new to|a (?:first|second|third|final).year (?:student|undergrad|b\.?tech))"
    r"|\bdon['’]?t know where to (?:start|begin)\b|\bneed to get started\b|\bany (?:help|advice|pointers) (?:is|are|would)\b",
    re.IGNORECASE,
)
_ENDS_ASKING: Final = re.compile(r"\?[\W_]*(?:\[\s*[RDPN]?\s*\]?[\W_]*)?$", re.IGNORECASE)
"""A title that ends with a question mark, but for its flair, whole or cut."""
_SEEKS: Final = re.compile(
    r"\b(?:looking for|sanity check|any (?:pointers|thoughts|ideas|feedback)|does any(?:one|body)|has any(?:one|body)|anyone (?:else|here)|is it useful|research direction"
    r"|what would you|\bideas? \[|waiting place)",
    re.IGNORECASE,
)
_SEEKS_IN_TEXT: Final = re.compile(
    r"\b(?:would (?:appreciate|love|like) (?:\w+ )?(?:pointers|feedback|advice|thoughts|to know|to hear)|pointers to|(?:i(?:['’]m| am)|was) (?:\w+ )?(?:wondering|curious|confused)"
    r"|my (?:idea|question) is|does any(?:one|body)|has any(?:one|body)|let me know what|any insight|trying to train|currently struggling"
    r"|(?:i(?:['’]m| am)|we(?:['’]re| are)) (?:currently )?(?:building|rebuilding|developing)|rebuilding my)\b",
    re.IGNORECASE,
)
"""Also what somebody is still at: it is told for advice, and there is nothing to read of it yet."""
_MADE: Final = r"(?:built|made|created|developed|launched|released|open.?sourced)"
_PROMOTES: Final = re.compile(
    rf"\b(?:i|we)(?:['’]ve| have| just|['’]m)? (?:\w+ )?{_MADE}\b|\bso i {_MADE}\b|\b(?:i|we) decided to (?:build|make|create)\b|\bi(?:['’]m| am) (?:building|making|creating)\b"
    r"|\bintroducing\b|\bcheck out\b|\bshow off\b|\bfeedback (?:wanted|welcome|on my)\b|\bmy (?:new |first )?(?:startup|saas|app|tool|library|project|platform|product|youtube|course|newsletter)\b"
    r"|\bno.?code\b(?! submission| release| available)|\bdashboard\b|\bplatform\b|\bfree (?:tool|trial|registration)\b|\bwaitlist\b|\bprize pool\b|\bbeta testers?\b|\bsaas\b|\blaunch(?:ed|ing)?\b"
    r"|\bself.?promotion\b|\bhiring\b|\bhired\b|\bconsultants?\b|\bco-?founders?\b|\bfreelanc\w+|\bdollar company\b|\bdiscount\b|\bnew service agreement\b"
    r"|\b(?:ui|app|tool|v|version) ?v?\d+\.\d+(?:\.\d+)?\b.*(?:interface|release)",
    re.IGNORECASE,
)


_OF_RESEARCH: Final = re.compile(r"^\W*(?:\[\s*[RDPN]\s*\]\W*)?research direction\b", re.IGNORECASE)
"""
A title that spares a post the mark `beginner`. The flair [R] does not: it is chosen by whoever posts.

Counted on the captured posts of r/MachineLearning (the week of 10 August 2026 and the top of 7 April): of 38 with [R], the words
mark 7. Five are what the rule is for (how to shorten one's paper, what to read, one's chances at a workshop, one question about
travel support posted twice), one seeks staff and weighs little as self-promotion anyway, and one is a direction of research,
which is what this pattern spares. To trust [R] would be right twice and wrong five times; not to trust it, with this pattern,
is right six times and wrong once, where it makes no difference.
"""
_OWN_PROJECT: Final = re.compile(rf"\bi {_MADE}\b|\bmy\b|\ba linter for\b|\btools?\b", re.IGNORECASE)
"""What makes a post flaired as a project an advertisement, where the same words elsewhere would not."""


def flair_of(said: str, title: str) -> str | None:
    """
    Give the flair of a post as people write it, `[R]`, `[D]`, `[P]` or `[N]`: what the forum says, else what the title says.

    Another flair is given as it is; None if there is none.

    >>> flair_of("Research", "A study"), flair_of("", "Why? [d]"), flair_of("", "Why?")
    ('[R]', '[D]', None)
    """
    known = _FLAIRS.get(said.strip().casefold())
    if known:
        return known
    marked = _MARKED.search(title)
    return f"[{marked[1].upper()}]" if marked else said.strip() or None


def is_beginners(title: str, text: str = "", words: Collection[str] = ()) -> bool:
    """
    Tell whether a post is a question of somebody who begins: how to start or learn, which course or machine, careers and
    applications, pleas for help with one's own work.

    The title decides, or a text that says so of its author; the flair does not (the count is at `_OF_RESEARCH`). What calls
    itself a research direction is none, whatever it asks. `words` are the operator's own and come first (`wording.decided`).

    >>> is_beginners("Where should I start with ML? [D]"), is_beginners("Why SSMs struggle at 25M parameters [R]")
    (True, False)
    """
    own = decided(title, words)
    if own is not None:
        return own
    if _OF_RESEARCH.search(title):
        return False
    return bool(_ASKS.search(title) or _ASKS_IN_TEXT.search(text[:500]))


def seeks_answers(title: str, text: str = "", words: Collection[str] = ()) -> bool:
    """
    Tell whether a post asks for pointers, opinions or a check, or tells of what is not done yet, by its title or the beginning of its text.

    A question that its author answers asks for nothing. `words` are the operator's own for beginners' questions: where they decide, this
    rule has nothing to say.

    >>> seeks_answers("Which baselines would you trust? [D]"), seeks_answers("Are synapses degraded? I measured them [R]")
    (True, False)
    """
    if decided(title, words) is not None:
        return False
    return bool(_ENDS_ASKING.search(title) or _SEEKS.search(title) or _SEEKS_IN_TEXT.search(text[:500]))


def is_self_promotion(
    title: str,
    *,
    with_paper: bool = False,
    only_code: bool = False,
    flair: str | None = None,
    words: Collection[str] = (),
) -> bool:
    """
    Tell whether a post advertises what its author made, sells or seeks: 'I built ...', a product's launch, hiring, prizes.

    A post flaired as a project (`flair_of`) that links to repositories alone (`only_code`) or speaks of 'my' work or a tool
    does so, too. Who shows a paper (`with_paper`) shows work that others can judge, and promotes nothing. `words` are the operator's own
    and come first (`wording.decided`).

    >>> is_self_promotion("I built a no-code platform [P]"), is_self_promotion("I built a faster sampler [R]", with_paper=True)
    (True, False)
    """
    own = decided(title, words)
    if own is not None:
        return own
    if with_paper:
        return False
    return bool(_PROMOTES.search(title)) or (flair == "[P]" and (only_code or bool(_OWN_PROJECT.search(title))))


def without_reposts(posts: Sequence[RedditPost]) -> list[RedditPost]:
    """
    Keep one of the posts that an author made under the same title: the one with the most votes, else the newest.

    Case, punctuation and the flair in brackets make no other title.
    """
    best: dict[tuple[str, str], RedditPost] = {}
    for post in posts:
        same = _same(post)
        if same not in best or _weight(post) > _weight(best[same]):
            best[same] = post
    return [post for post in posts if best[_same(post)] is post]


def _same(post: RedditPost) -> tuple[str, str]:
    words = re.sub(r"[^\w+#]+", " ", _MARKED.sub(" ", unicodedata.normalize("NFKC", post.title)).casefold()).strip()
    return (post.author, words) if post.author and words else ("", post.id)


def _weight(post: RedditPost) -> tuple[int, datetime]:
    return (-1 if post.score is None else post.score, post.created or datetime.min.replace(tzinfo=UTC))
