"""Invented works and the words of an invented team: what half a year of research and of reading might look like. The same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import Attention, Entry, ItemKind, Link, Section, SourceSpec

SPECS = (
    SourceSpec(
        id="arxiv",
        kind="arxiv",
        name="arXiv",
        url="https://export.arxiv.org/",
        section=Section.PAPERS,
        item_kind=ItemKind.PAPER,
    ),
    SourceSpec(
        id="huggingface",
        kind="huggingface",
        name="Hugging Face",
        url="https://huggingface.co/",
        section=Section.PAPERS,
        item_kind=ItemKind.PAPER,
    ),
    SourceSpec(
        id="import-ai", kind="feed", name="Import AI", url="https://import.example/", section=Section.NEWSLETTERS
    ),
    SourceSpec(
        id="the-batch", kind="feed", name="The Batch", url="https://batch.example/", section=Section.NEWSLETTERS
    ),
    SourceSpec(id="deepmind", kind="feed", name="DeepMind", url="https://deepmind.example/", section=Section.LABS),
    SourceSpec(id="eleuther", kind="feed", name="EleutherAI", url="https://eleuther.example/", section=Section.LABS),
    SourceSpec(
        id="reddit", kind="reddit", name="r/MachineLearning", url="https://reddit.example/", section=Section.COMMUNITY
    ),
)

FIELDS = {
    "agent safety": (
        ("red teaming", "jailbreaks", "oversight", "refusals", "reward hacking", "sandboxing"),
        ("tool-using agents", "browser agents", "coding agents", "long tasks"),
    ),
    "evaluation": (
        ("contamination", "judge models", "rubrics", "saturation", "item response theory", "human preference"),
        ("benchmarks of reasoning", "leaderboards", "code generation", "translation"),
    ),
    "world models": (
        ("latent dynamics", "video prediction", "planning by imagination", "action conditioning"),
        ("robotics", "driving", "games", "manipulation"),
    ),
    "retrieval": (
        ("dense retrieval", "rerankers", "chunking", "citations", "long context"),
        ("scientific questions", "legal documents", "clinical notes", "code search"),
    ),
    "efficient inference": (
        ("speculative decoding", "cache compression", "quantization", "early exit", "sparse attention"),
        ("small devices", "long prompts", "mixture-of-experts models", "batch serving"),
    ),
    "interpretability": (
        ("sparse autoencoders", "probes", "circuits", "steering vectors", "attribution graphs"),
        ("factual recall", "arithmetic", "deception", "multilingual models"),
    ),
    "speech": (
        ("codecs", "turn taking", "prosody", "streaming recognition"),
        ("low-resource languages", "phone calls", "singing", "meetings"),
    ),
}
TOPICS = ("agent safety", "evaluation", "interpretability")
_TITLES = (
    "{Method} for {task}: what holds up and what does not",
    "Rethinking {method} in {task}",
    "{Name}: {method} at scale for {task}",
    "How far does {method} go in {task}?",
    "When {method} fails: a study of {task}",
    "{Name}: towards reliable {task} by {method}",
    "Less is enough: {method} without supervision for {task}",
    "A second look at {method}",
    "{Method} and {other}: two views of {task}",
)
_NAMES = "Atlas Borealis Cedar Drift Ember Fathom Gale Halcyon Iris Juniper Kestrel Lumen Mosaic Nimbus Orchid Pilot Quartz Rook".split()
_ABSTRACT = (
    "In {field}, {method} is the usual answer where {task} are concerned, and it is seldom asked why.",
    "Work on {field} rests on {method}; we study it in {task}, under a budget that a small team can afford.",
    "Earlier work varies {method} and {other} at once, so that neither can be told from the other; we vary one at a time.",
    "We propose {name}, which replaces the hand-made part of {method} by what the model already knows.",
    "Over {count} settings and {models} models, {name} is ahead in {percent} % of them, and never behind by more than two points.",
    "The gain comes from {other}: without it, nothing is left of the difference.",
    "In {task}, the simple baseline is within {points} points of the best method once both are tuned alike.",
    "Data, code and all {count} runs are public.",
    "We find that three of five published results do not hold once {other} is controlled for.",
)
_FIRST = "Yuki Maren Josué Åsa Paweł Priya Tomás Wen Käthe Leila Omar Ngozi Mei Søren Aisha Dmitri Chiara Hyun-woo Noor Emeka".split()
_LAST = "Tanaka Höfner Álvarez Lindqvist Zieliński Raman Ortega Li Müller Haddad Khalil Okafor Chen Jensen Rahman Volkov Rossi Park".split()
_LABS = ("ETH Zürich", "Tsinghua University", "Mila", "KAIST", "University of Nairobi", "MPI for Intelligent Systems")


@dataclass(frozen=True)
class Work:
    """A paper of a week: what it is called, what it is about, and what the sources say of it."""

    number: str
    field: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    at: datetime
    votes: int

    @property
    def url(self) -> str:
        return f"https://arxiv.org/abs/{self.number}"


def works_of_week(start: datetime, index: int, per_week: int, chance: random.Random) -> list[Work]:
    """Give the papers of the week that begins at `start`."""
    return [_work(start, index, number, chance) for number in range(per_week)]


def _work(start: datetime, index: int, number: int, chance: random.Random) -> Work:
    field = chance.choice(list(FIELDS))
    methods, tasks = FIELDS[field]
    method, other = chance.sample(methods, 2)
    fill = {
        "field": field,
        "method": method,
        "Method": method[0].upper() + method[1:],
        "other": other,
        "task": chance.choice(tasks),
        "name": f"{chance.choice(_NAMES)}-{chance.choice('ABCDEFGHKLMNRSTVX')}{chance.randrange(2, 99)}",
        "count": chance.randrange(12, 240),
        "models": chance.randrange(3, 14),
        "percent": chance.randrange(55, 97),
        "points": chance.randrange(1, 6),
    }
    fill["Name"] = fill["name"]
    sentences = [chance.choice(_ABSTRACT[:3]), *chance.sample(_ABSTRACT[3:], 3)]
    return Work(
        number=f"{start:%y%m}.{index * 500 + number + 1:05}",
        field=field,
        title=chance.choice(_TITLES).format(**fill),
        abstract=" ".join(sentence.format(**fill) for sentence in sentences),
        authors=tuple(f"{chance.choice(_FIRST)} {chance.choice(_LAST)}" for _ in range(chance.randrange(1, 8))),
        at=start + timedelta(days=chance.randrange(6), hours=chance.randrange(1, 20)),
        votes=int(chance.expovariate(1 / 22)),
    )


def entries_of_week(
    works: Sequence[Work], start: datetime, index: int, chance: random.Random
) -> dict[str, list[Entry]]:
    """Give what each source says in a week about these works, and what it says besides."""
    said: dict[str, list[Entry]] = {spec.id: [] for spec in SPECS}
    for work in works:
        said["arxiv"].append(_paper("arxiv", work, url=work.url, abstract=work.abstract))
        if work.votes >= 12:
            page = f"https://huggingface.co/papers/{work.number}"
            code = f"https://github.com/example/{work.number.replace('.', '-')}" if chance.random() < 0.5 else None
            said["huggingface"].append(
                _paper(
                    "huggingface",
                    work,
                    url=page,
                    about=work.url,
                    abstract=work.abstract,
                    attention=Attention(votes=work.votes, comments=work.votes // 9),
                    code_url=code,
                    code_stars=chance.randrange(1, 900) if code else None,
                    institutions=(chance.choice(_LABS),),
                )
            )
    talked_about = sorted(works, key=lambda work: -work.votes)[:12]
    for source, day in (("import-ai", 0), ("the-batch", 2)):
        said[source].append(
            _letter(source, start + timedelta(days=day, hours=9), index, chance.sample(talked_about, 4))
        )
    for source in ("deepmind", "eleuther"):
        if chance.random() < 0.7:
            said[source].append(_post(source, start, index, chance))
    for number in range(4):
        said["reddit"].append(_thread(start, index, number, chance.choice(talked_about), chance))
    return said


def _paper(source: str, work: Work, **more) -> Entry:
    plain = {
        "source_id": source,
        "external_id": f"{source}-{work.number}",
        "kind": ItemKind.PAPER,
        "section": Section.PAPERS,
        "title": work.title,
        "authors": work.authors,
        "published": work.at,
    }
    return Entry(**(plain | more))


def _letter(source: str, at: datetime, index: int, works: Sequence[Work]) -> Entry:
    name = {"import-ai": "Import AI", "the-batch": "The Batch"}[source]
    quote = "worth an hour of anybody who works on {field}: the numbers are honest, and so is the list of what failed"
    links = [Link(url=work.url, text="this paper", quote=quote.format(field=work.field)) for work in works]
    topics = "; ".join(dict.fromkeys(work.field for work in works))
    return Entry(
        source_id=source,
        external_id=f"{source}-{index}",
        kind=ItemKind.NEWSLETTER,
        section=Section.NEWSLETTERS,
        title=f"{name} {400 + index}: {topics}",
        url=f"https://{source}.example/{400 + index}",
        abstract=f"This week: {topics}, and a reader's letter.",
        published=at,
        words=2400,
        links=tuple(links),
    )


def _post(source: str, start: datetime, index: int, chance: random.Random) -> Entry:
    field = chance.choice(list(FIELDS))
    methods, tasks = FIELDS[field]
    return Entry(
        source_id=source,
        external_id=f"{source}-{index}",
        kind=ItemKind.POST,
        section=Section.LABS,
        title=f"What we learnt about {chance.choice(methods)} from {chance.choice(tasks)}",
        url=f"https://{source}.example/blog/{index}",
        abstract=f"A walk through a year of work on {field}, with the numbers of what each step brought.",
        published=start + timedelta(days=chance.randrange(5), hours=15),
        words=chance.randrange(700, 2600),
    )


def _thread(start: datetime, index: int, number: int, work: Work, chance: random.Random) -> Entry:
    votes = chance.randrange(5, 400)
    return Entry(
        source_id="reddit",
        external_id=f"reddit-{index}-{number}",
        kind=ItemKind.DISCUSSION,
        section=Section.COMMUNITY,
        title=f"[D] Has anybody reproduced “{work.title}”?",
        url=f"https://reddit.example/{index}/{number}",
        published=start + timedelta(days=chance.randrange(1, 6), hours=18),
        attention=Attention(votes=votes, comments=votes // 3),
        abstract="We tried for two weeks and get half the gain. What are we missing?",
    )


SUMMARIES = {
    "en": (
        "The gain is real but small, and it all comes from the data. The ablation in table 4 is what to remember.",
        "Controls for what everybody else left open. Our own set-up has the same hole, so we should rerun last month's numbers.",
        "A careful negative result. Three of five published gains vanish; the two that stay are the cheap ones.",
        "Simple, reproducible, one GPU. I ran their code on our data in an afternoon and got within a point of theirs.",
        "Overclaims in the title, delivers in the appendix. Read section 5, skip the rest.",
    ),
    "de": (
        "Guter Aufbau, ehrliche Zahlen. Für uns zählt Abschnitt 4: ohne die Filterung bleibt nichts vom Gewinn übrig.",
        "Die Methode ist alt, die Auswertung neu. Die Größe der Stichprobe überzeugt mich nicht.",
    ),
    "fr": (
        "L'idée tient en une page : on remplace l'étiquetage par ce que le modèle sait déjà. À essayer chez nous.",
        "Résultat négatif, bien mené. La figure 3 suffit.",
    ),
    "zh": (
        "方法很简单,结果可以复现。第四节的消融实验最值得看。",
        "数据污染的问题讲得很清楚,我们的评测也应该重做一遍。",
    ),
    "ar": ("فكرة بسيطة ونتائج صادقة. يجدر بنا أن نعيد تجربتنا بالطريقة نفسها.",),
}
