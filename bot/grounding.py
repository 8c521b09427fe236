"""
Grounding check: whether a sentence says nothing but what a work's title and abstract say. Pure.

Four rules, each of which a sentence has to pass; together they are strict, since a work without this sentence loses nothing that its abstract does not show:

- every word stands in title or abstract, in any of its forms, or is one of a bounded list of words that only link and report ('introduces', 'across');
  so does every figure;
- the words of a clause come from one place: most of them stand in one sentence of the abstract or the title, so that a clause is not put together from
  words picked here and there;
- only those sentences of an abstract count that give no orders, are English, and hang together with the title by the words they share, or at least
  speak as the field does: an advertisement put between them does not;
- words that sell, campaign, accuse or acclaim are taken only where the title has them, and none calls upon its reader.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS
from bot.instructions import gives_orders
from bot.sentences import sentences
from bot.spellings import american
from bot.stems import stem
from bot.text import clean

_LINKING: Final = frozenset(
    "about above according across additionally after again against along alongside already although always among an and another any are around as at be because been "
    "before behind being below beneath besides between beyond both but by can could do does down due during each either enough especially etc even every "
    "few first for from further furthermore had has have having hence here how however if in including indeed instead into is it its itself just less like "
    "many may meanwhile might more moreover most much namely nearly of off often on once one only onto or other others otherwise our out over overall own particularly "
    "per rather respectively same second several since so some such than that the their them themselves then there thereby therefore these they third this those though "
    "through throughout thus to together too toward towards two under until up upon use used uses using various very via was we well were what when where whereas whether which while "
    "who whole whose why will with within would yet a all also".split()
)
"""Words that link others. No negation is among them: who says 'not' has to have it from the abstract."""

_REPORTING: Final = (
    "add adds added arise arises come comes stem stems fewer beat beats beside made organize organizes organized recover recovers run runs start starts state states stated trace traces treat treats achieve achieves achieved achieving address addresses addressed addressing aim aims aimed allow allows allowing analyze analyzes analysis apply applies applied applying approach approaches "
    "argue argues article assess assesses assessing attain attains author authors base based baseline baselines build builds building built called capture captures carry "
    "combine combines combined combining compare compares compared comparing comparison comprise comprises comprising conduct conducts consider considers consist consists contain contains "
    "contribute contributes contribution cover covers covering create creates created creating deliver delivers demonstrate demonstrates demonstrating derive derives describe describes design designs "
    "designed detail details determine determines develop develops developed different enable enables enabling employ employs encompass encompasses ensure ensures establish establishes evaluate evaluates evaluated "
    "evaluating evaluation evaluations evidence examine examines example existing experiment experiments explain explains explore explores extend extends extensive feature features find finds finding findings focus focuses "
    "form forms formulate formulates found framework gain gains generate generates give gives given help helps helping highlight highlights identify identifies improve improves improved improving improvement improvements "
    "include includes incorporate incorporates increase increases increasing indicate indicates integrate integrates integrating introduce introduces introduced introducing investigate investigates involve involves keep keeps "
    "known lead leads leading learn learns lets leverage leverages leveraging make makes making match matches matching measure measures measuring method methods model models name named need needs needed new novel observe "
    "observes obtain obtains offer offers offering outperform outperforms outperforming paper papers perform performs performance performing present presents presenting preserve preserves previous previously prior problem problems produce "
    "produces producing propose proposes proposed proposing prove proves provide provides providing publish reach reaches reaching reduce reduces reducing reduction related release releases released rely relies report reports reported reporting "
    "represent represents require requires requiring research researchers result results resulting reveal reveals revealing review scale score scores scoring serve serves setting settings show shows showing shown specific study studies studying suggest suggests "
    "support supports supporting surpass surpasses surpassing survey surveys synthesize system systems take takes taking task tasks technique techniques term termed test tests tested testing turn turns understand understanding unify unifies "
    "utilize utilizes utilizing validate validates validated varying work works yield yields yielding"
)
"""Words by which a paper's doings are reported, good or bad of nobody."""

