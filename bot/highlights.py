"""
Extractive summary of an abstract: the sentence that says what is new, and the one with the result, chosen and never rewritten.
Pure.

The sentence of what is new is the best by a short linear rule: cue phrases ('we introduce', 'a framework that'; the oldest
finding on this, H. P. Edmundson, 'New Methods in Automatic Extracting', J. ACM 16(2), 1969: cues, title words and place beat
word counts), the title's words in it, its place and its length. These weights were fitted by least squares to ROUGE-L against the
one-line summaries of 3,700 papers of Hugging Face's daily list, May 2025 to March 2026, and rounded. What it is worth that a sentence
speaks of this work and stands by itself was set by reading some 150 abstracts of a week of arXiv, whose authors take longer to come to
the point; on the summaries it changes nothing. `benchmarks/highlights.py` measures the rule on papers after that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS
from bot.sentences import sentences
from bot.stems import stem

READ: Final = 6000
"""How many characters of a text are looked at: arXiv admits 1,920 in an abstract, the rest is somebody's full text."""

_WORK: Final = (
    r"(?:paper|work|report|study|survey|article|chapter|thesis|dissertation|tutorial|review|note|letter|manuscript|contribution|research"
    r"|monograph|position paper|technical report|short paper|demo|project|dataset|benchmark|library|tool|toolkit)"
)
_THIS_WORK: Final = rf"(?:this|the present|the current) (?:\w+ )?{_WORK}"
_THIS: Final = rf"(?:{_THIS_WORK}|our \w+)"
_AUTHORS: Final = rf"\b(?:we|{_THIS_WORK}|our (?:work|paper|study))\b[^.;]{{0,40}}?\b"
_THING: Final = r"(?:framework|model|method|benchmark|dataset|system|approach|pipeline|architecture|algorithm|suite|family|agent|technique|paradigm|toolkit|library|survey|strategy)"
_OWN: Final = regex.compile(
    rf"\b(?:we|{_THIS})\b|(?-i:\bI (?:\w+ly |also )?\p{{Ll}}{{3,}})|\bthe (?:authors?|{_WORK}) (?:\w+ly )?\p{{L}}{{3,}}(?:s|e|ed)\b|^(?:here|herein)\b"
    r"|\bthe (?:aim|goal|objective|purpose)s? (?:is|are|was|of)\b|\bthe proposed\b|本文|我们",
    regex.IGNORECASE,
)
"""What a sentence says that speaks of this work. One that speaks of the field alone is background, however many of the title's words it has."""
_DONE: Final = regex.compile(
    r"\b(?:is|are|was|were) (?:\w+ly )?(?:proposed|introduced|presented|developed|described|investigated|studied|examined|analy[sz]ed|evaluated|proven|proved"
    r"|shown|derived|established|created|compared|advanced|applied|constructed|collected|tested|conducted|implemented|fine-tuned)\b",
    regex.IGNORECASE,
)
_USUALLY: Final = regex.compile(
    r"^(?:most|many|existing|current|prior|previous|recent(?:ly)?|traditional|conventional|several|some|numerous|although|while)\b"
    r"|\b(?:often|usually|typically|widely|commonly|frequently|increasingly|routinely)\b",
    regex.IGNORECASE,
)
"""What is done in a sentence without a doer, by these authors unless it is told as usual."""

_OF_OTHERS: Final = regex.compile(
    r"^(?:(?:most|many|all|some) )?(?:existing|current|prior|previous|earlier|traditional|conventional) \p{L}",
    regex.IGNORECASE,
)
_STUDIES: Final = regex.compile(
    r"\b(?:(?:we|i|authors|paper|work|article) (?:\w+ly |also |first )?(?:study|studies)|studies (?!show|indicat|suggest|find|of\b|in\b|on\b|that\b)|(?:is|are) studied|investigates?|examines?|explores?|considers?|discuss(?:es)?|analy[sz]es?|looks? (?:at|into)|focus(?:es)? on|address(?:es)?|asks?|concerns?)\b",
    regex.IGNORECASE,
)
_MAKES: Final = regex.compile(
    r"\b(?:introduc|propos|present(?! (?:work|paper|study|article|report)\b)|develop|releas|buil[dt]|design|construct|establish|deriv|prov(?:e|ing)|show|demonstrat|reveal|find|found|gives?\b|provid|creat|curat|collect|offer|describ|formulat|identif|obtain|achiev|indicat|suggest|conclud|argu|confirm)\w*",
    regex.IGNORECASE,
)
"""What a sentence says that was looked at, and that was made or found."""

