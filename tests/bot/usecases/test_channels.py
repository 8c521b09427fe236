from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channel_fields import ChannelFields
from bot.model import ChannelState, Meaning
from bot.usecases.channel_list import ChannelList
from bot.usecases.channels import FIELDS, change, form_of, overlaid, pause, read_form, resume
from tests.factories import NOW, channel
from tests.fake_storage import FakeDatabase


def test_a_form_reads_back() -> None:
    """What the form shows of a channel is read as the same channel."""
    one = channel(
        zone="Europe/Berlin",
        weekday=5,
        time=time(17, 30),
        budget_minutes=45,
        explore=0.35,
        topics=("agents", "safety"),
        description="We study oversight, of language models above all.",
    )

    values, faults = read_form(form_of(one))

    assert {} == faults
    assert one == overlaid(one, ChannelState(name=one.name, values=values))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("weekday", "someday"), ("time", "25:00"), ("zone", "Mars/Base"), ("budget_minutes", "3"), ("budget_minutes", "an hour"),
        ("explore", "lots"), ("explore", "300 %"), ("emoji", "⭐ great"), ("emoji", ""),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_field(field: str, text: str) -> None:
    """A wrong field is named with what would be right, and the others are read all the same."""
    values, faults = read_form({**form_of(channel()), field: text})

    assert [field] == list(faults)
    assert faults[field]
    assert set(FIELDS) - {field} == set(values)


@pytest.mark.parametrize(
    ("field", "text", "read"),
    [
        ("weekday", "5", "5"),
        ("zone", "europe/berlin", "Europe/Berlin"),
        ("zone", "america/new york", "America/New_York"),
        ("time", "１６：３０", "16:30"),
        ("budget_minutes", "４５", "45"),
        ("topics", "ロボット、強化学習， agent safety، x", ("ロボット", "強化学習", "agent safety", "x")),
        ("topics", "LLM agents\n- world models; agents\n", ("LLM agents", "world models", "agents")),
        ("topics", '["LLM agents", "safety"]', ("LLM agents", "safety")),
        ("topics", "music, musics , Music,  MUSIC", ("music",)),
        ("topics", "C++, C, c++, modelling, modeling", ("C++", "C", "modelling")),
        ("sources", "arxiv; huggingface arxiv", ("arxiv", "huggingface")),
        ("follow", "author: 山田太郎、word: world models", ("author:山田太郎", "word:world models")),
        ("emoji", "⭐ must-read、👀 to-read", {"⭐": "must-read", "👀": "to-read"}),
    ],
)
def test_as_people_type_it(field: str, text: str, read: object) -> None:
    """A form holds text alone: a day's number, a zone in small letters, the commas and digits of other scripts are understood."""
    values, faults = read_form({field: text})

    assert ({field: read}, {}) == (values, faults)
    ChannelFields.model_validate(values)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("budget_minutes", "an hour", "Write whole minutes from 5 to 600, like 45"),
        ("budget_minutes", "3", "Write whole minutes from 5 to 600, like 45"),
        ("explore", "500%", "Write a share of the papers from 0 % to 100 %, like 20 %"),
        ("explore", "lots", "Write a share of the papers from 0 % to 100 %, like 20 %"),
        ("zone", "Europe/Berlim", "'Europe/Berlim' is no time zone. Write an IANA name, like Europe/Berlin. Did you mean Europe/Berlin?"),
        ("time", "late", "'late' is no time of day. Write hours and minutes, like 09:00"),
        ("topics", "agents, the, of", "'the' is in nearly all works. Write what works are about, like \"agent safety\""),
        ("topics", "agents, 🔥", "'🔥' has no word in it. Write what works are about, like \"agent safety\""),
        ("mute", "autor: A B", "There is no 'autor:'. Write author:, lab:, word: or source:. Did you mean author: A B?"),
        ("emoji", "nothing must-read", "Write an emoji and what it means, like ⭐ must-read"),
    ],
)  # fmt: skip
def test_faults_are_in_plain_words(field: str, text: str, words: str) -> None:
    """What is said at a field is what to write there, in nobody's jargon."""
    assert {field: words} == read_form({**form_of(channel()), field: text})[1]


