"""Sources as an operator manages them at the command line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.scenarios.program import SIDE, Program

pytestmark = pytest.mark.process

FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Our Lab: Notes</title><link>https://lab.example/</link>
<item><title>A note</title><link>https://lab.example/1</link><guid>1</guid><pubDate>Thu, 13 Aug 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
PAGE = (
    '<!doctype html><title>Our Lab</title><link rel="alternate" type="application/rss+xml" href="/feed.xml"><p>Hello.'
)
OTHERS_OFF = "\n".join(
    f"[sources.{name}]\nenabled = false" for name in ("arxiv", "huggingface", "reddit-machinelearning", *SIDE)
)


@pytest.fixture
def statuses() -> dict[str, int]:
    """What the lab's site answers for a path in place of the page."""
    return {}


@pytest.fixture
def lab(program: Program, statuses: dict[str, int]) -> Iterator[str]:
    """The address of a lab's web site on loopback, which the operator has allowed; no other source is on."""
    pages = {
        "/": ("text/html", PAGE),
        "/feed.xml": ("application/rss+xml", FEED),
        "/nothing": ("text/html", "<p>No feed here."),
    }

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = pages.get(self.path, ("text/plain", ""))
            self.send_response(statuses.get(self.path, 200 if self.path in pages else 404))
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    program.configured(f"[fetch]\nallow_private = true\n{OTHERS_OFF}\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def listed(program: Program) -> dict[str, dict]:
    return {source["id"]: source for source in program.document("sources", "list")["sources"]}


def test_a_life_of_a_source(program: Program, lab: str) -> None:
    """A page's feed is found, followed once, asked, switched off and on, and removed; what it said stays known."""
    added = program.run("sources", "add", f"{lab}/")
    fresh = program.run("sources", "list")
    again = program.run("sources", "add", f"{lab}/feed.xml")
    checked = program.run("sources", "check", "our-lab-notes")
    then = listed(program)["our-lab-notes"]
    preview = program.document("preview")
    disabled = program.run("sources", "disable", "our-lab-notes")
    off = listed(program)["our-lab-notes"]
    why_off = program.run("sources", "check", "our-lab-notes")
    enabled = program.run("sources", "enable", "our-lab-notes")
    on = listed(program)["our-lab-notes"]
    removed = program.run("sources", "remove", "our-lab-notes")

    assert (0, "our-lab-notes: Our Lab: Notes is followed from now on, under labs") == (
        added.returncode,
        added.stdout.partition(" (")[0],
    )
    assert "(1 entry at" in added.stdout
    assert "our-lab-notes new never 0 not asked yet" in " ".join(fresh.stdout.split())
    assert "It is off. Switch it on with: paperround sources enable our-lab-notes" in why_off.stdout
    assert 2 == again.returncode
    assert "followed already, as our-lab-notes" in again.stderr
    assert 0 == checked.returncode
    assert ("ok", 1, "2026-08-13T10:00:00+00:00") == (then["state"], then["entries"], then["newest"])
    assert ["A note"] == [pick["title"] for pick in preview["picks"] if not pick["classic"]]
    assert (0, 0, 0) == (disabled.returncode, enabled.returncode, removed.returncode)
    assert ("off", "ok") == (off["state"], on["state"])
    assert "our-lab-notes" not in listed(program)


def test_what_cannot_be_followed(program: Program, lab: str) -> None:
    """A page without a feed, a page that is not there, and what is no address are each refused with a reason."""
    said = [
        program.run("sources", "add", address) for address in (f"{lab}/nothing", f"{lab}/gone", "javascript:alert(1)")
    ]

    assert [0] * 3 != [one.returncode for one in said]
    assert all(one.returncode in {1, 2} and one.stderr and "Traceback" not in one.stderr for one in said)
    assert set() == {name for name in listed(program) if "lab" in name}


def test_built_in_sources_stay(program: Program, lab: str) -> None:
    """A built-in source can be switched on and off, but not removed; a wrong name is answered with the nearest."""
    removed = program.run("sources", "remove", "deepmind")
    enabled = program.run("sources", "enable", "deepmind")
    needy = program.run("sources", "check", "x-list")
    wrong = program.run("sources", "disable", "deepmnd")

    assert (2, 0, 2) == (removed.returncode, enabled.returncode, wrong.returncode)
    assert "paperround sources disable deepmind" in removed.stderr
    assert "Did you mean deepmind?" in wrong.stderr
    assert "It is off: no bearer token." in needy.stdout


def test_opml(program: Program, lab: str) -> None:
    """Feeds go out and come in as OPML; each once, and what is no address is named and left out."""
    opml = (
        '<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body><outline text="Labs">'
        f'<outline type="rss" text="One &amp; all" xmlUrl="{lab}/one.xml"/><outline type="rss" text="Two" xmlUrl="{lab}/two.xml"/>'
        f'<outline type="rss" text="One again" xmlUrl="{lab}/one.xml"/><outline type="rss" text="Bad" xmlUrl="javascript:x"/>'
        "</outline></body></opml>"
    )
    (program.folder / "mine.opml").write_text(opml, "utf-8")

    imported = program.run("sources", "import", "mine.opml")
    exported = program.run("sources", "export")
    missing = program.run("sources", "import", "no.opml")
    (program.folder / "empty.opml").write_text("<opml><body/></opml>", "utf-8")
    empty = program.run("sources", "import", "empty.opml")

    assert 0 == imported.returncode, imported.stderr
    assert "2 of 3 feeds are followed from now on." in imported.stdout
    assert {"one-all", "two"} <= listed(program).keys()
    assert f"{lab}/one.xml" in exported.stdout
    assert "One &amp; all" in exported.stdout
    assert (0, "empty.opml names no feed.\n") == (empty.returncode, empty.stdout)
    assert 2 == missing.returncode
    assert "no.opml" in missing.stderr


def test_a_source_that_fails_says_so_everywhere(program: Program, lab: str, statuses: dict[str, int]) -> None:
    """Why, since when and until when is said by collect, check and list; collecting by hand does not wait, and recovers."""
    program.run("sources", "add", f"{lab}/feed.xml")
    well = program.document("collect")["sources"]
    statuses["/feed.xml"] = 410
    failed = {source["id"]: source for source in program.document("collect")["sources"]}["our-lab-notes"]
    told = {
        name: " ".join(program.run(*name.split()).stdout.split())
        for name in ("collect", "sources list", "sources check")
    }
    listed_then = listed(program)["our-lab-notes"]
    previewed = {source["id"]: source for source in program.document("preview")["sources"]}["our-lab-notes"]
    statuses.clear()
    mended = {source["id"]: source for source in program.document("collect")["sources"]}["our-lab-notes"]

    assert failed["failing_since"] == previewed["failing_since"]
    assert {(None, None)} == {(source["failing_since"], source["next_try"]) for source in well}
    assert "failing" == failed["state"]
    assert "gone, turned off for a week: answered 410 (says that it is gone for good)" == failed["error"]
    assert ("2026-08-17", "2026-08-24") == (failed["failing_since"][:10], failed["next_try"][:10])
    assert failed["failing_since"] == listed_then["failing_since"]
    for said in told.values():
        assert "gone, turned off for a week" in said
        assert "failing since 17 August" in said
        assert "paused until 24 August" in said
    assert mended["state"] in {"ok", "unchanged"}
    assert (None, None, None) == (mended["error"], mended["failing_since"], mended["next_try"])


def test_sections(program: Program, lab: str) -> None:
    """A source is added to a section by name, a list of feeds by its groups or by name; another word is refused."""
    groups = (
        f'<outline text="Newsletters"><outline text="One" xmlUrl="{lab}/one.xml"/></outline>'
        f'<outline text="Others"><outline text="Two" xmlUrl="{lab}/two.xml"/></outline>'
    )
    (program.folder / "mine.opml").write_text(f"<opml><body>{groups}</body></opml>", "utf-8")
    (program.folder / "more.opml").write_text(f"<opml><body>{groups}</body></opml>".replace(".xml", ".atom"), "utf-8")

    added = program.run("sources", "add", f"{lab}/", "--section", "papers")
    imported = program.run("sources", "import", "mine.opml")
    program.run("sources", "import", "more.opml", "--section", "community")
    wrong = program.run("sources", "add", f"{lab}/", "--section", "blogs")
    sections = {name: source["section"] for name, source in listed(program).items()}

    assert "is followed from now on, under papers" in added.stdout
    assert "ok one: " in " ".join(imported.stdout.split())
    assert ("papers", "newsletters", "labs") == (sections["our-lab-notes"], sections["one"], sections["two"])
    assert ("community", "community") == (sections["one-2"], sections["two-2"])
    assert 2 == wrong.returncode
    assert "papers" in wrong.stderr
