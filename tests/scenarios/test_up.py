"""`paperround up` as somebody meets it who has never seen it: a start, a page, a click, a reply, an export."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable

import pytest

from tests.scenarios.program import SIDE, Program
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody answers there


def introduce(page, name: str) -> None:
    """Answer the page's question for a name."""
    page.get_by_role("textbox", name="What should the team call you?").fill(name)
    page.get_by_role("button", name="That's me").click()


def eventually(look: Callable[[], object], seconds: float = PATIENCE) -> object:
    """What `look` gives once it is something, within so many seconds; else what it gave last."""
    ends = time.monotonic() + seconds
    found = look()
    while not found and time.monotonic() < ends:
        time.sleep(0.05)
        found = look()
    return found


def react_and_reply(page, address: str) -> str:
    """Mark the first pick a must-read and answer in its thread; gives the pick's title."""
    page.goto(address)
    pick = page.locator("[data-pick]").first
    title = pick.get_by_role("heading").inner_text()
    pick.get_by_role("button", name="must-read").first.click()
    introduce(page, "Ada")
    pick.locator("button[aria-pressed=true]").wait_for()
    pick.locator("[data-open]").click()
    page.locator("#pane textarea").first.fill("Worth our Friday. The benchmark is the gift.")
    page.locator("#pane textarea").first.press("Control+Enter")
    page.locator("#pane .reply").wait_for()
    return title.strip()


def recorded(program: Program) -> list[tuple]:
    """What the export tells of decisions and summaries."""
    items = program.document("export")["items"]
    return [
        (
            item["title"],
            [(d["member"], d["decision"]) for d in item["decisions"]],
            [(s["member"], s["text"]) for s in item["summaries"]],
        )
        for item in items
        if item["decisions"] or item["summaries"]
    ]


@pytest.mark.browser
def test_the_sample_week_in_a_browser(program: Program, new_page) -> None:
    """A click on ⭐ and a reply in the thread, made in a real browser, are in the export; the week is plainly a sample."""
    page = new_page(viewport={"width": 1280, "height": 900})

    address = program.up("--sample")
    title = react_and_reply(page, address)

    assert page.get_by_text("Sample week:").is_visible()
    assert [(title, [("Ada", "must-read")], [("Ada", "Worth our Friday. The benchmark is the gift.")])] == recorded(
        program
    )


@pytest.mark.browser
@pytest.mark.replay
def test_the_captured_week_in_a_browser(program: Program, replay, new_page) -> None:
    """The week's digest is posted once, and is read and answered in a browser."""
    program.configured(replay.config)
    page = new_page(viewport={"width": 1280, "height": 900})

    address = program.up()
    title = react_and_reply(page, address)
    shown = page.locator("[data-pick]").count()
    assert 0 == program.stop()
    items = program.document("export")["items"]

    assert [(title, [("Ada", "must-read")], [("Ada", "Worth our Friday. The benchmark is the gift.")])] == recorded(
        program
    )
    assert len(items) == shown

    page.goto(program.up())
    assert shown == page.locator("[data-pick]").count()
    assert not [line for line in program.said if line.startswith("Posted")]


@pytest.mark.replay
def test_the_next_week_repeats_nothing(program: Program, replay) -> None:
    """Started on a Thursday, the first digest covers seven days back; Monday's brings what is new and nothing again."""
    program.configured(replay.config)
    digests = []

    for now in ("2026-08-13T09:00:00+00:00", "2026-08-17T09:00:00+00:00"):
        program.now = now
        replay.until(now)
        program.up()
        program.stop()
        digests += [line for line in program.said if line.startswith("Posted")]

    items = program.document("export")["items"]
    assert ["2026-08-13-extra", "2026-W34"] == [line.split()[1] for line in digests]
    assert {("2026-08-13-extra",), ("2026-W34",)} == {tuple(item["weeks"]) for item in items}
    assert len(items) == len({item["key"] for item in items})


@pytest.mark.replay
def test_the_captured_week_on_the_command_line(program: Program, replay) -> None:
    """Every source is in the table; the preview keeps within its budget, and a work seen on several sources is one pick."""
    program.configured(replay.config)

    collected = program.document("collect")["sources"]
    preview = program.document("preview", "--week", "2026-W34")

    off = {"x-list", "hacker-news"}
    assert {*SIDE, "arxiv", "huggingface", "reddit-machinelearning", *off} == {source["id"] for source in collected}
    assert ["the-batch"] == [s["id"] for s in collected if s["state"] == "stale" and s["id"] == "the-batch"]
    assert "2026-W34" == preview["week"]
    cost = sum(1 + preview["marking_rate"] * pick["minutes"] for pick in preview["picks"])
    assert preview["minutes"] == round(cost) <= preview["budget_minutes"]
    assert [len(preview["picks"]) + 1] == [pick["rank"] for pick in preview["also"]][:1]
    assert list(range(1, len(preview["picks"]) + 1)) == [pick["rank"] for pick in preview["picks"]]
    assert any({"arxiv", "huggingface"} <= {m["source"] for m in pick["mentions"]} for pick in preview["picks"])
    assert all(pick["reasons"] for pick in preview["picks"])
    assert [] == program.document("export")["items"]


