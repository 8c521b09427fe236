"""The glossary agrees with the code: its words occur there, and the words it refuses do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
RINGS = ("bot", "adapters", "scheduler")
CODE = re.compile(r"`(\w+)`")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| say |")
]


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the product; the schema's history is frozen, and stays as it was written."""
    for ring in RINGS:
        for path in sorted((ROOT / ring).rglob("*.py")):
            if path.parent.name != "versions":
                yield path, ast.parse(path.read_text("utf-8"))


def names(tree: ast.Module) -> Iterator[str]:
    """Every name that a module gives or uses: classes, functions, arguments, variables, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name) | ast.Attribute(attr=name):
                yield name


def words(name: str) -> list[str]:
    """The words of a name: `_EventSource` and `event_source` are both event and source."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


PHRASES = re.compile(
    r"(?i)\b(anew|nobody knows|who knows|let(?:s|ting)? go of|of no account|made whole|hears of|at hand|com(?:e|es|ing) again)\b"
)
"""Riddles that a plainer word replaces: again, unknown, freed or closed, makes no difference, reconciled, is called with, given, delivered or sent again."""

PLAIN = (
    "bot",
    "adapters",
    "scheduler",
    "benchmarks",
    "tests",
    "docs",
    "README.md",
    "CONTRIBUTING.md",
    "Makefile",
)


@cache
def names_of_modules() -> dict[Path, set[str]]:
    """The names in every module. Read once, and not while tests are only collected: each worker does that."""
    return {path: set(names(tree)) for path, tree in modules()}


def test_its_terms_are_in_the_code() -> None:
    """A term in code names a class, a module, a field or a state of the product; any other term is a word that the code uses."""
    modules_names = names_of_modules()
    known = {name for found in modules_names.values() for name in found} | {path.stem for path in modules_names}
    model = (path.read_text("utf-8") for path in (ROOT / "bot" / "model").glob("*.py"))
    states = {state for text in model for state in re.findall(r'"(\w+)"', text)}
    text = " ".join(path.read_text("utf-8").lower().replace("_", " ") for path in modules_names)

    terms = [(term, CODE.findall(term)) for term, *_ in ROWS]
    assert len(terms) > 40
    assert [] == [one for _, code in terms for one in code if one not in known | states]
    assert [] == [
        term for term, code in terms if not code and term.lower().replace("-", " ") not in text.replace("-", " ")
    ]


def test_refused_words_name_nothing() -> None:
    """A word in code in the last column occurs in no name of the product."""
    refused = {word for row in ROWS for word in CODE.findall(row[2])}
    used = {
        (str(path.relative_to(ROOT)), name)
        for path, found in names_of_modules().items()
        for name in found
        if refused & set(words(name))
    }

    assert len(refused) > 10
    assert [] == sorted(used)


def test_each_term_once() -> None:
    """No term stands in two rows."""
    terms = [one for row in ROWS for one in row[0].split(", ")]

    assert sorted(set(terms)) == sorted(terms)


def test_every_use_case_is_one_verb_a_file() -> None:
    """Each module of `bot/usecases` says what it is in a docstring that the layout page lists."""
    assert [] == [
        path.name for path, tree in modules() if path.parent.name == "usecases" and not ast.get_docstring(tree)
    ]


def test_plain_words() -> None:
    """Code and pages say in plain words what happens."""
    files = [
        file for place in PLAIN for file in ([ROOT / place] if (ROOT / place).is_file() else (ROOT / place).rglob("*"))
    ]
    read = [
        file
        for file in files
        if (file.suffix in {".py", ".md", ".html", ".js"} or file.name == "Makefile")
        and file != Path(__file__)
        and file.parent.name != "versions"
    ]

    assert len(read) > 100
    assert [] == [(file.name, found) for file in read for found in PHRASES.findall(file.read_text("utf-8"))]
