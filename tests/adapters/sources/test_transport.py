from __future__ import annotations

import asyncio
import inspect
import shutil
import ssl
import subprocess
import traceback
from pathlib import Path

import httpcore
import httpx
import pytest

from adapters.sources.http.request import Unanswered
from adapters.sources.http.ssrf import SsrfGuard
from adapters.sources.http.transport import Connections, _tls
from bot.errors import SourceError
from tests.adapters.sources.conftest import ask
from tests.local_server import Canned

HOST = "papers.example"


def at(*addresses):
    """A guard to whom every name has these addresses."""

    async def resolve(host, port):
        return list(addresses)

    return SsrfGuard(allow_private=True, resolve=resolve)


def errors_of(library):
    kinds = (library.NetworkError, library.ProtocolError, library.TimeoutException)
    return {name for name, found in inspect.getmembers(library, inspect.isclass) if issubclass(found, kinds)}


def test_every_error_has_its_namesake():
    """What httpcore raises can be told by httpx: each of its errors has a class of the same name there."""
    assert errors_of(httpcore) <= errors_of(httpx)


class TestGuarded:
    async def test_connects_to_what_was_checked(self, make_fetcher, server):
        """A name is resolved once, by the guard; the connection goes to that address, and the name stays in the question."""
        fetcher = make_fetcher(at("127.0.0.1"))
        server.on("/feed", Canned(b"hello"))

        assert (await fetcher.get(ask(f"http://{HOST}:{server.port}/feed"))).body == b"hello"
        assert server.asked[0].headers["host"] == f"{HOST}:{server.port}"

    async def test_tries_every_address(self, make_fetcher, server):
        """If nobody listens at the first address of a name, the next one is tried."""
        fetcher = make_fetcher(at("127.0.0.2", "127.0.0.1"))
        server.on("/feed", Canned(b"hello"))

        assert (await fetcher.get(ask(f"http://{HOST}:{server.port}/feed"))).body == b"hello"

    async def test_trust_is_not_inherited(self, make_fetcher, server):
        """A connection that was made for the operator's source serves no question of a stranger."""
        fetcher = make_fetcher(SsrfGuard(allow_private=True, ports=frozenset({server.port})))
        url = server.on("/feed", Canned(b"hello"))
        await fetcher.get(ask(url))

        with pytest.raises(SourceError, match="private network"):
            await fetcher.get(ask(url, trusted=False))
        assert len(server.asked) == 1

    async def test_says_no_in_its_own_words(self):
        """What the guard refuses comes through the libraries as it was said."""
        transport = Connections(SsrfGuard())
        with pytest.raises(Unanswered, match="private network"):
            await transport.handle_async_request(httpx.Request("GET", "http://127.0.0.1/"))
        await transport.aclose()


class TestAlone:
    async def test_keeps_no_cookies(self, fetcher, server):
        """What a server wants us to remember is not told to the next."""
        url = server.on("/feed", Canned(b"hello", headers={"Set-Cookie": "who=me"}))
        await fetcher.get(ask(url))
        await fetcher.get(ask(url))

        assert "cookie" not in server.asked[1].headers

    async def test_listens_to_no_environment(self, fetcher, server, monkeypatch):
        """A proxy in the environment would see everything and go around the guard; it is not asked."""
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

        assert (await fetcher.get(ask(server.on("/feed", Canned(b"hello"))))).body == b"hello"

    async def test_a_lane_has_one_connection(self, make_fetcher, server):
        """Before another host of a lane is connected to, the connection to the former one is closed."""
        fetcher = make_fetcher(at("127.0.0.1"))
        server.on("/feed", Canned(b"hello"))
        for host in ("api.example", "rss.example", "api.example"):
            await fetcher.get(ask(f"http://{host}:{server.port}/feed", lane="one"))
            await asyncio.sleep(0.01)

            assert server.open == 1


@pytest.mark.process
class TestPrivate:
    """TLS: it speaks to the name that was asked for, though the connection went to an address."""

    @pytest.fixture
    def certificate(self, tmp_path) -> Path:
        openssl = shutil.which("openssl")
        if openssl is None:
            pytest.skip("there is no openssl to make a certificate with")
        both = tmp_path / "both.pem"
        command = [openssl, "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        about = ["-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        subprocess.run([*command, *about, "-keyout", both, "-out", tmp_path / "certificate.pem"], check=True, capture_output=True)  # fmt: skip
        with both.open("a") as file:
            file.write((tmp_path / "certificate.pem").read_text())
        return both

    @pytest.fixture
    async def private_port(self, certificate):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

        async def answer(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(Canned(writer.get_extra_info("ssl_object").cipher()[1].encode()).raw())
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
        yield server.sockets[0].getsockname()[1]
        server.close()

    @pytest.fixture
    def trusting(self, certificate, monkeypatch):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        _tls.cache_clear()
        yield
        _tls.cache_clear()

    async def test_asks_in_private(self, make_fetcher, private_port, trusting):
        """A certificate for the name is accepted although the connection went to an address."""
        answer = await make_fetcher(at("127.0.0.1")).get(ask(f"https://{HOST}:{private_port}/feed"))

        assert answer.body.startswith(b"TLS")

    async def test_refuses_a_stranger(self, make_fetcher, private_port):
        """A certificate that nobody vouches for is refused, and not tried again."""
        with pytest.raises(SourceError, match=r"has a certificate that is not valid \(self.signed certificate\)"):
            await make_fetcher(at("127.0.0.1")).get(ask(f"https://{HOST}:{private_port}/feed"))

    async def test_refuses_another_name(self, make_fetcher, private_port, trusting):
        """A certificate for another name is refused."""
        with pytest.raises(SourceError, match=r"certificate is not valid for 'other\.example'"):
            await make_fetcher(at("127.0.0.1")).get(ask(f"https://other.example:{private_port}/feed"))


@pytest.mark.parametrize("key", ["s3\ncret", "s3cr\u00e9t", "\u2066s3cret"])
async def test_a_key_that_cannot_be_sent(fetcher, server, key):
    """A key with a line break or a foreign letter is a failure in plain words, and nowhere in what led to it."""
    with pytest.raises(SourceError, match="characters that HTTP does not allow") as caught:
        await fetcher.get(ask(server.on("/feed", Canned()), headers={"Authorization": f"Bearer {key}"}))

    assert "s3" not in "".join(traceback.format_exception(caught.value))


async def test_a_mark_that_cannot_be_sent_back(fetcher, server):
    """A mark of change outside ASCII is left out of the question."""
    await fetcher.get(ask(server.on("/feed", Canned()), etag='"é"', last_modified="gestern früh"))

    assert not {"if-none-match", "if-modified-since"} & server.asked[0].headers.keys()