_CUES: Final[Sequence[tuple[float, regex.Pattern[str]]]] = tuple(
    (weight, regex.compile(pattern, regex.IGNORECASE))
    for weight, pattern in (
        (0.050, _AUTHORS + r"(?:introduc|present|propos|develop|releas|unveil)\w*"),
        (
            0.010,
            _AUTHORS
            + r"(?:describ|design|buil[dt]|formulat|identif|establish|investigat|stud(?:y|ies)|examin|analy[sz]|survey|review"
            r"|explor|show|demonstrat|prove|reveal|find|argu|provid|offer|revisit|construct|creat|expand|extend|adapt|adopt|advocat|characteri[sz]|combin|collect"
            r"|curat|defin|deriv|disprov|devis|document|fram|generali[sz]|give|implement|outlin|pose|put|quantif|reformulat|refin|solv|unif|cast|annotat|contribut)\w*",
        ),
        (0.050, r"本文(?:提出|介绍)|我们(?:提出|介绍|开发)"),
        (0.025, rf"(?:\bis|\bas|,) an? (?:\w+[ -]){{0,5}}{_THING}\b"),
        (0.025, rf"\b{_THING}\b[^.;]{{0,25}}\b(?:that|for|which|to)\b"),
        (0.015, r"\b(?:novel|the first|new|unified)\b"),
        (0.012, r"\b(?:improv|enhanc|enabl|achiev|outperform|integrat|employ|leverag)\w*"),
        (-0.015, r"^(?:however|recent|recently|existing|while|despite|although|yet|current|previous|prior|unfortunately|traditional)\b"),
        (
            -0.025,
            (r"^(?:furthermore|moreover|additionally|in addition|finally|besides|also)\b"
            r"|\bwe (?:further|also|additionally|then|finally)\b|\bwe first\b"),
        ),
        (-0.020, r"^(?:specifically|concretely|in particular|to (?:facilitate|enable|evaluate)|first|second|third)\b"),
        (
            -0.015,
            (r"\b(?:remains?|lacks?|often|typically|suffers?|struggles?|limited|limits|challeng\w+|rel(?:y|ies) on|fails?|requires?"
            r"|required|has|have)\b"),
        ),
        (-0.012, r"https?:|\b(?:code|project page|available|open-source)\b"),
        (-0.060, r"\b(?:demonstrat|show|confirm|validat|verif|highlight|establish)\w* (?:the )?(?:\w+ )?(?:effectiveness|superiority|advantages?|benefits|potential|feasibility|promise|value|efficacy) of\b"),
        (-0.030, r"\b(?:experiments?|results?|evaluations?|ablations?|analys[ei]s)\b[^;]{0,90}?\b(?:show|demonstrat|reveal|indicat|confirm|suggest)\w*"),
        (-0.030, r"\d\s?(?:%|×|percent)"),
        (-0.060, r"\bet al\b|^a recent\b|^(?!we\b|i\b)(?-i:\p{Lu}[\p{L}\-]+,?(?: and| &)? ){1,4}(?:introduced|proposed|showed|established|proved|conjectured|asked|suggest(?:ed)?)\b"),
        (-0.050, r"^(?:in|through|during|for|at) (?:the )?(?:first|second|third|last|next|final|stage|step|phase|part)\b"),
        (-0.060, r"^(?:our|this|these|the) (?:\w+ )?(?:work|results?|findings|study|paper|analys[ei]s) (?:calls? for|call into|underscores?|opens? (?:up )?|motivates?|paves?|argues? for more|has implications|have implications)"),
        (-0.060, r"^our (?:proofs?|derivations?)\b"),
        (-0.060, r"^(?:together, |overall, |taken together, )?(?:our|these|this|the) (?:\w+ )?(?:work|results?|findings|study|paper|benchmark|analys[ei]s|experiments?) (?:\w+ly )?(?:provides?|offers?|establish(?:es)?|contributes?) (?:\w+ ){0,3}?(?:insights?|evidence|reference point|foundations?|basis|understanding|guidance|directions?)\b"),
        (-0.040, r"^to (?:evaluate|assess|validate|verify|measure)\b|\bwe (?:evaluate|validate|train|conduct|compare|hope|believe|release|discuss|note)\b"),
    )
)  # fmt: skip
_SPEAKS_OF_IT: Final = 0.15
"""What it is worth that a sentence speaks of this work."""
_DANGLES: Final = -0.07
_LEANS: Final = -0.05
"""What it costs that a sentence begins with what the one before it said, or leans on it further on."""
_BESIDE: Final = -0.07
"""What it costs that a sentence was put by its opening beside another part of the work, which comes first."""
_TITLE_WORDS: Final = 0.14
_METHOD_NAME: Final = 0.02
_PLACE: Final = -0.055
_FULL_LENGTH: Final = 0.12
_FULL: Final = 15
"""Words from which on a sentence says something whole; each one less costs its share."""

