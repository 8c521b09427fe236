"""
SSRF guard: which addresses a source may lead us to, decided when a connection is opened.

A source may be added from chat, and any source may redirect us. So a name is resolved here, every address it has is
checked, and the connection is then made to the very address that was checked: a name that changes between check and
connection (DNS rebinding) gains nothing. Only what the operator's own configuration names may be private, and only if
`fetch.allow_private` says so.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from adapters.sources.http.request import Unanswered

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives the numeric addresses of a host, as the system's resolver does; raises `OSError` if there are none."""

WEB_PORTS: Final = frozenset({80, 443})

# `is_global` of Python 3.11 says yes to these; the IANA special-purpose registries say no (RFC 6890, 7526, 8215, 3879, 3513).
_NOT_GLOBAL_V4: Final = tuple(IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "0.0.0.0/8"))
_NOT_GLOBAL_V6: Final = tuple(IPv6Network(net) for net in ("64:ff9b:1::/48", "fec0::/10", "100::/64", "5f00::/16"))
_NAT64: Final = IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE: Final = IPv6Network("::/96")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})


@dataclass(frozen=True, slots=True)
class SsrfGuard:
    """Decides where a connection may go. `ports` are those an untrusted address may name."""

    allow_private: bool = False
    ports: frozenset[int] = WEB_PORTS
    resolve: Resolver = field(default_factory=lambda: system_resolver)

    async def addresses(self, host: str, port: int, *, trusted: bool) -> list[str]:
        """
        Give the addresses of a host, each of them checked. Raises `Unanswered` if one of them is forbidden.

        `trusted` is true for what the operator's configuration named, and for nothing a redirect led to.
        """
        if not trusted and port not in self.ports:
            raise Unanswered(f"leads to port {port}, which is not a port of the web")
        found = await self._resolved(host, port)
        if not (trusted and self.allow_private) and any(forbidden(ip_address(each)) for each in found):
            raise Unanswered(_PRIVATE if trusted else _LED_TO_PRIVATE)
        return found

    async def _resolved(self, host: str, port: int) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            found = [each.partition("%")[0] for each in await self.resolve(host, port)]
        except (OSError, UnicodeError) as error:
            # A name that does not exist stays that way; a resolver that is away may come back.
            again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
            raise Unanswered("has a name that could not be resolved", again=again) from error
        if not found:
            raise Unanswered("has a name that could not be resolved")
        return list(dict.fromkeys(found))


_PRIVATE: Final = (
    "has an address in a private network; if that is meant, set allow_private = true under [fetch] in the configuration"
)
_LED_TO_PRIVATE: Final = "leads to an address in a private network, which is refused"


def forbidden(address: Address) -> bool:
    """
    Tell whether an address is anything but a global unicast one, looking through the ways of wrapping IPv4 in IPv6.

    >>> forbidden(ip_address("64:ff9b::7f00:1"))
    True
    """
    return _not_global(address) or any(_not_global(inner) for inner in _wrapped(address))


def _not_global(address: Address) -> bool:
    nets = _NOT_GLOBAL_V4 if isinstance(address, IPv4Address) else _NOT_GLOBAL_V6
    if isinstance(address, IPv6Address) and (address in _NAT64 or address.ipv4_mapped or address.sixtofour):
        return False  # what counts is the IPv4 address inside, which `_wrapped` gives
    return not address.is_global or address.is_multicast or address.is_reserved or any(address in net for net in nets)


def _wrapped(address: Address) -> Iterator[IPv4Address]:
    if isinstance(address, IPv4Address):
        return
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64 or address in _V4_COMPATIBLE or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        yield low
    yield from (inner for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if inner)


async def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system, off the event loop. It also reads `0x7f.1` and `2130706433`, so the check comes after it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]
