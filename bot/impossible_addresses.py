"""Impossible addresses: links that can name no work, into a private network or with an identifier that arXiv cannot have given. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from bot.item_keys import item_key

_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".test", ".invalid")
"""How the names of hosts end that nobody else can reach (RFC 6761, 6762, 8375, and what IANA and routers reserve)."""

_NUMBERED: Final = re.compile(r"(?<!\d)(?<!\d\.)(?P<year>\d\d)(?P<month>\d\d)\.(?P<number>\d{4,5})(?!\d)", re.ASCII)
_A_NUMBER: Final = "2309.12307"
"""A number of arXiv's, in the place of another one: where an address names a work by it, it names one by the other, too, if there is one."""
_FIRST: Final = date(2007, 4, 1)
"""Since when arXiv numbers by year and month (info.arxiv.org/help/arxiv_identifier.html)."""
_FIVE_DIGITS: Final = date(2015, 1, 1)
"""Since when a month's works are counted with five digits."""


def why_impossible(address: str, now: datetime) -> str:
    """
    Say why an address can name no work; nothing where it may.

    >>> why_impossible("http://127.0.0.1/admin", datetime(2026, 8, 1)), why_impossible("https://arxiv.org/abs/2309.12307", datetime(2026, 8, 1))
    ('it leads into a private network', '')
    """
    host = _host(address)
    if host and _is_private(host):
        return "it leads into a private network"
    if any(_names_by(found) and not _is_possible(found, now.date()) for found in _NUMBERED.finditer(address)):
        return "arXiv has no such number"
    return ""


def _host(address: str) -> str:
    try:
        return (urlsplit(address.strip()).hostname or "").rstrip(".").lower()
    except ValueError:  # brackets that hold no address
        return ""


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_NAMES)
    return not address.is_global or address.is_multicast


def _names_by(number: re.Match[str]) -> bool:
    """Tell whether the text in which a number stands is the address of an arXiv work by it, be it at arXiv or elsewhere."""
    text = number.string
    return item_key(f"{text[: number.start()]}{_A_NUMBER}{text[number.end() :]}") == f"arxiv:{_A_NUMBER}"


def _is_possible(number: re.Match[str], today: date) -> bool:
    if not 1 <= int(number["month"]) <= 12 or not int(number["number"]):  # noqa: PLR2004 - months
        return False
    month = date(2000 + int(number["year"]), int(number["month"]), 1)
    digits = 5 if month >= _FIVE_DIGITS else 4
    # A day more, since it is tomorrow somewhere already.
    return month >= _FIRST and (month.year, month.month) <= _after(today) and len(number["number"]) == digits


def _after(today: date) -> tuple[int, int]:
    tomorrow = date.fromordinal(today.toordinal() + 1)
    return tomorrow.year, tomorrow.month
