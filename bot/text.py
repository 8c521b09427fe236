"""
Cleaning, shortening and measuring of foreign text. Nothing here escapes for a platform: that comes last, in the adapter that
knows its rules.

The order of the steps is the point: markup out, then entities, then normal form, then characters that hide or reorder text,
then white space. Done in another order, `&lt;!channel>` or a zero-width space inside `@everyone` would survive.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import regex

from bot.model import ItemKind

MAX_URL: Final = 2000
"""Longest address we carry, in characters: past it, platforms refuse the message (Discord 2048, Slack section text 3000)."""

_HIDDEN_TAGS: Final = ["script", "style", "template", "noscript", "head", "iframe", "object", "svg", "math", "title"]
_BLOCK_TAGS: Final = frozenset(
    "p div br li ul ol tr td th h1 h2 h3 h4 h5 h6 hr blockquote pre figure figcaption section article table".split()
)

# Format characters (bidi controls, zero-width spaces, tags), controls, surrogates, private use and unassigned code points, and
# what Unicode calls ignorable, since it shows nothing (U+034F, Hangul fillers, variation selectors).
# Joiners and emoji selectors stay where they do their work: inside emoji sequences and in scripts that need them.
_UNSEEN: Final = regex.compile(
    r"(?<=[\p{Extended_Pictographic}\p{EMod}]\uFE0F?)\u200D(?=\p{Extended_Pictographic})(*SKIP)(*FAIL)"
    r"|(?<=[\p{Emoji}])[\uFE0E\uFE0F](*SKIP)(*FAIL)"
    r"|(?<=[\p{Arabic}\p{Devanagari}\p{Bengali}\p{Malayalam}\p{Sinhala}\p{Kannada}\p{Tamil}\p{Telugu}\p{Gujarati}])[\u200C\u200D](*SKIP)(*FAIL)"
    r"|[\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]|[\p{Cc}--[\t\n\v\f\r\x85]]",
    regex.V1,
)
_FROM_THE_RIGHT: Final = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
_TAG: Final = regex.compile(r"(<[^<>]*>)")
# Tags that neither hide their text nor move it elsewhere, and references that every reader of HTML resolves alike.
_EASY_TAG: Final = re.compile(
    r"<(/?)(p|br|a|b|i|em|strong|span|code|sub|sup|div|li|ul|ol|blockquote|h[1-6])(?:\s+[a-z\-]+=\"[^\"<>]*\")*\s*/?>",
    re.IGNORECASE | re.ASCII,
)
_EASY_INLINE: Final = frozenset("a b i em strong span code sub sup".split())
_HARD_REFERENCE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|nbsp|#39|#8[0-9]{3}|#x20[0-9a-f]{2});)")
_SILENT_TAG: Final = regex.compile(r"<(/?)(script|style)\b", regex.IGNORECASE)
# An HTML5 tree builder takes quadratic time in the depth (40,000 nested elements: 2.6 s, 300,000: 190 s). No honest text has
# so many tags (a 94 KB newsletter has about 3,000); such a one is stripped without a tree, in linear time.
_TOO_MANY_TAGS: Final = 10_000
# What people mark up a title with, publishers' MathML and JATS included. An attribute has a value: `x <b and c> d` has none.
_TITLE_ELEMENT: Final = re.compile(
    r"<(?P<closing>/)?(?P<name>abbr|acronym|a|big|blockquote|bdi|bdo|br|b|center|cite|code|dd|del|dfn|div|dl|dt|em|font|h[1-6]|hr|img|ins|i|kbd|li|mark"
    r"|math|m(?:i|n|o|row|sub|sup|subsup|frac|sqrt|text|style|over|under|underover|space|fenced|padded)|semantics|annotation"
    r"|(?:mml|jats|o):\w+|nobr|ol|pre|p|q|rp|rt|ruby|samp|section|small|span|strike|strong|sub|sup|table|tbody|td|th|tr|tt|ul|u|var|wbr)"
    r"(?:\s+[a-z_:@][\w:.\-]*\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))*\s*(?P<alone>/)?>|<!--.*?-->|<!\[CDATA\[|\]\]>|<[!?][a-z][^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_VOID: Final = frozenset("br hr img wbr".split())
_SILENT_ELEMENT: Final = re.compile(
    r"<(script|style|iframe|noscript|template|svg)\b[^<>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_SPACE: Final = regex.compile(r"\s+")
_HEAP: Final = regex.compile(r"(?<=\p{M}{8})\p{M}+")  # more marks on one letter than any script puts there
_GRAPHEME: Final = regex.compile(r"\X")
_JOINTS: Final = " ,;:.-–—"
_SHORTEST_CUT: Final = 200
"""Excerpts are cut at 200 characters and up (200, 250, 255, 300, 500 are usual)."""
_LONGEST_WORD: Final = 40
_WORD: Final = regex.compile(r"\w[\w'’\-]*")
_MARKUP: Final = regex.compile(r"<[a-zA-Z/!?]|&#?\w+;")
# A name (the underscore is not by the book, and in use) or an IPv6 literal; anything else a browser reads in its own way.
_HOST: Final = regex.compile(r"[a-z0-9._\-]*[a-z0-9][a-z0-9._\-]*|[0-9a-f.]*:[0-9a-f:.]*")
_ODD_IN_URL: Final = regex.compile(r"[\s\p{C}<>\"\\^`{|}]")
# What nearly every address looks like; nothing in it needs a second look (a fifth of the work, a hundred times a newsletter).
_ORDINARY_URL: Final = re.compile(r"https?://[a-z0-9][a-z0-9.\-]*(?:/[!#-;=?-\[\]_a-z~]*)?")


def clean(text: str) -> str:
    r"""
    Make already plain text safe to carry: NFC, no control, bidi or zero-width characters, white space collapsed.

    >>> clean("  a\u202eb \n c ")
    'ab c'
    """
    if (
        text.isascii() and text.isprintable()
    ):  # most of what feeds say: nothing hides in it, and spaces are all its white space
        return " ".join(text.split())
    seen: str = _SPACE.sub(" ", _UNSEEN.sub("", text))
    return unicodedata.normalize("NFC", seen).strip()


def isolated(text: str) -> str:
    r"""
    Wrap a text that has letters written from right to left in isolates (U+2068, U+2069), so that what stands beside it on a line keeps its place.

    For the last step before a text is sent: whatever cleans a text takes isolates out.

    >>> isolated("Attention"), isolated("\u05e9\u05dc\u05d5\u05dd") == "\u2068\u05e9\u05dc\u05d5\u05dd\u2069"
    ('Attention', True)
    """
    return f"\u2068{text}\u2069" if not text.isascii() and _FROM_THE_RIGHT.search(text) else text


def counted(number: int, one: str, many: str = "") -> str:
    """
    Give a number with what it counts, in singular or plural; `many` where that is not `one` with an s.

    >>> counted(1, "pick"), counted(2, "entry", "entries")
    ('1 pick', '2 entries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def visible(text: str) -> str:
    r"""
    Leave out of a person's text what hides in it (bidi, zero-width, control characters, heaps of accents), and keep lines and spaces.

    Joiners stay where a script or an emoji needs them.

    >>> visible("a\u202eb\n  c\u200b")
    'ab\n  c'
    """
    if text.isascii():
        return text
    bare: str = _HEAP.sub("", _UNSEEN.sub("", text))
    return bare


def plain(html: str, limit: int | None = None) -> str:
    """
    Turn HTML (or text) into one line of clean plain text, at most `limit` characters long.

    Scripts, styles and the like vanish with their content; every other tag vanishes and its text stays. Text without markup comes through unharmed,
    so that a title such as `a < b` keeps its sign.

    >>> plain("<p>Fast &amp; <b>small</b></p><script>x()</script>")
    'Fast & small'
    """
    text = _text_of(html) if _MARKUP.search(html) else html
    return clean(text) if limit is None else cut(clean(text), limit)


def plain_title(html: str, limit: int | None = None) -> str:
    """
    Turn a title of HTML (or text) into one line of clean plain text: only what is an HTML element goes, and references are resolved once.

    Titles of our field speak of tokens, types and inequalities: `<think>`, `<s>`, `List<T>`, `x<y`. `<s>` is an element, too, but
    hardly ever meant as one. A bare tag without its partner is a word as well: 'Why <table> is hard for agents'.

    >>> plain_title("Does <think> help <b>small</b> models when x &lt; y?")
    'Does <think> help small models when x < y?'
    """
    text = html
    if "<" in html:
        text = _SILENT_ELEMENT.sub(" ", text)
        text = _without_elements(text)
    if "&" in text:
        text = unescape(text)
    return clean(text) if limit is None else cut(clean(text), limit)


def _without_elements(title: str) -> str:
    """The title without its markup, in linear time; what a block element stood for is a space."""
    tags = list(_TITLE_ELEMENT.finditer(title))
    kept = _unpaired(tags)
    pieces, place = [], 0
    for number, tag in enumerate(tags):
        if number in kept:
            continue
        gap = " " if (tag["name"] or "").lower() in _BLOCK_TAGS else ""
        pieces += [title[place : tag.start()], gap]
        place = tag.end()
    return "".join(pieces) + title[place:]


def _unpaired(tags: Sequence[re.Match[str]]) -> set[int]:
    """Which of the tags, by number, are bare (a name and nothing else) and have no partner. Attributes show that markup is meant."""
    opened: dict[str, list[int]] = {}
    lonely: set[int] = set()
    for number, tag in enumerate(tags):
        name = (tag["name"] or "").lower()
        if not name or name in _VOID or ":" in name or tag["alone"]:
            continue
        if not tag["closing"]:
            opened.setdefault(name, []).append(number)
            if tag[0][1:-1].rstrip() == tag["name"]:
                lonely.add(number)
        elif opened.get(name):
            lonely.discard(opened[name].pop())
        else:
            lonely.add(number)
    return lonely


def _text_of(html: str) -> str:
    easy = _text_of_easy(html)
    return _text_of_any(html) if easy is None else easy


def _text_of_easy(html: str) -> str | None:
    """
    The text of HTML that needs no tree; None for all that may.

    A teaser in a paragraph is what most feeds give, and a tree for it takes ten times as long as this.
    """
    if _HARD_REFERENCE.search(html):
        return None
    first, *rest = _EASY_TAG.split(html)
    pieces = [first]
    paragraph = False  # whether one is open: a closing tag without it makes an empty one, as a browser does
    places = iter(rest)
    for closing, written, text in zip(places, places, places, strict=True):
        name = written.lower()
        if name not in _EASY_INLINE:
            if closing and (name == "br" or (name == "p" and not paragraph)):
                return None
            if name != "br":
                paragraph = name == "p" and not closing
            if not closing:
                pieces.append(" ")
        pieces.append(text)
    found = "".join(pieces)
    return None if "<" in found else unescape(found)


def _text_of_any(html: str) -> str:
    # Imported here: most commands never meet a feed, and start-up time is felt by a person.
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    if html.count("<") > _TOO_MANY_TAGS:
        return unescape(_without_tags(html))
    tree = LexborHTMLParser(html)
    tree.strip_tags(_HIDDEN_TAGS)
    if tree.body is None:
        return ""
    pieces = []
    for node in tree.body.traverse(include_text=True):
        if node.tag == "-text":
            pieces.append(node.text_content or "")
        elif node.tag in _BLOCK_TAGS:
            pieces.append(" ")
    return "".join(pieces)


def _without_tags(html: str) -> str:
    """Strip tags, scripts and styles in one pass; a script that is never closed swallows the rest, as in a browser."""
    shown, silent = [], ""
    for number, piece in enumerate(_TAG.split(html)):
        if number % 2 == 0:
            shown.append("" if silent else piece)
        elif found := _SILENT_TAG.match(piece):
            closing, name = found[1], found[2].lower()
            silent = "" if closing and name == silent else silent or ("" if closing else name)
    return " ".join(shown)


def cut(text: str, limit: int) -> str:
    """
    Shorten to at most `limit` code points, at a word where one ends near, never inside a grapheme, with an ellipsis.

    >>> cut("the quick brown fox", 12)
    'the quick…'
    """
    if len(text) <= limit:
        return text
    if limit <= 0:
        return ""
    head = text[: limit - 1]
    space = head.rfind(" ")
    # Where words are told apart by spaces, none is cut; Chinese and Japanese have no spaces to go back to.
    if space > limit // 2 or (space > 0 and _is_inside_word(text, limit - 1)):
        return head[:space].rstrip(_JOINTS) + "…"
    return _whole_graphemes(text, limit - 1) + "…"


def _is_inside_word(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    return not before.isspace() and not after.isspace() and not _UNSPACED.search(before + after)


_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}、。]")


