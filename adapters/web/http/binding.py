"""Rules for the listening address, as pure functions: which needs a password, which host names it answers to, who may stand before it."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Final

from bot.errors import Fault, SettingsError

DEFAULT_PROXIES: Final = ("127.0.0.1", "::1")
"""Proxies on this machine: whoever else can send from here could read the database as well."""

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - recognised here, never bound


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on `host`."""
    address = _address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def check_binding(host: str, password: str | None, *, key: str = "password") -> None:
    """
    Refuse to serve beyond this machine without a password; raises `SettingsError` and names the setting as `key`.

    A name other than localhost counts as beyond: what it stands for is decided elsewhere, and later.
    """
    if is_loopback(host) or (password and password.strip()):
        return
    problem = f"the page would be open to everybody who can reach {host or 'this machine'}"
    remedy = "Set a password for the page, or let it listen on 127.0.0.1."
    raise SettingsError((Fault(key, problem, remedy),))


def check_metrics_binding(host: str, secret: str | None, *, key: str) -> None:
    """Refuse to serve metrics beyond this machine without a `secret` that keeps them; raises `SettingsError` and names the setting as `key`."""
    if is_loopback(host) or secret:
        return
    problem = f"the metrics would be open to everybody who can reach {host or 'this machine'}"
    raise SettingsError((Fault(key, problem, "Set a token for the metrics, or let them be served on 127.0.0.1."),))


def answers_to(header: str, host: str, hosts: Collection[str]) -> bool:
    """
    Whether a request with this Host header is meant for us.

    A page on the internet can point its own name at 127.0.0.1 and then read us through its visitor's browser (DNS
    rebinding); only the name in the Host header gives it away. Bound to every address we answer to any of them by number.
    """
    name = _name(header)
    if name is None:
        return False
    known = _LOOPBACK_NAMES | {host.lower()} | {known.lower() for known in hosts}
    return name in known or (host in _WILDCARDS and _address(name) is not None)


def _name(header: str) -> str | None:
    """The name in a Host header, without the port; None where it is none."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0].rstrip(".") or None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
