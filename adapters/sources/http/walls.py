"""
Pages that keep programs out: challenges and bot walls, told by what they say of themselves. Pure.

They come with any status, 200 included, so a status alone tells nothing. What is said names the wall and what an operator can do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

REMEDY: Final = "ask its publisher to let feed readers in, or set another address of it as its url (a mirror, or a feed bridge of your own)"
HEAD: Final = 16_384
"""Bytes of a page in which a wall is looked for."""

_HEADERS: Final[tuple[tuple[str, re.Pattern[str], str], ...]] = tuple(
    (name, re.compile(value, re.IGNORECASE), wall)
    for name, value, wall in (
        (
            "cf-mitigated",
            "challenge|block",
            "Cloudflare's challenge",
        ),  # developers.cloudflare.com, 'Detect a challenge page response'
        ("x-vercel-mitigated", "challenge|deny", "Vercel's checkpoint"),
        ("x-amzn-waf-action", "challenge|captcha", "AWS WAF's challenge"),
        ("x-datadome", "protected|captcha|block", "DataDome's bot wall"),
        ("x-sucuri-block", ".", "Sucuri's firewall"),
    )
)
_PAGES: Final[tuple[tuple[re.Pattern[bytes], str], ...]] = tuple(
    (re.compile(said, re.IGNORECASE), wall)
    for said, wall in (
        (rb"<title>\s*(?:just a moment|attention required!? \| cloudflare)|/cdn-cgi/challenge-platform/h/\w/orchestrate|\bcf[-_]chl[-_]", "Cloudflare's challenge"),
        (rb"making sure you(?:'|&#0*39;|&#x0*27;|&apos;|\xe2\x80\x99|&rsquo;)re not a bot|/\.within\.website/x/", "Anubis, a check for browsers"),
        (rb"sucuri website firewall|sucuri_cloudproxy", "Sucuri's firewall"),
        (rb"_incapsula_resource|incapsula incident id", "Imperva's bot wall"),
        (rb"captcha-delivery\.com", "DataDome's bot wall"),
        (rb"px-captcha", "HUMAN's bot wall"),
        (rb"vercel security checkpoint", "Vercel's checkpoint"),
        (rb"<title>\s*ddos-guard", "DDoS-Guard's check"),
        (rb"awswafintegration|aws-waf-token", "AWS WAF's challenge"),
        (rb"errors\.edgesuite\.net|<title>\s*access denied\s*</title>.{0,2000}reference\s*(?:&#0*32;|\s)*(?:#|&#0*35;)", "Akamai's bot wall"),
        (rb"<title>[^<]{0,80}(?:human verification|bot (?:check|verification|protection)|security check(?:point)?|are you (?:a )?(?:human|robot))", "a bot wall"),
        (rb"enable javascript and cookies to continue|checking (?:if the site connection is secure|your browser before)", "a check for browsers"),
        (rb"(?:verify|confirm|prove|checking)(?: that)? you(?:'|&#0*39;|\xe2\x80\x99)?(?: a|r)re (?:a )?(?:not a (?:ro)?bot|human)|proof[ -]of[ -]work challenge", "a check for browsers"),
    )
)  # fmt: skip
_PASSWORD: Final = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_HTML: Final = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|script)\b",
    re.IGNORECASE | re.DOTALL,
)
_REFRESH: Final = re.compile(
    rb"<meta\b(?=[^>]{0,500}\bhttp-equiv\s*=\s*[\"']?refresh\b)[^>]{0,500}?\bcontent\s*=\s*(?:\"([^\"]{0,2000})\"|'([^']{0,2000})')",
    re.IGNORECASE,
)
_REFRESH_TO: Final = re.compile(
    r"^\s*(?P<seconds>\d{1,4})?(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?(?P<url>[^'\"]+?)['\"]?\s*$", re.IGNORECASE
)
_SOON: Final = 30
"""Seconds after which a page that sends on is a page to be read and not a redirect."""


def is_page(body: bytes) -> bool:
    """Tell whether a body is an HTML page."""
    return bool(_HTML.match(body[:4096]))


def wall(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """
    Name the wall that an answer is; None if it is none. `body` may be the beginning of one.

    >>> wall(403, {"cf-mitigated": "challenge"}, b"")
    "Cloudflare's challenge"
    """
    for name, value, called in _HEADERS:
        if value.search(headers.get(name, "")):
            return called
    head = body[:HEAD]
    if status < 300 and not is_page(head):  # noqa: PLR2004 - a success that is no page is what was asked for
        return None
    return next((called for said, called in _PAGES if said.search(head)), None)


def kept_out(status: int, called: str) -> str:
    """Say that a wall keeps us out; what can be done is `REMEDY`."""
    return f"keeps programs out ({called}, answered {status})"


def kept_out_by_a_page(called: str, wanted: str) -> str:
    """The same of a wall that looks like a success."""
    return f"gave an HTML page instead of {wanted}, for its host keeps programs out ({called}, answered 200)"


def asks_to_sign_in(body: bytes) -> bool:
    """Tell whether a page asks for a password."""
    return is_page(body) and _PASSWORD.search(body[:200_000]) is not None


def sends_on(body: bytes) -> str | None:
    """
    Give the address to which a page sends its readers on within half a minute (`<meta http-equiv="refresh">`), as it stands there.

    >>> sends_on(b'<html><meta http-equiv="refresh" content="0; url=/feed.xml">')
    '/feed.xml'
    """
    if not is_page(body):
        return None
    found = _REFRESH.search(body[:HEAD])
    if found is None:
        return None
    target = _REFRESH_TO.match((found[1] or found[2]).decode("utf-8", "replace").replace("&amp;", "&"))
    if target is None or int(target["seconds"] or 0) > _SOON:
        return None
    return target["url"]
