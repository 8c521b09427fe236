from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from adapters.sources.http.request import Unanswered
from adapters.sources.http.ssrf import SsrfGuard, forbidden


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
        "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::7f00:1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
        "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:7f00:1",
    ],
)  # fmt: skip
def test_forbids(address):
    """Whatever is not a global unicast address is forbidden, however it is wrapped."""
    assert forbidden(ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "8.8.8.8", "151.101.3.42", "2606:4700::1111", "2a04:4e42::81", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_lets_the_web_through(address):
    """Global addresses pass, also those that an IPv6-only network reaches through NAT64."""
    assert not forbidden(ip_address(address))


def resolving(*addresses):
    async def resolve(host, port):
        return list(addresses)

    return resolve


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "::ffff:127.0.0.1", "0", "::1", "017700000001"]
)
async def test_sees_through_the_spellings_of_this_machine(host):
    """Every spelling that the system's resolver takes for this machine is refused, by what it resolves to."""
    with pytest.raises(Unanswered, match="private network"):
        await SsrfGuard().addresses(host, 80, trusted=False)


@pytest.mark.parametrize("found", [["10.0.0.5"], ["93.184.216.34", "127.0.0.1"], ["64:ff9b::7f00:1"], ["fe80::1%eth0"]])
async def test_checks_every_address_of_a_name(found):
    """One private address among those of a name is enough to refuse the name."""
    with pytest.raises(Unanswered, match="private network"):
        await SsrfGuard(resolve=resolving(*found)).addresses("rebinding.example", 443, trusted=False)


async def test_gives_the_checked_addresses():
    """What was checked is what is given to connect to, each once."""
    guard = SsrfGuard(resolve=resolving("93.184.216.34", "93.184.216.34", "2606:4700::1111"))

    assert await guard.addresses("example.org", 443, trusted=False) == ["93.184.216.34", "2606:4700::1111"]


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
async def test_keeps_strangers_to_the_ports_of_the_web(port):
    """An untrusted address may name ports 80 and 443 only."""
    with pytest.raises(Unanswered, match=f"port {port}"):
        await SsrfGuard(resolve=resolving("93.184.216.34")).addresses("example.org", port, trusted=False)


@pytest.mark.parametrize(
    ("trusted", "allow", "passes"), [(True, True, True), (True, False, False), (False, True, False)]
)
async def test_private_needs_both_trust_and_permission(trusted, allow, passes):
    """Only the operator's own address may be private, and only with allow_private."""
    guard = SsrfGuard(allow_private=allow, ports=frozenset({9100}))
    try:
        passed = bool(await guard.addresses("127.0.0.1", 9100, trusted=trusted))
    except Unanswered:
        passed = False

    assert passes == passed


async def test_tells_a_trusted_operator_the_way_out():
    """Who configured a private address is told the setting that allows it."""
    with pytest.raises(Unanswered, match="allow_private = true"):
        await SsrfGuard().addresses("127.0.0.1", 80, trusted=True)


@pytest.mark.parametrize(("code", "again"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)])
async def test_says_that_a_name_is_unknown(code, again):
    """A name that does not resolve is said to be so; only a resolver that is away is worth another attempt."""

    async def resolve(host, port):
        raise socket.gaierror(code, "no")

    with pytest.raises(Unanswered, match="could not be resolved") as caught:
        await SsrfGuard(resolve=resolve).addresses("nowhere.example", 443, trusted=False)

    assert again == caught.value.again