# What a result is told with. A comparison or an outcome with its verb; 'performance' alone is none.
_RESULTS: Final[Sequence[tuple[float, regex.Pattern[str]]]] = tuple(
    (weight, regex.compile(pattern, regex.IGNORECASE))
    for weight, pattern in (
        (4.0, r"\b(?:outperform|surpass|exceed)(?:s|ed|ing)?\b"),
        (4.0, r"\bachiev(?:es|ed|ing)\b|\bwe achieve\b"),
        (
            4.0,
            (r"\b(?:experiments?|results?|evaluations?|analys[ei]s|findings|studies)\b[^;]{0,140}?"
            r"\b(?:show|demonstrat|reveal|indicat|confirm|suggest|corroborat|verif(?:y|ies)|found(?! in))\w*"
            r"|\b(?:conclud\w+|turns? out|it follows) that\b|\bwe (?:\w+ly )?(?:find|found|show|observe|demonstrate|prove|disprove)\b|, (?:finding|showing|revealing|demonstrating) that\b"),
        ),
        (2.0, r"\bimprov(?:es|ed|ing|ements?)\b|\breduc(?:es|ed|ing|tions?)\b(?!-)|\b(?:gains?|speed-?ups?) (?:of|over)\b"),
        (2.0, r"\bstate-of-the-art\b|\bSOTA\b|\bfaster\b|\bcompetitive\b|\bconsistent(?:ly)? \w+"),
        (1.0, r"\breach(?:es|ed|ing)\b|\bscor(?:es|ed|ing)\b|\byield(?:s|ed|ing)?\b|\bdegrad\w+|\bdrops?\b|\bfails?\b"),
        (1.0, r"\b(?:rais|lower|cut|increas|decreas|halv|doubl|retain|preserv|recover|attain|obtain|match|beat|win|fall)(?:s|es|ed|ting|ing)?\b"),
        (2.0, r"\b(?:higher|lower|better|worse|more|fewer|less|larger|smaller|stronger|weaker) (?:\w+ ){0,6}?than\b|\bon par with\b|\bcomparable\b"),
        (2.0, r"\b(?:regret|sample complexity|convergence rate|error bound|minimax)\b[^.;]{0,40}[OΩΘ\d√~]|\bwe (?:establish|derive)\b[^.;]{0,60}\b(?:bounds?|rates?|guarantees?)\b"),
        (2.0, r"\b(?:highest|lowest|best|strongest|fastest|superior)\b|\branks? (?:first|second|third|\d)|\b(?:zero|no) (?:\w+ )?(?:loss|violations?|degradation|drop)\b"),
        (2.0, r"\b(?:scores?|accuracy|F1|AUC|AUROC|dice|BLEU|(?-i:mAP)|m?IoU|errors?|RMSE|MAE|correlation|coefficient)\b[^.;]{0,20}\d|\d\s?(?:FPS|ms|GB|tokens/s)\b"),
        (1.5, r"\b(?:demonstrates|maintains?|enables?|verif(?:y|ies)|enrich(?:es)?|remains? (?:stable|competitive|robust))\b"),
        (0.5, r"\d,\d{3}\b"),
        (3.0, r"优于|超过|提升|达到|结果表明|实验表明"),
        (2.0, r"\d[\d.,]*\s*(?:\\?%|percent\b|×|x\b|times\b|(?:percentage )?points?\b)"),
        (1.0, r"\b\d+\.\d+\b"),
        (1.0, r"\bfrom \d[\d.,]*\D{0,12} to \d|\d\D{0,30}\b(?:than|versus|vs\.?|compared (?:with|to)|over|against|relative to)\b"),
        (-4.0, r"^(?:recent|recently|existing|current|previous|prior|unfortunately|traditional)\b"),
        (-2.0, r"^(?:these|our) (?:results|findings) (?:position|establish|highlight|underscore|motivate|provide|open|call|point)"),
        (-2.0, r"https?:|\b(?:code|data|models?) (?:is|are|will be|and)\b[^.]{0,40}\b(?:available|released?)\b|\bwe hope\b"),
        (-1.0, r"^(?:these|this|those|they|it|such)\b(?! (?:work|paper|study|report)\b)"),
        (-2.5, r"^(?:these|this|those|such|that(?! said)|there(?=,))\b(?! (?:work|paper|study|report|results?|findings|experiments|analys[ei]s|improvements?|gains?)\b)|\b(?:future|open) (?:work|research|questions?|problems?|directions?)\b"),
        (-8.0, r"^(?!we\b)\p{L}+ ha(?:s|ve) (?:since|recently|already)\b"),
        (-2.0, r"\bwe (?:\w+ly )?(?:introduce|propose|present|develop|evaluate|train|describe|review|survey|discuss)\b(?!.*\d)"),
        (-3.0, r"\b(?:that|whether|how|why) (?:this|these|those) (?:is|are|was|were|do|does|can|holds?)\b"),
        (-1.0, r"\b(?:effectiveness|superiority|advantages?|benefits|potential|feasibility|promise) (?:of|and|for)\b|\bhighlight\w*"),
    )
)  # fmt: skip
_ANNOUNCES: Final = regex.compile(
    r"\b(?:reveal|yield|uncover|show|provide|offer|highlight|identif|report|make|find|present|suggest|point|lead|surface|expose|draw|distil)\w*(?: (?:up|out|to|us to))?"
    r" (?:(?!(?:that|how|why|whether)\b)\w+[ -]){0,4}?(?:several|multiple|various|some|many|a (?:number|series|set|range|variety) of|two|three|four|five|six|seven|eight|nine|ten|\d+|key|main|major|central|important|interesting"
    r"|notable|striking|surprising|novel|new|valuable|useful|unexpected|intriguing|insightful|actionable|the following),?(?:[ -]\w+,?){0,4}?"
    r" (?:findings?|insights?|observations?|takeaways?|lessons?|conclusions?|patterns?|phenomena|trends?|messages)(?: (?:from|about|on|into|in|for|regarding|across|of) [^,.;:–—-]{1,60})?\s*\.?$",
    regex.IGNORECASE,
)
"""What only announces findings ('Our results reveal two key findings.'), which stand in the sentence behind it."""
_CONCEDES: Final = regex.compile(r"^(?:however|while|despite|although|yet)\b", regex.IGNORECASE)
_CONCEDED: Final = 2.5
"""How background begins, and now and then a result, which has to be the plainer."""
_TELLS: Final = 3.0
"""From which sum on a sentence tells a result."""
_HINTS: Final = 2.0
"""That of the second half of a text in which no other sentence tells more."""
_BEFORE: Final = 3.0
"""What it costs a result to stand before the sentence of what is new, if it does not speak of this work: there abstracts tell what others reached."""