def sentence(text: str) -> str:
    """
    Give a text with the sign at its end that a sentence has, if it has none.

    >>> sentence("Write a name"), sentence("Did you mean lab: OpenAI?")
    ('Write a name.', 'Did you mean lab: OpenAI?')
    """
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def closed(text: str) -> str:
    """
    Mark a text that its source cut at a fixed length: back to the last whole word, with an ellipsis.

    A text of 200 characters or more that ends in a letter or digit counts as cut; a shorter one is a title or a teaser that
    was written so. Where no space is near the end (Chinese, an address), nothing is known of words and only the ellipsis is added.

    >>> closed("word " * 40 + "and so I dec")[-15:]
    ' word and so I…'
    """
    if len(text) < _SHORTEST_CUT or not text[-1].isalnum():
        return text
    space = text.rfind(" ", len(text) - _LONGEST_WORD)
    return (text if space < 0 else text[:space].rstrip(_JOINTS)) + "…"


def _whole_graphemes(text: str, limit: int) -> str:
    end = 0
    for match in _GRAPHEME.finditer(text):
        if match.end() > limit:
            break
        end = match.end()
    return text[:end]


def words(text: str) -> int:
    """Count the words of a plain text."""
    return len(_WORD.findall(text))


def names(found: Iterable[str]) -> tuple[str, ...]:
    """
    Give the names among already clean texts, each once, in order: what has no letter and no digit names nobody.

    arXiv gives the author of a report signed 'Mind Lab :' as two, the second of whom is the colon.

    >>> names(["Mind Lab", ":", "", "王", "Mind Lab", "3Blue1Brown"])
    ('Mind Lab', '王', '3Blue1Brown')
    """
    return tuple(dict.fromkeys(name for name in found if any(map(str.isalnum, name))))