def test_no_source_can_be_reached(program: Program) -> None:
    """Where nothing answers, the sample week is shown, and the program says so; a second start adds nothing."""
    off = ("arxiv", "huggingface", "reddit-machinelearning", "x-list", *SIDE[1:])
    tables = [f'[sources.{SIDE[0]}]\nurl = "{NOWHERE}"', *(f"[sources.{name}]\nenabled = false" for name in off)]
    program.configured("\n".join(["[fetch]\nallow_private = true\ndeadline_seconds = 2", *tables]))

    with urllib.request.urlopen(program.up()) as page:
        shown = page.read().decode()
    program.stop()
    first = len(program.document("export")["items"])
    said = program.said
    status = program.run("status").stdout
    program.up()
    program.stop()

    assert "The next digest comes as soon as the sources answer." in status
    assert "Sources: 1 on, none has answered yet, 1 in trouble" in status
    assert any(line.startswith("No source could be reached, so here is the sample week") for line in said)
    assert any(line.startswith("Read: 0 of 1 source, 0 entries. Failing:") for line in said)
    assert "#general · Next digest: as soon as the sources answer" in said
    assert "Next digest: as soon as the sources answer" in shown
    assert [] == [line for line in said if line.startswith("{")]
    assert first > 5
    assert first == len(program.document("export")["items"])


def test_wrong_settings_are_one_report(program: Program) -> None:
    """Every fault at once, exit code 2, nothing written."""
    program.configured(
        '[fetch]\ncolour = 1\n[sources.mine]\nkind = "feed"\n[[channels]]\nname = "a"\nzone = "Mars/Base"\n'
    )

    done = program.run("collect", "--json")

    assert 2 == done.returncode
    assert "" == done.stdout
    assert all(word in done.stderr for word in ("fetch.colour", "sources.mine", "channels[0].zone"))
    assert ["paperround.toml"] == sorted(path.name for path in program.folder.iterdir())


def test_a_value_where_a_source_belongs(program: Program) -> None:
    """A plain value under `[sources]` is a fault like any other, told once: exit code 2, nothing written, no traceback."""
    program.configured('[sources]\narxiv = "http://x"\nfeed = 1\n"my feed" = 2\n')

    done = program.run("sources", "list")

    assert (2, "") == (done.returncode, done.stdout)
    assert "3 faults" in done.stderr
    assert all(f"sources.{name}: is no table" in done.stderr for name in ("arxiv", "feed", "my feed"))
    assert "Traceback" not in done.stderr
    assert ["paperround.toml"] == sorted(path.name for path in program.folder.iterdir())


def test_post_burns_no_week(program: Program) -> None:
    """While sources fail and nothing is found, nothing is posted; an old week without anything is not posted either."""
    off = ("arxiv", "huggingface", "reddit-machinelearning", "x-list", *SIDE[1:])
    tables = [f'[sources.{SIDE[0]}]\nurl = "{NOWHERE}"', *(f"[sources.{name}]\nenabled = false" for name in off)]
    program.configured("\n".join(["[fetch]\nallow_private = true\ndeadline_seconds = 2", *tables]))

    due = program.run("post")
    old = program.run("post", "--week", "2026-W20")

    assert (1, 2) == (due.returncode, old.returncode)
    assert "is not posted: nothing was found, and 1 of 1 source failed" in due.stderr
    assert "nothing was collected for 2026-W20" in old.stderr
    assert [] == program.document("export")["items"]


def test_an_open_address_needs_a_password(program: Program) -> None:
    """On any address but loopback the page does not start without a password."""
    done = program.run("up", "--host", "0.0.0.0", "--port", "0")

    assert 2 == done.returncode
    assert "PAPERROUND_PASSWORD" in done.stderr


@pytest.mark.replay
def test_a_preview_of_what_was_collected_long_ago(program: Program, replay) -> None:
    """Who looks ahead with old news is told how old they are, beside the digest; after a collect nothing is said."""
    program.configured(replay.config)
    program.run("collect")
    fresh = program.run("preview")
    program.now = "2026-11-02T09:00:00+00:00"
    old = program.run("preview")

    assert "last asked" not in fresh.stderr
    assert "The sources were last asked on 2026-08-17" in old.stderr


def test_commands_that_name_what_does_not_exist(program: Program) -> None:
    """A wrong channel or week is answered with what would be right."""
    channel = program.run("preview", "--channel", "nowhere")
    week = program.run("preview", "--week", "2026-34")

    assert (2, 2) == (channel.returncode, week.returncode)
    assert "general" in channel.stderr
    assert "2026-W34" in week.stderr