_GAPS: Final = r"(?:gap|problem|issue|challenge|limitation|question|shortcoming|drawback|bottleneck|obstacle|concern|dilemma|crisis|need|(?:weakness|difficult|deficienc)(?:ie|e)?)(?:s|y)?"
# What only leads over from the sentence before, which the card does not show: 'To address this gap, we' says no more than 'We'.
_LEAD: Final = regex.compile(
    # Without a comma first, or 'In this work we present Foo, a router' would end at the comma behind its name.
    rf"^(?:here|herein|in (?:this|the present|our) {_WORK})\s+(?=(?:we|i)\b)"
    rf"|^(?:(?:in|with|through|throughout|for) (?:this|the present|the current|our) {_WORK}|here|herein|therefore|thus|hence|accordingly|consequently|in response|furthermore"
    r"|moreover|additionally|in addition|finally|lastly|next|besides|also|to th(?:is|at) end|(?:more )?(?:specifically|concretely|precisely)|in particular|notably|overall|algorithmically|technically|methodologically|empirically|theoretically|practically"
    r"|(?:more )?importantly|meanwhile|similarly|likewise|first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth(?:ly)?|(?:in|by) contrast|conversely|instead|rather|however|nevertheless"
    r"|as a (?:result|consequence|remedy|solution)|as such|(?:to|in) do(?:ing)? so|then|on the other hand|on the (?:positive|negative) side|in (?:short|summary|sum|fact|turn)|crucially"
    r"|(?:to|by|in|on|for|as|at|with|via|using|through|toward|towards|beyond|despite|against|building|based|motivated|inspired|guided|driven|leveraging|following|given|from|under"
    r"|drawing|addressing|recognizing|exploiting|among|across|compared) "
    r"(?:[^,;:.]{0,70}?\b)?(?:this|these|those|such|the above|it|them)\b[^,;:.]{0,60}|(?:to|for|with|by|after) that),\s+"
    r"(?=\p{L})"
    rf"|^(?:(?:in order )?to (?:\w+ly )?(?:address|tackle|solve|resolve|overcome|mitigate|alleviate|bridge|close|fill|combat|handle|meet|answer)"
    rf" (?:both(?: \p{{L}}+){{0,2}}|the(?: (?:first|second|third|former|latter|above))? {_GAPS})|on (?:the )?one hand),\s*(?=\p{{L}})"
    r"|^we (?:\w+ly )?(?:test|answer|address|examine|study|tackle|investigate|close|fill|resolve|formali[sz]e|quantify) (?:this|that|these|those|it|them)\b(?: (?!by\b|with\b|as\b|through\b|via\b)\w+)?:\s+(?=\p{L})",
    regex.IGNORECASE,
)
_LEADS: Final = 2
"""Of these one sentence may have: 'In this paper, to address this gap, we'."""
# What a reader of this sentence alone asks back about: 'They also scale', 'Others explain it'.
_OPENS_ON: Final = regex.compile(
    rf"^(?:these|those|they|it|its|such|their|then|others?|another|both|either|neither|nor|so|but|yet|however|the (?:former|latter|same|first|second|third|other|resulting)"
    rf"|th(?:is|at)(?! (?:\w+ )?{_WORK}\b))\b",
    regex.IGNORECASE,
)
_LEANS_ON: Final = regex.compile(
    rf"\b(?:these|those|such|this(?! (?:\w+ )?{_WORK}\b)|that (?:task|problem|assumption|question|gap|end|reading|view|claim|premise|regime)) \p{{L}}|\b(?:we|to) \w+ (?:it|them|this|that|these|those)\b(?! (?:\w+ )?{_WORK}\b)"
    r"|\bthe (?:former|latter)\b|\b(?:addresses|tackles|handles|solves|provides|achieves|offers|combines|satisfies) (?:both|all three|each|neither)[.,;]"
    r"|\bthat (?:reading|view|claim|premise)[,.;]|\bthe (?:first|second|third) (?:result|approach|method|step|stage|problem|question|setting)\b"
    r"|^we (?:\w+ )?(?:study|propose|consider|explore|take|develop) a (?:third|different) \w+",
    regex.IGNORECASE,
)
_JOINS: Final = regex.compile(
    r"^(?:(?P<beside>(?:complementing|complementary to|together with|along(?:side)? with|alongside|combined with|coupled with|in addition to|beyond|besides"
    r"|to (?:\w+ly )?(?:support|complement|accompany|test|validate|verify))(?= (?:the|our|both|all)\b))"
    r"|based on|(?:building|built) (?:up)?on|inspired by|motivated by|guided by|informed by|following|extending|leveraging|to (?:\w+ly )?(?:exploit|instantiate))"
    r" (?:(?:the|our|both|all)(?: [\p{L}-]+){0,2} (?P<what>[\p{L}-]+)|(?-i:(?P<name>\p{Lu}[\p{L}\p{N}-]+))),\s*(?=(?:we|i|this|our|it is)\b)",
    regex.IGNORECASE,
)
"""An opening that joins a sentence to another part of the work: 'Building on FooBench, we'; or puts it `beside` that: 'Complementing the lower bounds, we'."""
_POINTS_BACK: Final = regex.compile(
    r"^(?:its?|they|their|this|that|these|those|such|both(?! [\w-]+(?: [\w-]+)? and\b)|neither|the (?:former|latter)|others?)\b(?! (?:\w+ )?(?:results?|findings|experiments|analys[ei]s|evaluations?|evidence)\b)"
    rf"(?! (?:\w+ )?{_WORK}\b)(?! (?:is|was) \w+ (?:to|that)\b)"
    r"|^we (?:\w+ly )?(?:show|find|prove|observe|demonstrate|confirm|verify|establish) (?:that )?(?:it|they|this|these|those) (?:is|are|was|were|does|do|did|cannot|can|holds?|fails?|breaks?)\b(?! \w+ (?:to|that)\b)"
    r"|^we (?:\w+ly )?(?:prove|disprove|confirm|refute|settle|resolve|answer) this (?:[\w-]+ ){0,2}\w+\.$",
    regex.IGNORECASE,
)
"""How a sentence begins whose noun stands in the one before it: shown without that, it says of nothing what it says."""
_MADE: Final = regex.compile(r"^(?:our|the proposed|the resulting) \p{L}", regex.IGNORECASE)
_NUMBER: Final = regex.compile(r"^\(?(?:\d|[ivx]{1,3}|[a-e])\)\s+")
# A TeX space that was left over: 'process.~This'.
_TILDE: Final = regex.compile(r"(?<=[.,;:!?])~")
# The label of a part of a structured abstract.
_LABEL: Final = regex.compile(
    r"^(?:\p{Lu}\w+ (?:and )?){0,2}(?:background|objectives?|purpose|aims?|methods?|materials|results?|findings|conclusions?|significance|approach|introduction|importance|design)"
    r"(?::|\.(?= \p{Lu}))\s+",
    regex.IGNORECASE,
)
# What a sentence says at its end of what stood before it, which the card does not show: '… designed to address these limitations.'
_TAIL: Final = regex.compile(
    r",? (?:(?:(?:designed|developed|built|tailored|specifically) (?:\w+ly )?){0,2}to|(?:that|which)(?: \w+ly)?)"
    r" (?:address|tackle|mitigate|overcome|resolve|alleviate|fill|bridge|close|solve|answer|remove|handle|eliminate|counter|fix|reduce|meet)(?:e?s)? (?:each of |all |both )?(?:this|these|those|such)(?: [\p{L}-]+){1,2}(?=\.$)"
    r"|,? (?:designed|built|tailored) (?:for|to) this (?:\w+ )?(?:task|setting|problem|purpose|end|challenge|goal)(?=\.$)",
    regex.IGNORECASE,
)
_WHOLE: Final = 8
"""Words that have to be left of a sentence whose end is taken off."""
_THEN_ALSO: Final = regex.compile(r"^We (?:therefore|thus|hence|then|further|also|additionally) ")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")


