"""Follow, mute and taste, told as question and answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import FoundWork
from bot.usecases.listed_works import MOST_LISTS
from bot.usecases.taste import MOST, Reference, taste_of, tell
from bot.usecases.taste_lookups import MOST_LOOKED_UP
from tests.command_context import CommandFixture
from tests.factories import ADA, BEN, NOW, at, entry, mention, stored


@pytest.fixture
def desk() -> CommandFixture:
    return CommandFixture()


async def test_follow(desk: CommandFixture) -> None:
    """What a channel follows is listed for everybody, and changed by its keepers."""
    assert "This channel follows: nothing." == await desk.ask("follow")
    assert "may change what the channel follows" in await desk.ask("follow author: Percy Liang")
    said = await desk.ask("follow author: Percy Liang, lab:DeepMind, source: arxiv", admin=True)
    assert "This channel follows: author: Percy Liang, lab: DeepMind, source: arxiv." == said
    assert "lab: Mind is not among them" in await desk.ask("unfollow lab: Mind", admin=True)
    assert "This channel follows: author: Percy Liang, source: arxiv." in await desk.ask(
        "unfollow LAB: deepmind", admin=True
    )
    assert "author: Percy Liang" in (await desk.ask("settings", admin=True)) or desk.answer.form["follow"]


async def test_one_name_in_two_spellings(desk: CommandFixture) -> None:
    """A name that is spelt in another way is the same one: it is kept once, and taken away by either."""
    await desk.ask("follow author: Percy Liang", admin=True)
    assert "This channel follows: author: Percy Liang." == await desk.ask("follow author: percy liang", admin=True)
    assert "This channel follows: nothing." == await desk.ask("unfollow authors: PERCY LIANG", admin=True)
    assert "'the' is in nearly all of them." in await desk.ask("mute word: the", admin=True)
    assert "Your reading list follows: author: A B, author: C D.\n" in await desk.ask("mine follow authors: A B; C D")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("mute source: nosuch", "There is no source 'nosuch'. See them all with: /paperround sources."),
        ("mute source: arxive", "There is no source 'arxive'. Did you mean source: arxiv?"),
        ("follow sources: arxiv, leter", "There is no source 'leter'. Did you mean source: letter?"),
        ("mine follow source: arkiv", "There is no source 'arkiv'. Did you mean source: arxiv?"),
        ("follow autor: Percy Liang", "Write author:, lab:, word: or source:. Did you mean author: Percy Liang?"),
        ("mute tpoic: tea", "Did you mean word: tea?"),
        ("mute author LeCun", "Did you mean author: LeCun? A word that begins so is written word: author LeCun."),
        (
            "follow Authors Yann LeCun",
            "Did you mean author: Yann LeCun? A word that begins so is written word: Authors Yann LeCun.",
        ),
        ("follow lab DeepMind", "Did you mean lab: DeepMind? A word that begins so is written word: lab DeepMind."),
        ("mine follow @ylecun", "@ylecun is a name on a network, where nobody is looked for."),
    ],
)
async def test_what_does_not_exist(desk: CommandFixture, asked: str, said: str) -> None:
    """A source or kind that is none is refused with the near one, in a sentence with one sign at its end, and nothing is kept."""
    assert (await desk.ask(asked, admin=True)).endswith(said)
    assert ["nothing", "nothing"] == [(await desk.ask(verb))[-8:-1] for verb in ("follow", "mute")]


async def test_sources_by_name(desk: CommandFixture) -> None:
    """A source may be named by its name, is kept by its id, and what its absence means is told when it is muted; the form refuses what is none."""
    desk.specs = [replace(one, name="The Weekly Letter") if one.id == "letter" else one for one in desk.specs]

    muted = await desk.ask("mute source: the weekly letter", admin=True)
    again = await desk.ask("mute source: letter", admin=True)
    form = await desk.ask("settings", admin=True, values={"follow": "source: lettre", "mute": "source: nosuch"})

    assert muted.splitlines() == [
        "This channel mutes: source: letter.",
        "No work comes here any more of which The Weekly Letter speaks, whoever else does.",
    ]
    assert again == "This channel mutes: source: letter."
    assert "follow: There is no source 'lettre'. Did you mean source: letter?" in form
    assert "mute: There is no source 'nosuch'." in form
    assert "This channel mutes: nothing." == await desk.ask("unmute The Weekly Letter", admin=True)


async def test_a_word_like_a_kind_or_a_source(desk: CommandFixture) -> None:
    """A phrase that begins with a kind's name is a word; so is what is called like a source, which is told with how the source is named."""
    said = await desk.ask("follow author attribution, lab automation, word: author LeCun", admin=True)
    arxiv = await desk.ask("mute arXiv", admin=True)
    whole = await desk.ask("mine mute source letter")

    assert "This channel follows: word: author attribution, word: lab automation, word: author LeCun." in said
    assert "is taken as a word" not in said
    assert "'arXiv' is taken as a word. The source is: /paperround mute source: arxiv" in arxiv
    assert "'source letter' is taken as a word. The source is: /paperround mine mute source: letter" in whole
    assert "is taken as a word" not in await desk.ask("mute source: arxiv", admin=True)