_PREFIXES: Final = frozenset("pre re multi inter intra sub meta co cross".split())
_NUMBERS: Final = {
    word: str(number) for number, word in enumerate("zero one two three four five six seven eight nine ten".split())
}
_SHORT_FORMS: Final = {
    "llm": "large language model", "vlm": "vision language model", "mllm": "multimodal large language model", "lmm": "large multimodal model",
    "vla": "vision language action model", "rl": "reinforcement learning", "sft": "supervised fine tuning", "ai": "artificial intelligence",
    "ml": "machine learning", "nlp": "natural language processing", "gnn": "graph neural network", "cnn": "convolutional neural network",
    "rag": "retrieval augmented generation", "moe": "mixture experts", "cot": "chain thought", "gui": "graphical user interface",
}  # fmt: skip
"""What the field shortens without a word: an abstract has one of the two, and its sentence may have the other."""

_SAME_MEANING: Final = (
    "improve improvement enhance boost increase raise gain better outperform surpass exceed superior strengthen",
    "reduce reduction lower decrease cut shrink fewer less minimize minimal drop",
    "significant substantial considerable notable marked large major sharp",
    "maintain preserve keep retain remain stay",
    "fast faster speed speedup accelerate quick latency efficient efficiency rapid",
    "without no free lack missing absent absence remove eliminate avoid",
    "not never cannot neither nor",
    "fail failure struggle suffer",
    "weak weakness limit limitation",
    "degrade degradation drop",
    "high higher strong stronger",
    "strongest best highest top",
    "low small few weak limited little",
    "choose select selection pick chosen",
    "combine fuse fusion merge join joint unify unified integrate integration",
    "change alter modify vary variation",
    "fix repair correct resolve solve address mitigate handle tackle overcome",
    "accurate accuracy precise precision correct",
    "construct build built create make synthesize generate produce curate",
    "accelerate speed",
    "challenge challenging hard difficult difficulty",
    "cheap cost expensive costly inexpensive",
    "compute computation computational",
    "exist existing current present prior previous recent today",
    "dedicated special specialized specific tailored",
    "dataset data corpus collection",
    "benchmark testbed suite evaluation",
    "find discover detect identify reveal expose uncover show",
    "use leverage exploit employ rely depend",
    "influence affect effect shape",
    "entire whole full complete entirely fully",
    "only sole solely alone merely just",
    "predict forecast estimate prediction",
    "repeat recur iterative repeatedly",
    "many numerous diverse various different multiple several",
    "large-scale large massive scale",
    "beat outperform surpass exceed win",
    "succeed success successful solve complete pass",
    "according accordingly base depend",
    "prevent avoid stop",
    "feed fed",
    "forget forgotten",
    "grow grown",
    "break broken",
    "take taken",
    "read reading",
    "hold held",
    "see seen",
    "speak spoken speech",
    "begin begun start",
    "drive driven",
    "freeze frozen",
    "write written",
    "choose chosen",
    "know known knowledge",
    "think thought",
    "add augment extend attach supplement",
    "train trained learn tune tuning",
    "replace substitute swap",
    "human person people user",
    "image picture photo visual",
    "real true actual genuine",
)
"""Words of one meaning in reports of research: an abstract has one of them, and its sentence may have another."""

_OF_THE_TRADE: Final = (
    "accuracy action adapt adaptive agent algorithm align alignment annotate answer application architecture aspect attention augment automatic automated available backbone behavior benchmark "
    "capability case category choice class code collect compact component computation computational condition connect constrain constraint context continuous control core correct cost curated current "
    "data dataset decision decode decouple deep define demand deploy deployment depth detect detection diffusion dimension direct discrete distill distinct distribution diverse diversity domain downstream dynamic "
    "edit efficiency efficient embedding encode encoder environment estimate estimation execute execution explicit external extract extraction factor family feedback fidelity field filter final fine flexible fixed "
    "foundation frame full function general generalize generalization generation generative geometric global goal graph guidance guide hierarchical human hybrid image implicit independent inference information input "
    "instance instruction interact interaction internal joint key knowledge label language large latent layer level lightweight link local long loss main manual map mechanism memory metric modality mode module "
    "motion multimodal multiple native network neural number object objective open optimization optimize order organize output pair parameter part path pattern perception pipeline plan point policy pose practical "
    "predict prediction preference principled process prompt property pretrained query question range rank rate reason reasoning recognition reference refine region reinforcement relation replace representation "
    "response retrieval retrieve reward role rule sample sampling scalable scenario scene search segment select selection semantic separate sequence share short signal simple simulate simulation single size solution "
    "source space spatial specialized speech stage standard static step strategy structure structured supervised supervision synthesis synthetic target temporal text theory time token tool track train training transfer "
    "transform transformer translate translation uncertainty understand unified update user variable verify verification video view vision visual word workflow world write "
)
"""What nearly every abstract of the field has: a sentence may have two of these that its own abstract has not."""