@dataclass(frozen=True, slots=True)
class Highlights:
    """Two sentences of an abstract: what is new, and what came of it; empty where the text has no such sentence."""

    new: str = ""
    result: str = ""


@lru_cache(maxsize=512)
def highlights(title: str, abstract: str) -> Highlights:
    """
    Choose the sentences of an abstract that say what is new and what came of it, each as written but for its lead-in and an end that only refers back.

    At most the first 6,000 characters are looked at. Of equal sentences the earlier one is taken, so the same text always gives the same answer.

    >>> found = highlights("Foo: fast attention", "Attention is slow. To fix this, we present Foo, a fast attention. It is 3x faster, and outperforms Bar.")
    >>> found.new, found.result
    ('We present Foo, a fast attention.', 'It is 3x faster, and outperforms Bar.')
    """
    told = sentences(_TILDE.sub(" ", abstract[:READ]))
    if not told:
        return Highlights()
    wanted = _words(title) - FUNCTION_WORDS
    name = title.partition(":")[0] if ":" in title else ""
    told, beside = _opened(told, title)
    values = [
        _newness(one, number / len(told), wanted, name) + _BESIDE * (number in beside)
        for number, one in enumerate(told)
    ]
    new = max(range(len(told)), key=values.__getitem__)
    outcomes = {number: _outcome(one, before=number < new) for number, one in enumerate(told) if number != new}
    for number in [number for number in outcomes if not _stands_by_itself(told, number, new, name)]:
        del outcomes[number]
    for number in [number for number in outcomes if _only_announces(told[number])]:
        announced = outcomes.pop(number)
        if number + 1 in outcomes:
            outcomes[number + 1] = max(outcomes[number + 1], announced, _TELLS if announced > 0 else announced)
    best, place = max(((value, -number) for number, value in outcomes.items()), default=(0.0, 0))
    # In a text without a plain result the best of the rest is one, if it stands where results do.
    enough = _TELLS if -place < len(told) / 2 or _OPENS_ON.search(_trimmed(told[-place])) else _HINTS
    return Highlights(new=_trimmed(told[new]), result=_trimmed(told[-place]) if best >= enough else "")


