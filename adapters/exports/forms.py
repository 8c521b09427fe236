"""The table of forms: the name that is asked for, what it is, and what writes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from bot.errors import UsageError
from bot.exporting import Export, whole_document


@dataclass(frozen=True, slots=True)
class Form:
    """
    A form of an export: what it is good for, and the function that gives the whole text; None where it is no text.

    `mark` is what a file of it begins with, which standard output does not.
    """

    about: str
    render: Callable[[Export], str] | None
    mark: str = ""


def _json(export: Export) -> str:
    return json.dumps(whole_document(export), ensure_ascii=False, indent=2) + "\n"


def _late(module: str) -> Callable[[Export], str]:
    """A form's module is imported when it is asked for: the parsers behind it are slow to import."""

    def render(export: Export) -> str:
        text: str = import_module(f"adapters.exports.{module}").render(export)
        return text

    return render


_BYTE_ORDER_MARK = "\ufeff"
"""
By this alone a double-click in Excel reads UTF-8; otherwise é becomes Ã©. pandas and spreadsheets pass over it; a pipe would have it in the
name of the first column.
"""

FORMS = {
    "json": Form("everything, for scripts and for `paperround import`", _json),
    "csv": Form("a table, a row for each work, for a spreadsheet", _late("table"), mark=_BYTE_ORDER_MARK),
    "bibtex": Form("references, for LaTeX, Zotero and JabRef", _late("bibtex")),
    "ris": Form("references, for Zotero, EndNote and Mendeley", _late("ris")),
    "csl-json": Form("references, for Zotero and pandoc", _late("csl")),
    "markdown": Form("a folder of linked notes, for Obsidian; needs --out FOLDER", None),
    "zotero": Form("items of a Zotero library, by its web API; needs --library users/123 and ZOTERO_KEY", None),
    "html": Form("one page, for reading and printing", _late("page")),
}


def render(form: str, export: Export) -> str:
    """Give an export as a text in this form. Raises `UsageError` for one that is no text."""
    found = FORMS[form].render
    if found is None:
        raise UsageError(f"{form} is no text: {FORMS[form].about}.")
    return found(export)


def render_file(form: str, export: Export) -> str:
    """The same for a file."""
    return FORMS[form].mark + render(form, export)