_CALLS: Final = regex.compile(
    r"\b(?:you|your|yours|yourself|yourselves|everyone|everybody|anyone|anybody|nobody|whoever|please|should|must|ought|shall|let['’]s|today|tomorrow|tonight|right now|hurry)\b",
    regex.IGNORECASE,
)
# Authors report ('The authors introduce'), and nothing else is said of them.
_OF_AUTHORS: Final = regex.compile(r"(?<before>\p{L}+)?\s*\bauthors?\b\s*(?<verb>\p{L}+)?", regex.IGNORECASE)
_THEIR: Final = frozenset("its their whose these those such his her by of all".split())

_ONLY_IF_TITLED: Final = (
    "buy buyer purchase sell seller sale invest investor investment shareholder stockholder stock dividend coupon discount voucher cheap bargain profit bitcoin crypto cryptocurrency "
    "subscribe subscription donate donation sponsor advertise advertisement retweet hire "
    "voter ballot elect election president senator minister politician party government patriot "
    "fraud fraudulent fraudster plagiarism plagiarist plagiarize fabricate fake liar scam scammer crook criminal crime thief steal idiot stupid disgrace shameful incompetent "
    "retract misconduct beloved hero genius greatest groundbreaking revolutionary amazing astonishing miraculous awesome award prize nobel celebrated legendary unbeatable "
    "boycott protest war terrorist terrorism racist rape murder kill suicide sex porn god religion"
)

_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}]*")
_COMPOUND: Final = regex.compile(r"\p{L}[\p{L}\p{M}\p{N}]*(?:[\-‐‑/]\p{L}[\p{L}\p{M}\p{N}]*)+")
_VOWEL: Final = regex.compile("[aeiouy]")
_ENDINGS: Final = frozenset(("", *"i e y t m al at er est ic if ion ist ism iti iz li or ur".split()))
_SHARED: Final = 4
_SIZE: Final = regex.compile(r"(?<=\d)\s?[x×]\s?(?=\d)|(?<=\d)times(?=\d)", regex.IGNORECASE)
_FIGURE: Final = regex.compile(r"\d+(?:[.,]\d+)*")
_FOREIGN_LETTER: Final = regex.compile(r"[^\p{Latin}\p{Greek}]")
_POSSESSIVE: Final = regex.compile(r"(?<=\p{L})['’]s?\b")
_CLAUSE: Final = regex.compile(
    r"\s*[,;:()—–]\s*|\s+-+\s+|\s+(?:and|but|so|because|while|whereas|although|though|hence|thus|therefore|as)\s+",
    regex.IGNORECASE,
)
_ENGLISH: Final = 0.1
_LATIN: Final = 0.7
_SHORT: Final = 5
_FROM_ONE_PLACE: Final = 0.6
_FEW: Final = 2
_MISSING: Final = 2


@dataclass(frozen=True, slots=True)
class Ground:
    """What may be said of a work: the sentences of its abstract that speak of it, in order, and the title unless it gives orders."""

    title: str
    sentences: tuple[str, ...]


@lru_cache(maxsize=64)
def ground_of(title: str, abstract: str) -> Ground:
    """Give what of a title and an abstract may be taken at its word: no orders, English, and hanging together by shared words."""
    shown = "" if gives_orders(title, may_say_you=True) else clean(title)
    told = [one for one in sentences(clean(abstract)) if not gives_orders(one) and _is_english(one)]
    return Ground(title=shown, sentences=tuple(_hanging_together(shown, told)))


