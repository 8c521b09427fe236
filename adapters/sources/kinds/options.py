"""
Declarations of a kind of source: its options, its secrets, and where its reader is.

Values only, and light: every command reads the table of kinds, and none should wait for an HTTP library or a parser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

Problem = tuple[str, str]
"""What is wrong with a value, and what would be right."""

_WRONG_ADDRESS: Final = ("is no address of the web", "It must begin with http:// or https:// and name a host.")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a kind: the type that its value must have, and what else must hold of it."""

    type: type | tuple[type, ...]
    check: Callable[[Any], Iterable[Problem]] = field(default=lambda _: ())


@dataclass(frozen=True, slots=True)
class Secret:
    """
    A secret of a kind: the name of its setting, which in upper case is its variable of the environment, and what it is.

    `hidden` is false for what is no secret by itself (a user's name); it is then shown as any setting is.
    """

    name: str
    meaning: str
    hidden: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of source. `reader` is the module and class that asks it, imported when the first source of the kind is built:
    `Class(spec, fetcher, parser, clock)`, with the secrets that are set as a fifth argument where the kind has any.

    A source of the kind is off without the secret `needs`; `missing` is what is said then. A source whose options name
    none of `one_of` has nothing to ask for, which is a fault. `url` is where the kind is asked, if a source does not say.
    """

    reader: str
    options: Mapping[str, Option] = field(default_factory=lambda: MappingProxyType({}))
    secrets: tuple[Secret, ...] = ()
    needs: str | None = None
    missing: str = ""
    one_of: tuple[str, ...] = ()
    url: str = ""


def whole(least: int | None = None) -> Option:
    """A whole number, of at least `least`."""
    return Option(int, lambda value: _too_small(value, least))


def number(least: float | None = None) -> Option:
    """A number, of at least `least`."""
    return Option((int, float), lambda value: _too_small(value, least))


def flag() -> Option:
    """True or false."""
    return Option(bool)


def text(*choices: str) -> Option:
    """A text; one of `choices`, if there are any."""
    return Option(str, lambda value: _not_one_of(str(value), choices) if choices else ())


def words() -> Option:
    """A list of texts, none of them empty."""
    return Option(list, _no_words)


def choices(*known: str) -> Option:
    """A list of which each is one of `known`."""
    return Option(list, lambda value: [each for one in value for each in _not_one_of(str(one), known)])


def address() -> Option:
    """An address of the web."""
    return Option(str, lambda value: () if is_address(value) else [_WRONG_ADDRESS])


def addresses() -> Option:
    """A list of addresses of the web."""
    return Option(list, _no_addresses)


def pairs() -> Option:
    """A list of pairs of addresses, what is said and what is meant."""
    return Option(list, _no_pairs)


def is_address(url: str) -> bool:
    """Tell whether a text is an http(s) address with a host."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _too_small(value: float, least: float | None) -> Iterable[Problem]:
    if least is not None and value < least:
        yield f"is {value}", f"It must be at least {least}."


def _not_one_of(value: str, known: Iterable[str]) -> list[Problem]:
    from adapters.sources.nearest import nearest  # noqa: PLC0415 - only a fault needs it

    return [] if value in known else [(f"is {value!r}", nearest(value, known))]


def _no_words(value: list[Any]) -> Iterable[Problem]:
    if not all(isinstance(each, str) and each.strip() for each in value):
        yield "holds something that is no text", 'Write it like ["one", "another"].'


def _no_addresses(value: list[Any]) -> Iterable[Problem]:
    if not all(isinstance(each, str) and is_address(each) for each in value):
        yield "holds something that is no address of the web", "Each must begin with http:// or https://."


def _no_pairs(value: list[Any]) -> Iterable[Problem]:
    if not all(_is_pair(each) for each in value):
        remedy = 'Write it like [["https://old.example/", "https://new.example/"]].'
        yield "holds something that is no pair of addresses", remedy


def _is_pair(rule: Any) -> bool:
    match rule:
        case [str(old), str(new)]:
            return is_address(old) and is_address(new)
    return False
