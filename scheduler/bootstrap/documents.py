"""Documents that come in and go out: exports, bibliographies, OPML and Zotero."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.model import ListedFeed, SourceSpec
from bot.text import counted
from scheduler.platforms import PLATFORMS
from scheduler.services import Services

if TYPE_CHECKING:
    from adapters.sources.reading_lists.read import ReadingList
    from bot.exporting import Export

logger = logging.getLogger(__name__)


def read_reading_list(name: str, document: bytes) -> ReadingList:
    """Read a reading list by its file's name. Raises `UsageError`."""
    from adapters.sources.reading_lists.read import read_list  # noqa: PLC0415

    return read_list(name, document)


def export_forms() -> dict[str, str]:
    """The forms in which what the team knows can be handed out, each with what it is good for."""
    from adapters.exports.forms import FORMS  # noqa: PLC0415

    return {name: form.about for name, form in FORMS.items()}


async def write_export(
    services: Services, form: str, export: Export, out: Path | None, *, whole: bool
) -> Sequence[str]:
    """
    Write an export in a form to `out`, or to standard output; give what there is to say about it. Raises `UsageError`.

    A file is written whole or not at all, and only its owner may read it. `whole`: everything was asked for; then a vault loses what is
    no longer known.
    """
    from adapters.exports.forms import render, render_file  # noqa: PLC0415
    from adapters.exports.place import write_file  # noqa: PLC0415

    if form == "markdown" and out is not None:
        from adapters.exports.vault import told, write_vault  # noqa: PLC0415

        async with services.unit_of_work() as uow:
            check = await uow.forgotten.check()
        # A note says of whom it is, and not of which platform.
        known = {*export.channels.values(), *PLATFORMS}
        return told(
            write_vault(export, out, whole=whole, is_forgotten=lambda id_: any(check(one, id_) for one in known))
        )
    if out is None:
        sys.stdout.write(render(form, export))
        return ()
    write_file(out, render_file(form, export))
    return (f"{counted(len(export.works), 'work')} written to {out}.",)


async def send_to_zotero(services: Services, export: Export, library: str | None, collection: str | None) -> str:
    """Send an export to a Zotero library; give what was done. Raises `UsageError`."""
    from adapters.exports.zotero import Library, send  # noqa: PLC0415

    key = services.settings.zotero_key
    if library is None or key is None:
        raise UsageError(
            "Say which library: --library users/123 or groups/456; and set ZOTERO_KEY to a key with write access to it, from "
            "zotero.org/settings/keys."
        )
    sent = await send(export, Library(name=library, key=key.get_secret_value(), collection=collection))
    return f"Zotero: {sent.new} new, {sent.changed} changed, {sent.same} as they were."


def read_export(name: str, content: bytes) -> Export:
    """Read the JSON document of an export. Raises `UsageError`."""
    from adapters.exports.reader import read  # noqa: PLC0415

    return read(name, content)


def feeds_of_opml(document: bytes) -> list[ListedFeed]:
    """Feeds in an OPML file. Raises `UsageError` for what is none."""
    from adapters.sources.opml import read_opml  # noqa: PLC0415

    return read_opml(document)


def opml_of(specs: Sequence[SourceSpec]) -> str:
    """Sources as an OPML document, to be handed on: without those whose address is a secret."""
    from adapters.sources.http.secrets import may_keep  # noqa: PLC0415
    from adapters.sources.opml import write_opml  # noqa: PLC0415

    for spec in specs:
        if not may_keep(spec.url):
            logger.warning(
                "%s is not exported: its address holds a key or a password",
                spec.id,
                extra={"action": "feed_not_exported", "source": spec.id},
            )
    return write_opml([spec for spec in specs if may_keep(spec.url)])
