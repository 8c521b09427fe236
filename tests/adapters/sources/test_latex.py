from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.parse.latex import accents, readable


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


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\textbf{Fast} and \emph{small}", "Fast and small"), (r"$\mathrm{SE}(3)$-equivariant", "SE(3)-equivariant"), (r"C$^2$A", "C²A"), ("$D^{2}R^{2}$: x", "D²R²: x"),
        (r"$\mathcal{EL}^{++}$", "EL⁺⁺"), (r"$\varepsilon$-greedy", "ε-greedy"), (r"up to $2.5\times$ faster", "up to 2.5× faster"), (r"$16.1\pm0.4\%$", "16.1±0.4%"),
        (r"5{,}803 and $5{,}803$", "5,803 and 5,803"), (r"$O(\sqrt{T\log T})$", "O(√(T log T))"), (r"$\frac{a+b}{2}$", "(a+b)/2"), (r"$1.5^\circ$", "1.5°"),
        (r"$\mathbb{R}^d$", "ℝ^d"), (r"$x_{\text{joint}}, y_{i,j}$", "x_joint, y_(i,j)"), (r"$\hat{p}$", "p̂"), (r"$n^* \approx 156$", "n^* ≈ 156"), (r"$\left(a\right.$", "(a"),
        ("Actor--Critic -- extended---version", "Actor–Critic – extended—version"), ("pass --force", "pass --force"), ("Figure~3 of Smith~et~al.", "Figure 3 of Smith et al."),
        ("5~10 of ~50 at /~name", "5~10 of ~50 at /~name"), ("``so-called'' rules", "“so-called” rules"), (r"AT\&T, 5\%, \$15, a\_b, \#1", "AT&T, 5%, $15, a_b, #1"),
        ("from $90 to $190 a visit", "from $90 to $190 a visit"), ("worth $7-$14 per visit", "worth $7-$14 per visit"), (r"$\sim$97% and $<$2%", "∼97% and <2%"),
        (r"\href{https://example.org/x}{code}", "code (https://example.org/x)"), (r"\url{https://example.org/~me}", "https://example.org/~me"), (r"we present \ours, a", r"we present ours, a"),
        (r"\unknown{kept}", "kept"), (r"{\bf Bold} and \texttt{mono}", "Bold and mono"), (r"see \cite{key2026}", "see [key2026]"), (r"\textbf{with $x^2$ inside}", "with x² inside"),
        (r"\(a \leq b\) and \[c\]", "a ≤ b and c"), (r"\textbf{never closed", r"\textbf{never closed"), ("a $ b", "a $ b"), (r"C:\ ", "C: "), ("", ""), ("\\", "\\"),
    ],
)  # fmt: skip
def test_reads_titles_and_abstracts(written, read):
    """Commands for looks vanish, signs are signs, formulas can be read; money, ranges and options are left alone."""
    assert read == readable(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"We introduce \benchmark, a set", "We introduce benchmark, a set"), (r"\method{} is fast", "method is fast"), (r"(\emph{\scopename})", "(scopename)"),
        (r"the {\ugc path}", "the ugc path"), (r"\inter-86K", "inter-86K"), (r"$x\in\R^{d}$", "x∈ℝ^d"), (r"\R and \E", "ℝ and E"), (r"$\E[\Dh\Dh^{\top}]$", "E[DhDhᵀ]"),
        (r"rate $\cO(1/T)$", "rate O(1/T)"), (r"$\Tr[A]$", "Tr[A]"), (r"generation, \ie, placing", "generation, i.e., placing"), ("10{,}000 of $9{,}036", "10,000 of $9,036"),
        (r"an $ n \sim B, k \sim 1$ split", "an n ∼ B, k ∼ 1 split"), (r"$x^2 $ and", "x² and"), ("$plain$ words", "plain words"), ("in US $ and in Canadian $ a year", "in US $ and in Canadian $ a year"),
        (r"C:\Users\name", r"C:\Users\name"), (r"ends with \n or \d+", r"ends with \n or \d+"), (r"\never{closed", r"\never{closed"), (r"\textit{}", ""), ("a{,}b", "a{,}b"),
    ],
)  # fmt: skip
def test_reads_the_names_of_what_it_does_not_know(written, read):
    """An author's own command is read by its name, unless the backslash may be meant; dollars around a formula go."""
    assert read == readable(written)


@given(st.text(alphabet=st.sampled_from("\\{}$^_~-` abz09()[]|textbffracsqrt\n"), max_size=120))
def test_survives_every_text(text):
    """Whatever the text, reading it ends, and no digit of it is lost."""
    digits = [each for each in unicodedata.normalize("NFKD", readable(text)) if each.isdigit()]

    assert [each for each in text if each.isdigit()] == digits


@pytest.mark.parametrize(
    "text",
    [
        "{" * 50_000,
        "$" * 50_000,
        r"\hat" * 20_000,
        r"\textbf{" * 20_000,
        "^{" * 30_000,
        "``" * 30_000,
        "$a^{" * 20_000 + "}$",
    ],
)
def test_takes_no_time_for_nonsense(text):
    """Deep and endless nonsense is read in a moment."""
    began = time.process_time()
    readable(text)

    assert time.process_time() - began < 2