@pytest.mark.parametrize(
    ("followed", "ended"),
    [
        ("word: robot", "robots"),
        ("word: World Models", "world model"),
        ("word: CLIP", "CLIPs"),
        ("author: Percy Liang", "author: P. Liang"),
        ("author: Percy Liang", "percy liang"),
        ("lab: DeepMind", "deepmind"),
        ("source: arxiv", "arxiv"),
    ],
)
async def test_what_ends_a_wish(desk: CommandFixture, followed: str, ended: str) -> None:
    """A wish is ended in any of its forms, and without its kind."""
    await desk.ask(f"follow {followed}; word: proteins", admin=True)

    assert "This channel follows: word: proteins." == await desk.ask(f"unfollow {ended}", admin=True)


@pytest.mark.parametrize("other", ["clip", "world", "Liang", "lab: arxiv", "music retrieval"])
async def test_what_ends_none(desk: CommandFixture, other: str) -> None:
    """Another word, a part of a name, or the name of another kind ends no wish; of two of one name it is asked which."""
    await desk.ask("follow word: CLIP, word: world models, author: Percy Liang, word: music", admin=True)

    assert "is not among them" in await desk.ask(f"unfollow {other}", admin=True)
    await desk.ask("follow source: arxiv, lab: arXiv", admin=True)
    assert "Which one do you mean: source: arxiv, lab: arXiv?" == await desk.ask("unfollow Arxiv", admin=True)


async def test_what_contradicts(desk: CommandFixture) -> None:
    """What is followed, or is a topic, and muted as well is told wherever it is set: muting goes before."""
    await desk.ask("follow author: Wei Zhang; word: music", admin=True)
    because = "is followed, and never comes: this channel mutes"
    assert f"word: music {because} word: Music, and" in await desk.ask(
        "mute author: wei zhang, word: Music", admin=True
    )
    said = await desk.ask("topics music retrieval, musics, agents, Agent", admin=True)
    assert "What says your topic 'music retrieval' is kept out: this channel mutes word: Music" in said
    assert "'agents'" not in said.replace("'Agent' is 'agents' in another spelling, and counts once.", "")
    assert f"author: Wei Zhang {because} author: wei zhang" in await desk.ask("follow word: proteins", admin=True)
    assert "muting goes before" not in await desk.ask("unmute author: wei zhang, word: music", admin=True)
    await desk.ask("mine follow word: music")
    assert "your reading list mutes word: music" in await desk.ask("mine mute word: music")


