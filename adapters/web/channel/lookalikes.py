"""
Look-alikes among names: two that a reader takes for one another have the same skeleton (Unicode TR39's word for it). Pure.

Compatibility forms (fullwidth letters, ligatures), case, invisible characters and spaces do not tell names apart, nor do the letters of
other scripts that look like Latin ones, nor a sign at either end. Accents do: José and Jose are two people.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_TWINS: Final = str.maketrans(
    {
        "а": "a",
        "е": "e",
        "о": "o",
        "р": "p",
        "с": "c",
        "у": "y",
        "х": "x",
        "і": "i",
        "ј": "j",
        "ѕ": "s",
        "ԁ": "d",
        "һ": "h",
        "ӏ": "l",
        "ԛ": "q",
        "ԝ": "w",
        "ь": "b",
        "в": "b",
        "к": "k",
        "м": "m",
        "н": "h",
        "т": "t",
        "г": "r",
        "п": "n",
        "α": "a",
        "ο": "o",
        "ρ": "p",
        "ν": "v",
        "ι": "i",
        "κ": "k",
        "τ": "t",
        "υ": "u",
        "χ": "x",
        "η": "n",
        "ω": "w",
        "ε": "e",
        "β": "b",
        "μ": "u",
    }
)
"""Letters of other scripts with the Latin ones that they look like, in lower case; of TR39's confusables the everyday ones."""

_OTHER_TWINS: Final = str.maketrans(
    "ɑɡıȷᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" "ᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᎽᏃ" "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ" "օոսհցզ",
    "agijabcdefghijklmnoprstuvwyz" "abcdeghijklmprstvwyz" "abcdefghijklmnoprstuvwxyz" "onuhgq",
)  # fmt: skip
"""The same of phonetic and small capital letters, of Cherokee (whose lower case folds to capitals), Lisu and Armenian."""

_AROUND: Final = " .,;:!?_-'\"`´‘’“”„«»·"
"""What is hardly seen before or behind a name."""

_DIGITS: Final = str.maketrans("01|", "oll")


def skeleton(name: str) -> str:
    r"""
    Give what a name looks like, for comparing with others.

    >>> skeleton("Ａda\u200b")
    'ada'
    """
    name = name.strip(_AROUND) or name
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(
        sign
        for sign in folded
        if unicodedata.category(sign) not in {"Cf", "Cc", "Zs", "Zl", "Zp"} and not _is_selector(sign)
    )
    return seen.translate(_TWINS).translate(_OTHER_TWINS).translate(_DIGITS)


def _is_selector(sign: str) -> bool:
    """Variation selectors, and letters that are drawn as nothing (Hangul fillers, Braille blank)."""
    return "\ufe00" <= sign <= "\ufe0f" or sign in "\u115f\u1160\u3164\uffa0\u2800\u034f"