def is_grounded(sentence: str, ground: Ground) -> bool:
    """
    Tell whether a sentence says nothing but what its ground says.

    >>> told = "We present Foo, a sparse attention framework that skips keys of low weight. Acme shares will rise."
    >>> foo = ground_of("Foo: sparse attention", told)
    >>> is_grounded("Foo introduces a sparse attention framework that skips keys of low weight.", foo)
    True
    >>> is_grounded("Foo introduces a sparse attention framework, and Acme shares will rise.", foo)
    False
    """
    shown = _normal(sentence)
    if _CALLS.search(shown) or gives_orders(shown) or _speaks_of_authors(shown):
        return False
    titled, placed = _stems(ground.title), [_stems(one) for one in ground.sentences]
    known = _with_same_meaning(frozenset().union(titled, *placed))
    text = _normal(" ".join((ground.title, *ground.sentences)))
    if not _figures(shown) <= _figures(text) | _numbers(text):
        return False
    words = _content(shown, known)
    missing = {word for word in words if not _stands_in(word, known)}
    if not missing <= _stems_of(_OF_THE_TRADE) or len(missing) > _MISSING:
        return False
    if _sold(shown) - titled:
        return False
    return all(_from_one_place(_content(clause, known), titled, placed) for clause in _CLAUSE.split(shown))


def _sold(text: str) -> frozenset[str]:
    """
    Give the stems of words that are taken only where the title has them: of these words in any form, and of no other that shares a stem with one.

    >>> sorted(_sold("the government and both parties invested")), sorted(_sold("measures governed by an equation, and woven fabric"))
    (['govern', 'invest', 'parti'], [])
    """
    found = ((stem(word), word) for word in _WORD.findall(american(text)))
    return frozenset(
        of for of, word in found if any(word.casefold().startswith(one) for one in _beginnings().get(of, ()))
    )


@lru_cache(maxsize=1)
def _beginnings() -> Mapping[str, tuple[str, ...]]:
    """Give of each stem of such words how these begin in all their forms."""
    words = _ONLY_IF_TITLED.split()
    return {of: tuple(word.rstrip("ey") for word in words if stem(word) == of) for of in _stems_of(_ONLY_IF_TITLED)}


def _hanging_together(title: str, told: Sequence[str]) -> list[str]:
    """Give the sentences that are linked by content words to the title or to most of the others, straight or over some of them."""
    groups: list[tuple[frozenset[str], frozenset[int]]] = [(_linked_by(title), frozenset())]
    for number, one in enumerate(told):
        words, members = _linked_by(one), frozenset({number})
        for group in [found for found in groups if found[0] & words]:
            groups.remove(group)
            words, members = words | group[0], members | group[1]
        groups.append((words, members))
    named = _linked_by(title)
    of_title = next((members for words, members in groups if named and named <= words), frozenset())
    kept = of_title | max((members for _, members in groups), key=len, default=frozenset())
    return [one for number, one in enumerate(told) if number in kept or _is_of_the_trade(one)]


def _is_of_the_trade(sentence: str) -> bool:
    """Tell whether a sentence speaks as the field does, as a result does that shares no word with what was measured."""
    words = set(_WORD.findall(american(sentence)))
    return sum(_stem(word) in _stems_of(_REPORTING) | _stems_of(_OF_THE_TRADE) for word in words) >= _FEW


def _is_english(sentence: str) -> bool:
    """Tell whether a sentence may be English: in Latin letters, and a long one with the small words and the trade's verbs of English."""
    letters = [letter for letter in sentence if letter.isalpha()]
    if sum(_FOREIGN_LETTER.match(letter) is None for letter in letters) < _LATIN * len(letters):
        return False
    words = [word.casefold() for word in _WORD.findall(sentence)]
    return len(words) <= _SHORT or sum(word in FUNCTION_WORDS or _only_links(word) for word in words) >= _ENGLISH * len(
        words
    )