def safe_url(url: str | None) -> str | None:
    """
    Give the address if it may be shown as a link: http or https, with a host, without credentials, at most 2000 characters.

    White space around it is taken off; characters that could break out of a link (space, quotes, angle brackets, bars)
    are percent-encoded. Anything else gives None.

    >>> safe_url("javascript:alert(1)")
    >>> safe_url(" https://example.org/a|b ")
    'https://example.org/a%7Cb'
    """
    if not url:
        return None
    if len(url) <= MAX_URL and _ORDINARY_URL.fullmatch(url):
        return url
    url = _ODD_IN_URL.sub(_percent, url.strip())
    try:
        parts = urlsplit(url)
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:  # of an address that is none, a port that is no number, a host that cannot be
        return None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host) or "@" in parts.netloc:
        return None
    if not parts.netloc.isascii():
        url = urlunsplit(parts._replace(netloc=host if port is None else f"{host}:{port}"))
    return url if len(url) <= MAX_URL else None


def _percent(match: regex.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogatepass"))


def _ascii_host(host: str) -> str:
    # A Cyrillic 'а' in a Latin name forges a host; its punycode does not (docs/platform-facts.md#e2).
    return host if host.isascii() else host.encode("idna").decode("ascii").lower()


WORDS_PER_MINUTE: Final = 238
"""Silent reading of English non-fiction by adults (Brysbaert 2019, 'How many words do we read per minute?')."""

FIRST_PASS_MINUTES: Final = 7
"""
The first of Keshav's three passes over a paper takes five to ten minutes (S. Keshav, 'How to Read a Paper', 2007):
title, abstract, headings, conclusions. A digest asks for no more than that; the abstract is counted by its words on top.
"""

_USUAL_MINUTES: Final = {
    ItemKind.PAPER: FIRST_PASS_MINUTES + 1,
    ItemKind.POST: 4,
    ItemKind.NEWSLETTER: 10,
    ItemKind.DISCUSSION: 3,
    ItemKind.CODE: 4,
    ItemKind.TALK: 20,
}
_LONGEST_MINUTES: Final = 25
_EXCERPT: Final = 150  # words; a feed that gives fewer gives a teaser, not the text


@lru_cache(maxsize=4096)  # a week's works, for every channel
def reading_minutes(kind: ItemKind, *, abstract: str, full_words: int | None) -> int:
    """
    Estimate how many minutes an item asks of a reader, at least 1 and at most 25.

    A paper is a first pass (7 minutes) plus its abstract; anything else is its full text at 238 words a minute where
    the source gave that (150 words at least; fewer are a teaser), else what its kind usually takes (post 4, newsletter 10,
    discussion 3, code 4, talk 20 minutes). A discussion costs one minute more than its opening post, for the answers.
    """
    if kind is ItemKind.PAPER:
        minutes = FIRST_PASS_MINUTES + max(1.0, words(abstract) / WORDS_PER_MINUTE)
    elif full_words and full_words >= _EXCERPT:
        minutes = full_words / WORDS_PER_MINUTE + (kind is ItemKind.DISCUSSION)
    else:
        minutes = _USUAL_MINUTES[kind]
    return min(_LONGEST_MINUTES, max(1, round(minutes)))


def shown_url(url: str) -> str:
    """
    Give an address as it may be repeated to people: without user, password, query and fragment, which may hold secrets.

    >>> shown_url("https://me:pw@example.org:8000/feed?token=x")
    'https://example.org:8000/feed'
    """
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}".partition("?")[0].partition("#")[0]
