"""The works a newsletter speaks of: the links in its full text, each with the words around it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.item_keys import WORKS, address_of, item_key
from bot.model import Link
from bot.text import clean, cut, safe_url

QUOTE: Final = 280
MOST_LINKS: Final = 200
TOO_MANY_TAGS: Final = 20_000
"""An HTML tree takes quadratic time in its depth (300,000 nested elements: minutes). No honest newsletter has so many tags."""

_BLOCKS: Final = frozenset(
    "p li td th div blockquote h1 h2 h3 h4 h5 h6 figcaption dd dt section article body pre".split()
)
_HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6".split())
# A container holds a whole issue rather than a thought; its text is no quotation.
_LONGEST_BLOCK: Final = 4000

# Addresses for doing something with the newsletter itself.
_SHARE: Final = re.compile(
    r"(?:twitter|x)\.com/(?:intent|share)|facebook\.com/(?:sharer|share|dialog)|linkedin\.com/(?:share|sharing|cws/share)"
    r"|reddit\.com/submit|news\.ycombinator\.com/submitlink|(?:api\.whatsapp|wa)\.(?:com|me)/(?:send|\?)|t\.me/share|telegram\.me/share"
    r"|pinterest\.\w+/pin/create|getpocket\.com/(?:save|edit)|bsky\.app/intent|addtoany\.com|threads\.net/intent"
    r"|[?&](?:action=share|share=)|/share(?:[/?#]|$)",
    re.IGNORECASE,
)
_ABOUT_THE_LIST: Final = re.compile(
    r"unsubscribe|/(?:subscribe|signup|sign-up|login|account|preferences|manage|advertis\w+|sponsor\w*|comments|donate|referral|join-waitlist|waitlist)(?:[/?#]|$)"
    r"|(?:podcasts\.apple|open\.spotify|patreon|buymeacoffee|ko-fi)\.com|(?:amzn\.to|hubs\.la)/|elevenlabs\.io/text-to-speech"
    r"|list-manage\.com|campaign-archive\.com/\?|forward-to-friend|[?&]utm_(?:medium|source|campaign)=[^&]*(?:sponsor|advert|paid)",
    re.IGNORECASE,
)
_PICTURE: Final = re.compile(
    r"\.(?:png|jpe?g|gif|webp|svg|avif|ico|mp3|m4a)(?:[?#]|$)|substackcdn\.com|cdn-images", re.IGNORECASE
)
_DETOURS: Final = {
    ("google.com", "/url"): "q",
    ("l.facebook.com", "/l.php"): "u",
    ("lm.facebook.com", "/l.php"): "u",
    ("medium.com", "/r"): "url",
    ("linkedin.com", "/redir/redirect"): "url",
    ("youtube.com", "/redirect"): "q",
}
_SAYS_SO: Final = re.compile(
    r"^\W*(?:unsubscribe|subscribe(?: now)?|share(?: this post)?|tweet|forward(?: this)?|view (?:in|on) (?:your )?(?:browser|the web|line)|view online"
    r"|read in app|leave a comment|sign up(?: now)?|manage (?:your )?(?:preferences|subscription)|update your preferences|upgrade to paid|refer a friend"
    r"|advertise(?: with us)?|become a sponsor|privacy policy|terms(?: of (?:use|service))?)\W*$",
    re.IGNORECASE,
)
# Words that only who was paid says; and words that others say, too, but hardly ever first.
_SPONSORED: Final = re.compile(
    r"^.{0,80}?\b(?:(?:is )?sponsored by|this (?:week|issue|edition|episode|newsletter) (?:is|was) (?:presented|supported) by|from our partners?|brought to you by|today['’]s sponsor|this (?:week|issue|edition|episode)['’]?s? (?:is )?sponsor\w*|our sponsors?|sponsor message)\b"
    r"|^\W*(?:sponsor(?:ed|s)?\b|a (?:message|word) from\b|(?:presented|supported) by\b|our partners?\b|in partnership with\b|together with\b|advertisement\b|\(?ad\)?\W*$)",
    re.IGNORECASE | re.DOTALL,
)
# A price cut, with the word that makes it one: '40% off-policy' and '10% off the optimum' are said of models.
_BARGAIN: Final = re.compile(
    r"\b(?:get|save|take|enjoy|for|extra|up to|with|code|coupon|discount)\b.{0,40}?\d\s?% off(?!-)\b|^\W*\d+\s?% off(?!-)\b|\d\s?% off with (?:the )?code\b",
    re.IGNORECASE | re.DOTALL,
)
# Whoever is named in passing: a person's or a firm's page is no work.
_PROFILE: Final = re.compile(
    r"^https?://(?:www\.|m\.|mobile\.|[a-z]{2}\.)?(?:(?:x|twitter)\.com/@?\w+|linkedin\.com/(?:in|company|school)/[^/?#]+(?:/about)?|facebook\.com/[\w.\-]+"
    r"|instagram\.com/[\w.]+|youtube\.com/(?:@[^/?#]+|(?:c|channel|user)/[^/?#]+)|github\.com/[\w\-]+)/?(?:[?#].*)?$",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    r"(?<![\w./@-])(?:(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf)/\d{4}\.\d{4,5}(?:v\d+)?(?![\d/])|arxiv:\s?\d{4}\.\d{4,5}(?:v\d+)?(?![\d.])|https?://[^\s<>()\[\]\"'`|…]{4,500})",
    re.IGNORECASE | re.ASCII,
)
_BARE_MOST: Final = 50


def links_in(
    html: str, page: str, rewrite: Sequence[tuple[str, str]] = (), base: str | None = None
) -> tuple[Link, ...]:
    """
    Give the links of a text that was found at `page`, in its order, each work once, at most 200. Addresses that begin as a
    rule of `rewrite` says are given as it says; relative ones count from `base`, or else from `page`.

    A text of more than 20,000 tags gives none. Left out: the newsletter's own site, sponsors (with all that stands under a
    heading that names one), shops, bargains, pictures, people's profiles, and everything about subscribing, sharing and commenting.
    """
    if html.count("<") > TOO_MANY_TAGS:
        return ()
    tree = LexborHTMLParser(html)
    own = _site(page)
    found: dict[str, Link] = {}
    texts: dict[int, str] = {}
    for node in _unsponsored(tree):
        link = _link(node, base or page, own, texts, rewrite)
        if link is None:
            continue
        work = item_key(link.url) or link.url
        if work not in found and len(found) == MOST_LINKS:
            break
        if work not in found or (not found[work].text and link.text):
            found[work] = link
    for link in _written_out(tree, found) if "://" in html or "arxiv" in html.lower() else ():
        if len(found) < MOST_LINKS:
            found.setdefault(item_key(link.url) or link.url, link)
    return tuple(found.values())


def _unsponsored(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """The anchors in their order, without those under a heading that says who paid; the next heading or rule ends that."""
    paid = False
    for node in tree.css("h1, h2, h3, h4, h5, h6, hr, a[href]"):
        if node.tag == "a":
            if not paid:
                yield node
        else:
            paid = node.tag in _HEADINGS and bool(_SPONSORED.search(clean(node.text())))


def _link(
    node: LexborNode, page: str, own: str, texts: dict[int, str], rewrite: Sequence[tuple[str, str]]
) -> Link | None:
    try:
        url = safe_url(rewritten(_unwrapped(urljoin(page, (node.attributes.get("href") or "").strip())), rewrite))
    except ValueError:
        return None
    if (
        url is None
        or _site(url) == own
        or any(rule.search(url) for rule in (_SHARE, _ABOUT_THE_LIST, _PICTURE, _PROFILE))
    ):
        return None
    words = clean(node.text())
    around = _block_text(node, texts)
    if _SAYS_SO.match(words) or "sponsored" in (node.attributes.get("rel") or "") or _is_paid(around):
        return None
    return Link(url=url, text=cut(words, QUOTE), quote=quotation(around, words))


def _is_paid(text: str) -> bool:
    return bool(_SPONSORED.search(text) or _BARGAIN.search(text))


def _written_out(tree: LexborHTMLParser, found: Collection[str]) -> Iterator[Link]:
    """The works whose address stands in the text without being a link."""
    root = tree.body
    text = root.text(separator=" ") if root else ""
    for match in islice(_BARE.finditer(text), _BARE_MOST):
        written = match[0].rstrip(".,;:!?'\"")
        key = item_key(written if "://" in written or written[5:6] == ":" else f"https://{written}")
        url = safe_url(address_of(key)) if key and key.startswith("arxiv:") else safe_url(written)
        if url and key and key.startswith(WORKS) and key not in found:
            # Made safe only where there is something to quote: of a whole issue that takes as long as all else.
            around = clean(text[max(match.start() - QUOTE, 0) : match.end() + QUOTE])
            yield Link(url=url, quote=quotation(around, match[0]))


def _unwrapped(url: str) -> str:
    """The address that a counting or guarding detour names in its own: what the detour leads to is what is spoken of."""
    parts = urlsplit(url)
    named = _DETOURS.get(((parts.hostname or "").removeprefix("www."), parts.path.rstrip("/")))
    if named is None and (parts.hostname or "").endswith(".safelinks.protection.outlook.com"):
        named = "url"
    pairs = parse_qsl(parts.query)
    found = dict(pairs).get(named, "") if named else ""
    if _is_web(found):
        return found
    values = [value for _, value in pairs if _is_web(value)]
    if values and _COUNTED.search(url):
        return values[0]
    # Whoever wraps it: an address within another that leads to a work is what the link is for.
    return next((value for value in values if (item_key(value) or "").startswith(WORKS)), url)


_COUNTED: Final = re.compile(r"^https?://(?:[\w-]+\.)*substack\.com/redirect/", re.IGNORECASE)


def _is_web(value: str) -> bool:
    return value.startswith(("http://", "https://"))


def rewritten(url: str, rules: Sequence[tuple[str, str]]) -> str:
    """
    Replace the beginning of an address by another, as the first rule that fits says.

    >>> rewritten("https://a.example/1", [("https://a.example/", "https://b.example/x/")])
    'https://b.example/x/1'
    """
    return next((new + url[len(old) :] for old, new in rules if old and url.startswith(old)), url)


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _block_text(node: LexborNode, texts: dict[int, str]) -> str:
    """The text of the paragraph (list item, cell, heading) a link stands in; nothing if that is a whole issue."""
    block = node.parent
    while block is not None and block.tag not in _BLOCKS:
        block = block.parent
    if block is None:
        return ""
    if block.mem_id not in texts:
        text = clean(block.text())
        texts[block.mem_id] = text if len(text) <= _LONGEST_BLOCK else ""
    return texts[block.mem_id]


def quotation(text: str, words: str, limit: int = QUOTE) -> str:
    """
    Cut the words around `words` out of a text: at most `limit` characters, whole words, an ellipsis where something is missing.

    They begin with the sentence that holds `words`, if it begins near enough; else amid it.

    >>> quotation("one two three four five", "three", 13)
    '… three …'
    >>> quotation("There was one. Then came two, and three and four.", "two", 31)
    'Then came two, and three and …'
    """
    if len(text) <= limit:
        return text
    at = max(text.find(words), 0) if words else 0
    room = max(limit - 4 - min(len(words), limit), 0)
    begins = max((stop.end() for stop in _STOP.finditer(text, 0, at)), default=0)
    if at - begins <= room:
        return _piece(text, begins, limit)
    start = max(min(at - room // 2, len(text) - limit + 2), 0)
    start = (
        text.rfind(" ", 0, at) + 1
        if start and text.find(" ", start, at) < 0
        else text.find(" ", start) + 1
        if start
        else 0
    )
    return ("… " if start else "") + _piece(text, start, limit - 2 * bool(start))


def _piece(text: str, start: int, limit: int) -> str:
    """Give at most `limit` characters of a text from `start` on, whole words, with an ellipsis where they break off."""
    piece = text[start : start + limit]
    if start + len(piece) < len(text):
        end = piece.rfind(" ", 0, limit - 1)
        piece = (piece[:end] if end > 0 else piece[: limit - 2]) + " …"
    return piece


_STOP: Final = re.compile(r"(?<=[a-z0-9)]{2}[.!?])(?<!et al\.)\s+(?=[\"“(]?[A-Z])")
"""Where a sentence ends and the next one begins, near enough."""