def _content(text: str, known: frozenset[str]) -> list[str]:
    """Give the stems of a text's words that only link or report not; of a compound that is known as one word, that word."""
    found = []
    for compound in _COMPOUND.findall(text):
        joined = _stem("".join(_WORD.findall(american(compound))))
        if joined in known:
            text = text.replace(compound, " ")
            found.append(joined)
    words = _WORD.findall(american(text))
    return [*found, *(_stem(word) for word in words if not _only_links(word))]


def _only_links(word: str) -> bool:
    return word in _LINKING or word in _PREFIXES or word in _NUMBERS or _stem(word) in _stems_of(_REPORTING)


def _linked_by(text: str) -> frozenset[str]:
    words = _WORD.findall(american(_normal(text)))
    return frozenset(_stem(word) for word in words if word not in FUNCTION_WORDS and word not in _LINKING)


def _speaks_of_authors(sentence: str) -> bool:
    """Tell whether a sentence says more of a work's authors than what they report."""
    return any(
        (found["before"] or "").casefold() in _THEIR
        or _stem((found["verb"] or "are").casefold()) not in _stems_of(_REPORTING) | _stems_of(_OF_THE_TRADE)
        for found in _OF_AUTHORS.finditer(sentence)
    )


# Stemmed when first asked for: the stemmer is an extension module, and every command imports this one.
@lru_cache(maxsize=64)
def _stems_of(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


@lru_cache(maxsize=1)
def _same_meaning() -> tuple[frozenset[str], ...]:
    return tuple(map(_stems_of, _SAME_MEANING))


@lru_cache(maxsize=1)
def _alike() -> frozenset[str]:
    return frozenset().union(*_same_meaning())


def _stem(word: str) -> str:
    """Give a word's stem; of an abbreviation in the plural ('llms'), which no stemmer knows for one, that of its singular."""
    found = stem(word)
    return found[:-1] if found.endswith("s") and not _VOWEL.search(found) else found


def _stands_in(word: str, known: frozenset[str]) -> bool:
    """
    Tell whether a stem is among others, itself or as another form that the stemmer does not join ('classify', 'classification').

    >>> _stands_in("classifi", frozenset({"classif"})), _stands_in("invest", frozenset({"investig"}))
    (True, False)
    """
    if word in known:
        return True
    alike = (other for other in known if other[:_SHARED] == word[:_SHARED])
    return len(word) >= _SHARED and any(_differ_in_ending(word, other) for other in alike)


def _differ_in_ending(word: str, other: str) -> bool:
    shared = next(
        (at for at, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), min(len(word), len(other))
    )
    return shared >= _SHARED and word[shared:] in _ENDINGS and other[shared:] in _ENDINGS


@lru_cache(maxsize=512)
def _stems(text: str) -> frozenset[str]:
    shown = american(_normal(text))
    joined = (_stem("".join(_WORD.findall(compound))) for compound in _COMPOUND.findall(shown))
    return frozenset((*(_stem(word) for word in _WORD.findall(shown)), *joined))


def _with_same_meaning(known: frozenset[str]) -> frozenset[str]:
    more: set[str] = set()
    for short, long in _SHORT_FORMS.items():
        words = {stem(word) for word in long.split()}
        if stem(short) in known:
            more |= words
        elif words <= known:
            more.add(stem(short))
    for group in _same_meaning():
        if group & known:
            more |= group
    return known | more


def _from_one_place(words: Sequence[str], titled: frozenset[str], placed: Sequence[frozenset[str]]) -> bool:
    wanted = {word for word in words if word not in _stems_of(_OF_THE_TRADE) and word not in _alike()}
    if len(wanted) < _FEW:
        return True
    best = max((len(wanted & (place | titled)) for place in placed), default=len(wanted & titled))
    return best >= _FROM_ONE_PLACE * len(wanted)


def _figures(text: str) -> set[str]:
    return {found.replace(",", "").rstrip(".") for found in _FIGURE.findall(text)}


def _numbers(text: str) -> set[str]:
    return {_NUMBERS[word] for word in _WORD.findall(text.casefold()) if word in _NUMBERS}


def _normal(text: str) -> str:
    shown: str = _SIZE.sub(" × ", _POSSESSIVE.sub("", unicodedata.normalize("NFKC", text)))
    return shown
