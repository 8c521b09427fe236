"""Addresses of clients: which count as one client, which proxies tell the address of another, and by what way a request came."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, Final, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

PEER: Final = "paperround.peer"
"""Set in a request's scope: the address at the other end of the connection, whatever the request's headers say."""


class ProxyHeaders:
    """
    Middleware that takes the client's address and scheme from `X-Forwarded-For` and `X-Forwarded-Proto`, if a proxy sent them.

    `proxies` are addresses and networks. From anybody else the headers count for nothing. Which of several addresses counts is
    uvicorn's rule: the last one that is no proxy.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        # uvicorn has its own names for the types of ASGI.
        self._app = cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), with_mapped(proxies)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[PEER] = client_of(scope)
        await self._app(scope, receive, send)


def client_of(scope: Scope) -> str:
    """The address that a request came from, as far as we know it; empty where there is none."""
    client = scope.get("client")
    return client[0] if client else ""


def proxy_of(scope: Scope) -> str:
    """The proxy that told us who sent this request; empty where nobody but the client itself did."""
    peer = str(scope.get(PEER, ""))
    return peer if peer != client_of(scope) else ""


def network_of(client: str) -> str:
    """Who counts as one client: an IPv6 user has a whole /64 to come from, an IPv4 user one address, however written."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    # A socket for both protocols gives every IPv4 client an address in ::ffff:0:0/96: one /64 for all of them.
    return str(address.ipv4_mapped or ipaddress.ip_network(f"{address}/64", strict=False))


def with_mapped(proxies: Sequence[str]) -> list[str]:
    """Each address and network of IPv4 also as a socket for both protocols writes it: 10.0.0.0/8 as ::ffff:10.0.0.0/104."""
    networks = [ipaddress.ip_network(proxy) for proxy in proxies]
    mapped = [
        f"::ffff:{network.network_address}/{96 + network.prefixlen}"
        for network in networks
        if isinstance(network, ipaddress.IPv4Network)
    ]
    return [*map(str, networks), *mapped]