def _opened(told: Sequence[str], title: str) -> tuple[list[str], AbstractSet[int]]:
    """
    Give sentences without the openings that join them to what an earlier one tells of, or the title does not name, and which of them such an opening put
    beside that.
    """
    opened, beside, before = list[str](), set[int](), set[str]()
    for number, one in enumerate(told):
        sentence, bare = one, _bare(one)
        found = _JOINS.search(bare)
        what = (found["what"] or found["name"]).casefold() if found else ""
        if (
            found
            and {stem(word) for word in _WORD.findall(what)} <= before
            and (found["beside"] or what not in title.casefold())
        ):
            beside |= {number} if found["beside"] else set()
            sentence = bare[found.end() :]
        opened.append(sentence)
        before |= _stems(sentence)
    return opened, beside


def tells_result(text: str) -> bool:
    """Tell whether one of a text's sentences tells a result: a comparison, an outcome, a finding."""
    return any(_telling(one) >= _TELLS for one in sentences(text))


def is_background(sentence: str, title: str, told: Sequence[str]) -> bool:
    """
    Tell whether somebody's sentence on a work tells only of its field: it names neither the work nor its authors, and tells of prior work, or shares more words
    with a sentence that stands before the first one on this work than with any from there on. `told` are the sentences of the abstract.

    >>> told = ["Attention over long texts is slow.", "We present Foo, which skips most keys of a text."]
    >>> is_background("Attention is slow over long texts.", "Foo: sparse attention", told)
    True
    >>> is_background("Most keys of long texts are skipped.", "Foo: sparse attention", told)
    False
    """
    name = title.partition(":")[0] if ":" in title else ""
    first = next((place for place, one in enumerate(told) if _names_its_work(one, name)), 0)
    if _names_its_work(sentence, name):
        return False
    if _OF_OTHERS.search(sentence):
        return True
    if not first:
        return False
    wanted = _stems(sentence)
    before, after = (max(len(wanted & _stems(one)) for one in part) for part in (told[:first], told[first:]))
    return before > after