async def test_mute(desk: CommandFixture) -> None:
    """A muted word is not in the next digest."""
    await desk.ask("add https://arxiv.org/abs/2608.77777")
    assert "1 pick" in await desk.ask("now")
    assert "This channel mutes: word: 2608.77777." == await desk.ask("mute 2608.77777", admin=True)
    assert "0 picks" in await desk.ask("now")
    assert "This channel mutes: nothing." == await desk.ask("unmute word: 2608.77777", admin=True)
    assert "1 pick" in await desk.ask("now")


async def test_what_names_nothing(desk: CommandFixture) -> None:
    """What names nothing, or is too much, changes nothing and says what would be right."""
    assert "Write author:, lab:, word: or source: and a name" in await desk.ask("follow author:", admin=True)
    many = ", ".join(f"w{n}" for n in range(60))
    await desk.ask(f"mute {many}", admin=True)
    assert "more than 100" in await desk.ask("mute " + many.replace("w", "v"), admin=True)


async def test_the_form(desk: CommandFixture) -> None:
    """The settings form has follow, mute and layout, and says at each what is wrong with it."""
    await desk.ask("settings", admin=True)
    form = desk.answer.form
    wrong = {**form, "follow": "author:", "layout": "wide"}
    assert {"follow", "layout"} == set((await desk.ask("settings", admin=True, values=wrong)) and desk.answer.faults)
    said = await desk.ask("settings", admin=True, values={**form, "follow": "lab: OpenAI", "layout": "Compact"})
    assert "follow: lab: OpenAI" in said
    assert "layout: compact" in said


async def test_my_own(desk: CommandFixture) -> None:
    """A member follows and mutes for their own reading list, whoever keeps the channel; nobody else sees a difference."""
    await desk.posted()
    said = await desk.ask("mine follow word: 2608")
    assert "Your reading list follows: word: 2608.\n" in said
    assert "mine looks through what this channel's digests brought, and through nothing else." in said.replace(
        "`", ""
    ).replace("/paperround ", "")
    mine, theirs = await desk.ask("mine"), await desk.ask("mine", member=BEN)
    assert "By or about what I follow\nOn arxiv:2608.01234 · about '2608'" in mine
    assert "what I follow" not in theirs
    first = next(sent.ref for sent in desk.chat.messages if sent.post.item_key)
    await desk.chat.react(ADA, first, "⭐")
    assert "what I follow\nNothing in this channel's digests that you have not decided on." in await desk.ask("mine")
    assert "must-read" in await desk.ask("mine")
    await desk.ask("mine mute word: arxiv")
    assert "Nothing is waiting for you." in await desk.ask("mine")
    assert "must-read" not in await desk.ask("mine")
    assert "Your own list knows" in await desk.ask("mine burn")


async def test_links_are_looked_up(desk: CommandFixture) -> None:
    """A link whose work answers teaches at once, with its words; one that does not keeps its address, and may be pasted again."""
    desk.works.know("https://arxiv.org/abs/2608.01111", "Sparse attention", abstract="We prune heads.", authors=("A",))
    pasted = "taste https://arxiv.org/abs/2608.01111 https://a.example/x"
    said = await desk.ask(pasted, admin=True)
    assert "2 works noted" in said
    assert "I looked 1 work up; it counts from the next digest on. I have not read 1 work yet" in said
    async with desk.database.unit_of_work() as uow:
        told = {one.key: (one.title, one.abstract, one.authors) for one in await taste_of(desk.channel.name, uow)}
    assert ("Sparse attention", "We prune heads.", ("A",)) == told["arxiv:2608.01111"]
    assert ("", "", ()) in told.values()
    desk.works.asked.clear()
    desk.works.know("https://a.example/x", "A page")
    assert "I looked 1 work up" in await desk.ask(pasted, admin=True)
    assert ["https://a.example/x"] == desk.works.asked, "what is known is not asked for again"