@pytest.mark.parametrize("text", ["20 %", "20%", "20", "0.2", "0,2"])
def test_shares_as_people_write_them(text: str) -> None:
    """A share may be written in per cent or as a fraction."""
    assert {"explore": 0.2} == read_form({"explore": text})[0]


@given(st.dictionaries(st.sampled_from([*FIELDS, "name", "id", "sources"]), st.text(max_size=60)))
def test_no_form_breaks_a_channel(form: dict[str, str]) -> None:
    """Whatever is typed, the channel stays the channel: its name, platform and id are no fields."""
    one = channel()

    values, _ = read_form(form)
    now = overlaid(one, ChannelState(name=one.name, values=values))

    assert (one.name, one.platform, one.id) == (now.name, now.platform, now.id)


def test_what_no_form_sets_stays() -> None:
    """What the operator configured, and no form sets, is as it was after a change in chat."""
    one = channel(catch_up=timedelta(hours=100), sources=("arxiv",))
    now = overlaid(one, ChannelState(name=one.name, values={"zone": "Asia/Tokyo"}))

    assert ("Asia/Tokyo", one.catch_up, one.sources) == (now.zone, now.catch_up, now.sources)


def test_what_an_older_version_took() -> None:
    """Of what was kept and is not valid any more only that is left out: the other entries of its list, and the other fields, count."""
    kept = {
        "topics": ["agents", "the"],
        "mute": ["word:autor: A B", "word:the"],
        "zone": "Mars/Base",
        "budget_minutes": 30,
    }
    now = overlaid(channel(), ChannelState(name="reading", values=kept))

    assert (("agents",), ("word:autor: A B",), "UTC", 30) == (now.topics, now.mute, now.zone, now.budget_minutes)


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        ("topics", ["LLM agents, agent benchmarks, tool use", "tool uses"], ("LLM agents", "agent benchmarks", "tool use")),
        ("follow", ["authors: Percy Liang, Yann LeCun; word: x", "y"], ("author:Percy Liang", "author:Yann LeCun", "word:x", "word:y")),
        ("mute", ["word: crypto, Crypto"], ("word:crypto",)),
        ("sources", ["arxiv, huggingface", "arxiv"], ("arxiv", "huggingface")),
        ("editors", ["U1, U2"], ("U1", "U2")),
    ],
)  # fmt: skip
def test_one_parser_for_all_lists(field: str, typed: list[str], read: tuple[str, ...]) -> None:
    """A list of the settings file is parted as one in chat is: several in one text are several, and one in two spellings is one."""
    assert read == getattr(ChannelFields.model_validate({field: typed}), field)
    if field != "editors":
        assert {field: read} == read_form({field: "; ".join(typed)})[0]


async def test_changes_lie_over_one_another() -> None:
    """A later change leaves alone what it does not name."""
    database, one = FakeDatabase(), channel()
    await change(one, {"budget_minutes": 30}, database.unit_of_work)
    await change(one, {"topics": ("agents",), "emoji": {"🔥": "must-read"}}, database.unit_of_work)

    (now,) = await ChannelList([one], database.unit_of_work).read()

    assert (30, ("agents",), {"🔥": Meaning.MUST_READ}) == (now.budget_minutes, now.topics, dict(now.meanings))


async def test_pausing_and_resuming() -> None:
    """A pause is noted once with its reason, and gone after resuming; what was set stays."""
    database, one = FakeDatabase(), channel()
    await change(one, {"budget_minutes": 30}, database.unit_of_work)

    done = [await pause(one, because, database.unit_of_work, lambda: NOW) for because in ("archived", "archived")]
    async with database.unit_of_work() as uow:
        state = (await uow.channels.all())[one.name]
    undone = [await resume(one, database.unit_of_work) for _ in range(2)]

    assert ([True, False], [True, False]) == (done, undone)
    assert ("archived", NOW, {"budget_minutes": 30}) == (state.paused_because, state.paused_at, dict(state.values))