def says_less(sentence: str, title: str, abstract: str) -> bool:
    """
    Tell whether somebody's sentence on a work says only what was looked at, where the abstract's own (`highlights`) says what was made or found.

    >>> told = "We study bandits with quantum oracles. We propose Foo, an elimination algorithm for bandits with quantum oracles."
    >>> says_less("Foo studies bandits with quantum oracles.", "Foo: quantum bandits", told)
    True
    >>> says_less("Foo is an elimination algorithm for bandits.", "Foo: quantum bandits", told)
    False
    """
    return _only_studies(sentence) and not _only_studies(highlights(title, abstract).new)


def _only_studies(sentence: str) -> bool:
    return bool(_STUDIES.search(sentence)) and not (_MAKES.search(sentence) or _telling(sentence) >= _TELLS)


def _names_its_work(sentence: str, name: str) -> bool:
    return _speaks_of_its_work(sentence) or (bool(name) and name.casefold() in sentence.casefold())


def _stems(text: str) -> set[str]:
    return {stem(word) for word in _words(text) - FUNCTION_WORDS}


def _newness(sentence: str, place: float, title: frozenset[str], name: str) -> float:
    words, told = _WORD.findall(sentence), _trimmed(sentence)
    cues = sum(weight for weight, cue in _CUES if cue.search(sentence))
    shared = len(title & _words(sentence)) / len(title) if title else 0.0
    length = min(len(words), _FULL) / _FULL
    named = bool(name) and name in sentence
    own = _SPEAKS_OF_IT * bool(named or _speaks_of_its_work(sentence))
    leans = _DANGLES if _OPENS_ON.search(told) else _LEANS if _LEANS_ON.search(told) else 0.0
    return cues + own + leans + _TITLE_WORDS * shared + _METHOD_NAME * named + _PLACE * place + _FULL_LENGTH * length