async def test_many_at_once(desk: CommandFixture) -> None:
    """What a registry tells of many works at once is not asked for one by one, and what it does not know is not asked for twice."""
    links = [f"https://arxiv.org/abs/2608.0111{number}" for number in range(3)]
    desk.works.together = set(links[:2])
    desk.works.know(links[0], "Sparse attention")
    desk.works.know(links[2], "Reward models")
    said = await desk.ask(f"taste {' '.join(links)}", admin=True)
    assert "I looked 2 works up" in said
    assert "I have not read 1 work yet" in said
    assert ([links], [links[2]]) == (desk.works.asked_together, desk.works.asked)


async def test_a_link_to_a_list(desk: CommandFixture) -> None:
    """A link that leads to a list stands for the works in it; one that does not answer is told, and the others are noted all the same."""
    desk.works.lists["https://lists.example/a"] = [
        FoundWork(url=f"https://arxiv.org/abs/2608.0111{n}", title=f"Work {n}") for n in range(3)
    ]
    desk.works.lists_down.add("https://lists.example/b")
    said = await desk.ask("taste https://lists.example/a https://lists.example/b 2608.01119", admin=True)
    assert "4 works noted" in said
    assert "A list could not be read: https://lists.example/b: did not answer. Paste it again later." in said


async def test_many_links_to_lists(desk: CommandFixture) -> None:
    """Not more than a few lists are asked, whatever they answer; an empty one and those beyond the few are told, and none becomes a work."""
    links = [f"https://lists.example/{n}?of=me" for n in range(MOST_LISTS + 35)]
    desk.works.lists = {link: [] for link in links}
    desk.works.lists[links[-1]] = [FoundWork(url="https://arxiv.org/abs/2608.01111", title="Work")]
    said = await desk.ask(f"taste {' '.join(links)} 2608.01119", admin=True)

    assert links[:MOST_LISTS] == desk.works.lists_asked
    assert "1 work noted" in said
    assert "There is no paper in the list https://lists.example/0." in said
    assert "I read 5 lists at once, and left out 35 lists, from https://lists.example/5 on." in said


async def test_many_links(desk: CommandFixture) -> None:
    """Of a long list a bounded number is looked up; the others are noted all the same."""
    links = " ".join(f"https://a.example/{n}" for n in range(MOST_LOOKED_UP + 7))
    said = await desk.ask(f"taste {links}", admin=True)
    assert MOST_LOOKED_UP == len(desk.works.asked)
    assert f"{MOST_LOOKED_UP + 7} works noted" in said


async def test_links(desk: CommandFixture) -> None:
    """Links that a keeper pastes are the channel's taste: each once, and taken back in one go."""
    assert "may tell the channel's taste" in await desk.ask("taste https://arxiv.org/abs/2608.1")
    assert "1 work noted as to this channel's taste. I have not read it yet" in await desk.ask(
        "taste https://b.example/y", admin=True
    )
    await desk.ask("taste forget", admin=True)
    pasted = "taste https://arxiv.org/abs/2608.01111, https://arxiv.org/pdf/2608.01111v2 (https://a.example/x)."
    assert "2 works noted as to this channel's taste. I have not read 2 works yet" in await desk.ask(pasted, admin=True)
    assert "0 works noted" in await desk.ask(pasted, admin=True)
    assert "2 told beforehand (links)" in (await desk.ask("taste")).replace("2 works told", "2 told")
    assert "2 works forgotten." in await desk.ask("taste forget", admin=True)
    assert "There was nothing." == await desk.ask("taste forget", admin=True)
    assert "Paste links" in await desk.ask("taste like", admin=True)


