from __future__ import annotations

import pytest

from adapters.sources.latex import accents


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Andr\'e", "André"), (r"Andr\'{e}", "André"), (r"Andr{\'e}", "André"), (r"Andr{\'{e}}", "André"), (r'G\"odel', "Gödel"), (r'G{\"{o}}del', "Gödel"),
        (r"Ji\v{r}\'{\i}", "Jiří"), (r"Ji{\v r}\'\i", "Jiří"), (r"Erd\H{o}s", "Erdős"), (r"Fran\c{c}ois", "François"), (r"{\O}rsted", "Ørsted"), (r"\O rsted", "Ørsted"),
        (r"\L{}ukasz", "Łukasz"), (r"{\L}ukasz", "Łukasz"), (r"Wei{\ss}", "Weiß"), (r"{\AA}ngstr\"om", "Ångström"), (r"Mu\~noz", "Muñoz"), (r"\=A\k{a}", "Āą"), (r"Nguy\~{\^e}n", r"Nguy\~ên"),
        ("Plain Name", "Plain Name"), ("Brace {kept}", "Brace {kept}"), (r"$O(\log n)$", r"$O(\log n)$"), (r"$\mathcal{O}(n)$ by {\"o}", r"$\mathcal{O}(n)$ by ö"), ("", ""), (r"trailing \'", r"trailing \'"),
    ],
)  # fmt: skip
def test_reads_accents(written, read):
    """TeX accents become the characters they stand for; what is no accent is left alone."""
    assert read == accents(written)