def _speaks_of_its_work(sentence: str) -> bool:
    return bool(_OWN.search(sentence) or (_DONE.search(sentence) and not _USUALLY.search(sentence)))


def _stands_by_itself(told: Sequence[str], number: int, new: int, name: str) -> bool:
    """
    Tell whether a sentence can be read behind the `new` one alone: it does not begin with what only the sentence before it names, unless that is the new one,
    or speaks of the work by its name.
    """
    place = number
    while place >= 0 and place != new and _POINTS_BACK.search(_trimmed(told[place])):
        place -= 1
    return place in {number, new} or (place >= 0 and _is_on_the_card(_trimmed(told[place]), name))


def _is_on_the_card(sentence: str, name: str) -> bool:
    """Tell whether what a sentence speaks of is named by a card that does not show it: by the name in its title, or as what the authors made."""
    return (bool(name) and name.casefold() in sentence.casefold()) or bool(_MADE.search(sentence))


def _only_announces(sentence: str) -> bool:
    found = _ANNOUNCES.search(sentence)
    return bool(found) and _telling(sentence[: found.start()]) < _TELLS


def _telling(sentence: str) -> float:
    return sum(weight for weight, cue in _RESULTS if cue.search(sentence))


def _outcome(sentence: str, *, before: bool) -> float:
    """How plainly a sentence tells what came of the work; `before` says that it stands before the one of what is new."""
    told = _trimmed(sentence)
    value = _telling(told) - (_CONCEDED if _CONCEDES.search(sentence) else 0.0)
    return value - _BEFORE if before and not _speaks_of_its_work(told) else value


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))


def _bare(sentence: str) -> str:
    bare: str = _NUMBER.sub("", _LABEL.sub("", sentence))
    return bare


def _trimmed(sentence: str) -> str:
    """Take off what only leads over from the sentence before, or at the end refers to it, and begin with a capital again."""
    rest = _bare(sentence)
    for _ in range(_LEADS):
        rest = _LEAD.sub("", rest)
    shorter = _TAIL.sub("", rest)
    rest = shorter if len(_WORD.findall(shorter)) >= _WHOLE else rest
    told: str = _THEN_ALSO.sub("We ", rest[:1].upper() + rest[1:])
    return told