async def test_links_to_nothing(desk: CommandFixture) -> None:
    """A link into a private network and a number that arXiv never gave are no works, and refused by name; what else a list says of such a work stays."""
    said = await desk.ask("taste http://127.0.0.1/admin arXiv:9999.99999 https://a.example/x", admin=True)
    assert "1 work noted" in said
    assert "Not taken: http://127.0.0.1/admin, for it leads into a private network." in said
    assert "Not taken: https://arxiv.org/abs/9999.99999, for arXiv has no such number." in said

    listed = [
        Reference(url="http://wiki/mine", title="Sparse attention"),
        *[Reference(url=f"http://10.0.0.{n}/") for n in range(7)],
    ]
    told = await tell(listed, "a list", desk.channel, desk.database.unit_of_work, NOW)
    assert (1, 1, 8) == (told.works, told.new, len(told.refused))
    assert "Not taken either: 3 further addresses of that kind." == told.refusals()[-1]


async def test_words_that_come_later(desk: CommandFixture) -> None:
    """A link whose work is collected later counts with its words from then on; a title without an address counts by itself."""
    work = entry("2608.01111", title="Sparse attention", about="https://arxiv.org/abs/2608.01111")
    links = [Reference(url="https://arxiv.org/abs/2608.01111"), Reference(title="Robot Hands!", at=at(days=900))]
    told = await tell(links, "a list", desk.channel, desk.database.unit_of_work, NOW)
    from bot.ports import Batch  # noqa: PLC0415 - for this test alone

    async with desk.database.unit_of_work() as uow:
        said = mention("arxiv:2608.01111", "arxiv", "2608.01111")
        await uow.entries.store([Batch(source_id="arxiv", entries=(stored(work),), mentions=(said,), titles={})])
        found = await taste_of(desk.channel.name, uow)

    assert (2, 1) == (told.new, told.bare)
    assert [("Sparse attention", NOW), ("Robot Hands!", at(days=900))] == [(one.title, one.at) for one in found]


async def test_not_without_end(desk: CommandFixture) -> None:
    """A channel's taste has room for so many works, and no more."""
    library = [Reference(title=f"Work {n}") for n in range(MOST + 10)]
    first = await tell(library[: MOST - 1], "a list", desk.channel, desk.database.unit_of_work, NOW)
    whole = await tell(library, "a list", desk.channel, desk.database.unit_of_work, NOW)

    assert (MOST - 1, 0) == (first.new, first.beyond)
    assert (1, 10) == (whole.new, whole.beyond), "what is known takes no room twice, and the rest is told apart from it"


async def test_told_again_with_more(desk: CommandFixture) -> None:
    """A list that says more of a known work than the one before is heard; of two records of one work in a list, that which says more."""
    url = "https://arxiv.org/abs/2608.01111"
    full = Reference(url=url, title="Sparse attention", abstract="We prune heads.", authors=("Ada",))
    twice = [Reference(url=url), full, Reference(url=f"{url}v2", title="Sparse")]
    await tell([Reference(url=url, title="Sparse")], "a list", desk.channel, desk.database.unit_of_work, at(days=9))
    told = await tell(twice, "another", desk.channel, desk.database.unit_of_work, NOW)
    again = await tell([Reference(url=url)], "a third", desk.channel, desk.database.unit_of_work, NOW)
    async with desk.database.unit_of_work() as uow:
        (known,) = await taste_of(desk.channel.name, uow)

    assert (1, 0, 1) == (told.works, told.new, told.fuller)
    assert (0, 0, 0) == (again.new, again.fuller, again.bare)
    assert ("Sparse attention", "We prune heads.", ("Ada",)) == (known.title, known.abstract, known.authors)
    assert (at(days=9), "a list") == (known.at, known.origin)


async def test_numbers_are_links(desk: CommandFixture) -> None:
    """An arXiv number or a DOI that is pasted names a work as its link does."""
    said = await desk.ask(
        "taste 2608.01111, arXiv:2608.01112v3 doi:10.1145/3 https://arxiv.org/abs/2608.01111", admin=True
    )
    assert "3 works noted" in said
    async with desk.database.unit_of_work() as uow:
        assert ["arxiv:2608.01111", "arxiv:2608.01112", "doi:10.1145/3"] == [
            one.key for one in await taste_of(desk.channel.name, uow)
        ]
